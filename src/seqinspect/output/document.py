"""What people read, as plain data: blocks of text whose parts have roles, for every renderer.

A text is what a spec says, as it is: no colour, no markup, nothing escaped. Each renderer makes it
harmless in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Role = Literal[
    "", "strong", "emphasis", "quiet", "label", "name", "formula", "number", "code", "path",
    "one step", "every step", "all steps", "good", "bad", "warning", "note",
]  # fmt: skip
"""What a text is; `theme` says how that looks."""


class Span(NamedTuple):
    """A piece of text in a line. `target` is what it leads to: a file, or #anchor of a section."""

    text: str
    role: Role = ""
    target: str = ""


Inline: TypeAlias = tuple[Span, ...]
"""A line of text, of any length."""


class Paragraph(NamedTuple):
    """A text by itself; `indent` says how far it belongs to what stands above."""

    text: Inline
    indent: int = 0


class Items(NamedTuple):
    """A list."""

    items: tuple[Inline, ...]


class Column(NamedTuple):
    """A column of a table: its heading, its side, and the role of what stands in it.

    `below`: where the table is too wide for a screen, what stands in it moves below the other
    cells of its row: always, where it is too long for its column, or if all of it has no room
    beside. `mark` says how it is written there.
    `whole`: its texts are not broken to make it narrower.
    """

    heading: str
    right: bool = False
    role: Role = ""
    below: Literal["", "long", "narrow", "always"] = ""
    mark: str = "{}"
    whole: bool = False


class TableRow(NamedTuple):
    """A row of a table; `depth` says how far its first cell is indented.

    `about` is what it is about, where a page has more to say of that: the path of a layer.
    """

    cells: tuple[Inline, ...]
    depth: int = 0
    about: str = ""


class Table(NamedTuple):
    """Rows below headings.

    `spare` are columns that a screen may leave out where the rows are more than it shows at once:
    the first of them first.
    """

    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    spare: tuple[int, ...] = ()


class Pairs(NamedTuple):
    """Texts with a label each; an empty one continues what stands above."""

    entries: tuple[tuple[str, Inline], ...]


class Code(NamedTuple):
    """Lines that are shown as they are: a picture, a spec, what a command prints.

    `indent` says how far they are set in, where nothing else sets them apart.
    """

    lines: tuple[str, ...]
    language: str = ""
    indent: int = 0


class Excerpt(NamedTuple):
    """A line of a file with its number, and a caret below what follows `before`."""

    number: int
    line: str
    before: str

    def lines(self, width: Callable[[str], int]) -> tuple[str, str]:
        """Return the line with its number, and the caret; `width` is that of a shown text."""
        gutter = " " * len(str(self.number))
        return f"{self.number} | {self.line}", f"{gutter} | {' ' * width(self.before)}^"


class Gap(NamedTuple):
    """An empty line, where lines stand below each other without one."""


class Section(NamedTuple):
    """A heading and what stands below it; `aside` is the quiet part of a heading: a path, a place.

    `anchor` is what links to it name.
    """

    heading: Inline
    blocks: tuple[Block, ...]
    aside: str = ""
    anchor: str = ""


Block: TypeAlias = Paragraph | Items | Table | Pairs | Code | Excerpt | Gap | Section

GAP = Gap()


class Document(NamedTuple):
    """Blocks from top to bottom; the title is for formats that have a place for it."""

    title: str
    blocks: tuple[Block, ...]


def inline(text: str, role: Role = "") -> Inline:
    """Return a text of one role; nothing for an empty one."""
    return (Span(text, role),) if text else ()


def plain(text: Inline) -> str:
    """Return what a line says, without roles."""
    return "".join(span.text for span in text)


def joined(parts: Iterable[Inline]) -> Inline:
    """Return lines as one, with a semicolon between those that say something."""
    spans: list[Span] = []
    for part in parts:
        if part:
            spans += [Span("; "), *part] if spans else part
    return tuple(spans)
