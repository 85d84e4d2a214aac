"""Hints for the pooling layers, and tensors of steps, planes and volumes for the convolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import literal
from seqinspect.records import replace
from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.model.facts import Tensor

MODES = ("Max", "Average")
SIZES = (1, 2, 3)


@draws(*(f"{mode}Pooling{size}D" for mode in MODES for size in SIZES))
def pooling(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[-2])
    high = 4 if dimensions == 1 else 3
    options = draw.options(
        layer,
        pool_size=lambda: one_or_each(draw, dimensions, high=high),
        strides=lambda: draw.choice([None, one_or_each(draw, dimensions, high=4)]),
    )
    return _draft(draw, layer, options, dimensions)


@draws(*(f"Global{mode}Pooling{size}D" for mode in MODES for size in SIZES))
def global_pooling(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[-2])
    options = draw.options(layer)
    x = planes(draw, dimensions, options, draw.number())
    inputs: dict[str, Tensor] = {"inputs": x}
    if layer == "GlobalAveragePooling1D" and not draw.real and draw.chance(0.1):
        steps = x.shape[2 if options.get("data_format") == "channels_first" else 1]
        inputs["mask"] = draw.tensor(steps, time=1, dtype="bool")
    return Draft(layer, options, inputs)


@draws(*(f"Adaptive{mode}Pooling{size}D" for mode in MODES for size in SIZES))
def adaptive_pooling(draw: Draw, layer: str) -> Draft:
    dimensions = int(layer[-2])
    low = 2 if draw.chance(0.8) else 1  # to 1 it does not run on TensorFlow
    options = draw.options(
        layer, output_size=lambda: one_or_each(draw, dimensions, low=low, high=4)
    )
    return _draft(draw, layer, options, dimensions)


def _draft(draw: Draw, layer: str, options: dict[str, object], dimensions: int) -> Draft:
    x = planes(draw, dimensions, options, draw.number())
    if draw.real and dimensions == 3:  # float64 does not run on a CPU
        options["dtype"] = "float32"
        x = replace(x, dtype="float32")
    return Draft(layer, options, {"inputs": x})


def one_or_each(draw: Draw, dimensions: int, *, low: int = 1, high: int) -> object:
    """One number, or a list with one for each axis; now and then one too many."""
    if draw.chance(0.5):
        return draw.integer(low, high)
    return [draw.integer(low, high) for _ in range(dimensions + draw.wrong(0.03))]


def planes(draw: Draw, dimensions: int, options: Mapping[str, object], channels: int) -> Tensor:
    """A tensor with `dimensions` spatial axes; time is one of them, the channels', or none."""
    rank = dimensions + 2
    first = options.get("data_format") == "channels_first"
    channel_axis = 1 if first else rank - 1
    spatial = [axis for axis in range(1, rank) if axis != channel_axis]
    time = draw.choice([*spatial * 3, channel_axis, None])
    shape = [
        draw.named(channels)
        if axis == channel_axis
        else draw.steps()
        if axis == time
        else draw.spatial(6)
        for axis in range(1, rank)
    ]
    x = draw.tensor(*shape, time=time)
    if time is None and draw.chance(0.5):
        x = draw.folded(x)
        if not first:
            x = with_channels(x, channels)
    return x


def with_channels(x: Tensor, channels: int) -> Tensor:
    """The folded tensor with a number of features that `channels` divides."""
    fold = x.fold._replace(inner=literal(channels)) if x.fold is not None else None
    assert fold is not None
    return replace(x, shape=(*x.shape[:-1], fold.outer * fold.steps * fold.inner), fold=fold)
