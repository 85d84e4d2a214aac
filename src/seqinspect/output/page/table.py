"""A table of layers → a tree of rows that fold; other tables are as in every document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.output.renderers.html import cell_class, escaped, inline, plain_table
from seqinspect.output.report.columns import DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.output.document import Table, TableRow

JOINT = re.compile("[×+−_]|(?<=[a-z])(?=[A-Z])")
"""Behind it a long formula or name may be broken."""

MOST_INDENTED = 9
"""What lies deeper is indented as much."""


def tree(table: Table) -> Iterator[str]:
    """Yield a table; where rows are about layers, those within others fold."""
    if not any(row.about for row in table.rows):
        yield from plain_table(table)
        return
    yield '<div class="wide">'
    yield '<table role="treegrid" class="layers" aria-label="Layers">'
    heads = "".join(
        f'<th role="columnheader" scope="col"{" class=right" if column.right else ""}>'
        f"{escaped(column.heading)}</th>"
        for column in table.columns
    )
    yield f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
    yield '<tbody role="rowgroup">'
    after = [row.depth for row in table.rows[1:]] + [0]
    for row, following in zip(table.rows, after, strict=True):
        yield _row(table, row, folds=following > row.depth)
    yield "</tbody>"
    yield "</table>"
    yield "</div>"


def _row(table: Table, row: TableRow, *, folds: bool) -> str:
    expanded = f' aria-expanded="{"true" if row.depth < DEPTH else "false"}"' if folds else ""
    about = f' data-layer="{escaped(row.about)}"' if row.about else ""
    hidden = " hidden" if row.depth > DEPTH else ""
    deep = f" d{min(row.depth, MOST_INDENTED)}" if row.depth else ""
    cells = []
    for number, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
        text = inline(cell)
        if cell and not any(span.role or span.target for span in cell):
            text = JOINT.sub(r"\g<0><wbr>", text)
        if not number:
            mark = '<span class="fold" aria-hidden="true"></span>' if folds else ""
            cells.append(f'<td role="gridcell" class="layer{deep}">{mark}{text}</td>')
        else:
            heading = f' data-heading="{escaped(column.heading)}"' if cell else ""
            cells.append(f'<td role="gridcell"{cell_class(column)}{heading}>{text}</td>')
    level = f' aria-level="{row.depth + 1}"'
    return f'<tr role="row" tabindex="-1"{level}{expanded}{about}{hidden}>{"".join(cells)}</tr>'
