"""Document → LaTeX for a paper, with nothing but longtable, which every LaTeX brings along.

A table is as wide as the page at most: where its cells are longer, its columns share the width and
break their lines. Its head stands on each of its pages. Formulas are set as mathematics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.document import (
    Code,
    Excerpt,
    Gap,
    Items,
    Pairs,
    Paragraph,
    Section,
    Span,
    Table,
    plain,
)
from seqinspect.output.renderers.latex_text import escaped, least, mathematics, verbatim, width
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.output.document import Block, Column, Document, Inline, Role
    from seqinspect.output.screen import Screen

HEAD = """\
% Text is UTF-8: \\input it into a document that has \\usepackage{longtable}.
\\begingroup\\sloppy\\raggedright
"""
END = "\\par\\endgroup\n"
SECTIONS = ("subsection*", "subsubsection*", "paragraph*", "subparagraph*")

LETTERS = {"footnotesize": 80, "scriptsize": 92}
"""So many letters of a table are sure to fit beside each other, in a line of an article."""

SMALLER = 6
"""A table with more columns is set smaller."""

GAP = 8
"""The space between two columns, in points: two letters."""

SIZES = ((73, "small"), (82, "footnotesize"), (94, "scriptsize"), (131, "tiny"))
"""So many letters of one width fit into a line, and how large they are then."""


def render(documents: Sequence[Document], screen: Screen) -> str:
    """Return documents one after another, to be put into one of the reader's own."""
    texts = ("".join(f"{line}\n" for line in _lines(each.blocks, 0)) for each in documents)
    text = HEAD + "\n".join(texts) + END
    return encodable(text, screen.encoding, lambda c: f"U+{ord(c):04X}")


def _lines(blocks: Iterable[Block], depth: int) -> Iterator[str]:
    for block in blocks:
        match block:
            case Section(heading, inner, aside, _):
                yield rf"\{SECTIONS[min(depth, len(SECTIONS) - 1)]}{{{escaped(plain(heading))}}}"
                if aside:
                    yield from (rf"\noindent {escaped(aside)}", "")
                yield from _lines(inner, depth + 1)
            case Gap():
                continue
            case _:
                yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from (rf"\noindent {_inline(text)}", "")
        case Items(items):
            yield from _listed("itemize", (rf"\item {_inline(item)}" for item in items))
        case Table():
            yield from _table(block)
        case Pairs(entries):
            yield from _listed(
                "description",
                (
                    rf"\item[{{{escaped(label)}}}] {_inline(text)}" if label else _inline(text)
                    for label, text in entries
                ),
            )
        case Code(lines):
            yield from _code(lines)
        case Excerpt():
            yield from _code(block.lines(lambda before: len(visible(before))))


def _listed(kind: str, items: Iterable[str]) -> Iterator[str]:
    yield rf"\begin{{{kind}}}"
    yield from items
    yield rf"\end{{{kind}}}"


def _code(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines in a type of one width, as small as the longest one needs it."""
    longest = max(map(len, lines), default=0)
    size = next((size for most, size in SIZES if longest <= most), SIZES[-1][1])
    yield rf"\begin{{flushleft}}\ttfamily\{size}"
    yield from (rf"\mbox{{}}{verbatim(line)}\\" for line in lines)
    yield r"\end{flushleft}"


def _table(table: Table) -> Iterator[str]:
    columns = table.columns
    heads = [(Span(column.heading),) for column in columns]
    size = "footnotesize" if len(columns) <= SMALLER else "scriptsize"
    room = LETTERS[size] - 2 * (len(columns) - 1)
    shares = _shares(columns, [heads, *(row.cells for row in table.rows)], room)
    gap = GAP * (len(columns) - 1) / len(columns)
    kinds = "".join(
        ("r" if column.right else "l")
        if share is None
        else rf"p{{\dimexpr {share:.3f}\linewidth-{gap:.2f}pt\relax}}"
        for column, share in zip(columns, shares, strict=True)
    )
    sides = [
        "" if share is None else r"\raggedleft " if column.right else r"\raggedright "
        for column, share in zip(columns, shares, strict=True)
    ]
    yield rf"{{\{size}\setlength{{\tabcolsep}}{{{GAP / 2:g}pt}}"
    yield rf"\begin{{longtable}}[l]{{@{{}}{kinds}@{{}}}}"
    yield r"\hline"
    yield _row(map(_inline, heads), sides)
    yield r"\hline\endhead"
    for row in table.rows:
        first, *others = (
            _inline(cell, column.role) for cell, column in zip(row.cells, columns, strict=True)
        )
        space = rf"\hspace*{{{row.depth}em}}" if row.depth else ""
        yield _row([space + first, *others], sides)
    yield r"\hline"
    yield r"\end{longtable}}"


def _shares(
    columns: Sequence[Column], rows: Sequence[Sequence[Inline]], room: int
) -> list[float | None]:
    """Return the part of a line of `room` letters for each column, where not all fit as they are.

    A column is as wide as what stays in one line in it; the rest of the line goes, letter by
    letter, to the columns that make their rows high.
    """
    texts = [tuple(map(plain, row)) for row in rows]
    widths = {tuple(map(width, row)) for row in texts}
    if sum(map(max, zip(*widths, strict=True))) <= room:
        return [None] * len(texts[0])
    shares = [
        max(least(text, formula=column.role == "formula") for text in cells) + 1
        for column, cells in zip(columns, zip(*texts, strict=True), strict=True)
    ]
    while sum(shares) < room:
        wanted = [0.0] * len(shares)
        for row in widths:
            lines = [need / has for need, has in zip(row, shares, strict=True)]
            highest = lines.index(max(lines))
            if lines[highest] > 1:
                wanted[highest] += lines[highest] / shares[highest]
        shares[wanted.index(max(wanted))] += 1
    whole = sum(shares)
    return [share / whole for share in shares]


def _row(cells: Iterable[str], sides: Sequence[str]) -> str:
    row = " & ".join(side + cell for side, cell in zip(sides, cells, strict=True))
    return rf"{row} \tabularnewline"


def _inline(text: Inline, role: Role = "") -> str:
    """Return a line; what has no role of its own has that of its column."""
    return "".join(_span(span, span.role or role) for span in text)


def _span(span: Span, role: Role) -> str:
    shown = (mathematics(span.text) if role == "formula" else None) or escaped(span.text)
    if role == "strong":
        return rf"\textbf{{{shown}}}"
    if role == "emphasis":
        return rf"\emph{{{shown}}}"
    return rf"\texttt{{{shown}}}" if role == "code" else shown
