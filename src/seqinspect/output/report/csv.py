"""Report → CSV (RFC 4180) for spreadsheets: a heading, then a layer a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.report.columns import COLUMNS, PLAIN, Cell, cell_text
from seqinspect.output.text import encodable, inert, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seqinspect.model.report import Report, Row

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet runs as a formula."""

QUOTED = frozenset('",\r\n')


def render(
    reports: Sequence[Report],
    *,
    columns: Sequence[str] = PLAIN,
    encoding: str = "utf-8",
    depth: int | None = None,
    header: bool = True,
    select: Callable[[Report], Sequence[Row]] | None = None,
) -> str:
    """Return one record a layer; empty where there is nothing to say, `?` where not known.

    Numbers have digits only. A text that a spreadsheet would run as a formula gets a leading '.
    `depth`: layers deeper within others than that are left out. `header`: a heading goes before.
    `select` returns the rows that are shown.
    """
    records = [record(columns)] if header else []
    records += [
        record(cell_of(COLUMNS[name].cell(row, report), encoding) for name in columns)
        for report in reports
        for row in (report.rows if select is None else select(report))
        if depth is None or row.depth <= depth
    ]
    return "".join(records)


def record(cells: Iterable[str]) -> str:
    """Return a line of cells."""
    return ",".join(map(_quoted, cells)) + "\r\n"


def _quoted(cell: str) -> str:
    if QUOTED.isdisjoint(cell) and cell == cell.strip() and inert(cell) == cell:
        return cell
    return '"' + cell.replace('"', '""') + '"'


def cell_of(cell: Cell, encoding: str) -> str:
    """Return what stands in a cell, which a spreadsheet does not run."""
    if not isinstance(cell, str):
        return cell_text(cell)
    text = encodable(visible(cell), encoding)
    return f"'{text}" if cell.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text
