"""Bands: which steps of a key a step of the query attends to, under a causal mask or a window."""

from __future__ import annotations

from dataclasses import dataclass

from seqinspect.algebra import Expr, maximum
from seqinspect.reach import STEP, ZERO, Reach, each, everything, proved, window


@dataclass(frozen=True, slots=True)
class Band:
    """What query step t of `outputs` attends to among `steps` steps of key and value.

    causal: 0…t. width: fewer than `width` steps away from t. quick: where a window leaves nothing
    to attend to, Keras's quick way takes the mean of all values, its other way takes none.
    """

    steps: Expr
    outputs: Expr
    causal: bool = False
    width: Expr | None = None
    quick: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing is masked."""
        return not self.causal and self.width is None

    @property
    def values(self) -> Reach:
        """The steps of the value that query step t takes the mean of."""
        if self.whole:
            return everything(self.steps, self.outputs)
        first, last = self._ends()
        reach = window(first, last, self.steps, self.outputs)
        if self.quick and self.width is not None:
            empty = self.steps + self.width - 1  # the first step t whose window has no key
            if not proved(empty - 1 - STEP, self.outputs):
                more = maximum(ZERO, STEP - empty + 1) * self.steps - 1
                reach |= window(ZERO, more, self.steps, self.outputs)
        return reach

    @property
    def keys(self) -> Reach:
        """The steps of the key that change the mean: none where there is just one to attend to."""
        if self.whole:
            return everything(self.steps, self.outputs)
        if self.width == 1:
            return Reach()
        first, last = self._ends()
        low, high = self._idle()
        return window(first + high * self.steps, last - low, self.steps, self.outputs)

    @property
    def queries(self) -> Reach:
        """The step of the query that changes the mean: its own, unless there is just one key."""
        if self.whole:
            return each(self.outputs)
        if self.width == 1:
            return Reach()
        low, high = self._idle()
        step = STEP - low + high * self.outputs
        return window(step, step, self.outputs, self.outputs)

    def _ends(self) -> tuple[Expr, Expr]:
        first = ZERO if self.width is None else STEP - self.width + 1
        last = STEP if self.causal or self.width is None else STEP + self.width - 1
        return first, last

    def _idle(self) -> tuple[Expr, Expr]:
        """Positive where query step t sees one key or none: at the start, and at the end."""
        low = maximum(ZERO, 1 - STEP) if self.causal else ZERO
        if self.width is None:
            return low, ZERO
        busy = self.steps + self.width - 3  # the last step t that sees two keys
        if proved(busy - STEP, self.outputs):
            return low, ZERO
        return low, maximum(ZERO, STEP - busy)
