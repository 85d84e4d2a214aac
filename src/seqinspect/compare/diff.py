"""Two models → what changed between them, layer by layer, and whether a checkpoint still loads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.proof import prove_equal
from seqinspect.compare.alignment import LayerKey, Match, align
from seqinspect.compare.argument_diff import argument_changes, comparable_arguments
from seqinspect.compare.checkpoint import LoadedSlot, LoadResult, compare_checkpoints
from seqinspect.compare.row_facts import FACTS, differing_facts
from seqinspect.compare.slots import layout
from seqinspect.model.graph import Graph, Node, Ref, map_entries
from seqinspect.model.nesting import wrapper_chain
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import (
        InputReport,
        Report,
        Row,
        TensorReport,
        TimeReport,
        WeightReport,
    )

ChangeKind = Literal["added", "removed", "changed", "moved", "renamed"]
DetailKind = Literal[
    "type", "name", "argument", "from", "shares", "output", "dtype", "weights", "params",
    "trainable", "multiply_adds", "time", "axis", "outputs", "causal",
]  # fmt: skip


class Side(NamedTuple):
    """A model as it was written, and what is known of it."""

    graph: Graph
    report: Report


class Detail(NamedTuple):
    """One thing that changed: what it was and what it is; None where there is nothing.

    `name` says which argument, or which weight.
    """

    what: DetailKind
    old: object
    new: object
    name: str = ""


class Change(NamedTuple):
    """What happened to one layer; `old` is None for a new one, `new` for one that is gone."""

    kinds: tuple[ChangeKind, ...]
    old: Row | None
    new: Row | None
    details: tuple[Detail, ...] = ()


class InputChange(NamedTuple):
    """What happened to one input of the model."""

    old: InputReport | None
    new: InputReport | None
    details: tuple[Detail, ...] = ()


class Swap(NamedTuple):
    """A call that reads the same tensors in another order, by its new path.

    `old` and `new` are the orders. `weights` are the layers whose weights load, and meet what other
    ones met: itself, or those behind it.
    """

    path: str
    old: tuple[object, ...]
    new: tuple[object, ...]
    weights: tuple[str, ...]


class Diff(NamedTuple):
    """All that changed from one model to the other.

    `crossed` are objects of the new model that are loaded with the weights of another layer than
    the one they were: Keras goes by class and position, and says nothing. `fitting` are pairs of a
    new and an old layer whose arrays fit, and are not loaded: `set_weights` would do it. `swapped`
    are layers whose weights load, and meet what stood elsewhere.
    """

    old: Report
    new: Report
    inputs: tuple[InputChange, ...]
    changes: tuple[Change, ...]
    model: tuple[Detail, ...]
    load_result: LoadResult
    crossed: tuple[LoadedSlot, ...] = ()
    fitting: tuple[tuple[str, str], ...] = ()
    swapped: tuple[Swap, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        changes = self.inputs or self.changes or self.model or self.crossed
        return not changes and not self.load_result.failures

    @property
    def added(self) -> bool:
        """Whether there is no old model."""
        return not (self.old.inputs or self.old.rows)

    @property
    def removed(self) -> bool:
        """Whether there is no new model."""
        return not (self.new.inputs or self.new.rows)

    @property
    def breaking(self) -> bool:
        """Whether a checkpoint is not certain to load into the layers and rows it came from."""
        lost = self.removed or self.load_result.loads != "fully" or self.crossed or self.swapped
        return not self.same and bool(lost)


def differences(old: Side, new: Side) -> Diff:
    """Return what changed from one model to the other, layer by layer. Raises nothing."""
    comparison = _Comparison(old, new)
    inputs = tuple(comparison.inputs())
    changes = tuple(comparison.models(old.graph, new.graph, "", ""))
    verdict = compare_checkpoints(layout(*old), layout(*new))
    crossed = tuple(fit for fit in verdict.slots if comparison.is_crossed(fit))
    return Diff(
        old.report,
        new.report,
        inputs,
        changes,
        tuple(comparison.model()),
        verdict,
        crossed,
        tuple(comparison.fitting((*verdict.failures, *crossed))),
        tuple(comparison.swapped(changes, verdict)),
    )


class _Comparison:
    """Two models; `new_paths` has the new path of every old layer that was found again."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old.report, new.report
        self.old_rows = {row.path: row for row in old.report.rows}
        self.new_rows = {row.path: row for row in new.report.rows}
        self.new_paths: dict[str, str] = {}
        self.names = set(old.report.dims) & set(new.report.dims)
        chains = _is_chain(old.graph) and _is_chain(new.graph)
        self.wired = not chains

    def inputs(self) -> Iterator[InputChange]:
        """Yield what happened to the inputs; a single one is the other single one."""
        old = {model_input.name: model_input for model_input in self.old.inputs}
        new = {model_input.name: model_input for model_input in self.new.inputs}
        if len(old) == len(new) == 1:
            pairs: list[tuple[InputReport | None, InputReport | None]]
            pairs = [(next(iter(old.values())), next(iter(new.values())))]
        else:
            pairs = [(old.get(name), new.get(name)) for name in {**old, **new}]
        for before, after in pairs:
            if before is None or after is None:
                yield InputChange(before, after)
                continue
            self.new_paths[before.name] = after.name
            details = [*self.tensors((before.tensor,), (after.tensor,))]
            if before.time_axis != after.time_axis:
                details.append(Detail("axis", before.time_axis, after.time_axis))
            if details:
                yield InputChange(before, after, tuple(details))

    def models(self, old: Graph, new: Graph, path: str, other: str) -> Iterator[Change]:
        """Yield what happened to the layers of a model, in the new order, and of models within."""
        before, after = list(old.nodes), list(new.nodes)
        matches = align(
            [self.piece(node, self.old_rows.get(path + node.name)) for node in before],
            [self.piece(node, self.new_rows.get(other + node.name)) for node in after],
        )
        for match in matches:
            if match.old is not None and match.new is not None:
                name = path + before[match.old].name
                self.new_paths[name] = other + after[match.new].name
        for match in matches:
            yield from self.change(match, before, after, path, other)

    def piece(self, node: Node, row: Row | None) -> LayerKey:
        """Return what a layer is recognised by."""
        weights = () if row is None else FACTS["weight_shapes"](row)
        return LayerKey(node.name, node.layer.type, weights, comparable_arguments(node.layer))

    def change(
        self, match: Match, before: Sequence[Node], after: Sequence[Node], path: str, other: str
    ) -> Iterator[Change]:
        """Yield what happened to one layer and, if it is a model, to the layers within it."""
        if match.new is None and match.old is not None:
            yield Change(("removed",), self.old_rows.get(path + before[match.old].name), None)
        if match.new is None:
            return
        node = after[match.new]
        row = self.new_rows[other + node.name]
        if match.old is None:
            yield Change(("added",), None, row)
            return
        old_node = before[match.old]
        old_row = self.old_rows[path + old_node.name]
        details = tuple(self.details(old_node, node, path, other))
        kinds: list[ChangeKind] = ["changed"] if details else []
        if match.moved:
            kinds.append("moved")
        if old_node.name != node.name and self.named(old_node, node):
            kinds.append("renamed")
        if kinds:
            yield Change(tuple(kinds), old_row, row, details)
        yield from self.within(old_node, node, path, other)

    def within(self, old_node: Node, node: Node, path: str, other: str) -> Iterator[Change]:
        """Yield what happened to the layers of a model within a layer, wrapped or not."""
        old_path, new_path = f"{path}{old_node.name}/", f"{other}{node.name}/"
        for old, new in zip(wrapper_chain(old_node.layer), wrapper_chain(node.layer), strict=False):
            if old is not old_node.layer:
                old_path, new_path = f"{old_path}{old.name}/", f"{new_path}{new.name}/"
            if old.type != new.type:
                return
            if old.graph is not None and new.graph is not None:
                self.new_paths.setdefault(old_path[:-1], new_path[:-1])
                yield from self.models(old.graph, new.graph, old_path, new_path)

    @staticmethod
    def named(old: Node, new: Node) -> bool:
        """Whether someone changed a name: the numbers that Keras counts up shift by themselves."""
        return any(LayerKey(n.name, n.layer.type, (), ()).named for n in (old, new))

    def details(self, old_node: Node, node: Node, path: str, other: str) -> Iterator[Detail]:
        """Yield all that changed of one layer."""
        old, new = self.old_rows[path + old_node.name], self.new_rows[other + node.name]
        if old_node.layer.type != node.layer.type:
            yield Detail("type", old_node.layer.type, node.layer.type)
        for name, one, two in argument_changes(old_node.layer, node.layer):
            yield Detail("argument", one, two, name)
        yield from self.wiring(old_node, node, path, other)
        yield from self.tensors(old.outputs, new.outputs)
        yield from self.weights(old, new)
        if self.differs(old.multiply_adds, new.multiply_adds):
            yield Detail("multiply_adds", old.multiply_adds, new.multiply_adds)
        if self.time_differs(old.time, new.time):
            yield Detail("time", old, new)

    def wiring(self, old_node: Node, node: Node, path: str, other: str) -> Iterator[Detail]:
        """Yield what a layer reads now, and whose weights it shares."""
        in_old = partial(self.ref, path)
        before = list(map(in_old, old_node.sources))

        def in_new(ref: Ref) -> tuple[str, int]:
            return other + ref.name, ref.output

        after = list(map(in_new, node.sources))
        if (self.wired or path) and before != after:
            yield Detail("from", old_node.sources, node.sources)
        for name in {**old_node.call, **node.call}:
            one, two = old_node.call.get(name), node.call.get(name)
            if map_entries(one, Ref, in_old) != map_entries(two, Ref, in_new):
                yield Detail("argument", one, two, f"call {name}")
        shared = self.new_paths.get(f"{path}{old_node.reuses}") if old_node.reuses else None
        shared_layer = f"{other}{node.reuses}" if node.reuses else None
        if shared != shared_layer:
            yield Detail("shares", old_node.reuses, node.reuses)

    def ref(self, path: str, ref: Ref) -> tuple[str, int]:
        name = path + ref.name if path + ref.name in self.old_rows or path else ref.name
        return self.new_paths.get(name, name), ref.output

    def tensors(self, old: Sequence[TensorReport], new: Sequence[TensorReport]) -> Iterator[Detail]:
        """Yield how the shapes or dtypes of tensors changed."""
        shapes = len(old) != len(new) or any(
            one.unknown_shape != two.unknown_shape or self.shape_differs(one.symbolic, two.symbolic)
            for one, two in zip(old, new, strict=False)
        )
        if shapes:
            yield Detail("output", tuple(old), tuple(new))
        before = tuple(tensor.dtype for tensor in old)
        after = tuple(tensor.dtype for tensor in new)
        if before != after and len(old) == len(new):
            yield Detail("dtype", before, after)

    def weights(self, old: Row, new: Row) -> Iterator[Detail]:
        """Yield which weights changed, their formula and their number."""
        before = {weight.name: weight for weight in old.weights}
        after = {weight.name: weight for weight in new.weights}
        if differing_facts(old, new, "weight_shapes"):
            for name in {**before, **after}:
                one, two = before.get(name), after.get(name)
                if (one and one.shape) != (two and two.shape):
                    yield Detail("weights", one and _sizes(one), two and _sizes(two), name)
        both_known = old.complete and new.complete
        if old.complete != new.complete or (
            both_known and (old.params != new.params or self.differs(old.formula, new.formula))
        ):
            yield Detail("params", old, new)
        elif old.trainable != new.trainable:
            yield Detail("trainable", old.trainable, new.trainable)

    def model(self) -> Iterator[Detail]:
        """Yield what changed of the model as a whole."""
        before = [self.output(name) for name in self.old.outputs]
        if before != list(self.new.outputs):
            yield Detail("outputs", self.old.outputs, self.new.outputs)
        if self.old.causal is not self.new.causal:
            yield Detail("causal", self.old.causal, self.new.causal)

    def output(self, name: str) -> str:
        """Return the new name of an output (`encoder.1` is the second one of `encoder`)."""
        if name in self.new_paths:
            return self.new_paths[name]
        stem, dot, number = name.rpartition(".")
        return f"{self.new_paths.get(stem, stem)}{dot}{number}"

    def time_differs(self, old: TimeReport | None, new: TimeReport | None) -> bool:
        """Tell whether a layer reads other steps, or depends on others, or shares its weights."""
        if old is None or new is None:
            return old is not new
        if (old.reads, old.shared, old.axis) != (new.reads, new.shared, new.axis):
            return True
        before = {self.new_paths.get(each.input, each.input): each for each in old.depends}
        after = {each.input: each for each in new.depends}
        return before.keys() != after.keys() or any(
            self.differs(before[name].first, after[name].first)
            or self.differs(before[name].last, after[name].last)
            or before[name].every != after[name].every
            for name in before
        )

    def shape_differs(self, old: Sequence[Expr], new: Sequence[Expr]) -> bool:
        return len(old) != len(new) or any(map(self.differs, old, new))

    def differs(self, old: Expr | None, new: Expr | None) -> bool:
        """Tell whether a size changed: its number, or what it follows from.

        That a number has a name now, or another name, changes nothing.
        """
        if old is None or new is None:
            return old is not new
        if old.value != new.value:
            return True
        if old.python() == new.python():
            return False
        names = old.symbols() | new.symbols()
        if old.value is not None and not (
            old.symbols() and new.symbols() and names <= {*self.names, "t"}
        ):
            return False
        return prove_equal(old, new) is not True

    def is_crossed(self, fit: LoadedSlot) -> bool:
        """Tell whether an object is loaded with what another layer had."""
        if not fit.loaded or fit.stored is None:
            return False
        old = _owner(fit.stored.layer, self.old_rows)
        new = _owner(fit.slot.layer, self.new_rows)
        while old not in self.new_paths and "/" in old:  # a part of a wrapper
            old, new = old.rpartition("/")[0], new.rpartition("/")[0]
        return self.new_paths.get(old) != new

    def fitting(self, fits: Iterable[LoadedSlot]) -> Iterator[tuple[str, str]]:
        """Yield the layers, not those within others, that could be given their old arrays."""
        needy = {fit.slot.layer.partition("/")[0] for fit in fits}
        for old, new in self.new_paths.items():
            if new in needy and old in self.old_rows and new in self.new_rows:
                before, after = self.old_rows[old], self.new_rows[new]
                if after.weights and not differing_facts(before, after, "weight_shapes"):
                    yield new, old

    def swapped(self, changes: Iterable[Change], verdict: LoadResult) -> Iterator[Swap]:
        """Yield the calls that read the same in another order, where weights behind them load."""
        loaded = {fit.slot.layer.partition("/")[0] for fit in verdict.slots if fit.loaded}
        loaded -= {fit.slot.layer.partition("/")[0] for fit in verdict.failures}
        for change in changes:
            new = change.new
            if new is None or "/" in new.path or traits_of(new.type).commutes:
                continue
            for detail in change.details:
                if not _reordered(detail):
                    continue
                behind = tuple(path for path in self.first_weights(new) if path in loaded)
                if behind:
                    yield Swap(new.path, _tuple(detail.old), _tuple(detail.new), behind)

    def first_weights(self, row: Row) -> Iterator[str]:
        """Yield the first layers with weights from a call on: itself, or those that read it."""
        met, waiting = {row.name}, [row]
        while waiting:
            each = waiting.pop(0)
            if each.weights:
                yield each.reuses or each.path
                continue
            for other in self.new.top:
                read = {source.partition(".")[0] for source in other.sources}
                if each.name in read and other.name not in met:
                    met.add(other.name)
                    waiting.append(other)


def _reordered(detail: Detail) -> bool:
    """Tell whether a call reads the same tensors as before, in another order."""
    if detail.what != "from" and not (detail.what == "argument" and detail.name[:5] == "call "):
        return False
    old, new = detail.old, detail.new
    return (
        isinstance(old, tuple)
        and isinstance(new, tuple)
        and old != new
        and sorted(map(str, old)) == sorted(map(str, new))
    )


def _tuple(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _sizes(weight: WeightReport) -> tuple[int | Expr, ...]:
    """Return the sizes of a weight; one that is not known as its formula."""
    pairs = zip(weight.shape, weight.symbolic, strict=True)
    return tuple(size if number is None else number for number, size in pairs)


def _owner(path: str, rows: Mapping[str, Row]) -> str:
    """Return the path of the row that an object belongs to: a cell may have none of its own."""
    while path not in rows and "/" in path:
        path = path.rpartition("/")[0]
    return path


def _is_chain(graph: Graph) -> bool:
    """Tell whether every layer reads the one before it: what moved there says all."""
    names = [model_input.name for model_input in graph.inputs] + [node.name for node in graph.nodes]
    return len(graph.inputs) == 1 and all(
        [ref.name for ref in node.sources] == [before] and not node.call
        for node, before in zip(graph.nodes, names, strict=False)
    )
