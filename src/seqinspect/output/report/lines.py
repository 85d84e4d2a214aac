"""Report → the lines of its table: inputs, layers, and folded blocks, as they are asked for."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.model.report import InputReport
from seqinspect.output.report.columns import (
    COLUMNS,
    DEPTH,
    TABLE,
    Cell,
    known_total,
    share,
)
from seqinspect.output.report.folding import Group, folded
from seqinspect.output.text import symbolic
from seqinspect.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Report, Row
    from seqinspect.output.report.selection import Selection

    Item: TypeAlias = InputReport | Row | Group

MANY = 12
"""In a table of more layers than this, a column says what part of the parameters each has."""


class Line(NamedTuple):
    """An input, a layer or a block in a table, and how far it is indented.

    `alone`: what the layer is within is not shown. `opened`: layers of the block stand below.
    """

    item: Item
    level: int = 0
    alone: bool = False
    opened: bool = False


def lines(
    report: Report, depth: int | None = DEPTH, selection: Selection | None = None
) -> tuple[list[Line], int]:
    """Return the lines of a table, and how many layers within others it leaves out.

    `depth`: how many levels are opened; None opens all, every iteration of a block too.
    """
    shown: list[Line] = []
    hidden = 0
    for line in _lines(report, selection, whole=depth is None):
        if depth is None or line.level <= depth:
            shown.append(line)
        else:
            hidden += not isinstance(line.item, Group)
    if selection is not None:
        shown = _ordered(shown, report, selection)
    for at, line in enumerate(shown[:-1]):
        if isinstance(line.item, Group):
            shown[at] = line._replace(opened=shown[at + 1].level > line.level)
    return shown, hidden


def _ordered(found: Sequence[Line], report: Report, selection: Selection) -> list[Line]:
    """Return lines in the order that is asked for, as many as are."""
    ordered = list(_sorted(found, report, selection.sort) if selection.sort else found)
    tops = [at for at, line in enumerate(ordered) if not line.level]
    end = len(tops) if selection.top is None else selection.top
    return ordered[: tops[end]] if end < len(tops) else ordered


def _lines(report: Report, selection: Selection | None, *, whole: bool) -> Iterator[Line]:
    """Yield every line that is asked for, however deep it is within others."""
    inputs = report.inputs if selection is None else filter(selection.has_input, report.inputs)
    yield from map(Line, inputs)
    levels: dict[str, int] = {}
    has = None if selection is None else selection.has
    for item in report.rows if whole else folded(report.rows):
        base = 0
        if isinstance(item, Group):
            turns = tuple(tuple(filter(has, turn)) for turn in item.iterations)
            rows = turns[0]
            if len({tuple(row.type for row in turn) for turn in turns}) > 1:
                rows = tuple(chain(*turns))  # one of its iterations is asked for by name
            elif rows:
                base = levels.get(_parent(item.rows[0]), -1) + 1
                yield Line(replace(item, iterations=turns), base)
                base += 1
        else:
            rows = tuple(filter(has, (item,)))
        for row in rows:
            parent = _parent(row)
            level = levels[row.path] = max(levels.get(parent, -1) + 1, base)
            yield Line(row, level, alone=bool(row.depth) and parent not in levels)


def _parent(row: Row) -> str:
    return row.path.rpartition("/")[0]


def _sorted(found: Sequence[Line], report: Report, column: str, level: int = 0) -> Iterator[Line]:
    """Yield lines by what stands in a column; what is within another one stays below it."""
    families: list[list[Line]] = []
    for line in found:
        if line.level <= level or not families:
            families.append([line])
        else:
            families[-1].append(line)
    from seqinspect.output.report.selection import order  # noqa: PLC0415 - where it is asked for

    families.sort(key=lambda family: order(cell(family[0].item, column, report)))
    for first, *others in families:
        yield first
        yield from _sorted(others, report, column, level + 1)


def default_columns(report: Report, selection: Selection | None = None) -> tuple[str, ...]:
    """Return the columns of a table where nobody names them.

    What a layer is called on is shown where that is not always the layer before, parts of the sum
    where there are many layers, and by what the table is sorted.
    """
    names = list(TABLE)
    if not is_chain(report):
        names.insert(names.index("type") + 1, "from")
    if len(report.top) > MANY or selection is not None:
        names.insert(names.index("params") + 1, "share")
    if selection is not None and selection.sort not in ("", *names):
        names.insert(names.index("time"), selection.sort)
    return tuple(names)


def is_chain(report: Report) -> bool:
    """Whether every layer is called on the one before it, and on nothing else."""
    before = [given.name for given in report.inputs]
    for row in report.top:
        if len(before) != 1 or row.sources != (before[0],) or row.call:
            return False
        before = [row.name]
    return True


def cell(item: Item, name: str, report: Report) -> Cell:
    """Return what stands in a column of an input, a layer or a block."""
    if isinstance(item, InputReport):
        return _input(item, name)
    if isinstance(item, Group):
        return _group(item, name, report)
    return COLUMNS[name].cell(item, report)


def _input(given: InputReport, name: str) -> Cell:
    match name:
        case "name" | "path":
            return given.name
        case "type":
            return "Input"
        case "place":
            return str(given.place or "")
        case "shape":
            return symbolic(given.tensor)
        case "dtype":
            return given.tensor.dtype
        case _:
            return ""


def _group(group: Group, name: str, report: Report) -> Cell:
    match name:
        case "name":
            return f"{group.block} ×{group.count}"
        case "type":
            return "repeat"
        case "from":
            return ", ".join(_outside(group))
        case "shape":
            return "; ".join(map(symbolic, group.outputs))
        case "formula":
            return group.formula if group.params != 0 else ""
        case "params":
            return group.params
        case "share":
            return share(group.params, known_total(report))
        case "trainable":
            return group.trainable
        case "multiply_adds" | "multiply_adds_formula":
            work = group.multiply_adds
            return None if work is None else work.value if name == "multiply_adds" else work.text()
        case _:
            return ""


def _outside(group: Group) -> list[str]:
    """Return what the first iteration reads that is not in it."""
    inside = {row.name for row in group.own}
    names = [name for row in group.own for name in row.sources]
    names += [name for row in group.own for _, refs in row.call for name in refs]
    return [name for name in dict.fromkeys(names) if name.partition(".")[0] not in inside]
