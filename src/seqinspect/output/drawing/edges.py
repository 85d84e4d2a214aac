"""Edges: what the rows of a scene read, as lines, dots and lanes of an SVG."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from seqinspect.output.drawing.cells import APART, BY_STEP, n, text_at
from seqinspect.output.drawing.layout import DOTS, SHIFT
from seqinspect.output.drawing.scene import HIDDEN, slides
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from seqinspect.output.drawing.layout import Layout, Placed
    from seqinspect.output.drawing.scene import Reading

    Cone = Mapping[int, AbstractSet[int]]
    Cell = tuple[int, int]

STYLES = 4
"""So many lanes look different from each other."""

BELOW = 20
"""How far a matrix of dots stands above the boxes that it leads to."""


class Edge(NamedTuple):
    """Something that is drawn between two cells, its `ends`, each a row and a step.

    A step that is HIDDEN stands for any of the row. What belongs to one cell begins and ends there.
    """

    drawn: str
    ends: tuple[Cell, Cell] | None = None


def edges(layout: Layout, cone: Cone) -> Iterator[Edge]:
    """Draw all that the rows read."""
    for index, placed in enumerate(layout.placed):
        for reading in placed.row.readings:
            source = layout.placed[reading.source]
            if not layout.adjacent(index, reading) or reading.way in ("state", "mask", "again"):
                continue
            if reading.way == "matrix":
                yield from _matrix_above(index, placed, source, reading)
            elif reading.way == "unknown":
                yield from map(Edge, _unknown(placed, source))
            elif reading.way == "none":
                for step in source.row.steps:
                    yield from map(Edge, _ghost(source.xs[step], source.y + source.half))
            elif reading.way == "whole":
                yield from _whole(index, placed, source, reading)
            else:
                yield from _steps(layout, index, reading, cone)
        for number, reading in enumerate(layout.beside(index)):
            yield from _matrix_beside(layout, index, reading, number)
        if placed.row.form == "chain":
            yield from _chain(index, placed)
    for index, reading, left in layout.lanes():
        ends = (reading.source, HIDDEN), (index, HIDDEN)
        yield from (Edge(part, ends) for part in _lane(layout, index, reading, left=left))


def _steps(layout: Layout, index: int, reading: Reading, cone: Cone) -> Iterator[Edge]:
    """Draw a line for each step that is read."""
    placed, source = layout.placed[index], layout.placed[reading.source]
    row = placed.row
    top, bottom = placed.y - placed.half, source.y + source.half
    seen_here, seen_there = cone.get(index, ()), cone.get(reading.source, ())
    sliding = slides(row, reading)
    strong: list[tuple[float, float, tuple[Cell, Cell]]] = []
    weak: list[tuple[float, float, tuple[Cell, Cell]]] = []
    for read, step in reading.pairs:
        start = source.xs[read] if source.row.steps else source.point
        end = placed.point
        if row.cells and (row.steps or row.form == "chain"):
            end = placed.xs[step]
        elif row.cells:
            end = placed.xs.get(read, start)
        seen = not cone or (step in seen_here and read in (HIDDEN, *seen_there))
        ends = (reading.source, _cell(source, read)), (index, _cell(placed, step))
        (strong if seen else weak).append((start, end, ends))
    for start, end, ends in weak:
        line = f'<path class="faint" d="M{n(start)} {n(bottom)}L{n(end)} {n(top)}"/>'
        yield Edge(line, ends)
    for start, end, ends in strong:
        if sliding:
            kind = "cone" if cone else "edge"
            line = f'<path class="{kind}" d="M{n(start)} {n(bottom)}L{n(end)} {n(top)}"/>'
            yield Edge(line, ends)
        else:
            yield from (Edge(part, ends) for part in arrow(start, bottom, end, top))
    if not row.steps and row.form != "chain":
        read_steps = {read for read, _ in reading.pairs}
        for step in source.row.steps:
            if step not in read_steps:
                yield from map(Edge, _ghost(source.xs[step], bottom))


def _whole(index: int, placed: Placed, source: Placed, reading: Reading) -> Iterator[Edge]:
    """Draw a vector that goes into a row, to every box of it where it has steps."""
    row = placed.row
    top, bottom = placed.y - placed.half, source.y + source.half
    starts = [(_step(source, reading), source.at(reading.anchor), bottom)]
    if source.row.form == "chain" and reading.anchor == "ends":
        starts = [*_ends(source)]
    for first, start, begin in starts:
        if row.steps and row.form != "slots":
            read = {step for _, step in reading.pairs} or {*row.steps}
            arrows = [(step, placed.xs[step]) for step in row.steps if step in read]
        else:
            inside = placed.left <= start <= placed.right
            arrows = [(0, start if inside else placed.point)]
        for step, end in arrows:
            ends = (reading.source, first), (index, step)
            yield from (Edge(part, ends) for part in arrow(start, begin, end, top))


def _cell(placed: Placed, step: int) -> int:
    """Return the step of the cell at which a step stands: 0 where all are in one."""
    return step if placed.row.form in BY_STEP else 0


def _step(source: Placed, reading: Reading) -> int:
    """Return the step at which a vector is found; 0 where that is none."""
    if source.row.form != "chain":
        return 0
    return source.row.cells[0 if reading.anchor == "first" else -1]


def _ends(source: Placed) -> Iterator[tuple[int, float, float]]:
    """Yield where the two halves of a layer that goes both ways come out, with their steps."""
    cells, xs, half = source.row.cells, source.xs, source.track.half
    last, first = xs[cells[-1]], xs[cells[0]]
    if source.track.narrow:
        yield cells[-1], last, source.y + source.half
        yield cells[0], first, source.y + source.half
    else:  # that of the forward half passes by the box of the backward one
        yield cells[-1], last - half - SHIFT + 4, source.y - 8
        yield cells[0], first + SHIFT, source.y + source.half


def _chain(index: int, placed: Placed) -> Iterator[Edge]:
    """Draw the state that is handed on, and what is not returned."""
    row, y, half = placed.row, placed.y, placed.track.half
    both, narrow = row.flow == "both", placed.track.narrow
    flows = [(y, row.flow, 0.0)]
    if both:
        apart, shift = (12.0, 0.0) if narrow else (APART, float(SHIFT))
        flows = [(y - apart, "forward", -shift), (y + apart, "backward", shift)]
    for line, flow, shift in flows:
        for one, two in pairwise(row.cells):
            start, end = placed.xs[one] + half + shift, placed.xs[two] - half + shift
            parts = [(start, end)]
            if two - one > 1:
                rest = placed.track.rest + shift
                parts = [(start, rest - 9), (rest + 9, end)]
            ends = ((index, one), (index, two))
            backward = flow == "backward"
            for begin, stop in parts:
                drawn = _state(begin, stop, line, backward=backward)
                yield from (Edge(part, ends[::-1] if backward else ends) for part in drawn)
    yield from _loose_ends(index, placed)


def _loose_ends(index: int, placed: Placed) -> Iterator[Edge]:
    """Draw what a chain starts from, what is not returned, and how both directions are joined."""
    row, y, half = placed.row, placed.y, placed.track.half
    both, narrow = row.flow == "both", placed.track.narrow
    if row.stateful:
        backward = row.flow == "backward"
        start = placed.right if backward else placed.left
        way = 30 if backward else -30
        yield Edge(f'<path class="state unknown" d="M{n(start + way)} {n(y)}H{n(start)}"/>')
        yield from map(Edge, _tip(start, y, backward=backward))
    kept = {"last": row.cells[-1:], "first": row.cells[:1], "ends": ()}.get(row.anchor, row.cells)
    for step in row.cells:
        x, end = placed.xs[step], y + placed.half
        ends = row.anchor == "ends" and step in (row.cells[0], row.cells[-1])
        if step not in kept and not ends:
            yield from map(Edge, _ghost(x, end))
        if both and not narrow:
            edge = half + SHIFT - 4
            top = y - placed.half - 7
            at = (index, step), (index, step)
            line = f'<path class="edge" d="M{n(x)} {n(top)}H{n(x + edge)}V{n(y + 2)}"/>'
            yield Edge(f'{line}<path class="tip" d="M{n(x + edge)} {n(y + 8)}l-3.5 -7h7z"/>', at)
            if row.steps:
                line = f'<path class="edge" d="M{n(x - edge)} {n(y - 8)}V{n(end + 5)}H{n(x)}"/>'
                yield Edge(line, at)


def _state(begin: float, stop: float, y: float, *, backward: bool) -> Iterator[str]:
    """Draw a piece of the way of a state."""
    if backward:
        begin, stop = stop, begin
    yield f'<path class="state" d="M{n(begin)} {n(y)}H{n(stop + (6 if backward else -6))}"/>'
    yield from _tip(stop, y, backward=backward)


def _tip(x: float, y: float, *, backward: bool, kind: str = "flow") -> Iterator[str]:
    yield f'<path class="{kind}" d="M{n(x)} {n(y)}l{6 if backward else -6} -4v8z"/>'


def _ghost(x: float, y: float) -> Iterator[str]:
    """Draw a step that is made and then left out."""
    yield f'<path class="ghost" d="M{n(x)} {n(y)}v10"/>'
    yield f'<circle class="ghost" cx="{n(x)}" cy="{n(y + 16)}" r="6"/>'


def _unknown(placed: Placed, source: Placed) -> Iterator[str]:
    """Draw that nobody knows which steps are read."""
    x = placed.point if placed.row.form == "point" else placed.track.middle
    top, bottom = placed.y - placed.half, source.y + source.half
    yield f'<path class="edge unknown" d="M{n(x)} {n(bottom)}V{n(top - 7)}"/>'
    yield f'<path class="tip" d="M{n(x)} {n(top)}l-4 -7h8z"/>'
    yield text_at(x + 10, (bottom + top) / 2 + 4, "?", "name")


def _matrix_above(index: int, placed: Placed, source: Placed, reading: Reading) -> Iterator[Edge]:
    """Draw a matrix between two rows, in the columns of both."""
    bottom = placed.y - placed.half - BELOW
    top = yield from _matrix(index, placed, source, reading, dict(source.xs), bottom=bottom)
    for step in source.row.steps:
        at = (reading.source, step), (reading.source, step)
        drawn = arrow(source.xs[step], source.y + source.half, source.xs[step], top)
        yield from (Edge(part, at) for part in drawn)
    for step, x in [(s, placed.xs[s]) for s in placed.row.steps] or [(0, placed.point)]:
        at = (index, step), (index, step)
        yield from (Edge(part, at) for part in arrow(x, bottom, x, placed.y - placed.half))


def _matrix_beside(layout: Layout, index: int, reading: Reading, number: int) -> Iterator[Edge]:
    """Draw a matrix on the left of a row, whose columns are those of another sequence."""
    placed, source = layout.placed[index], layout.placed[reading.source]
    end = placed.left - 22
    xs: dict[int, float] = {}
    for step, after in reversed([*pairwise((*source.row.steps, -1))]):
        if after - step > 1:
            end -= DOTS
            xs[HIDDEN] = end + DOTS / 2
        end -= DOTS
        xs[step] = end + DOTS / 2
    wide = placed.bottom - placed.top
    count = len(layout.beside(index))
    middle = placed.top + wide * (number + 0.5) / count
    lines = len(_gapped(placed.row.steps))
    bottom = middle + (DOTS * lines) / 2 + 6
    top = yield from _matrix(index, placed, source, reading, xs, bottom=bottom)
    for step in (source.row.steps[0], source.row.steps[-1]):
        name = source.track.columns.name(step, source.row.length or 1)
        yield Edge(text_at(xs[step], top - 4, name, "mid small dim"))
    y = min(max(placed.y, top + 6), bottom - 6)
    begin = max(xs.values()) + 11
    at = (index, HIDDEN), (index, HIDDEN)
    yield Edge(f'<path class="edge" d="M{n(begin)} {n(y)}H{n(placed.left - 6)}"/>', at)
    yield from (Edge(part, at) for part in _tip(placed.left, y, backward=False, kind="tip"))


def _gapped(steps: tuple[int, ...]) -> list[int]:
    """Return steps with HIDDEN where some are left out; one for a vector."""
    found: list[int] = []
    for step in steps or (0,):
        if found and step - found[-1] > 1:
            found.append(HIDDEN)
        found.append(step)
    return found


def _matrix(
    index: int,
    placed: Placed,
    source: Placed,
    reading: Reading,
    xs: Mapping[int, float],
    *,
    bottom: float,
) -> Generator[Edge, None, float]:
    """Draw a line of dots for each output step: a dot at each input step that it reads.

    Return its upper edge.
    """
    lines = _gapped(placed.row.steps)
    top = bottom - DOTS * len(lines)
    left, right = min(xs.values()) - 11, max(xs.values()) + 11
    yield Edge(
        f'<rect class="faint" x="{n(left)}" y="{n(top)}" width="{n(right - left)}"'
        f' height="{n(bottom - top)}" rx="4"/>'
    )
    read = set(reading.pairs)
    cut = (
        HIDDEN in xs and source.row.length is not None and len(source.row.steps) < source.row.length
    )
    for number, step in enumerate(lines):
        y = top + DOTS * (number + 0.5)
        if placed.row.steps:
            columns = placed.track.columns
            name = "⋮" if step == HIDDEN else columns.name(step, placed.row.length or 1)
            at = (index, step), (index, step)
            yield Edge(text_at(left - 4, y + 4, name, "small dim end"), at)
        if step == HIDDEN:
            continue
        for each in source.row.steps:
            found = (each, step) in read
            kind, size = ("read", "4.5") if found else ("unread", "1.8")
            dot = f'<circle class="{kind}" cx="{n(xs[each])}" cy="{n(y)}" r="{size}"/>'
            yield Edge(dot, ((reading.source, each), (index, step)) if found else None)
        if cut:
            mark = "●" if (HIDDEN, step) in read else "…"
            yield Edge(text_at(xs[HIDDEN], y + 4, mark, "mid small dim"))
    return top


def _lane(layout: Layout, index: int, reading: Reading, *, left: bool) -> Iterator[str]:
    """Draw what goes from one row to another beside the columns."""
    source, target = layout.placed[reading.source], layout.placed[index]
    x = layout.lane_x(index, reading, left=left)
    crossing = source.row.track != target.row.track
    slot = layout.slots[index, reading] % STYLES
    kind, tip = f"lane lane{slot}", "tip"
    if reading.way == "state":
        kind, tip = "state", "flow"
    elif reading.way in ("mask", "unknown"):
        kind += f" unknown {reading.way}"
    start = source.right if crossing or not left else source.left
    y1, y2, end = source.y, target.y, target.left if left else target.right
    if reading.way != "state":  # beside the way of a state
        y1, y2 = y1 + min(8, source.half / 2), y2 - min(8, target.half / 2)
    if reading.way == "matrix":
        beside = layout.beside(index)
        high = target.bottom - target.top
        y2 = target.top + high * (beside.index(reading) + 0.5) / len(beside) + 6
        room = DOTS * (len(_gapped(source.row.steps)) + 1) + 12
        end = target.left - 22 - room - 7 * layout.longest_name(target.row)
    if reading.way == "state" and not left and target.row.flow == "forward":
        # Over the row, to where its chain begins.
        over, end = target.y - target.half - 14, target.left
        yield (
            f'<path class="{kind}" d="M{n(start)} {n(y1)}H{n(x)}V{n(over)}H{n(end - 14)}V{n(y2)}'
            f'H{n(end - 6)}"/>'
        )
        yield from _tip(end, y2, backward=False, kind=tip)
        return
    stop = end - (6 if left else -6)
    yield f'<path class="{kind}" d="M{n(start)} {n(y1)}H{n(x)}V{n(y2)}H{n(stop)}"/>'
    yield from _tip(end, y2, backward=not left, kind=tip)


def arrow(x1: float, y1: float, x2: float, y2: float) -> Iterator[str]:
    """Draw a line down with a tip."""
    yield f'<path class="edge" d="M{n(x1)} {n(y1)}L{n(x2)} {n(y2 - 6)}"/>'
    yield f'<path class="tip" d="M{n(x2)} {n(y2)}l-3.5 -7h7z"/>'
