"""Canvas: lines of characters on which a text is drawn, and the signs that it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SIGNS = "…↓→←─│└┘┌┐┴┬┼├┤●·"
PLAIN = dict(zip(SIGNS, (".", "v", ">", "<", "-", "|", *"+++++++++", "*", "."), strict=True))
"""What stands for each sign where the encoding lacks them."""


class Canvas:
    """Lines of characters that grow as they are written."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = []

    def put(self, line: int, column: int, text: str) -> None:
        """Write a text from a place on."""
        while len(self.lines) <= line:
            self.lines.append([])
        row = self.lines[line]
        row += " " * (column + len(text) - len(row))
        row[column : column + len(text)] = text

    def centred(self, line: int, centre: int, text: str) -> None:
        """Write a text around a place."""
        self.put(line, max(centre - len(text) // 2, 0), text)

    def next(self) -> int:
        """Return the number of the line below all others."""
        return len(self.lines)


def in_signs(lines: Iterable[str], encoding: str) -> list[str]:
    """Return lines in signs that an encoding has."""
    try:
        SIGNS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return [line.translate(str.maketrans(PLAIN)) for line in lines]
    return list(lines)
