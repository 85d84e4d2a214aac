"""Why Keras did not confirm something, or no experiment was made, as values.

What Keras or an error says is quoted as it is, in a field `text`; `output/` has all other words.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TypeAlias

from seqinspect.records import NamedTuple


class KerasAbsent(NamedTuple):
    """Keras or its backend is not there, or broken: what Python says; whether there is a Keras."""

    text: str
    installed: bool = True


class NoNumbersFit(NamedTuple):
    """Keras accepted none of the numbers that were tried for sizes that are not known."""

    names: tuple[str, ...]


class InputWithoutShape(NamedTuple):
    """A file of Keras does not say the shape of an input."""

    input: str


class Unbuilt(Enum):
    """Why Keras does not build a layer, where that needs no name."""

    OPERATION = auto()
    """It is an operation of a config."""
    SAID_BY_KERAS = auto()
    """Its numbers are Keras's own."""
    NOT_RUN = auto()
    """No rule states it, and nothing of it is run."""


class NoKeras3Class(NamedTuple):
    """A class of an older Keras."""

    type: str


class BeyondKeras(NamedTuple):
    """Sizes with which Keras cannot compute: what it says."""

    text: str


class RefusedNow(NamedTuple):
    """A layer of a file that Keras made, and refuses today: what the refusal says."""

    text: str


class InnerUnbuilt(NamedTuple):
    """A layer within the layer is not built."""

    type: str
    reason: UnbuiltReason


class SourceUnbuilt(NamedTuple):
    """It reads what is not built."""

    name: str
    reason: UnbuiltReason


UnbuiltReason: TypeAlias = (
    Unbuilt | NoKeras3Class | BeyondKeras | RefusedNow | InnerUnbuilt | SourceUnbuilt
)
"""Why Keras built nothing of a call that could be compared."""


class NotCompared(NamedTuple):
    """Shapes and counts of the first row that is not compared."""

    path: str
    reason: UnbuiltReason


class Untried(Enum):
    """Why an experiment shows nothing, where that needs no name."""

    NO_TIME = auto()
    """No time step reaches the layer."""
    NO_ROW = auto()
    """The layer is not in the model that was tried."""
    NO_SMALLER = auto()
    """No smaller model of the same form was found."""
    MAY_BE_HIDDEN = auto()
    """Fewer steps move it than are claimed, and its layers may hide the others."""
    NOT_SHOWN = auto()
    """Fewer steps moved it in all draws: that shows nothing."""
    NOT_CARRIED_OVER = auto()
    """What holds in the smaller model does not hold with the true sizes put back."""


class TooManyCalls(NamedTuple):
    """The model has more calls than are tried together."""

    most: int


class TooLargeToTry(NamedTuple):
    """More than an experiment takes, as the error says it."""

    received: str
    expected: str


class Refused(NamedTuple):
    """A model that cannot be tried: what the error says."""

    text: str


UntriedReason: TypeAlias = Untried | TooManyCalls | TooLargeToTry | Refused | KerasAbsent


class NotProved(NamedTuple):
    """Time steps of the first row that the experiment did not show, and of so many others."""

    path: str
    others: int
    reason: UntriedReason


class NotCalled(NamedTuple):
    """A model without time that was not called on data."""

    reason: UntriedReason


class MaskNotShown(NamedTuple):
    """What the first call, and so many others, do about masked steps was not shown."""

    path: str
    others: int


class AheadNotShown(NamedTuple):
    """Nothing showed that an output step depends on a later step of an input."""

    output: str
    step: int
    input: str
    by: int


Unconfirmed: TypeAlias = (
    KerasAbsent | NoNumbersFit | InputWithoutShape | NotCompared | NotProved | NotCalled
    | MaskNotShown | AheadNotShown
)  # fmt: skip
"""Why Keras was not asked, or not for everything."""
