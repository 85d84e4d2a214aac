"""Hints for the activation layers: slopes, shared axes, masks of a softmax."""

from __future__ import annotations

from seqinspect.algebra.expression import literal
from seqinspect.model.facts import Tensor
from tests.rules.judge.draw import Draft, Draw, Given, draws
from tests.rules.judge.inputs_normalization import axes, odd


@draws("ReLU", "LeakyReLU")
def rectified(draw: Draw, layer: str) -> Draft:
    def slope() -> object:
        return -0.5 if draw.wrong() else draw.choice([0.25, 0.5, 1])

    if layer == "LeakyReLU":
        options = draw.options(layer, negative_slope=slope, alpha=slope)
    else:
        options = draw.options(
            layer, always=("negative_slope",), negative_slope=slope, max_value=lambda: limit(draw)
        )
        if not draw.real:
            options["threshold"] = draw.choice([0, 0.5, -1 if draw.wrong() else 1])
    return Draft(layer, options, {"inputs": draw.any_tensor(low=1)})


def limit(draw: Draw) -> object:
    """The largest value that a ReLU gives; where it runs, far away."""
    return None if draw.chance(0.2) else 100 if draw.real else -2 if draw.wrong() else 6


@draws("PReLU")
def prelu(draw: Draw, layer: str) -> Draft:
    x = draw.any_tensor(low=1 if draw.wrong() else 2)

    def shared() -> object:
        if draw.wrong(0.05):
            return draw.choice([[x.rank], -x.rank, [1 - x.rank]])
        if draw.wrong(0.05):
            return draw.choice([0, [-1], [0, 1]])
        listed = draw.random.sample(range(1, x.rank), draw.integer(0, x.rank - 1))
        return draw.choice([listed, listed, None, 1])

    return Draft(layer, draw.options(layer, shared_axes=shared), {"inputs": x})


@draws("Softmax")
def softmax(draw: Draw, layer: str) -> Draft:
    x = draw.any_tensor(low=1 if draw.wrong(0.05) else 2)
    inputs: dict[str, Given] = {"inputs": x}
    if not draw.real and draw.chance(0.25):  # where it runs, a mask hides most steps
        inputs["mask"] = mask(draw, x)
    options = draw.options(layer, axis=lambda: axes(draw, layer, x))
    spoiled = odd(options.get("axis", -1), x.rank) or ("the mask" if "mask" in inputs else "")
    return Draft(layer, options, inputs, spoiled=spoiled)


def mask(draw: Draw, x: Tensor) -> Tensor:
    """A mask for the last axes, with 1 for some sizes; at times one that does not fit."""
    start = 0 if x.time is not None or draw.chance(0.5) else draw.integer(0, x.rank - 1)
    shape = [literal(1) if draw.chance(0.2) else size for size in x.shape[start:]]
    if draw.wrong():
        shape[-1] = literal((shape[-1].value or 1) + 1)
    time = None if x.time is None or x.time < start else x.time - start
    return Tensor(tuple(shape), draw.choice(["bool", "bool", "float32", "int32"]), time)
