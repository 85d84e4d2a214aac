"""Findings as a Markdown table, to post on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.findings.shared import finding_views, summary
from seqinspect.output.markdown_text import escaped, table

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Run

HEADING = ("Finding", "Where", "What", "Remedy")


def render(run: Run) -> str:
    """Return the summary and, where there is something, a table with a finding a row."""
    first, *others = summary(run)
    rows = [
        (
            f"{each.level} {each.code}",
            escaped(f"{each.path}:{each.line}"),
            escaped(each.message),
            escaped(each.remedy),
        )
        for each in finding_views(run)
    ]
    lines = [f"**{escaped(first)}**", ""]
    if rows:
        lines += [*table(HEADING, rows), ""]
    lines += [f"- {escaped(line)}" for line in others]
    return "".join(f"{line}\n" for line in lines)
