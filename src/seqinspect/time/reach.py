"""Reach: which steps of its input an output step of one layer reads.

A reach is a union of spans. A span runs from `first` to `last`, two formulas in the output step t
that rise (or fall) together, in strides of `every`. Its ends may lie outside 0…steps−1: only the
part inside is read, and a span that lies outside altogether reads nothing (a step of padding).
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from seqinspect.algebra.expression import (
    Expr,
    Size,
    as_expr,
    const,
    maximum,
    minimum,
    symbol,
    total,
)
from seqinspect.algebra.proof import beyond_proof, is_nonnegative
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.time.pieces import Piece

STEP = symbol("t")
"""The output step, 0…T−1, in every formula of time."""

ZERO = const(0)

IRREGULAR = 0
"""The stride of steps that follow no single stride."""


class Guard(NamedTuple):
    """Steps on the way to a model input: where there are none, nothing is seen."""

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


class StepSpan:
    """Steps first, first+every, …, last of an input with `steps` steps, for `outputs` steps t.

    A span of one layer may lie outside its input. A span of a model input, composed through a
    graph, lies within it, and what is known of it stands beside it: away from the edges it spans
    `length` steps, which move by `slope` when t moves by one. `steady`: both ends rise with t, or
    both fall. `exact`: the ends are proved to be depended on. Where a guard is empty, so is the
    span. Its stride is 0 (IRREGULAR) where its steps keep no single one.
    """

    __slots__ = ("_clipped", "every", "exact", "first", "guards", "last", "length", "outputs",
                 "rising", "slope", "steady", "steps")  # fmt: skip

    def __init__(
        self,
        first: Size,
        last: Size,
        steps: Expr,
        outputs: Expr | None = None,
        *,
        every: Size = 1,
        length: Expr | None = None,
        slope: int | None = None,
        rising: bool = True,
        steady: bool = True,
        exact: bool = True,
        guards: tuple[Guard, ...] = (),
    ) -> None:
        self.first: Final = as_expr(first)
        self.last: Final = as_expr(last)
        self.steps: Final = steps
        self.outputs: Final = steps if outputs is None else outputs
        self.every: Final = as_expr(every)
        self.length: Final = length
        self.slope: Final = slope
        self.rising: Final = rising
        self.steady: Final = steady
        self.exact: Final = exact
        self.guards: Final = guards
        self._clipped: ClippedSpan | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StepSpan) and _fields(self) == _fields(other)

    def __hash__(self) -> int:
        # The length tells layers apart whose spans have grown to all steps.
        return hash((self.first, self.last, self.outputs, self.length))

    @property
    def single(self) -> bool:
        """Whether it is one step."""
        return self.first == self.last

    @property
    def holes(self) -> bool:
        """Whether it leaves out steps between its ends."""
        return self.every != 1 and not self.single

    @property
    def constant(self) -> bool:
        """Whether it is the same for every output step."""
        guards = (bound for guard in self.guards for bound in guard[:2])
        return not any(moves(bound) for bound in (self.first, self.last, *guards))

    @property
    def plain(self) -> bool:
        """Whether its ends are exact, steady and never those of nothing."""
        return self.steady and self.exact and not self.guards

    @property
    def length_of_formulas(self) -> int:
        """How many sizes and floors stand in its ends and its guards."""
        guards = sum(guard.first.length + guard.last.length for guard in self.guards)
        return self.first.length + self.last.length + guards

    @property
    def known(self) -> bool:
        """Whether every size in it has a number."""
        bounds = (self.first, self.last, self.steps, self.every)
        return all(bound.symbols() - {"t"} <= bound.numbers().keys() for bound in bounds)

    @property
    def clipped(self) -> ClippedSpan:
        """The part of it that lies within 0…steps−1."""
        if self._clipped is None:
            self._clipped = ClippedSpan.of(self)
        return self._clipped

    def anew(self) -> StepSpan:
        """The same span, of which nothing was asked yet."""
        return self.over(self.outputs)

    def over(self, outputs: Expr) -> StepSpan:
        """The same span for so many output steps."""
        return StepSpan(
            self.first,
            self.last,
            self.steps,
            outputs,
            every=self.every,
            length=self.length,
            slope=self.slope,
            rising=self.rising,
            steady=self.steady,
            exact=self.exact,
            guards=self.guards,
        )

    def reversed(self) -> StepSpan:
        """The same span of one layer where the output steps come in reversed order."""
        turned = {"t": self.outputs - 1 - STEP}
        return StepSpan(
            self.first.substitute(turned),
            self.last.substitute(turned),
            self.steps,
            self.outputs,
            every=self.every,
            rising=not self.rising,
        )

    def members(self, step: int) -> range:
        """Return the steps that output `step` reads; all sizes must have numbers."""

        def at(bound: Expr) -> int:
            return bound.evaluate({**bound.numbers(), "t": step})

        first, last, every = at(self.first), at(self.last), max(1, at(self.every))
        if first < 0:
            first %= every
        return range(first, min(last, at(self.steps) - 1) + 1, every)

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

    def contains(self, other: StepSpan) -> bool:
        """Whether it is proved to hold all steps of another one."""
        if self.every != 1 and not (
            other.first == other.last and other.first in (self.first, self.last)
        ):
            return False
        return proved(other.first - self.first, self.outputs) and proved(
            self.last - other.last, self.outputs
        )


_fields = attrgetter(*(name for name in StepSpan.__slots__ if name != "_clipped"))


class ClippedSpan:
    """The ends of a span within 0…steps−1, on its grid, and what is proved of them.

    `cut`: an end may have been moved on the grid, so that it no longer rises with t.
    `sure`: no output step reads nothing.
    """

    __slots__ = ("cut", "first", "last", "sure")

    def __init__(self, first: Expr, last: Expr, *, cut: bool, sure: bool) -> None:
        self.first: Final = first
        self.last: Final = last
        self.cut: Final = cut
        self.sure: Final = sure

    @classmethod
    def of(cls, span: StepSpan) -> ClippedSpan:
        """Cut a span to its input."""
        if span.constant and span.first == 0 and span.last == span.steps - 1:
            return cls(span.first, span.last, cut=False, sure=True)
        if span.first == 0 and span.last == STEP and span.outputs == span.steps and span.rising:
            return cls(span.first, span.last, cut=False, sure=True)  # all that came before
        first, last, end = span.first, span.last, span.steps - 1
        # Ends that rise are lowest at t = 0 and highest at the last output step.
        lowest, highest = {"t": ZERO}, {"t": span.outputs - 1}
        if not span.rising:
            lowest, highest = highest, lowest
        low = is_nonnegative(first.substitute(lowest)) is True
        high = is_nonnegative(end - last.substitute(highest)) is True
        sure = (low or is_nonnegative(last.substitute(lowest)) is True) and (
            high or is_nonnegative(end - first.substitute(highest)) is True
        )
        on_grid = span.holes and span.every != IRREGULAR
        if not low:
            first = (
                maximum(first, _remainder(first, span.every))
                if on_grid
                else greatest(ZERO, first, span.outputs)
            )
        if not high:
            last = (
                minimum(last, end - _remainder(end - last, span.every))
                if on_grid
                else least(end, last, span.outputs)
            )
        cut = on_grid and not (low and high)
        sure = sure and not cut and (span.single or proved(span.last - span.first, span.outputs))
        return cls(first, last, cut=cut, sure=sure)


class Reach:
    """The steps that output step t reads; no spans: it reads none."""

    __slots__ = ("_unknown", "pieces", "spans")

    def __init__(self, spans: Iterable[StepSpan] = ()) -> None:
        self.spans: Final = tuple(spans)
        self.pieces: Final[dict[object, tuple[Piece, ...]]] = {}  # at sizes that were asked for
        self._unknown: frozenset[str] | None = None

    @property
    def unknown_sizes(self) -> frozenset[str]:
        """The sizes without a number in its formulas, by name."""
        if self._unknown is None:
            sizes = {
                size
                for span in self.spans
                for size in (span.first, span.last, span.every, span.steps, span.outputs)
            }
            self._unknown = frozenset(
                name for size in sizes for name in size.symbols() - size.numbers().keys()
            ) - {"t"}
        return self._unknown

    @property
    def exact(self) -> bool:
        """Whether it is what is read, and no bound of it."""
        return all(span.exact for span in self.spans)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reach) and self.spans == other.spans

    def __hash__(self) -> int:
        return hash(self.spans)

    def __or__(self, other: Reach) -> Reach:
        """Everything that either of the two reads."""
        return Reach((*self.spans, *(span for span in other.spans if span not in self.spans)))

    def over(self, outputs: Expr) -> Reach:
        """The same reach for so many output steps: what a rule reads of a vector names none."""
        if all(span.outputs == outputs for span in self.spans):
            return self
        return Reach([span.over(outputs) for span in self.spans])

    def anew(self) -> Reach:
        """The same reach, of which nothing was asked yet."""
        return Reach([span.anew() for span in self.spans])

    def reversed(self) -> Reach:
        """The same reach where the output steps come in reversed order."""
        return Reach(span.reversed() for span in self.spans)


def each(steps: Expr) -> Reach:
    """Output step t reads input step t."""
    return Reach((StepSpan(STEP, STEP, steps),))


def everything(steps: Expr, outputs: Expr | None = None) -> Reach:
    """Every output step reads all steps."""
    if outputs is None and steps.is_constant:
        return _all_of(steps)
    return Reach((StepSpan(ZERO, steps - 1, steps, outputs),))


@lru_cache(maxsize=64)  # each state in a stack of cells depends on all states before it
def _all_of(steps: Expr) -> Reach:
    return Reach((StepSpan(ZERO, steps - 1, steps),))


def at_most(steps: Expr, outputs: Expr | None = None) -> Reach:
    """What every output step reads is not known: a bound, from which nothing follows."""
    return Reach((StepSpan(ZERO, steps - 1, steps, outputs, exact=False),))


def at_step(step: Size, steps: Expr, outputs: Expr | None = None) -> Reach:
    """Every output step reads the one step named, counted from 0."""
    return Reach((StepSpan(step, step, steps, outputs),))


def shifted(by: Size, steps: Expr, outputs: Expr) -> Reach:
    """Output step t reads input step t + by; nothing where there is no such step."""
    return Reach((StepSpan(STEP + by, STEP + by, steps, outputs),))


def prefix(steps: Expr, outputs: Expr | None = None) -> Reach:
    """Output step t reads steps 0…t."""
    return Reach((StepSpan(ZERO, STEP, steps, outputs),))


def suffix(steps: Expr) -> Reach:
    """Output step t reads steps t…T−1."""
    return Reach((StepSpan(STEP, steps - 1, steps),))


def reversed_prefix(steps: Expr) -> Reach:
    """Output step t reads steps T−1−t…T−1: a recurrent layer that goes backwards."""
    return suffix(steps).reversed()


def window(first: Size, last: Size, steps: Expr, outputs: Expr, *, every: Size = 1) -> Reach:
    """Output step t of `outputs` reads steps first, first+every, …, last.

    The ends are formulas in t (`STEP`) that never fall with t, and may lie outside 0…steps−1.
    """
    return Reach((StepSpan(first, last, steps, outputs, every=every),))


STEP_FROM_0 = {"t": 0}


def moves(bound: Expr) -> bool:
    """Whether a formula depends on the output step."""
    return bound.mentions(STEP) and "t" in bound.symbols()


AFTER = "steps after t"  # no name that a spec can have
ENDS = {"t": 0, AFTER: 0}


def proved(bound: Expr, outputs: Expr) -> bool:
    """Whether a formula is proved to be 0 or more at every step t = 0…outputs−1."""
    if is_nonnegative(bound, STEP_FROM_0):
        return True
    if not moves(bound) or beyond_proof(bound):
        return False
    # The same seen from the last step: t ≤ outputs−1 counts there.
    from_the_end = {"t": outputs - 1 - STEP}
    if is_nonnegative(bound.substitute(from_the_end), STEP_FROM_0) is True:
        return True
    names = outputs.symbols()
    if len(names) != 1:
        return False
    # Both at once, where outputs = T + c: it is t + 1 and some more.
    (name,) = names
    rest = outputs - symbol(name)
    if not rest.is_constant or name not in bound.symbols():
        return False
    both = {name: STEP + 1 + symbol(AFTER) - rest}
    return is_nonnegative(bound.substitute(both), ENDS) is True


def least(a: Expr, b: Expr, outputs: Expr) -> Expr:
    """The smaller of two formulas in t; without a min where that is proved."""
    if a == b or proved(b - a, outputs):
        return a
    return b if proved(a - b, outputs) else minimum(a, b)


def greatest(a: Expr, b: Expr, outputs: Expr) -> Expr:
    """The larger of two formulas in t; without a max where that is proved."""
    if a == b or proved(b - a, outputs):
        return b
    return a if proved(a - b, outputs) else maximum(a, b)


def _remainder(number: Expr, divisor: Expr) -> Expr:
    return number - number // divisor * divisor
