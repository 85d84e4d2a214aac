"""Why no rule states a layer, and what was made of one of an older Keras, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias


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


@dataclass(frozen=True, slots=True)
class NotRun:
    """A layer that would run or open something; `argument` of its config names it by `value`."""

    what: Forbidden
    argument: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class CustomClass:
    """A class that is none of Keras; `name` where it has another one than the layer's type."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class FromKeras:
    """Custom classes that Keras is asked about: the layer itself, or layers `within` it."""

    targets: tuple[str, ...]
    within: bool = False


@dataclass(frozen=True, slots=True)
class UnknownArguments:
    """A layer of Keras with arguments of another version."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A function of Keras or TensorFlow, called on tensors."""

    name: str


@dataclass(frozen=True, slots=True)
class Within:
    """A wrapper with a layer that no rule states."""

    type: str
    name: str
    reason: Reason


Reason: TypeAlias = (
    Unstated | NotRun | CustomClass | FromKeras | UnknownArguments | Operation | Within
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
    SECOND_FORWARD = auto()
    """The second layer of a Bidirectional around a layer that goes backwards goes forward."""


@dataclass(frozen=True, slots=True)
class RenamedClass:
    """A class that is called otherwise today."""

    old: str


@dataclass(frozen=True, slots=True)
class CustomFunction:
    """An argument whose function is none of Keras; it changes no shape and no count."""

    argument: str
    name: str


@dataclass(frozen=True, slots=True)
class CodeArgument:
    """An argument that holds code, which is never run."""

    argument: str


Translation: TypeAlias = Translated | RenamedClass | CustomFunction | CodeArgument
"""What was made of a layer so that Keras 3 has it, where a reader should know."""
