"""Hints for the convolutional recurrent layers: time on axis 1, and space with known sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import literal, symbol
from tests.rules.judge.draw import Draft, Draw, draws
from tests.rules.judge.inputs_convolution import stride_or_dilation, windows

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor


@draws("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def conv_lstm(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[-2])
    if draw.chance(0.2):
        draw.batch = symbol("batch", 3)
    sizes = windows(draw, dimensions) | {"filters": lambda: draw.number(3)}
    options = draw.options(layer, **sizes)
    if not draw.wrong():
        stride_or_dilation(draw, options)
    if draw.batch.value is None and not draw.wrong():
        options.pop("stateful", None)
    if draw.real:  # what TensorFlow can run on a CPU
        options.pop("data_format", None)
    first = options.get("data_format") == "channels_first"
    space = [draw.spatial(6) if draw.wrong() else draw.named(draw.integer(4, 6))] * dimensions
    channels = draw.size(3)
    shape = [channels, *space] if first else [*space, channels]
    time = draw.choice([1, 1, 1, 1, None, draw.integer(2, dimensions + 2)])
    x = draw.tensor(draw.steps(4), *shape, time=time)
    inputs: dict[str, Tensor | tuple[Tensor, ...]] = {"sequences": x}
    if draw.chance(0.1):
        inputs["mask"] = draw.tensor(x.shape[1], time=1 if x.time == 1 else None, dtype="bool")
    spoiled = ""
    if draw.chance(0.2):
        filters = options["filters"]
        state = [size.value or 4 for size in space]
        if options.get("padding") != "same" or options.get("strides", 1) != 1:
            options |= {"padding": "same", "strides": 1}
        state.insert(0 if first else dimensions, filters if isinstance(filters, int) else 1)
        one = draw.tensor(*map(literal, state))
        if draw.wrong():
            spoiled = "the value of initial_state"
        inputs["initial_state"] = (one,) * (draw.choice([1, 3]) if spoiled else 2)
    return Draft(layer, options, inputs, spoiled=spoiled)
