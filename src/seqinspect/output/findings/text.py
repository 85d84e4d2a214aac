"""Findings for people: each with its line, a caret and the remedy; or one a line (concise)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import Problem
from seqinspect.output import problems
from seqinspect.output.findings.shared import finding_views, summary
from seqinspect.output.screen import FILE, Screen
from seqinspect.output.text import encodable, inert

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Run


def render(run: Run, *, screen: Screen = FILE) -> str:
    """Return every finding as a compiler shows it, and the summary."""
    found = [
        Problem(
            f"{each.code} {each.message}",
            remedy=each.remedy,
            place=each.finding.place,
            line=each.finding.line,
        )
        for each in finding_views(run)
    ]
    body = problems.render(found, screen=screen)
    gap = "\n" if body else ""
    return body + gap + _summary(run, screen)


def concise(run: Run, *, screen: Screen = FILE) -> str:
    """Return a line for every finding, and the summary."""
    lines = [
        f"{each.path}:{each.line}:{each.column}: {each.code} {each.sentence}"
        for each in finding_views(run)
    ]
    body = "".join(f"{encodable(inert(line), screen.encoding)}\n" for line in lines)
    return body + _summary(run, screen)


def _summary(run: Run, screen: Screen) -> str:
    return "".join(f"{encodable(inert(line), screen.encoding)}\n" for line in summary(run))
