"""Report → lines for `cut` and `awk`: a heading, then a layer a line, with tabs between columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.report.columns import COLUMNS, PLAIN, cell_text
from seqinspect.output.text import encodable, inert, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.model.report import Report, Row


def render(
    reports: Sequence[Report],
    *,
    columns: Sequence[str] = PLAIN,
    encoding: str = "utf-8",
    depth: int | None = None,
    header: bool = True,
    select: Callable[[Report], Sequence[Row]] | None = None,
) -> str:
    r"""Return one line a layer, whole; `-` where there is nothing to say, `?` where not known.

    Numbers have digits only. Tabs, line breaks and control characters are escaped (\t, \x1b).
    `depth`: layers deeper within others than that are left out. `header`: a heading goes before.
    `select` returns the rows that are shown.
    """
    lines = ["\t".join(columns)] if header else []
    for report in reports:
        for row in report.rows if select is None else select(report):
            if depth is not None and row.depth > depth:
                continue
            texts = (cell_text(COLUMNS[name].cell(row, report)) for name in columns)
            cells = (visible(text) or "-" for text in texts)
            lines.append(inert("\t".join(cells)))
    return encodable("".join(f"{line}\n" for line in lines), encoding)
