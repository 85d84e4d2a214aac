"""Merging: several tensors made one, value by value, side by side, or by their products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr, prod, total
from seqinspect.errors import refuse
from seqinspect.model.facts import SIDE_BY_SIDE, Facts, Reads, Tensor, Tensors, TimeSummary
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Peculiarity, SecondInput
from seqinspect.records import replace
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import agree, as_known, need_min_rank, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import STEP, Reach, at_step, each, everything, shifted, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.rules.arguments import Axes


JOINING = Traits(joins=True, weightless=True, mask="joins")
"""Layers that make one tensor of several of the same rank."""

COMMUTING = JOINING._replace(commutes=True)
LEAVING_OUT = COMMUTING._replace(mask_use=MaskUse.OTHERS)


@rule("Add", traits=COMMUTING)
def add(inputs: Tensors) -> Facts:
    """Sum: a + b + …, value by value.

    Source: keras.layers.Add.
    """
    return merged(inputs)


@rule("Subtract", traits=JOINING._replace(contrasts=True, subtracts=True))
def subtract(inputs: Tensors) -> Facts:
    """Difference: a − b, value by value.

    Source: keras.layers.Subtract.
    """
    _need_two(inputs)
    return merged(inputs)


@rule("Multiply", traits=LEAVING_OUT)
def multiply(inputs: Tensors) -> Facts:
    """Product: a × b × …, value by value.

    Source: keras.layers.Multiply.
    """
    return merged(inputs)


@rule("Average", traits=COMMUTING)
def average(inputs: Tensors) -> Facts:
    """Mean: (a + b + …) / their number, value by value.

    Source: keras.layers.Average.
    """
    return merged(inputs)


@rule("Maximum", traits=LEAVING_OUT._replace(idempotent=True))
def maximum(inputs: Tensors) -> Facts:
    """The largest of a, b, …, value by value.

    Source: keras.layers.Maximum.
    """
    return merged(inputs)


@rule("Minimum", traits=LEAVING_OUT._replace(idempotent=True))
def minimum(inputs: Tensors) -> Facts:
    """The smallest of a, b, …, value by value.

    Source: keras.layers.Minimum.
    """
    return merged(inputs)


@rule("Concatenate", traits=JOINING._replace(mask="lays beside"))
def concatenate(inputs: Tensors, *, axis: int = -1) -> Facts:
    """The tensors one after the other along one axis.

    axis: −1 puts features beside each other, 1 (of three axes) steps after each other. The
    sizes of all other axes must be the same.

    Source: keras.layers.Concatenate.
    """
    _need_some(inputs)
    first, rank = inputs[0], inputs[0].rank
    if any(x.rank != rank for x in inputs):
        _refuse_shapes(inputs, "needs tensors of one rank", "equally many axes")
    place = axis if axis >= 0 else axis + rank
    if place < 0 or (place >= rank and len(inputs) > 1):
        refuse(
            f"`axis` {axis} does not exist in tensors of {rank} axes",
            received=str(axis),
            expected=f"{-rank} to {rank - 1}",
            argument="axis",
            about="value",
        )
    for other in range(rank):
        if other != place and not _one_size([x.shape[other] for x in inputs]):
            _refuse_shapes(inputs, f"needs the same sizes on every axis but {place}",
                           f"one size on axis {other}")  # fmt: skip
    shape = list(first.shape)
    if place < rank:
        shape[place] = total(x.shape[place] for x in inputs).simplified()
    time = next((x.time for x in inputs if x.time is not None), None)
    output = first.to(
        *shape,
        time=time,
        fold=None,
        time_summary="" if place == time else _summary(inputs, time),
    )
    if len(inputs) == 1:
        return _facts(replace(first, shape=output.shape), [each(first.steps)], "each")
    if time is None and place != rank - 1 and _same_fold(inputs):
        output = replace(output, fold=first.fold)
        return _facts(output, [each(x.steps) for x in inputs], "each")
    if time is None:
        return _facts(output, [everything(x.steps) for x in inputs], "all")
    if place != time:
        reaches = [_along(x, time, output.steps) for x in inputs]
        return _facts(output, reaches, "each")
    facts = _facts(output, _one_after_the_other(inputs, output, place), "each")
    return facts._replace(remarks=(Peculiarity.ONE_INPUT_AFTER_THE_OTHER,))


@rule("Dot", traits=Traits(contrasts=True, weightless=True, mask="drops"))
def dot(inputs: Tensors, *, axes: Axes, normalize: bool = False) -> Facts:
    """Σ a·b along one axis of each: every place of a with every place of b.

    axes: one axis for both, or one for each; never 0, the batch. normalize: cosine similarity.

    Source: keras.layers.Dot.
    """
    _need_two(inputs)
    a, b = inputs
    for x in inputs:
        need_min_rank(x, 2, "(batch, …)")
    first, second = _contracted(a, b, axes)
    if not agree(a.shape[0], b.shape[0]):
        _refuse_shapes(inputs, "needs one batch size", "the same size on axis 0")
    # Keras compares sizes that are not known as well: unknown fits unknown only.
    if not as_known(a.shape[first], b.shape[second]):
        _refuse_shapes(
            inputs,
            f"multiplies axis {first} of one tensor with axis {second} of the other, and their"
            f" sizes differ: {a.shape[first].plain().text()} and {b.shape[second].plain().text()}",
            "the same size on both axes",
        )
    left = [axis for axis in range(1, a.rank) if axis != first]
    right = [axis for axis in range(1, b.rank) if axis != second]
    sizes = [*(a.shape[axis] for axis in left), *(b.shape[axis] for axis in right)]
    products = prod(sizes) * a.shape[first]
    time = None
    if a.time in left:
        time = 1 + left.index(a.time)
    elif b.time in right:
        time = 1 + len(left) + right.index(b.time)
    output = a.to(
        a.shape[0], *(sizes or [as_expr(1)]), time=time, fold=None,
        time_summary=_mixed_summary(inputs) if time is None else "",
    )  # fmt: skip
    outputs = output.steps
    reaches = [everything(x.steps, outputs) for x in inputs]
    if a.time in left:
        reaches[0] = each(a.steps)
    elif b.time in right:
        reaches[1] = each(b.steps)
    one_timed = (a.time is None) != (b.time is None)
    reads: Reads = "each" if a.time in left or (time is not None and one_timed) else "all"
    other = (SecondInput(b.steps),) if a.time in left and b.time is not None else ()
    facts = _facts(output, reaches, reads)
    return facts._replace(products=products, applications=prod(sizes), remarks=other)


def merged(inputs: Tensors) -> Facts:
    """Tensors merged value by value; axes that one lacks come after its batch, of size 1."""
    _need_some(inputs)
    rank = max(x.rank for x in inputs)
    if not _one_size([x.shape[0] for x in inputs]):
        _refuse_shapes(inputs, "cannot merge tensors with different batch sizes",
                       "the same size on axis 0")  # fmt: skip
    batch = next((x.shape[0] for x in inputs if x.shape[0].shown is not None), inputs[0].shape[0])
    sizes = [_broadcast(inputs, axis, rank) for axis in range(1 - rank, 0)]
    time = _time_axis(inputs, rank, sizes)
    output = inputs[0].to(batch, *sizes, time=time, fold=None, time_summary=_summary(inputs, time))
    if time is None and _same_fold(inputs) and output.rank > 1:
        output = replace(output, fold=next(x.fold for x in inputs if x.fold is not None))
    if time is None and output.fold is None:
        return _facts(output, [everything(x.steps) for x in inputs], "all")
    reaches = [_along(x, time, output.steps, rank - x.rank) for x in inputs]
    return _facts(output, reaches, "each")


def _facts(output: Tensor, reaches: Sequence[Reach], reads: Reads) -> Facts:
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=({"inputs": tuple(reaches)},),
        applications=output.steps,
    )


def _one_size(sizes: Sequence[Expr]) -> bool:
    """Whether sizes may be equal: as numbers, as far as they are known."""
    known = [size for size in sizes if size.shown is not None]
    return all(size.equals(known[0]) for size in known)


def _broadcast(inputs: Tensors, axis: int, rank: int) -> Expr:
    """The size of an axis, counted from the end, of tensors merged value by value."""
    result = as_expr(1)
    for x in inputs:
        size = x.shape[axis] if -axis < x.rank else as_expr(1)
        if result.shown is None or size.equals(1):
            continue
        if result.equals(1) or size.shown is None:
            result = size
        elif not result.equals(size):
            _refuse_shapes(
                inputs,
                f"cannot merge sizes {result.plain().text()} and {size.plain().text()}"
                f" on axis {rank + axis}",
                "equal sizes, or 1",
            )
    return result


def _time_axis(inputs: Tensors, rank: int, sizes: Sequence[Expr]) -> int | None:
    """The time axis of the merged tensor: that of the first input whose steps are not broadcast."""
    axes = [x.time + rank - x.rank for x in inputs if x.time is not None]
    own = [
        x.time + rank - x.rank
        for x in inputs
        if x.time is not None
        and not (x.steps.equals(1) and not sizes[x.time + rank - x.rank - 1].equals(1))
    ]
    return next(iter(own or axes), None)


def _along(x: Tensor, time: int | None, outputs: Expr, missing: int = 0) -> Reach:
    """What output step t reads of one input; its axes are `missing` after the batch."""
    if time is None:
        return each(x.steps) if x.fold is not None else everything(x.steps, outputs)
    if x.time is None or x.time + missing != time:
        return everything(x.steps, outputs)
    if x.steps.equals(1) and not outputs.equals(1):
        return at_step(0, x.steps, outputs)
    return each(x.steps)


def _one_after_the_other(inputs: Tensors, output: Tensor, place: int) -> list[Reach]:
    reaches = []
    start = as_expr(0)
    for x in inputs:
        size = x.shape[place]
        if x.time == place:
            reaches.append(shifted(-start, x.steps, output.steps))
        else:
            # Within its part of the output it reads everything: one window there, none elsewhere.
            part = (STEP - start) // size
            first = part * x.steps
            reaches.append(window(first, first + x.steps - 1, x.steps, output.steps))
        start = start + size
    return reaches


def _same_fold(inputs: Tensors) -> bool:
    """Whether steps lie at the same features in all tensors that hold them side by side."""
    folds = {x.fold for x in inputs if x.fold is not None}
    sizes = {x.features.value for x in inputs if x.fold is not None}
    others = {x.features.value for x in inputs if x.fold is None and x.rank > 1} - {1}
    return len(folds) == 1 and len(sizes) == 1 and others <= sizes and None not in sizes


def _summary(inputs: Tensors, time: int | None) -> TimeSummary:
    """What the merged tensor knows of time, from what its parts know."""
    if time is not None:
        timed = [x for x in inputs if x.time is not None]
        return "copies" if all(x.time_summary == "copies" for x in timed) else ""
    words = {x.time_summary for x in inputs} - {""}
    if len(words) < 2:
        return next(iter(words), "")
    if words & SIDE_BY_SIDE:
        return "mixed"
    return "ends" if words <= {"last", "first", "ends"} else "all"


def _mixed_summary(inputs: Tensors) -> TimeSummary:
    if any(x.time is not None for x in inputs):
        return "all"
    summary = _summary(inputs, None)
    return "all" if summary in SIDE_BY_SIDE else summary


def _contracted(a: Tensor, b: Tensor, axes: Axes) -> tuple[int, int]:
    """The axis of each tensor that a Dot sums over."""
    if isinstance(axes, tuple) and len(axes) != 2:
        _refuse_axes(axes, "one axis, or two: one for each tensor")
    pair = axes if isinstance(axes, tuple) else (axes, axes)
    found = []
    for axis, x in zip(pair, (a, b), strict=True):
        # One negative axis for both is counted modulo the rank, as Keras does it.
        inside = axis < x.rank if not isinstance(axes, tuple) else -x.rank <= axis < x.rank
        if not inside:
            _refuse_axes(axes, f"1 to {x.rank - 1}, or from the end, for {shape_text(x.shape)}")
        if axis % x.rank == 0:
            _refuse_axes(axes, "an axis other than 0, the batch")
        found.append(axis % x.rank)
    return found[0], found[1]


def _refuse_axes(axes: Axes, expected: str) -> None:
    text = str(list(axes)) if isinstance(axes, tuple) else str(axes)
    refuse(
        f"`axes` cannot be {text}", received=text, expected=expected, argument="axes", about="value"
    )


def _need_some(inputs: Tensors) -> None:
    if not inputs:
        refuse(
            "needs at least one tensor", received="none", expected="from: [a, b]", argument="from"
        )


def _need_two(inputs: Tensors) -> None:
    if len(inputs) != 2:
        refuse(
            f"needs exactly 2 tensors, and receives {len(inputs)}",
            received=str(len(inputs)),
            expected="from: [a, b]",
            argument="from",
            about="from",
        )


def _refuse_shapes(inputs: Tensors, what: str, expected: str) -> None:
    refuse(
        f"{what}: {' and '.join(shape_text(x.shape) for x in inputs)}",
        received=", ".join(shape_text(x.shape) for x in inputs),
        expected=expected,
        about="shape",
    )
