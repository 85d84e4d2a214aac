"""Why no rule states a layer, and what was made of one of an older Keras, as values.

The classes are named tuples: as dataclasses they would take a tenth of the time to start.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.errors import Place


class Unstated(Enum):
    """A reason that needs no name."""

    NO_RULE = auto()
    """It is a layer of Keras that no rule states yet."""
    UNKNOWN_INPUT_SHAPE = auto()
    """What it reads has no known shape."""


class Forbidden(Enum):
    """What a config asks for and is never done."""

    CODE = auto()
    SAVED_MODEL = auto()
    TORCH_MODULE = auto()
    VOCABULARY_FILE = auto()
    VOCABULARY = auto()


class NotRun(NamedTuple):
    """A layer that would run or open something; `argument` of its config names it by `value`."""

    what: Forbidden
    argument: str = ""
    value: str = ""


class CustomClass(NamedTuple):
    """A class that is none of Keras; `name` where it has another one than the layer's type."""

    name: str = ""


class NotRead(NamedTuple):
    """A layer, model or function that code takes from elsewhere; `text` is how it names it."""

    text: str


class FromKeras(NamedTuple):
    """Custom classes that Keras is asked about: the layer itself, or layers `within` it."""

    targets: tuple[str, ...]
    within: bool = False


class UnknownArguments(NamedTuple):
    """A layer of Keras with arguments of another version."""

    names: tuple[str, ...]


class Operation(NamedTuple):
    """A function of Keras or TensorFlow, called on tensors; `text` of code that says too little.

    `sums_products`: it may multiply and add up, as a product of matrices does, and nobody counts.
    """

    name: str
    text: str = ""
    sums_products: bool = True


class Within(NamedTuple):
    """A wrapper with a layer that no rule states."""

    type: str
    name: str
    reason: Reason


Reason: TypeAlias = (
    Unstated | NotRun | CustomClass | NotRead | FromKeras | UnknownArguments | Operation | Within
)
"""Why no rule states a layer, or why weights of it may be missing."""


class Translated(Enum):
    """What an older Keras did in another way."""

    SHAPE_FROM_KERNEL = auto()
    """Its shape follows from kernel, strides and padding, and not from output_shape."""
    RESET_AFTER_FALSE = auto()
    """reset_after was false by default."""
    DENSE_PER_STEP = auto()
    """TimeDistributedDense: Dense does the same."""
    HARD_SIGMOID = auto()
    """Its recurrent activation was hard_sigmoid by default."""
    SECOND_FORWARD = auto()
    """The second layer of a Bidirectional around a layer that goes backwards goes forward."""


class RenamedClass(NamedTuple):
    """A class that is called otherwise today."""

    old: str


class CustomFunction(NamedTuple):
    """An argument whose function is none of Keras; it changes no shape and no count."""

    argument: str
    name: str


class CodeArgument(NamedTuple):
    """An argument that holds code, which is never run."""

    argument: str


class UnknownArgument(NamedTuple):
    """An argument that code takes from elsewhere, at a place; no shape and no count hangs on it."""

    argument: str
    text: str
    place: Place | None


class SourceNote(Enum):
    """What a reader should know of the file that a model was read from."""

    LAST_DUMP = auto()
    """Several dumps of to_yaml stand in it; the last was read, as PyYAML does."""


Translation: TypeAlias = Translated | RenamedClass | CustomFunction | CodeArgument | UnknownArgument
"""What was made of a layer so that Keras 3 has it, where a reader should know."""
