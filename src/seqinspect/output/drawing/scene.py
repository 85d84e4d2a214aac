"""Scene: a model as a picture of its steps, as plain data that every renderer draws.

A column is a step, a row a layer. What a row reads is a reading of another row, with the pairs of
steps that it joins; nothing is drawn that no reading says. Texts are those of the spec, as they
are: each renderer makes them harmless in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN = -1
"""Stands for steps that have no column of their own."""

Form = Literal["dots", "boxes", "chain", "wide", "slots", "point", "unknown", "more"]
"""How a row is drawn. dots: a mark a step. boxes: a box a step. chain: boxes that hand a state on.
wide: one box across the steps that it reads. slots: that, with a part for each step. point: one box
on a vector. unknown: it is not known which steps it reads. more: rows that are not drawn."""

Flow = Literal["", "forward", "backward", "both"]
"""Which way a state is handed from step to step."""

Anchor = Literal["steps", "last", "first", "ends", "middle", "side"]
"""Where a row's output is found: at every step; a vector at the last step, at the first, at both
ends, amid all steps, or beside them, where it has to do with no step."""

Way = Literal["steps", "matrix", "state", "mask", "whole", "none", "again", "unknown"]
"""How a reading is drawn. steps: lines between steps. matrix: dots, a line an output step. state:
what a row begins with instead of zeros. mask: which steps are padding. whole: a tensor without
steps. none: a tensor of whose steps none has a say. again: the same row, drawn anew. unknown:
nobody knows which steps."""


class Reading(NamedTuple):
    """What a row reads of another one, by its number.

    `pairs` are (input step, output step) as far as both have columns; an input step is HIDDEN for
    those without one. A tensor without steps counts as step 0; `anchor` says where it is found.
    """

    source: int
    way: Way
    pairs: tuple[tuple[int, int], ...] = ()
    anchor: Anchor = "steps"


class Tensor(NamedTuple):
    """An output of an input or a call, by its path."""

    path: str
    output: int = 0


class Label(NamedTuple):
    """A line of text beside a row, and what it is."""

    text: str
    role: Literal["name", "shape", "count", "note", "dim"] = "dim"


class SceneRow(NamedTuple):
    """An input, a call of a layer or a target: its boxes, and what they read.

    `cells` are the steps at which boxes stand, of a sequence of `length`; `steps` those of what
    comes out, empty for a vector. `box` is written in a box, `letter` and `colour` are those of its
    weights; `own`: every step has weights of its own. `stateful`: its state goes on from the batch
    before. `track` is the grid of columns in which it stands, `tensor` what the row shows.
    """

    kind: Literal["input", "layer", "echo", "order", "target", "more"]
    name: str
    labels: tuple[Label, ...]
    form: Form
    anchor: Anchor
    cells: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    length: int | None = None
    box: str = ""
    letter: str = ""
    colour: int | None = None
    own: bool = False
    flow: Flow = ""
    stateful: bool = False
    readings: tuple[Reading, ...] = ()
    track: int = 0
    tensor: Tensor | None = None


class Columns(NamedTuple):
    """The steps that have columns: the first ones and the last, of a sequence of any length.

    `names` are those of the last steps of the longest sequence where they have no numbers.
    """

    front: int
    end: int
    longest: int
    names: tuple[str, ...] = ()

    @property
    def gap(self) -> bool:
        """Whether steps of the longest sequence are left out."""
        return self.longest > self.front + self.end

    def shown(self, count: int) -> tuple[int, ...]:
        """Return the steps of a sequence that have columns."""
        if count <= self.front + self.end:
            return tuple(range(count))
        return (*range(self.front), *range(count - self.end, count))

    def place(self, step: int, count: int) -> int:
        """Return the column of a step that has one, counted from 0, those of the end last."""
        if step < self.front:
            return step
        return self.front + self.end - (count - step)

    def name(self, step: int, count: int) -> str:
        """Return what a step is called: its number, or T−1."""
        from_end = count - step
        if count == self.longest and from_end <= len(self.names):
            return self.names[-from_end]
        return str(step)


class Frame(NamedTuple):
    """Rows that belong together: a model within the model, or a block that stands for equal ones.

    They are the rows first…last; `times` is how many equal blocks these stand for.
    """

    first: int
    last: int
    name: str
    times: int = 1


class Scene(NamedTuple):
    """The picture of one model: rows in execution order, one grid of columns for each track.

    `heading` is what stands above it, where it is one of two.
    """

    model: str
    source: str
    rows: tuple[SceneRow, ...]
    tracks: tuple[Columns, ...]
    frames: tuple[Frame, ...]
    caption: tuple[str, ...]
    heading: str = ""


def slides(row: SceneRow, reading: Reading) -> bool:
    """Whether the steps that are read are not the same as those that read them."""
    return bool(row.steps) and reading.way == "steps" and any(i != o for i, o in reading.pairs)


def cone_of(rows: Sequence[SceneRow]) -> dict[int, set[int]]:
    """Return, for each row, the steps that the last output step of the model depends on.

    Empty where no window slides, or no output has steps; of a vector, all that it depends on.
    """
    windows = any(_windows(row, each) for row in rows for each in row.readings)
    if not windows or not any(row.kind == "target" and row.steps for row in rows):
        return {}
    found: dict[int, set[int]] = {}
    for index in reversed(range(len(rows))):
        row = rows[index]
        if row.kind == "target":
            found.setdefault(index, set()).add(row.steps[-1] if row.steps else 0)
        seen = found.get(index)
        if not seen:
            continue
        if row.form == "chain":
            seen |= {
                step
                for step in row.cells
                if row.flow == "both"
                or not row.steps
                or (step <= max(seen) if row.flow == "forward" else step >= min(seen))
            }
        for reading in row.readings:
            source = found.setdefault(reading.source, set())
            outputs = {step for _, step in reading.pairs}
            if reading.way in ("whole", "state") and (
                not reading.pairs or not row.steps or outputs & seen
            ):
                chained = rows[reading.source].form == "chain"
                source |= {*rows[reading.source].cells[-1:]} if chained else {0}
            if reading.way not in ("whole", "state"):
                source |= {i for i, o in reading.pairs if o in seen or not row.steps}
    return found


def _windows(row: SceneRow, reading: Reading) -> bool:
    """Whether a step of a row reads several steps, as lines."""
    outputs = [step for _, step in reading.pairs]
    return slides(row, reading) and len(set(outputs)) < len(outputs)
