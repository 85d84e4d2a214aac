"""Which step moved which, at several numbers of steps → the relation that all of them show."""

from __future__ import annotations

from itertools import product
from math import gcd
from typing import TYPE_CHECKING

from seqinspect.records import NamedTuple
from seqinspect.time.reach import STEP, ZERO, Reach, StepSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reads, TimeSummary

MAX_SPANS = 6
"""Steps in more pieces than this are no relation that anyone would read."""

MAX_BLOCK = 16
"""Blocks of up to so many steps are looked for."""


class StepTable(NamedTuple):
    """What moved in an experiment with so many input steps, of which some were `changed`.

    `rows` has for each output step (one where the output has none) those that moved it. `faint`:
    some moved it so little that others may have moved it less than can be seen.
    """

    steps: int
    changed: tuple[int, ...]
    rows: tuple[frozenset[int], ...]
    faint: bool = False


class Anchor(NamedTuple):
    """Where output step t stands among the input steps: stride × ⌊t/block⌋.

    `from_end` counts from the last step. A stride of 0 is the same place for every step.
    """

    stride: int
    from_end: bool = False
    block: int = 1

    def at(self, step: int, steps: int) -> int:
        """Return the place of an output step in an input of so many."""
        return self.stride * (step // self.block) + (steps - 1 if self.from_end else 0)

    def formula(self, steps: Expr) -> Expr:
        """Return the place of step t as a formula."""
        place = self.stride * (STEP // self.block)
        return place + steps - 1 if self.from_end else place


class OffsetSpan(NamedTuple):
    """Steps from `first` to `last`, counted from the place of an output step, in a stride.

    None is the first, or the last, step of the input.
    """

    anchor: Anchor
    first: int | None
    last: int | None
    every: int = 1

    def members(self, step: int, steps: int) -> range:
        """Return the steps, of so many, that an output step reads."""
        place = self.anchor.at(step, steps)
        low = 0 if self.first is None else place + self.first
        high = steps - 1 if self.last is None else min(place + self.last, steps - 1)
        return range(low % self.every if low < 0 else low, high + 1, self.every)

    def span(self, steps: Expr, outputs: Expr) -> StepSpan:
        """Return it as a part of the reach of a rule."""
        place = self.anchor.formula(steps)
        first = ZERO if self.first is None else place + self.first
        on_grid = first + (steps - 1 - first) // self.every * self.every
        return StepSpan(
            first,
            on_grid if self.last is None else place + self.last,
            steps,
            outputs,
            every=self.every,
            rising=self.anchor.stride >= 0,
        )


START, END, SAME, BACKWARDS = Anchor(0), Anchor(0, True), Anchor(1), Anchor(-1, True)
"""The first step, the last step, step t, and step t counted from the end."""

ROUND = Anchor(1, True)
"""Step t after the last one: where steps go round, the first follow the last."""


class StepRelation(NamedTuple):
    """The input steps that an output step reads; none: it reads no step."""

    spans: tuple[OffsetSpan, ...]

    @property
    def reads(self) -> Reads:
        """The word for what one application reads."""
        return READS.get(self.spans, "window")

    @property
    def time_summary(self) -> TimeSummary:
        """What an output without steps knows of them."""
        return self.reads if self.reads in ("last", "first") else "all"

    @property
    def open(self) -> bool:
        """Whether it goes on to an end of the input, however far that is."""
        return any(None in (each.first, each.last) for each in self.spans)

    def members(self, step: int, steps: int) -> set[int]:
        """Return the steps, of so many, that an output step reads."""
        return {each for span in self.spans for each in span.members(step, steps)}

    def fits(self, table: StepTable) -> bool:
        """Whether it is what a table shows; of a faint one, whether it has all that moved."""
        for step, row in enumerate(table.rows):
            read = self.members(step, table.steps).intersection(table.changed)
            if not (row <= read if table.faint else row == read):
                return False
        return True

    def reach(self, steps: Expr, outputs: Expr) -> Reach:
        """Return the relation as the reach of a rule."""
        return Reach(each.span(steps, outputs) for each in self.spans)


READS: dict[tuple[OffsetSpan, ...], Reads] = {
    (): "none",
    (OffsetSpan(SAME, 0, 0),): "each",
    (OffsetSpan(SAME, None, 0),): "prefix",
    (OffsetSpan(BACKWARDS, 0, None),): "suffix",
    (OffsetSpan(START, 0, None),): "all",
    (OffsetSpan(END, 0, 0),): "last",
    (OffsetSpan(START, 0, 0),): "first",
}
"""The relations that have a name of their own; any other is a window."""


def infer_relation(tables: Sequence[StepTable]) -> StepRelation | None:
    """Return the simplest relation that all tables show, None where there is none.

    Tables that are not faint decide; the others must not show more.
    """
    clear = [table for table in tables if not table.faint]
    if not clear:
        return None
    for spans in _candidates(clear):
        relation = StepRelation(spans)
        if all(map(relation.fits, tables)):
            return relation
    return None


def _candidates(tables: Sequence[StepTable]) -> Iterator[tuple[OffsetSpan, ...]]:
    if not any(map(any, (table.rows for table in tables))):
        yield ()
        return
    found = [_Offsets(anchor, tables) for anchor in _anchors(tables)]
    for offsets in found:
        yield offsets.spans()
    constant = [offsets for offsets in found if not offsets.anchor.stride]
    moving = [offsets for offsets in found if offsets.anchor.stride]
    others = [offsets for offsets in moving if offsets.anchor in (BACKWARDS, ROUND)]
    for one, other in (*product(moving, constant), *product(moving[:1], others), constant):
        fewer = other.without(one)
        yield one.without(fewer).spans() + fewer.spans()


def _anchors(tables: Sequence[StepTable]) -> list[Anchor]:
    """Return the places that an output step may count from, the most usual first."""
    anchors = [START, END]
    longest = max(tables, key=lambda table: table.steps)
    outputs = len(longest.rows)
    if outputs > 1:
        strides = {max(2, longest.steps // outputs + by) for by in (-1, 0, 1, 2)}
        blocks = {max(2, outputs // longest.steps + by) for by in (-1, 0, 1, 2)}
        anchors += [SAME, BACKWARDS, ROUND]
        anchors += [
            Anchor(sign * stride, sign < 0) for sign in (1, -1) for stride in sorted(strides)
        ]
        anchors += [Anchor(1, block=block) for block in sorted(blocks)]
        anchors += [Anchor(block, block=block) for block in range(2, MAX_BLOCK + 1)]
    return anchors


class _Offsets:
    """How far the steps that moved are from a place, wherever it was to be seen in any table."""

    def __init__(self, anchor: Anchor, tables: Sequence[StepTable]) -> None:
        self.anchor, self.tables = anchor, tables
        self.visible: set[int] = set()
        unmoved: set[int] = set()
        for table in tables:
            for step, row in enumerate(table.rows):
                place = anchor.at(step, table.steps)
                self.visible.update([each - place for each in table.changed])
                unmoved.update([each - place for each in table.changed if each not in row])
        self.moved = self.visible - unmoved

    def without(self, other: _Offsets) -> _Offsets:
        """Return it without what another one says everywhere, too."""
        own: set[int] = set()
        for table in self.tables:
            for step in range(len(table.rows)):
                place = self.anchor.at(step, table.steps)
                others = other.anchor.at(step, table.steps)
                own.update(
                    each - place for each in table.changed if each - others not in other.moved
                )
        fewer = object.__new__(_Offsets)
        fewer.anchor, fewer.tables, fewer.visible = self.anchor, self.tables, self.visible
        fewer.moved = self.moved & own
        return fewer

    def spans(self) -> tuple[OffsetSpan, ...]:
        """Return the offsets in pieces; one that goes on as far as can be seen is open."""
        low, high = min(self.visible), max(self.visible)
        spans = []
        for piece in _pieces(self.moved, self.visible):
            several = len(piece) > 1
            first = None if several and piece.step == 1 and piece[0] == low else piece[0]
            last = None if several and piece[-1] + piece.step > high else piece[-1]
            if self.anchor == START and first is None:
                first = 0
            elif self.anchor == END and last is None:
                last = 0
            elif self.anchor.stride and piece.step > 1:
                last = piece[-1]
            spans.append(OffsetSpan(self.anchor, first, last, piece.step))
        return tuple(spans) if len(spans) <= MAX_SPANS else ()


def _pieces(offsets: set[int], visible: set[int]) -> list[range]:
    """Return numbers as ranges between which others of the visible ones lie.

    It is one range if they are all that are visible of every second number, third, ….
    """
    if not offsets:
        return []
    low, high = min(offsets), max(offsets)
    gap = gcd(*(each - low for each in offsets))
    if gap > 1 and all(
        (each - low) % gap or each in offsets for each in visible if low <= each <= high
    ):
        return [range(low, high + 1, gap)]
    pieces: list[range] = []
    before = False
    for each in sorted(visible):
        if each in offsets:
            start = pieces.pop().start if before else each
            pieces.append(range(start, each + 1))
        before = each in offsets
    return pieces
