"""Document → what rich draws on a screen of any width, with colours where it has them."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text
from rich.theme import Theme

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
    inline,
)
from seqinspect.output.renderers.fold import chunks
from seqinspect.output.renderers.folded import Folded, unbroken
from seqinspect.output.renderers.screen_table import ScreenRow, ScreenTable
from seqinspect.output.text import encodable, encoded, inert
from seqinspect.output.theme import LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import ConsoleOptions, RenderableType

    from seqinspect.output.document import Block, Document, Inline, Role
    from seqinspect.output.screen import Screen

THEME = Theme({role: look.style for role, look in LOOKS.items()}, inherit=False)
UNBOUNDED = 1_000_000
"""The width of what is no screen."""

GAP = 2
INDENT = 2
LABEL = 10
"""Labels are at least so wide, so that texts below each other begin at one place."""

BESIDE = 24
"""Where fewer cells of a line are left than this, a text stands in the line of its label."""

TRAILING = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$")


def render(documents: Sequence[Document], screen: Screen) -> str:
    """Return documents as a screen shows them, with an empty line between two of them."""
    return "\n".join(_drawn(document, screen) for document in documents)


def _drawn(document: Document, screen: Screen) -> str:
    content = io.BytesIO()
    file = io.TextIOWrapper(content, screen.encoding, newline="\n", write_through=True)
    console = console_of(screen, file)
    console.print(View(document), crop=False)
    lines = content.getvalue().decode(screen.encoding).split("\n")[:-1]
    return "".join(inert(TRAILING.sub(r"\1", line)) + "\n" for line in lines)


def console_of(screen: Screen, file: io.TextIOBase) -> Console:
    """Return a console that shows what a screen can; nothing is looked up in the surroundings."""
    return Console(
        file=file,  # type: ignore[arg-type]  # rich asks for more than it uses
        width=screen.width or UNBOUNDED,
        height=screen.height if screen.width else UNBOUNDED,
        color_system="256" if screen.colour else None,
        force_terminal=screen.colour,
        no_color=not screen.palette,
        legacy_windows=False,
        force_jupyter=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


class View:
    """A document as rich shows it, at the width and in the characters that it is given."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        yield from _Drawer(options).blocks(self.document.blocks)


class _Drawer:
    """Makes what rich draws of blocks, for a width and an encoding."""

    def __init__(self, options: ConsoleOptions) -> None:
        self.encoding = options.encoding
        self.width = options.max_width

    def blocks(self, blocks: Sequence[Block], depth: int = 0) -> Iterator[RenderableType]:
        """Yield blocks; what stands in a section of the second level is indented."""
        indent = INDENT * max(depth - 1, 0)
        for block in blocks:
            if isinstance(block, Section):
                yield from self.heading(block, indent)
                yield from self.blocks(block.blocks, depth + 1)
            else:
                yield from self.block(block, indent)

    def heading(self, section: Section, indent: int) -> Iterator[RenderableType]:
        """Yield a heading with its aside, which stands below it where there is no room beside."""
        heading = self.folded(section.heading, indent, role="strong")
        aside = self.text(inline(section.aside, "quiet"))
        if aside and heading.width + GAP + cell_len(aside.plain) <= self.width:
            yield unbroken(
                Text(" " * indent).append_text(heading.text).append(" " * GAP).append_text(aside)
            )
            return
        yield heading
        if aside:  # it stays whole, to be copied
            yield unbroken(Text(" " * indent).append_text(aside))

    def block(self, block: Block, indent: int) -> Iterator[RenderableType]:
        """Yield what one block is made of."""
        match block:
            case Paragraph(text, deeper):
                yield self.folded(text, indent + INDENT * deeper, hang=INDENT if deeper else 0)
            case Items(items):
                for item in items:
                    yield self.folded((Span("- "), *item), indent, hang=2)
            case Table():
                table = self.table(block)
                yield Padding.indent(table, indent) if indent else table
            case Pairs(entries):
                yield from self.pairs(entries, indent)
            case Code(lines, _, deeper):
                for line in lines:
                    yield self.unbroken(inline(line), indent + INDENT * deeper)
            case Excerpt(number, line, before):
                yield from self.excerpt(number, line, before, indent)
            case Gap():
                yield Text()

    def excerpt(self, number: int, line: str, before: str, indent: int) -> Iterator[Text]:
        """Yield a line of a file; the caret stands below the piece of it that it points to."""
        text, place = encoded(line, self.encoding), len(encoded(before, self.encoding))
        gutter, empty = f"  {number} | ", f"  {' ' * len(str(number))} | "
        pieces = list(chunks(text, self.width - indent - len(gutter))) or [(0, 0)]
        for start, end in pieces:
            shown = (Span(empty if start else gutter, "quiet"), Span(text[start:end]))
            yield self.unbroken(shown, indent)
            if start <= place < end or (place >= end == len(text)):
                caret = " " * cell_len(text[start:place]) + "^"
                yield self.unbroken((Span(empty, "quiet"), Span(caret, "bad")), indent)

    def table(self, table: Table) -> ScreenTable:
        """Return a table that fits the screen."""
        roles = [column.role for column in table.columns]
        marks = (encoded(column.mark, self.encoding) for column in table.columns)
        return ScreenTable(
            [column._replace(mark=mark) for column, mark in zip(table.columns, marks, strict=True)],
            ScreenRow(tuple(self.text(inline(column.heading)) for column in table.columns)),
            [
                ScreenRow(tuple(map(self.text, row.cells, roles)), INDENT * row.depth)
                for row in table.rows
            ],
            rule=encodable("─", self.encoding),
            quiet=style("quiet"),
            spare=table.spare,
        )

    def pairs(self, entries: Sequence[tuple[str, Inline]], indent: int) -> Iterator[RenderableType]:
        """Yield texts with their labels: beside each other or, on a narrow screen, in a line."""
        labels = [self.text(inline(label, "label")) for label, _ in entries]
        width = max([LABEL, *(cell_len(label.plain) for label in labels)])
        if self.width - indent - width - GAP < BESIDE:
            for label, (_, text) in zip(labels, entries, strict=True):
                line = label.append(" " * GAP) if label else label
                yield Folded(line.append_text(self.text(text)), indent=indent, hang=GAP)
            return
        grid = RichTable.grid(padding=(0, GAP, 0, 0))
        grid.add_column(width=width, no_wrap=True)
        grid.add_column()
        for label, (_, text) in zip(labels, entries, strict=True):
            grid.add_row(label, self.folded(text))
        yield Padding.indent(grid, indent) if indent else grid

    def folded(self, text: Inline, indent: int = 0, *, hang: int = 0, role: Role = "") -> Folded:
        """Return a text that is broken where it does not fit; a path in it stays whole."""
        whole, start = [], 0
        for span in text:
            length = len(encoded(span.text, self.encoding))
            if span.role == "path":
                whole.append(range(start, start + length))
            start += length
        return Folded(self.text(text, role), indent=indent, hang=hang, whole=whole)

    def unbroken(self, text: Inline, indent: int) -> Text:
        """Return a line that stays one line."""
        return unbroken(Text(" " * indent).append_text(self.text(text)))

    def text(self, text: Inline, role: Role = "") -> Text:
        """Return a text with the styles of its roles, or with that of `role`."""
        made = Text()
        for span in text:
            made.append(encoded(span.text, self.encoding), style(span.role or role))
        return made


def style(role: Role) -> Style:
    """Return how a role looks."""
    return THEME.styles.get(role) or Style.null()
