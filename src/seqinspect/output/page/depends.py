"""Which cells of a picture a cell reads, and which steps of the model inputs it depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.drawing.cells import BY_STEP
from seqinspect.output.drawing.scene import HIDDEN
from seqinspect.records import NamedTuple
from seqinspect.time.extent import steps_read
from seqinspect.time.work import TooManyPieces, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.model.report import Depends
    from seqinspect.output.drawing.calls import Calls
    from seqinspect.output.drawing.scene import Reading, Scene, SceneRow, Tensor

Cell = tuple[int, int]
"""A row of a scene and a step; of what has no steps, step 0."""


class InputSteps(NamedTuple):
    """Which steps of a model input something depends on; not `exact`, no others, but perhaps less.

    `steps` is None where that is not known.
    """

    input: str
    steps: tuple[range, ...] | None
    exact: bool = True


class CellReads(NamedTuple):
    """What one cell reads.

    `cells` are those that it reads directly, as far as they are drawn; of more, `whole` is false.
    `step` is the step of what its row returns, None where it returns nothing of this cell, and
    `inputs` are the steps that this depends on, None where nothing is known of them.
    """

    cells: tuple[Cell, ...]
    whole: bool
    step: int | None
    inputs: tuple[InputSteps, ...] | None = ()


def cell_reads(calls: Calls, scene: Scene) -> dict[Cell, CellReads]:
    """Return what every cell of a scene reads."""
    return dict(_Reader(calls, scene).cells())


class _Reader:
    """One pass over the cells of a scene."""

    def __init__(self, calls: Calls, scene: Scene) -> None:
        self.calls = calls
        self.rows = scene.rows
        report = calls.model.report
        self.formulas: Mapping[str, tuple[Depends, ...]] = {
            row.path: row.time.depends for row in report.rows if row.time is not None
        }
        self.turned = {row.readings[0].source for row in scene.rows if row.kind == "order"}

    def cells(self) -> Iterator[tuple[Cell, CellReads]]:
        for index, row in enumerate(self.rows):
            for step in cells_of(row):
                found = dict.fromkeys(self.direct(index, row, step))
                read = [cell for cell in found if cell is not None]
                returned = self.returned(index, row, step)
                inputs = () if returned is None else self.inputs(row, returned)
                yield (index, step), CellReads(tuple(read), None not in found, returned, inputs)

    def returned(self, index: int, row: SceneRow, step: int) -> int | None:
        """Return the step of a row's output that stands at a cell."""
        if row.form in ("unknown", "more"):
            return None
        if row.form not in BY_STEP:
            return None if row.steps else 0
        if not row.steps:
            ends = {"last": row.cells[-1:], "first": row.cells[:1]}.get(
                row.anchor, (row.cells[0], row.cells[-1])
            )
            return 0 if step in ends else None
        if step not in row.steps:
            return None
        return (row.length or 1) - 1 - step if index in self.turned else step

    def inputs(self, row: SceneRow, step: int) -> tuple[InputSteps, ...] | None:
        """Return the steps of each model input that a step of a row depends on."""
        outputs = () if row.tensor is None else self.calls.traced.get(row.tensor.path, ())
        if row.tensor is None or row.tensor.output >= len(outputs):
            return None
        traced = outputs[row.tensor.output].as_vector()
        if traced.tensor.unknown_time:
            return None
        return tuple(self.steps(row.tensor, traced, name, step) for name in traced.depends)

    def steps(self, tensor: Tensor, traced: TracedTensor, name: str, step: int) -> InputSteps:
        """Return the steps of one of them: exactly, or those between the first and the last."""
        exact = _exact(traced, name, step, self.calls)
        if exact is not None:
            return InputSteps(name, exact)
        return InputSteps(name, None) if tensor.output else self.bounds(tensor.path, name, step)

    def bounds(self, path: str, name: str, step: int) -> InputSteps:
        """Return the steps between the first and the last one, as the report has them."""
        for each in self.formulas.get(path, ()):
            if each.input == name and each.first is not None and each.last is not None:
                known = {**each.first.numbers(), **each.last.numbers(), **dict(self.calls.numbers)}
                ends = [end.evaluate({**known, "t": step}) for end in (each.first, each.last)]
                return InputSteps(name, (range(ends[0], ends[1] + 1),), exact=False)
        return InputSteps(name, None)

    def direct(self, index: int, row: SceneRow, step: int) -> Iterator[Cell | None]:
        """Yield the cells that one cell reads; None for what is not drawn."""
        single = row.form not in BY_STEP
        for reading in row.readings:
            if reading.way in ("unknown", "none"):
                continue
            if reading.way in ("whole", "state"):
                if self.takes(row, step, reading):
                    yield from self.vector(reading)
                continue
            source = self.rows[reading.source]
            for start, end in reading.pairs:
                if single or end == step:
                    hidden = start == HIDDEN
                    yield None if hidden else (reading.source, _cell(source, start))
        if row.form == "chain":
            place = row.cells.index(step)
            if row.flow in ("forward", "both") and place:
                yield index, row.cells[place - 1]
            if row.flow in ("backward", "both") and place + 1 < len(row.cells):
                yield index, row.cells[place + 1]

    def takes(self, row: SceneRow, step: int, reading: Reading) -> bool:
        """Whether a cell reads a tensor without steps, or a state that the row begins with."""
        if row.form not in BY_STEP:
            return True
        if reading.way == "state" and row.form == "chain":
            first = {"forward": row.cells[:1], "backward": row.cells[-1:]}
            return step in first.get(row.flow, (row.cells[0], row.cells[-1]))
        return not reading.pairs or step in {end for _, end in reading.pairs}

    def vector(self, reading: Reading) -> Iterator[Cell]:
        """Yield the cells at which a vector is found."""
        row = self.rows[reading.source]
        if row.form not in BY_STEP:
            yield reading.source, 0
            return
        first, last = row.cells[0], row.cells[-1]
        ends = {"last": (last,), "first": (first,), "ends": (first, last)}
        for step in dict.fromkeys(ends.get(reading.anchor, row.cells)):
            yield reading.source, step


def cells_of(row: SceneRow) -> tuple[int, ...]:
    """Return the steps at which a row has cells of their own; one, 0, where it has none."""
    return row.cells if row.form in BY_STEP else (0,)


def _cell(row: SceneRow, step: int) -> int:
    return step if row.form in BY_STEP else 0


def _exact(traced: TracedTensor, name: str, step: int, calls: Calls) -> tuple[range, ...] | None:
    """Return the steps that one step depends on; None where that takes too much work."""
    pieces = traced.relation(name, calls.numbers)
    if pieces is None:
        return None
    try:
        return tuple(steps_read(pieces, step, Work()))
    except TooManyPieces:
        return None
