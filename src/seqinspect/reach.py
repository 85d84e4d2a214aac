"""Reach: which steps of an input an output step t depends on; composition, union, reversal.

A reach is a union of spans. A span runs from `first` to `last`, two formulas in t that rise (or
fall) together, in strides of `every`. Its ends may lie outside 0…steps−1: only the part inside
is read, and a span that lies outside altogether reads nothing (a step of zero padding).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd

from seqinspect.algebra import Expr, Size, as_expr, const, maximum, minimum, nonnegative, symbol

STEP = symbol("t")
"""The output step, 0…T−1, in every formula of time."""

MOST_SPANS = 6
"""More spans than this are merged into their hull (first and last step stay right inside)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Steps first, first+every, …, last of an input with `steps` steps, as formulas in t."""

    first: Expr
    last: Expr
    steps: Expr
    every: Size = 1
    slope: Size = 1
    rising: bool = True
    partial: bool = False

    @property
    def constant(self) -> bool:
        return self.slope == 0

    @property
    def inside(self) -> tuple[Expr, Expr]:
        """The ends of the part that lies within 0…steps−1, on the grid of `every`."""
        end = self.steps - 1
        first, last = self.first, self.last
        if self.every == 1:
            return _greatest(const(0), first), _least(end, last)
        if nonnegative(first, {"t": 0}) is not True:
            first = maximum(first, first - first // self.every * self.every)
        if not (self.last == STEP or nonnegative(end - last, {"t": 0})):
            over = end - last
            last = minimum(last, end - (over - over // self.every * self.every))
        return first, last

    def shifted(self, by: Size) -> Span:
        """The span of output step t+by."""
        moved = {"t": STEP + by}
        return replace(
            self, first=self.first.substitute(moved), last=self.last.substitute(moved)
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """The steps that output step t depends on; no spans: it depends on none."""

    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans)

    def then(self, inner: Reach) -> Reach:
        """What t depends on when this reach's steps are themselves outputs that reach `inner`."""
        return Reach.union(
            Reach((_compose(outer, span),)) for outer in self.spans for span in inner.spans
        )

    @staticmethod
    def union(reaches: object) -> Reach:
        """Everything that any of the reaches depends on."""
        merged: list[Span] = []
        for reach in reaches:  # type: ignore[attr-defined]  # any iterable of Reach
            for span in reach.spans:
                _add(merged, span)
        if len(merged) > MOST_SPANS:
            merged = [_hull(merged)]
        return Reach(tuple(merged))

    @property
    def bounds(self) -> tuple[Expr, Expr] | None:
        """First and last step as formulas in t; first > last where step t depends on none."""
        if not self.spans:
            return None
        firsts, lasts = [], []
        for span in self.spans:
            first, last = span.inside
            if span.partial and len(self.spans) > 1:
                first = maximum(first, -span.last * span.steps)
                last = minimum(last, span.steps - 1 - (span.first - span.steps + 1) * span.steps)
            firsts.append(first)
            lasts.append(last)
        low, high = firsts[0], lasts[0]
        for first, last in zip(firsts[1:], lasts[1:], strict=True):
            low, high = _least(low, first), _greatest(high, last)
        return low, high

    @property
    def every(self) -> Size:
        """The stride that the steps keep; 1 where they are neighbours or follow no single stride."""
        return self.spans[0].every if len(self.spans) == 1 else 1

    def at(self, step: int, sizes: dict[str, int]) -> tuple[int, int] | None:
        """First and last step that output `step` depends on, as numbers; None for no step."""
        if self.bounds is None:
            return None
        first, last = (bound.evaluate({**sizes, "t": step}) for bound in self.bounds)
        return (first, last) if first <= last else None


def each(steps: Expr) -> Reach:
    """Output step t reads input step t."""
    return Reach((Span(STEP, STEP, steps),))


def everything(steps: Expr) -> Reach:
    """Every output step reads all steps."""
    return Reach((Span(const(0), steps - 1, steps, slope=0),))


def at_step(step: Size, steps: Expr) -> Reach:
    """Every output step reads the one step named."""
    return Reach((Span(as_expr(step), as_expr(step), steps, slope=0),))


def prefix(steps: Expr) -> Reach:
    """Output step t reads steps 0…t."""
    return Reach((Span(const(0), STEP, steps),))


def suffix(steps: Expr) -> Reach:
    """Output step t reads steps t…T−1."""
    return Reach((Span(STEP, steps - 1, steps),))


def reversed_prefix(steps: Expr) -> Reach:
    """Output step t reads steps T−1−t…T−1: a recurrent layer that goes backwards."""
    return Reach((Span(steps - 1 - STEP, steps - 1, steps, slope=-1, rising=False),))


def window(
    first: Expr, last: Expr, steps: Expr, *, every: Size = 1, slope: Size = 1, partial: bool = False
) -> Reach:
    """Output step t reads steps first…last (formulas in t that rise with slope `slope`)."""
    return Reach((Span(first, last, steps, every, slope, partial=partial),))


def _compose(outer: Span, inner: Span) -> Span:
    first, last = outer.inside
    low, high = (first, last) if inner.rising else (last, first)
    begin = inner.first.substitute({"t": low})
    end = inner.last.substitute({"t": high})
    if outer.partial:  # where the outer span reads nothing, so must the composition
        begin_guard = (outer.first - outer.steps + 1) * inner.steps
        end_guard = (outer.last + 1) * inner.steps - 1
        if outer.rising is False:
            begin_guard, end_guard = begin_guard, end_guard
        begin, end = maximum(begin, begin_guard), minimum(end, end_guard)
    return Span(
        begin,
        end,
        inner.steps,
        _grid(outer, inner),
        as_expr(outer.slope) * inner.slope,
        rising=outer.constant or inner.constant or outer.rising == inner.rising,
        partial=outer.partial or inner.partial,
    )


def _grid(outer: Span, inner: Span) -> Size:
    """The stride that a composition keeps, where it keeps one."""
    if outer.first == outer.last or inner.constant:
        return inner.every
    spread = abs(value) if (value := (as_expr(outer.every) * inner.slope).value) else None
    if inner.first == inner.last:
        return spread or 1
    width = (inner.last - inner.first).value
    every = as_expr(inner.every).value
    if spread is None or width is None or every is None:
        return 1
    if every == 1:
        return 1 if width + 1 >= spread else 1
    return gcd(every, spread)


def _add(spans: list[Span], new: Span) -> None:
    """Add a span, merged with one that runs the same way so that two stay at most, as a rule."""
    for index, old in enumerate(spans):
        if old == new:
            return
        same_way = old.rising == new.rising or old.constant or new.constant
        if same_way and not old.partial and not new.partial and old.every == new.every == 1:
            spans[index] = _hull([old, new])
            return
    spans.append(new)


def _hull(spans: list[Span]) -> Span:
    first, last = spans[0].inside
    for span in spans[1:]:
        low, high = span.inside
        first, last = _least(first, low), _greatest(last, high)
    moving = [span for span in spans if not span.constant]
    return replace(
        moving[0] if moving else spans[0], first=first, last=last, every=1, partial=False
    )


def _least(a: Expr, b: Expr) -> Expr:
    if nonnegative(b - a, {"t": 0}):
        return a
    return b if nonnegative(a - b, {"t": 0}) else minimum(a, b)


def _greatest(a: Expr, b: Expr) -> Expr:
    if nonnegative(b - a, {"t": 0}):
        return b
    return a if nonnegative(a - b, {"t": 0}) else maximum(a, b)
