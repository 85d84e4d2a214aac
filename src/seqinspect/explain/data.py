"""The long answer as plain data: sentences, weights, pictures and experiments, for every output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from seqinspect.errors import Place
    from seqinspect.model.report import Report

Table = tuple[tuple[bool, ...], ...]
"""For each output step, for each input step, whether the one depends on the other."""

Kind = Literal["steps", "vector", "gather", "spread", "lines"]
"""How a layer is drawn: a box a step; one box on one vector; all steps into one box; one vector to
all steps; or, where steps cross, a line an output step."""

Flow = Literal["", "forward", "backward", "both"]
"""Which way a state is handed from step to step."""

Emits = Literal["all", "reversed", "last", "first", "ends", "one"]
"""Where a layer's output comes out: under all steps, reversed, under one, at both ends."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that people ask of this very model, and what is true of it."""

    question: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeightLine:
    """One weight: its shape, the product of its sizes, and what it connects."""

    name: str
    shape: str
    equation: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One layer of a picture, from the steps above it to those below.

    `kernel`: "" without weights, "shared" by all boxes, or "own" rows for every step; `letter` is
    what the picture calls it. `edges` are the input steps that each shown output step reads, for
    the kind "lines".
    """

    layer: str
    label: str
    kind: Kind
    flow: Flow = ""
    emits: Emits = "all"
    kernel: Literal["", "shared", "own"] = ""
    edges: tuple[tuple[int, range], ...] = ()
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Which steps feed which, from the steps of `source` down; `steps` is None if not known.

    `ends` is what the last steps are called, from the last one back; `outputs` and `output_ends`
    are those that come out.
    """

    source: str
    steps: int | None
    ends: tuple[str, ...]
    stages: tuple[Stage, ...]
    outputs: int | None
    output_ends: tuple[str, ...]
    legend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialTable:
    """What is claimed beside what moved in a real model, between one input and one output.

    `agrees`: whether the first and the last step are right for every output step, and no step
    outside them moved it; None where layers on the way may rightly hide a step.
    """

    input: str
    claim: Table
    moved: Table
    stepped: bool = True
    agrees: bool | None = True


@dataclass(frozen=True, slots=True)
class Trial:
    """The experiment on one layer: its tables and the size of the model, or why there are none."""

    tables: tuple[TrialTable, ...] = ()
    size: str = ""
    reason: str = ""

    @property
    def agrees(self) -> bool | None:
        """Whether everything moved as claimed; None where nothing was tried."""
        marks = {table.agrees for table in self.tables}
        return None if not marks else False if False in marks else True if marks == {True} else None


@dataclass(frozen=True, slots=True)
class LayerAnswer:
    """All that is to be said of one layer; `params` is None where it is not known."""

    path: str
    type: str
    place: Place | None
    shape: str
    params: int | None
    count: str
    weights: tuple[WeightLine, ...]
    reasons: tuple[str, ...]
    steps: tuple[str, ...]
    picture: Picture | None
    otherwise: tuple[Answer, ...]
    trial: Trial = Trial()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The long answer on a model: first on one screen, then layer by layer.

    `others` are the layers that were left out, to be asked for by name.
    """

    report: Report
    answers: tuple[Answer, ...]
    picture: Picture | None
    layers: tuple[LayerAnswer, ...]
    others: tuple[str, ...]
