"""Simplification: a maximum or minimum without the sizes in it that never decide anything."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, const, maximum, minimum, prod, symbol, total
from seqinspect.algebra.lines import NotLinear, straight_lines
from seqinspect.algebra.polynomial import FLOOR, MAX, add, compound_atoms, symbol_atoms, value_of
from seqinspect.algebra.proof import beyond_proof, is_nonnegative

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seqinspect.algebra.polynomial import Atom, Terms

COMPARED = 1_000_003
"""Formulas of one name are compared up to here, if all their straight lines have met before."""


def without_dominated(formula: Expr, lower: Mapping[str, int], *, name: str = "") -> Expr:
    """Leave out of every maximum what is never the largest, and of every minimum the same.

    That holds for all sizes from `lower` (1 where not named) on. Of a formula of one `name`, what
    the whole never shows is left out, too.
    """
    compounds = compound_atoms(formula._terms)
    several = any(atom.kind != FLOOR and len(atom.arguments) > 2 for atom in compounds)
    unlike = several or any(atom.depth > 1 or _is_ordered(atom) for atom in compounds)
    if not unlike or beyond_proof(formula):
        return formula
    kept = _rebuilt(formula._terms, lambda atom: _without_dominated(atom, lower))
    return without_undecisive(kept, name) if name else kept


def _is_ordered(atom: Atom) -> bool:
    """Whether a size in a maximum or minimum is another one with something added: max(0, −T)."""
    if atom.kind == FLOOR or len(atom.arguments) != 2:
        return False
    signs = {number > 0 for number in add(*atom.arguments, -1).values()}
    return len(signs) == 1


def without_undecisive(formula: Expr, name: str) -> Expr:
    """Leave out of maxima and minima, also of those within others, what the whole never shows.

    That holds from `name` = 0 on; a formula with other names in it stays as it is.
    """
    if formula.symbols() != {name} or not _is_nested(formula) or beyond_proof(formula):
        return formula
    for shorter in _without_one_argument(formula):
        if are_equal_from_0(shorter, formula, name):
            return without_undecisive(shorter, name)
    return formula


def are_equal_from_0(one: Expr, other: Expr, name: str) -> bool:
    """Whether two formulas of one name are proved to be equal at all its numbers from 0 on.

    On every grid they are straight lines, whose slopes have the product of all divisors as their
    denominator, and no two of which meet beyond twice the square of that times their numbers.
    """
    atoms = compound_atoms(one._terms) | compound_atoms(other._terms)
    divisors = prod(value_of(atom.arguments[1]) or 0 for atom in atoms if atom.kind == FLOOR).value
    numbers = _most(one._terms) + _most(other._terms)
    if not divisors or 2 * numbers * divisors**2 > COMPARED:
        return False
    try:
        lines = straight_lines(one - other, name, {}, COMPARED)
    except NotLinear:
        return False
    return not any(line.rise * i + line.at for line in lines for i in (line.begin, line.end))


def _most(terms: Terms) -> int:
    """Return a number that no slope and no number in the straight lines of a formula exceeds."""
    most = 0
    for monomial, number in terms.items():
        size = abs(number)
        for atom in monomial:
            inner = atom.arguments[:1] if atom.kind == FLOOR else atom.arguments
            size *= sum(map(_most, inner)) + 1 if inner else abs(atom.value or 1)
        most += size
    return most


def _is_nested(formula: Expr) -> bool:
    return any(
        atom.kind != FLOOR and any(map(compound_atoms, atom.arguments))
        for atom in compound_atoms(formula._terms)
    )


def _without_one_argument(formula: Expr) -> Iterator[Expr]:
    """Yield the formula without one argument of one of its maxima and minima."""
    for atom in compound_atoms(formula._terms):
        if atom.kind == FLOOR:
            continue
        for index in range(len(atom.arguments)):
            kept = atom.arguments[:index] + atom.arguments[index + 1 :]
            yield _with_arguments(formula, atom, kept)


def _with_arguments(formula: Expr, changed: Atom, kept: tuple[Terms, ...]) -> Expr:
    def rebuilt(atom: Atom) -> Expr:
        arguments = kept if atom == changed else atom.arguments
        return _rebuilt_atom(atom, [_rebuilt(argument, rebuilt) for argument in arguments])

    return _rebuilt(formula._terms, rebuilt)


def _rebuilt(terms: Terms, atom_of: Callable[[Atom], Expr]) -> Expr:
    return total(
        prod(atom_of(atom) for atom in monomial) * number for monomial, number in terms.items()
    )


def _rebuilt_atom(atom: Atom, arguments: list[Expr]) -> Expr:
    if not atom.arguments:
        return Expr({(atom,): 1}, {atom: None}, atom.value)
    if atom.kind == FLOOR:
        return arguments[0] // arguments[1]
    return maximum(*arguments) if atom.kind == MAX else minimum(*arguments)


def _without_dominated(atom: Atom, lower: Mapping[str, int]) -> Expr:
    sizes = [
        _rebuilt(argument, lambda inner: _without_dominated(inner, lower))
        for argument in atom.arguments
    ]
    if not sizes:
        return _rebuilt_atom(atom, sizes)
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
    parts = [
        _rebuilt(argument, lambda atom: _without_dominated(atom, lower)) // divisor
        for argument in inner.arguments
    ]
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


def turning_points(formula: Expr, name: str) -> list[Expr]:
    """Return where the sizes of its maxima and minima meet, as formulas for one name.

    Left out are those that meet in more than one place, or where `name` stands in a product.
    """
    size, found = symbol(name), dict[Expr, None]()
    for atom in compound_atoms(formula._terms):
        for one, other in combinations(atom.arguments, 2) if atom.kind != FLOOR else ():
            apart = add(one, other, -1)
            difference = Expr(
                apart, dict.fromkeys([*symbol_atoms(apart), *compound_atoms(apart)]), None
            )
            rest = difference.substitute({name: const(0)})
            slope = (difference - rest).substitute({name: const(1)})
            if slope.is_constant and slope.shown and difference == rest + slope * size:
                found[-rest // slope if slope.shown > 0 else rest // -slope] = None
    return [*found]
