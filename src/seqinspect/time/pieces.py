"""Pieces: sets of pairs of an output step and a step that it reads, in numbers; they are composed.

What a layer reads at known sizes is a union of pieces, and so is what a chain of layers reads.
Composition is exact; its cost is the number of pairs of pieces, whatever the number of steps.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import TYPE_CHECKING

from seqinspect.algebra.lines import common_grid
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.time.work import Work


class Piece(NamedTuple):
    """The output steps t = residue + modulus·i, for i = begin…end, with the steps s that t reads.

    These are low ≤ s ≤ high within the band rise·i + lo ≤ s ≤ rise·i + hi, on the grid
    s ≡ rise·i + phase (mod every). Every i has one at least. No bound is wider than it must be.
    """

    modulus: int
    residue: int
    begin: int
    end: int
    low: int
    high: int
    rise: int
    lo: int
    hi: int
    every: int = 1
    phase: int = 0

    @property
    def width(self) -> int:
        """How many steps the band has at each t, where the box does not cut it."""
        return (self.hi - self.lo) // self.every + 1

    @property
    def on_grid(self) -> bool:
        """Whether its steps lie on the same grid for all t."""
        return self.rise % self.every == 0

    def at(self, step: int) -> range:
        """Return the steps that one output step reads."""
        i, rest = divmod(step - self.residue, self.modulus)
        if rest or not self.begin <= i <= self.end:
            return range(0)
        shift = self.rise * i
        first = max(self.low, shift + self.lo)
        first += (shift + self.phase - first) % self.every
        return range(first, min(self.high, shift + self.hi) + 1, self.every)

    def taps(self) -> Iterator[Piece]:
        """Yield the steps of the band one by one, each as a piece."""
        for tap in range(self.lo + (self.phase - self.lo) % self.every, self.hi + 1, self.every):
            yield from tight(self._replace(lo=tap, hi=tap, every=1, phase=0))

    def thinned(self, modulus: int, residue: int) -> Iterator[Piece]:
        """Yield the part at i ≡ residue (mod modulus), with its own i counted anew."""
        shift = self.rise * residue
        yield from tight(
            Piece(
                self.modulus * modulus,
                self.residue + self.modulus * residue,
                -((residue - self.begin) // modulus),
                (self.end - residue) // modulus,
                self.low,
                self.high,
                self.rise * modulus,
                self.lo + shift,
                self.hi + shift,
                self.every,
                self.phase + shift,
            )
        )


def tight(piece: Piece) -> Iterator[Piece]:
    """Yield a set of pairs as pieces none of whose bounds is wider than it must be."""
    modulus, residue, begin, end, low, high, rise, lo, hi, every, phase = piece
    lo, hi = lo + (phase - lo) % every, hi - (hi - phase) % every
    if lo == hi:
        every, phase = 1, 0
    if rise == 0:
        lo = low = max(lo, low + (phase - low) % every)
        hi = high = min(hi, high - (high - phase) % every)
    on_grid = rise % every == 0
    before: tuple[int, ...] = ()
    while before != (before := (begin, end, low, high, lo, hi)):
        if begin > end or low > high or lo > hi:
            return
        if on_grid and every > 1:
            low, high = low + (phase - low) % every, high - (high - phase) % every
        if not rise:
            break
        # rise·i lies in low − hi … high − lo, and between its values at the ends.
        if rise > 0:
            begin, end = max(begin, -((hi - low) // rise)), min(end, (high - lo) // rise)
            least, most = rise * begin, rise * end
        else:
            begin, end = max(begin, -((high - lo) // -rise)), min(end, (low - hi) // rise)
            least, most = rise * end, rise * begin
        low, high = max(low, least + lo), min(high, most + hi)
        lo, hi = max(lo, low - most), min(hi, high - least)
        lo, hi = lo + (phase - lo) % every, hi - (hi - phase) % every
    if lo == hi or (low == high and on_grid):
        every = 1
    tightened = Piece(modulus, residue, begin, end, low, high, rise, lo, hi, every, lo % every)
    if every > 1 and not on_grid and high - low < every - 1:
        # Some t may have no step here, and not only those at the ends.
        yield from tightened.taps()
    else:
        yield tightened


def compose(outer: Piece, inner: Piece, work: Work) -> Iterator[Piece]:
    """Yield what t reads when it reads steps u of a tensor (outer) whose step u reads s (inner).

    Raises TooManyPieces where less work is left than that takes.
    """
    work.spend(1)
    low = max(outer.low, inner.residue + inner.modulus * inner.begin)
    high = min(outer.high, inner.residue + inner.modulus * inner.end)
    for part in tight(outer._replace(low=low, high=high)):
        grid = lcm(part.every, inner.modulus)
        classes = grid // gcd(part.rise, grid)
        if part.rise and part.width < max(2, classes):
            work.spend(part.width)
            for tap in part.taps():
                yield from _compose_single(tap, inner)
        elif classes == 1:
            yield from _compose_run(part, inner, work)
        else:
            work.spend(classes)
            for residue in range(classes):
                for thinned in part.thinned(classes, residue):
                    yield from _compose_run(thinned, inner, work)


def _compose_single(outer: Piece, inner: Piece) -> Iterator[Piece]:
    """Compose where t reads one step: u = rise·i + lo."""
    divisor = gcd(outer.rise, inner.modulus)
    apart = inner.residue - outer.lo
    if apart % divisor:
        return
    modulus, turn = inner.modulus // divisor, outer.rise // divisor
    start = apart // divisor * pow(turn, -1, modulus) % modulus if modulus > 1 else 0
    # With i = start + modulus·j, u = inner.residue + inner.modulus·(turn·j + k).
    shift = inner.rise * ((outer.rise * start - apart) // inner.modulus)
    yield from tight(
        Piece(
            outer.modulus * modulus,
            outer.residue + outer.modulus * start,
            -((start - outer.begin) // modulus),
            (outer.end - start) // modulus,
            inner.low,
            inner.high,
            inner.rise * turn,
            inner.lo + shift,
            inner.hi + shift,
            inner.every,
            inner.phase + shift,
        )
    )


def _compose_run(outer: Piece, inner: Piece, work: Work) -> Iterator[Piece]:
    """Compose where the steps u that t reads follow one another on a grid, the same for all t."""
    grid = common_grid((inner.modulus, inner.residue), (outer.every, outer.phase))
    if grid is None:
        return
    modulus, residue = grid  # u = residue + modulus·k
    run = outer._replace(
        low=-((residue - outer.low) // modulus),
        high=(outer.high - residue) // modulus,
        rise=outer.rise // modulus,
        lo=-((residue - outer.lo) // modulus),
        hi=(outer.hi - residue) // modulus,
        every=1,
        phase=0,
    )
    rest = (residue - inner.residue) // inner.modulus
    for thinned in inner.thinned(modulus // inner.modulus, rest):
        yield from _join(run, thinned, work)


def _join(run: Piece, inner: Piece, work: Work) -> Iterator[Piece]:
    """Yield what t reads when it reads all k between two ends, and k = begin…end reads s."""
    turn, every = inner.rise, inner.every
    if turn and inner.lo == inner.hi:
        every = abs(turn)  # one step for each k
    elif turn % every and every // gcd(turn, every) <= inner.width:
        classes = every // gcd(turn, every)
        work.spend(classes)
        for residue in range(classes):
            for thinned in inner.thinned(classes, residue):
                yield from compose(run, thinned._replace(modulus=classes, residue=residue), work)
        return
    elif turn % every or inner.hi - inner.lo + every < abs(turn):
        work.spend(inner.width)
        for tap in inner.taps():  # what two neighbours read does not touch
            yield from _join(run, tap, work)
        return
    low, high = max(run.low, inner.begin), min(run.high, inner.end)
    for part in tight(run._replace(low=low, high=high)):
        first, last = (part.low, part.high) if turn > 0 else (part.high, part.low)
        lo, hi = (part.lo, part.hi) if turn > 0 else (part.hi, part.lo)
        yield from tight(
            Piece(
                part.modulus,
                part.residue,
                part.begin,
                part.end,
                max(inner.low, turn * first + inner.lo),
                min(inner.high, turn * last + inner.hi),
                turn * part.rise,
                turn * lo + inner.lo,
                turn * hi + inner.hi,
                every,
                inner.lo,
            )
        )


def merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the same pairs in fewer pieces, where several are one."""
    grids: dict[tuple[int, int], dict[int, dict[Piece, None]]] = {}
    for piece in pieces:
        grid = grids.setdefault((piece.modulus, piece.rise), {})
        grid.setdefault(piece.residue, {})[piece] = None
    found: list[Piece] = []
    coarse: dict[int, dict[Piece, None]] = {}  # on the grid of all t, by their slope
    for (modulus, rise), classes in grids.items():
        if modulus == 1:
            coarse.setdefault(rise, {}).update(classes[0])
            continue
        groups = [_merged_alike(classes[residue]) for residue in sorted(classes)]
        if len(groups) == modulus and rise % modulus == 0:
            whole = _on_all_steps(groups)
            coarse.setdefault(rise // modulus, {}).update(dict.fromkeys(whole))
        found += [piece for group in groups for piece in group]
    for pieces_alike in coarse.values():
        found += _merged_alike(pieces_alike)
    return tuple(found)


def _on_all_steps(groups: Sequence[list[Piece]]) -> Iterator[Piece]:
    """Yield pieces on the grid of all t, and take out those on each grid that are one of them."""
    for first in [*groups[0]]:
        modulus, slope = first.modulus, first.rise // first.modulus
        same = [
            min(group, key=lambda piece: abs(_offset(piece) - _offset(first)), default=first)
            for group in groups
        ]
        around = Piece(
            1,
            0,
            min(piece.residue + modulus * piece.begin for piece in same),
            max(piece.residue + modulus * piece.end for piece in same),
            min(piece.low for piece in same),
            max(piece.high for piece in same),
            slope,
            min(piece.lo - slope * piece.residue for piece in same),
            max(piece.hi - slope * piece.residue for piece in same),
            first.every,
            first.phase - slope * first.residue,
        )
        whole = [*tight(around)]
        if len(whole) == 1 and all(
            [*whole[0].thinned(modulus, residue)] == [piece] for residue, piece in enumerate(same)
        ):
            for group, piece in zip(groups, same, strict=True):
                group.remove(piece)
            yield whole[0]


def _offset(piece: Piece) -> int:
    """Where its band lies, measured at t = 0."""
    return piece.hi * piece.modulus - piece.rise * piece.residue


NEIGHBOURS = 8
"""With so many others a piece is compared: more seldom merge, and only cost."""


FEW_TAPS = 4
"""So many steps of a piece are merged one by one, where others lie between them."""


def _merged_alike(group: Iterable[Piece]) -> list[Piece]:
    """Merge pieces on the same grid of t that move alike."""
    pieces = [*group]
    if len(pieces) == 1:
        return pieces
    strides = (piece.every for piece in pieces if piece.lo != piece.hi)
    finest = gcd(*strides, *(piece.lo - pieces[0].lo for piece in pieces))
    between = {piece for piece in pieces if piece.every > finest and piece.width <= FEW_TAPS}
    if between and finest:
        kept = (piece for piece in pieces if piece not in between)
        pieces = [*kept, *(tap for piece in between for tap in piece.taps())]
        pieces = _merged_neighbours(pieces, finest)
    return _merged_neighbours(pieces)


def _merged_neighbours(pieces: Iterable[Piece], gap: int | None = None) -> list[Piece]:
    """Merge pieces with those near them; single steps only where they are `gap` apart, if given."""
    done: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: (piece.lo, piece.hi, piece.begin, piece.low)):
        new, index = piece, len(done)
        while index > max(0, len(done) - NEIGHBOURS):
            index -= 1
            other = done[index]
            if gap and other.lo == other.hi and new.lo == new.hi and new.lo - other.lo > gap:
                continue
            both = _union(other, new)
            if both is not None:
                del done[index]
                new, index = both, len(done)
        done.append(new)
    return done


def _union(one: Piece, other: Piece) -> Piece | None:
    """Return the union of two pieces, where it is one."""
    if one.lo != one.hi:
        every = one.every
    else:
        every = other.every if other.lo != other.hi else abs(one.lo - other.lo) or 1
    strides = {piece.every for piece in (one, other) if piece.lo != piece.hi}
    if (one.lo - other.lo) % every or not strides <= {every}:
        return None
    around = Piece(
        one.modulus,
        one.residue,
        min(one.begin, other.begin),
        max(one.end, other.end),
        min(one.low, other.low),
        max(one.high, other.high),
        one.rise,
        min(one.lo, other.lo),
        max(one.hi, other.hi),
        every,
        one.lo,
    )
    if around[2:9] in (one[2:9], other[2:9]):
        return one if around[2:9] == one[2:9] else other
    fits = (
        _split_fits(around, one, other, "lo", "hi", every)
        or _split_fits(around, one, other, "begin", "end", 1)
        or _split_fits(around, one, other, "low", "high", 1)
    )
    both = [*tight(around)] if fits else []
    return both[0] if len(both) == 1 else None


def _split_fits(  # noqa: PLR0917 - two pieces, and two names of their bounds
    around: Piece, one: Piece, other: Piece, least: str, most: str, gap: int
) -> bool:
    """Whether what is around two pieces can be cut in two that lie within one and the other."""
    if getattr(one, least) > getattr(other, least):
        one, other = other, one
    begin, end = getattr(other, least), getattr(one, most)
    if begin > end + gap:
        return False
    for cut in dict.fromkeys((end, begin - gap)):
        lower = tight(around._replace(**{most: cut}))
        upper = tight(around._replace(**{least: cut + gap}))
        if all(_within(part, one) for part in lower) and all(
            _within(part, other) for part in upper
        ):
            return True
    return False


def _within(part: Piece, whole: Piece) -> bool:
    """Whether a piece lies within another one on the same grids, none of whose bounds is loose."""
    return (
        whole.begin <= part.begin
        and part.end <= whole.end
        and whole.low <= part.low
        and part.high <= whole.high
        and whole.lo <= part.lo
        and part.hi <= whole.hi
    )
