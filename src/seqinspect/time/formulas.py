"""Formulas in t for the first and last steps of a relation, and whether formulas are those."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, const, maximum, minimum
from seqinspect.algebra.lines import (
    Line,
    NotLinear,
    aligned,
    combined,
    comparison_cost,
    larger_of,
    scaled,
    smaller_of,
    straight_lines,
    total_of,
)
from seqinspect.records import NamedTuple
from seqinspect.time.envelope import Ends, joined
from seqinspect.time.reach import STEP, ZERO
from seqinspect.time.work import TooManyPieces, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from seqinspect.algebra.lines import Lines

MAX_PARTS = 8
"""Of more straight parts no formula is made."""

MAX_POINTS = 64
"""Steps that follow several grids are joined to straight parts one by one, up to so many."""


class Trial(NamedTuple):
    """The numbers of steps and of sizes that have none, at which formulas are looked at."""

    steps: int
    numbers: Mapping[str, int]
    work: Work


def are_ends(first: Expr, last: Expr, ends: Ends, trial: Trial) -> bool:
    """Whether two formulas are shown to be the ends, and first > last where there are none."""
    lines = _lines(first, last, trial)
    if lines is None or not all(map(_agree, lines, ends)):
        return False
    widths = combined(lines.last, scaled(lines.first, -1), total_of)
    return sum(map(_nonnegative, widths)) == sum(line.end - line.begin + 1 for line in ends.last)


def formula_ends(first: Expr, last: Expr, trial: Trial) -> Ends | None:
    """Return the ends that two formulas say; None where they cannot be taken apart.

    Nor can they where some step may depend on none.
    """
    lines = _lines(first, last, trial)
    if lines is None:
        return None
    widths = combined(lines.last, scaled(lines.first, -1), total_of)
    return lines if all(_nonnegative(w) == w.end - w.begin + 1 for w in widths) else None


def are_equal(one: Expr, other: Expr, count: int) -> bool:
    """Whether two formulas are shown to be the same at t = 0…count−1, at the numbers of sizes."""
    lines = _lines(one, other, Trial(count, {}, Work()))
    return lines is not None and _agree(*lines)


def _lines(first: Expr, last: Expr, trial: Trial) -> Ends | None:
    """Return the values of two formulas; None where they take too many lines, or more work."""
    known = {**first.numbers(), **last.numbers(), **trial.numbers}
    spend = trial.work.spend
    try:
        lines = Ends(
            *(straight_lines(end, "t", known, trial.steps, spend) for end in (first, last))
        )
        spend(comparison_cost(*lines))
    except (NotLinear, KeyError, ZeroDivisionError, TooManyPieces):
        return None
    return lines


def _agree(formula: Lines, ends: Lines) -> bool:
    return all(
        one.at + one.rise * i == other.at + other.rise * i
        for one, other in aligned(formula, ends)
        for i in (one.begin, one.end)
    )


def _nonnegative(line: Line) -> int:
    """At how many t a line is 0 or more."""
    begin, end = line.begin, line.end
    if line.rise > 0:
        begin = max(begin, -(line.at // line.rise))
    elif line.rise < 0:
        end = min(end, line.at // -line.rise)
    elif line.at < 0:
        return 0
    return max(0, end - begin + 1)


def formulas_of(ends: Ends, trial: Trial, named: Callable[[int], Expr]) -> tuple[Expr, Expr] | None:
    """Return formulas for both ends at t = 0…count−1, those of nothing where there are none.

    `named` writes a number, by its name if it has one: 49 is T−1. None where the ends are no few
    straight parts.
    """
    found = []
    for lines, nothing in ((ends.first, 1), (ends.last, 0)):
        parts = _parts(lines, trial.steps, nothing)
        if parts is None:
            return None
        try:
            found.append(_formula(parts, trial, named))
        except TooManyPieces:
            return None
    return found[0], found[1]


def _parts(lines: Lines, count: int, nothing: int) -> Lines | None:
    """Return straight parts one after the other, also where there are no ends."""
    if sum(line.end - line.begin + 1 for line in lines if line.modulus > 1) > MAX_POINTS:
        return None
    single = [part for line in lines for part in _on_all_steps(line)]
    found, after = [], 0
    for line in joined(single):
        if line.begin > after:
            found.append(Line(1, 0, after, line.begin - 1, 0, nothing))
        found.append(line)
        after = line.end + 1
    if after < count:
        found.append(Line(1, 0, after, count - 1, 0, nothing))
    return tuple(found) if len(found) <= MAX_PARTS else None


def _on_all_steps(line: Line) -> Iterator[Line]:
    """Yield a line on the grid of all t: step by step where it is on another one."""
    if line.modulus == 1:
        yield line
        return
    for i in range(line.begin, line.end + 1):
        step = line.residue + line.modulus * i
        yield Line(1, 0, step, step, 0, line.at + line.rise * i)


def _formula(parts: Lines, trial: Trial, named: Callable[[int], Expr]) -> Expr:
    """Return the largest of smallest straight lines or, where the values jump, a sum."""
    whole = [part._replace(begin=0, end=trial.steps - 1) for part in parts]
    smallest: dict[tuple[int, ...], Lines] = {}

    def holds(terms: Sequence[tuple[int, ...]]) -> bool:
        found: Lines = ()
        for term in terms:
            if term not in smallest:
                smallest[term] = _extreme([(whole[index],) for index in term], smaller_of)
            trial.work.spend(len(term))
            found = _extreme([found, smallest[term]], larger_of) if found else smallest[term]
        return _agree(found, parts)

    # A function without jumps is the largest of the smallest of the lines above each of its parts.
    terms = [
        tuple(
            index
            for index, other in enumerate(parts)
            if all(_at(other, step) >= _at(part, step) for step in (part.begin, part.end))
        )
        for part in parts
    ]
    if not holds(terms):
        return _sum_of_jumps(parts, named)
    for index in reversed(range(len(terms))):
        without = terms[:index] + terms[index + 1 :]
        if without and holds(without):
            terms = without
    for index, term in enumerate(terms):
        for line in term:
            shorter = tuple(other for other in terms[index] if other != line)
            changed = [*terms[:index], shorter, *terms[index + 1 :]]
            if shorter and holds(changed):
                terms = changed
    texts = [
        part.rise * STEP + (const(part.at) if part.rise > 0 else named(part.at)) for part in parts
    ]
    return maximum(*(minimum(*(texts[index] for index in term)) for term in terms))


def _extreme(several: Sequence[Lines], join: Callable[[Line, Line], Iterable[Line]]) -> Lines:
    """Return the largest, or the smallest, of formulas at each t."""
    found = several[0]
    for lines in several[1:]:
        found = tuple(combined(found, lines, join))
    return found


def _at(line: Line, step: int) -> int:
    return line.rise * step + line.at


def _sum_of_jumps(parts: Lines, named: Callable[[int], Expr]) -> Expr:
    """Return the first part, with each jump as min(1, max(0, t − b + 1)) and each turn after it."""
    formula = parts[0].rise * STEP + named(parts[0].at)
    for before, part in pairwise(parts):
        step = part.begin
        arrived = STEP if step == 1 else maximum(ZERO, STEP - step + 1)
        jump = _at(part, step) - _at(before, step)
        height = named(jump) if jump > 0 else -named(-jump)
        formula = formula + height * minimum(1, arrived)
        formula = formula + (part.rise - before.rise) * maximum(ZERO, STEP - step)
    return formula
