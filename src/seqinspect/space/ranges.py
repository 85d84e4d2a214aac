"""Ranges: the integers at which a formula in one size keeps a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from seqinspect.algebra.expression import symbol
from seqinspect.algebra.intervals import interval_of
from seqinspect.algebra.proof import is_nonnegative
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seqinspect.algebra.expression import Expr
    from seqinspect.space.amounts import Budget

Range: TypeAlias = tuple[int, int]
"""The first and the last integer."""

MAX_PIECES = 20_000
"""So many pieces of the axis are looked at; what is left then is not decided."""

FEW = 32
"""A piece of so many integers is looked at one by one."""


class Solutions(NamedTuple):
    """The integers that keep a budget, as ranges in order; `undecided` are those not searched.

    `monotone`: it is proved that the formula never falls, or never rises.
    """

    ranges: tuple[Range, ...]
    monotone: bool
    undecided: tuple[Range, ...] = ()


def solutions(formula: Expr, name: str, budget: Budget, within: Range) -> Solutions:
    """Return the integers in a range at which a formula in one size keeps a budget.

    What is highest is decided first, should there be too many pieces.
    """

    def keeps(size: int) -> bool:
        return budget.allows(formula.evaluate({name: size}))

    if within[0] > within[1]:
        return Solutions((), monotone=True)
    rise = formula.substitute({name: symbol(name) + 1}) - formula
    for change, rises in ((rise, True), (-rise, False)):
        if is_nonnegative(change, {name: within[0]}):
            from_start = rises is budget.is_upper
            return Solutions(_one_sided(keeps, within, from_start=from_start), monotone=True)
    return _by_pieces(formula, name, budget, within)


def _one_sided(
    keeps: Callable[[int], bool], within: Range, *, from_start: bool
) -> tuple[Range, ...]:
    """Return the integers that keep a budget, from the start of a range or up to its end."""
    first, last = within
    good, bad = (first, last) if from_start else (last, first)
    if not keeps(good):
        return ()
    if keeps(bad):
        return (within,)
    while abs(bad - good) > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if keeps(middle) else (good, middle)
    return ((first, good),) if from_start else ((good, last),)


def _by_pieces(formula: Expr, name: str, budget: Budget, within: Range) -> Solutions:
    """Cut a range into pieces in which all integers keep the budget, or none does."""
    found: list[Range] = []
    waiting = [within]
    for _ in range(MAX_PIECES):
        if not waiting:
            break
        first, last = waiting.pop()
        kept = _decided(formula, name, budget, (first, last))
        if kept is None and last - first < FEW:
            found += (
                (size, size)
                for size in range(last, first - 1, -1)
                if budget.allows(formula.evaluate({name: size}))
            )
        elif kept is None:
            middle = _middle(first, last)
            waiting += [(first, middle), (middle + 1, last)]
        elif kept:
            found.append((first, last))
    return Solutions(merged(found), monotone=False, undecided=merged(waiting))


def _decided(formula: Expr, name: str, budget: Budget, piece: Range) -> bool | None:
    """Tell whether all integers of a piece keep a budget, or none does; None where that is open."""
    ends = interval_of(formula, {name: piece})
    if ends is None:
        return None
    low, high = map(budget.allows, ends)
    return low if low is high else None


def _middle(first: int, last: int) -> int:
    """Return where a piece is cut: a long one where its numbers have half as many digits."""
    if first > 0 and last // first > 4:
        return first << ((last // first).bit_length() // 2)
    return (first + last) // 2


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return ranges in order, those that touch as one."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def common(one: Iterable[Range], other: Iterable[Range]) -> tuple[Range, ...]:
    """Return what two unions of ranges have in common."""
    others = tuple(other)
    return merged(
        (max(a, c), min(b, d)) for a, b in one for c, d in others if max(a, c) <= min(b, d)
    )
