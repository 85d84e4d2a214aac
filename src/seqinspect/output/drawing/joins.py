"""Joins: which steps of one tensor each step of another reads directly, at known sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from seqinspect.analysis.tracing import size_at
from seqinspect.output.drawing.scene import HIDDEN
from seqinspect.time.extent import step_count, steps_read
from seqinspect.time.relation import identity, pieces_of, through, united
from seqinspect.time.work import TooManyPieces, Work

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from seqinspect.analysis.tracing import Numbers, TracedTensor
    from seqinspect.output.drawing.scene import Columns
    from seqinspect.time.relation import Pieces

FEW = 8
"""So many steps that one step reads are drawn as lines, more as dots."""

PROBES = 4
"""So many steps from both ends are looked at to tell what a relation is like."""


class Join:
    """What steps 0…outputs−1 read of steps 0…inputs−1; `pieces` is None where that is not known."""

    def __init__(self, pieces: Pieces | None, outputs: int, inputs: int) -> None:
        self.pieces = pieces
        self.outputs = outputs
        self.inputs = inputs

    @property
    def nothing(self) -> bool:
        """Whether no step is read."""
        return self.pieces == ()

    @property
    def each(self) -> bool:
        """Whether every step reads the same step, and no other."""
        return self.outputs == self.inputs and self.pieces == identity(self.inputs)

    @property
    def local(self) -> bool:
        """Whether a step reads few steps, so that lines can show them."""
        read = [self.read(step) for step in probes(self.outputs)]
        return all(each is not None and sum(map(step_count, each)) <= FEW for each in read)

    @property
    def width(self) -> int:
        """How far apart the steps are that one step reads, at most among those looked at."""
        read = [each for step in probes(self.outputs) if (each := self.read(step))]
        return max((max(map(max, each)) - min(map(min, each)) for each in read), default=0)

    def read(self, step: int) -> list[range] | None:
        """Return the steps that one step reads; None where that is not known."""
        if self.pieces is None:
            return None
        try:
            return steps_read(self.pieces, step, Work())
        except TooManyPieces:
            return None

    def only(self, step: int) -> bool:
        """Whether all steps together read this one step."""
        read = [self.read(each) for each in probes(self.outputs)]
        return bool(read) and all(each == [range(step, step + 1)] for each in read)

    def pairs(self, outputs: Iterable[int], columns: Columns) -> tuple[tuple[int, int], ...] | None:
        """Return what is read, as pairs of an input and an output step; None where not known.

        Input steps without a column are HIDDEN, once for each output step.
        """
        shown = columns.shown(self.inputs)
        found: list[tuple[int, int]] = []
        for step in outputs:
            read = self.read(step)
            if read is None:
                return None
            seen = [each for each in shown if any(each in steps for steps in read)]
            found += [(each, step) for each in seen]
            if sum(map(step_count, read)) > len(seen):
                found.append((HIDDEN, step))
        return tuple(found)


def probes(count: int) -> Sequence[int]:
    """Return steps that stand for all: some from both ends, and one amid them."""
    if count <= 2 * PROBES + 1:
        return range(count)
    return [*range(PROBES), count // 2, *range(count - PROBES, count)]


def join_of(
    traced: TracedTensor, source: TracedTensor, numbers: Numbers, drawn: Container[int]
) -> Join:
    """Return what the steps of a tensor read of another one, which it was made from.

    `drawn` are the tensors that are drawn, by id: between others, as masks, their joins are
    composed.
    """
    outputs, inputs = (size_at(tensor.tensor.steps, numbers) for tensor in (traced, source))
    if outputs is None or inputs is None:
        return Join(None, outputs or 0, inputs or 0)
    try:
        pieces = _read(traced, source, numbers, drawn, Work())
    except TooManyPieces:
        return Join(None, outputs, inputs)
    return Join(pieces, outputs, inputs)


def _read(
    traced: TracedTensor,
    source: TracedTensor,
    numbers: Numbers,
    drawn: Container[int],
    work: Work,
) -> Pieces:
    """Return what is read on all ways. Raises TooManyPieces."""
    if id(traced) in work.found:
        return cast("Pieces", work.found[id(traced)])
    outputs, parts = size_at(traced.tensor.steps, numbers), []
    for reach, read in traced.sources:
        if read is not source and id(read) in drawn:
            continue
        inputs = size_at(read.tensor.steps, numbers)
        if outputs is None or inputs is None:
            raise TooManyPieces
        pieces = pieces_of(reach, numbers, outputs, inputs, work)
        if read is not source:
            pieces = through(pieces, _read(read, source, numbers, drawn, work), work)
        parts.append(pieces)
    work.found[id(traced)] = found = united(parts or [()], work)
    return found


def drawn_sources(traced: TracedTensor, drawn: Container[int]) -> Iterator[TracedTensor]:
    """Yield the tensors that are drawn and that one was made from, also by way of masks."""
    pending, met = [traced], set[int]()
    while pending:
        for _, source in pending.pop().sources:
            if id(source) in met:
                continue
            met.add(id(source))
            if id(source) in drawn:
                yield source
            else:
                pending.append(source)
