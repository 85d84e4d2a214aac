"""Envelope: the first and the last step that t depends on, as straight lines, layer by layer.

The last step that t sees is the last that any of the steps sees which t reads: what lies between
first and last is of no consequence, so that far fewer lines do than a relation has pieces.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd, lcm
from operator import itemgetter
from typing import TYPE_CHECKING, cast

from seqinspect.algebra.lines import Line, Lines, larger_of, scaled, smaller_of
from seqinspect.records import NamedTuple
from seqinspect.time.pieces import Piece, compose
from seqinspect.time.relation import Pieces, is_identity
from seqinspect.time.work import TooManyPieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.time.work import Work

MAX_GRIDS = 2_000
"""Steps that follow more grids are not compared."""


class Ends(NamedTuple):
    """The first and the last step that t depends on, as lines; none where it depends on no step."""

    first: Lines
    last: Lines


def own_ends(steps: int) -> Ends:
    """Return the ends of a model input: step t depends on itself."""
    each = (Line(1, 0, 0, steps - 1, 1, 0),)
    return Ends(each, each)


def ends_of(pieces: Sequence[Piece], work: Work) -> Ends:
    """Return the first and the last step of a relation at each t. Raises TooManyPieces."""
    return Ends(_first(pieces, work), _latest(pieces, work))


def ends_through(reads: Iterable[tuple[Pieces, Ends]], work: Work) -> Ends:
    """Return the ends of what reads steps of several tensors, each with the ends of its own.

    Raises TooManyPieces.
    """
    different = tuple(dict.fromkeys(reads))
    if len(different) == 1 and is_identity(different[0][0], different[0][1].first):
        return different[0][1]
    found = work.found.get(different)
    if found is None:
        work.found[different] = found = Ends(
            _first(_reached(different, 0, work), work), _latest(_reached(different, 1, work), work)
        )
    return cast("Ends", found)


def _reached(reads: Iterable[tuple[Pieces, Ends]], end: int, work: Work) -> Iterator[Piece]:
    """Yield what t reads of the first, or of the last, steps that each tensor depends on."""
    for outer, ends in reads:
        for piece in outer:
            for line in ends[end]:
                yield from compose(piece, _as_piece(line), work)


def _as_piece(line: Line) -> Piece:
    """Return the values of a line as a relation in which each t has one step."""
    values = sorted((line.rise * line.begin + line.at, line.rise * line.end + line.at))
    modulus, residue, begin, end, rise, at = line
    return Piece(modulus, residue, begin, end, values[0], values[1], rise, lo=at, hi=at)


def _first(pieces: Iterable[Piece], work: Work) -> Lines:
    """Return the first step of all pieces at each t."""
    mirrored = [
        part._replace(
            low=-part.high,
            high=-part.low,
            rise=-part.rise,
            lo=-part.hi,
            hi=-part.lo,
            phase=-part.phase,
        )
        for part in pieces
    ]
    return scaled(_latest(mirrored, work), -1)


def _latest(pieces: Iterable[Piece], work: Work) -> Lines:
    """Return the last step of all pieces at each t."""
    grids: dict[int, dict[int, list[Line]]] = {}  # by modulus and residue
    for piece in pieces:
        for part in _on_grids(piece, work):
            box = Line(*part[:4], rise=0, at=part.high)
            for line in smaller_of(box, box._replace(rise=part.rise, at=part.hi)):
                grids.setdefault(part.modulus, {}).setdefault(part.residue, []).append(line)
    found: Lines = ()
    for modulus in sorted(grids):
        lines = (line for same in grids[modulus].values() for line in _upper_envelope(same, work))
        found = _larger(found, coarsened(lines), work)
    return found


def _on_grids(piece: Piece, work: Work) -> Iterator[Piece]:
    """Yield parts of a piece whose first and last step are lines, also where the box cuts them."""
    work.spend(1)
    classes = piece.every // gcd(piece.rise, piece.every)
    if classes == 1:
        yield piece
    elif piece.width <= classes:
        work.spend(piece.width)
        yield from piece.taps()
    else:
        work.spend(classes)
        for residue in range(classes):
            yield from piece.thinned(classes, residue)


def _larger(one: Lines, other: Lines, work: Work) -> Lines:
    """Return the larger of two formulas, wherever there is one; they may follow other grids.

    They are put on common grids only where both have values.
    """
    if not one or not other:
        return one or other
    begin = max(min(map(_start, one)), min(map(_start, other)))
    end = min(max(map(_stop, one)), max(map(_stop, other)))
    if begin > end:
        return coarsened((*one, *other))
    apart: list[Line] = []
    common: list[Line] = []
    for line in (*one, *other):
        apart += _between(line, None, begin - 1)
        apart += _between(line, end + 1, None)
        common += _between(line, begin, end)
    modulus = lcm(*(line.modulus for line in common))
    if modulus > MAX_GRIDS:
        raise TooManyPieces
    classes: dict[int, list[Line]] = {}
    for line in common:
        count = modulus // line.modulus
        work.spend(count)
        for index in range(count):
            thinned = line.thinned(count, index)
            if thinned.begin <= thinned.end:
                classes.setdefault(thinned.residue, []).append(thinned)
    largest = (line for lines in classes.values() for line in _upper_envelope(lines, work))
    return coarsened((*apart, *largest))


def _start(line: Line) -> int:
    return line.residue + line.modulus * line.begin


def _stop(line: Line) -> int:
    return line.residue + line.modulus * line.end


def _between(line: Line, begin: int | None, end: int | None) -> Iterator[Line]:
    """Yield the part of a line at t = begin…end, if there is one."""
    first, last = line.begin, line.end
    if begin is not None:
        first = max(first, -((line.residue - begin) // line.modulus))
    if end is not None:
        last = min(last, (end - line.residue) // line.modulus)
    if first <= last:
        yield line._replace(begin=first, end=last)


def _upper_envelope(lines: Sequence[Line], work: Work) -> Iterator[Line]:
    """Yield the largest of lines on the same grid, wherever there is one."""
    if len(lines) == 1:
        yield lines[0]
        return
    borders = sorted({border for line in lines for border in (line.begin, line.end + 1)})
    work.spend(len(borders) * len(lines) // 4)
    for begin, after in pairwise(borders):
        active = [line for line in lines if line.begin <= begin and after - 1 <= line.end]
        if active:
            yield from _largest_between(active, begin, after - 1)


def _largest_between(lines: Sequence[Line], begin: int, end: int) -> Iterator[Line]:
    """Yield the largest of lines that all span the same part."""
    values = [(line.rise * begin + line.at, line.rise * end + line.at, line) for line in lines]
    first = max(values, key=itemgetter(0, 1))
    last = max(values, key=itemgetter(1, 0))
    if first[1] == last[1]:
        yield first[2]._replace(begin=begin, end=end)
        return
    # From `cross` on the last line is larger than the first, but others may be larger there.
    for part in larger_of(*(line._replace(begin=begin, end=end) for _, _, line in (first, last))):
        yield from _largest_between(lines, part.begin, part.end)


def coarsened(lines: Iterable[Line]) -> Lines:
    """Return the same values in fewer lines; on the grid of all t where they allow it."""
    longer = joined(lines)
    if all(line.modulus == 1 for line in longer):
        return _without_teeth(longer)
    groups: dict[tuple[int, int, int], list[Line]] = {}  # by slope, and where it lies at t = 0
    found: list[Line] = []
    for line in longer:
        rise, rest = divmod(line.rise, line.modulus)
        if line.modulus == 1 or (rest and line.begin < line.end):
            found.append(line)
        elif line.begin == line.end:  # a single step follows no grid
            step, value = _start(line), line.rise * line.begin + line.at
            rise = 0 if rest else rise
            found.append(Line(1, 0, step, step, rise, value - rise * step))
        else:
            at = line.at - rise * line.residue
            groups.setdefault((line.modulus, rise, at), []).append(line)
    for (modulus, rise, at), same in groups.items():
        found += _on_all_steps(same, modulus, rise, at)
    return tuple(sorted(_without_teeth(joined(found)), key=_start))


def _without_teeth(lines: Lines) -> Lines:
    """Return lines that repeat every few steps, as t mod 4 does, on a grid of so many."""
    found: list[Line] = []
    index = 0
    while index < len(lines):
        after = _after_teeth(lines, index)
        line, teeth = lines[index], after - index
        length = line.end - line.begin + 1
        if line.modulus > 1 or length == 1 or teeth <= length:
            found += lines[index:after]
        else:
            height = _value(lines[index + 1]) - _value(line)
            for step in range(line.begin, line.end + 1):
                i, residue = divmod(step, length)
                at = line.rise * step + line.at - height * i
                found.append(Line(length, residue, i, i + teeth - 1, height, at))
        index = after
    return tuple(found)


def _after_teeth(lines: Lines, index: int) -> int:
    """Return the index behind the lines from one on that are like it, at even distances."""
    after = index + 1
    while after < len(lines):
        before, line = lines[after - 1], lines[after]
        if (
            (line.modulus, line.residue, line.rise) != (*before[:2], before.rise)
            or line.begin != before.end + 1
            or line.end - line.begin != before.end - before.begin
            or (after > index + 1 and line.at - before.at != before.at - lines[after - 2].at)
        ):
            break
        after += 1
    return after


def _value(line: Line) -> int:
    """Its first value."""
    return line.rise * line.begin + line.at


def joined(lines: Iterable[Line]) -> Lines:
    """Join lines that continue each other; a single step lies on any line that meets it."""
    found: list[Line] = []
    for line in sorted(lines):
        both = _both(found[-1], line) if found else None
        if both is None:
            found.append(line)
        else:
            found[-1] = both
    return tuple(found)


def _both(one: Line, other: Line) -> Line | None:
    """Return two lines as one, where the second continues the first."""
    if one[:2] != other[:2] or one.end + 1 != other.begin:
        return None
    rise, at = one.rise, one.at
    if one.begin == one.end:
        rise, at = other.rise, other.at
        if other.begin == other.end:
            value = one.rise * one.begin + one.at
            rise = other.rise * other.begin + other.at - value
            at = value - rise * one.begin
    both = one._replace(end=other.end, rise=rise, at=at)
    return both if all(_agree(both, line) for line in (one, other)) else None


def _agree(both: Line, part: Line) -> bool:
    return all(both.rise * i + both.at == part.rise * i + part.at for i in (part.begin, part.end))


def _on_all_steps(lines: Sequence[Line], modulus: int, rise: int, at: int) -> Iterator[Line]:
    """Yield the values rise·t + at of lines on one grid; without it where they leave out no t."""
    if len({line.residue for line in lines}) < modulus:
        yield from lines
        return
    # A line leaves out no t of its residue from behind the one before it to before the one after.
    borders = sorted(
        border
        for line in lines
        for border in ((_start(line) - modulus + 1, 1), (_stop(line) + modulus, -1))
    )
    runs: list[tuple[int, int]] = []
    residues, begin = 0, 0
    for step, more in borders:
        if residues == modulus and step - begin >= modulus:
            runs.append((begin, step - 1))
        residues += more
        begin = step
    for first, last in runs:
        yield Line(1, 0, first, last, rise, at)
    for line in lines:
        after: int | None = None
        for first, last in runs:
            yield from _between(line, after, first - 1)
            after = last + 1
        yield from _between(line, after, None)
