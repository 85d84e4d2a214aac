"""Rows of a report → the blocks in it that are alike, and stand one after the other.

A block that a spec repeats says so at its rows. Where a loop in code, or a person, wrote the
layers one by one, blocks are found by what their rows show: equal classes, shapes, counts and
steps, and the same wiring within each block and to the one before.
"""

from __future__ import annotations

import re
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.model.report import by_weights
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Row

    Wire: TypeAlias = tuple[str, int | str, str]

MAX_BLOCK = 64
"""A block that is found has at most so many rows."""

MOST_SIZES = 8
"""So many sizes of a block are tried from each row on."""

MIN_TIMES, MIN_SAVED = 3, 6
"""It stands there at least so often, and so many rows are like others."""

BLOCK = "block"
"""The name of a block whose rows have no name in common."""


class Run(NamedTuple):
    """Blocks that are alike: rows in each, from row `start` on; `written` as a repeat of a spec.

    `first` is the number of the first one, from 0.
    """

    name: str
    first: int
    start: int
    size: int
    times: int
    written: bool


def runs(rows: Sequence[Row]) -> Iterator[Run]:
    """Yield the runs of blocks in order, those of a spec and those that are found between them."""
    numbers: dict[object, int] = {}
    trainable = by_weights(lambda row: row.trainable)
    marks = [numbers.setdefault(_alike(row, trainable(row)), len(numbers)) for row in rows]
    start = 0
    pieces = [(block, len(list(members))) for block, members in groupby(rows, _block)]
    position = 0
    while position < len(pieces):
        block, size = pieces[position]
        if block is None:
            yield from _found(rows, marks, start, start + size)
            position, start = position + 1, start + size
            continue
        name, index, _ = block
        times = 1
        while position + times < len(pieces):
            following, others = pieces[position + times]
            at = start + times * size
            same = others == size and marks[at : at + size] == marks[start : start + size]
            if following is None or following[:2] != (name, index + times) or not same:
                break
            times += 1
        if times > 1:
            yield Run(name, index, start, size, times, written=True)
        position, start = position + times, start + times * size


def _block(row: Row) -> tuple[str, int, int] | None:
    return row.block


def _alike(row: Row, trainable: int | None) -> tuple[object, ...]:
    """What two blocks must have in common, apart from the names of their layers."""
    time = row.time and (row.time.steps, row.time.reads, row.time.shared, row.time.windows)
    shapes = tuple((output.symbolic, output.dtype) for output in row.outputs)
    counts = (row.formula, trainable, row.unsupported, row.complete)
    return (row.depth, row.type, shapes, counts, time, row.confirmed)


def _found(rows: Sequence[Row], marks: list[int], start: int, end: int) -> Iterator[Run]:
    """Yield the runs among rows that no spec repeats."""
    places: dict[int, list[int]] = {}
    for at in range(start, end):
        places.setdefault(marks[at], []).append(at)
    if end - start < len(places) + MIN_SAVED:
        return
    wires = _wires(rows)
    following = {at: found[index + 1 : index + 1 + MOST_SIZES]
                 for found in places.values() for index, at in enumerate(found)}  # fmt: skip
    at = start
    while at < end:
        sizes = [other - at for other in following[at] if other - at <= MAX_BLOCK]
        found = [(_times(rows, marks, wires, at, size), size) for size in sizes]
        enough = [
            (times, size) for times, size in found
            if times >= MIN_TIMES and (times - 1) * size >= MIN_SAVED
        ]  # fmt: skip
        if not enough:
            at += 1
            continue
        times, size = max(enough, key=prod)
        name = _name(rows[at : at + size], rows[at + size : at + 2 * size])
        yield Run(name, 0, at, size, times, written=False)
        at += size * times


def _times(
    rows: Sequence[Row], marks: list[int], wires: list[list[Wire]], start: int, size: int
) -> int:
    """Return how many blocks of a size stand from a row on that are alike."""
    depth = rows[start].depth
    if any(row.depth < depth for row in rows[start : start + size]):
        return 0
    end = start + size
    while end < len(rows) and marks[end] == marks[end - size]:
        first = start if end < start + 2 * size else -1
        ours, theirs = wires[end - size], wires[end]
        pairs = zip(ours, theirs, strict=False)
        if len(ours) != len(theirs) or not all(
            _alike_wires(one, other, size, first) for one, other in pairs
        ):
            break
        end += 1
    times = (end - start) // size
    last = start + times * size
    return times - (last < len(rows) and rows[last].depth > depth)  # it has more within


def _wires(rows: Sequence[Row]) -> list[list[Wire]]:
    """Return what every row reads and reuses: how, which row (or its name), and which output."""
    index = {row.path: at for at, row in enumerate(rows)}
    found = []
    for row in rows:
        parent = row.path.rpartition("/")[0]
        names = [("", name) for name in row.sources]
        names += [(argument, name) for argument, refs in row.call for name in refs]
        names += [("reuses", row.reuses)] if row.reuses is not None else []
        wires: list[Wire] = []
        for role, name in names:
            path = f"{parent}/{name}" if parent else name
            stem, _, output = path.rpartition(".")
            if path not in index and stem in index:
                wires.append((role, index[stem], output))
            else:
                wires.append((role, index.get(path, path), ""))
        found.append(wires)
    return found


def _alike_wires(one: Wire, other: Wire, size: int, first: int) -> bool:
    """Whether two blocks read alike: the same row, or one as far away.

    Of the blocks from row `first` on, the first may read anything before it where the second reads
    the first.
    """
    (role, source, output), (other_role, other_source, other_output) = one, other
    if (role, output) != (other_role, other_output) or source == other_source:
        return (role, output) == (other_role, other_output)
    if isinstance(source, int) and isinstance(other_source, int) and other_source - source == size:
        return True
    before = not isinstance(source, int) or source < first
    return first >= 0 and before and isinstance(other_source, int) and other_source >= first


def _name(first: Sequence[Row], second: Sequence[Row]) -> str:
    """Return what the names of a block begin with, up to its number: encoder of encoder_0_norm."""
    own = [row.name for row in (*first, *second) if row.depth == first[0].depth]
    common = own[0]
    for name in own:
        while not name.startswith(common):
            common = common[:-1]
    return re.sub(r"[\W_\d]+$", "", common) or BLOCK
