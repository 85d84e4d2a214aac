"""Which layers a table shows, in which order: by name, by class, where steps meet, the largest."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.model.facts import SIDE_BY_SIDE
from seqinspect.model.remarks import AttendsNear, AttendsTo, SecondInput
from seqinspect.output.report.columns import COLUMNS
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import nearest
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.model.report import InputReport, Report, Row
    from seqinspect.output.report.columns import Cell


class Selection(NamedTuple):
    """What is asked for: names or paths and classes as patterns (`enc*`), and an order.

    `sort` is a column: numbers come from the largest down, texts from A to Z. `top` is how many
    layers are shown at most.
    """

    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    mixes_time: bool = False
    sort: str = ""
    top: int | None = None

    @property
    def selects(self) -> bool:
        """Whether layers are left out."""
        return bool(self.names or self.types or self.mixes_time or self.top is not None)

    @property
    def spare(self) -> tuple[str, ...]:
        """The columns that are not asked for, those first that are missed least."""
        if self.mixes_time:
            return ("formula", "shape", "from", "share", "params", "type")
        if self.names or self.types:
            return ("formula", "time", "shape", "share", "params")
        return ("time", "from", "formula", "shape") if self.sort or self.top is not None else ()

    def has(self, row: Row) -> bool:
        """Whether a layer is asked for; one of which it is not known whether it mixes steps is."""
        return self._named((row.name, row.path), row.type) and (
            not self.mixes_time or steps_meet(row) is not False
        )

    def has_input(self, given: InputReport) -> bool:
        """Whether an input of the model is asked for."""
        return not self.mixes_time and self._named((given.name,), "Input")

    def _named(self, names: Sequence[str], kind: str) -> bool:
        return (not self.names or _matches(self.names, names)) and (
            not self.types or _matches(self.types, (kind,))
        )


MOST_NAMED = 12
"""So many names are listed where none fits."""

MAX_PATTERN = 1000
"""Characters of a pattern: Python takes the square of the time for one of brackets."""


def _matches(patterns: Sequence[str], texts: Iterable[str]) -> bool:
    return any(fnmatchcase(text, pattern) for text in texts for pattern in patterns)


def require_match(reports: Sequence[Report], selection: Selection) -> None:
    """Refuse names and classes that no layer has. Raises SpecError."""
    inputs = [given.name for report in reports for given in report.inputs]
    rows = [row for report in reports for row in report.rows]
    names = dict.fromkeys([*inputs, *(name for row in rows for name in (row.path, row.name))])
    types = dict.fromkeys([*("Input" for _ in inputs), *(row.type for row in rows)])
    _require("--only", "is called", selection.names, list(names))
    _require("--type", "is a", selection.types, list(types))


def _require(option: str, verb: str, patterns: Sequence[str], found: Sequence[str]) -> None:
    for pattern in patterns:
        if len(pattern) > MAX_PATTERN:
            refuse(
                f"the pattern of {option} is too long",
                received=truncate(pattern),
                expected=f"at most {MAX_PATTERN:,} characters",
            )
        if not _matches([pattern], found):
            near = nearest(pattern, found)
            more = len(found) - MOST_NAMED
            refuse(
                f"no layer {verb} `{truncate(pattern)}`",
                received=f"{option} {truncate(pattern)}",
                expected=", ".join(found[:MOST_NAMED]) + (f" and {more} more" if more > 0 else ""),
                remedy=f"did you mean {near}?" if near else "* stands for any letters: 'enc*'",
            )


def chosen_rows(report: Report, selection: Selection) -> list[Row]:
    """Return the rows that are asked for, in the order that is asked for."""
    rows = [row for row in report.rows if selection.has(row)]
    if selection.sort:
        column = COLUMNS[selection.sort]
        rows.sort(key=lambda row: order(column.cell(row, report)))
    return rows[: selection.top]


def order(cell: Cell) -> tuple[int, float, str]:
    """Return by what cells are sorted: numbers from the largest down, texts from A to Z.

    What is not known comes behind all numbers, and where there is nothing to say, last.
    """
    if isinstance(cell, int | float):
        return (0, -cell, "")
    if cell is None:
        return (1, 0, "")
    return (2, 0, cell) if cell else (3, 0, "")


def steps_meet(row: Row) -> bool | None:
    """Tell whether a step of what a layer returns comes from several of its input's.

    None where that is not known.
    """
    time = row.time
    if time is None:
        return None if row.unsupported is not None else False
    if any(isinstance(each, AttendsTo | AttendsNear | SecondInput) for each in row.remarks):
        return True
    if any(reads != "each" for _, reads in time.operands):
        return True
    source = time.source
    if source.steps is None:  # its weights make one of the steps that lie side by side
        return source.time_summary in SIDE_BY_SIDE and time.shared is False
    if source.steps == 1:
        return False
    if traits_of(row.type).step_by_step or time.reads in ("prefix", "suffix", "all"):
        return True
    return time.reads == "window" and any(span.first != span.last for span in time.windows)
