"""Bounds: formulas for the first and the last step of a model input that step t depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, const, maximum, minimum, symbol
from seqinspect.analysis.tracing import size_at
from seqinspect.records import NamedTuple
from seqinspect.time.extent import stride_of
from seqinspect.time.formulas import Trial, are_ends, formula_ends, formulas_of
from seqinspect.time.reach import STEP
from seqinspect.time.work import TooManyPieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seqinspect.analysis.tracing import Numbers, TracedTensor
    from seqinspect.time.envelope import Ends

SIZES = (*range(1, 9), 12, 17, 31, 64, 250, 1_000, 4_096, 100_000)
"""Numbers that are tried for sizes that have none."""

FITTED = 1_000_003
"""The number of steps of which formulas are made that are then tried at the others."""

TRIALS = 24
"""How many sets of numbers are tried where several sizes have none."""


class Bounds(NamedTuple):
    """First and last step; first > last where there is none. Not `proved`, they were tried.

    `in_names` are longer ones in the names of sizes, where these hold at the sizes at hand.
    """

    first: Expr
    last: Expr
    proved: bool = True
    in_names: tuple[Expr, Expr] | None = None

    @property
    def length(self) -> int:
        """How much there is to read."""
        return len(self.first.text()) + len(self.last.text())


def bounds_of(traced: TracedTensor, name: str) -> Bounds | None:
    """Return the steps of a model input that step t depends on; None where no formula is found.

    A tensor without a time axis depends on what any of its hidden steps depends on.
    """
    vector = traced.as_vector()
    dependence = vector.depends[name]
    bounds = Bounds(*dependence.bounds)
    if dependence.exact and not dependence.is_long and not vector.is_bound:
        return bounds
    if vector.is_bound:
        return None
    if vector.unknown_sizes():
        return bounds if dependence.exact else _tried_bounds(vector, name, bounds)
    trial = _trial(vector, name, ())
    if trial is None:
        return bounds if dependence.exact else None
    right = bounds if dependence.exact or trial.agrees(bounds) else None
    if right is not None and not dependence.is_long:
        return right
    steps = dependence.spans[0].steps
    fitted = trial.formulas(lambda at: _named(at, steps, steps.value or 0))
    if fitted is None or (right is not None and right.length <= fitted.length):
        return right
    return fitted._replace(proved=True, in_names=None if right is None else right[:2])


def kept_stride(traced: TracedTensor, name: str) -> int | None:
    """Return the stride that the steps of a model input keep: 0 where they keep none.

    With sizes that have no number, it is what they keep at all that are tried. None: not known.
    """
    if traced.depends[name].has_no_gaps:
        return 1
    if name not in traced.strides:
        before = _source_of_same_ends(traced, name)
        kept = None if before is None else kept_stride(before, name)
        traced.strides[name] = kept if kept == 1 else _stride(traced, name)
    return traced.strides[name]


def _source_of_same_ends(traced: TracedTensor, name: str) -> TracedTensor | None:
    """Return the source of a layer that reads step t too, where step t of it has the same ends.

    If that depends on all steps between them, so does the layer.
    """
    for reach, source in traced.read_for(name):
        same = source.depends[name] is traced.depends[name] and name in source.strides
        if same and any(s.every == 1 and STEP in (s.first, s.last) for s in reach.spans):
            return source
    return None


def _stride(traced: TracedTensor, name: str) -> int | None:
    unknown = sorted(traced.unknown_sizes())
    found: set[int | None] = set()
    for numbers in trials(unknown) if unknown else ((),):
        count = size_at(traced.tensor.steps, numbers)
        if count is not None:
            pieces = traced.relation(name, numbers)
            try:
                if pieces is None or traced.is_bound:
                    found.add(None)
                else:
                    found.add(stride_of(pieces, count, traced.work))
            except TooManyPieces:
                return None
        if 0 in found or len(found - {None}) > 1:
            return 0
    return found.pop() if len(found) == 1 else None


def ends_at(traced: TracedTensor, name: str, numbers: Numbers = ()) -> Ends | None:
    """Return the first and the last steps at these sizes; None where that takes too many lines.

    Of a tensor that has no dependence on that input, there are none; of a loose one, they are not
    known.
    """
    dependence, count = traced.depends.get(name), size_at(traced.tensor.steps, numbers)
    if traced.is_bound:
        return None
    if dependence is not None and dependence.exact and count is not None:
        trial = Trial(count, dict(numbers), traced.work)
        ends = formula_ends(*dependence.bounds, trial)
        if ends is not None:
            return ends
    return traced.ends(name, numbers)


def trials(names: Sequence[str]) -> Iterator[Numbers]:
    """Yield numbers to try for sizes that have none: each size for a single one, or mixed ones."""
    if len(names) == 1:
        yield from (((names[0], size),) for size in SIZES)
        return
    for trial in range(TRIALS):
        yield tuple(
            (name, SIZES[(trial * (2 * index + 1) + 5 * index) % len(SIZES)])
            for index, name in enumerate(names)
        )


class _Trial(NamedTuple):
    """The ends of a relation at some numbers for the sizes that have none."""

    sizes: Trial
    ends: Ends

    @property
    def number(self) -> int:
        """That of the first size."""
        return next(iter(self.sizes.numbers.values()))

    def agrees(self, bounds: Bounds) -> bool:
        """Whether two formulas are the ends here."""
        return are_ends(bounds.first, bounds.last, self.ends, self.sizes)

    def formulas(self, named: Callable[[int], Expr]) -> Bounds | None:
        """Return formulas that are the ends here."""
        found = formulas_of(self.ends, self.sizes, named)
        return None if found is None else Bounds(*found, proved=False)


def _trial(traced: TracedTensor, name: str, numbers: Numbers) -> _Trial | None:
    steps, ends = size_at(traced.tensor.steps, numbers), ends_at(traced, name, numbers)
    if steps is None or ends is None:
        return None
    return _Trial(Trial(steps, dict(numbers), traced.work), ends)


def _tried_bounds(traced: TracedTensor, name: str, bounds: Bounds) -> Bounds | None:
    """Return bounds that are right at all numbers that are tried.

    Those that were composed may be; for one size, others can be made from what is found.
    """
    unknown = sorted(traced.unknown_sizes())
    found = []
    for numbers in trials(unknown):
        if size_at(traced.tensor.steps, numbers) is None:
            continue  # there is no such model
        trial = _trial(traced, name, numbers)
        if trial is None:
            return None
        found.append(trial)
    long = traced.depends[name].is_long
    if not long and all(trial.agrees(bounds) for trial in found):
        return bounds._replace(proved=False)
    fitted = _fitted_bounds(traced, name, unknown[0], found) if len(unknown) == 1 else None
    if fitted is None and long and all(trial.agrees(bounds) for trial in found):
        return bounds._replace(proved=False)
    return fitted


def _fitted_bounds(
    traced: TracedTensor, name: str, size: str, found: Sequence[_Trial]
) -> Bounds | None:
    """Return bounds made from the ends at one size, if they are right at all that are tried.

    They may not be at small ones, at which a window is wider than the input: then the bounds that
    are right there come in.
    """
    steps = traced.depends[name].spans[0].steps

    def fitted(number: int, margin: int) -> Bounds | None:
        trial = _trial(traced, name, ((size, number),))
        total = size_at(steps, ((size, number),))
        if trial is None or total is None:
            return None
        return trial.formulas(lambda at: _named(at, steps, total, margin))

    def disagrees(number: int) -> bool:
        trial = _trial(traced, name, ((size, number),))
        return large is None or trial is None or not trial.agrees(large)

    large = fitted(FITTED, FITTED // 2)
    failing = [trial.number for trial in found if large and not trial.agrees(large)]
    if large is None or not failing:
        return large
    short, enough = max(failing), next((s for s in SIZES if s > max(failing)), 0)
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (middle, enough) if disagrees(middle) else (short, middle)
    far = enough * maximum(0, enough - symbol(size))  # beyond all steps below that size, else 0
    for small in filter(None, (fitted(short, 1), fitted(short, 0))):
        first = minimum(small.first, large.first + far)
        last = maximum(small.last, large.last - far)
        for low, high in ((large.first, last), (first, large.last), (first, last)):
            both = Bounds(low, high, proved=False)
            if all(trial.agrees(both) for trial in found) and not disagrees(enough):
                return both
    return None


def _named(number: int, steps: Expr, total: int, margin: int = 1) -> Expr:
    """Return a number; one of the last `margin` steps of an input is counted from its end: T−1."""
    back = total - number
    return steps - back if 1 <= back <= margin and steps.symbols() else const(number)
