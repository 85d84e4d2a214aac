"""Which rows of a sweep are kept: those of a condition or of a Pareto front, the first in order."""

from __future__ import annotations

from heapq import nsmallest
from itertools import islice
from operator import le, lt
from typing import TYPE_CHECKING, Any, TypeAlias

from seqinspect.errors import refuse
from seqinspect.readers.source.limits import truncate
from seqinspect.records import NamedTuple
from seqinspect.space.conditions import condition, refuse_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Row: TypeAlias = tuple[Any, ...]

LARGER_IS_BETTER = frozenset({"receptive_field", "causal"})
"""Columns of which a front keeps the largest, unless it is said otherwise."""


class Goal(NamedTuple):
    """A column by its place, and whether less of it is better."""

    at: int
    name: str
    least: bool

    def of(self, row: Row) -> Any:  # Any: a number, comparable with those of its column
        """Return what of a row is to be small."""
        value = row[self.at]
        return value if self.least else -value


class Selection(NamedTuple):
    """Which rows are kept, and in which order; all of them in theirs where nothing is said."""

    columns: tuple[str, ...]
    where: str = ""
    pareto: tuple[Goal, ...] = ()
    sort: tuple[Goal, ...] = ()
    first: int | None = None

    def checked(self) -> Selection:
        """Return itself; raises SpecError where its condition is none."""
        if self.where:
            condition(self.where, self.columns)
        return self

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows that are kept.

        Without an order or a front they pass one by one; an order of the `first` few keeps only
        these, a front only itself.
        """
        if self.where:
            rows = filter(condition(self.where, self.columns), rows)
        if self.pareto:
            rows = front(rows, self.pareto)
        if self.sort:
            keys = self.sort

            def key(row: Row) -> tuple[tuple[bool, Any], ...]:
                return tuple(_in_order(row, goal) for goal in keys)

            rows = sorted(rows, key=key) if self.first is None else nsmallest(self.first, rows, key)
        yield from islice(rows, self.first)


def _in_order(row: Row, goal: Goal) -> tuple[bool, Any]:
    """Return what a row is sorted by; what is not known comes last."""
    value = row[goal.at]
    if value is None:
        return True, 0
    return False, (goal.of(row) if isinstance(value, int | float) else value)


def goals(text: str, columns: Sequence[str], *, sort: bool = False) -> tuple[Goal, ...]:
    """Read params,receptive_field or params:min,T:max; for an order, -params. Raises SpecError."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, way = part.lstrip("-").partition(":")
        if name not in columns:
            refuse_column(name, columns, received=text, about="column")
        if way not in ("", "min", "max"):
            refuse(
                f"`{truncate(way)}` is no goal",
                received=truncate(text),
                expected="min or max",
                about="column",
            )
        least = way == "min" if way else sort or name not in LARGER_IS_BETTER
        found.append(Goal(columns.index(name), name, least is not part.startswith("-")))
    return tuple(found)


def front(rows: Iterable[Row], of: Sequence[Goal]) -> list[Row]:
    """Return the rows that no other is better than: as good in each goal, and better in one.

    A row in which a goal is not known is left out. They come in the order of the first goal, equal
    ones in theirs.
    """
    kept: list[tuple[tuple[Any, ...], Row]] = []
    for row in rows:
        if any(row[goal.at] is None for goal in of):
            continue
        marks = tuple(goal.of(row) for goal in of)
        if any(other != marks and all(map(le, other, marks)) for other, _ in kept):
            continue
        kept = [each for each in kept if each[0] == marks or any(map(lt, each[0], marks))]
        kept.append((marks, row))
    return [row for _, row in sorted(kept, key=lambda each: each[0])]
