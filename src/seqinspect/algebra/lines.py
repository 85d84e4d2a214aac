"""Lines: a formula in one integer t as pieces of straight lines, in numbers."""

from __future__ import annotations

from itertools import islice, product
from math import gcd, lcm
from typing import TYPE_CHECKING

from seqinspect.algebra.polynomial import FLOOR, MAX, SYMBOL
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from seqinspect.algebra.expression import Expr
    from seqinspect.algebra.polynomial import Atom, Monomial, Terms

MAX_LINES = 1_000
"""A formula of more pieces is not taken apart."""


class Line(NamedTuple):
    """The values rise·i + at where t = residue + modulus·i, for i = begin…end."""

    modulus: int
    residue: int
    begin: int
    end: int
    rise: int
    at: int

    def thinned(self, modulus: int, residue: int) -> Line:
        """Return the part at i ≡ residue (mod modulus), with its own i counted anew."""
        return Line(
            self.modulus * modulus,
            self.residue + self.modulus * residue,
            -((residue - self.begin) // modulus),
            (self.end - residue) // modulus,
            self.rise * modulus,
            self.at + self.rise * residue,
        )


Lines = tuple[Line, ...]


class NotLinear(ArithmeticError):  # noqa: N818 - it says what is wrong
    """A formula is no pieces of straight lines, or too many of them."""


def straight_lines(
    formula: Expr,
    name: str,
    numbers: Mapping[str, int],
    count: int,
    spend: Callable[[int], object] = abs,
) -> Lines:
    """Return the values of a formula at name = 0…count−1; `numbers` are those of all other names.

    `spend` is called with the number of lines that were handled. Raises NotLinear where it has
    other pieces than straight lines or more than MAX_LINES of them, KeyError where a number is
    missing, and ZeroDivisionError.
    """
    number = formula.value
    if number is not None and formula.is_constant:
        return (Line(1, 0, 0, count - 1, 0, number),)
    return _Reader(name, numbers, count, spend).terms(formula._terms)


class _Reader:
    def __init__(
        self,
        name: str,
        numbers: Mapping[str, int],
        count: int,
        spend: Callable[[int], object],
    ) -> None:
        self.name = name
        self.numbers = numbers
        self.count = count
        self.spend = spend
        self.atoms: dict[Atom, Lines] = {}

    def constant(self, number: int) -> Lines:
        return (Line(1, 0, 0, self.count - 1, 0, number),)

    def terms(self, terms: Terms) -> Lines:
        found = self.constant(terms.get((), 0))
        for monomial, number in terms.items():
            if monomial:
                found = self.checked(combined(found, self.product(monomial, number), total_of))
        return found

    def product(self, monomial: Monomial, number: int) -> Lines:
        factor, moving = number, self.constant(1)
        for atom in monomial:
            lines = self.atom(atom)
            if len(lines) == 1 and lines[0].modulus == 1 and lines[0].rise == 0:
                factor *= lines[0].at
            elif moving != self.constant(1):
                raise NotLinear
            else:
                moving = lines
        return scaled(moving, factor)

    def atom(self, atom: Atom) -> Lines:
        if atom not in self.atoms:
            self.atoms[atom] = self._atom(atom)
        return self.atoms[atom]

    def _atom(self, atom: Atom) -> Lines:
        if not atom.arguments:
            if atom.kind != SYMBOL:
                return self.constant(atom.value or 0)
            if atom.name == self.name:
                return (Line(1, 0, 0, self.count - 1, 1, 0),)
            return self.constant(self.numbers[atom.name])
        arguments = [self.terms(argument) for argument in atom.arguments]
        if atom.kind == FLOOR:
            numerator, (divisor, *more) = arguments
            if more or divisor.rise or divisor.modulus != 1:
                raise NotLinear
            return self.checked(part for line in numerator for part in _divided(line, divisor.at))
        found = arguments[0]
        for other in arguments[1:]:
            join = larger_of if atom.kind == MAX else smaller_of
            found = self.checked(combined(found, other, join))
        return found

    def checked(self, lines: Iterable[Line]) -> Lines:
        """Return so many lines as are followed."""
        found = tuple(islice(lines, MAX_LINES + 1))
        self.spend(len(found))
        if len(found) > MAX_LINES:
            raise NotLinear
        return found


def common_grid(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
    """Return the numbers on both of two grids (modulus, residue) as a grid; None without any."""
    (m, a), (n, b) = one, other
    divisor = gcd(m, n)
    if (b - a) % divisor:
        return None
    times = (b - a) // divisor * pow(m // divisor, -1, n // divisor) if n > divisor else 0
    modulus = lcm(m, n)
    return modulus, (a + m * times) % modulus


def comparison_cost(one: Lines, other: Lines) -> int:
    """Return the work of looking at all lines of two formulas, next to handling a line."""
    return len(one) * len(other) // 16


def aligned(one: Lines, other: Lines) -> Iterator[tuple[Line, Line]]:
    """Yield what two formulas are at the same t, both on the same grid of t."""
    for lines in _meeting(one, other):
        a, b = lines
        if a[:2] != b[:2]:
            grid = common_grid(a[:2], b[:2])
            if grid is None:
                continue
            modulus, residue = grid
            a, b = (
                line.thinned(modulus // line.modulus, (residue - line.residue) // line.modulus)
                for line in lines
            )
        begin, end = max(a.begin, b.begin), min(a.end, b.end)
        if begin <= end:
            yield a._replace(begin=begin, end=end), b._replace(begin=begin, end=end)


def _meeting(one: Lines, other: Lines) -> Iterator[tuple[Line, Line]]:
    """Yield the pairs of lines whose grids have a t in common."""
    if len(one) == 1 or len(other) == 1:
        yield from product(one, other)
        return
    on_grids: dict[int, list[Line]] = {}  # by modulus
    for line in other:
        on_grids.setdefault(line.modulus, []).append(line)
    for modulus, lines in on_grids.items():
        classes: dict[int, dict[int, list[Line]]] = {}  # by what two grids share, and residue
        for line in one:
            shared = gcd(line.modulus, modulus)
            if shared not in classes:
                classes[shared] = {}
                for meeting in lines:
                    classes[shared].setdefault(meeting.residue % shared, []).append(meeting)
            for meeting in classes[shared].get(line.residue % shared, ()):
                yield line, meeting


def combined(
    one: Lines, other: Lines, join: Callable[[Line, Line], Iterable[Line]]
) -> Iterator[Line]:
    """Yield what two formulas make together at each t."""
    for a, b in aligned(one, other):
        yield from join(a, b)


def total_of(one: Line, other: Line) -> Lines:
    """Add two lines at the same t."""
    return (one._replace(rise=one.rise + other.rise, at=one.at + other.at),)


def larger_of(one: Line, other: Line) -> Iterator[Line]:
    """Yield the larger of two lines at the same t: the parts of both, up to where they cross."""
    rise, at = one.rise - other.rise, one.at - other.at
    if rise < 0:
        one, other, rise, at = other, one, -rise, -at
    # From `cross` on the one that rises faster is at least as large.
    cross = -(at // rise) if rise else one.begin if at >= 0 else one.end + 1
    if other.begin < cross:
        yield other._replace(end=min(other.end, cross - 1))
    if cross <= one.end:
        yield one._replace(begin=max(one.begin, cross))


def scaled(lines: Lines, factor: int) -> Lines:
    """Multiply by a number."""
    return tuple(line._replace(rise=line.rise * factor, at=line.at * factor) for line in lines)


def smaller_of(one: Line, other: Line) -> Lines:
    """Return the smaller of two lines at the same t, up to where they cross."""
    (one,), (other,) = scaled((one,), -1), scaled((other,), -1)
    return scaled(tuple(larger_of(one, other)), -1)


def _divided(line: Line, divisor: int) -> Iterator[Line]:
    """Yield the floor of a line's quotient, for each remainder that its values leave."""
    classes = abs(divisor) // gcd(line.rise, divisor)
    for residue in range(min(classes, MAX_LINES + 1)):
        part = line.thinned(classes, residue)
        if part.begin <= part.end:
            yield part._replace(rise=part.rise // divisor, at=part.at // divisor)
