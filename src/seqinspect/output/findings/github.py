"""Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.findings.shared import finding_views

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Run

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(run: Run) -> str:
    """Return one command a finding."""
    return "".join(
        f"::{COMMANDS[each.level]} file={escaped(each.path, True)},line={each.line},"
        f"col={each.column},title={escaped(f'{each.code} {each.kind.name}', True)}"
        f"::{escaped(each.sentence)}\n"
        for each in finding_views(run)
    )


def escaped(text: str, is_property: bool = False) -> str:
    """Return text that ends neither a command nor one of its properties."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text
