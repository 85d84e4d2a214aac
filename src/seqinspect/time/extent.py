"""Extent: how far the steps of a relation see, and how many of them are read."""

from __future__ import annotations

from itertools import combinations
from math import lcm
from typing import TYPE_CHECKING, cast

from seqinspect.algebra.lines import Line, combined, comparison_cost, scaled, total_of
from seqinspect.time.envelope import ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.time.envelope import Ends
    from seqinspect.time.pieces import Piece
    from seqinspect.time.work import Work


def widest(ends: Ends, work: Work) -> tuple[int, int]:
    """Return the widest span from a first to a last step, and the first t that has it.

    Raises TooManyPieces.
    """
    work.spend(comparison_cost(*ends))
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


def step_count(steps: range) -> int:
    """Return how many steps a range has that rises; `len` takes no number beyond 64 bits."""
    return max(0, -((steps.start - steps.stop) // steps.step))


def steps_read(pieces: Iterable[Piece], step: int, work: Work) -> list[range]:
    """Return the steps that one output step depends on, as ranges that do not overlap.

    Raises TooManyPieces where ranges of several strides are too long to be told apart.
    """
    ranges = [read for piece in pieces if (read := piece.at(step))]
    strided = [read for read in ranges if read.step > 1]
    work.spend(1 + len(ranges) // 4)
    if len(ranges) == 1:
        return ranges
    work.spend(sum(map(step_count, strided)) // 8)
    ranges = [read for read in ranges if read.step == 1]
    ranges += [range(one, one + 1) for read in strided for one in read]
    found: list[range] = []
    for each in sorted(ranges, key=lambda read: read.start):
        if found and each.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, each.stop))
        else:
            found.append(each)
    return found


def most_read(pieces: Sequence[Piece], count: int, work: Work) -> int:
    """Return how many steps an output step depends on, at most. Raises TooManyPieces."""
    if len(pieces) == 1:
        return step_count(pieces[0].at(widest(ends_of(pieces, work), work)[1]))
    steps = _turns(pieces, count, work)
    return max((sum(map(step_count, steps_read(pieces, step, work))) for step in steps), default=0)


def stride_of(pieces: tuple[Piece, ...], count: int, work: Work) -> int:
    """Return the stride that the steps keep at each t: 1 for neighbours, 0 if they keep none.

    Raises TooManyPieces.
    """
    key = ("stride", pieces, count)
    found = work.found.get(key)
    if found is None:
        work.found[key] = found = _stride(pieces, count, work)
    return cast("int", found)


def _stride(pieces: Sequence[Piece], count: int, work: Work) -> int:
    if len(pieces) == 1:
        every = pieces[0].every
        return every if every > 1 and most_read(pieces, count, work) > 1 else 1
    for step in _turns(pieces, count, work):
        read = steps_read(pieces, step, work)
        if len(read) > 1 or any(each.step > 1 for each in read):
            return 0
    return 1


def _turns(pieces: Sequence[Piece], count: int, work: Work) -> Iterator[int]:
    """Yield steps between which the number of steps read rises or falls evenly on each grid of t.

    Raises TooManyPieces.
    """
    grid = lcm(*(piece.modulus for piece in pieces), *(piece.every for piece in pieces))
    after = 0
    for point in sorted({*_turning_points(pieces, work)}):
        begin, after = max(after, point - grid), max(after, min(count, point + grid + 1))
        yield from range(begin, after)


def _turning_points(pieces: Sequence[Piece], work: Work) -> Iterator[int]:
    """Yield the t at which pieces begin or end, and at or before which their lines cross."""
    lines: set[tuple[int, int, int]] = set()  # modulus·s = rise·t + at
    for piece in pieces:
        yield piece.residue + piece.modulus * piece.begin
        yield piece.residue + piece.modulus * piece.end
        lines |= {(1, 0, piece.low), (1, 0, piece.high)}
        for at in (piece.lo, piece.hi):
            lines.add((piece.modulus, piece.rise, at * piece.modulus - piece.rise * piece.residue))
    work.spend(len(lines) ** 2 // 32)
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
