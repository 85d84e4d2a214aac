"""Whether two models, A and B, are the same function, as values: where they part, and what remains.

`output/equality.py` has the words for them.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import InputReport

Half = Literal["A", "B"]
HALVES: tuple[Half, Half] = ("A", "B")


class InputCounts(NamedTuple):
    """The models take so many inputs each."""

    counts: tuple[int, int]


class OtherInput(NamedTuple):
    """Two inputs that correspond, and differ in shape or in whether they hold integers."""

    what: Literal["shape", "dtype"]
    inputs: tuple[InputReport, InputReport]


class OutputCounts(NamedTuple):
    """The models have so many outputs each."""

    counts: tuple[int, int]


class Returned(NamedTuple):
    """What a call returns: the shape of its first output."""

    name: str
    type: str
    shape: tuple[Expr, ...]


class OtherOutput(NamedTuple):
    """Two calls that correspond, one of each model, and do not return the same.

    `by` is how far their numbers differ; None where their shapes do.
    """

    returned: tuple[Returned, Returned]
    by: float | None


Parting: TypeAlias = InputCounts | OtherInput | OutputCounts | OtherOutput
"""Where two models part."""


class Unmatched(NamedTuple):
    """A weight of one model, and the other one has none of that shape left."""

    model: Half
    layer: str
    name: str
    shape: tuple[int, ...]


class MoreUnmatched(NamedTuple):
    """So many weights without a counterpart besides those that are named."""

    others: int


class SameCounts(NamedTuple):
    """The models differ, and have as many parameters, in weights of the same shapes."""

    params: int


class Relation(Enum):
    """How an output without a step, or in another order, is contained in one with steps."""

    LAST_STEP = auto()
    FIRST_STEP = auto()
    REVERSED = auto()


class Contained(NamedTuple):
    """The output of one model is in the output of the other, which is `of`."""

    of: Half
    relation: Relation


class LeftOut(Enum):
    """What the comparison leaves out."""

    EARLIER_BATCHES = auto()
    """Stateful layers start from zeros."""
    NOISE = auto()
    """It is made as in inference."""


Remark: TypeAlias = Unmatched | MoreUnmatched | SameCounts | Contained | LeftOut


class Equality(NamedTuple):
    """Whether two models are the same function; `difference` is the largest, None if not computed.

    `parting` says where they part, `remarks` what else there is to know, `tried` the names and the
    shapes without the batch of the smaller models' inputs, if they were made smaller.
    """

    equal: bool
    params: tuple[int, int]
    difference: float | None = None
    parting: Parting | None = None
    remarks: tuple[Remark, ...] = ()
    tried: tuple[tuple[str, tuple[int | None, ...]], ...] = ()
