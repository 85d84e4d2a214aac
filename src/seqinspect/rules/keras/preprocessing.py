"""Preprocessing of numbers: scaling, normalization by known statistics, bins and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, as_expr, const
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor, Weight
from seqinspect.model.remarks import Peculiarity
from seqinspect.records import replace
from seqinspect.rules.axes import axis_list, other_positions
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import (
    agree,
    axis_index,
    every_step,
    need_known,
    over_axes,
    replace_axis,
    shape_text,
    summary_of,
)
from seqinspect.rules.traits import Traits
from seqinspect.rules.wrong_values import show
from seqinspect.time.reach import everything

if TYPE_CHECKING:
    from seqinspect.rules.arguments import Axes, Count, Numbers, Real, Size


@rule(
    "Rescaling",
    traits=Traits(keeps_shape=True, weightless=True, always_written=("offset",), mask="passes"),
)
def rescaling(inputs: Tensor, *, scale: Numbers, offset: Numbers = 0.0) -> Facts:
    """y = scale·x + offset; lists belong to the last axes.

    Source: keras.layers.Rescaling.
    """
    wider = [
        _laid_over(inputs, inputs.shape, name, numbers, wider=True)
        for name, numbers in (("scale", scale), ("offset", offset))
    ]
    return every_step(inputs, inputs, remarks=(Peculiarity.RUNS_WIDER,) if any(wider) else ())


@rule("Normalization", traits=Traits(keeps_shape=True, mask="passes"))
def normalization(
    inputs: Tensor,
    *,
    axis: Axes | None = -1,
    mean: Numbers | None = None,
    variance: Numbers | None = None,
    invert: bool = False,
) -> Facts:
    """y = (x − mean) ÷ √variance, one of each for every index of axis; known, or from adapt().

    axis: null has one of each for all; invert turns it round: y = mean + x·√variance.

    Source: keras.layers.Normalization.
    """
    weight_axes = _weight_axes(inputs, axis)
    sizes = tuple(inputs.shape[index] for index in weight_axes)
    if mean is None and variance is None:
        weights = (
            Weight("mean", sizes, trainable=False),
            Weight("variance", sizes, trainable=False),
            Weight("count", (), trainable=False, dtype="int64"),
        )
        facts = every_step(inputs, inputs, remarks=(Peculiarity.ADAPTED,))
        return facts._replace(weights=weights)
    if mean is None or variance is None:
        missing = "mean" if mean is None else "variance"
        refuse(
            f"`{missing}` is missing: mean and variance are given both, or none of them",
            expected="a number or a list",
            argument="mean" if variance is None else "variance",
            about="value",
        )
    if _numbers_shape("mean", mean) != _numbers_shape("variance", variance):
        refuse(
            "`variance` has not the shape of `mean`",
            received=show(variance),
            expected=f"as many numbers as in {show(mean)}",
            argument="variance",
            about="value",
        )
    _laid_over(inputs, sizes, "mean", mean)
    return every_step(inputs, inputs)._replace(constants=(sizes,))


@rule("CategoryEncoding", traits=Traits(weightless=True))
def category_encoding(
    inputs: Tensor,
    count_weights: Tensor | None = None,
    *,
    num_tokens: Size | None = None,
    output_mode: Literal["multi_hot", "one_hot", "count", "binary"] = "multi_hot",
    sparse: bool = False,
) -> Facts:
    """Integers below num_tokens as vectors: 1 where one occurs, or how often.

    one_hot makes a vector of each number, the other modes one of all numbers on the last axis.

    Source: keras.layers.CategoryEncoding.
    """
    if num_tokens is None:
        refuse("needs `num_tokens`", expected="a positive integer", about="value")
    if count_weights is not None:
        if output_mode != "count":
            refuse(
                f"uses `count_weights` only to count, not for `output_mode` {output_mode}",
                received=output_mode,
                expected="output_mode: count",
                argument="count_weights",
                about="value",
            )
        pairs = zip(reversed(count_weights.shape), reversed(inputs.shape), strict=False)
        if not all(1 in (one.value, other.value) or agree(one, other) for one, other in pairs):
            refuse(
                f"needs `count_weights` of the shape of its input, {shape_text(inputs.shape)}",
                received=shape_text(count_weights.shape),
                expected=shape_text(inputs.shape),
                argument="count_weights",
                about="shape",
            )
    depth = as_expr(num_tokens)
    if output_mode == "one_hot" or inputs.rank < 3:
        return _encoded(inputs, depth, one_hot=output_mode == "one_hot")
    return Facts(
        outputs=(Tensor((*inputs.shape[:-1], depth), time_summary=summary_of(inputs)),),
        reads="all",
        reaches=(everything(inputs.steps),),
        remarks=(Peculiarity.RUNS_ON_AXIS_1,),
    )


@rule(
    "Discretization",
    keeps_dtype=True,
    lacks=("trainable", "activity_regularizer"),
    traits=Traits(
        weightless=True, loads_anything=True, indexes_below=("num_bins", "bin_boundaries")
    ),
)
def discretization(
    inputs: Tensor,
    *,
    bin_boundaries: Numbers | None = None,
    num_bins: Count | None = None,
    epsilon: Real = 0.01,
    output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int",
    sparse: bool = False,
) -> Facts:
    """The number of the bin that x falls into, or that number as a vector; bins from adapt().

    Source: keras.layers.Discretization.
    """
    depth = _bins(bin_boundaries, num_bins)
    if sparse and output_mode == "int":
        refuse(
            "`sparse` needs vectors, and `output_mode` int makes none",
            received="sparse: true",
            expected="output_mode: one_hot, multi_hot or count",
            argument="sparse",
            about="value",
        )
    if output_mode == "int":
        return every_step(inputs, replace(inputs, dtype="int32"))
    if output_mode == "one_hot" or inputs.rank < 3:
        facts = _encoded(inputs, depth, one_hot=output_mode == "one_hot")
    else:
        facts = _along_axis_1(inputs, depth)
    return facts._replace(outputs=tuple(replace(x, dtype="float32") for x in facts.outputs))


def _along_axis_1(x: Tensor, depth: Expr) -> Facts:
    """Facts of a layer that makes one vector of all numbers along axis 1."""
    reads, reach = over_axes(x, (1,))
    time = x.time - 1 if x.time is not None and x.time > 1 else None
    output = x.to(
        x.shape[0],
        *x.shape[2:],
        depth,
        time=time,
        fold=None,
        time_summary=summary_of(x) if time is None else x.time_summary,
    )
    if x.fold is not None:
        reads, reach = "all", everything(x.steps)
    return Facts((output,), reads, (reach,), applications=other_positions(x, (1,)))


def _encoded(x: Tensor, depth: Expr, *, one_hot: bool) -> Facts:
    """Facts of a layer that makes vectors of `depth` numbers, of each number or the last axis."""
    last = x.rank - 1
    if one_hot and (x.rank == 1 or x.shape[last].value != 1):
        if x.fold is None:
            return every_step(x, x.to(*x.shape, depth), applications=other_positions(x, ()))
        output = x.to(*x.shape, depth, fold=None, time_summary="all")
        return Facts((output,), "all", (everything(x.steps),), applications=other_positions(x, ()))
    reads, reach = over_axes(x, (last,))
    return Facts(
        outputs=(replace_axis(x, last, depth),),
        reads=reads,
        reaches=(reach,),
        applications=other_positions(x, (last,)),
    )


def _bins(boundaries: Numbers | None, count: Size | None) -> Expr:
    if (boundaries is None) == (count is None):
        refuse(
            "needs either `bin_boundaries` or `num_bins`",
            received="none of them" if count is None else "both",
            expected="one of them",
            argument="" if count is None else "num_bins",
            about="value",
        )
    if count is not None:
        return as_expr(count)
    if not isinstance(boundaries, tuple) or any(isinstance(one, tuple) for one in boundaries):
        refuse(
            "`bin_boundaries` is a list of numbers",
            received=show(boundaries),
            expected="a list, from the lowest number to the highest",
            argument="bin_boundaries",
            about="value",
        )
    return const(len(boundaries) + 1)


def _weight_axes(x: Tensor, axis: Axes | None) -> tuple[int, ...]:
    """The axes with statistics of their own, whose sizes must be known."""
    named = () if axis is None else axis_list(axis)
    weight_axes = tuple(sorted(axis_index(one, x.rank) for one in named))
    if len(set(weight_axes)) < len(weight_axes):
        refuse(
            "`axis` names an axis twice",
            received=", ".join(map(str, named)),
            expected="different axes",
            argument="axis",
            about="value",
        )
    for index in weight_axes:
        need_known(x.shape[index], f"the size of axis {index}")
    return weight_axes


def _numbers_shape(name: str, numbers: Numbers) -> tuple[int, ...]:
    """The shape of a list of lists; refuses lists of different lengths."""
    if not isinstance(numbers, tuple):
        return ()
    shapes = {_numbers_shape(name, one) for one in numbers}
    if len(shapes) > 1:
        refuse(
            f"`{name}` has lists of different lengths",
            received=show(numbers),
            expected="lists of the same length",
            argument=name,
            about="value",
        )
    return (len(numbers), *(shapes.pop() if shapes else ()))


def _laid_over(
    x: Tensor, sizes: tuple[Expr, ...], name: str, numbers: Numbers, *, wider: bool = False
) -> bool:
    """Refuse numbers that cannot be laid over the last of some axes of x.

    `wider`: they may be many where an axis has size 1; returns whether they are.
    """
    shape = _numbers_shape(name, numbers)
    widened = False
    fits = len(shape) <= len(sizes)
    for count, size in zip(reversed(shape), reversed(sizes), strict=False):
        if count != 1 and size.value == 1 and wider:
            widened = True
        elif count != 1 and not agree(count, size):
            fits = False
    if not fits:
        refuse(
            f"`{name}` cannot be laid over {shape_text(x.shape)}",
            received=f"numbers of shape {shape_text(shape)}",
            expected=f"one number, or the last of {shape_text(sizes)}",
            argument=name,
            about="shape",
        )
    return widened
