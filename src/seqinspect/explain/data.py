"""The long answer as facts: what is read, weighed, drawn and tried; `output/` has the words."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.records import dataclass

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Problem
    from seqinspect.explain.lookup import Source
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import (
        Depends,
        Report,
        Row,
        TensorReport,
        TimeReport,
        WeightReport,
    )
    from seqinspect.model.unconfirmed import UntriedReason

Table = tuple[tuple[bool, ...], ...]
"""For each output step, for each input step, whether the one depends on the other."""


@dataclass(frozen=True, slots=True)
class StepsRead:
    """What a row has to do with time steps, and what it stands on.

    `parent` is the row of the layer or model that it is in, `source` what it reads first. Of a
    layer that reads several tensors step by step, `operands` are these, each with what output step
    t reads of it (None where that is not known). `backwards`: it goes from the last step to step 0;
    `states` are the layers that it starts from instead of zeros.
    """

    row: Row
    parent: Row | None
    source: Source | None
    operands: tuple[tuple[str, Source | None, Depends | None], ...] = ()
    backwards: bool = False
    states: tuple[str, ...] = ()


class Role(Enum):
    """What a weight is for, in the layers that people ask about."""

    DENSE_KERNEL = auto()
    UNIT_BIAS = auto()
    EMBEDDINGS = auto()
    WINDOW_KERNEL = auto()
    FILTER_BIAS = auto()
    SCALE = auto()
    SHIFT = auto()
    INPUT_KERNEL = auto()
    STATE_KERNEL = auto()
    GATE_BIAS = auto()
    GATE_BIASES = auto()


@dataclass(frozen=True, slots=True)
class WeightFact:
    """A weight and what it is for; `gates` are those that the columns of a kernel belong to.

    `role` is None where there is nothing to say, or where it was said of an equal weight before.
    """

    weight: WeightReport
    role: Role | None = None
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports on models with the same calls.

    `changed` are the rows that differ in shape, count or what they read, `reweighted` those whose
    weights do, each as it is and as it would be.
    """

    ours: Report
    theirs: Report
    changed: tuple[tuple[Row, Row], ...]
    reweighted: tuple[tuple[Row, Row], ...]


@dataclass(frozen=True, slots=True)
class StepsQuestion:
    """Which steps a layer reads: one that works on each step by itself, the last one or all.

    `after_recurrent`: what it reads says by `return_sequences` which steps there are. `given` are
    the steps of the one model input that it depends on.
    """

    steps: StepsRead
    after_recurrent: bool = False
    given: Expr | None = None

    @property
    def about(self) -> str:
        """The layer in question."""
        return self.steps.row.name


@dataclass(frozen=True, slots=True)
class EitherWay:
    """The same weights serve one step and all: what they turn into what, and how often.

    `time` is the layer's where it has all steps. `ends`: which step it has where it has one only.
    """

    formula: Expr
    features: Expr | None
    units: Expr
    time: TimeReport
    ends: Literal["last", "first", "both"]


@dataclass(frozen=True, slots=True)
class CountQuestion:
    """Why a layer has so many parameters.

    `vector`: it reads a tensor without time steps. `either_way` is given where it is asked if the
    count changes with `return_sequences`, and it does not.
    """

    row: Row
    weights: tuple[WeightFact, ...]
    vector: bool = False
    either_way: EitherWay | None = None

    @property
    def about(self) -> str:
        """The layer in question."""
        return self.row.name


@dataclass(frozen=True, slots=True)
class SequencesQuestion:
    """What would change if a recurrent layer had `return_sequences` the other way.

    `answer` is a problem where the model would not work.
    """

    about: str
    sequences: bool
    answer: Comparison | Problem


@dataclass(frozen=True, slots=True)
class WrapperQuestion:
    """What TimeDistributed changes around a Dense, or what it would change.

    `inner` is the class that is wrapped now, empty where none is. `answer` is a problem where there
    are no steps to go through: then `changes_nothing_with` names the recurrent layer with whose
    `return_sequences: true` it would change nothing.
    """

    row: Row
    source: Source | None
    inner: str
    answer: Comparison | Problem
    changes_nothing_with: str = ""

    @property
    def about(self) -> str:
        """The layer in question."""
        return self.row.name


Question: TypeAlias = StepsQuestion | CountQuestion | SequencesQuestion | WrapperQuestion
"""What people ask of a layer, with what is true of this one."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A part of a model, to be drawn: layers on what the first of them reads, which is `source`.

    `rows` are these layers as they stand in the model, `graph` is the part as a model by itself,
    with its `report`.
    """

    source: Source
    rows: tuple[Row, ...]
    graph: Graph
    report: Report


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
    reason: UntriedReason | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether everything moved as claimed; None where nothing was tried."""
        marks = {table.agrees for table in self.tables}
        return None if not marks else False if False in marks else True if marks == {True} else None


@dataclass(frozen=True, slots=True)
class LayerAnswer:
    """All that is to be said of one layer: `inputs` are the tensors that it reads."""

    row: Row
    inputs: tuple[TensorReport, ...]
    weights: tuple[WeightFact, ...]
    steps: StepsRead
    picture: Picture | None = None
    otherwise: tuple[Question, ...] = ()
    trial: Trial = Trial()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The long answer on a model: first on one screen, then layer by layer.

    `others` are the layers that were left out, to be asked for by name. Of a short answer,
    `smaller_pictures` have fewer and fewer layers than `picture`, for where that does not fit.
    """

    report: Report
    answers: tuple[Question, ...]
    picture: Picture | None
    layers: tuple[LayerAnswer, ...]
    others: tuple[str, ...]
    smaller_pictures: tuple[Picture | None, ...] = ()
