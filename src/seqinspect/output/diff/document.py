"""What changed between two models → the document that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.diff import checkpoint, words
from seqinspect.output.document import (
    GAP,
    Column,
    Document,
    Pairs,
    Paragraph,
    Section,
    Span,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.report.document import VERDICTS
from seqinspect.output.report.summary import verdict
from seqinspect.output.text import counted, legend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.compare.checkpoint import LoadResult
    from seqinspect.compare.diff import Diff
    from seqinspect.output.document import Block, Inline, Role

MARKS: dict[str, Role] = {"+": "good", "-": "bad", "~": "warning"}
LOADS: dict[str, Role] = {"fully": "good", "partially": "bad", "no": "bad", "unknown": "warning"}
COLUMNS = (Column("Layer"), Column("What"), Column("Change", below="always"))
BESIDE = (Column("Weight", role="name"), Column("Shape"), Column("Stored"), Column("Stored at"))


def document(diff: Diff) -> Document:
    """Return all that changed between two models."""
    heading = (Span(diff.old.source, "path"), Span(" → "), Span(diff.new.source, "path"))
    return Document(diff.new.source, (Section(heading, tuple(_blocks(diff))),))


def documents(diffs: Sequence[Diff]) -> list[Document]:
    """Return what changed, a document a spec; of several those that differ, and how many do not."""
    if len(diffs) == 1:
        return [document(diffs[0])]
    differing = [diff for diff in diffs if not diff.same]
    found = [document(diff) for diff in differing]
    if same := len(diffs) - len(differing):
        verb = "has" if same == 1 else "have"
        text = f"{counted(same, 'spec')} {verb} no difference"
        found.append(Document("diff", (Paragraph(inline(text, "good")),)))
    return found


def fit_document(source: str, file: str, found: LoadResult) -> Document:
    """Return whether a file of weights loads into the model of a spec."""
    said = _checkpoint(checkpoint.sentences(found, file=True), found.loads)
    rows = [
        TableRow(tuple(inline(cell, _fitting(row)) for cell in row))
        for row in checkpoint.beside(found)
    ]
    blocks = (GAP, said, *((GAP, Table(BESIDE, tuple(rows))) if rows else ()))
    heading = (Span(file, "path"), Span(" → "), Span(source, "path"))
    return Document(source, (Section(heading, blocks),))


def _fitting(row: Sequence[str]) -> Role:
    _, shape, stored, _ = row
    return "" if shape == stored or not shape else "bad"


def _blocks(diff: Diff) -> Iterator[Block]:
    if diff.same:
        yield Paragraph(inline(f"{words.NOTHING}.", "good"))
        yield from _confirmed(diff)
        return
    if diff.added or diff.removed:
        yield Paragraph(inline(words.whole(diff), "good" if diff.added else "bad"))
        yield from _confirmed(diff)
        return
    yield GAP
    lost = diff.crossed or diff.swapped
    loads = "partially" if lost else diff.load_result.loads
    yield _checkpoint(checkpoint.of_diff(diff), loads)
    yield GAP
    rows = tuple(_rows(diff))
    if rows:
        yield Table(COLUMNS, rows)
        yield GAP
    said = [("Names", _names(diff)), *words.totals(diff)]
    outputs = [("Outputs", words.between(each)) for each in diff.model if each.what == "outputs"]
    if pairs := tuple((label, inline(text)) for label, text in (*outputs, *said) if text):
        yield Pairs(pairs)
    yield from _confirmed(diff)


def _checkpoint(sentences: Iterable[str], loads: str) -> Pairs:
    """Return whether a checkpoint loads, and below it what does not."""
    first, *others = sentences
    rest = tuple(("", inline(sentence)) for sentence in others)
    return Pairs((("Checkpoint", inline(first, LOADS[loads])), *rest))


def _rows(diff: Diff) -> Iterator[TableRow]:
    """Yield a row for every fact that changed; the first of a layer names it."""
    for given in diff.inputs:
        names = dict.fromkeys(each.name for each in (given.old, given.new) if each is not None)
        mark = "+" if given.old is None else "-" if given.new is None else "~"
        yield from _named(mark, f"{words.ARROW.join(names)} (Input)", words.inputs(given))
    for change, count in words.folded(diff.changes):
        times = f", ×{count} in the block" if count > 1 else ""
        mark = words.MARKS[change.kinds[0]]
        yield from _named(mark, words.title(change) + times, words.lines(change))


def _named(mark: str, title: str, facts: Iterable[tuple[str, str]]) -> Iterator[TableRow]:
    head: Inline = inline(f"{mark} {title}", MARKS[mark])
    for label, text in list(facts) or [("", "")]:
        yield TableRow((head, inline(label), inline(text)))
        head = ()


def _names(diff: Diff) -> str:
    old, new = (
        legend(side.dims, side.definitions, side.size_texts) for side in (diff.old, diff.new)
    )
    before, after = ", ".join(old), ", ".join(new)
    return "" if before == after else f"{before or 'none'}{words.ARROW}{after or 'none'}"


def _confirmed(diff: Diff) -> Iterator[Block]:
    """Yield what Keras said of both models, once where it is the same."""
    sides = [side for side in (diff.old, diff.new) if side.rows]
    told = dict.fromkeys(map(verdict, sides))
    for side, (said, sentence, differences) in zip(("old: ", "new: "), told, strict=False):
        which = side if len(told) > 1 else ""
        for line in (which + sentence, *differences):
            yield Paragraph(inline(line, VERDICTS[said]))
