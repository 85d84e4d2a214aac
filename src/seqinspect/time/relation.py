"""Relation: which steps of a model input each step of a tensor depends on, at known sizes."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, cast

from seqinspect.algebra.lines import (
    NotLinear,
    aligned,
    common_grid,
    comparison_cost,
    straight_lines,
)
from seqinspect.time.pieces import Piece, compose, merged, tight
from seqinspect.time.reach import IRREGULAR
from seqinspect.time.work import TooManyPieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.algebra.lines import Line, Lines
    from seqinspect.time.reach import Reach, StepSpan
    from seqinspect.time.work import Work

MAX_PIECES = 300
"""A relation of more pieces is not known."""

MERGING = 3
"""What it costs to merge a piece with others, next to composing it."""

Pieces = tuple[Piece, ...]


def identity(steps: int) -> Pieces:
    """Return the relation in which every step depends on itself."""
    return (Piece(1, 0, 0, steps - 1, 0, steps - 1, 1, 0, 0),)


def pieces_of(
    reach: Reach, numbers: tuple[tuple[str, int], ...], outputs: int, steps: int, work: Work
) -> Pieces:
    """Return what a layer reads, with these numbers for sizes that have none.

    Raises TooManyPieces, also where its formulas are bounds, or no straight lines.
    """
    key = (numbers, outputs, steps)
    if key not in reach.pieces:
        found: list[Piece] = []
        for span in reach.spans:
            found += _pieces_of_span(span, dict(numbers), outputs, steps, work)
            if len(found) > MAX_PIECES:
                raise TooManyPieces
        reach.pieces[key] = merged(found)
    work.spend(MERGING * len(reach.pieces[key]))
    return reach.pieces[key]


def _pieces_of_span(
    span: StepSpan, numbers: Mapping[str, int], outputs: int, steps: int, work: Work
) -> Iterator[Piece]:
    if not span.exact:
        raise TooManyPieces
    known = {**span.first.numbers(), **span.last.numbers(), **span.every.numbers(), **numbers}
    try:
        first = straight_lines(span.first, "t", known, outputs, work.spend)
        last = first
        if not span.single:
            last = straight_lines(span.last, "t", known, outputs, work.spend)
        every = span.every.evaluate(known)
    except (NotLinear, KeyError, ZeroDivisionError):
        raise TooManyPieces from None
    if every == IRREGULAR and not span.single:
        raise TooManyPieces
    work.spend(comparison_cost(first, last))
    for begin, end in aligned(first, last):
        yield from _between(begin, end, every=max(1, every), steps=steps)


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


def through(outer: Pieces, inner: Pieces, work: Work) -> Pieces:
    """Return what t depends on when it reads the steps `outer` of a tensor that depends on `inner`.

    Raises TooManyPieces.
    """
    if is_identity(outer, inner):
        return inner
    key = (outer, inner)
    found = work.found.get(key)
    if found is None:
        pieces: list[Piece] = []
        for piece in outer:
            for other in inner:
                pieces += compose(piece, other, work)
        work.found[key] = found = _merged(pieces, work)
    return cast("Pieces", found)


def is_identity(outer: Pieces, inner: Sequence[Piece | Line]) -> bool:
    """Whether each step reads itself, and there are no others of which something is known."""
    last = outer[0].end if outer else 0
    return outer == identity(last + 1) and all(
        part.residue + part.modulus * part.end <= last for part in inner
    )


def united(parts: Sequence[Pieces], work: Work) -> Pieces:
    """Return everything that any of the parts depends on. Raises TooManyPieces."""
    if len(parts) == 1:
        return parts[0]
    return _merged([piece for part in parts for piece in part], work)


def _merged(pieces: Sequence[Piece], work: Work) -> Pieces:
    work.spend(MERGING * len(pieces))
    found = merged(pieces)
    if len(found) > MAX_PIECES:
        raise TooManyPieces
    return found


def step_between(outer: Pieces, step: int, inner: Lines, last: int) -> int | None:
    """Return a step u that `step` reads (outer), and whose last step (inner) is `last`."""
    for line in inner:
        rise, at = line.rise, line.at
        begin, end = line.begin, line.end
        if rise:
            begin, rest = divmod(last - at, rise)
            end = begin
            if rest or not line.begin <= begin <= line.end:
                continue
        elif at != last:
            continue
        for read in (piece.at(step) for piece in outer):
            grid = common_grid((read.step, read.start), (line.modulus, line.residue))
            if not read or grid is None:
                continue
            low = max(read.start, line.residue + line.modulus * begin)
            high = min(read[-1], line.residue + line.modulus * end)
            first = low + (grid[1] - low) % grid[0]
            if first <= high:
                return first
    return None
