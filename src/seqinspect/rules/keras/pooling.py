"""Pooling: the maximum or the mean of windows, or of all steps; nothing is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, ceil_div, const
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Reads, Tensor
from seqinspect.model.masks import MaskUse
from seqinspect.records import replace
from seqinspect.rules.axes import fits_over
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import agree, on_axes, shape_text
from seqinspect.rules.signature import Form
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import (
    DataFormat,
    Padding,
    Slide,
    SlidingWindows,
    Window,
    per_axis,
    size_text,
    slide_windows,
    spatial_axes,
    windowed_facts,
    windows,
)
from seqinspect.time.reach import STEP, Reach, each, everything, window

if TYPE_CHECKING:
    from typing import Literal as AnyCase

    from seqinspect.rules.arguments import Sizes


POOLING = Traits(keeps_features=True, weightless=True)
AVERAGES = POOLING._replace(averages=True)
GLOBAL = POOLING._replace(pools_all=True)
GLOBAL_AVERAGES = GLOBAL._replace(averages=True)

POOLS_2D = Form(2, defaults={"pool_size": (2, 2)})
POOLS_3D = Form(3, defaults={"pool_size": (2, 2, 2)})


@rule("MaxPooling1D", "MaxPool1D", form=Form(1), traits=POOLING)
@rule("MaxPooling2D", "MaxPool2D", form=POOLS_2D, traits=POOLING)
@rule("MaxPooling3D", "MaxPool3D", form=POOLS_3D, traits=POOLING)
def max_pooling(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    pool_size: Sizes = 2,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each window, channel by channel.

    strides: how far the window moves on; null: by its own size. padding same: windows may begin
    and end outside, where there is nothing to pool.

    Source: keras.layers.MaxPooling1D, MaxPooling2D, MaxPooling3D.
    """
    return pooling(inputs, pool_windows(pool_size, strides, spatial), padding, data_format)


@rule("AveragePooling1D", "AvgPool1D", form=Form(1), traits=AVERAGES)
@rule("AveragePooling2D", "AvgPool2D", form=Form(2), traits=AVERAGES)
@rule("AveragePooling3D", "AvgPool3D", form=Form(3), traits=AVERAGES)
def average_pooling(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each window, channel by channel.

    strides: how far the window moves on; null: by its own size. padding same: windows may begin
    and end outside, where there is nothing to pool.

    Source: keras.layers.AveragePooling1D, AveragePooling2D, AveragePooling3D.
    """
    return pooling(inputs, pool_windows(pool_size, strides, spatial), padding, data_format)


@rule(
    "GlobalMaxPooling1D", "GlobalMaxPool1D", form=Form(1), traits=GLOBAL._replace(label="maximum")
)
@rule("GlobalMaxPooling2D", "GlobalMaxPool2D", form=Form(2), traits=GLOBAL)
@rule("GlobalMaxPooling3D", "GlobalMaxPool3D", form=Form(3), traits=GLOBAL)
def global_max_pooling(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The maximum of all steps (or of a whole plane or volume), channel by channel.

    (batch, T, features) gives (batch, features), with keepdims (batch, 1, features).

    Source: keras.layers.GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D.
    """
    return global_pooling(inputs, spatial, data_format, keepdims=keepdims)


@rule(
    "GlobalAveragePooling1D",
    "GlobalAvgPool1D",
    form=Form(1),
    traits=GLOBAL_AVERAGES._replace(label="average", mask="drops", mask_use=MaskUse.MEAN),
)
@rule(
    "GlobalAveragePooling2D",
    "GlobalAvgPool2D",
    form=Form(2, without=("mask",)),
    traits=GLOBAL_AVERAGES,
)
@rule(
    "GlobalAveragePooling3D",
    "GlobalAvgPool3D",
    form=Form(3, without=("mask",)),
    traits=GLOBAL_AVERAGES,
)
def global_average_pooling(
    spatial: int,
    /,
    inputs: Tensor,
    mask: Tensor | None = None,
    *,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The mean of all steps (or of a whole plane or volume), channel by channel.

    GlobalAveragePooling1D leaves masked steps out. (batch, T, features) gives (batch,
    features), with keepdims (batch, 1, features).

    Source: keras.layers.GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D;
    Lin et al. (2014).
    """
    return global_pooling(inputs, spatial, data_format, keepdims=keepdims, mask=mask)


@rule("AdaptiveMaxPooling1D", form=Form(1), traits=POOLING)
@rule("AdaptiveMaxPooling2D", form=Form(2), traits=POOLING)
@rule("AdaptiveMaxPooling3D", form=Form(3), traits=POOLING)
def adaptive_max_pooling(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each of output_size windows that share the steps (or a plane) evenly.

    Window t of o reads steps ⌊t·T/o⌋ to ⌈(t+1)·T/o⌉ − 1. TensorFlow cannot run it where T or o
    is 1.

    Source: keras.layers.AdaptiveMaxPooling1D, AdaptiveMaxPooling2D, AdaptiveMaxPooling3D.
    """
    return adaptive_pooling(inputs, spatial, output_size, data_format)


@rule("AdaptiveAveragePooling1D", form=Form(1), traits=AVERAGES)
@rule("AdaptiveAveragePooling2D", form=Form(2), traits=AVERAGES)
@rule("AdaptiveAveragePooling3D", form=Form(3), traits=AVERAGES)
def adaptive_average_pooling(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each of output_size windows that share the steps (or a plane) evenly.

    Window t of o reads steps ⌊t·T/o⌋ to ⌈(t+1)·T/o⌉ − 1. TensorFlow cannot run it where T or o
    is 1.

    Source: keras.layers.AdaptiveAveragePooling1D, AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D.
    """
    return adaptive_pooling(inputs, spatial, output_size, data_format)


def pool_windows(pool_size: Sizes, strides: Sizes | None, spatial: int) -> tuple[Window, ...]:
    """Windows that move on by their own size, or by `strides`."""
    moves = pool_size if strides is None else strides
    return windows(pool_size, moves, dimensions=spatial, name="pool_size")


def pooling(
    x: Tensor, axis_windows: tuple[Window, ...], padding: Padding, data_format: DataFormat | None
) -> Facts:
    """One number for each window and channel."""
    sliding = slide_windows(x, axis_windows, padding, data_format)
    return windowed_facts(sliding, sliding.channels, channels="apart")


def adaptive_pooling(
    x: Tensor, spatial: int, output_size: Sizes, data_format: DataFormat | None
) -> Facts:
    """Window t of `o` goes from step ⌊t·T/o⌋ to ⌈(t+1)·T/o⌉ − 1: neighbours may share a step."""
    sizes = per_axis("output_size", output_size, spatial)
    axes, channel_axis = spatial_axes(x, spatial, data_format)
    along = []
    for axis, size in zip(axes, sizes, strict=True):
        steps = x.shape[axis]
        _check_adaptive(steps, size)
        first, end = STEP * steps // size, ceil_div((STEP + 1) * steps, size)
        along.append(Slide(size, window(first, end - 1, steps, size)))
    sliding = SlidingWindows(x, axes, channel_axis, sizes, tuple(along))
    return windowed_facts(sliding, sliding.channels, channels="apart")


def _check_adaptive(steps: Expr, size: Expr) -> None:
    """Refuse what cannot run: on TensorFlow, Keras prepares windows of ⌈T/o⌉+1 steps anyway."""
    if size.equals(1) or steps.equals(1):
        have, get = size_text(steps), size_text(size)
        refuse(
            f"cannot pool {have} steps into {get} on TensorFlow",
            received=f"{have} steps, output_size {get}",
            expected="more than one step in and out",
            remedy="GlobalAveragePooling or GlobalMaxPooling with keepdims: true makes one of all",
            argument="output_size",
            about="value",
        )


def global_pooling(
    x: Tensor,
    spatial: int,
    data_format: DataFormat | None,
    *,
    keepdims: bool,
    mask: Tensor | None = None,
) -> Facts:
    """One number a channel; keepdims leaves the spatial axes, each with one step."""
    axes, _ = spatial_axes(x, spatial, data_format)
    output_axes = [axis for axis in range(x.rank) if keepdims or axis not in axes]
    shape = tuple(const(1) if axis in axes else x.shape[axis] for axis in output_axes)
    reads: Reads = "each"
    reach = each(x.steps)
    time = None if x.time is None else output_axes.index(x.time) if x.time not in axes else None
    output = replace(x, shape=shape, time=time)
    if on_axes(x, axes):
        output = replace(output, fold=None, time_summary="all")
        reads, reach = "all", everything(x.steps)
    readings: dict[str, Reach] = {"inputs": reach}
    if mask is not None:
        _check_mask(mask, x, axes[0])
        readings["mask"] = everything(mask.steps, output.steps)
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=(readings if mask is not None else reach,),
    )


def _check_mask(mask: Tensor, x: Tensor, axis: int) -> None:
    """Refuse a mask that does not say yes or no for every step.

    Where the channels come first, Keras lays one for every number over all samples.
    """
    steps = x.shape[axis]
    of_steps = mask.rank == 2 and (agree(mask.shape[1], steps) or mask.shape[1] == 1)
    if not of_steps and not (axis == 2 and mask.rank == 3 and fits_over(mask.shape, x.shape)):
        refuse(
            f"has a mask of shape {shape_text(mask.shape)} for {size_text(steps)} steps",
            received=shape_text(mask.shape),
            expected=shape_text((mask.shape[0], steps)),
            argument="mask",
            about="shape",
        )
