"""Which layer of an old model is which one of a new model: by name, then by likeness and order."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from seqinspect.model.naming import snake_case
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

MAX_COMPARED = 1_000_000
"""So many pairs are weighed; where there are more, equal layers are found first, by edits."""

MAX_EDITS = 1_000
"""So many insertions and deletions are found; where there are more, names alone decide."""

TYPE, WEIGHTS, ARGUMENTS, NAME = 8, 6, 4, 1
"""What two layers may have in common, and how much it says that one became the other."""


class LayerKey(NamedTuple):
    """What a layer is recognised by."""

    name: str
    type: str
    weights: Hashable
    arguments: Hashable

    @property
    def named(self) -> bool:
        """Whether someone named it: Keras itself calls a second LSTM `lstm_1`."""
        base = snake_case(traits_of(self.type).class_name or self.type)
        return re.fullmatch(rf"{re.escape(base)}(_\d+)?", self.name) is None


class Match(NamedTuple):
    """An old and a new place, None where there is none. `moved`: it stands out of their order."""

    old: int | None
    new: int | None
    moved: bool = False


def align(old: Sequence[LayerKey], new: Sequence[LayerKey]) -> list[Match]:
    """Return every piece of both sides once, in the new order, what is gone where it stood."""
    pairs = dict(_pairs_by_name(old, new))
    used = set(pairs.values())
    rest = [i for i in range(len(old)) if i not in pairs]
    others = [j for j in range(len(new)) if j not in used]
    pairs_in_order = [
        (rest[i], others[j])
        for i, j in _pairs_in_order([old[i] for i in rest], [new[j] for j in others])
    ]
    pairs.update(pairs_in_order)
    _pair_what_moved(pairs, old, new, lambda piece: piece[1:])
    _pair_what_moved(pairs, old, new, lambda piece: piece._replace(weights=()))
    return list(_matches(pairs, len(old), len(new)))


def _pair_what_moved(
    pairs: dict[int, int],
    old: Sequence[LayerKey],
    new: Sequence[LayerKey],
    key: Callable[[LayerKey], Hashable],
) -> None:
    """Add the pairs of what is left on both sides and has one key, in order."""
    used = set(pairs.values())
    left: dict[Hashable, list[int]] = {}
    for j in range(len(new) - 1, -1, -1):
        if j not in used:
            left.setdefault(key(new[j]), []).append(j)
    for i, piece in enumerate(old):
        if i not in pairs and left.get(key(piece)):
            pairs[i] = left[key(piece)].pop()


def _pairs_by_name(old: Sequence[LayerKey], new: Sequence[LayerKey]) -> Iterator[tuple[int, int]]:
    """Yield the layers that someone gave one name on both sides."""
    places = {piece.name: index for index, piece in enumerate(new) if piece.named}
    for index, piece in enumerate(old):
        if piece.named and piece.name in places:
            yield index, places[piece.name]


def _pairs_in_order(old: Sequence[LayerKey], new: Sequence[LayerKey]) -> Iterator[tuple[int, int]]:
    """Yield the pairs, none crossing another, that have the most in common."""
    start, end = 0, 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        yield start, start
        start += 1
    while end < shorter - start and old[-1 - end][1:] == new[-1 - end][1:]:
        end += 1
        yield len(old) - end, len(new) - end
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    pairs = (
        _best_alignment(a, b) if len(a) * len(b) <= MAX_COMPARED else _pairs_of_long_models(a, b)
    )
    yield from ((start + i, start + j) for i, j in pairs)


def _pairs_of_long_models(
    old: Sequence[LayerKey], new: Sequence[LayerKey]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of long sequences: equal layers first, then what is between them."""
    equal = _shortest_edit(old, new)
    if equal is None:
        places = {piece.name: index for index, piece in enumerate(new)}
        yield from ((i, places[piece.name]) for i, piece in enumerate(old) if piece.name in places)
        return
    i = j = 0
    for one, other in (*equal, (len(old), len(new))):
        if (one - i) * (other - j) <= MAX_COMPARED:
            between = _best_alignment(old[i:one], new[j:other])
            yield from ((i + first, j + second) for first, second in between)
        if one < len(old):
            yield one, other
        i, j = one + 1, other + 1


def _shortest_edit(
    old: Sequence[LayerKey], new: Sequence[LayerKey]
) -> list[tuple[int, int]] | None:
    """Myers's shortest edit from one sequence to the other: the pairs that stay, names aside."""
    numbers: dict[Hashable, int] = {}
    a = [numbers.setdefault(piece[1:], len(numbers)) for piece in old]
    b = [numbers.setdefault(piece[1:], len(numbers)) for piece in new]
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(MAX_EDITS + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            x = _start(furthest, diagonal, edits)
            while x < len(a) and x - diagonal < len(b) and a[x] == b[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            if x >= len(a) and x - diagonal >= len(b):
                return _pairs_along(trace, len(a), len(b))
    return None


def _start(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a diagonal is entered: from the one above, or by leaving out one more of the old."""
    if diagonal == -edits:
        return furthest[diagonal + 1]
    if diagonal == edits:
        return furthest[diagonal - 1] + 1
    return max(furthest[diagonal + 1], furthest[diagonal - 1] + 1)


def _pairs_along(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """Return the pairs along the way that led to the end."""
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        diagonal = x - y
        start = _start(trace[edits], diagonal, edits) if edits else 0
        while x > start and y > start - diagonal:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if edits:
            down = diagonal == -edits or (
                diagonal != edits and trace[edits][diagonal + 1] > trace[edits][diagonal - 1]
            )
            x, y = (x, y - 1) if down else (x - 1, y)
    return pairs[::-1]


def _best_alignment(old: Sequence[LayerKey], new: Sequence[LayerKey]) -> Iterator[tuple[int, int]]:
    """Needleman and Wunsch's alignment: what is left out costs nothing."""
    width = len(new) + 1
    best = [[0] * width for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            alike = _similarity(old[i], new[j])
            with_pair = best[i + 1][j + 1] + alike if alike else 0
            best[i][j] = max(with_pair, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        alike = _similarity(old[i], new[j])
        if alike and best[i][j] == best[i + 1][j + 1] + alike:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _similarity(one: LayerKey, other: LayerKey) -> int:
    """How much says that one layer became the other; 0 where nothing does."""
    same_type = one.type == other.type
    same_weights = bool(one.weights) and one.weights == other.weights
    if not (same_type or same_weights):
        return 0
    configured = same_type and one.arguments == other.arguments
    named = one.name == other.name
    return TYPE * same_type + WEIGHTS * same_weights + ARGUMENTS * configured + NAME * named


def _matches(pairs: dict[int, int], old: int, new: int) -> Iterator[Match]:
    steady = _longest_rising([pairs[i] for i in sorted(pairs)])
    back = {j: i for i, j in pairs.items()}
    gone = (i for i in range(old) if i not in pairs)
    following = next(gone, None)
    for j in range(new):
        i = back.get(j)
        while i is not None and j in steady and following is not None and following < i:
            yield Match(following, None)
            following = next(gone, None)
        yield Match(i, j, i is not None and j not in steady)
    if following is not None:
        yield Match(following, None)
        yield from (Match(i, None) for i in gone)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return as many of the numbers as rise without the others: those have moved."""
    ends: list[int] = []
    places: list[int] = []
    predecessors: list[int | None] = []
    for place, number in enumerate(numbers):
        at = bisect_left(ends, number)
        predecessors.append(places[at - 1] if at else None)
        ends[at : at + 1] = [number]
        places[at : at + 1] = [place]
    rising: set[int] = set()
    following = places[-1] if places else None
    while following is not None:
        rising.add(numbers[following])
        following = predecessors[following]
    return rising
