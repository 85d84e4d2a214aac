"""What is asked of the numbers of sizes: where the answers are the same, so is what is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from seqinspect.algebra.code import compute
from seqinspect.algebra.expression import OBSERVERS, const, symbol
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.algebra.expression import Expr, Observed

Column: TypeAlias = "Sequence[int]"
Answer: TypeAlias = "int | bool"

FEW = 6
"""At so few points a formula is computed without making code of it."""

AFTER: dict[Observed, str] = {"number": "", "is zero": "==0", "is negative": "<0"}


class Question(NamedTuple):
    """What was asked of a formula in the sizes of the space."""

    formula: Expr
    asked: Observed

    def answer(self, sizes: Mapping[str, int]) -> Answer:
        """Return the answer for sizes by name."""
        number = self.formula.evaluate(sizes)
        match self.asked:
            case "number":
                return number
            case "is zero":
                return number == 0
            case "is negative":
                return number < 0

    def answers(self, names: Sequence[str], columns: Sequence[Column]) -> Sequence[Answer]:
        """Return the answer at each point."""
        if len(columns[0]) > FEW:
            return compute(self.formula, names, AFTER[self.asked])(*columns)
        return [
            self.answer(dict(zip(names, point, strict=True)))
            for point in zip(*columns, strict=True)
        ]


class Recorder:
    """Notes what is asked of formulas in some sizes, once each and in order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = frozenset(names)
        self.path: dict[Question, Answer] = {}
        self.fixed: set[str] = set()  # sizes whose numbers were asked for
        self.placed: dict[tuple[Expr, Observed], None] = {}

    def __call__(self, formula: Expr, asked: Observed, answer: int | None) -> None:
        """Note a question and its answer, if it depends on the sizes of the space."""
        if answer is None or self.fixed >= self.names:
            return
        key = (formula, asked)
        if key in self.placed:
            return
        self.placed[key] = None
        if self.names.isdisjoint(formula.expanded().symbols()):
            return
        placed = in_names(formula, self.names)
        if placed.symbols() <= self.fixed:
            return
        self.path.setdefault(Question(placed, asked), answer)
        name = next(iter(placed.symbols()))
        if asked == "number" and placed == symbol(name):
            self.fixed.add(name)
            if self.fixed >= self.names and OBSERVERS[-1] is self:
                OBSERVERS.pop()  # all of them: more tells nothing


def in_names(formula: Expr, names: frozenset[str]) -> Expr:
    """Return a formula in some names, the numbers of all others put in."""
    expanded = formula.expanded().plain()
    numbers = expanded.known_numbers().items()
    others = {name: const(number) for name, number in numbers if name not in names}
    return expanded.substitute(others).plain() if others else expanded
