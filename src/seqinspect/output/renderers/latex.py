"""Document → LaTeX for a paper, with nothing but what LaTeX itself brings along.

A table is as wide as the page at most: where its cells are longer, its columns share the width and
break their lines. It is cut into several that fit the height of a page.
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
    Table,
    plain,
)
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.output.document import Block, Document, Inline, Span, TableRow
    from seqinspect.output.screen import Screen

HEAD = "% Text is UTF-8: \\input it into a document, with any LaTeX.\n"
SECTIONS = ("subsection*", "subsubsection*", "paragraph*", "subparagraph*")

LINE = 70
"""So many characters are sure to fit beside each other on a page, in its usual size."""

PAGE = 40
"""So many lines of a table are sure to fit below each other."""

GAP = 2
"""The space between two columns, in characters."""

MATHEMATICS = {
    "×": r"\times", "−": "-", "·": r"\cdot", "⌈": r"\lceil", "⌉": r"\rceil", "⌊": r"\lfloor",
    "⌋": r"\rfloor", "≤": r"\leq", "≥": r"\geq", "→": r"\rightarrow", "←": r"\leftarrow",
    "÷": r"\div", **{digit: f"^{number}" for number, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}  # fmt: skip
SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    "…": r"\ldots{}", "–": "--", "—": "---", '"': "''",
    "-": "-{}", "[": "{[}", "]": "{]}", "*": "{*}", "\N{NO-BREAK SPACE}": "~",
    **{character: f"\\{character}" for character in "{}$&#_%"},
    **{character: f"\\ensuremath{{{command}}}" for character, command in MATHEMATICS.items()},
}  # fmt: skip
BREAKABLE = "+×−_/"
LONG = 12
"""In a word that is longer, such as a formula or a path, a line may end after these signs."""


def render(documents: Sequence[Document], screen: Screen) -> str:
    """Return documents one after another, to be put into one of the reader's own."""
    texts = ("".join(f"{line}\n" for line in _lines(each.blocks, 0)) for each in documents)
    return encodable(HEAD + "\n".join(texts), screen.encoding, lambda c: f"U+{ord(c):04X}")


def escaped(text: str) -> str:
    """Return text in which no character means anything to LaTeX, nor two to a log reader."""
    return " ".join(map(_word, visible(text).split(" "))).replace("::", ":{}:")


def _word(word: str) -> str:
    breakable = BREAKABLE if len(word) > LONG else ""
    return "".join(
        SPECIAL.get(sign, sign) + (r"\allowbreak{}" if sign in breakable else "") for sign in word
    )


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


def _code(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines in a type of one width, with the spaces that they have."""
    yield r"\begin{flushleft}\ttfamily\small"
    for line in lines:
        yield rf"\mbox{{}}{escaped(line).replace(' ', '~')}\\"
    yield r"\end{flushleft}"


def _table(table: Table) -> Iterator[str]:
    cells = [[plain(cell) for cell in row.cells] for row in table.rows]
    heads = [column.heading for column in table.columns]
    widths = [
        max(len(text) for text in (head, *column))
        for head, column in zip(heads, zip(*cells, strict=True), strict=True)
    ]
    shares = _shares(widths)
    kinds = "".join(
        ("r" if column.right else "l") if share is None else rf"p{{{share:.2f}\linewidth}}"
        for column, share in zip(table.columns, shares, strict=True)
    )
    for part in _parts(table.rows, shares):
        yield r"\begin{flushleft}"
        yield rf"\begin{{tabular}}{{{kinds}}}"
        yield r"\hline"
        yield _row([escaped(head) for head in heads], shares)
        yield r"\hline"
        for row in part:
            first, *others = map(_inline, row.cells)
            space = rf"\hspace*{{{row.depth}em}}" if row.depth else ""
            yield _row([space + first, *others], shares)
        yield r"\hline"
        yield r"\end{tabular}"
        yield r"\end{flushleft}"


def _shares(widths: Sequence[int]) -> list[float | None]:
    """Return the part of the page's width for each column that must break its lines."""
    room = LINE - GAP * (len(widths) - 1)
    if sum(widths) <= room:
        return [None] * len(widths)
    narrowed = list(widths)
    while sum(narrowed) > room and max(narrowed) > 1:
        narrowed[narrowed.index(max(narrowed))] -= 1
    space = 1 - 0.03 * len(widths)
    return [
        None if width == before and width <= 8 else space * width / room  # short numbers and words
        for width, before in zip(narrowed, widths, strict=True)
    ]


def _parts(
    rows: Sequence[TableRow], shares: Sequence[float | None]
) -> Iterator[Sequence[TableRow]]:
    """Yield so many rows at a time as fit on a page."""
    part: list[TableRow] = []
    lines = 0
    for row in rows:
        needed = max(
            1 if share is None else -(-len(plain(cell)) // max(int(share * LINE * 0.8), 1))
            for cell, share in zip(row.cells, shares, strict=True)
        )
        if part and lines + needed > PAGE:
            yield part
            part, lines = [], 0
        part.append(row)
        lines += needed
    yield part


def _row(cells: Sequence[str], shares: Sequence[float | None]) -> str:
    ragged = (
        cell if share is None else rf"\raggedright {cell}"
        for cell, share in zip(cells, shares, strict=True)
    )
    return " & ".join(ragged) + r" \tabularnewline"


def _inline(text: Inline) -> str:
    return "".join(map(_span, text))


def _span(span: Span) -> str:
    shown = escaped(span.text)
    if span.role == "strong":
        return rf"\textbf{{{shown}}}"
    if span.role == "emphasis":
        return rf"\emph{{{shown}}}"
    return rf"\texttt{{{shown}}}" if span.role == "code" else shown
