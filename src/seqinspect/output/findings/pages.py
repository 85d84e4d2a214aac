"""The manual pages of findings: one in a terminal, all of them as a document."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from seqinspect.output.findings.sentences import placeholder_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.lint.registry import FindingKind

HEAD = """\
# Findings

What `seqinspect check` finds, by code. `seqinspect rule SEQ103` shows one of these pages. This
document is made from the checks themselves: `seqinspect rule --format markdown`.

"""


def page(kind: FindingKind) -> str:
    """Return the page of a finding for a terminal."""
    text = "\n\n".join((_title(kind), kind.title, _sentences(kind), kind.page))
    return f"{text.replace('### ', '')}\n"


def document(kinds: Sequence[FindingKind]) -> str:
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
            text = "\n\n".join((kind.title, how, _sentences(kind), kind.page))
            text = text.replace("### ", "#### ")
            lines.append(f"\n### {kind.code} {kind.name}\n\n{text}\n")
    return "".join(lines)


def _sentences(kind: FindingKind) -> str:
    """Return the section that shows the sentences of a finding, with its facts in braces."""
    messages = map(placeholder_text, kind.messages.values())
    remedies = (f"remedy: {placeholder_text(each)}" for each in kind.remedies.values() if each)
    lines = [
        line for text in (*messages, *remedies) for line in wrap(text, 98, subsequent_indent="  ")
    ]
    return "\n".join(("### Message", "```text", *lines, "```"))


def _title(kind: FindingKind) -> str:
    fixable = ", fixed by --fix" if kind.fixable else ""
    return f"{kind.code} {kind.name} ({kind.level}{fixable})"


def _anchor(kind: FindingKind) -> str:
    return f"{kind.code.lower()}-{kind.name}"
