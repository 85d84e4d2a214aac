"""Polynomials as dictionaries: exact arithmetic, normal forms of floor, max and min, printing.

`Terms` maps a monomial to its integer coefficient; no coefficient is 0. A monomial is the sorted
tuple of its atoms, an atom standing in it as often as its power says. Insertion order is kept:
it is the order in which a reader met the terms.

A sum is printed as whole-number content × common sizes × (rest), its terms by falling degree and
then as a reader met them, a plain number last. What the normal form has moved out of a floor, a
maximum or a minimum goes back in where that reads shorter.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


class Atom(str):
    """What polynomials are made of: a symbol, a literal number, a floor, a maximum or a minimum.

    The text of the string is the atom's identity, so that hashing and sorting run at the speed
    of strings; what the atom means is in its attributes. `printed` is how a floor, a maximum or a
    minimum reads in Python and in a textbook, where no order of sizes matters.
    """

    __slots__ = ("arguments", "definition", "depth", "kind", "name", "printed", "symbols", "value")

    kind: str
    name: str
    value: int | None
    arguments: tuple[Terms, ...]
    definition: tuple[Terms, dict[Atom, None]] | None
    symbols: frozenset[Atom]
    depth: int
    printed: tuple[Text, Text] | None


Monomial: TypeAlias = tuple[Atom, ...]
Terms: TypeAlias = dict[Monomial, int]


def symbol_atom(
    name: str, value: int | None, definition: tuple[Terms, dict[Atom, None]] | None
) -> Atom:
    """Return the atom of a named size."""
    atom = Atom(repr(name))
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
    atom.definition = None
    atom.symbols = frozenset()
    return atom


def compound_atom(kind: str, arguments: tuple[Terms, ...]) -> Atom:
    """Return the atom of a floor (numerator, divisor), a maximum or a minimum."""
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
    """Add: left + factor · right."""
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
    """Multiply out."""
    if len(left) * len(right) > MAX_TERMS:
        _refuse_work(left, right)
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


def _refuse_work(left: Terms, right: Terms) -> None:
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
        kept = []
        for atom in common:
            if atom in rest:
                rest.remove(atom)
                kept.append(atom)
        common = kept
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
    0 … leading coefficient − 1, as with whole numbers.
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
        rest = {without(m, common): c for m, c in rest.items()}
        divisor = {without(m, common): c for m, c in divisor.items()}
    number = gcd(*divisor.values(), *(c for m, c in rest.items() if m))
    if number > 1:
        # (g·s + c)//(g·e) = (s + c//g)//e for whole s
        rest = {m: whole for m, c in rest.items() if (whole := c // number)}
        divisor = {m: c // number for m, c in divisor.items()}
    return rest, divisor


def without(monomial: Monomial, divisor: Monomial) -> Monomial:
    """Return the monomial without a divisor that it is known to contain."""
    rest = quotient_monomial(monomial, divisor)
    if rest is None:
        raise AssertionError("a common monomial divides all")  # pragma: no cover
    return rest


def _inner_floor(rest: Terms, divisor: Terms) -> Atom | None:
    found = [
        monomial[0]
        for monomial, coefficient in rest.items()
        if coefficient == 1
        and len(monomial) == 1
        and monomial[0].kind == FLOOR
        and len(monomial[0].arguments[1]) * len(divisor) <= FLATTEN_TERMS
    ]
    return min(found, default=None)


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


# How tightly a piece of text holds together; a looser one gets parentheses.
SUM, QUOTIENT, PRODUCT, POWER, WHOLE = range(5)

# Deeper floors are printed as they are, since every way to print one tries all of its inner ones.
FOLD_DEPTH = 3
# A rounding up may be so much longer in Python than what it replaces: a textbook has a sign for it
ROUNDED_UP = 3
# Larger sums are printed as they are: nobody reads them for their factors.
FACTOR_TERMS = 32

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Text(NamedTuple):
    """A printed formula and how tightly it holds together."""

    text: str
    level: int

    def inside(self, level: int) -> str:
        """Return the text, in parentheses if it is looser than `level`."""
        return self.text if self.level >= level else f"({self.text})"


class Part(NamedTuple):
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
        atoms: dict[Atom, None] = {}
        stack = [terms]
        while stack:
            for monomial in stack.pop():
                for atom in monomial:
                    if atom.arguments and atom not in atoms:
                        atoms[atom] = None
                        stack += atom.arguments
        # Innermost first: however deep they are nested, printing one then needs no recursion.
        for atom in sorted(atoms, key=lambda atom: atom.depth):
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
        rest = {without(monomial, common): number // content for monomial, number in terms.items()}
        plain = self._product(content, common, [self._sum(rest)])
        factors = _factors(rest)
        if len(factors) == 1:
            return plain
        return self._shorter(
            lambda printer: printer._product(content, common, [*map(printer._sum, factors)]),
            lambda printer: printer._product(content, common, [printer._sum(rest)]),
        )

    def _shorter(self, *ways: Callable[[Printer], Text]) -> Text:
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
        base = self.printed[atom] if atom.arguments else Text(atom.name, WHOLE)
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
        raised = _rounded_up(numerator, divisor)
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
            return self._joined(self._parts(terms))
        shared, rest = groups
        group = Part(False, max(map(len, shared)), 1, (), shared)
        return self._shorter(
            lambda printer: printer._joined([group, *printer._parts(rest)]),
            lambda printer: printer._joined(printer._parts(terms)),
        )

    def _joined(self, parts: list[Part]) -> Text:
        if len(parts) == 1:
            return self._part(parts[0], parts[0].number)
        parts = sorted(parts, key=lambda part: -part.degree)
        first = next((part for part in parts if not part.negative), parts[0])
        parts.remove(first)
        pieces = [self._part(first, first.number).text]
        for part in parts:
            pieces.append(self.minus if part.negative else self.plus)
            pieces.append(self._part(part, abs(part.number)).inside(QUOTIENT))
        return Text("".join(pieces), SUM)

    def _part(self, part: Part, number: int) -> Text:
        if isinstance(part.special, dict):
            return self._formula(part.special)
        if part.special is not None:
            return self._compound(*part.special)
        return self._product(number, part.monomial, [])

    def _parts(self, terms: Terms) -> list[Part]:
        """Split a sum into terms, with what stands beside a floor, max or min moved into it."""
        folded: list[Part] = []
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

    def _cost(self, part: Part, rest: Terms) -> int:
        length = len(self.judge._joined([part, *_plain_parts(rest)]).text)
        if isinstance(part.special, tuple) and part.special[0] == FLOOR:
            numerator, divisor = part.special[1]
            if _rounded_up(numerator, divisor) is not None:
                return length - ROUNDED_UP
            if all(number < 0 for number in numerator.values()):
                return length + 1
        return length


def _rounded_up(numerator: Terms, divisor: Terms) -> Terms | None:
    """Return what is rounded up by the floor of numerator / divisor, where that reads better."""
    # (a + d − 1) // d is a / d rounded up.
    raised = add(add(numerator, divisor, -1), {(): 1})
    better = () in numerator and () not in raised and len(raised) < len(numerator)
    return raised if better else None


def _plain_parts(terms: Terms) -> list[Part]:
    return [Part(number < 0, len(m), number, m) for m, number in terms.items()]


def _foldings(atom: Atom, number: int, outside: Terms) -> list[tuple[Part, Terms]]:
    """Return the ways to print an atom and the terms beside it, the best of equals first."""
    ways = [(Part(number < 0, 1, number, (atom,)), outside)]
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
                ways.append((Part(False, 1, 1, (), (FLOOR, (numerator, divisor))), rest))
        elif number > 0:
            sizes = tuple([add(argument, moved) for argument in arguments])
            # A size below 0 reads worse than the number outside.
            if moved != constant or moved == plain or all(s.get((), 0) >= 0 for s in sizes):
                ways.insert(0, (Part(False, 1, 1, (), (atom.kind, sizes)), rest))
    return ways


def _factors(terms: Terms) -> list[Terms]:
    """Split a sum into sums whose product it is, as far as a size of power 1 shows them."""
    found: list[Terms] = []
    while 4 <= len(terms) <= FACTOR_TERMS:
        split = _split(terms)
        if split is None:
            break
        found.append(split[0])
        terms = split[1]
    return [*found, terms]


def _split(terms: Terms) -> tuple[Terms, Terms] | None:
    for atom in {atom: None for monomial in terms for atom in monomial}:
        if any(monomial.count(atom) > 1 for monomial in terms):
            continue
        slope = {without(m, (atom,)): c for m, c in terms.items() if atom in m}
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
