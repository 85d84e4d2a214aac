"""Layout: where the rows, steps and lanes of a scene stand on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.drawing.scene import HIDDEN
from seqinspect.output.renderers.fold import wrap
from seqinspect.output.text import cell_count, visible
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seqinspect.output.drawing.scene import Anchor, Columns, Label, Reading, Scene, SceneRow

CHARACTER = 7.3
"""How wide a character of the font is in its size of 12; the fonts of all systems are near it."""

SMALL = 6.1
"""The same in a box, in its size of 10."""

LINE = 16
MARGIN = 20
LANE = 13
HIGH = 34

DOTS = 15
"""How far the lines of a matrix of dots are apart; the dots of one that stands beside its row."""

NARROW = 27
"""How far apart columns are where there are many: then nothing is written in a box."""

LEAST = 56
"""How far apart columns are at least where something is written in a box."""

MOST_WIDTH = 620
"""How wide all columns of a track are at most where something is written in a box."""

SHIFT = 7
"""How far the boxes of two directions are shifted, so that lines pass by."""

SIDE = 92
"""How much room there is for what has to do with no step."""


class Track(NamedTuple):
    """A grid of columns: where its left edge is, how far columns are apart, what is beside it.

    `pad` is the room between it and the lanes on its left.
    """

    columns: Columns
    left: float
    pitch: float
    gap: float
    pad: float
    side: float = 0
    labels: float = 0

    @property
    def right(self) -> float:
        """The right edge of its last column."""
        count = self.columns.front + self.columns.end
        return self.left + self.pitch * count + (self.gap if self.columns.gap else 0)

    @property
    def narrow(self) -> bool:
        """Whether there is no room for text in a box."""
        return self.pitch < LEAST

    @property
    def half(self) -> float:
        """Half the width of a box."""
        return 7.5 if self.narrow else (self.pitch - 20) / 2

    @property
    def middle(self) -> float:
        """The place amid all columns."""
        return (self.left + self.right) / 2

    @property
    def rest(self) -> float:
        """The place of the steps that are left out."""
        return self.left + self.pitch * self.columns.front + self.gap / 2

    def x(self, step: int, count: int) -> float:
        """Return the place of a step of a sequence."""
        if step == HIDDEN:
            return self.rest
        column = self.columns.place(step, count)
        beyond = self.gap if self.columns.gap and column >= self.columns.front else 0
        return self.left + self.pitch * (column + 0.5) + beyond


class Placed(NamedTuple):
    """A row with its lines of text and its places.

    `y` is the height of its boxes, `half` half of theirs; `xs` are the places of its steps, `point`
    that of a vector; its boxes stand between `left` and `right`.
    """

    row: SceneRow
    lines: tuple[tuple[str, str], ...]
    track: Track
    y: float
    top: float
    bottom: float
    half: float
    xs: Mapping[int, float]
    point: float
    left: float
    right: float

    def at(self, anchor: Anchor) -> float:
        """Return the place of a vector that it returns."""
        if anchor in ("first", "last") and self.row.form == "chain":
            return self.xs[self.row.cells[0 if anchor == "first" else -1]]
        return self.point


class Layout:
    """The places of all that is drawn of a scene, within a text of so many characters a line.

    `beside`: another scene, whose rows stand at the same heights if there are as many.
    """

    def __init__(self, scene: Scene, characters: int, beside: Layout | None = None) -> None:
        self.scene = scene
        self.other = beside
        self.before = _before(scene)
        self.text = CHARACTER * characters
        self.lines = [tuple(_lines(row.labels, characters)) for row in scene.rows]
        self.slots: dict[tuple[int, Reading], int] = {}
        self.sides = self._slots()
        self.tracks = self._tracks()
        self.placed: list[Placed] = []
        self.rooms: list[tuple[float, float]] = []
        self._place()
        self.bottom = max((each.bottom for each in self.placed), default=0)

    @property
    def width(self) -> float:
        """How wide the picture is, without the margin at the right."""
        last = self.tracks[-1]
        return last.labels + self.text if len(self.tracks) > 1 else last.labels - 8

    def adjacent(self, index: int, reading: Reading) -> bool:
        """Whether a row stands right below what it reads."""
        return self.before[index] == reading.source

    def beside(self, index: int) -> list[Reading]:
        """Return what a row reads that is drawn as dots on its left, and not above it."""
        row = self.scene.rows[index]
        return [
            each for each in row.readings if each.way == "matrix" and not self.adjacent(index, each)
        ]

    def shown(self, reading: Reading) -> tuple[int, ...]:
        """Return the steps of a row that is read which have columns."""
        return self.scene.rows[reading.source].steps

    def lanes(self) -> Iterator[tuple[int, Reading, bool]]:
        """Yield the readings that go beside the columns, with the row, and if on the left side."""
        rows = self.scene.rows
        for index, row in enumerate(rows):
            seen: set[tuple[int, str, str]] = set()
            for each in row.readings:
                source = rows[each.source]
                straight = self.adjacent(index, each) and each.way not in ("state", "mask", "again")
                key = (each.source, each.way, each.anchor)
                if straight or key in seen:
                    continue
                seen.add(key)
                crossing = source.track != row.track
                stepped = bool(source.steps) and each.anchor == "steps"
                first = each.anchor == "first" and source.form == "chain"
                yield index, each, crossing or stepped or first or each.way == "matrix"

    def lane_x(self, index: int, reading: Reading, *, left: bool) -> float:
        """Return the place of a lane."""
        track = self.tracks[self.scene.rows[index].track]
        slot = self.slots[index, reading]
        return track.left - track.pad - LANE * slot if left else track.side + LANE * slot

    def _slots(self) -> list[tuple[int, int]]:
        """Give each lane a place; return how many each track has on its left and its right side."""
        ends: dict[tuple[int, bool], list[int]] = {}
        lanes = sorted(self.lanes(), key=lambda each: (each[1].source, -each[0]))
        for index, reading, left in lanes:
            used = ends.setdefault((self.scene.rows[index].track, left), [])
            slot = next((i for i, end in enumerate(used) if end < reading.source), len(used))
            used[slot : slot + 1] = [index]
            self.slots[index, reading] = slot
        return [
            (len(ends.get((track, True), ())), len(ends.get((track, False), ())))
            for track in range(len(self.scene.tracks))
        ]

    def _pad(self, number: int) -> float:
        """Return how far lanes are from the columns: dots and their numbers may stand there."""
        pad = 16.0
        for index, row in enumerate(self.scene.rows):
            if row.track != number:
                continue
            numbers = SMALL * self.longest_name(row)
            beside = self.beside(index)
            if beside:
                wide = DOTS * (2 + max(len(self.shown(each)) for each in beside))
                pad = max(pad, 54 + numbers + wide)
            elif any(each.way == "matrix" for each in row.readings):
                pad = max(pad, 30 + numbers)
        return pad

    def longest_name(self, row: SceneRow) -> int:
        """Return how many characters the name of a step of a row has at most."""
        columns = self.scene.tracks[row.track]
        return max((len(columns.name(step, row.length or 1)) for step in row.steps), default=0)

    def _tracks(self) -> list[Track]:
        scene, found = self.scene, []
        left = MARGIN + self.text + 10
        for number, columns in enumerate(scene.tracks):
            rows = [row for row in scene.rows if row.track == number]
            stepped = [row for row in rows if row.form in ("boxes", "chain", "slots")]
            widest = max((cell_count(visible(row.box)) for row in stepped), default=4)
            count = columns.front + columns.end
            named = max((len(name) for name in columns.names), default=0)
            pitch = max(64.0, min(widest, 10) * SMALL + 28, min(named, 12) * CHARACTER + 36)
            pitch = min(pitch, MOST_WIDTH / count)
            gap = min(44.0, 0.7 * pitch)
            if pitch < LEAST:
                pitch, gap = NARROW, 24.0
            before, after = self.sides[number]
            pad = self._pad(number)
            left += pad + LANE * max(before - 1, 0) + 8
            track = Track(columns, left, pitch, gap, pad)
            beside = SIDE if any(row.anchor == "side" for row in rows) else 0
            side = track.right + 14 + beside
            track = track._replace(side=side, labels=side + LANE * after + 8)
            found.append(track)
            left = track.labels
        return found

    def _place(self) -> None:
        scene = self.scene
        bottoms: dict[int, float] = {}
        starts = {frame.first for frame in scene.frames}
        ends = {frame.last for frame in scene.frames}
        for index, row in enumerate(scene.rows):
            track = self.tracks[row.track]
            high = _high(row, narrow=track.narrow)
            beside = self.beside(index)
            dots = (DOTS * (_lines_of_dots(row) + 1) + 24) * len(beside)
            height = max(high, LINE * len(self.lines[index]), dots)
            above = bottoms.get(row.track)
            gap = MARGIN + 22 if above is None else self._gap(index, row)
            gap += 26 if index in starts else 0
            if self.other is not None and len(self.other.rooms) == len(scene.rows):
                room = self.other.rooms[index]
                gap, height = max(gap, room[0]), max(height, room[1])
            self.rooms.append((gap, height))
            top = (above or 0) + gap
            for each in row.readings:
                source = self.placed[each.source]
                if source.row.track != row.track and each.way == "state":
                    top = max(top, source.y - height / 2)
                elif source.row.track != row.track:
                    top = max(top, source.bottom + 24)
            xs = self._xs(index, row, track)
            point = self._point(index, row, track)
            left, right = _span(row, track, xs, point)
            bottom = top + height
            self.placed.append(
                Placed(row, self.lines[index], track, top + height / 2, top, bottom, high / 2,
                       xs, point, left, right)
            )  # fmt: skip
            bottoms[row.track] = bottom + (12 if index in ends else 0)

    def _xs(self, index: int, row: SceneRow, track: Track) -> dict[int, float]:
        """Return the places of the steps of a row.

        A sequence whose steps are several steps of a longer one stands amid those.
        """
        count = row.length or (row.cells[-1] + 1 if row.cells else 1)
        columns = {step: track.x(step, count) for step in row.cells}
        for each in row.readings:
            source = self.placed[each.source]
            if each.way not in ("steps", "again") or not row.cells or source.row.track != row.track:
                continue
            if row.form in ("wide", "slots") and not row.steps:
                continue
            read: dict[int, list[float]] = {}
            for start, end in each.pairs:
                if start == HIDDEN or start not in source.xs or row.kind == "order":
                    return columns | {HIDDEN: track.rest}
                read.setdefault(end, []).append(source.xs[start])
            if count == source.row.length:
                return dict(source.xs)
            fewer = source.row.length is not None and count < source.row.length
            if fewer and not track.columns.gap and read.keys() == columns.keys():
                return {step: sum(places) / len(places) for step, places in read.items()}
        return columns | {HIDDEN: track.rest}

    def _point(self, index: int, row: SceneRow, track: Track) -> float:
        """Return the place of a vector that a row returns: below the one that it reads."""
        if row.anchor == "side":
            return track.side - 14 - SIDE / 2
        for each in row.readings:
            source = self.placed[each.source]
            if source.row.track != row.track or row.anchor not in ("last", "first"):
                continue
            if each.way == "whole" and each.anchor == row.anchor:
                return source.at(each.anchor)
            if each.way == "steps" and source.row.steps and row.form == "point":
                return source.xs[source.row.steps[0 if row.anchor == "first" else -1]]
        longest = track.columns.longest
        if row.anchor == "first":
            return track.x(0, longest)
        return track.x(longest - 1, longest) if row.anchor == "last" else track.middle

    def _gap(self, index: int, row: SceneRow) -> float:
        """Return how much room is needed above a row for the lines between it and those above."""
        gap = 24.0
        for each in row.readings:
            if each.way == "matrix" and self.adjacent(index, each):
                gap += DOTS * _lines_of_dots(row) + 34
            elif each.way == "state":
                gap += 10
            elif each.way == "none":
                gap += 22
            elif self.adjacent(index, each) and any(i != o for i, o in each.pairs):
                gap += 14
        source = self.before[index]
        if source is not None:
            above = self.scene.rows[source]
            if above.form == "chain" and above.anchor != "steps":
                gap += 22
        return gap


def _lines_of_dots(row: SceneRow) -> int:
    """Return how many lines a matrix of dots has: one for each step, one for those left out."""
    gaps = sum(b - a > 1 for a, b in zip(row.steps, row.steps[1:], strict=False))
    return max(1, len(row.steps)) + gaps


def _high(row: SceneRow, *, narrow: bool) -> float:
    """Return how high the boxes of a row are."""
    if row.kind in ("input", "target") and (row.form == "point" or not narrow):
        return 24
    if row.form == "dots":
        return 10
    if row.form == "chain" and row.flow == "both":
        return 42 if narrow else 2 * HIGH + 16
    return 15 if narrow and row.form in ("boxes", "chain") else HIGH


def _span(
    row: SceneRow, track: Track, xs: Mapping[int, float], point: float
) -> tuple[float, float]:
    """Return the left and the right edge of what a row draws."""
    half = track.half
    if row.form in ("wide", "slots", "unknown", "more"):
        if row.form in ("unknown", "more") and track.right - track.left < 2 * SIDE:
            return track.middle - SIDE / 2, track.middle + SIDE / 2
        spread = 0 if row.form == "slots" else track.pitch / 2 - half
        return track.left + spread, track.right - spread
    if row.form == "point":
        half = max(half, 26.0)
        return point - half, point + half
    if row.form == "dots":
        half = 13 if row.kind in ("input", "target") and not track.narrow else 5
    if row.form == "chain" and row.flow == "both" and not track.narrow:
        half += SHIFT
    places = [xs[step] for step in row.cells] or [track.middle]
    return places[0] - half, places[-1] + half


def _before(scene: Scene) -> list[int | None]:
    """Return the row right above each row, in its track; beside the columns, that beside them."""
    last: dict[tuple[int, bool], int] = {}
    found: list[int | None] = []
    for index, row in enumerate(scene.rows):
        key = (row.track, row.anchor == "side")
        found.append(last.get(key))
        last[key] = index
    return found


def _lines(labels: tuple[Label, ...], characters: int) -> Iterator[tuple[str, str]]:
    """Yield what stands beside a row, line by line, each with its role."""
    position = 0
    while position < len(labels):
        label = labels[position]
        text = label.text
        if label.role == "shape" and position + 1 < len(labels):
            other = labels[position + 1]
            joined = f"{text} {other.text}"
            if other.role == "shape" and cell_count(joined) <= characters:
                text, position = joined, position + 1
        shown = visible(text)
        margin = len(shown) - len(shown.lstrip(" "))
        for line in wrap(shown.lstrip(" "), characters - margin):
            yield " " * margin + line, label.role
        position += 1
