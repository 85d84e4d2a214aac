"""Pooling: the maximum or the mean of windows, or of all steps; nothing is learned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, ceil_div, const
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Reads, Tensor
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import agree, on_axes, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import (
    DataFormat,
    Padding,
    Slide,
    Slides,
    Window,
    one_each,
    result,
    slides,
    spatial_axes,
    told,
    windows,
)
from seqinspect.time.reach import STEP, Reach, each, everything, window

if TYPE_CHECKING:
    from seqinspect.rules.arguments import Sizes


@rule("MaxPooling1D", "MaxPool1D", traits=Traits(axes=3, keeps_features=True, weightless=True))
def max_pooling1d(
    inputs: Tensor,
    *,
    pool_size: Sizes = 2,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each window, channel by channel.

    strides: how far the window moves on; null: by its own size. padding same: windows may begin
    and end outside, where there is nothing to pool.
    """
    return pooling(inputs, pools(pool_size, strides, 1), padding, data_format)


@rule("MaxPooling2D", "MaxPool2D", traits=Traits(axes=4, keeps_features=True, weightless=True))
def max_pooling2d(
    inputs: Tensor,
    *,
    pool_size: Sizes = (2, 2),
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each window on a plane, channel by channel."""
    return pooling(inputs, pools(pool_size, strides, 2), padding, data_format)


@rule("MaxPooling3D", "MaxPool3D", traits=Traits(axes=5, keeps_features=True, weightless=True))
def max_pooling3d(
    inputs: Tensor,
    *,
    pool_size: Sizes = (2, 2, 2),
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each window in a volume, channel by channel."""
    return pooling(inputs, pools(pool_size, strides, 3), padding, data_format)


@rule("AveragePooling1D", "AvgPool1D", traits=Traits(axes=3, keeps_features=True, weightless=True))
def average_pooling1d(
    inputs: Tensor,
    *,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each window, channel by channel.

    strides: how far the window moves on; null: by its own size. padding same: windows may begin
    and end outside, where there is nothing to pool.
    """
    return pooling(inputs, pools(pool_size, strides, 1), padding, data_format)


@rule("AveragePooling2D", "AvgPool2D", traits=Traits(axes=4, keeps_features=True, weightless=True))
def average_pooling2d(
    inputs: Tensor,
    *,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each window on a plane, channel by channel."""
    return pooling(inputs, pools(pool_size, strides, 2), padding, data_format)


@rule("AveragePooling3D", "AvgPool3D", traits=Traits(axes=5, keeps_features=True, weightless=True))
def average_pooling3d(
    inputs: Tensor,
    *,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each window in a volume, channel by channel."""
    return pooling(inputs, pools(pool_size, strides, 3), padding, data_format)


@rule(
    "GlobalMaxPooling1D",
    "GlobalMaxPool1D",
    traits=Traits(axes=3, keeps_features=True, pools_all=True, weightless=True, label="maximum"),
)
def global_max_pooling1d(
    inputs: Tensor,
    *,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The maximum of all steps, channel by channel."""
    return global_pooling(inputs, 1, data_format, keepdims=keepdims)


@rule(
    "GlobalMaxPooling2D",
    "GlobalMaxPool2D",
    traits=Traits(axes=4, keeps_features=True, pools_all=True, weightless=True),
)
def global_max_pooling2d(
    inputs: Tensor,
    *,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The maximum of a whole plane, channel by channel."""
    return global_pooling(inputs, 2, data_format, keepdims=keepdims)


@rule(
    "GlobalMaxPooling3D",
    "GlobalMaxPool3D",
    traits=Traits(axes=5, keeps_features=True, pools_all=True, weightless=True),
)
def global_max_pooling3d(
    inputs: Tensor,
    *,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The maximum of a whole volume, channel by channel."""
    return global_pooling(inputs, 3, data_format, keepdims=keepdims)


@rule(
    "GlobalAveragePooling1D",
    "GlobalAvgPool1D",
    traits=Traits(axes=3, keeps_features=True, pools_all=True, weightless=True, label="average"),
)
def global_average_pooling1d(
    inputs: Tensor,
    mask: Tensor | None = None,
    *,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The mean of all steps, channel by channel; masked steps are left out."""
    return global_pooling(inputs, 1, data_format, keepdims=keepdims, mask=mask, masks=True)


@rule(
    "GlobalAveragePooling2D",
    "GlobalAvgPool2D",
    traits=Traits(axes=4, keeps_features=True, pools_all=True, weightless=True),
)
def global_average_pooling2d(
    inputs: Tensor,
    *,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The mean of a whole plane, channel by channel."""
    return global_pooling(inputs, 2, data_format, keepdims=keepdims)


@rule(
    "GlobalAveragePooling3D",
    "GlobalAvgPool3D",
    traits=Traits(axes=5, keeps_features=True, pools_all=True, weightless=True),
)
def global_average_pooling3d(
    inputs: Tensor,
    *,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    keepdims: bool = False,
) -> Facts:
    """The mean of a whole volume, channel by channel."""
    return global_pooling(inputs, 3, data_format, keepdims=keepdims)


@rule("AdaptiveMaxPooling1D", traits=Traits(axes=3, keeps_features=True, weightless=True))
def adaptive_max_pooling1d(
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each of output_size windows that share the steps evenly."""
    return adaptive_pooling(inputs, 1, output_size, data_format)


@rule("AdaptiveMaxPooling2D", traits=Traits(axes=4, keeps_features=True, weightless=True))
def adaptive_max_pooling2d(
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each of output_size windows that share the plane evenly."""
    return adaptive_pooling(inputs, 2, output_size, data_format)


@rule("AdaptiveMaxPooling3D", traits=Traits(axes=5, keeps_features=True, weightless=True))
def adaptive_max_pooling3d(
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The maximum of each of output_size windows that share the volume evenly."""
    return adaptive_pooling(inputs, 3, output_size, data_format)


@rule("AdaptiveAveragePooling1D", traits=Traits(axes=3, keeps_features=True, weightless=True))
def adaptive_average_pooling1d(
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each of output_size windows that share the steps evenly."""
    return adaptive_pooling(inputs, 1, output_size, data_format)


@rule("AdaptiveAveragePooling2D", traits=Traits(axes=4, keeps_features=True, weightless=True))
def adaptive_average_pooling2d(
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each of output_size windows that share the plane evenly."""
    return adaptive_pooling(inputs, 2, output_size, data_format)


@rule("AdaptiveAveragePooling3D", traits=Traits(axes=5, keeps_features=True, weightless=True))
def adaptive_average_pooling3d(
    inputs: Tensor,
    *,
    output_size: Sizes,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The mean of each of output_size windows that share the volume evenly."""
    return adaptive_pooling(inputs, 3, output_size, data_format)


def pools(pool_size: Sizes, strides: Sizes | None, dimensions: int) -> tuple[Window, ...]:
    """Windows that move on by their own size, or by `strides`."""
    moves = pool_size if strides is None else strides
    return windows(pool_size, moves, dimensions=dimensions, name="pool_size")


def pooling(
    x: Tensor, found: tuple[Window, ...], padding: Padding, data_format: DataFormat | None
) -> Facts:
    """One number for each window and channel."""
    slid = slides(x, found, padding, data_format)
    return result(slid, slid.channels, channels="apart")


def adaptive_pooling(
    x: Tensor, dimensions: int, output_size: Sizes, data_format: DataFormat | None
) -> Facts:
    """Window t of `o` goes from step ⌊t·T/o⌋ to ⌈(t+1)·T/o⌉ − 1: neighbours may share a step."""
    sizes = one_each("output_size", output_size, dimensions)
    axes, channel_axis = spatial_axes(x, dimensions, data_format)
    along = []
    for axis, size in zip(axes, sizes, strict=True):
        steps = x.shape[axis]
        _check_adaptive(steps, size)
        first, end = STEP * steps // size, ceil_div((STEP + 1) * steps, size)
        along.append(Slide(size, window(first, end - 1, steps, size)))
    slid = Slides(x, axes, channel_axis, sizes, tuple(along))
    return result(slid, slid.channels, channels="apart")


def _check_adaptive(steps: Expr, size: Expr) -> None:
    """Refuse what cannot run: on TensorFlow, Keras prepares windows of ⌈T/o⌉+1 steps anyway."""
    if size.value == 1 or steps.value == 1:
        have, get = told(steps), told(size)
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
    dimensions: int,
    data_format: DataFormat | None,
    *,
    keepdims: bool,
    mask: Tensor | None = None,
    masks: bool = False,
) -> Facts:
    """One number a channel; keepdims leaves the spatial axes, each with one step."""
    axes, _ = spatial_axes(x, dimensions, data_format)
    kept = [axis for axis in range(x.rank) if keepdims or axis not in axes]
    shape = tuple(const(1) if axis in axes else x.shape[axis] for axis in kept)
    reads: Reads = "each"
    reach = each(x.steps)
    time = None if x.time is None else kept.index(x.time) if x.time not in axes else None
    output = replace(x, shape=shape, time=time, masked=False)
    if on_axes(x, axes):
        output = replace(output, fold=None, time_summary="all")
        reads, reach = "all", everything(x.steps)
    remark = "masked steps are left out" if x.masked and masks else ""
    readings: dict[str, Reach] = {"inputs": reach}
    if mask is not None:
        _check_mask(mask, x.shape[axes[0]])
        readings["mask"] = everything(mask.steps)
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=(readings if mask is not None else reach,),
        remark=remark,
    )


def _check_mask(mask: Tensor, steps: Expr) -> None:
    """Refuse a mask that does not say yes or no for every step."""
    if mask.rank != 2 or not (agree(mask.shape[1], steps) or mask.shape[1] == 1):
        refuse(
            f"has a mask of shape {shape_text(mask.shape)} for {told(steps)} steps",
            received=shape_text(mask.shape),
            expected=shape_text((mask.shape[0], steps)),
            argument="mask",
            about="shape",
        )
