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


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of a text that are not wider than that."""
    return [text[start:end] for start, end in fold(text, width)]


def chunks(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Yield where each line of a text begins and ends that is broken wherever a line is full."""
    start, width = 0, max(width, 1)
    while start < len(text):
        end = _fitting(text, start, width)
        yield start, end
        start = end


def fold(
    text: str, width: int, *, hang: int = 0, whole: Sequence[range] = ()
) -> Iterator[tuple[int, int]]:
    """Yield where each line of a text begins and ends; spaces between two lines are in neither.

    Lines have at most `width` cells, and all but the first `hang` less. `whole` are parts that stay
    whole even so, such as a path.
    """
    start, width, rest = 0, max(width, 1), max(width - hang, 1)
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
        width = rest
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
    """Return the best place for the end of a line.

    It is after a space: one that is in no parentheses where that fills half of the line, else one
    that does not part a name from its number, or any; or after a sign, if no space fills a third.
    """
    half, third = start + (full - start) // 2, start + (full - start) // 3
    spaces = [at for at in range(start + 1, full + 1) if text[at : at + 1] == " "]
    whole = [at for at in spaces if GLUED not in text[at - 2 : at + 3]]
    outside = [at for at in whole if text.count("(", start, at) <= text.count(")", start, at)]
    places = [last if (last := max(outside, default=0)) > half else 0]
    places += [max(whole, default=0), max(spaces, default=0)]
    for signs in SIGNS:
        places.append(max(text.rfind(sign, start, full) for sign in signs) + 1)
    return next((place for place in places if place > third), full)
