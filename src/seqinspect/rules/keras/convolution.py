"""Convolutions: a window of weights that slides along time or space, the same at every position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import FLOATS, Facts, Tensor, Weight
from seqinspect.rules.keras.core import GLOROT, ZEROS
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import need_known
from seqinspect.rules.signature import Form
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import (
    SlidingWindows,
    Window,
    check_stride_or_dilation,
    per_axis,
    size_text,
    slide_windows,
    transposed_windows,
    windowed_facts,
    windows,
)

if TYPE_CHECKING:
    from typing import Literal as AnyCase

    from seqinspect.rules.arguments import (
        Activation,
        Constraint,
        Counts,
        Initializer,
        Real,
        Regularizer,
        Size,
        Sizes,
    )


BY_FEATURES = Traits(weights_by_features=True)
ONE_KERNEL = BY_FEATURES._replace(one_kernel=True)
CONVOLUTION = ONE_KERNEL._replace(convolves=True)

LINE = Form(1)
PLANE = Form(2, defaults={"strides": (1, 1), "dilation_rate": (1, 1)})
VOLUME = Form(3, defaults={"strides": (1, 1, 1), "dilation_rate": (1, 1, 1)})
NOT_CAUSAL = {"padding": "AnyCase['valid', 'same']"}
"""Causal padding is for one dimension alone."""


@rule("Conv1D", "Convolution1D", form=LINE, traits=CONVOLUTION)
@rule("Conv2D", "Convolution2D", form=PLANE._replace(kinds=NOT_CAUSAL), traits=CONVOLUTION)
@rule("Conv3D", "Convolution3D", form=VOLUME._replace(kinds=NOT_CAUSAL), traits=CONVOLUTION)
def conv(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    filters: Size,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: AnyCase["valid", "same", "causal"] = "valid",
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    dilation_rate: Sizes = 1,
    groups: Size = 1,
    activation: Activation = None,
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    lora_rank: Size | None = None,
    lora_alpha: Real | None = None,
) -> Facts:
    """y[t] = Σ x[t·stride − left + j·dilation]·kernel[j] + bias over the window's steps j.

    The same kernel at every position. padding valid: whole windows only; same: as many
    positions as steps (per stride), padded at both ends; causal (Conv1D): padded before the
    first step, so that no window looks ahead. groups: output channels read only the input
    channels of their own group. Strides and dilation_rate cannot both be above 1, and groups
    must divide filters and input channels.

    Source: keras.layers.Conv1D, Conv2D, Conv3D; LeCun et al. (1989); of lora_rank Hu et al.
    (2022).
    """
    axis_windows = windows(kernel_size, strides, dilation_rate, dimensions=spatial)
    check_stride_or_dilation(axis_windows)
    check_constraint(lora_rank, kernel_constraint)
    sliding = slide_windows(inputs, axis_windows, padding, data_format)
    channels = known_channels(sliding)
    check_groups(groups, filters, channels)
    kernel = (*sliding.size, channels // groups)
    weights = [Weight("kernel", (*kernel, filters), sliding.positions, trainable=lora_rank is None)]
    weights += [Weight("bias", (filters,))] if use_bias else []
    if lora_rank is not None:
        # Keras adds a·b to the kernel once a call, however many positions there are.
        weights.append(Weight("lora_kernel_a", (*kernel, lora_rank), used=filters, dtype="float32"))
        weights.append(Weight("lora_kernel_b", (lora_rank, filters), dtype="float32"))
    return windowed_facts(sliding, filters, weights, channels="mixed")


@rule("Conv1DTranspose", "Convolution1DTranspose", form=LINE, traits=ONE_KERNEL)
@rule("Conv2DTranspose", "Convolution2DTranspose", form=PLANE, traits=ONE_KERNEL)
@rule(
    "Conv3DTranspose",
    "Convolution3DTranspose",
    form=VOLUME._replace(swapped=("output_padding", "data_format")),
    traits=ONE_KERNEL,
)
def conv_transpose(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    filters: Size,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: AnyCase["valid", "same"] = "valid",
    output_padding: Counts | None = None,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    dilation_rate: Sizes = 1,
    activation: Activation = None,
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
) -> Facts:
    """Input position i adds x[i]·kernel to the window of outputs at i·stride: longer, not shorter.

    padding valid: T·stride plus what the window juts out; same: T·stride. output_padding: how
    many steps more than the shortest output that a convolution would turn into the input.
    Strides and dilation_rate cannot both be above 1; output_padding is below the stride.

    Source: keras.layers.Conv1DTranspose, Conv2DTranspose, Conv3DTranspose; Zeiler et al.
    (2010); Dumoulin and Visin (2016).
    """
    axis_windows = windows(kernel_size, strides, dilation_rate, dimensions=spatial)
    check_stride_or_dilation(axis_windows)
    check_output_padding(output_padding, axis_windows)
    sliding = transposed_windows(inputs, axis_windows, padding, output_padding, data_format)
    weights = [Weight("kernel", (*sliding.size, filters, known_channels(sliding)), sliding.places)]
    weights += [Weight("bias", (filters,))] if use_bias else []
    return windowed_facts(sliding, filters, weights, channels="mixed", applications=sliding.places)


@rule("DepthwiseConv1D", form=LINE, traits=ONE_KERNEL)
@rule("DepthwiseConv2D", form=PLANE, traits=ONE_KERNEL)
def depthwise_conv(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: AnyCase["valid", "same"] = "valid",
    depth_multiplier: Size = 1,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    dilation_rate: Sizes = 1,
    activation: Activation = None,
    use_bias: bool = True,
    depthwise_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    depthwise_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    depthwise_constraint: Constraint = None,
    bias_constraint: Constraint = None,
) -> Facts:
    """One kernel for each channel: channels are not mixed; depth_multiplier outputs for each.

    (batch, …, channels) gives (batch, …, channels×depth_multiplier).

    Source: keras.layers.DepthwiseConv1D, DepthwiseConv2D; Howard et al. (2017).
    """
    axis_windows = windows(kernel_size, strides, dilation_rate, dimensions=spatial)
    sliding = slide_windows(inputs, axis_windows, padding, data_format)
    channels = known_channels(sliding)
    features = channels * depth_multiplier
    weights = [Weight("kernel", (*sliding.size, channels, depth_multiplier), sliding.positions)]
    weights += [Weight("bias", (features,))] if use_bias else []
    return windowed_facts(sliding, features, weights, channels="apart", copies=depth_multiplier)


@rule("SeparableConv1D", "SeparableConvolution1D", form=LINE, traits=BY_FEATURES)
@rule("SeparableConv2D", "SeparableConvolution2D", form=PLANE, traits=BY_FEATURES)
def separable_conv(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    filters: Size,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: AnyCase["valid", "same"] = "valid",
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    dilation_rate: Sizes = 1,
    depth_multiplier: Size = 1,
    activation: Activation = None,
    use_bias: bool = True,
    depthwise_initializer: Initializer = GLOROT,
    pointwise_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    depthwise_regularizer: Regularizer = None,
    pointwise_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    depthwise_constraint: Constraint = None,
    pointwise_constraint: Constraint = None,
    bias_constraint: Constraint = None,
) -> Facts:
    """A depthwise convolution (channel by channel), then a pointwise one (mixes channels).

    (batch, …, channels) gives (batch, …, filters).

    Source: keras.layers.SeparableConv1D, SeparableConv2D; Chollet (2017).
    """
    axis_windows = windows(kernel_size, strides, dilation_rate, dimensions=spatial)
    sliding = slide_windows(inputs, axis_windows, padding, data_format)
    channels = known_channels(sliding)
    depthwise = (*sliding.size, channels, depth_multiplier)
    pointwise = (*[1] * spatial, channels * depth_multiplier, filters)
    weights = [
        Weight("depthwise_kernel", depthwise, sliding.positions),
        Weight("pointwise_kernel", pointwise, sliding.positions),
    ]
    weights += [Weight("bias", (filters,))] if use_bias else []
    return windowed_facts(sliding, filters, weights, channels="mixed")


def check_groups(groups: Size, filters: Size, channels: Expr) -> None:
    """Refuse groups that cannot share filters and input channels evenly."""
    count = as_expr(groups)
    for what, size in (("filters", as_expr(filters)), ("input channels", channels)):
        if (size - size // count * count).equals(0) is False:
            refuse(
                f"has {size_text(size)} {what}, and {size_text(count)} groups cannot share them"
                " evenly",
                received=f"{what} {size_text(size)}, groups {size_text(count)}",
                expected=f"a multiple of {size_text(count)}",
                argument="groups",
                about="value",
            )


def check_output_padding(output_padding: Counts | None, axis_windows: tuple[Window, ...]) -> None:
    """Refuse more output padding than a stride can leave open."""
    if output_padding is None:
        return
    more = per_axis("output_padding", output_padding, len(axis_windows))
    for extra, stride in zip(more, (w.stride for w in axis_windows), strict=True):
        if extra.value is not None and stride.value is not None and extra.value >= stride.value:
            refuse(
                f"`output_padding` {size_text(extra)} is not below the stride {size_text(stride)}",
                received=size_text(extra),
                expected=f"less than {size_text(stride)}",
                argument="output_padding",
                about="value",
            )


def check_constraint(lora_rank: Size | None, kernel_constraint: Constraint) -> None:
    """Refuse LoRA together with a constraint on the kernel, as Keras does."""
    if lora_rank is not None and kernel_constraint is not None:
        refuse(
            "cannot have a kernel_constraint together with lora_rank",
            received=kernel_constraint.type,
            expected="one of the two",
            argument="kernel_constraint",
            about="value",
        )


def known_channels(sliding: SlidingWindows) -> Expr:
    """The number of input channels; refused where Keras cannot make the kernel or apply it."""
    if sliding.x.dtype not in FLOATS:
        refuse(
            f"needs decimal numbers and receives {sliding.x.dtype}",
            received=sliding.x.dtype,
            expected="float32 or another float",
            remedy="token ids go through an Embedding first; numbers need dtype: float32",
            about="dtype",
        )
    what = "features" if len(sliding.axes) == 1 else "channels"
    need_known(sliding.channels, f"the number of {what}")
    return sliding.channels
