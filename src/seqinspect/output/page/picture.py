"""A model → its picture on a page, in which every cell knows what it reads and depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.drawing.grid import scene_of
from seqinspect.output.drawing.labels import legend_lines
from seqinspect.output.drawing.svg import Attributes, aligned, on_page
from seqinspect.output.page.depends import cell_reads
from seqinspect.output.page.words import CellWords
from seqinspect.output.renderers.html import escaped
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.output.drawing.calls import Calls
    from seqinspect.output.drawing.scene import Scene, SceneRow
    from seqinspect.output.page.depends import CellReads

CHARACTERS = 22
"""Texts beside a picture are broken after so many characters: a phone shows some steps, too."""

LABELS = ("name", "shape", "note")
"""What stands beside a row; all else is in the table."""


class PagePicture(NamedTuple):
    """A picture as SVG, and what its signs stand for."""

    svg: str
    legend: tuple[str, ...]


def pictures(models: Sequence[Calls]) -> list[PagePicture]:
    """Return the pictures of models that stand side by side."""
    scenes = [_shortened(scene_of(calls)) for calls in models]
    layouts = aligned(scenes, CHARACTERS)
    return [
        PagePicture(on_page(layout, attributes(calls, scene)), tuple(legend_lines(scene.rows)))
        for calls, scene, layout in zip(models, scenes, layouts, strict=True)
    ]


def _shortened(scene: Scene) -> Scene:
    rows = (
        row._replace(labels=tuple(label for label in row.labels if label.role in LABELS))
        for row in scene.rows
    )
    return scene._replace(rows=tuple(rows))


def attributes(calls: Calls, scene: Scene) -> Attributes:
    """Return what the elements of a picture carry: who they are, and what they read."""
    report = calls.model.report
    formulas = {row.path: row.time.depends for row in report.rows if row.time is not None}
    words = CellWords(scene, formulas)
    inputs = {
        row.tensor.path: index
        for index, row in enumerate(scene.rows)
        if row.kind == "input" and row.tensor is not None
    }
    label = f"Picture of {scene.model}: a row for each layer, a column for each time step"
    return Attributes(
        f'role="grid" class="drawing" aria-label="{escaped(label)}"',
        {
            index: f'role="rowheader" class="labels"{_layer(row)}'
            for index, row in enumerate(scene.rows)
        },
        {
            (index, step): f'role="gridcell" class="cell" tabindex="-1" data-cell="{index}:{step}"'
            f"{_layer(scene.rows[index])}{_reads(scene.rows[index], reads, inputs)}"
            f' aria-label="{escaped(words.sentence(index, step, reads))}"'
            for (index, step), reads in cell_reads(calls, scene).items()
        },
    )


def _layer(row: SceneRow) -> str:
    named = row.tensor is not None and row.kind in ("input", "layer")
    return f' data-layer="{escaped(row.tensor.path)}"' if named and row.tensor is not None else ""


def _reads(row: SceneRow, reads: CellReads, inputs: dict[str, int]) -> str:
    """Return the cells that a cell reads, and the input steps that it depends on."""
    cells = " ".join(f"{index}:{step}" for index, step in reads.cells)
    given = row.kind == "input" and row.steps
    steps = " ".join(
        f"{inputs[each.input]}:{_ranges(each.steps)}"
        for each in reads.inputs or ()
        if each.steps and each.input in inputs and not given
    )
    return (f' data-reads="{cells}"' if cells else "") + (
        f' data-inputs="{steps}"' if steps else ""
    )


def _ranges(steps: Iterable[range]) -> str:
    """Return steps as 0-9, and 0-8/2 for every second one."""
    return ",".join(
        f"{run[0]}-{run[-1]}" + (f"/{run.step}" if run.step > 1 else "") for run in steps if run
    )
