"""Report → the lines of a table of layers, as every document shows them: what stands in which cell.

The texts are those of the spec, as they are: each format makes them harmless in its own way.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seqinspect.model.report import InputReport, Row, sum_known
from seqinspect.output.document import inline, joined
from seqinspect.output.report.columns import Cell, call_text, cell_text, known_total, share
from seqinspect.output.report.folding import Group
from seqinspect.output.report.lines import cell
from seqinspect.output.report.summary import NAMES, names_within
from seqinspect.output.report.time_notes import each_step_alone, row_remarks, time_note
from seqinspect.output.text import counted
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reads
    from seqinspect.model.report import Report
    from seqinspect.output.document import Inline, Role
    from seqinspect.output.report.lines import Item, Line

STEPS: dict[Reads, Role] = {
    "each": "every step", "last": "one step", "first": "one step",
    "all": "all steps", "prefix": "all steps", "suffix": "all steps", "window": "all steps",
}  # fmt: skip
"""How it is marked which steps of its input a layer reads."""

MANY_ALIKE = 3
"""That a layer treats each step by itself is said once where so many do."""


class Entry(NamedTuple):
    """A layer in the table: its cells by column, its note on time steps, and how deep it stands.

    `path` is that of the input or the call; empty for a block of layers.
    """

    cells: tuple[str, ...]
    note: Inline = ()
    depth: int = 0
    path: str = ""


def entries(
    found: Sequence[Line], report: Report, columns: Sequence[str], *, quiet: bool = False
) -> Iterator[Entry]:
    """Yield an entry for every line of a table.

    The notes on time are no column here: each entry has its own. `quiet`: where a layer treats each
    step by itself, it has none.
    """
    names = [name for name in columns if name != "time"]
    total = known_total(report) if "share" in names else None
    for line in found:
        cells = tuple(_cell(line, name, report, total) for name in names)
        yield Entry(cells, _note(line, quiet=quiet), line.level, _path(line.item))


def is_quiet(found: Sequence[Line]) -> bool:
    """Whether so many layers treat each step by itself that it is said once, below the table."""
    if len(found) < MANY_ALIKE:
        return False
    rows = [line.item for line in found if isinstance(line.item, Row)]
    others = (row for row in rows if row.time is not None and row.time.steps is not None)
    return sum(map(each_step_alone, rows)) >= MANY_ALIKE and all(map(time_note, others))


def structure(
    found: Sequence[Line], hidden: int, depth: int | None, *, quiet: bool
) -> Iterator[str]:
    """Say what indented lines and empty notes are, and how many layers are not shown."""
    if any(line.level for line in found):
        yield "Indented layers are parts of the line above, counted in it."
    if hidden and depth is not None:
        are = "is" if hidden == 1 else "are"
        layers = f"{counted(hidden, 'layer')} within others {are}"
        yield f"{layers} not shown: --depth {depth + 1} opens more."
    if quiet:
        yield "Layers with steps and no note treat each step by itself."


def of_selection(found: Sequence[Line], report: Report) -> Iterator[tuple[str, str]]:
    """Yield what stands below a table of some layers, as labels and texts."""
    yield "Shown", _selected(found, report)
    items = [line.item for line in found]
    rows = [each for each in items if isinstance(each, Row)]
    rows += [row for each in items if isinstance(each, Group) for row in each.own]
    inputs = [each for each in items if isinstance(each, InputReport)]
    yield NAMES, names_within(report, rows, inputs)


def _selected(found: Sequence[Line], report: Report) -> str:
    """Say how many layers are shown, and what part of the parameters they have together."""
    top = [line.item for line in found if not line.level and not isinstance(line.item, InputReport)]
    number = sum(len(each.own) * each.count if isinstance(each, Group) else 1 for each in top)
    params = sum_known(each.params for each in top)
    of = f"{number:,} of {counted(len(report.top), 'layer')}"
    if params is None or not report.complete or not report.params:
        return of
    return (
        f"{of}, {params:,} of {report.params:,} parameters ({share(params, known_total(report))} %)"
    )


def _path(item: Item) -> str:
    if isinstance(item, Group):
        return ""
    return item.path if isinstance(item, Row) else item.name


def _note(line: Line, *, quiet: bool) -> Inline:
    item = line.item
    if isinstance(item, InputReport):
        axis = item.time_axis
        steps = None if axis is None else item.tensor.symbolic[axis]
        return inline("no time steps" if steps is None else f"{_counted(steps)}, on axis {axis}")
    if isinstance(item, Group):
        return inline(_group_note(item, opened=line.opened))
    notes = [] if quiet and each_step_alone(item) else [_time(item)]
    if item.reuses is not None and not item.depth:
        notes.insert(0, inline(f"shares the weights of `{item.reuses}`"))
    if item.params and item.trainable == 0:
        notes.append(inline("not trained"))
    notes += (inline(remark, "warning") for remark in row_remarks(item))
    if False in item.confirmed:
        notes.append(inline("Keras disagrees", "bad"))
    return joined(notes)


def _time(row: Row) -> Inline:
    """Say what a layer has to do with time, with a role for the steps that it reads."""
    return inline(time_note(row), STEPS.get(row.time.reads, "") if row.time else "")


def _cell(line: Line, name: str, report: Report, total: int | None) -> str:
    """Return what stands in a column; `total` is the number of all parameters."""
    item = line.item
    if not isinstance(item, InputReport | Group):
        if name in ("formula", "share") and not item.weights:
            return ""
        if name == "name" and line.alone:
            return item.path
        if name == "from":
            return "; ".join(filter(None, (_counted_names(item.sources), call_text(item))))
        if name == "share":
            return shown(share(item.params if item.complete else None, total))
    return shown(cell(item, name, report))


def shown(content: Cell) -> str:
    """Return a cell as people read it: 1,024, yes, ? where it is not known."""
    return cell_text(content, "{:,}".format)


def _group_note(group: Group, *, opened: bool) -> str:
    if group.written:
        note = f"{group.count} equal blocks ({group.first}…{group.first + group.count - 1})"
    else:
        layers = counted(len(group.own), "layer")
        note = f"{group.count} blocks of {layers} with equal shapes, counts and steps"
    return note + (", the first of which is below" if opened else "")


def _counted_names(names: Sequence[str]) -> str:
    """Return names, one that comes several times with its number: norm ×2."""
    counts = Counter(names)
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in counts.items())


def _counted(steps: Expr) -> str:
    return "1 step" if steps == 1 else f"{steps.text()} steps"
