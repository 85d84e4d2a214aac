"""The manual pages of findings: one in a terminal, all of them as a document."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.lint.registry import Kind

HEAD = """\
# Findings

What `seqinspect check` finds, by code. `seqinspect rule SEQ103` shows one of these pages. This
document is made from the checks themselves: `seqinspect rule --format markdown`.

"""


def page(kind: Kind) -> str:
    """Return the page of a finding for a terminal."""
    return f"{_title(kind)}\n\n{kind.title}\n\n{kind.page.replace('### ', '')}\n"


def document(kinds: Sequence[Kind]) -> str:
    """Return all pages as Markdown, by families, with a list at the top."""
    lines = [HEAD, "| Code | Name | Level | What |\n|---|---|---|---|\n"]
    lines += [
        f"| [{kind.code}](#{_anchor(kind)}) | {kind.name} | {kind.level} | {kind.title} |\n"
        for kind in kinds
    ]
    for family, group in groupby(kinds, key=lambda kind: kind.family):
        lines.append(f"\n## {family[0].upper()}{family[1:]}\n")
        for kind in group:
            how = f"Level: {kind.level}" + ("; `--fix` fixes it" if kind.fixable else "") + "."
            text = kind.page.replace("### ", "#### ")
            lines.append(f"\n### {kind.code} {kind.name}\n\n{kind.title}\n\n{how}\n\n{text}\n")
    return "".join(lines)


def _title(kind: Kind) -> str:
    fixable = ", fixed by --fix" if kind.fixable else ""
    return f"{kind.code} {kind.name} ({kind.level}{fixable})"


def _anchor(kind: Kind) -> str:
    return f"{kind.code.lower()}-{kind.name}"
