"""Simplification: a maximum or minimum without the sizes in it that never decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, maximum, minimum, prod, total
from seqinspect.algebra.polynomial import FLOOR, MAX, add, compound_atoms
from seqinspect.algebra.proof import beyond_proof, is_nonnegative

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.algebra.polynomial import Atom, Terms


def without_dominated(formula: Expr, lower: Mapping[str, int]) -> Expr:
    """Leave out of every maximum what is never the largest, and of every minimum the same.

    That holds for all sizes from `lower` (1 where not named) on.
    """
    compounds = compound_atoms(formula._terms)
    several = any(atom.kind != FLOOR and len(atom.arguments) > 2 for atom in compounds)
    unlike = several or any(atom.depth > 1 or _is_ordered(atom) for atom in compounds)
    if not unlike or beyond_proof(formula):
        return formula
    return _rebuilt(formula._terms, lower)


def _is_ordered(atom: Atom) -> bool:
    """Whether a size in a maximum or minimum is another one with something added: max(0, −T)."""
    if atom.kind == FLOOR or len(atom.arguments) != 2:
        return False
    signs = {number > 0 for number in add(*atom.arguments, -1).values()}
    return len(signs) == 1


def _rebuilt(terms: Terms, lower: Mapping[str, int]) -> Expr:
    return total(
        prod(_rebuilt_atom(atom, lower) for atom in monomial) * number
        for monomial, number in terms.items()
    )


def _rebuilt_atom(atom: Atom, lower: Mapping[str, int]) -> Expr:
    if not atom.arguments:
        return Expr({(atom,): 1}, {atom: None}, atom.value)
    sizes = [_rebuilt(argument, lower) for argument in atom.arguments]
    if atom.kind == FLOOR:
        divided = _divided(atom.arguments[0], sizes[1], lower)
        return sizes[0] // sizes[1] if divided is None else divided
    return _extremum(atom.kind, sizes, lower)


def _divided(numerator: Terms, divisor: Expr, lower: Mapping[str, int]) -> Expr | None:
    """The rounded quotient of a maximum as that of quotients, where none of these is rounded."""
    if len(numerator) != 1 or divisor.symbols() or (divisor.value or 0) < 1:
        return None
    monomial, number = next(iter(numerator.items()))
    inner = monomial[0] if len(monomial) == 1 and number == 1 else None
    if inner is None or not inner.arguments or inner.kind == FLOOR:
        return None
    parts = [_rebuilt(argument, lower) // divisor for argument in inner.arguments]
    if any(atom.kind == FLOOR for part in parts for atom in compound_atoms(part._terms)):
        return None
    return _extremum(inner.kind, parts, lower)


def _extremum(kind: str, sizes: Sequence[Expr], lower: Mapping[str, int]) -> Expr:
    """The largest or smallest of sizes, without those that never are."""
    sign = 1 if kind == MAX else -1
    kept = list(dict.fromkeys(sizes))
    for size in sizes:
        others = [other for other in kept if other is not size]
        if any(is_nonnegative((other - size) * sign, lower) is True for other in others):
            kept = others
    return maximum(*kept) if kind == MAX else minimum(*kept)
