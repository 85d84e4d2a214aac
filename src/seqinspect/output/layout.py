"""Cells → lines of a table that fits the screen and crops nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len

from seqinspect.output.report.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.output.report.entries import Entry

GAP = "  "
NOTES_BESIDE = 40
"""Where fewer columns are left than this, notes on time stand below their layer, not beside it."""
NARROWEST = 10
"""No column is made narrower than this; a screen that is narrower still breaks the lines itself."""
SHORT_SHAPE = len("(batch, T, n)")
SIGNS = ("+", "×*,", "_/-.)")
"""Where a text without spaces is broken: after a sign of the first kind that is there."""

BARE, HEADING, NOTE, RULE = "", "bold", "cyan", "dim"

Part: TypeAlias = tuple[str, str]
"""A piece of a line and its style, in rich's words."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide each column is; `margin` is where notes begin that stand below their layer."""

    widths: tuple[int, ...]
    right: tuple[bool, ...]
    styles: tuple[str, ...]
    margin: int | None = None
    width: int | None = None


def fitted(
    entries: list[Entry], names: Sequence[str], width: int | None
) -> tuple[Layout, list[Entry]]:
    """Find the widths at which every cell is whole: notes beside their layers, or below them.

    Where the screen is narrow, a long formula leaves its column and stands below its layer too.
    """
    right = tuple(COLUMNS[name].number for name in names)
    styles = (BARE,) * len(names)
    notes = max(cell_len(entry.note) for entry in entries)
    columns = range(len(names))
    widths = [max(_needed(entry, index) for entry in entries) for index in columns]
    taken = sum(widths) + len(GAP) * (len(widths) if notes else len(widths) - 1)
    if width is None or not names or taken + min(notes, NOTES_BESIDE) <= width:
        if not notes:
            return Layout(tuple(widths), right, styles), entries
        if width is not None:
            notes = min(notes, max(width - taken, NARROWEST))
        return Layout((*widths, notes), (*right, False), (*styles, NOTE)), entries
    widths = [max(_needed(entry, index, pieces=True) for entry in entries) for index in columns]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - width
    if excess > 0 and "formula" in names:
        index = names.index("formula")
        room = max(widths[index] - excess, NARROWEST)
        entries = [_without_formula(entry, index, room) for entry in entries]
        widths[index] = max(_needed(entry, index) for entry in entries)
    narrowed = _narrowed(widths, names, width)
    margin = min(narrowed[0] + len(GAP), width // 3)
    return Layout(narrowed, right, styles, margin, width), entries


def lines_of(entry: Entry, layout: Layout, style: str) -> Iterator[list[Part]]:
    """Yield the lines of one layer as parts with styles; `style` is one for all of them."""
    cells = entry.cells if layout.margin is not None else (*entry.cells, entry.note)
    columns = [
        _column(_indent(entry, index), *column)
        for index, column in enumerate(zip(cells, layout.widths, layout.right, strict=False))
    ]
    for line in range(max(map(len, columns))):
        parts = []
        for index, texts in enumerate(columns):
            text = texts[line] if line < len(texts) else " " * layout.widths[index]
            parts.append((GAP + text if index else text, style or layout.styles[index]))
        yield parts
    if layout.margin is not None and layout.width is not None:
        below = ((entry.formula, BARE), (entry.note, NOTE))
        for text, own in below:
            for piece in wrap(text, layout.width - layout.margin) if text else ():
                yield [(" " * layout.margin + piece, style or own)]


def _needed(entry: Entry, index: int, *, pieces: bool = False) -> int:
    cell = entry.cells[index]
    length = cell_len(cell)
    if pieces and "; " in cell:
        length = max(map(cell_len, _pieces(cell)))
    return length + _indent(entry, index)


def _without_formula(entry: Entry, index: int, room: int) -> Entry:
    formula = entry.cells[index]
    if cell_len(formula) <= room:
        return entry
    cells = (*entry.cells[:index], "", *entry.cells[index + 1 :])
    return entry._replace(cells=cells, formula=f"{COLUMNS['formula'].heading}: {formula}")


def _narrowed(widths: Sequence[int], names: Sequence[str], width: int) -> tuple[int, ...]:
    """Take what the screen does not have from shapes, which have spaces, then from the widest."""
    narrowed = list(widths)
    columns = range(len(narrowed))
    excess = sum(narrowed) + len(GAP) * (len(narrowed) - 1) - width
    for lowest, narrow in (
        (SHORT_SHAPE, [index for index in columns if names[index] in ("shape", "sizes")]),
        (NARROWEST, list(columns)),
    ):
        while excess > 0 and narrow:
            widest = max(narrow, key=narrowed.__getitem__)
            if narrowed[widest] <= lowest:
                break
            narrowed[widest] -= 1
            excess -= 1
    return tuple(narrowed)


@lru_cache(maxsize=1024)
def _column(indent: int, cell: str, width: int, right: bool) -> Sequence[str]:
    """Return the lines of a cell, as wide as its column; a long table says the same in many cells.

    Outputs stand below each other where one line is too short.
    """
    texts = [cell]
    if indent + cell_len(cell) > width:
        room = max(width - indent, 1)
        texts = [text for piece in _pieces(cell) for text in wrap(piece, room)]
    padded = []
    for text in texts:
        space = " " * (width - indent - cell_len(text))
        padded.append(" " * indent + (space + text if right else text + space))
    return padded


def _pieces(cell: str) -> list[str]:
    return cell.replace("; ", ";\n").split("\n")


def _indent(entry: Entry, index: int) -> int:
    return 0 if index else 2 * entry.depth


def wrap(text: str, width: int | None) -> list[str]:
    """Break a text into lines of at most `width` cells, after a space or a sign where one is."""
    lines = []
    width = None if width is None else max(width, 1)
    while width is not None and cell_len(text) > width:
        end = len(text)
        used = 0
        for index, character in enumerate(text):
            used += cell_len(character)
            if used > width:
                end = max(index, 1)
                break
        places = [text.rfind(" ", 0, end + 1)]
        for signs in SIGNS:
            places.append(max(text.rfind(sign, 0, end) for sign in signs) + 1)
        cut = next((place for place in places if place > end // 3), end)
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, text]
