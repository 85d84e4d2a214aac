"""What holds of formulas for all sizes: that two are the same, that one is never below 0."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import lcm, prod
from typing import TYPE_CHECKING

from seqinspect.algebra import polynomial
from seqinspect.algebra.expression import Expr, Size, as_expr, symbol
from seqinspect.algebra.polynomial import FLOOR, MAX, MIN, Atom, FormulaTooLarge, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

# Cases that a proof may try before it gives up.
MAX_CASES = 400
# Formulas with more floors, max and min than this are not reasoned about.
MAX_COMPOUNDS = 30
# Nor are those of a higher degree, or longer once they are multiplied out.
MAX_EXPANSION = 2_000
MAX_PROOF_DEGREE = 16
# Proofs that are remembered: layers of one kind ask for the same ones.
MAX_PROOFS = 4096


def prove_equal(one: Size, other: Size) -> bool | None:
    """Tell whether two formulas agree for all sizes: proved, refuted at some sizes, or None."""
    difference = (as_expr(one) - other).expanded().plain()
    if not difference._terms:
        return True
    if difference.is_constant:
        return False
    names = sorted(difference.symbols())
    for point in range(24):
        env = {name: _sample(point, index) for index, name in enumerate(names)}
        try:
            if difference.evaluate(env):
                return False
        except ZeroDivisionError:
            continue  # no size there to compare
    return True if _same_remainders(difference, names) else None


def _sample(point: int, index: int) -> int:
    if point < 8:
        return 1 + (point + index * (point % 3)) % 8
    return 1 + (point * 7919 + index * 104_729 + point * index * 31) % 997


def _same_remainders(difference: Expr, names: list[str]) -> bool:
    """Tell whether a difference is 0 for all remainders of the sizes by the floors' divisors."""
    period = 1
    for divisor in _number_divisors(difference._terms):
        period = lcm(period, divisor)
        if period ** len(names) > MAX_CASES:
            return False
    if period == 1:
        return False
    # With s = period·q + r every such floor is exact, so that a polynomial is left.
    for remainders in product(range(period), repeat=len(names)):
        mapping = {
            name: period * symbol(name) + remainder
            for name, remainder in zip(names, remainders, strict=True)
        }
        if difference.substitute(mapping)._terms:
            return False
    return True


def _number_divisors(terms: Terms) -> set[int]:
    """Return the integers that its floors divide by."""
    divisors = [
        atom.arguments[1] for atom in polynomial.compound_atoms(terms) if atom.kind == FLOOR
    ]
    return {divisor[()] for divisor in divisors if polynomial.is_constant(divisor)}


def is_nonnegative(expr: Size, lower: Mapping[str, int] | None = None) -> bool | None:
    """Tell whether a formula is at least 0 for all sizes from `lower` (1 where not named) on.

    True and False (below 0 for all sizes) are proved; None says that neither was.
    """
    formula = as_expr(expr).plain()
    if polynomial.is_constant(formula._terms):
        return formula._terms.get((), 0) >= 0
    bounds = tuple(lower.items()) if lower else ()
    if formula.plainly_nonnegative and all(bound >= 0 for _, bound in bounds):
        return True
    decided = _prove_nonnegative(formula, bounds)
    if decided is not None:
        return decided
    try:
        expanded = formula.expanded()
    except FormulaTooLarge:
        return None
    return None if expanded is formula else _prove_nonnegative(expanded, bounds)


@lru_cache(maxsize=MAX_PROOFS)
def _prove_nonnegative(formula: Expr, lower: tuple[tuple[str, int], ...]) -> bool | None:
    """Tell whether a formula is at least 0, whatever its sizes were defined as."""
    if _is_large(formula._terms):
        return None
    bounds = dict.fromkeys(formula.symbols(), 1) | dict(lower)
    signs = _signs(formula._terms, bounds)
    if len(signs) == 2:
        return None
    mapping: dict[str, Size] = {name: symbol(name) + bounds[name] for name in formula.symbols()}
    try:
        shifted = formula.substitute(mapping)._terms
        if len(polynomial.compound_atoms(shifted)) > MAX_COMPOUNDS:
            return None
        if False not in signs and _prove_terms(shifted, [MAX_CASES]):
            return True
        if True not in signs and _prove_terms(polynomial.add({(): -1}, shifted, -1), [MAX_CASES]):
            return False
    except FormulaTooLarge:
        pass
    return None


def beyond_proof(expr: Expr) -> bool:
    """Tell whether a formula is too large to be reasoned about."""
    return _is_large(expr.plain()._terms)


def _is_large(terms: Terms) -> bool:
    """Tell whether a formula is too large to be reasoned about, before it is multiplied out."""
    work = 0
    atoms: set[Atom] = set()
    stack = [terms]
    while stack:
        for monomial in stack.pop():
            # (a + 1)^p (b + 1)^q has (p + 1)(q + 1) terms of up to p + q factors.
            degree = len(monomial)
            work += prod(monomial.count(atom) + 1 for atom in {*monomial}) * (degree + 1)
            if degree > MAX_PROOF_DEGREE or work > MAX_EXPANSION:
                return True
            for atom in monomial:
                if atom.arguments and atom not in atoms:
                    atoms.add(atom)
                    stack += atom.arguments
            if len(atoms) > MAX_COMPOUNDS:
                return True
    return False


def _signs(terms: Terms, lower: Mapping[str, int]) -> set[bool]:
    """Return whether a formula is at least 0 at some sizes: what these refute needs no proof."""
    names = sorted(atom.name for atom in polynomial.symbol_atoms(terms))
    divisors = [
        atom.arguments[1] for atom in polynomial.compound_atoms(terms) if atom.kind == FLOOR
    ]
    signs: set[bool] = set()
    for point in range(8):
        env = {name: lower[name] + _point(point, index) for index, name in enumerate(names)}
        values: dict[Atom, int] = {}
        try:
            number = polynomial.evaluate(terms, env, values)
            valid = all(polynomial.evaluate(divisor, env, values) > 0 for divisor in divisors)
        except ZeroDivisionError:
            continue
        if valid:  # divisors are taken to be positive
            signs.add(number >= 0)
            if len(signs) == 2:
                break
    return signs


def _point(point: int, index: int) -> int:
    """Return what to add to a size: nothing to any, much to all, then much and little mixed."""
    if point < 2:
        return 1000 * point
    return (0, 1, 3, 1000)[(point + index * (point - 1)) % 4]


def _prove_terms(terms: Terms, budget: list[int]) -> bool:
    """Tell whether terms >= 0 follows for all symbols >= 0, by bounds on floors, max and min."""
    budget[0] -= 1
    if budget[0] < 0:
        return False
    atoms = sorted({a for m in terms for a in m if a.arguments}, key=lambda a: (-a.depth, a))
    if not atoms:
        return all(number >= 0 for number in terms.values())
    atom = next((a for a in atoms if a.depth == atoms[0].depth and _adverse(a, terms)), atoms[0])
    if any(monomial.count(atom) > 1 for monomial in terms):
        return False
    slope = {polynomial.remove_factor(m, (atom,)): c for m, c in terms.items() if atom in m}
    rest = {m: c for m, c in terms.items() if atom not in m}
    direction = (
        1 if _prove_terms(slope, budget) else -1 if _prove_terms(_negative(slope), budget) else 0
    )
    if atom.kind == FLOOR:
        return _prove_floor(atom, slope, rest, direction, budget)
    cases = (
        _prove_terms(polynomial.add(rest, polynomial.multiply(slope, size)), budget)
        for size in atom.arguments
    )
    # The maximum is one of its sizes, and no less than any of them.
    if (direction, atom.kind) in ((1, MAX), (-1, MIN)):
        return any(cases)
    return all(cases)


def _adverse(atom: Atom, terms: Terms) -> bool:
    """Tell whether all cases of a maximum or minimum must hold: they come before a free choice."""
    number = terms.get((atom,), 0)
    if atom.kind == FLOOR or not number or (number < 0) != (atom.kind == MAX):
        return False
    return sum(atom in monomial for monomial in terms) == 1


def _negative(terms: Terms) -> Terms:
    return {monomial: -number for monomial, number in terms.items()}


def _prove_floor(atom: Atom, slope: Terms, rest: Terms, direction: int, budget: list[int]) -> bool:
    """Tell whether slope · floor + rest >= 0 follows, the slope's sign being `direction`."""
    numerator, divisor = atom.arguments
    if not direction:
        return False
    positive = _prove_terms(numerator, budget)
    if direction > 0 and positive and _prove_terms(rest, budget):
        return True
    if polynomial.is_constant(divisor):
        # (a − d + 1)/d <= a//d <= a/d; an integer above −1 is at least 0.
        number = divisor[()]
        bound = polynomial.add(numerator, {(): 1 - number}) if direction > 0 else numerator
        scaled = polynomial.add(polynomial.multiply(slope, bound), rest, number)
        return _prove_terms(polynomial.add(scaled, {(): number - 1}), budget)
    # Divisors are positive: a//d <= a for a >= 0.
    lowest = polynomial.add(rest, polynomial.multiply(slope, numerator))
    return direction < 0 and positive and _prove_terms(lowest, budget)
