"""Extent: how far the steps of a relation see: the first and last step of each, and how many."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise
from math import gcd, lcm
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from seqinspect.algebra.lines import Line, Lines, combined, larger_of, scaled, smaller_of, total_of
from seqinspect.time.relation import TooManyPieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.time.pieces import Piece

MAX_GRIDS = 300
"""Steps that follow more grids are not compared."""

MAX_LINES = 10_000
"""Nor are more lines with each other."""

MAX_COMPARED = 3_000
"""Nor more steps, in all, to learn whether they follow one another."""


class Ends(NamedTuple):
    """The first and the last step that t depends on, as lines; none where it depends on no step."""

    first: Lines
    last: Lines


def ends_of(pieces: Sequence[Piece]) -> Ends:
    """Return the first and the last step of a relation at each t. Raises TooManyPieces."""
    parts = [part for piece in pieces for part in _on_grids(piece)]
    mirrored = [
        part._replace(low=-part.high, high=-part.low, rise=-part.rise, lo=-part.hi, hi=-part.lo)
        for part in parts
    ]
    return Ends(scaled(_latest(mirrored), -1), _latest(parts))


def _on_grids(piece: Piece) -> Iterator[Piece]:
    """Yield parts of a piece whose first and last step are lines, also where the box cuts them."""
    classes = piece.every // gcd(piece.rise, piece.every)
    if classes == 1:
        yield piece
    elif piece.width <= classes:
        yield from piece.taps()
    else:
        for residue in range(classes):
            yield from piece.thinned(classes, residue)


def _latest(parts: Sequence[Piece]) -> Lines:
    """Return the last step of all pieces at each t."""
    modulus = lcm(*(part.modulus for part in parts))
    if modulus > MAX_GRIDS:
        raise TooManyPieces
    classes: list[list[Line]] = [[] for _ in range(modulus)]
    work = 0
    for part in parts:
        box = Line(*part[:4], rise=0, at=part.high)
        for line in smaller_of(box, box._replace(rise=part.rise, at=part.hi)):
            count = modulus // part.modulus
            work += count
            if work > MAX_LINES:
                raise TooManyPieces
            for index in range(count):
                thinned = line.thinned(count, index)
                classes[thinned.residue].append(thinned)
    return coarsened(line for lines in classes for line in _upper_envelope(lines))


def _upper_envelope(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the largest of lines on the same grid, wherever there is one."""
    borders = sorted({border for line in lines for border in (line.begin, line.end + 1)})
    if len(borders) * len(lines) > MAX_LINES:
        raise TooManyPieces
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
    joined: list[Line] = []
    for line in sorted(lines, key=lambda line: (line.modulus, line.residue, line.begin)):
        before = joined[-1] if joined else line
        longer = before._replace(end=line.end)
        if before.end + 1 == line.begin and longer == line._replace(begin=before.begin):
            joined[-1] = longer
        else:
            joined.append(line)
    whole: dict[tuple[int, int], list[Line]] = {}
    for line in joined:
        rise, rest = divmod(line.rise, line.modulus)
        if rest:
            return tuple(joined)
        whole.setdefault((rise, line.at - rise * line.residue), []).append(line)
    found = []
    for (rise, at), same in whole.items():
        begin = min(line.residue + line.modulus * line.begin for line in same)
        end = max(line.residue + line.modulus * line.end for line in same)
        if sum(line.end - line.begin + 1 for line in same) != end - begin + 1:
            return tuple(joined)
        found.append(Line(1, 0, begin, end, rise, at))
    return tuple(sorted(found, key=lambda line: line.begin))


def widest(ends: Ends) -> tuple[int, int]:
    """Return the widest span from a first to a last step, and the first t that has it."""
    widths = [*combined(ends.last, scaled(ends.first, -1), total_of)]
    if not widths:
        return 0, 0
    largest = [*map(_largest, widths)]
    size = max(value for value, _ in largest)
    return size + 1, min(step for value, step in largest if value == size)


def most_ahead(ends: Ends) -> int:
    """Return by how many steps a last step is later than t, at most; below 0, it is earlier."""
    return max((_largest(line)[0] for line in map(_beyond, ends.last)), default=0)


def first_ahead(ends: Ends) -> tuple[int, int]:
    """Return the first t with a last step that is later, and that step. ValueError without any."""
    found = []
    for line in ends.last:
        beyond = _beyond(line)
        i = beyond.begin if beyond.rise <= 0 else max(beyond.begin, -beyond.at // beyond.rise + 1)
        if i <= beyond.end and beyond.rise * i + beyond.at > 0:
            found.append((line.residue + line.modulus * i, line.rise * i + line.at))
    return min(found)


def steps_read(pieces: Iterable[Piece], step: int) -> list[range]:
    """Return the steps that one output step depends on, as ranges that do not overlap.

    Raises TooManyPieces where ranges of several strides are too long to be told apart.
    """
    ranges = [read for piece in pieces if (read := piece.at(step))]
    if len(ranges) == 1:
        return ranges
    strided = [read for read in ranges if read.step > 1]
    if sum(map(len, strided)) > MAX_LINES:
        raise TooManyPieces
    ranges = [read for read in ranges if read.step == 1]
    ranges += [range(one, one + 1) for read in strided for one in read]
    found: list[range] = []
    for each in sorted(ranges, key=lambda read: read.start):
        if found and each.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, each.stop))
        else:
            found.append(each)
    return found


def most_read(pieces: Sequence[Piece], count: int) -> int:
    """Return how many steps an output step depends on, at most. Raises TooManyPieces."""
    if len(pieces) == 1:
        return len(pieces[0].at(widest(ends_of(pieces))[1]))
    steps = _turns(pieces, count)
    return max((sum(map(len, steps_read(pieces, step))) for step in steps), default=0)


@lru_cache(maxsize=1024)
def stride_of(pieces: tuple[Piece, ...], count: int) -> int:
    """Return the stride that the steps keep at each t: 1 for neighbours, 0 if none or not known."""
    try:
        if len(pieces) == 1:
            every = pieces[0].every
            return every if every > 1 and most_read(pieces, count) > 1 else 1
        compared = 0
        for step in _turns(pieces, count):
            compared += sum(len(piece.at(step)) for piece in pieces if piece.every > 1)
            if compared > MAX_COMPARED:
                return 0
            read = steps_read(pieces, step)
            if len(read) > 1 or any(each.step > 1 for each in read):
                return 0
    except TooManyPieces:
        return 0
    return 1


def _turns(pieces: Sequence[Piece], count: int) -> set[int]:
    """Return steps between which the number of steps read rises or falls evenly on each grid of t.

    Raises TooManyPieces.
    """
    grid = lcm(*(piece.modulus for piece in pieces), *(piece.every for piece in pieces))
    steps: set[int] = set()
    for point in _turning_points(pieces):
        steps.update(range(max(0, point - grid), min(count, point + grid + 1)))
        if len(steps) * len(pieces) > MAX_LINES:
            raise TooManyPieces
    return steps


def _turning_points(pieces: Sequence[Piece]) -> Iterator[int]:
    """Yield the t at which pieces begin or end, and at or before which their lines cross."""
    lines: set[tuple[int, int, int]] = set()  # modulus·s = rise·t + at
    for piece in pieces:
        yield piece.residue + piece.modulus * piece.begin
        yield piece.residue + piece.modulus * piece.end
        lines |= {(1, 0, piece.low), (1, 0, piece.high)}
        for at in (piece.lo, piece.hi):
            lines.add((piece.modulus, piece.rise, at * piece.modulus - piece.rise * piece.residue))
    for (one, rise, at), (other, slope, start) in combinations(lines, 2):
        if rise * other != slope * one:
            yield (start * one - at * other) // (rise * other - slope * one)


def _beyond(line: Line) -> Line:
    """A line less t."""
    return line._replace(rise=line.rise - line.modulus, at=line.at - line.residue)


def _largest(line: Line) -> tuple[int, int]:
    """Return the largest value of a line, and the first t that has it."""
    i = line.end if line.rise > 0 else line.begin
    return line.rise * i + line.at, line.residue + line.modulus * i
