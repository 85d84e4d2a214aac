"""Dependence: which steps of a model input a tensor's step t depends on, through all layers.

It is a union of intervals, each between two formulas in t that both rise, or both fall. A layer
whose reach is composed with it reads an interval of its steps, so that the ends of the result are
the ends of the intervals at the ends of what is read.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from seqinspect.algebra.expression import Expr, const, maximum, minimum, total
from seqinspect.algebra.proof import beyond_proof
from seqinspect.time.reach import STEP, ZERO, Reach, Span, greatest, least, moves, proved

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_INTERVALS = 6
"""More intervals than this are merged into one around them, no longer proved exact."""

MAX_TEXT = 400
"""Ends that take more than this to write down become any step."""

MAX_GUARDS = 4
"""More guards, and those that are beyond proof, are left out: what they tell is not proved."""

IRREGULAR = 0
"""The stride of steps that follow no single stride."""


class Guard(NamedTuple):
    """An interval of steps on the way to a model input: where it is empty, nothing is seen."""

    first: Expr
    last: Expr
    rising: bool

    def at(self, low: Expr, high: Expr, *, rising: bool) -> Guard:
        """The same guard for a layer that reads the steps low…high."""
        if not self.rising:
            low, high = high, low
        return Guard(
            self.first.substitute({"t": low}),
            self.last.substitute({"t": high}),
            rising == self.rising,
        )


class Interval:
    """Steps first…last of a model input, as formulas in t, both within it.

    `outputs` is how many steps t the tensor has; where a guard is empty, so is this. `every` is the
    stride of the steps (1: neighbours, 0: no single one); away from the edges it spans `length`
    steps, which move by `slope` when t moves by one. `steady`: both ends rise with t, or both fall.
    `exact`: the ends are proved to be depended on.
    """

    __slots__ = ("every", "exact", "first", "guards", "last", "length", "outputs", "rising",
                 "slope", "steady", "steps")  # fmt: skip

    def __init__(
        self,
        first: Expr,
        last: Expr,
        steps: Expr,
        outputs: Expr,
        *,
        every: int = 1,
        length: int | None = None,
        slope: int | None = None,
        rising: bool = True,
        steady: bool = True,
        exact: bool = True,
        guards: tuple[Guard, ...] = (),
    ) -> None:
        self.first: Final = first
        self.last: Final = last
        self.steps: Final = steps
        self.outputs: Final = outputs
        self.every: Final = every
        self.length: Final = length
        self.slope: Final = slope
        self.rising: Final = rising
        self.steady: Final = steady
        self.exact: Final = exact
        self.guards: Final = guards

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Interval) and _parts(self) == _parts(other)

    def __hash__(self) -> int:
        return hash((self.first, self.last))

    @property
    def constant(self) -> bool:
        """Whether it is the same for every t."""
        guards = (bound for guard in self.guards for bound in guard[:2])
        return not any(moves(bound) for bound in (self.first, self.last, *guards))

    @property
    def plain(self) -> bool:
        """Whether its ends are exact, steady and never those of nothing."""
        return self.steady and self.exact and not self.guards

    def ends(self, *, among_others: bool = False) -> tuple[Expr, Expr]:
        """First and last step; first > last where step t depends on none.

        Among others, nothing must pull neither end: there it starts behind all steps and ends
        before all.
        """
        guards = self.guards
        if not among_others:  # these ends show already that there is nothing between them
            guards = tuple(guard for guard in guards if guard[:2] != (self.first, self.last))
        if not guards:
            return self.first, self.last
        missing = (
            total(greatest(ZERO, guard.first - guard.last, self.outputs) for guard in guards)
            * self.steps
        )
        if missing == 0:
            return self.first, self.last
        first = maximum(self.first, missing)
        return first, minimum(self.last, self.steps - 1 - missing) if among_others else self.last

    def contains(self, other: Interval) -> bool:
        """Whether it is proved to hold all steps of another one."""
        if self.every != 1 and not (
            other.first == other.last and other.first in (self.first, self.last)
        ):
            return False
        return proved(other.first - self.first, self.outputs) and proved(
            self.last - other.last, self.outputs
        )


_parts = attrgetter(*Interval.__slots__)


class Dependence:
    """The steps of one model input that step t of a tensor depends on."""

    __slots__ = ("_bounds", "_through", "intervals")

    def __init__(self, intervals: Iterable[Interval]) -> None:
        merged: list[Interval] = []
        for interval in intervals:
            _add_interval(merged, interval)
        if len(merged) > MAX_INTERVALS:
            merged = [_enclosing(merged)]
        self.intervals: Final = tuple(merged)
        self._bounds: tuple[Expr, Expr] | None = None
        self._through: dict[Reach, Dependence | None] = {}

    @property
    def exact(self) -> bool:
        """Whether first and last step are proved; otherwise nothing outside them is depended on."""
        return all(interval.exact for interval in self.intervals)

    @property
    def bounds(self) -> tuple[Expr, Expr]:
        """First and last step as formulas in t; first > last where step t depends on none."""
        if self._bounds is None:
            self._bounds = self._ends()
        return self._bounds

    def _ends(self) -> tuple[Expr, Expr]:
        if len(self.intervals) == 1:
            return self.intervals[0].ends()
        low, high = self.intervals[0].ends(among_others=True)
        for interval in self.intervals[1:]:
            first, last = interval.ends(among_others=True)
            low = least(low, first, interval.outputs)
            high = greatest(high, last, interval.outputs)
        return low, high

    @property
    def every(self) -> int:
        """The stride that the steps keep; 1 where they are neighbours, 0 where they keep none."""
        return self.intervals[0].every if len(self.intervals) == 1 else IRREGULAR

    @classmethod
    def identity(cls, steps: Expr) -> Dependence:
        """What step t of a model input depends on: itself."""
        return cls((Interval(STEP, STEP, steps, steps, length=1, slope=1),))

    def through(self, reach: Reach) -> Dependence | None:
        """What t depends on when a layer reads this tensor's steps; None for nothing."""
        if reach in self._through:
            return self._through[reach]
        intervals = [_compose(span, inner) for span in reach.spans for inner in self.intervals]
        # Layer upon layer of the same kind soon adds nothing: then it stays the same object.
        unchanged = tuple(intervals) == self.intervals
        composed = self if unchanged else Dependence(intervals) if intervals else None
        self._through[reach] = composed
        return composed

    @staticmethod
    def union(parts: Sequence[Dependence]) -> Dependence:
        """Everything that any of the parts depends on."""
        if len(parts) == 1:
            return parts[0]
        return Dependence(interval for part in parts for interval in part.intervals)


def _compose(outer: Span, inner: Interval) -> Interval:
    """What t depends on when it reads the steps `outer` of a tensor that depends on `inner`."""
    if outer.single and outer.first == STEP and outer.outputs == outer.steps:
        return inner
    inside = outer.inside
    covered = inside.cut and _covers(inner, outer)
    low = outer.first if covered else inside.first
    high = inside.last
    begin, end = (low, high) if inner.rising else (high, low)
    first, last = inner.first.substitute({"t": begin}), inner.last.substitute({"t": end})
    if covered:
        first = greatest(ZERO, first, outer.outputs)
    guards = [guard.at(low, high, rising=outer.rising) for guard in inner.guards]
    if not inside.sure and not covered:
        guards.append(Guard(inside.first, inside.last, outer.rising))
    all_guards = dict.fromkeys(guards)
    guards = [guard for guard in all_guards if not any(map(beyond_proof, guard[:2]))][:MAX_GUARDS]
    unguarded = len(guards) < len(all_guards)
    rough = _is_long(first, last, guards)
    if rough:
        first, last, guards = ZERO, inner.steps - 1, []
    return Interval(
        first,
        last,
        inner.steps,
        outer.outputs,
        every=_stride(outer, inner),
        length=_length(outer, inner),
        slope=None
        if inner.slope is None or (outer_slope := _slope(outer)) is None
        else outer_slope * inner.slope,
        rising=outer.rising == inner.rising or outer.constant or inner.constant,
        steady=outer.constant
        or (
            (inner.steady or inner.constant)
            and (covered or not inside.cut)
            and not (guards and _skips(outer))
        ),
        exact=not (rough or unguarded)
        and inner.exact
        and (outer.single or inner.constant or (inner.steady and not (outer.holes and guards))),
        guards=tuple(guards),
    )


def _is_long(first: Expr, last: Expr, guards: Sequence[Guard]) -> bool:
    bounds = (first, last, *(bound for guard in guards for bound in guard[:2]))
    return sum(len(str(bound)) for bound in bounds) > MAX_TEXT


def _skips(outer: Span) -> bool:
    """Whether steps may lie between what neighbouring output steps read."""
    slope, width = _slope(outer), (outer.last - outer.first).value
    return slope is None or width is None or slope > width + 1


def _covers(inner: Interval, outer: Span) -> bool:
    """Whether windows that end at t fill the holes of `outer`, so that only the edge cuts it.

    A causal stack of dilations 1, 2, 4, …: step s has seen at least s−every+1…s, so that every
    step from the edge on is seen, though no step before the edge is read.
    """
    return (
        inner.plain
        and inner.every == 1
        and outer.last == STEP
        and inner.last == STEP
        and proved(maximum(ZERO, STEP - outer.every + 1) - inner.first, inner.outputs)
    )


def _stride(outer: Span, inner: Interval) -> int:
    """The stride that a composition keeps, where it keeps one."""
    if outer.single or inner.constant:
        return inner.every
    spread = outer.every.value
    if spread is None or not spread:
        return IRREGULAR
    if inner.every == 1 and not (moves(inner.first) and moves(inner.last)):
        return 1  # all of them share an end
    if inner.length is None or inner.slope is None:
        return 1 if spread == inner.every == inner.slope == 1 else IRREGULAR
    spread *= inner.slope
    if inner.length == 1:
        return spread or 1
    if inner.every == 1:
        return 1 if spread <= inner.length else IRREGULAR
    if inner.every == IRREGULAR:
        return IRREGULAR
    if spread % inner.every == 0 and spread <= inner.length - 1 + inner.every:
        return inner.every
    count = _count(outer)
    if spread and inner.every % spread == 0 and count is not None and count * spread >= inner.every:
        return spread
    return IRREGULAR


def _slope(span: Span) -> int | None:
    """How far a span moves when t moves by one."""
    bound = span.first if moves(span.first) else span.last
    if bound == STEP or not moves(bound):
        return int(bound == STEP)
    slope = (bound.substitute({"t": STEP + 1}) - bound).value
    return None if slope is None else abs(slope)


def _count(outer: Span) -> int | None:
    width = (outer.last - outer.first).value
    every = outer.every.value
    return width // every + 1 if width is not None and every else None


def _length(outer: Span, inner: Interval) -> int | None:
    width = (outer.last - outer.first).value
    if inner.length is None or width is None or inner.slope is None:
        return inner.length if outer.single else None
    return width * inner.slope + inner.length


def _add_interval(intervals: list[Interval], new: Interval) -> None:
    """Add an interval, merged with one that runs the same way."""
    for index, old in enumerate(intervals):
        if old is new or old == new:
            return
        if old.plain and new.exact and old.contains(new):
            return
        if new.plain and old.exact and new.contains(old):
            intervals[index] = new
            return
        if old.plain and new.plain and _same_way(old, new):
            intervals[index] = _enclosing([old, new])
            return
    intervals.append(new)


def _same_way(one: Interval, other: Interval) -> bool:
    return one.rising == other.rising or one.constant or other.constant


def _enclosing(intervals: Sequence[Interval]) -> Interval:
    """One interval around several that run the same way."""
    first, last = intervals[0].first, intervals[0].last
    for interval in intervals[1:]:
        first = least(first, interval.first, interval.outputs)
        last = greatest(last, interval.last, interval.outputs)
    moving = [interval for interval in intervals if not interval.constant]
    touching = all(interval.every == 1 for interval in intervals) and (
        proved(intervals[0].last + 1 - intervals[-1].first, intervals[0].outputs)
        and proved(intervals[-1].last + 1 - intervals[0].first, intervals[0].outputs)
    )
    same_way = len({interval.rising for interval in moving}) < 2
    plain = all(interval.plain for interval in intervals) and same_way
    return Interval(
        first,
        last,
        intervals[0].steps,
        intervals[0].outputs,
        every=1 if touching else IRREGULAR,
        rising=moving[0].rising if moving else True,
        steady=plain,
        exact=plain,
    )


def piecewise_linear(numbers: Sequence[int]) -> Expr:
    """Return a formula in t that takes these numbers at t = 0, 1, 2, …: pieces of straight lines.

    A jump at t = b is written with min(1, max(0, t − b + 1)), a new slope with max(0, t − b).
    """
    formula: Expr = const(numbers[0])
    start, slope = 0, numbers[1] - numbers[0] if len(numbers) > 1 else 0
    formula = formula + slope * STEP
    for step in range(2, len(numbers)):
        straight = numbers[start] + slope * (step - start)
        if numbers[step] == straight:
            continue
        following = numbers[step + 1] if step + 1 < len(numbers) else numbers[step] + slope
        new_slope = following - numbers[step]
        formula = formula + (numbers[step] - straight) * minimum(
            const(1), maximum(ZERO, STEP - step + 1)
        )
        formula = formula + (new_slope - slope) * maximum(ZERO, STEP - step)
        start, slope = step, new_slope
    return formula
