"""Simplification: a maximum or minimum without the sizes in it that never decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, maximum, minimum, prod, total
from seqinspect.algebra.polynomial import FLOOR, MAX, add, compound_atoms
from seqinspect.algebra.proof import beyond_proof, is_nonnegative

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        return sizes[0] // sizes[1]
    sign = 1 if atom.kind == MAX else -1
    kept = list(dict.fromkeys(sizes))
    for size in sizes:
        others = [other for other in kept if other is not size]
        if any(is_nonnegative((other - size) * sign, lower) is True for other in others):
            kept = others
    return maximum(*kept) if atom.kind == MAX else minimum(*kept)
