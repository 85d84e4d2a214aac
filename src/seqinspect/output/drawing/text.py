"""Scene → lines of text for a terminal: steps side by side, boxes below them, arrows between."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from seqinspect.output.drawing.canvas import Canvas, in_signs
from seqinspect.output.drawing.grid import scene_of
from seqinspect.output.drawing.labels import legend_lines
from seqinspect.output.drawing.scene import HIDDEN, slides
from seqinspect.output.renderers.fold import wrap
from seqinspect.output.text import cell_count, encodable, inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.output.drawing.calls import Calls
    from seqinspect.output.drawing.scene import Columns, Reading, Scene, SceneRow

GAP = 5
"""How wide the place of the steps is that are left out."""

COLUMNS = (7, 5, 4, 3)
"""How many steps have columns at most: as many as there is room for."""

LONGEST = 11
STEP = "→ step {}"
"""What a line of dots is about."""

LEAST_LABEL = 24
"""So much of what stands beside a row is shown, whatever the width."""

WIDTH = 110
"""How wide a text is that goes to no terminal."""

WAYS = {
    "state": "starts from {}",
    "mask": "skips what {} masks",
    "unknown": "{}, steps unknown",
    "none": "{}, which has no say",
}
"""How a row reads what is not drawn."""

BESIDE = ("state", "mask", "again", "none")
"""Ways of reading that are not drawn."""


def text(scenes: Sequence[Scene], *, width: int | None = None, encoding: str = "utf-8") -> str:
    """Return scenes as text, one below the other, in signs that an encoding has."""
    lines: list[str] = []
    for scene in scenes:
        if scene.heading:
            lines += [visible(scene.heading), ""]
        lines += _Text(scene, width or WIDTH).lines()
        lines.append("")
        name = scene.model if scene.source == scene.model else f"{scene.model} ({scene.source})"
        for line in (*legend_lines(scene.rows, painted=False), name, *scene.caption):
            lines += wrap(visible(line), width or WIDTH)
        lines.append("")
    drawn = map(inert, in_signs(lines[:-1], encoding))
    return encodable("\n".join(drawn) + "\n", encoding)


def fitting(calls: Calls, width: int) -> Scene:
    """Return a scene with as many columns as there is room for."""
    for most in COLUMNS[:-1]:
        made = scene_of(calls, most=most)
        if _Text(made, width).needed() <= width:
            return made
    return scene_of(calls, most=COLUMNS[-1])


def picture_lines(scene: Scene, *, width: int, encoding: str = "utf-8") -> list[str]:
    """Return the lines of one scene, with the names of its rows beside them where there is room."""
    drawn = in_signs(_Text(scene, width, names_only=True).lines(), encoding)
    return [encodable(inert(line), encoding) for line in drawn]


class _Text:
    """One scene, drawn row after row on one canvas.

    `names_only`: beside a row stands no more than its name, and nothing where it has no room.
    """

    def __init__(self, scene: Scene, width: int, *, names_only: bool = False) -> None:
        self.scene = scene
        self.width = width
        self.names_only = names_only
        self.canvas = Canvas()
        names = [
            columns.name(step, columns.longest)
            for columns in scene.tracks
            for step in columns.shown(columns.longest)
        ]
        boxes = [_box(row) for row in scene.rows if row.cells and row.form in ("boxes", "chain")]
        self.pitch = max(
            max((cell_count(box) for box in boxes), default=6) + 4,
            max((len(name) for name in names), default=1) + 4,
        )
        self.before: dict[int, int | None] = {}
        last: dict[int, int] = {}
        for index, row in enumerate(scene.rows):
            self.before[index] = last.get(row.track)
            last[row.track] = index
        self.right = max(self.edge(columns) for columns in scene.tracks) + 2

    def needed(self) -> int:
        """Return how wide the drawing is without its labels, but with those of lines of dots."""
        steps = [
            self.scene.tracks[row.track].name(step, row.length or 1)
            for row in self.scene.rows
            if any(each.way == "matrix" or slides(row, each) for each in row.readings)
            for step in row.steps
        ]
        names = [cell_count(STEP.format(name)) - 2 for name in steps]
        return self.right + max(names, default=0)

    def edge(self, columns: Columns) -> int:
        """Return where the columns of a track end."""
        count = columns.front + columns.end
        return count * self.pitch + (GAP if columns.gap else 0)

    def place(self, row: SceneRow, step: int) -> int:
        """Return the place of a step."""
        columns = self.scene.tracks[row.track]
        if step == HIDDEN:
            return columns.front * self.pitch + GAP // 2
        column = columns.place(step, row.length or columns.longest)
        beyond = GAP if columns.gap and column >= columns.front else 0
        return column * self.pitch + self.pitch // 2 + beyond

    def point(self, row: SceneRow) -> int:
        """Return the place of a vector."""
        columns = self.scene.tracks[row.track]
        if row.anchor == "first":
            return self.pitch // 2
        if row.anchor == "last":
            return self.edge(columns) - self.pitch + self.pitch // 2
        return self.edge(columns) // 2

    def lines(self) -> list[str]:
        """Return the whole drawing."""
        frames = {frame.first: frame for frame in self.scene.frames}
        ends = {frame.last for frame in self.scene.frames}
        for index, row in enumerate(self.scene.rows):
            if index in frames:
                frame = frames[index]
                times = f" ×{frame.times}" if frame.times > 1 else ""
                self.canvas.put(self.canvas.next(), 0, f"┌── {visible(frame.name)}{times}")
            self.readings(index, row)
            line = self.boxes(row)
            self.beside(index, row, line)
            if index in ends:
                self.canvas.put(self.canvas.next(), 0, "└──")
        return ["".join(line).rstrip() for line in self.canvas.lines]

    def readings(self, index: int, row: SceneRow) -> None:
        """Draw what a row reads of the one above it; vectors of it together."""
        above = self.before[index]
        vectors = [each for each in row.readings if each.source == above and each.way == "whole"]
        if vectors:
            self.whole(row, self.scene.rows[vectors[0].source], vectors)
        for each in row.readings:
            source = self.scene.rows[each.source]
            if above != each.source or each.way in (*BESIDE, "whole"):
                continue
            if each.way == "unknown":
                self.canvas.put(self.canvas.next(), self.point(row), "?")
            elif each.way == "matrix" or (slides(row, each) and source.steps):
                self.dots(row, source, each)
            elif not source.steps:
                self.whole(row, source, [each])
            elif row.form in ("wide", "slots") and source.form == "slots":
                self.arrows([self.point(source)])
            elif row.form in ("wide", "slots"):
                self.gather([self.place(source, step) for step in source.steps], self.point(row))
            elif row.form == "point":
                steps = [step for step, _ in each.pairs if step != HIDDEN]
                self.arrows([self.place(source, step) for step in steps])
            else:
                self.arrows([self.place(row, step) for step in row.cells])

    def arrows(self, places: Sequence[int]) -> None:
        """Draw arrows down."""
        line = self.canvas.next()
        for place in places:
            self.canvas.put(line, place, "↓")

    def dots(self, row: SceneRow, source: SceneRow, reading: Reading) -> None:
        """Draw a line of dots for each output step: a dot at each input step that it reads."""
        read = set(reading.pairs)
        before = None
        for step in row.steps or (0,):
            if before is not None and step - before > 1:
                self.canvas.put(self.canvas.next(), self.right - 2, "…")
            before = step
            line = self.canvas.next()
            for each in source.steps:
                self.canvas.put(
                    line, self.place(source, each), "●" if (each, step) in read else "·"
                )
            if self.cut(source):
                mark = "●" if (HIDDEN, step) in read else "…"
                self.canvas.put(line, self.place(source, HIDDEN), mark)
            name = self.scene.tracks[row.track].name(step, row.length or 1)
            self.canvas.put(line, self.right - 2, STEP.format(name) if row.steps else "→")
        if row.steps:
            self.arrows([self.place(row, step) for step in row.steps])

    def whole(self, row: SceneRow, source: SceneRow, readings: Sequence[Reading]) -> None:
        """Draw vectors that go into a row."""
        starts = sorted({start for each in readings for start in self.vector(source, each)})
        if row.steps and row.form != "slots":
            read = {step for each in readings for _, step in each.pairs} or {*row.steps}
            places = [self.place(row, step) for step in row.steps if step in read]
            line = self.canvas.next()
            low, high = min([*places, *starts]), max([*places, *starts])
            self.canvas.put(line, low, "─" * (high - low + 1))
            for place in places:
                self.canvas.put(line, place, "┌" if place == low else "┐" if place == high else "┬")
            for start in starts:
                sign = {low: "├", high: "┤"}.get(start, "┼") if start in places else "┴"
                self.canvas.put(line, start, sign)
            self.arrows(places)
        elif len(starts) > 1:
            self.gather(starts, self.point(row))
        else:
            self.arrows(starts)

    def vector(self, source: SceneRow, reading: Reading) -> Iterator[int]:
        """Yield where a vector comes out that is read."""
        ends = {"ends": (0, -1), "first": (0,), "last": (-1,)}.get(reading.anchor, ())
        if source.form != "chain" or not ends:
            yield self.point(source)
        else:
            yield from (self.place(source, source.cells[end]) for end in ends)

    def gather(self, places: Sequence[int], middle: int) -> None:
        """Draw a line that joins what comes down, and an arrow where it goes on."""
        line = self.canvas.next()
        low, high = places[0], places[-1]
        self.canvas.put(line, low, "─" * (high - low + 1))
        for place in places:
            self.canvas.put(line, place, "└" if place == low else "┘" if place == high else "┴")
        self.canvas.put(line, middle, "┼" if middle in places else "┬")
        self.arrows([middle])

    def boxes(self, row: SceneRow) -> int:
        """Draw the boxes of a row; return their line."""
        line = self.canvas.next()
        if row.form == "dots":
            self.names(line, row)
        elif row.form in ("boxes", "chain"):
            flows = ("forward", "backward") if row.flow == "both" else (row.flow,)
            for number, flow in enumerate(flows):
                self.stepped(line + number, row, flow, second=bool(number))
        elif row.kind in ("input", "target"):
            self.canvas.centred(line, self.point(row), visible(row.box))
        else:
            self.canvas.centred(line, self.point(row), _box(row))
        return line

    def names(self, line: int, row: SceneRow) -> None:
        """Write x0 x1 x2 … x9, or a sign for each step of what is drawn anew."""
        columns = self.scene.tracks[row.track]
        for step in row.steps:
            name = columns.name(step, row.length or 1)
            number = name if name.isdigit() else f"({name})"
            sign = f"{visible(row.box)}{number}" if row.box else "●"
            self.canvas.centred(line, self.place(row, step), sign)
        self.rest(line, row)

    def cut(self, row: SceneRow) -> bool:
        """Whether steps of a row are left out."""
        return row.length is not None and len(row.cells or row.steps) < row.length

    def rest(self, line: int, row: SceneRow) -> None:
        """Say that steps are left out."""
        if self.cut(row):
            self.canvas.centred(line, self.place(row, HIDDEN), "…")

    def stepped(self, line: int, row: SceneRow, flow: str, *, second: bool) -> None:
        """Draw a box for each step, with the state between them."""
        ends: list[tuple[int, int]] = []
        for step in row.cells:
            box = _box(row, step if row.own else None, mark="'" if second else "")
            start = self.place(row, step) - cell_count(box) // 2
            self.canvas.put(line, max(start, 0), box)
            ends.append((start, start + cell_count(box)))
        for (_, end), (start, _) in pairwise(ends):
            if flow == "forward":
                self.canvas.put(line, end, "─" * (start - end - 1) + "→")
            elif flow == "backward":
                self.canvas.put(line, end, "←" + "─" * (start - end - 1))
        self.rest(line, row)

    def beside(self, index: int, row: SceneRow, line: int) -> None:
        """Write beside a row what it is, and what it reads besides."""
        others = [f"+ {each}" for each in self.others(index, row)]
        room = self.width - self.right
        if self.names_only:
            name = f"{row.name}, reversed" if row.kind == "order" else row.name
            label = visible("  ".join((name, *others)))
            if row.kind != "target" and cell_count(label) <= room:
                self.canvas.put(line, self.right, label)
            return
        texts = [label.text for label in row.labels if label.role == "name"]
        shapes = [label.text for label in row.labels if label.role == "shape"][:1]
        texts += [shape.partition("; ")[0] for shape in shapes]
        texts += [label.text for label in row.labels if label.role in ("note", "dim")][
            : row.kind in ("echo", "order", "more")
        ]
        if row.form == "unknown":
            texts.append("steps unknown")
        texts = [*texts, *others] if room > LEAST_LABEL else [row.name, *others]
        label = visible("  ".join(texts))
        for number, part in enumerate(wrap(label, max(room, LEAST_LABEL))):
            self.canvas.put(line + number, self.right, part)

    def others(self, index: int, row: SceneRow) -> Iterator[str]:
        """Say what a row reads that does not stand right above it."""
        seen = set()
        for each in row.readings:
            if self.before[index] == each.source and each.way not in BESIDE:
                continue
            source = self.scene.rows[each.source]
            said = WAYS.get(each.way, "{}").format(source.name)
            if each.way == "matrix":
                said = f"{source.name}: {_matrix_words(row, source, each)}"
            if said not in seen and each.way != "again":
                yield said
            seen.add(said)


def _matrix_words(row: SceneRow, source: SceneRow, reading: Reading) -> str:
    """Say which steps are read where there is no room for dots."""
    full = len(source.steps) * max(1, len(row.steps))
    return (
        "all steps" if len({p for p in reading.pairs if p[0] != HIDDEN}) == full else "some steps"
    )


def _box(row: SceneRow, step: int | None = None, *, mark: str = "") -> str:
    """Return a box with its layer's class and the letter of its weights."""
    name = visible(row.box)
    name = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    if row.form in ("unknown", "more"):
        return f"[{name} ?]" if row.form == "unknown" else "…"
    letter = row.letter
    if row.own and row.letter and row.form == "slots":
        letters = [f"{row.letter}{each}" for each in row.cells]
        cut = row.length is not None and len(row.cells) < row.length
        letter = " ".join([*letters[:-1], *(["…"] if cut else []), letters[-1]])
    elif step is not None and letter:
        letter = f"{letter}{step}"
    return f"[{name} {letter}{mark}]" if letter else f"[{name}]"
