"""Remarks: what only a layer's rule can say of it, as values; `output/` has the words for them."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr


class Peculiarity(Enum):
    """A remark that needs no size and no name."""

    # steps

    INPUT_HAS_NO_SAY = auto()
    """A number is normalized by itself, or with copies of it: the output does not depend on it."""
    TAKEN_FROM_ITSELF = auto()
    """A tensor is taken from one that has the same values: what is left is 0."""
    ONE_INPUT_AFTER_THE_OTHER = auto()
    """The output has the steps of its first input, then those of the second, …"""
    STEPS_LEFT_OUT = auto()
    """It reads steps in no single stride: at some t, not all of them."""
    AT_MOST = auto()
    """What it reads is a bound: there may be steps that it does not read."""
    OTHER_AXIS_RECURS = auto()
    """It goes through another axis than that of time."""
    OTHER_AXIS_SLIDES = auto()
    """Its windows slide along another axis: time is where it expects the channels."""
    REVERSED = auto()
    """It reads from the end, and returns its steps in that order."""
    STATEFUL = auto()
    """Its state goes on from the batch before."""
    NO_LATER_STEP = auto()
    """No step attends to a later one."""
    ATTENDS_OVER_SAMPLES = auto()
    """It attends over the batch."""
    SAME_AS_DENSE = auto()
    """TimeDistributed around a Dense: without it nothing would be different."""
    NO_RELATION_FITS = auto()
    """No relation in time that can be stated fits what the experiment shows."""
    NOT_TRIED = auto()
    """It could not be tried in an experiment."""
    NOT_FOLLOWED = auto()
    """The layers before it depend on so many inputs that it is not followed on which it does."""

    # masks

    MASKS_INDEX_0 = auto()
    """Steps of index 0 are masked."""
    MASKED_ATTEND_TO_ALL = auto()
    """A step attends to those its mask and its band leave; where they leave none, to all."""

    # training and running

    BATCH_STATISTICS = auto()
    """In training it normalizes by the mean and variance of the batch, over all steps."""
    ADAPTED = auto()
    """Its mean and variance come from adapt()."""
    SAME_NOISE_AT_EVERY_STEP = auto()
    """In training the same numbers are dropped at every step."""
    WHOLE_FEATURES_DROPPED = auto()
    """In training a feature is dropped at every step, or at none."""
    NOISE_HAS_MORE_AXES = auto()
    """Its noise_shape has more axes than its input: training fails."""
    LOUDEST_OF_BATCH = auto()
    """The loudest moment of the batch decides where the others are cut off."""
    UNROLLED = auto()
    """It runs only where the number of steps is fixed."""
    OUTPUT_TOO_SHORT = auto()
    """TensorFlow cannot run it: its output would be a step too short."""
    SCALE_ON_LAST_AXES = auto()
    """The scale is laid along the last axes, not along `axis`."""
    RUNS_ON_AXIS_1 = auto()
    """When it runs, it makes vectors of all numbers on axis 1, whatever shape Keras states."""
    RUNS_WIDER = auto()
    """When it runs, as many numbers as given replace a size of 1, which Keras states."""
    SCORES_OF_QUERY_ONLY = auto()
    """Keras states another shape of the scores: both their sides are the query's axis 1."""


class OwnWeights(NamedTuple):
    """Every step has its own: the names of these weights."""

    names: tuple[str, ...]


class UnreadSteps(NamedTuple):
    """Steps that no output reads: so many between two windows, so many after the last one."""

    between: int
    after: int


class SecondInput(NamedTuple):
    """Each step of the first input goes with all steps of the second: so many."""

    steps: Expr


class MaskedValue(NamedTuple):
    """Steps whose features all equal this are masked."""

    value: float


class Halves(NamedTuple):
    """The two directions of a layer over steps 0…last.

    With `sequences` each step has seen what is before it and what is after it; without, the forward
    half ends at the last step and the backward half at 0, or, if `backwards`, the other way round.
    """

    last: Expr
    sequences: bool
    backwards: bool = False


class AttendsNear(NamedTuple):
    """A step attends to those fewer than `width` away, of `steps` of the value.

    `steps` is None where the value has the steps of the query.
    """

    width: Expr
    steps: Expr | None = None


class FoundByExperiment(NamedTuple):
    """What it reads was found by experiment with these numbers of `steps`; others were not tried.

    `at_hand`: the number at hand is one of them. `some`: where there are many, some of the steps
    were changed. `fades`: what it read long before moves it less than can be seen. `alone`: with
    other numbers of steps that were tried it does not read the same.
    """

    steps: tuple[int, ...]
    at_hand: bool
    some: bool = False
    fades: bool = False
    alone: bool = False


class FittedSizes(NamedTuple):
    """Its sizes are formulas fitted to what Keras makes of it with other numbers for the names.

    `ranges` are the names with the least and the greatest number that was tried. `unfitted`: sizes
    for which no formula was found are the numbers that they are at hand.
    """

    ranges: tuple[tuple[str, int, int], ...]
    unfitted: bool


class AttendsTo(NamedTuple):
    """Each step attends to all steps of the value, which are not those of the query.

    If `causal`, only to steps 0…t of them.
    """

    steps: Expr
    causal: bool


class StartsFrom(NamedTuple):
    """It starts from states that these layers return, not from zeros."""

    names: tuple[str, ...]


Remark: TypeAlias = (
    Peculiarity
    | StartsFrom
    | OwnWeights
    | UnreadSteps
    | SecondInput
    | MaskedValue
    | Halves
    | AttendsNear
    | AttendsTo
    | FoundByExperiment
    | FittedSizes
)
