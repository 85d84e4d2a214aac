"""Calls: what of a model is drawn, in order, with the tensors that each call reads.

Models within the model are opened; of equal iterations of a block the first one stands for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import trace_calls
from seqinspect.explain import Model
from seqinspect.explain.lookup import parent_is_model
from seqinspect.model.graph import Ref
from seqinspect.output.drawing.joins import drawn_sources
from seqinspect.output.drawing.scene import Tensor
from seqinspect.output.report.folding import Group, folded
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.analysis.tracing import Numbers, TracedTensor
    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import Report, Row

ANY_STEPS = 1000
"""Stands for a number of steps that is not known."""

ANY_SIZE = 3
"""Stands for another size that is not known, as that of a kernel."""


class Operand(NamedTuple):
    """A tensor that a call reads, as it stands in the picture, and what is known of it.

    `argument` is the name of a call argument. `masks`: only its mask is read.
    """

    tensor: Tensor
    traced: TracedTensor | None
    argument: str = ""
    masks: bool = False


class Call(NamedTuple):
    """A call that is drawn: its row, what it reads, and the rows of layers within it."""

    row: Row
    node: Node | None
    operands: tuple[Operand, ...]
    within: tuple[Row | Group, ...] = ()


class Span(NamedTuple):
    """Calls that belong together: those at first…last; `times` equal blocks that they stand for."""

    first: int
    last: int
    name: str
    times: int


class Calls:
    """The calls of a model, with what is known of every tensor."""

    def __init__(self, graph: Graph, report: Report) -> None:
        self.model = Model(graph, report)
        self.traced = trace_calls(graph)
        self.numbers = _numbers(self.traced)
        self.calls: list[Call] = []
        self.spans: list[Span] = []
        self._alias = iterations(report)
        self.drawn: dict[int, Tensor] = {}  # by the ids of what is traced, which stays alive
        parts = [*_parts(self.model, report)]
        for model_input in report.inputs:
            self._enter(model_input.name)
        shown = {row.path for row, _ in parts}
        for path in (
            *sorted(shown),
            *(each for each, other in self._alias.items() if other in shown),
        ):
            self._enter(path)
        for row, within in parts:
            node = self.model.call(row)
            self.calls.append(Call(row, node, tuple(self._operands(row, node)), tuple(within)))
        self._find_spans(report)

    def _enter(self, path: str) -> None:
        """Enter whose the outputs of a call are."""
        for output, traced in enumerate(self.traced.get(path, ())):
            self.drawn.setdefault(id(traced), Tensor(path, output))

    def tensor(self, path: str, output: int = 0) -> Tensor:
        """Return whose a tensor is: that of a model within the model is its last layer's."""
        traced = self.traced.get(path, ())
        found = Tensor(path, output)
        if output < len(traced):
            found = self.drawn.get(id(traced[output]), found)
        return found._replace(path=self._alias.get(found.path, found.path))

    def _operands(self, row: Row, node: Node | None) -> Iterator[Operand]:
        """Yield the tensors that a call reads, each once, those of which it reads the mask last."""
        if node is None:
            return
        parent = row.path.rpartition("/")[0]
        prefix = f"{parent}/" if parent else ""
        named = [
            (ref, name)
            for name, value in node.call.items()
            for ref in (value if isinstance(value, tuple) else (value,))
            if isinstance(ref, Ref)
        ]
        seen: set[Tensor] = set()
        for ref, argument in [*((ref, "") for ref in node.sources), *named]:
            tensor = self.tensor(prefix + ref.name, ref.output)
            if tensor not in seen:
                outputs = self.traced.get(prefix + ref.name, ())
                yield Operand(
                    tensor, outputs[ref.output] if ref.output < len(outputs) else None, argument
                )
            seen.add(tensor)
        for traced in self.traced.get(row.path, ())[:1]:
            for source in drawn_sources(traced, self.drawn):
                tensor = self.tensor(*self.drawn[id(source)])
                if tensor not in seen:
                    seen.add(tensor)
                    yield Operand(tensor, source, masks=True)

    def _find_spans(self, report: Report) -> None:
        """Find the models within the model, and the blocks that stand for equal ones."""
        place = {call.row.path: index for index, call in enumerate(self.calls)}
        for item in folded(report.rows):
            if isinstance(item, Group):
                paths = [place[row.path] for row in item.rows if row.path in place]
                if paths:
                    self.spans.append(Span(min(paths), max(paths), item.block, item.count))
        for row in report.rows:
            inside = (
                [index for path, index in place.items() if path.startswith(f"{row.path}/")]
                if row.path not in place
                else []
            )
            if inside:
                self.spans.append(Span(min(inside), max(inside), row.path, 1))


def _parts(model: Model, report: Report) -> Iterator[tuple[Row, list[Row | Group]]]:
    """Yield the rows of calls that are drawn, each with what stands within it."""
    parents = {row.path.rpartition("/")[0] for row in report.rows if row.depth}
    opened: set[str] = set()
    for row in report.rows:
        within_model = not row.depth or row.path.rpartition("/")[0] in opened
        if within_model and row.path in parents and parent_is_model(model, row.path):
            opened.add(row.path)
    parts: list[tuple[Row, list[Row | Group]]] = []
    for item in folded(report.rows):
        for row in item.rows if isinstance(item, Group) else (item,):
            parent = row.path.rpartition("/")[0]
            inside = bool(row.depth) and parent not in opened
            if inside and parts:
                parts[-1][1].append(row)
            elif row.path not in opened:
                parts.append((row, []))
    yield from parts


def iterations(report: Report) -> dict[str, str]:
    """Return, for the calls of later iterations of equal blocks, the call that stands for each."""
    return {
        other.path: row.path
        for item in folded(report.rows)
        if isinstance(item, Group)
        for turn in item.iterations[1:]
        for row, other in zip(item.rows, turn, strict=True)
    }


def _numbers(traced: Mapping[str, Sequence[TracedTensor]]) -> Numbers:
    """Return a number for each size that has none: many steps, and few of all others."""
    tensors = [each for outputs in traced.values() for each in outputs]
    steps = {
        name
        for each in tensors
        for name in each.tensor.steps.symbols() - each.tensor.steps.numbers().keys()
    }
    others = {name for each in tensors for reach, _ in each.sources for name in reach.unknown_sizes}
    return tuple(
        sorted({name: ANY_STEPS if name in steps else ANY_SIZE for name in steps | others}.items())
    )
