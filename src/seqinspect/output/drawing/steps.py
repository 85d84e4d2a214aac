"""Picture → lines of text: steps side by side, boxes below them, arrows between."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from seqinspect.explain.picture import LINES
from seqinspect.explain.single_layer import shown
from seqinspect.output.text import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.explain.data import Picture, Stage

SIGNS = "…↓→←─│└┘┌┐┴┬┼├┤●·"
PLAIN = dict(zip(SIGNS, (".", "v", ">", "<", "-", "|", *"+++++++++", "*", "."), strict=True))
"""What stands for each sign where the encoding lacks them."""

WIDEST = 78
GAP = 4
HALVES = ("backward half of y", "forward half of y")
TURNED = {"forward": "backward", "backward": "forward"}
ALL_SHOWN = 5
MOST_ENDS = 3
"""How many of the last steps are named: that many stand before the … where steps are reversed."""

Ports = list[int]
"""The places at which a tensor comes down: one for each shown step, or one for a vector."""


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


def draw(picture: Picture, encoding: str = "utf-8") -> list[str]:
    """Return a picture as lines of at most 78 characters, in ASCII where there is no more."""
    canvas = Canvas()
    if picture.stages[0].kind == "lines":
        _lines(canvas, picture, picture.stages[0])
    else:
        _columns(canvas, picture)
    return in_signs(("".join(row).rstrip() for row in canvas.lines), encoding)


def in_signs(lines: Iterable[str], encoding: str) -> list[str]:
    """Return lines in signs that an encoding has."""
    try:
        SIGNS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return [line.translate(str.maketrans(PLAIN)) for line in lines]
    return list(lines)


class Grid:
    """Where the shown steps of a sequence stand; `gap` is the place of those left out.

    `labels` are their numbers; `turned` those of a sequence in reversed order.
    """

    def __init__(self, size: Expr, pitch: int) -> None:
        count, ends = size.value, _ends(size)
        self.labels: list[str] = []
        self.turned: list[str] = []
        self.centres: Ports = []
        self.gap: int | None = None
        most = ALL_SHOWN if ALL_SHOWN * pitch <= WIDEST else 3
        if count is not None and count <= most:
            steps: list[str | None] = [*map(str, range(count))]
            turned = steps[::-1]
        else:
            first = 3 if 4 * pitch + GAP <= WIDEST else 2
            steps = [*map(str, range(first)), None, ends[0]]
            turned = [*ends[:first], None, "0"]
        at = pitch // 2
        for step, other in zip(steps, turned, strict=True):
            if step is None or other is None:
                self.gap = at - pitch // 2 + GAP // 2
                at += GAP
            else:
                self.labels.append(step if step.isdigit() else f"({step})")
                self.turned.append(other if other.isdigit() else f"({other})")
                self.centres.append(at)
                at += pitch


def _columns(canvas: Canvas, picture: Picture) -> None:
    boxes = [
        _box(picture, stage, "'" if stage.flow == "both" else "")
        for stage in picture.stages
        if stage.kind == "steps"
    ]
    pitch = max([*map(len, boxes), 4]) + 4
    grid = Grid(picture.steps, pitch)
    _labels(canvas, grid, "x", grid.labels)
    ports, stepped = list(grid.centres), True
    turned, halves = False, HALVES
    for stage in picture.stages:
        if stage.kind == "spread" and picture.outputs is not None:
            grid = Grid(picture.outputs, pitch)
            ports, stepped = _spread(canvas, picture, stage, ports, grid), True
            turned = False
        elif stage.kind == "steps":
            ports = _steps(canvas, picture, stage, ports, grid, turned=turned)
            stepped = stage.emits in ("all", "reversed")
            halves = halves[::-1] if stage.emits == "ends" and turned else halves
            turned = turned != (stage.emits == "reversed")
        else:
            ports, stepped = _gather(canvas, picture, stage, ports, grid), False
    _arrows(canvas, ports, grid, stepped=stepped)
    if stepped:
        _labels(canvas, grid, "y", grid.turned if turned else grid.labels)
    else:
        line = canvas.next()
        if len(ports) > 1:  # both ends of a Bidirectional, side by side
            for port, half in zip(ports, halves, strict=True):
                canvas.centred(line, port, half)
        else:
            canvas.centred(line, ports[0], "y")


def _ends(steps: Expr) -> list[str]:
    """Return what the last of some steps are called, from the last one back: T−1, T−2, T−3."""
    lasts = [steps - 1 - back for back in range(MOST_ENDS)]
    return [size_text(last) if last.value is None else str(last.value) for last in lasts]


def _box(picture: Picture, stage: Stage, mark: str = "") -> str:
    """Return a box with its layer's class and the letter of its weights."""
    letter = stage.letter
    if stage.kernel == "own":
        count = picture.steps.value
        few = count is not None and count <= ALL_SHOWN
        steps = [*map(str, range(count or 0))] if few else ["0", "1", _ends(picture.steps)[0]]
        names = [f"{letter}{step}" for step in steps]
        letter = " ".join(names) if few else f"{names[0]} {names[1]} … {names[2]}"
    return f"[{stage.label} {letter}{mark}]" if letter else f"[{stage.label}]"


def _labels(canvas: Canvas, grid: Grid, letter: str, labels: Sequence[str]) -> None:
    line = canvas.next()
    for centre, label in zip(grid.centres, labels, strict=True):
        canvas.centred(line, centre, f"{letter}{label}")
    _rest(canvas, line, grid)


def _rest(canvas: Canvas, line: int, grid: Grid) -> None:
    if grid.gap is not None:
        canvas.centred(line, grid.gap, "…")


def _arrows(canvas: Canvas, ports: Ports, grid: Grid, *, stepped: bool) -> None:
    line = canvas.next()
    for port in ports:
        canvas.put(line, port, "↓")
    if stepped:
        _rest(canvas, line, grid)


def _steps(
    canvas: Canvas, picture: Picture, stage: Stage, ports: Ports, grid: Grid, *, turned: bool
) -> Ports:
    """A box below every step, with the state handed on; return where the outputs come out.

    `turned`: the last step stands on the left, since a layer above went backwards.
    """
    _arrows(canvas, ports, grid, stepped=True)
    flows = {"both": ["forward", "backward"]}.get(stage.flow, [stage.flow])
    for flow in flows:
        line = canvas.next()
        box = _box(picture, stage, "'" if flow == "backward" and stage.flow == "both" else "")
        starts = [port - len(box) // 2 for port in ports]
        for start in starts:
            canvas.put(line, max(start, 0), box)
        for start, after in pairwise(starts):
            _hand_on(
                canvas, line, start + len(box), after, TURNED.get(flow, "") if turned else flow
            )
        _rest(canvas, line, grid)
    ends = {"last": ports[-1:], "first": ports[:1]}
    if turned:
        ends = {"last": ports[:1], "first": ports[-1:]}
    emitted = {**ends, "ends": [ports[0], ports[-1]]}
    return emitted.get(stage.emits, ports)


def _hand_on(canvas: Canvas, line: int, start: int, end: int, flow: str) -> None:
    """An arrow between two boxes."""
    if flow == "forward":
        canvas.put(line, start, "─" * (end - start - 1) + "→")
    elif flow == "backward":
        canvas.put(line, start, "←" + "─" * (end - start - 1))


def _gather(canvas: Canvas, picture: Picture, stage: Stage, ports: Ports, grid: Grid) -> Ports:
    """One box that all of what comes down goes into."""
    box = _box(picture, stage)
    if len(ports) == 1:
        centre = max(ports[0], len(box) // 2)
        canvas.put(canvas.next(), ports[0], "↓")
        canvas.centred(canvas.next(), centre, box)
        return [centre]
    centre = _bus(canvas, ports, grid)
    canvas.centred(canvas.next(), max(centre, len(box) // 2), box)
    return [max(centre, len(box) // 2)]


def _spread(canvas: Canvas, picture: Picture, stage: Stage, ports: Ports, grid: Grid) -> Ports:
    """One box that all steps come out of."""
    box = _box(picture, stage)
    canvas.put(canvas.next(), ports[0], "↓")
    canvas.centred(canvas.next(), ports[0], box)
    centres = grid.centres
    line = canvas.next()
    low, high = min(centres[0], ports[0]), max(centres[-1], ports[0])
    canvas.put(line, low, "─" * (high - low + 1))
    for centre in centres:
        sign = "┌" if centre == low else "┐" if centre == high else "┬"
        canvas.put(line, centre, sign)
    sign = {low: "├", high: "┤"}.get(ports[0], "┼") if ports[0] in centres else "┴"
    canvas.put(line, ports[0], sign)
    return list(centres)


def _bus(canvas: Canvas, ports: Ports, grid: Grid) -> int:
    """A line that joins what comes down; return the place where it goes on."""
    line = canvas.next()
    for port in ports:
        canvas.put(line, port, "│")
    line = canvas.next()
    low, high = ports[0], ports[-1]
    middle = (low + high) // 2
    canvas.put(line, low, "─" * (high - low + 1))
    for port in ports:
        canvas.put(line, port, "└" if port == low else "┘" if port == high else "┴")
    canvas.put(line, middle, "┼" if middle in ports else "┬")
    if len(ports) == len(grid.centres):
        _rest(canvas, line, grid)
    canvas.put(canvas.next(), middle, "↓")
    return middle


def _lines(canvas: Canvas, picture: Picture, stage: Stage) -> None:
    """A line an output step, with a dot at every input step that it reads."""
    steps = picture.steps.value or 0
    columns = shown(steps, LINES)
    places = {step: 2 + 5 * index for index, step in enumerate(columns)}
    skipped = None
    if len(columns) < steps:
        skipped = places[columns[-1]]
        places[columns[-1]] += 5
    end = max(places.values()) + 4
    line = canvas.next()
    for step, place in places.items():
        canvas.centred(line, place, f"x{step}")
    if skipped is not None:
        canvas.centred(line, skipped, "…")
    box = _box(picture, stage)
    for index, (step, read) in enumerate(stage.edges):
        if index and step - stage.edges[index - 1][0] > 1:
            canvas.centred(canvas.next(), end + 2 + len(box) // 2, "…")
        line = canvas.next()
        for place in places.values():
            canvas.put(line, place, "·")
        dots = [place for each, place in places.items() if each in read]
        hidden = skipped is not None and any(each not in places for each in read)
        starts = [*dots, *([skipped] if hidden and skipped is not None else [])]
        canvas.put(line, end, "→")
        if starts:
            canvas.put(line, min(starts), "─" * (end - min(starts)))
        for dot in dots:
            canvas.put(line, dot, "●")
        if skipped is not None and (hidden or not starts or min(starts) > skipped):
            canvas.put(line, skipped, "●" if hidden else "…")
        canvas.put(line, end + 2, f"{box}─→ y{step}")
