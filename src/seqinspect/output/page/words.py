"""In words: what a cell of a picture reads and depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.explanation.phrases import span_of
from seqinspect.output.report.time_notes import ordinal
from seqinspect.output.text import listed
from seqinspect.time.extent import step_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Depends
    from seqinspect.output.drawing.scene import Scene, SceneRow
    from seqinspect.output.page.depends import Cell, CellReads, InputSteps

MOST_RANGES = 4
"""So many runs of steps are named one by one."""

MOST_READ = 3
"""So many cells that are read are named one by one."""


class CellWords:
    """What is said of the cells of a scene; `formulas` are what the rows depend on, by path."""

    def __init__(self, scene: Scene, formulas: dict[str, tuple[Depends, ...]]) -> None:
        self.scene = scene
        self.formulas = formulas
        self.estimated = any(columns.names for columns in scene.tracks)

    def name(self, row: SceneRow, step: int, returned: int | None) -> str:
        """Return what a cell is called: dense, step 9."""
        if not row.steps and row.form != "chain":
            return row.name
        columns = self.scene.tracks[row.track]
        place = columns.name(step, row.length or 1)
        if row.steps and returned not in (None, step):  # in reversed order
            last = columns.name(returned or 0, row.length or 1)
            return f"{row.name} at step {place}, which it returns as step {last}"
        return f"{row.name}, step {place}"

    def sentence(self, index: int, step: int, reads: CellReads) -> str:
        """Return what a cell is, reads and depends on."""
        row = self.scene.rows[index]
        name = self.name(row, step, reads.step)
        if row.kind == "input":
            return f"{name}: a step of the model's input" if row.steps else f"{name}: has no steps"
        parts = [*self.direct(index, reads), *self.depends(row, reads)]
        return f"{name}: {'; '.join(parts)}" if parts else name

    def direct(self, index: int, reads: CellReads) -> Iterator[str]:
        """Yield which cells it reads, where these are few."""
        before = [cell for cell in reads.cells if cell[0] != index]
        if reads.whole and 0 < len(before) <= MOST_READ:
            yield f"reads {listed([self.read_name(cell) for cell in before])}"

    def read_name(self, cell: Cell) -> str:
        """Return what a cell that is read is called: step 9 of lstm."""
        row = self.scene.rows[cell[0]]
        if not row.steps:
            return f"what {row.name} returns"
        columns = self.scene.tracks[row.track]
        return f"step {columns.name(cell[1], row.length or 1)} of {row.name}"

    def depends(self, row: SceneRow, reads: CellReads) -> Iterator[str]:
        """Yield which steps of the model inputs it depends on."""
        if row.form in ("unknown", "more") or reads.inputs is None:
            yield "it is not known which steps it depends on"
            return
        if reads.step is None:
            yield "hands its state on, and is not returned" if row.form == "chain" else ""
            return
        if self.estimated and row.tensor is not None:
            found = self.formulas.get(row.tensor.path, ())
            parts = [f"{span_of(each)} of {each.input}" for each in found]
        else:
            parts = [self.steps(each) for each in reads.inputs]
        yield f"depends on {listed(parts)}" if parts else "depends on no step of an input"

    def steps(self, read: InputSteps) -> str:
        """Return which steps of an input are meant: steps 0…9 of input."""
        if read.steps is None:
            return f"steps of {read.input} that are not known"
        if not any(read.steps):
            return f"no step of {read.input}"
        words = _runs(read.steps)
        return f"{words if read.exact else f'no other than {words}'} of {read.input}"


def _runs(runs: Sequence[range]) -> str:
    """Return steps as people write them: steps 0…9; every 2nd step of 0…8; steps 1, 3 and 5…7."""
    counts = [step_count(run) for run in runs]
    if len(runs) == 1 and counts[0] > 2 and runs[0].step > 1:
        return f"every {ordinal(str(runs[0].step))} step of {runs[0][0]}…{runs[0][-1]}"
    if len(runs) > MOST_RANGES or any(run.step > 1 for run in runs):
        return f"{sum(counts):,} of the steps {runs[0][0]}…{max(run[-1] for run in runs)}"
    texts = [
        f"{run[0]}…{run[-1]}" if count > 1 else str(run[0])
        for run, count in zip(runs, counts, strict=True)
    ]
    single = counts == [1]
    return f"step{'' if single else 's'} {listed(texts)}"
