"""Reports as text in a format, as `describe` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.renderers import render
from seqinspect.output.report.columns import DEPTH, TABLE
from seqinspect.output.report.document import document
from seqinspect.output.screen import FILE, Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.report import Report


def described(
    *reports: Report,
    kind: str = "table",
    columns: Sequence[str] = TABLE,
    depth: int | None = DEPTH,
    screen: Screen = FILE,
) -> str:
    return render([document(each, columns, depth) for each in reports], kind, screen=screen)
