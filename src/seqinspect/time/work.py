"""Work: what reasoning on the steps of a graph may cost, counted: the same on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seqinspect.algebra.shared_results import SharedResults

MAX_WORK = 60_000
"""Pieces and lines that are handled for one graph, in all; what takes more is not known."""

MAX_FORMULAS = 150_000
"""The same of formulas, whose cost grows with the square of the sizes and floors in them."""

MAX_TRACED = 300_000
"""Tensors times the model inputs that each depends on: 10,000 layers behind 30 inputs."""

SHORT = 4
"""Formulas of so few sizes all cost alike: most have a few, and a graph has thousands of them."""


class TooManyPieces(ArithmeticError):  # noqa: N818 - it says what is wrong
    """A relation is not known: it takes more pieces than are followed."""


class Work:
    """What reasoning on one graph has left, and what it has found out.

    What is found twice in a graph costs once. What is `shared` with other graphs costs as much as
    if it were not: the same input gives the same answers, whatever was described before.
    """

    __slots__ = ("formulas", "found", "left", "reserve", "shared", "traced")

    def __init__(self, shared: SharedResults | None = None) -> None:
        self.shared: Final = shared
        self.left = MAX_WORK
        self.reserve = MAX_WORK // 3  # for what is said of the whole, such as whether it is causal
        self.formulas = MAX_FORMULAS
        self.traced = MAX_TRACED
        self.found: Final[dict[object, object]] = {}

    @property
    def done(self) -> bool:
        """Whether nothing is left, for now."""
        return self.left < self.reserve

    def spend(self, pieces: int) -> None:
        """Count work that is about to be done. Raises TooManyPieces where too little is left."""
        if self.left - pieces < self.reserve:
            self.left = min(self.left, self.reserve - 1)
            raise TooManyPieces
        self.left -= pieces

    def release(self) -> None:
        """Let what is reserved be spent: what is left to say is of the whole."""
        self.left = max(self.left, self.reserve)
        self.reserve = 0

    def affords(self, sizes: int) -> bool:
        """Count reasoning on formulas of so many sizes and floors; tell whether it may be done."""
        self.formulas -= sizes * sizes if sizes > SHORT else SHORT
        return self.formulas >= 0
