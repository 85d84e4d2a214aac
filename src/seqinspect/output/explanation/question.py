"""A question that people ask, and its answer → documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.output.document import (
    GAP,
    Code,
    Column,
    Document,
    Paragraph,
    Section,
    Span,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.manual import blocks_of, line_of
from seqinspect.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.explain.questions import Question
    from seqinspect.output.document import Block

MORE = "One of them, with a spec and its real output: `seqinspect explain --question N`"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer: a paragraph, a spec by its file name, or a command with its output."""

    kind: Literal["text", "spec", "command"]
    text: str
    output: str = ""
    code: int = 0


def listing(questions: Sequence[Question]) -> Document:
    """Return the list of all questions."""
    columns = (Column("", right=True), Column("Question"))
    rows = (
        TableRow((inline(str(each.number)), (Span(each.title, "", f"{each.name}.md"),)))
        for each in questions
    )
    return Document("Questions", (Table(columns, tuple(rows)), GAP, Paragraph(line_of(MORE))))


def answer(asked: Question, pieces: Sequence[Piece]) -> Document:
    """Return a question with all parts of its answer."""
    blocks = tuple(block for piece in pieces for block in (GAP, *_blocks(piece)))
    return Document(asked.title, (Section(inline(f"{asked.number}. {asked.title}"), blocks),))


def _blocks(piece: Piece) -> Iterator[Block]:
    lines = tuple(piece.output.rstrip().splitlines())
    if piece.kind == "text":
        yield from blocks_of(piece.text)
    elif piece.kind == "spec":
        yield Paragraph((Span(piece.text, "code", piece.text), Span(":")))
        yield Code(lines, "yaml", indent=1)
    else:
        yield Code((f"$ {piece.text}", *lines), "console")
