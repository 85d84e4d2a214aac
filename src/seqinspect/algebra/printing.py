"""Polynomials → text, in Python and in a textbook's signs.

A sum is printed as integer content × common sizes × (rest), its terms by falling degree and
then as a reader met them, a plain number last. What the normal form has moved out of a floor, a
maximum or a minimum goes back in where that reads shorter.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from seqinspect.algebra.polynomial import (
    FLOOR,
    FormulaTooLarge,
    Text,
    add,
    common_monomial,
    compound_atoms,
    divide,
    multiply,
    remove_factor,
)
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seqinspect.algebra.polynomial import Atom, Monomial, Terms

# How tightly a piece of text holds together; a looser one gets parentheses.
SUM, QUOTIENT, PRODUCT, POWER, WHOLE = range(5)

# Deeper floors are printed as they are, since every way to print one tries all of its inner ones.
FOLD_DEPTH = 3
# A rounding up may be so much longer in Python than what it replaces: a textbook has a sign for it
ROUNDED_UP = 3
# Larger sums are printed as they are: nobody reads them for their factors.
FACTOR_TERMS = 32

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def tuple_text(texts: Iterable[str]) -> str:
    """Return texts as a tuple is written: (batch, T, n), (n,)."""
    parts = list(texts)
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


class Summand(NamedTuple):
    """A term of a sum: a coefficient with a monomial, or a group of terms, or a changed floor."""

    negative: bool
    degree: int
    number: int
    monomial: Monomial
    special: Terms | tuple[str, tuple[Terms, ...]] | None = None


class Printer:
    """Prints one formula in one style."""

    def __init__(self, order: Iterable[Atom], *, textbook: bool) -> None:
        self.rank = {atom: position for position, atom in enumerate(order)}
        self.textbook = textbook
        self.times = "×" if textbook else "*"
        self.plus = "+" if textbook else " + "
        self.minus = "−" if textbook else " - "
        self.sign = "−" if textbook else "-"
        # Both styles take the form whose Python text is shorter, so that they show the same one.
        self.judge = Printer(self.rank, textbook=False) if textbook else self
        self.printed: dict[Atom, Text] = {}
        # Trying both of two ways at every level would be exponential without it.
        self.sums: dict[tuple[tuple[Monomial, int], ...], Text] = {}

    def print(self, terms: Terms) -> str:
        """Print a polynomial."""
        # Innermost first: however deep they are nested, printing one then needs no recursion.
        for atom in sorted(compound_atoms(terms), key=lambda atom: atom.depth):
            if atom.printed is not None:
                self.judge.printed[atom] = atom.printed[0]
                self.printed[atom] = atom.printed[self.textbook]
                continue
            for printer in (self.judge, self):
                printer.printed[atom] = printer._compound(atom.kind, atom.arguments)
            if self.textbook and atom.depth == len(atom.symbols) == 1:
                atom.printed = self.judge.printed[atom], self.printed[atom]
        return self._formula(terms).text

    def _formula(self, terms: Terms) -> Text:
        if len(terms) < 2:
            return self._sum(terms)
        content = gcd(*terms.values())
        common = common_monomial(terms)
        if (content > 1 or common) and all(number < 0 for number in terms.values()):
            content = -content
        rest = {
            remove_factor(monomial, common): number // content for monomial, number in terms.items()
        }
        plain = self._product(content, common, [self._sum(rest)])
        factors = _factors(rest)
        if len(factors) == 1:
            return plain
        return self._shortest(
            lambda printer: printer._product(content, common, [*map(printer._sum, factors)]),
            lambda printer: printer._product(content, common, [printer._sum(rest)]),
        )

    def _shortest(self, *ways: Callable[[Printer], Text]) -> Text:
        """Print the way that is shorter, the first of equals."""
        return min(ways, key=lambda way: len(way(self.judge).text))(self)

    def _product(self, number: int, monomial: Monomial, sums: list[Text]) -> Text:
        factors = [Text(str(abs(number)), WHOLE)] if abs(number) != 1 else []
        factors += [self._power(atom, exponent) for atom, exponent in self._powers(monomial)]
        factors += sums
        if not factors:
            factors = [Text("1", WHOLE)]
        if len(factors) == 1:
            result = factors[0]
        else:
            result = Text(self.times.join([part.inside(POWER) for part in factors]), PRODUCT)
        if number < 0:
            return Text(self.sign + result.inside(PRODUCT), SUM)
        return result

    def _powers(self, monomial: Monomial) -> list[tuple[Atom, int]]:
        powers: dict[Atom, int] = {}
        for atom in monomial:
            powers[atom] = powers.get(atom, 0) + 1
        return sorted(powers.items(), key=lambda item: self.rank.get(item[0], 0))

    def _power(self, atom: Atom, exponent: int) -> Text:
        name = "" if atom.arguments else atom.label if self.textbook else atom.name
        base = Text(name, WHOLE) if name else self.printed[atom]
        if exponent == 1:
            return base
        if self.textbook:
            return Text(base.inside(WHOLE) + str(exponent).translate(SUPERSCRIPTS), POWER)
        return Text(f"{base.inside(WHOLE)}**{exponent}", POWER)

    def _compound(self, kind: str, arguments: tuple[Terms, ...]) -> Text:
        if kind != FLOOR:
            sizes = [self._formula(argument).text for argument in arguments]
            return Text(f"{kind}({', '.join(sizes)})", WHOLE)
        numerator, divisor = arguments
        above = self._formula(numerator).inside(QUOTIENT)
        below = self._formula(divisor).inside(POWER)
        if not self.textbook:
            return Text(f"{above}//{below}", QUOTIENT)
        raised = _ceiling_numerator(numerator, divisor)
        if raised is not None:
            return Text(f"⌈{self._formula(raised).inside(QUOTIENT)}/{below}⌉", WHOLE)
        return Text(f"⌊{above}/{below}⌋", WHOLE)

    def _sum(self, terms: Terms) -> Text:
        key = tuple(terms.items())
        if key not in self.sums:
            self.sums[key] = self._grouped(terms) if terms else Text("0", WHOLE)
        return self.sums[key]

    def _grouped(self, terms: Terms) -> Text:
        groups = _groups(terms)
        if groups is None:
            return self._join(self._parts(terms))
        shared, rest = groups
        group = Summand(False, max(map(len, shared)), 1, (), shared)
        return self._shortest(
            lambda printer: printer._join([group, *printer._parts(rest)]),
            lambda printer: printer._join(printer._parts(terms)),
        )

    def _join(self, parts: list[Summand]) -> Text:
        if len(parts) == 1:
            return self._part(parts[0], parts[0].number)
        parts = sorted(parts, key=lambda part: -part.degree)
        first = next((part for part in parts if not part.negative), parts[0])
        parts.remove(first)
        texts = [self._part(first, first.number).text]
        for part in parts:
            texts.append(self.minus if part.negative else self.plus)
            texts.append(self._part(part, abs(part.number)).inside(QUOTIENT))
        return Text("".join(texts), SUM)

    def _part(self, part: Summand, number: int) -> Text:
        if isinstance(part.special, dict):
            return self._formula(part.special)
        if part.special is not None:
            return self._compound(*part.special)
        return self._product(number, part.monomial, [])

    def _parts(self, terms: Terms) -> list[Summand]:
        """Split a sum into terms, with what stands beside a floor, max or min moved into it."""
        folded: list[Summand] = []
        if len(terms) > FACTOR_TERMS:
            return _plain_parts(terms)
        for monomial, number in list(terms.items()):
            if abs(number) != 1 or len(monomial) != 1:
                continue
            atom = monomial[0]
            if not 0 < atom.depth <= FOLD_DEPTH:
                continue
            outside = {m: c for m, c in terms.items() if m != monomial}
            part, rest = min(
                _foldings(atom, number, outside),
                key=lambda way: self._cost(*way),
            )
            if part.special is not None:
                folded.append(part)
                terms = rest
        return folded + _plain_parts(terms)

    def _cost(self, part: Summand, rest: Terms) -> int:
        length = len(self.judge._join([part, *_plain_parts(rest)]).text)
        if isinstance(part.special, tuple) and part.special[0] == FLOOR:
            numerator, divisor = part.special[1]
            if _ceiling_numerator(numerator, divisor) is not None:
                return length - ROUNDED_UP
            if all(number < 0 for number in numerator.values()):
                return length + 1
        return length


def _ceiling_numerator(numerator: Terms, divisor: Terms) -> Terms | None:
    """Return what is rounded up by the floor of numerator / divisor, where that reads better."""
    # (a + d − 1) // d is a / d rounded up.
    raised = add(add(numerator, divisor, -1), {(): 1})
    better = () in numerator and () not in raised and len(raised) < len(numerator)
    return raised if better else None


def _plain_parts(terms: Terms) -> list[Summand]:
    return [Summand(number < 0, len(m), number, m) for m, number in terms.items()]


def _foldings(atom: Atom, number: int, outside: Terms) -> list[tuple[Summand, Terms]]:
    """Return the ways to print an atom and the terms beside it, the best of equals first."""
    ways = [(Summand(number < 0, 1, number, (atom,)), outside)]
    arguments = atom.arguments
    within = {monomial for argument in arguments for monomial in argument}
    # A floor is not moved into another one: the ways to do so are too many.
    plain = {m: c for m, c in outside.items() if not any(part.arguments for part in m)}
    constant = {m: c for m, c in plain.items() if not m}
    shared = {m: c for m, c in plain.items() if m and m in within}
    for moved in (constant, shared, shared | constant, plain):
        rest = {m: c for m, c in outside.items() if m not in moved}
        if not moved:
            continue
        if atom.kind == FLOOR:
            numerator, divisor = arguments
            if number < 0:
                if not shared or moved == constant:
                    continue
                # −(a // d) = (d − 1 − a) // d
                numerator = add(add(divisor, numerator, -1), {(): -1})
            numerator = add(numerator, multiply(moved, divisor))
            if numerator:
                ways.append((Summand(False, 1, 1, (), (FLOOR, (numerator, divisor))), rest))
        elif number > 0:
            sizes = tuple([add(argument, moved) for argument in arguments])
            # A size below 0 reads worse than the number outside.
            if moved != constant or moved == plain or all(s.get((), 0) >= 0 for s in sizes):
                ways.insert(0, (Summand(False, 1, 1, (), (atom.kind, sizes)), rest))
    return ways


def _factors(terms: Terms) -> list[Terms]:
    """Split a sum into sums whose product it is, as far as a size of power 1 shows them."""
    factors: list[Terms] = []
    while 4 <= len(terms) <= FACTOR_TERMS:
        split = _split(terms)
        if split is None:
            break
        factors.append(split[0])
        terms = split[1]
    return [*factors, terms]


def _split(terms: Terms) -> tuple[Terms, Terms] | None:
    for atom in {atom: None for monomial in terms for atom in monomial}:
        if any(monomial.count(atom) > 1 for monomial in terms):
            continue
        slope = {remove_factor(m, (atom,)): c for m, c in terms.items() if atom in m}
        rest = {m: c for m, c in terms.items() if atom not in m}
        if 2 <= len(slope) <= len(rest):
            # slope · atom + rest = slope · (atom + rest / slope)
            try:
                quotient, remainder = divide(rest, slope, 2 * FACTOR_TERMS)
            except FormulaTooLarge:
                continue  # a formula that stands can also be printed, if not as a product
            if not remainder:
                return add({(atom,): 1}, quotient), slope
    return None


def _groups(terms: Terms) -> tuple[Terms, Terms] | None:
    """Split a sum into the terms that share the most frequent size or number, and the others."""
    if not 3 <= len(terms) <= FACTOR_TERMS:
        return None
    sizes: dict[Atom, int] = {}
    numbers: dict[int, int] = {}
    for monomial, number in terms.items():
        for atom in dict.fromkeys(monomial):
            sizes[atom] = sizes.get(atom, 0) + 1
        if abs(number) > 1:
            numbers[abs(number)] = numbers.get(abs(number), 0) + 1
    atom, count = max(sizes.items(), key=lambda item: item[1])
    if 2 <= count < len(terms):
        shared = {m: c for m, c in terms.items() if atom in m}
    else:
        common, count = max(numbers.items(), key=lambda item: item[1], default=(0, 0))
        if not 2 <= count < len(terms):
            return None
        shared = {m: c for m, c in terms.items() if abs(c) == common}
    if all(number < 0 for number in shared.values()):
        return None
    return shared, {m: c for m, c in terms.items() if m not in shared}
