"""Document → plain text for a pipe or a file: lines of any length, the same for the same input."""

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
from seqinspect.output.text import cell_count, encoded, inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.output.document import Block, Document, Inline
    from seqinspect.output.screen import Screen

GAP = "  "
INDENT = "  "
LABEL = 10
"""Labels are at least so wide, so that texts below each other begin at one place."""


def render(documents: Sequence[Document], screen: Screen) -> str:
    """Return the lines of every document, with an empty line between two of them."""
    writer = Writer(screen.encoding)
    return "\n".join(
        "".join(f"{inert(line.rstrip())}\n" for line in writer.lines(document.blocks))
        for document in documents
    )


class Writer:
    """Makes lines of blocks, in characters that an encoding has."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding

    def lines(self, blocks: Sequence[Block], depth: int = 0) -> Iterator[str]:
        """Yield the lines of blocks; what stands in a section of the second level is indented."""
        indent = INDENT * (depth - 1)
        for block in blocks:
            if isinstance(block, Section):
                aside = GAP + self.shown(block.aside) if block.aside else ""
                yield INDENT * (depth - 1) + self.said(block.heading) + aside
                yield from self.lines(block.blocks, depth + 1)
            else:
                for line in self.block(block):
                    yield indent + line

    def block(self, block: Block) -> Iterator[str]:
        """Yield the lines of one block."""
        match block:
            case Paragraph(text, indent):
                yield INDENT * indent + self.said(text)
            case Items(items):
                yield from (f"- {self.said(item)}" for item in items)
            case Table():
                yield from self.table(block)
            case Pairs(entries):
                width = max([LABEL, *(cell_count(self.shown(label)) for label, _ in entries)])
                for label, text in entries:
                    yield padded(self.shown(label), width) + GAP + self.said(text)
            case Code(lines, _, indent):
                yield from (INDENT * indent + self.shown(line) for line in lines)
            case Excerpt():
                lines = block.lines(lambda before: cell_count(self.shown(before)))
                yield from (f"  {self.shown(line)}" for line in lines)
            case Gap():
                yield ""

    def table(self, table: Table) -> Iterator[str]:
        """Yield a table: headings, a rule, and the rows, each in one line."""
        columns = table.columns
        rows = [[self.shown(column.heading) for column in columns]]
        for row in table.rows:
            cells = [self.said(cell) for cell in row.cells]
            rows.append([INDENT * row.depth + cells[0], *cells[1:]])
        widths = [max(map(cell_count, column)) for column in zip(*rows, strict=True)]
        rows.insert(1, ["-" * width for width in widths])
        for cells in rows:
            parts = zip(cells, widths, columns, strict=True)
            yield GAP.join(padded(cell, width, right=c.right) for cell, width, c in parts)

    def said(self, text: Inline) -> str:
        """Return a text as the encoding can hold it."""
        return self.shown(plain(text))

    def shown(self, text: str) -> str:
        """Return what a spec says as the encoding can hold it."""
        return encoded(text, self.encoding)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return a text as wide as its column."""
    space = " " * (width - cell_count(text))
    return space + text if right else text + space
