"""Blocks of layers that stand in a graph several times, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.graph import Node, Ref
from seqinspect.readers.elements.inputs import DEFAULT_INPUT_NAME
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_BLOCK = 64
"""A block has at most so many layers."""

MIN_CALLS = 4
"""So many entries must be saved."""


class Repeat(NamedTuple):
    """A block: `size` calls from `start` on, `times` over; it reads `source` at first.

    `labels` are the names in the block, by position; None where the reader makes one up.
    """

    start: int
    size: int
    times: int
    source: Ref
    labels: tuple[str | None, ...]


def find_repeats(nodes: Sequence[Node], same: Callable[[Node], object]) -> list[Repeat]:
    """Find the blocks of a model; `same` returns what calls of a block have in common."""
    keys: dict[object, int] = {}
    marks = [keys.setdefault(same(node), len(keys)) for node in nodes]
    names = {node.name for node in nodes}
    blocks: list[Repeat] = []
    at = 0
    while at < len(nodes):
        best = _at(nodes, marks, at, names)
        if best is None:
            at += 1
        else:
            blocks.append(best)
            at = best.start + best.size * best.times
    return blocks


def _at(nodes: Sequence[Node], marks: list[int], at: int, names: set[str]) -> Repeat | None:
    """Return the block that covers most from here on; None where there is none."""
    best: Repeat | None = None
    for size in range(1, min(MAX_BLOCK, (len(nodes) - at) // 2) + 1):
        if marks[at] != marks[at + size]:
            continue
        block = marks[at : at + size]
        count = 1
        while marks[at + count * size : at + (count + 1) * size] == block:
            count += 1
        if (count - 1) * size < MIN_CALLS or (best and count * size <= best.times * best.size):
            continue
        candidate = _block(nodes, at, size, count, names)
        best = candidate or best
    return best


def _block(
    nodes: Sequence[Node], start: int, size: int, count: int, names: set[str]
) -> Repeat | None:
    """Return the block if each iteration reads the one before it as the next one does."""
    index = {node.name: position for position, node in enumerate(nodes)}
    passes = [nodes[start + size * turn : start + size * (turn + 1)] for turn in range(count)]
    if any(node.reuses for turn in passes for node in turn):
        return None
    wired = [
        [_relative(ref, index, start + size * turn, size, turn) for ref in _refs(part)]
        for turn, part in enumerate(passes)
    ]
    if any(other != wired[1] for other in wired[2:]) or len(wired[0]) != len(wired[1]):
        return None
    sources: set[Ref] = set()
    outside: set[str] = set()
    for first, second in zip(wired[0], wired[1], strict=True):
        if second == DEFAULT_INPUT_NAME and isinstance(first, Ref):
            sources.add(first)
        elif first != second:
            return None
        elif isinstance(first, Ref):
            outside.add(first.name)
    labels = tuple(_label([turn[position] for turn in passes]) for position in range(size))
    known_labels = {label for label in labels if label is not None}
    if (
        len(sources) != 1
        or DEFAULT_INPUT_NAME in outside
        or len(known_labels) < sum(map(bool, labels))
    ):
        return None
    if known_labels & (names | outside | {DEFAULT_INPUT_NAME}):
        return None
    return Repeat(start, size, count, sources.pop(), labels)


def _refs(part: Sequence[Node]) -> list[Ref]:
    return [ref for node in part for ref in node.refs]


def _relative(ref: Ref, index: dict[str, int], start: int, size: int, turn: int) -> object:
    """Return what a tensor is to an iteration: one of its own, what it reads, or one outside."""
    position = index.get(ref.name, -1)
    if start <= position < start + size:
        return (position - start, ref.output)
    if turn and position == start - 1 and ref.output == 0:
        return DEFAULT_INPUT_NAME
    return ref


def _label(nodes: Sequence[Node]) -> str | None:
    """Return the name of which those of all iterations are made, `norm` of norm_0."""
    base = nodes[0].name.removesuffix("_0")
    fits = all(node.name == f"{base}_{turn}" for turn, node in enumerate(nodes))
    return base if fits and base else None
