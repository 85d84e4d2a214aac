"""A size, seen for several numbers of the named ones → a formula that gives it at every one."""

from __future__ import annotations

import math
from itertools import combinations, permutations
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, ceil_div, const, maximum, minimum, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Points = Sequence[Mapping[str, int]]
    Line = Mapping[int, int]
    Names = Mapping[str, Expr]

MIN_POINTS = 4
"""Numbers of a name that must have been looked at before a formula may have it."""

MIN_VALUES = 3
"""Values of a quotient of two names, or of the smaller of them, that must have been seen."""

MAX_FACTORS = 3
"""So many names may be multiplied with each other."""

DENSE_POINTS = 12
"""So many numbers in a row show every rounding by a divisor up to this one."""


def formula(
    points: Points,
    values: Sequence[int],
    names: Names,
    *,
    dense: bool,
    factors: int = MAX_FACTORS,
    quotients: bool = True,
) -> Expr | None:
    """Return the simplest formula that gives every value at its point, None where none is found.

    The first point is the base: others differ from it in one name, or in several at once.
    `dense`: of every name there are `DENSE_POINTS` numbers in a row, as far as Keras takes them.
    So many names may be factors of it, and what two names make of each other if `quotients`.
    """
    if len(set(values)) == 1:
        return const(values[0])
    for candidate in _candidates(points, values, names, dense, factors, quotients):
        if fits(candidate, points, values):
            return candidate.plain()
    return None


def fits(candidate: Expr, points: Points, values: Sequence[int]) -> bool:
    """Tell whether a formula gives every value at its point."""
    return all(
        candidate.evaluate(point) == value for point, value in zip(points, values, strict=True)
    )


def line(points: Points, values: Sequence[int], name: str) -> dict[int, int]:
    """Return the values by the number of one name, where all others are as in the base."""
    base = points[0]
    return {
        point[name]: value
        for point, value in zip(points, values, strict=True)
        if all(point[other] == base[other] for other in base if other != name)
    }


def _candidates(  # noqa: PLR0917 - what is known of a size
    points: Points,
    values: Sequence[int],
    names: Names,
    dense: bool,
    factors: int,
    quotients: bool,
) -> Iterator[Expr]:
    lines = {name: line(points, values, name) for name in names}
    moving = {
        name: values_of_line
        for name, values_of_line in lines.items()
        if len(set(values_of_line.values())) > 1
    }
    if len(moving) > 1 and not any(
        sum(point[name] != points[0][name] for name in moving) > 1 for point in points
    ):
        return  # how they work together was not seen
    seen = all(len(values_of_line) >= MIN_POINTS for values_of_line in moving.values())
    alone = [
        _formula_in_one_name(names[name], values_of_line, dense=dense)
        for name, values_of_line in moving.items()
        if seen
    ]
    apart = [each for each in alone if each is not None]
    if moving and len(apart) == len(moving):
        yield total([*apart, const(values[0] * (1 - len(apart)))])
    if quotients:
        yield from _lines_in_two_names(points, values, names)
    for size, left in _quotients(points, values, names.values() if factors else ()):
        rest = formula(points, left, names, dense=dense, factors=factors - 1, quotients=quotients)
        if rest is not None:
            yield size * rest
    for size, left in _quotients(points, values, _of_two_names(names) if quotients else ()):
        rest = formula(points, left, names, dense=dense, factors=factors, quotients=False)
        if rest is not None:
            yield size * rest
    if len(moving) == 2 and len(apart) == 2:
        yield from _sums_and_products(points, values, names, list(moving), apart)


def _of_two_names(names: Names) -> Iterator[Expr]:
    """Yield what two names make of each other: quotients, what is left, the smaller, the larger."""
    for one, other in permutations(names.values(), 2):
        yield one // other
        yield ceil_div(one, other)
        yield one - other * (one // other)
    for one, other in combinations(names.values(), 2):
        yield minimum(one, other)
        yield maximum(one, other)


def _lines_in_two_names(points: Points, values: Sequence[int], names: Names) -> Iterator[Expr]:
    """Yield what grows by the same with every one more of a quotient, a minimum or a maximum."""
    for size in _of_two_names(names):
        numbers = [size.evaluate(point) for point in points]
        by_number = dict(zip(numbers, values, strict=True))
        if len(by_number) >= MIN_VALUES:
            yield from _linear_formulas(size, by_number)


def _quotients(
    points: Points, values: Sequence[int], sizes: Iterable[Expr]
) -> Iterator[tuple[Expr, list[int]]]:
    """Yield each size that divides all values, and what is left of them."""
    for size in sizes:
        numbers = [size.evaluate(point) for point in points]
        if all(numbers) and len(set(numbers)) > 1 and any(values):
            divided = [divmod(value, number) for value, number in zip(values, numbers, strict=True)]
            if all(rest == 0 for _, rest in divided):
                yield size, [whole for whole, _ in divided]


def _sums_and_products(
    points: Points, values: Sequence[int], names: Names, two: Sequence[str], apart: Sequence[Expr]
) -> Iterator[Expr]:
    """Yield the sum of what two names make alone, and a multiple of their product."""
    base, added = points[0], total([*apart, const(-values[0])])
    one, other = two
    product = (names[one] - base[one]) * (names[other] - base[other])
    for point, value in zip(points, values, strict=True):
        over = product.evaluate(point)
        if over and (value - added.evaluate(point)) % over == 0:
            yield added + (value - added.evaluate(point)) // over * product
            return


def _formula_in_one_name(size: Expr, line_values: Line, *, dense: bool) -> Expr | None:
    """Return the formula in one name that gives all values, None where none is found."""
    (name,) = size.symbols()
    candidates: list[Expr] = list(_linear_formulas(size, line_values))
    if dense:
        candidates += _bent_lines(size, line_values)
        candidates += _floors_and_squares(size, line_values)
    for candidate in candidates:
        if all(
            candidate.evaluate({name: number}) == value for number, value in line_values.items()
        ):
            return candidate
    return None


def _linear_formulas(size: Expr, line_values: Line) -> Iterator[Expr]:
    """Yield what grows by the same with every one more."""
    (base, value), (other, second), *_ = line_values.items()
    slope, rest = divmod(second - value, other - base)
    if rest == 0:
        yield slope * (size - base) + value


def _bent_lines(size: Expr, line_values: Line) -> Iterator[Expr]:
    """Yield the smaller and the larger of two lines: those through the ends of what was seen."""
    numbers = sorted(line_values)
    if len(numbers) < 2 * MIN_POINTS:
        return
    ends = [
        next(_linear_formulas(size, {each: line_values[each] for each in two}), None)
        for two in (numbers[:2], numbers[-2:])
    ]
    low, high = ends
    if low is not None and high is not None:
        yield minimum(low, high)
        yield maximum(low, high)


def _floors_and_squares(size: Expr, line_values: Line) -> Iterator[Expr]:
    """Yield ⌊(a×size + b)/k⌋ and its multiples, and polynomials of the second degree."""
    base, value = next(iter(line_values.items()))
    unit = math.gcd(*(each - value for each in line_values.values()))
    start = value % unit
    parts = {number: (each - start) // unit for number, each in line_values.items()}
    far = max(line_values)
    for divisor in range(2, DENSE_POINTS + 1):
        rise = round(divisor * (parts[far] - parts[base]) / (far - base))
        lowest = divisor * parts[base] - rise * base
        for shift in sorted(range(lowest, lowest + divisor), key=abs):
            if all((rise * n + shift) // divisor == part for n, part in parts.items()):
                yield unit * ((rise * size + shift) // divisor) + start
                break
    three = sorted(line_values)[:3]
    (a, b, c), (u, v, w) = three, (line_values[number] for number in three)
    # Lagrange's parabola through three points, over their common denominator.
    below = (b - a) * (c - a) * (c - b)
    above = (
        u * (c - b) * (size - b) * (size - c)
        - v * (c - a) * (size - a) * (size - c)
        + w * (b - a) * (size - a) * (size - b)
    )
    yield above // below
