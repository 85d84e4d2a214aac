"""What `check` found → documents: for a screen, as lines, or as a table for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import Problem
from seqinspect.output import problems
from seqinspect.output.document import (
    GAP,
    Code,
    Column,
    Document,
    Items,
    Paragraph,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.findings.shared import finding_views, statistics, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.outcome import Run
    from seqinspect.lint.registry import Level
    from seqinspect.output.document import Block, Role

LEVELS: dict[Level, Role] = {"error": "bad", "warning": "warning", "note": "note"}
COLUMNS = (Column("Finding"), Column("Where"), Column("What"), Column("Remedy"))
COUNTS = (Column("Count", right=True), Column("Code", role="name"), Column("Name"))


def document(run: Run, *, quiet: bool = False) -> Document:
    """Return every finding as a compiler shows it and, unless quiet, the summary."""
    blocks: list[Block] = []
    for each in finding_views(run):
        problem = Problem(
            f"{each.code} {each.message}",
            remedy=each.remedy,
            place=each.finding.place,
            line=each.finding.line,
        )
        blocks += (*problems.blocks_of(problem, LEVELS[each.level]), GAP)
    return Document("check", (*blocks, *(() if quiet else _summary(run))))


def lines(run: Run, *, quiet: bool = False) -> Document:
    """Return a line for every finding and, unless quiet, the summary."""
    found = tuple(
        f"{each.path}:{each.line}:{each.column}: {each.code} {each.sentence}"
        for each in finding_views(run)
    )
    return Document("check", (*([Code(found)] if found else []), *(() if quiet else _summary(run))))


def table(run: Run, *, quiet: bool = False) -> Document:
    """Return the summary, unless quiet, and where there is something a finding a row."""
    first, *others = summary(run)
    rows = tuple(
        TableRow(
            (
                inline(f"{each.level} {each.code}", LEVELS[each.level]),
                inline(f"{each.path}:{each.line}"),
                inline(each.message),
                inline(each.remedy),
            )
        )
        for each in finding_views(run)
    )
    blocks: list[Block] = [] if quiet else [Paragraph(inline(first, "strong"))]
    blocks += [Table(COLUMNS, rows)] if rows else []
    blocks += [Items(tuple(map(inline, others)))] if others and not quiet else []
    return Document("check", tuple(blocks))


def counts(run: Run) -> Document:
    """Return how often each finding is there."""
    rows = tuple(
        TableRow((inline(f"{number:,}"), inline(kind.code), inline(kind.name)))
        for kind, number in statistics(run)
    )
    return Document("check", (Table(COUNTS, rows),))


def _summary(run: Run) -> Iterator[Block]:
    first, *others = summary(run)
    found = {each.level for each in finding_views(run)}
    roles: list[Role] = [role for level, role in LEVELS.items() if level in found]
    yield Paragraph(inline(first, roles[0] if roles else "good"))
    yield from (Paragraph(inline(line)) for line in others)
