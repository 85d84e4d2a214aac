"""Where a long line is broken: after a space or a sign, never within a name that fits a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIGNS = ("+", "×*", "_/-.)")
"""Where a text without spaces is broken: after a sign of the first kind that is there."""

GLUED = " = "
"""A name and its number stay on one line."""


def fold(text: str, width: int, whole: Sequence[range] = ()) -> Iterator[tuple[int, int]]:
    """Yield where each line of a text begins and ends; spaces between two lines are in neither.

    Lines have at most `width` cells; `whole` are parts that stay whole even so, such as a path.
    """
    start, width = 0, max(width, 1)
    while cell_len(text[start:]) > width:
        full = _fitting(text, start, width)
        cut = _cut(text, start, full)
        inside = next((part for part in whole if part.start < cut < part.stop), None)
        if inside is not None:
            cut = inside.start if inside.start > start else inside.stop
        yield start, start + len(text[start:cut].rstrip())
        start = cut + len(text[cut:]) - len(text[cut:].lstrip())
        if start >= len(text):
            return
    yield start, len(text)


def _fitting(text: str, start: int, width: int) -> int:
    """Return where a line from `start` on is full; it has one character at least."""
    used = 0
    for index in range(start, len(text)):
        used += cell_len(text[index])
        if used > width:
            return max(index, start + 1)
    return len(text)


def _cut(text: str, start: int, full: int) -> int:
    """Return the best place for the end of a line, unless it leaves two thirds of it empty."""
    least = start + (full - start) // 3
    space = text.rfind(" ", start, full + 1)
    while space > least and GLUED in text[max(space - 2, start) : space + 3]:
        space = text.rfind(" ", start, space)
    places = [space]
    for signs in SIGNS:
        places.append(max(text.rfind(sign, start, full) for sign in signs) + 1)
    return next((place for place in places if place > least), full)
