"""Polynomials as dictionaries: exact arithmetic, normal forms of floor, max and min.

`Terms` maps a monomial to its integer coefficient; no coefficient is 0. A monomial is the sorted
tuple of its atoms, an atom standing in it as often as its power says. Insertion order is kept:
it is the order in which a reader met the terms.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_TERMS = 2000
MAX_DEGREE = 1000
MAX_BITS = 10_000
MAX_DEPTH = 100
MAX_ATOM = 100_000
MAX_WORK = 100_000

SYMBOL, LITERAL, FLOOR, MAX, MIN = "symbol", "literal", "floor", "max", "min"

# Polynomials with more terms are not multiplied to merge two nested floors into one.
FLATTEN_TERMS = 64
LARGEST_INTEGER = 1 << MAX_BITS


class FormulaTooLarge(ArithmeticError):  # noqa: N818 - it says what is wrong
    """A formula or a number in it passed a limit; the message names the limit."""


def refuse(what: str, limit: int, name: str) -> NoReturn:
    """Raise FormulaTooLarge, naming the limit that was passed."""
    raise FormulaTooLarge(f"formula too large: {what} limited to {limit:,} ({name})")


class Text(NamedTuple):
    """A printed formula and how tightly it holds together."""

    text: str
    level: int

    def inside(self, level: int) -> str:
        """Return the text, in parentheses if it is looser than `level`."""
        return self.text if self.level >= level else f"({self.text})"


class Atom(str):
    """What polynomials are made of: a symbol, a literal number, a floor, a maximum or a minimum.

    The text of the string is the atom's identity, so that hashing and sorting run at the speed
    of strings; what the atom means is in its attributes. `printed` is how a floor, a maximum or a
    minimum reads in Python and in a textbook, where no order of sizes matters. `label` is how a
    textbook shows a size whose name must be a word of Python.
    """

    __slots__ = (
        "arguments",
        "definition",
        "depth",
        "kind",
        "label",
        "name",
        "printed",
        "symbols",
        "unfixed",
        "value",
    )

    kind: str
    name: str
    label: str
    value: int | None
    arguments: tuple[Terms, ...]
    definition: tuple[Terms, dict[Atom, None]] | None
    symbols: frozenset[Atom]
    depth: int
    printed: tuple[Text, Text] | None
    unfixed: bool


Monomial: TypeAlias = tuple[Atom, ...]
Terms: TypeAlias = dict[Monomial, int]


def symbol_atom(
    name: str,
    value: int | None,
    definition: tuple[Terms, dict[Atom, None]] | None,
    *,
    unfixed: bool = False,
    label: str = "",
) -> Atom:
    """Return the atom of a named size; `unfixed`: it may change from call to call."""
    atom = Atom(repr(name))
    atom.label = label or name
    atom.unfixed = unfixed
    atom.kind, atom.name, atom.value, atom.arguments, atom.depth = SYMBOL, name, value, (), 0
    atom.definition = definition
    atom.symbols = frozenset((atom,))
    return atom


def literal_atom(number: int) -> Atom:
    """Return the atom of a plain number that formulas show as it was written."""
    atom = Atom(f"#{number}")
    atom.kind, atom.name, atom.value, atom.arguments, atom.depth = (
        LITERAL,
        str(number),
        number,
        (),
        0,
    )
    atom.label = atom.name
    atom.definition = None
    atom.symbols = frozenset()
    return atom


def compound_atom(kind: str, arguments: tuple[Terms, ...]) -> Atom:
    """Return the atom of a floor (numerator, divisor), a maximum or a minimum.

    Raises FormulaTooLarge past MAX_DEPTH or MAX_ATOM.
    """
    keys = [identity(terms) for terms in arguments]
    atom = Atom(f"{kind}({','.join(keys if kind == FLOOR else sorted(keys))})")
    if len(atom) > MAX_ATOM:
        refuse("the text of one floor, max or min is", MAX_ATOM, "MAX_ATOM")
    inner = {atom for terms in arguments for monomial in terms for atom in monomial}
    atom.kind, atom.name, atom.value, atom.arguments = kind, "", None, arguments
    atom.definition = None
    atom.depth = 1 + max((part.depth for part in inner), default=0)
    if atom.depth > MAX_DEPTH:
        refuse("nesting of floors, max and min is", MAX_DEPTH, "MAX_DEPTH")
    atom.symbols = frozenset().union(*(part.symbols for part in inner))
    atom.printed = None
    return atom


def identity(terms: Terms) -> str:
    """Return a text that two polynomials share exactly when they are equal."""
    return "+".join(f"{'*'.join(m)}*{c}" for m, c in sorted(terms.items()))


def is_constant(terms: Terms) -> bool:
    """Tell whether nothing but a number is left."""
    return not terms or (len(terms) == 1 and () in terms)


def add(left: Terms, right: Terms, factor: int = 1) -> Terms:
    """Add: left + factor · right. Raises FormulaTooLarge past MAX_TERMS or MAX_BITS."""
    result = left.copy()
    for monomial, coefficient in right.items():
        number = result.get(monomial, 0) + factor * coefficient
        if not -LARGEST_INTEGER < number < LARGEST_INTEGER:
            refuse("the number of bits of an integer is", MAX_BITS, "MAX_BITS")
        if number:
            result[monomial] = number
        else:
            result.pop(monomial, None)
    if len(result) > MAX_TERMS:
        refuse("the number of terms is", MAX_TERMS, "MAX_TERMS")
    return result


def multiply(left: Terms, right: Terms) -> Terms:
    """Multiply out. Raises FormulaTooLarge past MAX_TERMS, MAX_DEGREE or MAX_BITS."""
    if len(left) * len(right) > MAX_TERMS:
        _check_work(left, right)
    result: Terms = {}
    for one, first in left.items():
        for other, second in right.items():
            if one and other:
                monomial = tuple(sorted(one + other))
                if len(monomial) > MAX_DEGREE:
                    refuse("the degree is", MAX_DEGREE, "MAX_DEGREE")
            else:
                monomial = one or other
            number = result.get(monomial, 0) + first * second
            if not -LARGEST_INTEGER < number < LARGEST_INTEGER:
                refuse("the number of bits of an integer is", MAX_BITS, "MAX_BITS")
            # A sum that is 0 for the moment may not stay so; zeros leave below.
            result[monomial] = number
        if len(result) > MAX_TERMS:
            refuse("the number of terms is", MAX_TERMS, "MAX_TERMS")
    if 0 in result.values():
        return {monomial: number for monomial, number in result.items() if number}
    return result


def _check_work(left: Terms, right: Terms) -> None:
    degree = max(map(len, left)) + max(map(len, right)) + 1
    if len(left) * len(right) * degree > MAX_WORK:
        refuse("the work of one multiplication is", MAX_WORK, "MAX_WORK")


def power(base: Terms, exponent: int) -> Terms:
    """Raise to a power with a non-negative whole exponent; 0 to the power 0 is 1."""
    if exponent > MAX_DEGREE:
        refuse("the exponent is", MAX_DEGREE, "MAX_DEGREE")
    result: Terms = {(): 1}
    while exponent:
        if exponent & 1:
            result = multiply(result, base)
        exponent >>= 1
        if exponent:
            base = multiply(base, base)
    return result


def quotient_monomial(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    """Return the monomial without the atoms of the divisor; None if it does not contain them."""
    if not divisor:
        return monomial
    rest = list(monomial)
    for atom in divisor:
        if atom not in rest:
            return None
        rest.remove(atom)
    return tuple(rest)


def common_monomial(monomials: Iterable[Monomial]) -> Monomial:
    """Return the largest monomial that divides all of them."""
    common: list[Atom] | None = None
    for monomial in monomials:
        if common is None:
            common = list(monomial)
            continue
        rest = list(monomial)
        shared = []
        for atom in common:
            if atom in rest:
                rest.remove(atom)
                shared.append(atom)
        common = shared
        if not common:
            break
    return tuple(common or ())


def _leading(terms: Terms) -> Monomial:
    # Graded lexicographic: of sorted tuples of one length, the smaller one has the higher power
    # of the first atom in which they differ, so the order is kept by multiplication.
    return min(terms, key=lambda monomial: (-len(monomial), monomial))


def divide(numerator: Terms, divisor: Terms, most_steps: int = MAX_TERMS) -> tuple[Terms, Terms]:
    """Divide; numerators that differ by multiples of the divisor leave the same remainder.

    A remainder's coefficients at multiples of the divisor's leading monomial lie in
    0 … leading coefficient − 1, as with integers.
    Raises FormulaTooLarge after `most_steps`.
    """
    lead = _leading(divisor)
    number = divisor[lead]
    tail = [(m, c) for m, c in divisor.items() if m != lead]
    quotient: Terms = {}
    remainder: Terms = {}
    if not tail:
        for monomial, coefficient in numerator.items():
            reduced = quotient_monomial(monomial, lead)
            if reduced is None:
                remainder[monomial] = coefficient
                continue
            whole, left = divmod(coefficient, number)
            if whole:
                quotient[reduced] = whole
            if left:
                remainder[monomial] = left
        return quotient, remainder
    pending = numerator.copy()
    steps = 0
    while pending:
        steps += 1
        if steps > most_steps:
            refuse("the number of steps of a division is", most_steps, "MAX_TERMS")
        monomial = _leading(pending)
        coefficient = pending.pop(monomial)
        reduced = quotient_monomial(monomial, lead)
        if reduced is None:
            remainder[monomial] = coefficient
            continue
        whole, left = divmod(coefficient, number)
        if left:
            remainder[monomial] = left
        if whole:
            quotient[reduced] = whole
            pending = add(pending, multiply({reduced: whole}, dict(tail)), -1)
    # The reader's order of terms is worth keeping.
    ordered = {m: remainder.pop(m) for m in numerator if m in remainder}
    return quotient, ordered | remainder


def floor_divide(numerator: Terms, divisor: Terms) -> Terms:
    """Return the floor of a quotient; the divisor is positive or a number that is not 0."""
    if is_constant(divisor) and divisor[()] < 0:
        numerator = {monomial: -coefficient for monomial, coefficient in numerator.items()}
        divisor = {(): -divisor[()]}
    outside: Terms = {}
    while True:
        quotient, rest = divide(numerator, divisor)
        outside = add(outside, quotient)
        rest, divisor = _cancel(rest, divisor)
        if not rest:
            return outside
        if is_constant(rest):
            if rest[()] == -1:  # −1 // d is −1 for every positive d
                return add(outside, rest)
            if is_constant(divisor):
                return add(outside, _constant(rest[()] // divisor[()]))
        inner = _inner_floor(rest, divisor)
        if inner is None:
            return add({(compound_atom(FLOOR, (rest, divisor)),): 1}, outside)
        # (a//b + c)//d = (a + b·c)//(b·d)
        inner_numerator, inner_divisor = inner.arguments
        rest = {monomial: number for monomial, number in rest.items() if monomial != (inner,)}
        numerator = add(inner_numerator, multiply(inner_divisor, rest))
        divisor = multiply(inner_divisor, divisor)


def _constant(number: int) -> Terms:
    return {(): number} if number else {}


def _cancel(rest: Terms, divisor: Terms) -> tuple[Terms, Terms]:
    """Divide numerator and divisor by their common factor."""
    if not rest:
        return rest, divisor
    common = common_monomial([*rest, *divisor])
    if common:
        rest = {remove_factor(m, common): c for m, c in rest.items()}
        divisor = {remove_factor(m, common): c for m, c in divisor.items()}
    number = gcd(*divisor.values(), *(c for m, c in rest.items() if m))
    if number > 1:
        # (g·s + c)//(g·e) = (s + c//g)//e for whole s
        rest = {m: whole for m, c in rest.items() if (whole := c // number)}
        divisor = {m: c // number for m, c in divisor.items()}
    return rest, divisor


def remove_factor(monomial: Monomial, divisor: Monomial) -> Monomial:
    """Return the monomial without a divisor that it is known to contain."""
    rest = quotient_monomial(monomial, divisor)
    if rest is None:
        raise AssertionError("a common monomial divides all")  # pragma: no cover
    return rest


def _inner_floor(rest: Terms, divisor: Terms) -> Atom | None:
    inner = [
        monomial[0]
        for monomial, coefficient in rest.items()
        if coefficient == 1
        and len(monomial) == 1
        and monomial[0].kind == FLOOR
        and len(monomial[0].arguments[1]) * len(divisor) <= FLATTEN_TERMS
    ]
    return min(inner, default=None)


def extremum(kind: str, sizes: Sequence[Terms]) -> Terms:
    """Return the maximum or minimum, nested ones merged, dominated ones dropped."""
    candidates = [inner for terms in sizes for inner in _spread(kind, terms)]
    better = max if kind == MAX else min
    # Two sizes that differ by a number only are one size and a number.
    best: dict[frozenset[tuple[Monomial, int]], tuple[Terms, int]] = {}
    for terms in candidates:
        number = terms.get((), 0)
        varying = {m: c for m, c in terms.items() if m}
        key = frozenset(varying.items())
        best[key] = (varying, better(number, best[key][1]) if key in best else number)
    parts = list(best.values())
    shared = {m: c for m, c in parts[0][0].items() if all(p.get(m) == c for p, _ in parts)}
    parts = [({m: c for m, c in p.items() if m not in shared}, number) for p, number in parts]
    # max(2, t) is 2 + max(0, t − 2); with no plain number among them the smallest one is taken out.
    shift = next((number for p, number in parts if not p), min(number for _, number in parts))
    outside = add(shared, _constant(shift))
    if len(parts) == 1:
        return outside
    parts.sort(key=lambda part: bool(part[0]))
    arguments = tuple(add(p, _constant(number - shift)) for p, number in parts)
    return add({(compound_atom(kind, arguments),): 1}, outside)


def _spread(kind: str, terms: Terms) -> list[Terms]:
    """Return the sizes that a maximum ranges over: max(a, b) + c gives a + c and b + c."""
    inner = [m[0] for m, c in terms.items() if c == 1 and len(m) == 1 and m[0].kind == kind]
    if len(inner) != 1:
        return [terms]
    rest = {monomial: number for monomial, number in terms.items() if monomial != (inner[0],)}
    return [add(argument, rest) for argument in inner[0].arguments]


def plainly_nonnegative(terms: Terms) -> bool:
    """Tell whether a formula only adds and multiplies sizes: most of them do."""
    for monomial, number in terms.items():
        if number < 0:
            return False
        for atom in monomial:
            if atom.arguments:
                return False
    return True


def symbol_atoms(terms: Terms) -> set[Atom]:
    """Return the names that stand in a sum, as atoms."""
    return {symbol for monomial in terms for atom in monomial for symbol in atom.symbols}


def compound_atoms(terms: Terms) -> dict[Atom, None]:
    """Return all floors, maxima and minima, also those inside others."""
    atoms: dict[Atom, None] = {}
    stack = [terms]
    while stack:
        for monomial in stack.pop():
            for atom in monomial:
                if atom.arguments and atom not in atoms:
                    atoms[atom] = None
                    stack += atom.arguments
    return atoms


def value_of(terms: Terms) -> int | None:
    """Compute the number of a formula; None if a size that is left in it has none."""
    for monomial in terms:
        for atom in monomial:
            if atom.value is None:
                for inner in atom.symbols:
                    if inner.value is None:
                        return None
    result = 0
    for monomial, coefficient in terms.items():
        number = coefficient
        for atom in monomial:
            number *= _compound_value(atom) if atom.value is None else atom.value
        result += number
    return result


def _compound_value(atom: Atom) -> int:
    """Compute the number of a floor, a maximum or a minimum, once for all formulas it is in."""
    atom.value = _apply(atom.kind, [value_of(argument) or 0 for argument in atom.arguments])
    return atom.value


def _apply(kind: str, sizes: list[int]) -> int:
    if kind == FLOOR:
        return sizes[0] // sizes[1]
    return max(sizes) if kind == MAX else min(sizes)


def evaluate(terms: Terms, env: Mapping[str, int], values: dict[Atom, int]) -> int:
    """Compute the number of a polynomial; nested parts are computed once."""
    result = 0
    for monomial, coefficient in terms.items():
        number = coefficient
        for atom in monomial:
            if atom not in values:
                if not atom.arguments:
                    values[atom] = env[atom.name] if atom.kind == SYMBOL else atom.value or 0
                else:
                    sizes = []
                    for argument in atom.arguments:
                        sizes.append(evaluate(argument, env, values))
                    values[atom] = _apply(atom.kind, sizes)
            number *= values[atom]
        result += number
    return result
