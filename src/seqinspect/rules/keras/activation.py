"""Activation layers: a function of each number; Softmax along an axis; PReLU with weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import const
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Reading, Tensor, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules.axes import (
    axes_of,
    axis_list,
    equal_numbers,
    fits_over,
    mask_reach,
    need_float,
    other_positions,
    own_weights,
    with_weights,
)
from seqinspect.rules.keras.core import ZEROS
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import every_step, need_known, over_axes, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.rules.wrong_values import show
from seqinspect.time.reach import Reach, each

if TYPE_CHECKING:
    from seqinspect.rules.arguments import Axes, Constraint, Initializer, Real, Regularizer


ELEMENTWISE = Traits(keeps_shape=True, weightless=True, mask="passes")
"""A function of each number."""


@rule("ReLU", traits=ELEMENTWISE._replace(activation="relu"))
def relu(
    inputs: Tensor,
    *,
    max_value: Real | None = None,
    negative_slope: Real = 0.0,
    threshold: Real = 0.0,
) -> Facts:
    """y = x from threshold on, at most max_value; negative_slope·(x − threshold) below it.

    Source: keras.layers.ReLU; Nair and Hinton (2010).
    """
    _need_numbers(inputs)
    _not_negative("max_value", max_value)
    _not_negative("negative_slope", negative_slope)
    _not_negative("threshold", threshold)
    return every_step(inputs, inputs)


@rule(
    "LeakyReLU",
    traits=ELEMENTWISE._replace(activation="leaky_relu", old_names={"alpha": "negative_slope"}),
)
def leaky_relu(
    inputs: Tensor,
    *,
    negative_slope: Real = 0.3,
    alpha: Real = None,  # type: ignore[assignment]  # not given: Keras refuses a null
) -> Facts:
    """y = x where x > 0, otherwise negative_slope·x; alpha is its old name.

    Source: keras.layers.LeakyReLU; Maas et al. (2013).
    """
    _need_numbers(inputs)
    if alpha is None:
        _not_negative("negative_slope", negative_slope)
    else:
        _not_negative("alpha", alpha)
    return every_step(inputs, inputs)


@rule("ELU", traits=ELEMENTWISE._replace(activation="elu"))
def elu(inputs: Tensor, *, alpha: Real = 1.0) -> Facts:
    """y = x where x > 0, otherwise alpha·(exp(x) − 1).

    Source: keras.layers.ELU; Clevert et al. (2016).
    """
    need_float(inputs)
    return every_step(inputs, inputs)


@rule("PReLU", traits=Traits(keeps_shape=True, activation="leaky_relu", mask="passes"))
def prelu(
    inputs: Tensor,
    *,
    alpha_initializer: Initializer = ZEROS,
    alpha_regularizer: Regularizer = None,
    alpha_constraint: Constraint = None,
    shared_axes: Axes | None = None,
) -> Facts:
    """y = x where x > 0, otherwise alpha·x, with an own alpha at every position of a sample.

    Along shared_axes (1 is the first after the batch) all positions share one alpha.

    Source: keras.layers.PReLU; He et al. (2015).
    """
    need_float(inputs)
    axes = range(1, inputs.rank)
    shared = _shared(inputs, shared_axes)
    own = [axis for axis in axes if axis not in shared]
    shape = tuple(inputs.shape[axis] if axis in own else const(1) for axis in axes)
    for axis in own:
        need_known(
            inputs.shape[axis],
            f"the size of axis {axis}, which has an own alpha at every position",
            f"fix it in the input, or name {axis} in shared_axes",
        )
    return Facts(
        outputs=(with_weights(inputs, own),),
        reads="each",
        reaches=(each(inputs.steps),),
        weights=(Weight("alpha", shape),),
        applications=inputs.steps,
        remarks=own_weights(inputs, own, "alpha"),
    )


@rule(
    "Softmax",
    traits=ELEMENTWISE._replace(
        activation="softmax", hides_steps=True, evens=True, mask_use=MaskUse.LAST_AXES
    ),
)
def softmax(inputs: Tensor, mask: Tensor | None = None, *, axis: Axes = -1) -> Facts:
    """y = exp(x) ÷ Σ exp(x), the sum along axis; where mask is false, y is 0.

    Source: keras.layers.Softmax.
    """
    if mask is None:  # a mask makes floats of integers
        need_float(inputs)
    axes = axes_of(axis, inputs.rank)
    if not axes:
        refuse("`axis` names no axis", expected="one or more", argument="axis", about="value")
    reads, reach = over_axes(inputs, axes)
    constant = equal_numbers(inputs, axes)
    if constant:
        reads, reach = "none", Reach()
    reading: Reading = reach
    if mask is not None:
        _check_mask(inputs, mask)
        reading = {"inputs": reach, "mask": mask_reach(inputs, mask, mixed=reads == "all")}
    return Facts(
        outputs=(inputs,),
        reads=reads,
        reaches=(reading,),
        applications=other_positions(inputs, axes),
        remarks=(Peculiarity.INPUT_HAS_NO_SAY,) * constant,
    )


def _not_negative(name: str, value: Real | None) -> None:
    if value is not None and value < 0:
        refuse(
            f"`{name}` cannot be negative",
            received=show(value),
            expected="a number, 0 or more",
            argument=name,
            about="value",
        )


def _need_numbers(x: Tensor) -> None:
    if x.dtype == "bool":
        refuse(
            "cannot compute with bool",
            received="bool",
            expected="a dtype of numbers",
            about="dtype",
        )


def _shared(x: Tensor, shared_axes: Axes | None) -> set[int]:
    """The axes that share one alpha, counted from 0 with the batch.

    Keras indexes the axes without the batch with axis − 1: 0 means the last, −1 the one before.
    """
    count = x.rank - 1
    found = set()
    for axis in () if shared_axes is None else axis_list(shared_axes):
        if not -count <= axis - 1 < count:
            refuse(
                f"`shared_axes`: axis {axis} does not exist in a tensor of {x.rank} axes",
                received=str(axis),
                expected=f"1 to {count}" if count else "none: there is only the batch",
                argument="shared_axes",
                about="value",
            )
        found.add((axis - 1) % count + 1)
    return found


def _check_mask(x: Tensor, mask: Tensor) -> None:
    """Refuse a mask that cannot be laid over the last axes of x.

    The samples of a mask with fewer axes lie over places of each sample: then a batch must have as
    many samples, or one, and fit or predict on another fails.
    """
    missing = x.rank - mask.rank
    places = x.shape[missing] if 0 < missing < x.rank else None
    by_chance = places is not None and mask.shape[0] not in (places, 1)
    if fits_over(mask.shape, x.shape) and not by_chance:
        return
    refuse(
        f"cannot lay its mask {shape_text(mask.shape)} over {shape_text(x.shape)}",
        received=shape_text(mask.shape),
        expected=f"{shape_text(x.shape)}, or 1 in place of a size",
        remedy="use Activation: softmax, which has no mask",
        argument="mask",
        about="shape",
    )
