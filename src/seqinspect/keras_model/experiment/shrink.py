"""Smaller models of the same form: few features, few steps, a repeated block just twice.

Which step depends on which follows from the layers, not from how wide they are. So a size becomes
a small number wherever it stands, under its name; a plain number gets a name for it. What does not
fit together after that is refused by the rules, and the next way to make it smaller is tried.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.model.graph import map_entries
from seqinspect.model.nesting import layers_of, rewritten
from seqinspect.records import dataclass, replace
from seqinspect.time.reach import moves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seqinspect.model.graph import Graph, Layer, Node, Ref
    from seqinspect.model.report import Report, TimeReport

WIDTHS = frozenset(
    "units filters input_dim output_dim key_dim value_dim num_heads head_dim num_query_heads"
    " num_key_value_heads groups lora_rank n target_shape output_shape noise_shape num_tokens"
    " hidden_dim".split()
)
"""Arguments that say how large a tensor is; all others (strides, windows, margins) are kept."""

SMALL_WIDTH = 4
"""A width up to this stays as it is."""

STEPS = 12
"""So many steps show most patterns."""

MAX_STEPS = 120
"""More steps of all inputs together cannot be tried out."""

ALIKE = 64
"""Widths beyond six different ones all become this."""

UNKNOWN_STEPS = 4096
"""How many steps stand for a number of steps that is not known, to measure a window."""


@dataclass(frozen=True, slots=True)
class SmallModel:
    """A smaller model; `true` has the number (None: not known) of every name in its formulas.

    `twins` has the path of the call that stands for each one that was left out.
    """

    graph: Graph
    true_numbers: Mapping[str, int | None]
    twins: Mapping[str, str]


def smaller_models(graph: Graph, report: Report, *, whole: bool = False) -> Iterator[SmallModel]:
    """Yield models of the same form, the smallest first; `whole` keeps all steps and blocks."""
    twins: dict[str, str] = {}
    cut = graph if whole else _BlockCutter(twins).graph(graph, "")
    named = _with_names(cut)
    sizes = _Sizes.of(named, report)
    tried: set[tuple[tuple[str, int], ...]] = set()
    for widths in _widths(sizes.widths):
        for steps in [{}] if whole else _steps(sizes.steps, report):
            for derived in ({}, _derived(sizes.widths, steps)):
                numbers = widths | derived | steps
                new_numbers = {
                    name: numbers[key]
                    for name, value in sizes.free.items()
                    if name not in sizes.fixed and (key := _key(name, value)) in numbers
                }
                found = tuple(sorted(new_numbers.items()))
                if found not in tried:
                    tried.add(found)
                    yield SmallModel(_resized(named, new_numbers), sizes.free, twins)


class _BlockCutter:
    """Repeated blocks cut to two iterations, in a model and in the models within it."""

    def __init__(self, twins: dict[str, str]) -> None:
        self.twins = twins
        self.done: dict[int, Graph] = {}

    def graph(self, graph: Graph, path: str) -> Graph:
        """Return a model without what its blocks repeat, and note who stands for whom."""
        blocks: dict[str, dict[int, list[Node]]] = {}
        for node in graph.nodes:
            if node.block is not None:
                blocks.setdefault(node.block.name, {}).setdefault(node.block.index, []).append(node)
        stand_ins: dict[str, str] = {}
        for iterations in blocks.values():
            kept = iterations.get(1, [])
            if len({len(calls) for calls in iterations.values()}) == 1:
                for index, calls in iterations.items():
                    pairs = zip(calls, kept, strict=index > 1) if index > 1 else ()
                    stand_ins |= {call.name: other.name for call, other in pairs}
        nodes = []
        for node in graph.nodes:
            if node.name in stand_ins:
                self.note(node, path, stand_ins[node.name])
                continue
            nodes.append(self.node(node, path, stand_ins))
        outputs = tuple(_stands_for(stand_ins, ref) for ref in graph.outputs)
        return replace(graph, nodes=tuple(nodes), outputs=outputs)

    def note(self, node: Node, path: str, other: str) -> None:
        """Enter a call that is left out, and those within it, under those that stand for them."""
        self.twins[path + node.name] = path + other
        for below in node.layer.graph.nodes if node.layer.graph is not None else ():
            inner = replace(below, name=f"{node.name}/{below.name}")
            self.note(inner, path, f"{other}/{below.name}")

    def node(self, node: Node, path: str, stand_ins: Mapping[str, str]) -> Node:
        layer = node.layer
        if layer.graph is not None:
            inner = layer.graph
            if id(inner) not in self.done:
                self.done[id(inner)] = self.graph(inner, f"{path}{node.name}/")
            layer = replace(layer, graph=self.done[id(inner)])
        return replace(
            node,
            layer=layer,
            sources=tuple(_stands_for(stand_ins, ref) for ref in node.sources),
            call=node.map_call(partial(_stands_for, stand_ins)),
            reuses=stand_ins.get(node.reuses, node.reuses) if node.reuses else None,
        )


def _stands_for(stand_ins: Mapping[str, str], ref: Ref) -> Ref:
    return replace(ref, name=stand_ins.get(ref.name, ref.name))


def _changed(graph: Graph, change: Callable[[bool, Expr], Expr]) -> Graph:
    """Return a graph with every size of its inputs and layers changed.

    `change` is told whether a size may become another number, and gets the size.
    """

    def of_graph(graph: Graph) -> Graph:
        inputs = tuple(
            replace(
                model_input,
                shape=(model_input.shape[0], *(change(True, s) for s in model_input.shape[1:])),
            )
            if model_input.shape
            else model_input
            for model_input in graph.inputs
        )
        return replace(graph, inputs=inputs)

    def of_layer(layer: Layer) -> Layer:
        if layer.graph is not None:
            return layer
        arguments = {
            name: map_entries(value, Expr, partial(change, name in WIDTHS))
            for name, value in layer.arguments.items()
        }
        unsupported = layer.unsupported
        if (
            unsupported is not None and unsupported.function
        ):  # its outputs have new sizes: they follow
            unsupported = unsupported._replace(outputs=())
        return replace(layer, arguments=arguments, unsupported=unsupported)

    return rewritten(graph, of_layer=of_layer, of_graph=of_graph)


def _with_names(graph: Graph) -> Graph:
    """Give a name to every plain number that may become another one."""

    def change(free: bool, size: Expr) -> Expr:
        number = size.value
        if free and number is not None and number > SMALL_WIDTH and not size.symbols():
            return symbol(_name(number), number)
        return size.expanded()

    return _changed(graph, change)


def _name(number: int) -> str:
    return f"size {number}"  # no name that a spec can have


def _resized(graph: Graph, numbers: Mapping[str, int]) -> Graph:
    mapping = {name: symbol(name, number) for name, number in numbers.items()}
    return _changed(graph, lambda _, size: size.substitute(mapping))


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The names in a graph with their numbers; `fixed` ones also stand where none may change.

    `steps` are the numbers of steps of the inputs (a name where none is known), `widths` the rest.
    """

    free: Mapping[str, int | None]
    fixed: frozenset[str]
    steps: tuple[int | str, ...]
    widths: tuple[int | str, ...]

    @classmethod
    def of(cls, graph: Graph, report: Report) -> _Sizes:
        free: dict[str, int | None] = {}
        fixed: set[str] = set()

        def look(may_change: bool, size: Expr) -> Expr:
            numbers = size.numbers()
            free.update({name: numbers.get(name) for name in sorted(size.symbols())})
            if not may_change:
                fixed.update(size.symbols())
            return size

        _changed(graph, look)
        outer = _outer_names(graph)
        free = {name: number for name, number in free.items() if name in outer or number}
        times = {model_input.name: model_input.time_axis for model_input in report.inputs}
        names: set[str] = set()
        for model_input in graph.inputs:
            axis = times.get(model_input.name)
            if axis is not None and model_input.shape is not None:
                names |= model_input.shape[axis].symbols()
        steps = {_key(name, free[name]) for name in names - fixed}
        rest = {_key(name, free[name]) for name in free if name not in fixed} - steps
        return cls(free, frozenset(fixed), tuple(steps), tuple(rest))


def _outer_names(graph: Graph) -> set[str]:
    """Return the names of sizes, but those that stand only in what a model within is called on.

    Where nobody says that shape, such a name stands for whatever it receives.
    """
    sizes = [size for each in graph.inputs for size in each.shape or ()]
    for layer in layers_of(graph):
        for value in layer.arguments.values():
            map_entries(value, Expr, sizes.append)
    return {name for size in sizes for name in size.symbols()}


def _key(name: str, number: int | None) -> int | str:
    return name if number is None else number


def _widths(sizes: Sequence[int | str]) -> Iterator[dict[int | str, int]]:
    """Yield ways to make widths small: powers of two in their order, a part of each, none."""
    numbers = sorted(size for size in sizes if isinstance(size, int) and size > SMALL_WIDTH)
    unknown: dict[int | str, int] = {
        name: SMALL_WIDTH + 1 + index
        for index, name in enumerate(s for s in sizes if isinstance(s, str))
    }
    yield unknown | {n: min(n, SMALL_WIDTH << min(i, 4)) for i, n in enumerate(numbers)}
    for part in (128, 64, 32, 16, 8, 4, 2):
        if any(n % part == 0 and n > part for n in numbers):
            yield unknown | {
                n: n // part if n % part == 0 and n > part else min(n, ALIKE) for n in numbers
            }
    yield unknown


def _steps(sizes: Sequence[int | str], report: Report) -> Iterator[dict[int | str, int]]:
    """Yield ways to cut the inputs' steps: as few as show the pattern, then more and rounder."""
    numbers = sorted(size for size in sizes if isinstance(size, int))
    unknown = sorted(size for size in sizes if isinstance(size, str))
    most = MAX_STEPS // max(1, len(sizes))
    enough = min(most, _steps_needed(report))
    for multiple in (1, 4, 16, 32):
        found: dict[int | str, int] = {}
        before = 0
        sizes_in_order: list[int | str] = [*numbers, *unknown]
        for size in sizes_in_order:
            least = -(-max(enough, before + 1) // multiple) * multiple
            before = min(size, least) if isinstance(size, int) else least
            found[size] = before
        yield found
    if not unknown:
        yield {}


def _derived(sizes: Sequence[int | str], steps: Mapping[int | str, int]) -> dict[int | str, int]:
    """Return what becomes of numbers that seem to follow from a number of steps: 2T, T/2, T−4."""
    numbers: dict[int | str, int] = {}
    for true, cut in steps.items():
        for size in sizes if isinstance(true, int) and cut < true else ():
            if not isinstance(size, int) or not isinstance(true, int):
                continue
            if size % true == 0:
                numbers[size] = size // true * cut
            elif true % size == 0 and cut % (true // size) == 0:
                numbers[size] = cut // (true // size)
            elif abs(size - true) < cut:
                numbers[size] = cut + size - true
    return numbers


def _steps_needed(report: Report) -> int:
    """How many steps show the pattern: those of a window, and a few outputs beside it."""
    window, stride = 1, 1
    lengths = {
        model_input.name: model_input.tensor.symbolic[model_input.time_axis].value or UNKNOWN_STEPS
        for model_input in report.inputs
        if model_input.time_axis is not None
    }
    for row in report.rows:
        if row.time is not None:
            window = max(window, _window(row.time, lengths))
            stride = max(stride, _stride(row.time, lengths))
    return max(STEPS, window + max(3, 2 * stride))


def _window(time: TimeReport, lengths: Mapping[str, int]) -> int:
    """How many steps an output step sees, where that are equally many in the middle; else 1."""
    count = UNKNOWN_STEPS if time.steps is None or time.steps.value is None else time.steps.value
    widest = 1
    for depends in time.depends:
        if not depends.ends or not all(map(moves, depends.ends)):
            continue
        widths = set()
        for step in (count // 2, 3 * count // 4):
            ends = [_at(bound, step) for bound in depends.ends]
            widths.add(ends[1] - ends[0] + 1)
        if len(widths) == 1 and lengths[depends.input] not in widths:
            widest = max(widest, widths.pop())
    return widest


def _stride(time: TimeReport, lengths: Mapping[str, int]) -> int:
    """How many input steps there are for one step of an output, rounded up."""
    if time.steps is None or not time.steps.value:
        return 1
    known = [count for count in lengths.values() if count != UNKNOWN_STEPS]
    return -(-max(known, default=1) // time.steps.value)


def _at(bound: Expr, step: int) -> int:
    env = dict.fromkeys(bound.symbols(), UNKNOWN_STEPS)
    return bound.evaluate({**env, **bound.numbers(), "t": step})


def with_true_numbers(bound: Expr, true: Mapping[str, int | None]) -> Expr:
    """Return a formula of the smaller model with the true numbers for its names."""
    numbers = {name: literal(true[name] or 0) for name in bound.symbols() if true.get(name)}
    return bound.substitute(numbers).plain() if numbers else bound.plain()
