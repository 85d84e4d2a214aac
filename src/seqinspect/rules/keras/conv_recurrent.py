"""Convolutional recurrent layers: at every time step a window of weights slides over space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.facts import Facts, Tensor, Tensors, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.rules.keras.core import GLOROT, ORTHOGONAL, ZEROS
from seqinspect.rules.keras.recurrent import recurrent
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import need_known, need_rank
from seqinspect.rules.signature import Form
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import (
    AXES,
    SlidingWindows,
    Window,
    check_stride_or_dilation,
    slide_windows,
    windows,
)
from seqinspect.time.reach import Reach, StepSpan, everything

if TYPE_CHECKING:
    from typing import Literal as AnyCase

    from seqinspect.rules.arguments import (
        Activation,
        Constraint,
        Initializer,
        Rate,
        Regularizer,
        Size,
        Sizes,
    )

FAMILY = "recurrent"


CONV_LSTM = Traits(
    recurrent=True,
    weights_by_features=True,
    weights_in_cell=True,
    mask="sequences",
    mask_use=MaskUse.STATE,
)


@rule("ConvLSTM1D", form=Form(1), freezes=False, traits=CONV_LSTM)
@rule("ConvLSTM2D", form=Form(2), freezes=False, traits=CONV_LSTM)
@rule("ConvLSTM3D", form=Form(3), freezes=False, traits=CONV_LSTM)
def conv_lstm(
    spatial: int,
    /,
    sequences: Tensor,
    initial_state: Tensors | None = None,
    mask: Tensor | None = None,
    *,
    filters: Size,
    kernel_size: Sizes,
    strides: Sizes = 1,
    padding: AnyCase["valid", "same"] = "valid",
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    dilation_rate: Sizes = 1,
    activation: Activation = "tanh",
    recurrent_activation: Activation = "sigmoid",
    use_bias: bool = True,
    kernel_initializer: Initializer = GLOROT,
    recurrent_initializer: Initializer = ORTHOGONAL,
    bias_initializer: Initializer = ZEROS,
    unit_forget_bias: bool = True,
    kernel_regularizer: Regularizer = None,
    recurrent_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    recurrent_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    dropout: Rate = 0.0,
    recurrent_dropout: Rate = 0.0,
    seed: int | None = None,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
) -> Facts:
    """LSTM whose products are convolutions over space: gates of x∗kernel + h∗recurrent_kernel.

    The kernel slides over the input as padding, strides and dilation say; the recurrent kernel
    over the state that this leaves, one by one, with padding "same". (batch, T, space,
    channels) gives h at the last step, (batch, space, filters), or with return_sequences at
    every step. Strides and dilation_rate cannot both be above 1.

    Source: keras.layers.ConvLSTM1D, ConvLSTM2D, ConvLSTM3D; Shi et al. (2015).
    """
    axis_windows = windows(kernel_size, strides, dilation_rate, dimensions=spatial)
    check_stride_or_dilation(axis_windows)
    sliding = _sliding(sequences, axis_windows, padding, data_format)
    used = sequences.shape[1] * sliding.positions
    weights = (
        Weight("kernel", (*sliding.size, sliding.channels, 4 * filters), used),
        Weight("recurrent_kernel", (*sliding.size, filters, 4 * filters), used),
        *([Weight("bias", (4 * filters,))] if use_bias else []),
    )
    lengths = tuple(slide.length for slide in sliding.along)
    output = (filters, *lengths) if data_format == "channels_first" else (*lengths, filters)
    return recurrent(
        sequences,
        initial_state,
        mask,
        weights,
        output=output,
        states=(output, output),
        return_sequences=return_sequences,
        return_state=return_state,
        go_backwards=go_backwards,
        stateful=stateful,
        unroll=unroll,
        summary=_summary(sequences, sliding, axis_windows),
    )


def _sliding(
    sequences: Tensor,
    axis_windows: tuple[Window, ...],
    padding: AnyCase["valid", "same"],
    data_format: AnyCase["channels_last", "channels_first"] | None,
) -> SlidingWindows:
    """The windows on one time step; refused where its sizes are not known."""
    names = AXES[len(axis_windows)] if len(axis_windows) > 1 else ("space",)
    first = data_format == "channels_first"
    order = ("channels", *names) if first else (*names, "channels")
    need_rank(sequences, len(axis_windows) + 3, f"(batch, time, {', '.join(order)})")
    batch, _, *sizes = sequences.shape
    for name, size in zip(order, sizes, strict=True):
        need_known(size, "the number of channels" if name == "channels" else f"the size of {name}")
    step = sequences.to(batch, *sizes, time=None, fold=None, time_summary="")
    return slide_windows(step, axis_windows, padding, data_format)


def _summary(sequences: Tensor, sliding: SlidingWindows, axis_windows: tuple[Window, ...]) -> Reach:
    """What all of the output reads: where time lies along space, a stride may leave out steps."""
    axis = (sequences.time or 0) - 1
    if axis not in sliding.axes:
        return everything(sequences.steps)
    index = sliding.axes.index(axis)
    (reading,) = sliding.along[index].reach.spans
    window, last = axis_windows[index], {"t": sliding.along[index].length - 1}
    return Reach(
        StepSpan(
            reading.first.substitute({"t": 0}) + place * window.rate,
            reading.first.substitute(last) + place * window.rate,
            sequences.steps,
            every=window.stride,
        )
        for place in range(window.size.value or 1)
    )
