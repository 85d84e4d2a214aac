"""Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request.

GitHub shows ten annotations of a level for a step. Where there are more, those of one kind in one
file are folded; every finding that has no annotation of its own stands in the log as a line.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.lint.registry import LEVELS
from seqinspect.output.findings.shared import finding_views, repository_path
from seqinspect.output.text import counted, inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.lint.outcome import Run
    from seqinspect.output.findings.shared import FindingView

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}

MOST_SHOWN = 10
"""So many annotations of a level GitHub shows."""


def render(run: Run) -> str:
    """Return the commands, and a line for every finding that they leave out."""
    views = list(finding_views(run))
    return "".join(
        line
        for level in LEVELS
        for line in _level([each for each in views if each.level == level], run.root)
    )


def _level(views: Sequence[FindingView], root: str) -> Iterator[str]:
    """Yield what is written of the findings of one level."""
    groups = [[each] for each in views]
    if len(views) > MOST_SHOWN:
        ordered = sorted(views, key=lambda each: (each.path, each.code))
        alike = groupby(ordered, key=lambda each: (each.path, each.code))
        groups = [list(group) for _, group in alike]
    shown = groups if len(groups) <= MOST_SHOWN else groups[: MOST_SHOWN - 1]
    for first, *others in shown:
        lines = ", ".join(str(each.line) for each in others)
        more = f" (and {len(others)} more in this file: line {lines})" if others else ""
        yield _command(first, first.sentence + more, root)
        yield from map(_line, others)
    left = [each for group in groups[len(shown) :] for each in group]
    if left:
        text = f"{counted(len(left), 'further ' + left[0].level)}: the log of this step has all"
        yield f"::{COMMANDS[left[0].level]} title=seqinspect::{escaped(text)}\n"
        yield from map(_line, left)


def _command(each: FindingView, text: str, root: str) -> str:
    path = escaped(repository_path(each.path, root), True)
    return (
        f"::{COMMANDS[each.level]} file={path},line={each.line},col={each.column},"
        f"endColumn={each.end_column},title={escaped(f'{each.code} {each.kind.name}', True)}"
        f"::{escaped(text)}\n"
    )


def _line(each: FindingView) -> str:
    place = f"{each.path}:{each.line}:{each.column}"
    return inert(f"{place}: {each.level} {each.code} {each.sentence}") + "\n"


def escaped(text: str, is_property: bool = False) -> str:
    """Return text that ends neither a command nor one of its properties."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text
