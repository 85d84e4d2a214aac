"""Results of functions of formulas that many graphs share, each kept with what it asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from seqinspect.algebra.expression import OBSERVERS, observing

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from seqinspect.algebra.expression import Expr, Observed

Result = TypeVar("Result")

MAX_RESULTS = 20_000
"""Of more, none is kept."""


class SharedResults:
    """Results of pure functions by what they depend on, for one assignment of numbers to names.

    Equal formulas have equal numbers only there. What a result asked of numbers when it was found
    is asked again, of whoever observes now.
    """

    def __init__(self) -> None:
        self.found: dict[Hashable, tuple[Any, dict[tuple[Expr, Observed], int]]] = {}

    def get(self, key: Hashable, find: Callable[[], Result]) -> Result:
        """Return the result that has this key, found now or before."""
        asked: dict[tuple[Expr, Observed], int] = {}
        try:
            if key in self.found:
                known, asked = self.found[key]
                result: Result = known
                return result
            with observing(partial(_note, asked)):
                result = find()
            if len(self.found) < MAX_RESULTS:
                self.found[key] = result, asked
            return result
        finally:  # also where it is refused
            for (formula, what), answer in asked.items():
                if not OBSERVERS:
                    break
                OBSERVERS[-1](formula, what, answer)


def _note(
    asked: dict[tuple[Expr, Observed], int], formula: Expr, what: Observed, answer: int | None
) -> None:
    if answer is not None:
        asked[formula, what] = answer
