"""Receptive fields as formulas in the sizes, where they are proved for all sizes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, FormulaTooLarge, const, maximum, minimum, symbol
from seqinspect.algebra.proof import is_nonnegative
from seqinspect.algebra.simplification import turning_points
from seqinspect.analysis.receptive_field import (
    counts_steps,
    looks_back_only,
    never_ahead,
    receptive_field,
)
from seqinspect.model.report import ReceptiveField
from seqinspect.time.reach import STEP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seqinspect.algebra.shared_results import SharedResults
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.model.facts import Tensor

LATER = symbol("steps after t")
"""How many output steps come after step t: a name that nobody can write."""

MAX_STEPS_TRIED = 8
"""At so many steps the widest window is looked for."""


def closed_fields(
    outputs: Iterable[tuple[str, TracedTensor]], inputs: Mapping[str, Tensor], order: Sequence[str]
) -> Iterator[tuple[ReceptiveField, Expr | None]]:
    """Yield the receptive field of every model output in every input, with its size as a formula.

    Where none is proved for all sizes, it is found at those at hand, and the formula is a number;
    None where it is not known.
    """
    ranks = {path: rank for rank, path in enumerate(order)}
    times = frozenset[str]().union(*(x.steps.symbols() for x in inputs.values()))
    for output, traced in outputs:
        traced.work.release()
        for name in traced.depends:
            steps, stepped = inputs[name].steps, traced.tensor.time is not None
            field = ReceptiveField(output, name, steps, stepped)
            closed = _closed(field, traced, ranks)
            if closed is not None:
                yield closed
                continue
            field = receptive_field(field, traced, ranks, times)
            yield field, None if field.size is None else const(field.size)


def _closed(
    field: ReceptiveField, traced: TracedTensor, ranks: Mapping[str, int]
) -> tuple[ReceptiveField, Expr] | None:
    vector = traced.as_vector()
    dependence = vector.depends[field.input]
    if not dependence.exact or vector.is_bound:
        return None
    first, last = (bound.expanded().plain() for bound in dependence.bounds)
    outputs = vector.tensor.steps.expanded().plain() if vector.tensor.time is not None else const(1)
    size = _widest(first, last, outputs, traced.work.shared)
    if size is None:
        return None
    if not (field.stepped and counts_steps(field, traced)):
        return field, size
    if never_ahead(last) or looks_back_only(traced, field.input):
        return field._replace(counted=True, causal=True), size
    if last.substitute({"t": const(0)}).is_below(1):
        return None  # no witness at step 0
    return field._replace(counted=True, causal=False), size


def _widest(first: Expr, last: Expr, outputs: Expr, shared: SharedResults | None) -> Expr | None:
    """Return the widest span for all sizes, from another graph if it was found there."""
    find = partial(widest_for_all_sizes, first, last, outputs)
    return find() if shared is None else shared.get((find.func, *find.args), find)


def widest_for_all_sizes(first: Expr, last: Expr, outputs: Expr) -> Expr | None:
    """Return the widest span from first to last, which are formulas in the output step t.

    It is that of one step, and proved to be no narrower than that of any other; None where that is
    not proved.
    """
    width = last - first + 1
    if "t" not in width.symbols():
        return width if is_nonnegative(width - 1) else None
    try:
        tried = dict.fromkeys(_steps_to_try(first, last, outputs))
        widths = dict.fromkeys(width.substitute({"t": step}).plain() for step in tried)
        for widest in sorted(widths, key=lambda each: each.size):
            if _at_all_steps(widest - width, outputs) and is_nonnegative(widest - 1):
                return widest
    except FormulaTooLarge:
        pass
    return None


def _steps_to_try(first: Expr, last: Expr, outputs: Expr) -> Iterator[Expr]:
    """Yield the first and the last output step, and those at which a bound takes another turn."""
    end = outputs - 1
    yield const(0)
    yield end
    points = [*turning_points(first, "t"), *turning_points(last, "t")]
    for point in points[:MAX_STEPS_TRIED]:
        yield maximum(0, minimum(point, end))


def _at_all_steps(difference: Expr, outputs: Expr) -> bool:
    """Whether a formula in t is proved to be at least 0 at every output step, for all sizes."""
    least = {"t": 0, "steps after t": 0}
    if is_nonnegative(difference, {"t": 0}):
        return True
    for name in sorted(outputs.symbols()):
        others = outputs - symbol(name)
        if name in others.symbols():
            continue
        # outputs = t + 1 + those after t, so that the size follows from them
        size = STEP + 1 + LATER - others
        if is_nonnegative(difference.substitute({name: size}).plain(), least):
            return True
    return False
