"""Pages: a file of HTML of what a command shows, with the findings of each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.run import check_report
from seqinspect.output.diff.document import document, documents
from seqinspect.output.findings.shared import views_of
from seqinspect.output.page.html import page
from seqinspect.output.page.view import Shown, View, compared, explained, view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.compare.diff import Diff, Side
    from seqinspect.explain import Explanation
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.output.screen import Screen

    Pair = tuple[Graph, Report]


def described(pairs: Iterable[Pair], columns: Sequence[str] | None, screen: Screen) -> str:
    """Return the page of models, each with its table."""
    views = [view(_shown(graph, report), columns) for graph, report in pairs]
    return page(views, encoding=screen.encoding)


def explanation(graph: Graph, found: Explanation, screen: Screen, *, short: bool) -> str:
    """Return the page of one model with the long answer."""
    model = _shown(graph, found.report)
    return page([explained(model, found, short=short)], encoding=screen.encoding)


def comparisons(pairs: Sequence[tuple[Diff, Side, Side]], screen: Screen) -> str:
    """Return the page of what changed, two models side by side wherever something did."""
    found = [
        compared([_shown(*side) for side in sides if side.report.rows], document(diff))
        for diff, *sides in pairs
        if not diff.same or len(pairs) == 1
    ]
    if len(found) < len(pairs):
        found.append(View(documents([diff for diff, *_ in pairs])[-1], ()))
    return page(found, encoding=screen.encoding)


def _shown(graph: Graph, report: Report) -> Shown:
    return Shown(graph, report, tuple(views_of(check_report(graph, report))))
