"""Report → the document that answers the question: shapes, formulas, counts and time steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.document import (
    GAP,
    Column,
    Document,
    Items,
    Pairs,
    Paragraph,
    Role,
    Section,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.report.columns import COLUMNS, DEPTH, TABLE
from seqinspect.output.report.entries import entries, structure
from seqinspect.output.report.summary import Verdict, summary, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Report
    from seqinspect.output.document import Block

VERDICTS: dict[Verdict, Role] = {
    Verdict.AGREES: "good", Verdict.DISAGREES: "bad", Verdict.OPEN: "quiet",
}  # fmt: skip


def document(report: Report, columns: Sequence[str] = TABLE, depth: int | None = DEPTH) -> Document:
    """Return the table of a report, what follows from it, and what Keras said.

    `depth`: how many levels of layers within layers are opened; None opens all.
    """
    blocks = (*opening(report, columns, depth), *closing(report))
    return Document(report.model, (Section(inline(report.model), blocks, aside=report.source),))


def opening(report: Report, columns: Sequence[str], depth: int | None) -> Iterator[Block]:
    """Yield what can be said of a report without Keras."""
    yield GAP
    yield table(report, columns, depth)
    yield GAP
    yield from (Paragraph(inline(sentence)) for sentence in structure(report, depth))
    said = summary(report, columns)
    yield Pairs(tuple((label, inline(text)) for label, text in said if text))


def closing(report: Report) -> Iterator[Block]:
    """Yield what Keras said."""
    said, sentence, differences = verdict(report)
    yield Paragraph(inline(sentence, VERDICTS[said]))
    if differences:
        yield Items(tuple(inline(each, VERDICTS[said]) for each in differences))


def table(report: Report, columns: Sequence[str], depth: int | None) -> Table:
    """Return the layers as rows; the column on time steps is the last one, if there are any."""
    names = [name for name in columns if name != "time"]
    found = list(entries(report, columns, depth))
    noted = "time" in columns and (not names or any(entry.note for entry in found))
    shown = [*names, *(["time"] if noted else [])]
    return Table(
        tuple(
            Column(column.heading, column.number, column.role, column.below)
            for column in map(COLUMNS.__getitem__, shown)
        ),
        tuple(
            TableRow(
                (*map(inline, entry.cells), *([entry.note] if noted else [])),
                entry.depth,
                entry.path,
            )
            for entry in found
        ),
    )
