"""Regularization layers: at inference all of them pass x on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import every_step
from seqinspect.rules.signature import Form
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import spatial_axes
from seqinspect.rules.wrong_values import show

if TYPE_CHECKING:
    from typing import Literal as AnyCase

    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.model.remarks import Remark
    from seqinspect.rules.arguments import Rate, Real, Shape


NOISE = Traits(keeps_shape=True, weightless=True, passes_on=True, noise=True, mask="passes")
"""Dropout and noise."""


@rule("Dropout", traits=NOISE)
def dropout(
    inputs: Tensor, *, rate: Rate, noise_shape: Shape | None = None, seed: int | None = None
) -> Facts:
    """y = x; in training each number is set to 0 with probability rate, the others ÷ (1 − rate).

    noise_shape has 1 for the axes along which the same numbers are dropped.

    Source: keras.layers.Dropout; Srivastava et al. (2014).
    """
    for size in noise_shape or ():
        if size is not None and size in (-1, 0):
            refuse(
                f"`noise_shape` cannot hold {show(size)}",
                received=show(size),
                expected="positive integers, or null for an axis as long as that of x",
                argument="noise_shape",
                about="value",
            )
    return every_step(inputs, inputs, remarks=_noise(inputs, noise_shape))


@rule("AlphaDropout", traits=NOISE)
def alpha_dropout(
    inputs: Tensor, *, rate: Rate, noise_shape: Shape | None = None, seed: int | None = None
) -> Facts:
    """y = x; in training a dropout that keeps mean and variance, for selu.

    Source: keras.layers.AlphaDropout; Klambauer et al. (2017).
    """
    return every_step(inputs, inputs, remarks=_noise(inputs, noise_shape))


@rule("GaussianDropout", traits=NOISE)
def gaussian_dropout(inputs: Tensor, *, rate: Rate, seed: int | None = None) -> Facts:
    """y = x; in training times noise of mean 1 and standard deviation √(rate ÷ (1 − rate)).

    Source: keras.layers.GaussianDropout; Srivastava et al. (2014).
    """
    return every_step(inputs, inputs)


@rule("GaussianNoise", traits=NOISE)
def gaussian_noise(inputs: Tensor, *, stddev: Rate, seed: int | None = None) -> Facts:
    """y = x; in training plus noise of mean 0 and standard deviation stddev.

    Source: keras.layers.GaussianNoise.
    """
    return every_step(inputs, inputs)


SPATIAL = ("trainable", "activity_regularizer")
"""What the constructors of SpatialDropout refuse."""


@rule("SpatialDropout1D", form=Form(1, without=("data_format",)), lacks=SPATIAL, traits=NOISE)
@rule("SpatialDropout2D", form=Form(2), lacks=SPATIAL, traits=NOISE)
@rule("SpatialDropout3D", form=Form(3), lacks=SPATIAL, traits=NOISE)
def spatial_dropout(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    rate: Rate,
    data_format: AnyCase["channels_first", "channels_last"] | None = None,
    seed: int | None = None,
) -> Facts:
    """y = x; in training a whole feature (or channel) is set to 0 with probability rate.

    It is set to 0 at every step, or position: the noise has shape (batch, 1, …, channels).

    Source: keras.layers.SpatialDropout1D, SpatialDropout2D, SpatialDropout3D; Tompson et al.
    (2015).
    """
    _, channels = spatial_axes(inputs, spatial, data_format)
    over_time = inputs.time is not None and inputs.time not in (0, channels)
    remarks = (Peculiarity.WHOLE_FEATURES_DROPPED,) if over_time else ()
    return every_step(inputs, inputs, remarks=remarks)


@rule(
    "ActivityRegularization",
    lacks=("activity_regularizer",),
    traits=Traits(keeps_shape=True, weightless=True, passes_on=True, mask="passes"),
)
def activity_regularization(inputs: Tensor, *, l1: Real = 0.0, l2: Real = 0.0) -> Facts:
    """y = x; in training l1·Σ|x| + l2·Σx² is added to the loss.

    Source: keras.layers.ActivityRegularization.
    """
    for name, factor in (("l1", l1), ("l2", l2)):
        if factor < 0:
            refuse(
                f"`{name}` cannot be negative",
                received=show(factor),
                expected="a number, 0 or more",
                argument=name,
                about="value",
            )
    return every_step(inputs, inputs)


def _noise(x: Tensor, noise_shape: Shape | None) -> tuple[Remark, ...]:
    """What a noise shape says of time: one noise for all steps."""
    if noise_shape is None:
        return ()
    if len(noise_shape) > x.rank:
        return (Peculiarity.NOISE_HAS_MORE_AXES,)
    # A shorter noise shape belongs to the last axes, as in every broadcast.
    axis = None if x.time is None else x.time - (x.rank - len(noise_shape))
    if axis is None or (axis >= 0 and noise_shape[axis] != 1):
        return ()
    return (Peculiarity.SAME_NOISE_AT_EVERY_STEP,)
