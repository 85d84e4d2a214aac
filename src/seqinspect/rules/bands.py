"""Bands: which steps of key and value a step of the query attends to, and what each step moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, maximum
from seqinspect.records import dataclass
from seqinspect.time.reach import STEP, ZERO, Reach, at_step, each, everything, proved, window

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor

Role = Literal["query", "key", "value", "mask"]
"""Whose steps are read; `mask` is that of key or value."""


@dataclass(frozen=True, slots=True)
class Axes:
    """Which axis counts a tensor's own steps, the output's, and is attended to: counted alike."""

    own: int | None
    time: int | None
    attended: int | None


@dataclass(frozen=True, slots=True)
class Band:
    """What query step t of `outputs` attends to among `steps` steps of key and value.

    causal: 0…t. width: fewer than `width` steps away from t. quick: where a window leaves nothing
    to attend to, Keras's quick way takes the mean of all values, its other way takes none. masked:
    a mask may leave any query step nothing to attend to. adds: the mask is added to the scores,
    which still tell steps apart where all are masked.

    alike: all steps of the key are copies of one, so that they weigh the same.

    Where there is just one step to attend to, its weight is 1: query and key change nothing.
    """

    steps: Expr
    outputs: Expr
    causal: bool = False
    width: Expr | None = None
    quick: bool = False
    masked: bool = False
    adds: bool = False
    alike: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing is masked."""
        return not self.causal and self.width is None

    @property
    def may_see_all(self) -> bool:
        """Whether a mask may leave a step nothing to attend to, so that it attends to all."""
        return self.masked and self.quick and not self.whole

    def along(self, role: Role) -> Reach:
        """What output step t reads where its steps are those that attend, or are attended to."""
        if self._indifferent(role):
            return Reach()
        if role == "query" and self.whole:
            return each(self.outputs)
        if self.whole:
            return everything(self.steps, self.outputs)
        early, late = self._idle()
        if role == "query":
            step = STEP - early + late * self.outputs
            return window(step, step, self.outputs, self.outputs)
        first = ZERO if self.width is None else STEP - self.width + 1
        last = STEP if self.causal or self.width is None else STEP + self.width - 1
        if role == "key" and self.adds:
            return everything(self.steps, self.outputs)
        if role == "key":
            return window(first + late * self.steps, last - early, self.steps, self.outputs)
        read = window(first, last, self.steps, self.outputs)
        return read if role == "mask" else read | self._means(self.steps)

    def gated(self) -> Reach:
        """What is read of a query by whose gate a step is multiplied: nothing where that is 0."""
        late = ZERO if self.quick else self._empty()
        if late == ZERO:
            return each(self.outputs)
        step = STEP + late * self.outputs
        return window(step, step, self.outputs, self.outputs)

    def across(self, role: Role, steps: Expr) -> Reach:
        """What output step t reads of a tensor whose steps lie elsewhere: all or none of them."""
        if self._indifferent(role):
            return Reach()
        if self.whole:
            return everything(steps, self.outputs)
        if role == "value":
            late = ZERO if self.quick else self._empty()
            return window(late * steps, steps - 1, steps, self.outputs)
        early, late = self._idle()
        return window(late * steps, steps - 1 - early * steps, steps, self.outputs)

    def together(self, role: Role, outputs: Expr) -> Reach:
        """What is read of the steps attended to where all query steps are in every output step."""
        if self._indifferent(role):
            return Reach()
        if self.whole:
            return everything(self.steps, outputs)
        if self.adds or (self.quick and role == "value" and not self._never_empty()):
            return everything(self.steps, outputs)
        ahead = ZERO if self.causal or self.width is None else self.width - 1
        return window(ZERO, self.outputs - 1 + ahead, self.steps, outputs)

    def read(self, role: Role, x: Tensor, axes: Axes, outputs: Expr) -> Reach:
        """What an output of `outputs` steps reads of a tensor, whatever axis its steps are on."""
        if axes.time is not None and axes.time == axes.attended:
            return self.along(role) if axes.own == axes.time else self.across(role, x.steps)
        if self._indifferent(role):
            return Reach()
        if axes.time is not None and axes.own == axes.time:
            return each(x.steps) if not x.steps.equals(1) else at_step(0, x.steps, outputs)
        if axes.attended is not None and axes.own == axes.attended and role != "query":
            return self.together(role, outputs)
        return everything(x.steps, outputs)

    @property
    def alone(self) -> bool:
        """Whether a step attends to itself alone, or to none, so that query and key have no say."""
        return self.width == 1 and not self.adds

    @staticmethod
    def of_copies(key: Tensor, axis: int | None) -> bool:
        """Whether all steps along the axis that is attended to are copies of one."""
        return key.time_summary == "copies" and key.time == axis

    def _indifferent(self, role: Role) -> bool:
        """Whether what a tensor holds changes nothing: no query step has a choice."""
        if role not in ("query", "key"):
            return False
        first_alone = self.causal and self.outputs.equals(1) is True and not self.adds
        return self.alone or self.alike or first_alone or self.steps.equals(1) is True

    def _idle(self) -> tuple[Expr, Expr]:
        """Positive where query step t sees one key or none: at the start, and at the end."""
        if self.adds:  # also where there is no key to see
            return ZERO, ZERO
        early = maximum(ZERO, 1 - STEP) if self.causal else ZERO
        if self.width is None:
            return early, ZERO
        busy = self.steps + self.width - 3  # the last step t that sees two keys
        return early, ZERO if self._always(busy - STEP) else maximum(ZERO, STEP - busy)

    def _never_empty(self) -> bool:
        if self.masked:
            return False
        return self.width is None or self._always(self.steps + self.width - 2 - STEP)

    def _always(self, falling: Expr) -> bool:
        """Whether a formula that falls with t is 0 or more at every query step."""
        if proved(falling, self.outputs):
            return True
        end = falling.substitute({"t": self.outputs - 1}).value
        return end is not None and end >= 0

    def _empty(self) -> Expr:
        """Positive where query step t sees no key: those behind the last window."""
        if self.width is None or self._never_empty():
            return ZERO
        return maximum(ZERO, STEP - (self.steps + self.width - 2))

    def _means(self, steps: Expr) -> Reach:
        """All steps, where query step t sees no key and the quick way takes the mean of all."""
        if not self.quick or self._never_empty():
            return Reach()
        if self.masked:
            return everything(steps, self.outputs)
        return window(ZERO, self._empty() * steps - 1, steps, self.outputs)
