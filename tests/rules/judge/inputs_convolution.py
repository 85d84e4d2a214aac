"""Hints for the convolutions: tensors of the right rank, groups that divide, sizes as lists."""

from __future__ import annotations

from tests.rules.judge.draw import Draft, Draw, draws
from tests.rules.judge.inputs_pooling import one_or_each, planes


@draws("Conv1D", "Conv2D", "Conv3D")
def convolution(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[-2])
    often = 0.05 if draw.real else 0.2  # a grouped one is compiled first, which takes a second
    groups = draw.integer(2, 3) if draw.chance(often) else 1
    filters = draw.number(3) * (1 if draw.wrong() else groups)
    options = draw.options(
        layer, **windows(draw, dimensions), groups=groups, filters=filters, lora_rank=draw.number
    )
    if not draw.wrong():
        stride_or_dilation(draw, options)
        if options.get("lora_rank"):
            options.pop("kernel_constraint", None)
    if draw.real and dimensions < 3:  # TensorFlow has no kernel for it on a CPU
        options.pop("data_format", None)
    channels = draw.number(2) * (1 if draw.wrong() else groups)
    return Draft(layer, options, {"inputs": planes(draw, dimensions, options, channels)})


@draws("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def transposed(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[4])
    options = draw.options(
        layer,
        **windows(draw, dimensions),
        output_padding=lambda: draw.choice([None, one_or_each(draw, dimensions, low=0, high=1)]),
    )
    if not draw.wrong():
        stride_or_dilation(draw, options)
        if options.get("output_padding") is not None:
            options["strides"] = one_or_each(draw, dimensions, low=2, high=3)
            options.pop("dilation_rate", None)
    if draw.real:  # what TensorFlow can run on a CPU
        options.pop("data_format", None)
        options.pop("dilation_rate", None)
        if options.get("padding") == "same" and options.get("output_padding") is not None:
            options["output_padding"] = 1
    return Draft(layer, options, {"inputs": planes(draw, dimensions, options, draw.number(4))})


@draws("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D")
def depthwise(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[-2])
    options = draw.options(layer, **windows(draw, dimensions))
    strides = options.get("strides", 1)
    if draw.real and isinstance(strides, list):  # unequal ones do not run on a CPU
        options["strides"] = strides[0]
    return Draft(layer, options, {"inputs": planes(draw, dimensions, options, draw.number(4))})


def windows(draw: Draw, dimensions: int) -> dict[str, object]:
    """How to draw the sizes of windows, small ones mostly."""
    high = 4 if dimensions == 1 else 3
    return {
        "kernel_size": lambda: one_or_each(draw, dimensions, high=high),
        "strides": lambda: one_or_each(draw, dimensions, high=3),
        "dilation_rate": lambda: one_or_each(draw, dimensions, high=3),
        "depth_multiplier": lambda: draw.integer(1, 3),
    }


def stride_or_dilation(draw: Draw, options: dict[str, object]) -> None:
    """Keep one of the two, as Keras demands."""
    if "strides" in options and "dilation_rate" in options:
        options.pop(draw.choice(["strides", "dilation_rate"]))
