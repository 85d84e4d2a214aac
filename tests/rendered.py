"""Reports as text in a format, as `describe` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.renderers import render
from seqinspect.output.report.columns import DEPTH
from seqinspect.output.report.document import document
from seqinspect.output.screen import FILE, Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.report import Report
    from seqinspect.output.report.selection import Selection


def described(
    *reports: Report,
    kind: str = "table",
    columns: Sequence[str] | None = None,
    depth: int | None = DEPTH,
    selection: Selection | None = None,
    screen: Screen = FILE,
) -> str:
    made = [document(each, columns, depth, selection) for each in reports]
    return render(made, kind, screen=screen)
