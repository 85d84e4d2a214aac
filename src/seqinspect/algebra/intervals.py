"""Intervals: between which numbers a formula lies while its sizes lie between two numbers each."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.algebra.polynomial import FLOOR, MAX, SYMBOL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.algebra.expression import Expr
    from seqinspect.algebra.polynomial import Atom, Terms

Interval: TypeAlias = tuple[int, int]
"""The first and the last number."""


def interval_of(formula: Expr, sizes: Mapping[str, Interval]) -> Interval | None:
    """Return an interval in which a formula lies for all of the sizes; it may be wider than needed.

    None where a divisor is not above 0 for all of them. KeyError names a size that is missing.
    """
    try:
        return _of_terms(formula.plain()._terms, sizes, {})
    except ZeroDivisionError:
        return None


def _of_terms(terms: Terms, sizes: Mapping[str, Interval], found: dict[Atom, Interval]) -> Interval:
    low = high = 0
    for monomial, coefficient in terms.items():
        first, last = coefficient, coefficient
        for atom in monomial:
            if atom not in found:
                found[atom] = _of_atom(atom, sizes, found)
            ends = [a * b for a, b in product((first, last), found[atom])]
            first, last = min(ends), max(ends)
        low, high = low + first, high + last
    return low, high


def _of_atom(atom: Atom, sizes: Mapping[str, Interval], found: dict[Atom, Interval]) -> Interval:
    if atom.kind == SYMBOL:
        return sizes[atom.name]
    parts = [_of_terms(argument, sizes, found) for argument in atom.arguments]
    if atom.kind == FLOOR:
        if parts[1][0] <= 0:
            raise ZeroDivisionError
        ends = [a // b for a, b in product(*parts)]
        return min(ends), max(ends)
    better = max if atom.kind == MAX else min
    return better(low for low, _ in parts), better(high for _, high in parts)
