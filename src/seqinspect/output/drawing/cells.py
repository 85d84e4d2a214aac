"""Cells: the boxes and dots of the rows of a scene, as elements of an SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.drawing.layout import HIGH, SHIFT, SMALL
from seqinspect.output.renderers.html import escaped
from seqinspect.output.text import cell_count, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from seqinspect.output.drawing.layout import Placed
    from seqinspect.output.drawing.scene import SceneRow

PALETTE = (
    (("#cfe3f5", "#2a6aa8"), ("#16324d", "#7db4e8")),
    (("#fbe0c4", "#b35f00"), ("#4a2f10", "#f0a860")),
    (("#cdeadd", "#13795b"), ("#10392c", "#5fcfa6")),
    (("#f3d3e6", "#9c3a7a"), ("#45203a", "#e59aca")),
    (("#fff0b8", "#8a6d00"), ("#3f3508", "#e3c54a")),
    (("#d9d6f5", "#5546a6"), ("#2b2756", "#a79cf0")),
    (("#d3eef2", "#1b7a8a"), ("#0f3a41", "#67c7d6")),
    (("#f8d2cf", "#a8322a"), ("#4c1e1b", "#f0928b")),
)
"""Fill and stroke of the boxes of one layer's weights, on white and on black."""

MOST_NAME = 4
"""Names of steps that are longer do not fit above narrow columns."""

APART = HIGH / 2 + 8
"""How far the boxes of two directions are from the middle of their row."""


BY_STEP = ("dots", "boxes", "chain")
"""The forms of rows that have a box or a dot for each step."""


def n(number: float) -> str:
    """Return a number as briefly as a picture needs it."""
    return f"{number:.1f}".removesuffix(".0")


def text_at(x: float, y: float, text: str, role: str = "") -> str:
    """Return a text that begins at a place; with `mid` in its role it has its middle there."""
    mark = f' class="{role}"' if role else ""
    return f'<text{mark} x="{n(x)}" y="{n(y)}">{escaped(text)}</text>'


def fitting(text: str, width: float) -> str:
    """Return as much of a class as can be written into a box."""
    shown = visible(text)
    room = int((width - 4) / SMALL)
    return shown if cell_count(shown) <= room else shown[: max(1, room - 1)] + "…"


def cells(placed: Placed, seen: AbstractSet[int]) -> Iterator[tuple[int, str]]:
    """Yield the boxes or dots of one row, each as its step and what it is drawn as.

    What has no steps is step 0. `seen` are the steps that the last output step depends on.
    """
    row = placed.row
    if row.form not in BY_STEP:
        yield 0, "\n".join(_whole(placed))
        return
    draw = _dot if row.form == "dots" else _boxes
    for step in row.cells:
        yield step, "\n".join(draw(placed, step, seen=step in seen))


def rest(placed: Placed) -> Iterator[str]:
    """Say that steps are left out."""
    row = placed.row
    if row.form in BY_STEP and row.length is not None and len(row.cells) < row.length:
        yield text_at(placed.track.rest, placed.y + 4, "…", "mid dim")


def _whole(placed: Placed) -> Iterator[str]:
    """Draw what is one box, whatever it reads."""
    row, y, left, right = placed.row, placed.y, placed.left, placed.right
    middle, wide = (left + right) / 2, right - left
    if row.form == "slots":
        yield from _slots(placed)
    elif row.form in ("unknown", "more"):
        yield _rect("plain unknown", left, y - HIGH / 2, wide, HIGH)
        mark = "…" if row.form == "more" else f"{fitting(row.box, wide - 20)} ?"
        yield text_at(middle, y + 4, mark, "mid")
    elif row.kind in ("input", "target"):
        yield _pill(middle, y, fitting(row.box, SMALL * 8), min(wide, 52))
    else:
        yield _rect(f"box {_colour(row)}", left, y - HIGH / 2, wide, HIGH)
        yield from _written(middle, y, fitting(row.box, wide), row.letter)


def _colour(row: SceneRow) -> str:
    return "plain" if row.colour is None else f"k{row.colour % len(PALETTE)}"


def _boxes(placed: Placed, step: int, *, seen: bool) -> Iterator[str]:
    """Draw the box of a step, or the two of both directions."""
    row, track, x, y = placed.row, placed.track, placed.xs[step], placed.y
    kind = f"box {_colour(row)}"
    if track.narrow:
        kind += " seen" if seen else ""
        for place in (y - 12, y + 12) if row.flow == "both" else (y,):
            yield _rect(kind, x - 7.5, place - 7.5, 15, 15)
        return
    letter = f"{row.letter}{step}" if row.own and row.letter else row.letter
    wide = 2 * track.half
    boxes = [(x, y, letter)]
    if row.flow == "both":
        second = f"{letter}'" if letter else ""
        boxes = [(x - SHIFT, y - APART, letter), (x + SHIFT, y + APART, second)]
    for middle, place, written in boxes:
        yield _rect(kind, middle - wide / 2, place - HIGH / 2, wide, HIGH)
        yield from _written(middle, place, fitting(row.box, wide), written)


def _dot(placed: Placed, step: int, *, seen: bool) -> Iterator[str]:
    row, track, x, y = placed.row, placed.track, placed.xs[step], placed.y
    name = track.columns.name(step, row.length or 1)
    if row.kind in ("input", "target") and not track.narrow:
        number = name if name.isdigit() else f"({name})"
        yield _pill(x, y, f"{row.box}{number}", 0)
        return
    kind = "read" if seen else "dot"
    yield f'<circle class="{kind}" cx="{n(x)}" cy="{n(y)}" r="5"/>'
    if row.kind in ("input", "target"):
        above = y - 10 if row.kind == "input" else y + 18
        if cell_count(name) <= MOST_NAME or step == row.cells[-1]:
            yield text_at(x, above, name, "mid small dim")


def _slots(placed: Placed) -> Iterator[str]:
    """Draw one box with a part for each step."""
    row, track, y = placed.row, placed.track, placed.y
    top = y - HIGH / 2
    yield _rect(f"box {_colour(row)}", placed.left, top, placed.right - placed.left, HIGH)
    half = track.pitch / 2
    for number, step in enumerate(row.cells):
        x = placed.xs[step]
        if number:
            yield f'<path class="edge" d="M{n(x - half)} {n(top)}v{HIGH}"/>'
            if step - row.cells[number - 1] > 1:
                before = placed.xs[row.cells[number - 1]] + half
                yield f'<path class="edge" d="M{n(before)} {n(top)}v{HIGH}"/>'
                yield text_at(track.rest, y + 4, "…", "mid dim")
        if track.narrow:
            continue
        if row.own and row.letter:
            yield from _written(x, y, fitting(row.box, 2 * half), f"{row.letter}{step}")
        else:
            yield text_at(x, y + 4, f"{step}", "mid small")


def _written(x: float, y: float, box: str, letter: str) -> Iterator[str]:
    """Write the class and the letter of its weights into a box."""
    yield text_at(x, y - 2 if letter else y + 4, box, "mid small")
    if letter:
        yield text_at(x, y + 12, letter, "mid letter")


def _pill(x: float, y: float, text: str, wide: float) -> str:
    width = max(26, 7.3 * cell_count(text) + 12, wide)
    return (
        f'<rect class="dot" x="{n(x - width / 2)}" y="{n(y - 12)}" width="{n(width)}" height="24"'
        f' rx="12"/>{text_at(x, y + 4, text, "mid")}'
    )


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}"'
        f' rx="4"/>'
    )
