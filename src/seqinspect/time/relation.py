"""Relation: which steps of a model input each step of a tensor depends on, at known sizes."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import gcd
from typing import TYPE_CHECKING

from seqinspect.algebra.lines import NotLinear, aligned, common_grid, straight_lines
from seqinspect.time.pieces import Piece, compose, merged, tight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.algebra.lines import Line
    from seqinspect.time.reach import Reach, StepSpan

MAX_PIECES = 300
"""A relation of more pieces is not known."""

MAX_PAIRS = 40_000
"""Nor is one of two whose pieces make more pairs."""

FEW_STEPS = 64
"""So many steps are tried one by one."""

Pieces = tuple[Piece, ...]


class TooManyPieces(ArithmeticError):  # noqa: N818 - it says what is wrong
    """A relation is not known: it takes more pieces than are followed."""


def identity(steps: int) -> Pieces:
    """Return the relation in which every step depends on itself."""
    return (Piece(1, 0, 0, steps - 1, 0, steps - 1, 1, 0, 0),)


def pieces_of(
    reach: Reach, numbers: tuple[tuple[str, int], ...], outputs: int, steps: int
) -> Pieces:
    """Return what a layer reads, with these numbers for sizes that have none.

    Raises TooManyPieces, also where its formulas are no straight lines.
    """
    key = (numbers, outputs, steps)
    if key not in reach.pieces:
        found: list[Piece] = []
        for span in reach.spans:
            found += _pieces_of_span(span, dict(numbers), outputs, steps)
            if len(found) > MAX_PIECES:
                raise TooManyPieces
        reach.pieces[key] = merged(found)
    return reach.pieces[key]


def _pieces_of_span(
    span: StepSpan, numbers: Mapping[str, int], outputs: int, steps: int
) -> Iterator[Piece]:
    known = {**span.first.numbers(), **span.last.numbers(), **span.every.numbers(), **numbers}
    try:
        first = straight_lines(span.first, "t", known, outputs)
        last = first if span.single else straight_lines(span.last, "t", known, outputs)
        every = max(1, span.every.evaluate(known))
    except (NotLinear, KeyError, ZeroDivisionError):
        raise TooManyPieces from None
    for begin, end in aligned(first, last):
        yield from _between(begin, end, every=every, steps=steps)


def _between(first: Line, last: Line, *, every: int, steps: int) -> Iterator[Piece]:
    """Yield the steps from one line to another that rises alike, or does not rise."""
    if first.rise and last.rise and first.rise != last.rise:
        if first.end - first.begin >= MAX_PIECES:
            raise TooManyPieces
        for i in range(first.begin, first.end + 1):
            begin, end = (
                line._replace(begin=i, end=i, rise=0, at=line.rise * i + line.at)
                for line in (first, last)
            )
            yield from _between(begin, end, every=every, steps=steps)
        return
    rise = first.rise or last.rise
    if rise and not first.rise and rise % every:  # the grid starts at `first`, whatever t is
        classes = every // gcd(rise, every)
        for residue in range(classes):
            begin, end = (line.thinned(classes, residue) for line in (first, last))
            yield from _between(begin, end, every=every, steps=steps)
        return
    ends = sorted((rise * first.begin, rise * first.end))
    yield from tight(
        Piece(
            first.modulus,
            first.residue,
            first.begin,
            first.end,
            low=0 if first.rise else max(0, first.at),
            high=steps - 1 if last.rise else min(steps - 1, last.at),
            rise=rise,
            lo=first.at if first.rise == rise else first.at - ends[1],
            hi=last.at if last.rise == rise else last.at - ends[0],
            every=every,
            phase=first.at,
        )
    )


@lru_cache(maxsize=4096)
def through(outer: Pieces, inner: Pieces) -> Pieces:
    """Return what t depends on when it reads the steps `outer` of a tensor that depends on `inner`.

    Raises TooManyPieces.
    """
    last = outer[0].end if outer else 0
    if outer == identity(last + 1) and all(
        piece.residue + piece.modulus * piece.end <= last for piece in inner
    ):
        return inner  # each step by itself
    if len(outer) * len(inner) > MAX_PAIRS:
        raise TooManyPieces
    found: list[Piece] = []
    for piece in outer:
        for other in inner:
            found += compose(piece, other)
            if len(found) > MAX_PAIRS:
                raise TooManyPieces
    return _checked(merged(found))


def united(parts: Sequence[Pieces]) -> Pieces:
    """Return everything that any of the parts depends on. Raises TooManyPieces."""
    if len(parts) == 1:
        return parts[0]
    return _checked(merged(piece for part in parts for piece in part))


def _checked(pieces: Pieces) -> Pieces:
    if len(pieces) > MAX_PIECES:
        raise TooManyPieces
    return pieces


def step_between(outer: Pieces, step: int, inner: Pieces, last: int) -> int | None:
    """Return a step u that `step` reads (outer), and that depends on `last` (inner)."""
    reads = [piece.at(step) for piece in outer]
    if sum(map(len, reads)) <= FEW_STEPS:
        steps = (u for read in reads for u in read)
        return next((u for u in steps if any(last in piece.at(u) for piece in inner)), None)
    parts = [part for piece in inner for part in tight(piece._replace(low=last, high=last))]
    for read, part in product(reads, parts):
        grid = common_grid((read.step, read.start), (part.modulus, part.residue))
        if not read or grid is None:
            continue
        begin = max(read.start, part.residue + part.modulus * part.begin)
        end = min(read[-1], part.residue + part.modulus * part.end)
        first = begin + (grid[1] - begin) % grid[0]
        if first <= end:
            return first
    return None
