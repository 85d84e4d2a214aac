"""The manual pages of findings → documents: a list, some pages, or all of them as a reference."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.output.document import (
    GAP,
    Column,
    Document,
    Items,
    Paragraph,
    Section,
    Span,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.findings.sentences import placeholder_text
from seqinspect.output.manual import blocks_of, line_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.lint.registry import FindingKind

HEAD = """\
What `seqinspect check` finds, by code. `seqinspect rule SEQ103` shows one of these pages. This
document is made from the checks themselves: `seqinspect rule --format markdown`.
"""
FIXES = {"": "", "safe": "; `--fix` fixes it", "unsafe": "; `--fix --unsafe-fixes` fixes it"}
"""How a finding is fixed, by what its kind says of its fixes."""

COLUMNS = (
    Column("Code", role="name"), Column("Name"), Column("Level"), Column("What", below="always"),
)  # fmt: skip


def listing(kinds: Sequence[FindingKind]) -> Document:
    """Return a table with a line for every finding."""
    return Document("Findings", (_table(kinds, linked=False),))


def page(kind: FindingKind) -> Document:
    """Return the page of a finding."""
    return Document(kind.code, (_page(kind),))


def reference(kinds: Sequence[FindingKind]) -> Document:
    """Return all pages by families, with a list at the top that leads to them."""
    families = (
        Section(inline(family[0].upper() + family[1:]), tuple(map(_page, group)))
        for family, group in groupby(kinds, key=lambda kind: kind.family)
    )
    blocks = (*blocks_of(HEAD), _table(kinds, linked=True), *families)
    return Document("Findings", (Section(inline("Findings"), blocks),))


def _table(kinds: Sequence[FindingKind], *, linked: bool) -> Table:
    rows = (
        TableRow(
            (
                (Span(kind.code, "", f"#{_anchor(kind)}" if linked else ""),),
                inline(kind.name),
                inline(kind.level),
                line_of(kind.title),
            )
        )
        for kind in kinds
    )
    return Table(COLUMNS, tuple(rows))


def _page(kind: FindingKind) -> Section:
    level = f"Level: {kind.level}" + FIXES[kind.fixable] + "."
    blocks = (
        Paragraph(line_of(kind.title)), GAP, Paragraph(line_of(level)), GAP,
        Section(inline("Message"), (_sentences(kind),)), *blocks_of(kind.page),
    )  # fmt: skip
    return Section(inline(f"{kind.code} {kind.name}"), blocks, anchor=_anchor(kind))


def _sentences(kind: FindingKind) -> Items:
    """Return the sentences of a finding, with its facts in braces."""
    messages = map(placeholder_text, kind.messages.values())
    remedies = (f"remedy: {placeholder_text(each)}" for each in kind.remedies.values() if each)
    return Items(tuple(map(inline, (*messages, *remedies))))


def _anchor(kind: FindingKind) -> str:
    return f"{kind.code.lower()}-{kind.name}"
