"""Masks: which positions of a tensor Keras takes for padding, and what a call does about them."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.algebra.expression import Expr


class Made(NamedTuple):
    """The padding that one call finds in what it reads: the path of the call."""

    at: str


class Everywhere(NamedTuple):
    """What each of these marks; what only some of them mark counts as data."""

    marks: tuple[Marks, ...]


class Beside(NamedTuple):
    """The marks of tensors that are laid one after the other along an axis."""

    marks: tuple[Marks, ...]


class Unmarked(NamedTuple):
    """No padding at all: the mask is true at every position, whatever the data."""


Marks: TypeAlias = Made | Everywhere | Beside | Unmarked
"""Which positions are padding, by the calls that say so."""

UNMARKED = Unmarked()


def everywhere(marks: Iterable[Marks]) -> Marks:
    """What all of these mark; nothing where one of them marks nothing."""
    found: dict[Marks, None] = {}
    for each in marks:
        found |= dict.fromkeys(each.marks if isinstance(each, Everywhere) else (each,))
    if UNMARKED in found:
        return UNMARKED
    return next(iter(found)) if len(found) == 1 else Everywhere(tuple(found))


def beside(marks: Iterable[Marks]) -> Marks:
    """What these mark, one after the other."""
    found = tuple(marks)
    if all(each == UNMARKED for each in found):
        return UNMARKED
    return found[0] if len(found) == 1 else Beside(found)


def makers(marks: Marks) -> tuple[str, ...]:
    """The paths of the calls that say what is padding, each once."""
    if isinstance(marks, Made):
        return (marks.at,)
    if isinstance(marks, Unmarked):
        return ()
    return tuple(dict.fromkeys(path for each in marks.marks for path in makers(each)))


class Mask(NamedTuple):
    """A Keras mask: a boolean for each position of a tensor's first axes, false for padding.

    `symbolic` is its shape, the batch first. `reversed`: its steps are in the order of the input,
    those of the tensor in the other one.
    """

    symbolic: tuple[Expr, ...]
    marks: Marks
    reversed: bool = False


class MaskUse(Enum):
    """What a call does about the padding that a mask marks."""

    NONE = auto()
    """It reads padding as data."""
    STATE = auto()
    """The state passes a masked step unchanged."""
    MEAN = auto()
    """Masked steps are left out of the mean."""
    KEYS = auto()
    """Only masked steps attend to masked steps of the value, or where no other is left."""
    LAST_KEYS = auto()
    """As KEYS, but a step that is not masked may have none but masked steps to attend to."""
    QUERIES = auto()
    """Only its queries are masked: what comes out at these steps means nothing."""
    STATISTICS = auto()
    """In training, masked steps are left out of mean and variance; in inference, they are data."""
    OTHERS = auto()
    """At a masked step of one input, the others alone count."""
    WITHIN = auto()
    """The layer within gets, at each step, the mask of what it reads there."""
    PARTS = auto()
    """The mask marks parts of a step: those keep their state, and no step is left out."""
    LAST_AXES = auto()
    """The mask lies over other axes than those it was made for."""
    UNMARKED = auto()
    """The mask marks nothing, so no step is left out."""
    NOT_PASSED = auto()
    """Keras gives it no mask, since it is called on several tensors."""
    IMPOSSIBLE = auto()
    """The mask does not fit: Keras fails as soon as it is called on data."""


LEAVES_OUT = frozenset({MaskUse.STATE, MaskUse.MEAN, MaskUse.KEYS})
"""Uses by which a masked step does not count."""


ATTENDING = frozenset({MaskUse.KEYS, MaskUse.QUERIES})
"""Uses by which a step of the query that is not masked always has a step to attend to."""


class MaskReport(NamedTuple):
    """What a call does with masks.

    `mask` is the one that it receives, `output` that of what it returns; `made` is the path of the
    call that made it, the first of several. `ended`: the call where the mask was lost, this one or
    one before (then steps are made anew here); `warned`: Keras warns of that. `taken`: an attention
    that runs before it has taken a mask off what it reads. `noted`: layers behind it that were
    given its mask when the model was built have that, though its output carries none.
    """

    made: str
    use: MaskUse = MaskUse.NONE
    mask: Mask | None = None
    output: Mask | None = None
    ended: str = ""
    warned: bool = True
    taken: bool = False
    noted: bool = False

    @property
    def carries(self) -> bool:
        """Whether its output has a mask."""
        return self.output is not None

    @property
    def leaves_out(self) -> bool:
        """Whether a masked step does not count here."""
        return self.use in LEAVES_OUT

    @property
    def fills(self) -> bool:
        """Whether it has a mask that marks padding, and returns one that marks none."""
        marked = self.mask is not None and self.mask.marks != UNMARKED
        return marked and self.output is not None and self.output.marks == UNMARKED

    @property
    def runs(self) -> bool:
        """Whether Keras can call the layer on data."""
        return self.use is not MaskUse.IMPOSSIBLE

    def below(self, path: str) -> MaskReport:
        """The same of a call in a model at a path."""
        masks = (self.mask and _below(self.mask, path), self.output and _below(self.output, path))
        made, ended = (each and f"{path}/{each}" for each in (self.made, self.ended))
        return self._replace(made=made, mask=masks[0], output=masks[1], ended=ended)


def _below(mask: Mask, path: str) -> Mask:
    return mask._replace(marks=_marks_below(mask.marks, path))


def _marks_below(marks: Marks, path: str) -> Marks:
    match marks:
        case Made(at):
            return Made(f"{path}/{at}")
        case Everywhere(several):
            return Everywhere(tuple(_marks_below(each, path) for each in several))
        case Beside(several):
            return Beside(tuple(_marks_below(each, path) for each in several))
        case Unmarked():
            return marks
