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
from seqinspect.output.report.columns import COLUMNS, DEPTH
from seqinspect.output.report.entries import entries, is_quiet, of_selection, structure
from seqinspect.output.report.lines import default_columns, lines
from seqinspect.output.report.summary import Verdict, summary, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.model.report import Report
    from seqinspect.output.document import Block
    from seqinspect.output.report.entries import Entry
    from seqinspect.output.report.selection import Selection

VERDICTS: dict[Verdict, Role] = {
    Verdict.AGREES: "good", Verdict.DISAGREES: "bad", Verdict.OPEN: "quiet",
}  # fmt: skip


def document(
    report: Report,
    columns: Sequence[str] | None = None,
    depth: int | None = DEPTH,
    selection: Selection | None = None,
) -> Document:
    """Return the table of a report, what follows from it, and what Keras said.

    `columns` are those that fit the model where None. `depth`: how many levels of layers within
    layers are opened; None opens all.
    """
    blocks = (*opening(report, columns, depth, selection), *closing(report))
    return Document(report.model, (Section(inline(report.model), blocks, aside=report.source),))


def opening(
    report: Report,
    columns: Sequence[str] | None,
    depth: int | None,
    selection: Selection | None = None,
) -> Iterator[Block]:
    """Yield what can be said of a report without Keras."""
    spare: Sequence[str] = ()
    if columns is None:
        columns = default_columns(report, selection)
        spare = selection.spare if selection is not None else ()
    found, hidden = lines(report, depth, selection)
    selects = selection is not None and selection.selects
    quiet = not selects and is_quiet(found)
    yield GAP
    yield table(columns, entries(found, report, columns, quiet=quiet), spare)
    yield GAP
    said = structure(found, hidden, depth, quiet=quiet and "time" in columns)
    yield from (Paragraph(inline(sentence)) for sentence in said)
    pairs = of_selection(found, report) if selects else summary(report, columns)
    yield Pairs(tuple((label, inline(text)) for label, text in pairs if text))


def closing(report: Report) -> Iterator[Block]:
    """Yield what Keras said."""
    said, sentence, differences = verdict(report)
    yield Paragraph(inline(sentence, VERDICTS[said]))
    if differences:
        yield Items(tuple(inline(each, VERDICTS[said]) for each in differences))


def table(columns: Sequence[str], rows: Iterable[Entry], spare: Sequence[str] = ()) -> Table:
    """Return the layers as rows; the column on time steps is the last one, if there are any.

    A screen with too few lines for all of them leaves out columns that are `spare`.
    """
    names = [name for name in columns if name != "time"]
    found = list(rows)
    noted = "time" in columns and (not names or any(entry.note for entry in found))
    shown = [*names, *(["time"] if noted else [])]
    return Table(
        tuple(
            Column(
                column.heading, column.number, column.role, column.below, column.mark, column.whole
            )
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
        tuple(shown.index(name) for name in spare if name in shown),
    )
