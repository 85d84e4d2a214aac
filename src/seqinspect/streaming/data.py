"""What is known of feeding a model step by step: plain, immutable data."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.algebra.expression import Expr, const, prod, total_to_show
from seqinspect.model.report import BYTES
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.errors import Place
    from seqinspect.model.report import Report

Answer = Literal["yes", "no", "not known", "once", "waits"]
"""Whether new steps can be fed one by one. once: it depends on no input that is fed so. waits: it
reads one vector that is ready at the end of the window alone."""

COUNTER = "int32"
"""The dtype of a counter of steps."""


class Role(Enum):
    """Why something is kept between steps."""

    STATE = auto()
    """What a cell hands on."""
    STEPS = auto()
    """Earlier steps that a window still reads."""
    WAITING = auto()
    """Steps that wait for those of another branch, which come later."""
    CACHE = auto()
    """Keys and values, one for each step attended to."""
    PHASE = auto()
    """How many steps have come: what tells when its next output step is due."""
    POSITION = auto()
    """The number of the step."""
    OUTPUT = auto()
    """What it returned last, which it returns again at a masked step."""
    WHOLE = auto()
    """What is made once for a window and read at every step."""


class Kept(NamedTuple):
    """A tensor that one stream keeps between steps: its shape has no batch.

    `steps` is how many steps it holds at most, None where it holds none. `grows`: it holds one step
    more after each, and as many as said at the end of the window.
    """

    role: Role
    name: str
    shape: tuple[Expr, ...]
    dtype: str
    steps: Expr | None = None
    grows: bool = False

    @property
    def numbers(self) -> Expr:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def bytes(self) -> Expr:
        """How much memory it takes."""
        return self.numbers.plain() * BYTES[self.dtype]

    @property
    def of_a_step(self) -> Expr:
        """The numbers of one of its steps."""
        return self.numbers if self.steps is None else prod(self.shape[1:])


class Why(Enum):
    """Why a layer cannot be fed step by step."""

    BACKWARDS = auto()
    """It begins with the last step."""
    BOTH_DIRECTIONS = auto()
    """One of its halves begins with the last step."""
    ATTENDS_AHEAD = auto()
    """Every step attends to all steps."""
    ONE_OF_ALL = auto()
    """It makes one output of all steps."""
    OF_NEWEST = auto()
    """All of its steps are made of what the last step left."""
    ALL_STEPS = auto()
    """Every output step is made of all steps."""


class Open(Enum):
    """Why it is not known whether a layer can be fed step by step."""

    NO_RULE = auto()
    """No rule says which steps it reads."""
    BOUND = auto()
    """Which steps it reads is not known exactly."""
    NOTHING_CARRIED = auto()
    """It reads all earlier steps, and no rule says what stands for them."""
    FIXED_STEP = auto()
    """It reads some fixed steps."""
    COUNTS = auto()
    """How many steps it keeps is not found at these sizes."""
    IRREGULAR = auto()
    """Its windows change from step to step."""
    MASKED = auto()
    """Its masked steps depend on later ones; those that are read do not."""
    MASK_LOST = auto()
    """It needs the mask of steps that are kept, and that is not kept with them."""
    STATE_LEFT = auto()
    """It is stateful, and begins with the state that another call of it has left."""
    CLOCKS = auto()
    """What it reads does not come in step."""


class Witness(NamedTuple):
    """An output step and a later input step that it depends on, both from 0.

    `step` is None where the output has no steps. `input`: the model input, or "" for the layer's
    own input.
    """

    step: int | None
    last: Expr
    input: str = ""


Reason: TypeAlias = Why | Open


class LayerStream(NamedTuple):
    """What is known of one call of a layer by itself, if its input comes step by step.

    `multiply_adds` are those of one of its own output steps, at the end of the window where they
    grow, `once` those of what it makes once for a window, `window` all of a whole window; None
    where they are not known. `ready` is the model's
    input step with which its output step t is ready, None where it has no steps or waits.
    """

    path: str
    type: str
    place: Place | None
    answer: Answer
    reason: Reason | None = None
    witness: Witness | None = None
    kept: tuple[Kept, ...] = ()
    multiply_adds: Expr | None = None
    once: Expr | None = None
    window: Expr | None = None
    ready: Expr | None = None


class OutputStream(NamedTuple):
    """When a model output is ready: step t with the input step `ready`, None where it waits.

    `newest`: it has no steps, and is that of the newest step. `delay`: how many later steps an
    output step waits for, where it has one step for each input step.
    """

    name: str
    answer: Answer
    ready: Expr | None = None
    newest: bool = False
    delay: Expr | None = None


class Streaming(NamedTuple):
    """Whether a model can be fed step by step with the result of the whole window.

    `fed` are the inputs that are fed so, `once` those that are given as a whole before. `reason`
    and `at` say why not, and the path of the layer. `witness` is one of the whole model.
    """

    report: Report
    answer: Answer
    fed: tuple[str, ...]
    once: tuple[str, ...]
    layers: tuple[LayerStream, ...]
    outputs: tuple[OutputStream, ...]
    reason: Reason | None = None
    at: str = ""
    witness: Witness | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The inputs that do not come step by step, also those without steps."""
        return tuple(each.name for each in self.report.inputs if each.name not in self.fed)

    @property
    def kept(self) -> tuple[Kept, ...]:
        """All that one stream keeps between steps."""
        return tuple(kept for layer in self.layers for kept in layer.kept)

    @property
    def kept_bytes(self) -> Expr:
        """Bytes that one stream keeps at most between steps, at the end of the window."""
        return total_to_show(kept.bytes for kept in self.kept)

    @property
    def growing_bytes(self) -> Expr:
        """By how many bytes that grows with each step."""
        growing = [kept for kept in self.kept if kept.grows]
        return total_to_show(kept.of_a_step.plain() * BYTES[kept.dtype] for kept in growing)

    @property
    def multiply_adds(self) -> Expr | None:
        """The most multiply-adds of one new step; None where they are not known."""
        return _sum([layer.multiply_adds for layer in self.layers if layer.answer != "once"])

    @property
    def once_multiply_adds(self) -> Expr | None:
        """Multiply-adds of what is run once for a window; None where they are not known."""
        return _sum([layer.once for layer in self.layers])

    @property
    def delay(self) -> Expr | None:
        """The longest delay of its outputs, where there is one that is known to be."""
        delays = [each.delay for each in self.outputs if each.delay is not None]
        known = [each for each in delays if each.value is not None]
        return max(known, key=lambda each: each.value or 0) if known else next(iter(delays), None)


def _sum(numbers: list[Expr | None]) -> Expr | None:
    known = [number.plain() for number in numbers if number is not None]
    return total_to_show(known) if len(known) == len(numbers) else None


NOTHING = const(0)
