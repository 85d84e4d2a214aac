"""Text → lines that fit a width."""

from __future__ import annotations

from rich.cells import cell_len

GAP = "  "
SIGNS = ("+", "×*,", "_/-.)")


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
