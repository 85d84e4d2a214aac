"""Work: what reasoning on the steps of a graph may cost, counted: the same on any machine."""

from __future__ import annotations

from typing import Final

MAX_WORK = 200_000
"""Pieces and lines that are handled for one graph, in all; what takes more is not known."""

MAX_FORMULAS = 200_000
"""The same of formulas, whose cost grows with the square of the sizes and floors in them."""

SHORT = 4
"""Formulas of so many sizes cost nothing: most have a few, and a graph has thousands of them."""


class TooManyPieces(ArithmeticError):  # noqa: N818 - it says what is wrong
    """A relation is not known: it takes more pieces than are followed."""


class Work:
    """What reasoning on one graph has left, and what it has found out.

    What is found twice in a graph costs once. Nothing is taken from another graph: the same input
    gives the same answers, whatever was described before.
    """

    __slots__ = ("formulas", "found", "left")

    def __init__(self, most: int | None = None) -> None:
        self.left = MAX_WORK if most is None else most
        self.formulas = MAX_FORMULAS
        self.found: Final[dict[object, object]] = {}

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.left < 0

    def spend(self, pieces: int) -> None:
        """Count work that is about to be done. Raises TooManyPieces where too little is left."""
        self.left -= pieces
        if self.left < 0:
            raise TooManyPieces

    def affords(self, sizes: int) -> bool:
        """Count reasoning on formulas of so many sizes and floors; tell whether it may be done."""
        if sizes > SHORT:
            self.formulas -= sizes * sizes
        return self.formulas >= 0
