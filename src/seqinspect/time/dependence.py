"""Dependence: which steps of a model input a tensor's step t depends on, through all layers.

It is a union of spans, each between two formulas in t that both rise, or both fall. A layer whose
reach is composed with it reads a span of its steps, so that the ends of the result are the ends of
the spans at the ends of what is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from seqinspect.algebra.expression import Expr, as_expr, maximum
from seqinspect.algebra.proof import beyond_proof
from seqinspect.algebra.simplification import without_dominated
from seqinspect.time.reach import (
    IRREGULAR,
    STEP,
    STEP_FROM_0,
    ZERO,
    Guard,
    Reach,
    StepSpan,
    greatest,
    least,
    moves,
    proved,
)
from seqinspect.time.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_SPANS = 6
"""More spans than this are merged into one around them, no longer proved exact."""

MAX_SIZE = 800
"""Ends of a larger size (`Expr.size`) become any step."""

MAX_READABLE = 50
"""Longer bounds are long; others that hold at the sizes at hand may be shorter."""

MAX_GUARDS = 4
"""More guards, and those that are beyond proof, are left out: what they tell is not proved."""


class Dependence:
    """The steps of one model input that step t of a tensor depends on."""

    __slots__ = ("_bounds", "_given_up", "_long", "_through", "spans", "work")

    def __init__(self, spans: Iterable[StepSpan], work: Work) -> None:
        merged: list[StepSpan] = []
        for span in spans:
            _add_span(merged, span, work)
        if len(merged) > MAX_SPANS:
            affordable = work.affords(sum(span.length_of_formulas for span in merged))
            merged = [_enclosing(merged) if affordable else _any_step(merged[0], merged[0])]
        self.spans: Final = tuple(merged)
        self.work: Final = work
        self._bounds: tuple[Expr, Expr] | None = None
        self._given_up = False
        self._long: bool | None = None
        self._through: dict[Reach, Dependence | None] = {}

    @property
    def exact(self) -> bool:
        """Whether first and last step are proved; otherwise they are to be tried."""
        return all(span.exact for span in self.spans) and bool(self.bounds) and not self._given_up

    @property
    def bounds(self) -> tuple[Expr, Expr]:
        """First and last step as formulas in t; first > last where step t depends on none."""
        if self._bounds is None:
            low, high = self._ends()
            if self.work.affords(low.length + high.length):
                low, high = (
                    without_dominated(bound, STEP_FROM_0, name="t") for bound in (low, high)
                )
            self._bounds = low, high
        return self._bounds

    @property
    def is_long(self) -> bool:
        """Whether its bounds are more than anybody would read."""
        if self._long is None:
            size = sum(bound.size for bound in self.bounds)
            self._long = size > MAX_READABLE and (
                size > MAX_SIZE // 2
                or sum(len(bound.text()) for bound in self.bounds) > MAX_READABLE
            )
        return self._long

    def _ends(self) -> tuple[Expr, Expr]:
        if len(self.spans) == 1 and not self.spans[0].guards:
            return self.spans[0].first, self.spans[0].last
        if not self.work.affords(sum(span.length_of_formulas for span in self.spans)):
            self._given_up = True
            return ZERO, self.spans[0].steps - 1
        if len(self.spans) == 1:
            return self.spans[0].ends()
        low, high = self.spans[0].ends(among_others=True)
        for span in self.spans[1:]:
            first, last = span.ends(among_others=True)
            low = least(low, first, span.outputs)
            high = greatest(high, last, span.outputs)
        return low, high

    @property
    def every(self) -> int:
        """The stride that the steps keep; 1 where they are neighbours, 0 where they keep none."""
        return _stride_of(self.spans[0]) if len(self.spans) == 1 else IRREGULAR

    @property
    def has_no_gaps(self) -> bool:
        """Whether it is proved to be one step, or all steps from an end that never moves."""
        (span, *others) = self.spans
        if others or not span.plain:
            return False
        return span.single or (span.every == 1 and (not moves(span.first) or not moves(span.last)))

    @property
    def is_plain(self) -> bool:
        """Whether short formulas that are proved say all of it, in time and in stride."""
        return self.exact and not self.is_long and self.has_no_gaps

    @classmethod
    def identity(cls, steps: Expr, work: Work | None = None) -> Dependence:
        """What step t of a model input depends on: itself. `work`: of its graph."""
        itself = StepSpan(STEP, STEP, steps, steps, length=as_expr(1), slope=1)
        return cls._same([itself], work or Work())

    def through(self, reach: Reach) -> Dependence | None:
        """What t depends on when a layer reads this tensor's steps; None for nothing."""
        if reach in self._through:
            return self._through[reach]
        spans = [self._compose(outer, inner) for outer in reach.spans for inner in self.spans]
        composed = Dependence._same(spans, self.work) if spans else None
        self._through[reach] = composed
        return composed

    def _compose(self, outer: StepSpan, inner: StepSpan) -> StepSpan:
        if outer.single and outer.first == STEP and outer.outputs == outer.steps:
            return inner
        if not self.work.affords(outer.length_of_formulas + inner.length_of_formulas):
            return _any_step(outer, inner)
        shared = self.work.shared
        if shared is None:
            return _compose(outer, inner)
        # Anew, so that what it asks is noted whatever was asked of them before.
        found = shared.get((outer, inner), lambda: _compose(outer.anew(), inner.anew()))
        return found.anew()

    @staticmethod
    def _same(spans: Sequence[StepSpan], work: Work) -> Dependence:
        """Return the dependence of these spans: for the same ones the same object.

        Layer upon layer of the same kind soon adds nothing; then it costs nothing, either.
        """
        key = ("dependence", *spans)
        found = work.found.get(key)
        if found is None:
            new = Dependence(spans, work)
            found = work.found.setdefault(("dependence", *new.spans), new)
            work.found[key] = found
        return cast("Dependence", found)

    def reach(self, outputs: Expr) -> Reach:
        """The same steps as the reach of one layer that has so many output steps."""
        return Reach(
            StepSpan(
                span.first,
                span.last,
                span.steps,
                outputs,
                every=_stride_of(span),
                rising=span.rising,
            )
            for span in self.spans
        )

    @staticmethod
    def union(parts: Sequence[Dependence]) -> Dependence:
        """Everything that any of the parts depends on."""
        if len(parts) == 1:
            return parts[0]
        spans = dict.fromkeys(span for part in parts for span in part.spans)
        return Dependence._same([*spans], parts[0].work)


def _any_step(outer: StepSpan, inner: StepSpan) -> StepSpan:
    """A span around whatever t depends on: nothing more is said of it."""
    return StepSpan(ZERO, inner.steps - 1, inner.steps, outer.outputs, every=IRREGULAR, exact=False)


def _compose(outer: StepSpan, inner: StepSpan) -> StepSpan:
    """What t depends on when it reads the steps `outer` of a tensor that depends on `inner`."""
    clipped = outer.clipped
    covered = clipped.cut and _covers(inner, outer)
    low = outer.first if covered else clipped.first
    high = clipped.last
    begin, end = (low, high) if inner.rising else (high, low)
    first, last = inner.first.substitute({"t": begin}), inner.last.substitute({"t": end})
    if covered:
        first = greatest(ZERO, first, outer.outputs)
    guards = [guard.at(low, high, rising=outer.rising) for guard in inner.guards]
    if not clipped.sure and not covered:
        guards.append(Guard(clipped.first, clipped.last, outer.rising))
    all_guards = dict.fromkeys(guards)
    guards = [guard for guard in all_guards if not any(map(beyond_proof, guard[:2]))][:MAX_GUARDS]
    unguarded = len(guards) < len(all_guards)
    rough = _is_long(first, last, guards)
    if rough:
        first, last, guards = ZERO, inner.steps - 1, []
    return StepSpan(
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
            and (covered or not clipped.cut)
            and not (guards and _skips(outer))
        ),
        exact=not (rough or unguarded)
        and inner.exact
        and outer.exact
        and (outer.single or inner.constant or (inner.steady and not (outer.holes and guards))),
        guards=tuple(guards),
    )


def _is_long(first: Expr, last: Expr, guards: Sequence[Guard]) -> bool:
    bounds = (first, last, *(bound for guard in guards for bound in guard[:2]))
    return sum(bound.size for bound in bounds) > MAX_SIZE


def _skips(outer: StepSpan) -> bool:
    """Whether steps may lie between what neighbouring output steps read."""
    slope, width = _slope(outer), (outer.last - outer.first).value
    return slope is None or width is None or slope > width + 1


def _covers(inner: StepSpan, outer: StepSpan) -> bool:
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


def _stride_of(inner: StepSpan) -> int:
    """The stride of a span of a model input, which is always a number."""
    return inner.every.value or IRREGULAR


def _stride(outer: StepSpan, inner: StepSpan) -> int:
    """The stride that a composition keeps, where it keeps one."""
    inner_stride = _stride_of(inner)
    if outer.single or inner.constant:
        return inner_stride
    spread = outer.every.value
    if spread is None or not spread:
        return IRREGULAR
    if inner_stride == 1 and not (moves(inner.first) and moves(inner.last)):
        return 1  # all of them share an end
    if inner.length is None or inner.slope is None:
        return 1 if spread == inner_stride == inner.slope == 1 else IRREGULAR
    spread *= inner.slope
    if inner.length.equals(1):
        return spread or 1
    if inner_stride == 1:
        return IRREGULAR if inner.length.is_below(spread) else 1
    if inner_stride == IRREGULAR:
        return IRREGULAR
    reached = inner.length - 1 + inner_stride
    if spread % inner_stride == 0 and not reached.is_below(spread):
        return inner_stride
    count = _count(outer)  # at an edge it has fewer
    if (
        spread
        and inner_stride % spread == 0
        and count is not None
        and count * spread >= inner_stride
        and (outer.first, outer.last) == (outer.clipped.first, outer.clipped.last)
    ):
        return spread
    return IRREGULAR


def _slope(span: StepSpan) -> int | None:
    """How far a span moves when t moves by one."""
    bound = span.first if moves(span.first) else span.last
    if bound == STEP or not moves(bound):
        return int(bound == STEP)
    slope = (bound.substitute({"t": STEP + 1}) - bound).value
    return None if slope is None else abs(slope)


def _count(outer: StepSpan) -> int | None:
    width = (outer.last - outer.first).value
    every = outer.every.value
    return width // every + 1 if width is not None and every else None


def _length(outer: StepSpan, inner: StepSpan) -> Expr | None:
    width = outer.last - outer.first
    if inner.length is None or width.shown is None or inner.slope is None:
        return inner.length if outer.single else None
    return width * inner.slope + inner.length


def _add_span(spans: list[StepSpan], new: StepSpan, work: Work) -> None:
    """Add a span, merged with one that runs the same way."""
    for index, old in enumerate(spans):
        if old is new or old == new:
            return
        if not work.affords(old.length_of_formulas + new.length_of_formulas):
            spans[index] = _any_step(old, old)
            return
        if old.plain and new.exact and old.contains(new):
            return
        if new.plain and old.exact and new.contains(old):
            spans[index] = new
            return
        if old.plain and new.plain and _same_way(old, new):
            around = _enclosing([old, new])
            is_long = _is_long(around.first, around.last, ())
            spans[index] = _any_step(old, old) if is_long else around
            return
    spans.append(new)


def _same_way(one: StepSpan, other: StepSpan) -> bool:
    return one.rising == other.rising or one.constant or other.constant


def _enclosing(spans: Sequence[StepSpan]) -> StepSpan:
    """One span around several that run the same way."""
    first, last = spans[0].first, spans[0].last
    for span in spans[1:]:
        first = least(first, span.first, span.outputs)
        last = greatest(last, span.last, span.outputs)
    moving = [span for span in spans if not span.constant]
    touching = all(span.every == 1 for span in spans) and (
        proved(spans[0].last + 1 - spans[-1].first, spans[0].outputs)
        and proved(spans[-1].last + 1 - spans[0].first, spans[0].outputs)
    )
    same_way = len({span.rising for span in moving}) < 2
    plain = all(span.plain for span in spans) and same_way
    return StepSpan(
        first,
        last,
        spans[0].steps,
        spans[0].outputs,
        every=1 if touching else IRREGULAR,
        rising=moving[0].rising if moving else True,
        steady=plain,
        exact=plain,
    )
