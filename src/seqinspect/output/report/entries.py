"""Report → the lines of a table of layers, as every document shows them: what stands in which cell.

The texts are those of the spec, as they are: each format makes them harmless in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.output.document import inline, joined
from seqinspect.output.report.columns import COLUMNS, DEPTH, Cell, cell_text
from seqinspect.output.report.folding import Group, folded
from seqinspect.output.report.time_notes import row_remarks, time_note
from seqinspect.output.text import counted, symbolic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reads
    from seqinspect.model.report import InputReport, Report, Row
    from seqinspect.output.document import Inline, Role

STEPS: dict[Reads, Role] = {
    "each": "every step", "last": "one step", "first": "one step",
    "all": "all steps", "prefix": "all steps", "suffix": "all steps", "window": "all steps",
}  # fmt: skip
"""How it is marked which steps of its input a layer reads."""


class Entry(NamedTuple):
    """A layer in the table: its cells by column, its note on time steps, and how deep it stands.

    `path` is that of the input or the call; empty for a block of layers.
    """

    cells: tuple[str, ...]
    note: Inline = ()
    depth: int = 0
    path: str = ""


def entries(report: Report, columns: Sequence[str], depth: int | None = DEPTH) -> Iterator[Entry]:
    """Yield an entry for every input and every call; equal iterations of a block are one.

    `depth`: how many levels are opened; None opens all, every iteration of a block too. The notes
    on time are no column here: each entry has its own.
    """
    names = [name for name in columns if name != "time"]
    for given in report.inputs:
        yield _input(given, names)
    if depth is None:
        yield from (_entry(row, report, names) for row in report.rows)
        return
    for item in folded(report.rows):
        if isinstance(item, Group):
            level = item.rows[0].depth
            if level <= depth:
                yield _group(item, names, level, opened=level < depth)
            for row in item.rows:
                if row.depth < depth:
                    yield _entry(row, report, names, deeper=1)
        elif item.depth <= depth:
            yield _entry(item, report, names)


def structure(report: Report, depth: int | None = DEPTH) -> Iterator[str]:
    """Say what indented lines are, and how many are not shown."""
    if depth is None:
        indented, hidden = any(row.depth for row in report.rows), 0
    else:
        levels = list(_levels(report))
        indented = any(0 < level <= depth for level in levels)
        hidden = sum(level > depth for level in levels)
    if indented:
        yield "Indented layers are parts of the line above, counted in it."
    if hidden and depth is not None:
        are = "is" if hidden == 1 else "are"
        layers = f"{counted(hidden, 'layer')} within others {are}"
        yield f"{layers} not shown: --depth {depth + 1} opens more."


def _levels(report: Report) -> Iterator[int]:
    """Yield how deep every row would be indented, folded blocks by their first iteration."""
    for item in folded(report.rows):
        if isinstance(item, Group):
            yield from (row.depth + 1 for row in item.rows)
        else:
            yield item.depth


def _entry(row: Row, report: Report, names: Sequence[str], *, deeper: int = 0) -> Entry:
    cells = tuple(_cell(row, report, name) for name in names)
    notes = [_time(row)]
    if row.reuses is not None and not row.depth:
        notes.insert(0, inline(f"shares the weights of `{row.reuses}`"))
    if row.params and row.trainable == 0:
        notes.append(inline("not trained"))
    notes += (inline(remark, "warning") for remark in row_remarks(row))
    if False in row.confirmed:
        notes.append(inline("Keras disagrees", "bad"))
    return Entry(cells, joined(notes), row.depth + deeper, row.path)


def _time(row: Row) -> Inline:
    """Say what a layer has to do with time, with a role for the steps that it reads."""
    return inline(time_note(row), STEPS.get(row.time.reads, "") if row.time else "")


def _cell(row: Row, report: Report, name: str) -> str:
    if name == "formula" and not row.weights:
        return ""
    return shown(COLUMNS[name].cell(row, report))


def shown(cell: Cell) -> str:
    """Return a cell as people read it: 1,024, yes, ? where it is not known."""
    return cell_text(cell, "{:,}".format)


def _input(given: InputReport, names: Sequence[str]) -> Entry:
    tensor, axis = given.tensor, given.time_axis
    cells = {
        "name": given.name,
        "path": given.name,
        "type": "Input",
        "place": str(given.place or ""),
        "shape": symbolic(tensor),
        "dtype": tensor.dtype,
    }
    note = "no time steps" if axis is None else f"{_counted(tensor.symbolic[axis])}, on axis {axis}"
    shown = tuple(cells.get(name, "") for name in names)
    return Entry(shown, inline(note), path=given.name)


def _group(group: Group, names: Sequence[str], level: int, *, opened: bool) -> Entry:
    last = group.first + group.count - 1
    work = group.multiply_adds
    cells = {
        "name": f"{group.block} ×{group.count}",
        "type": "repeat",
        "shape": "; ".join(map(symbolic, group.outputs)),
        "formula": "" if group.params == 0 else group.formula,
        "params": shown(group.params),
        "trainable": shown(group.trainable),
        "multiply_adds": shown(None if work is None else work.value),
        "multiply_adds_formula": shown(None if work is None else work.text()),
    }
    note = f"{group.count} equal blocks ({group.first}…{last})"
    note += ", the first of which is below" if opened else ""
    return Entry(tuple(cells.get(name, "") for name in names), inline(note), level)


def _counted(steps: Expr) -> str:
    return "1 step" if steps == 1 else f"{steps.text()} steps"
