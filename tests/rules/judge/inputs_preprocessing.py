"""Hints for the preprocessing layers: numbers by axis, tokens and bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.rules import RULES
from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor
    from tests.rules.judge.draw import Given


def numbers(draw: Draw, shape: list[int | None]) -> object:
    """A number, or as many as the last axes have; at times one too many."""
    if not shape or None in shape or draw.chance(0.3):
        return draw.choice([0.5, 2, 3.5])
    first, *rest = [size or 1 for size in shape]
    if draw.wrong(0.1):
        first += 1
    items = range(1 if draw.chance(0.15) else first)
    return [row(rest) for _ in items]


def row(shape: list[int]) -> object:
    return [row(shape[1:]) for _ in range(shape[0])] if shape else 1.5


@draws("Rescaling")
def rescaling(draw: Draw, layer: str) -> Draft:
    x = draw.any_tensor(low=1)

    def laid_over() -> object:
        sizes = [size.value for size in x.shape[1:]]
        return numbers(draw, sizes[draw.integer(0, len(sizes)) :])

    options = draw.options(layer, scale=laid_over, offset=laid_over)
    return Draft(layer, options, {"inputs": x}, spoiled="numbers that may not fit")


@draws("Normalization")
def normalization(draw: Draw, layer: str) -> Draft:
    x = draw.any_tensor(low=1 if draw.wrong(0.05) else 2)
    kept: list[int] = [x.rank - 1]
    options: dict[str, object] = draw.options(layer, never=("mean", "variance", "axis"))
    if draw.chance(0.6):
        kept = sorted(draw.random.sample(range(1, x.rank), draw.integer(0, x.rank - 1)))
        options["axis"] = [axis - x.rank if draw.chance(0.3) else axis for axis in kept] or None
        if draw.wrong(0.05):
            options["axis"] = x.rank + 1
    if draw.chance(0.5):
        sizes = [x.shape[axis].value for axis in kept]
        options["mean"] = numbers(draw, sizes[draw.integer(0, len(sizes)) :])
        options["variance"] = positive(options["mean"])
        if draw.wrong(0.1):
            del options[draw.choice(["mean", "variance"])]
        elif draw.wrong(0.05):
            options["variance"] = [1.5, 2.5, 1, 4, 5, 6, 7]
    return Draft(layer, options, {"inputs": x}, spoiled="numbers that may not fit")


def positive(mean: object) -> object:
    return [positive(one) for one in mean] if isinstance(mean, list) else 2


@draws("CategoryEncoding")
def category_encoding(draw: Draw, layer: str) -> Draft:
    # Few tokens would occur twice, and a second one changes nothing.
    tokens = 99 if draw.real else draw.integer(2, 6)
    options = draw.options(layer, never=("sparse",), always=("output_mode",), num_tokens=tokens)
    if draw.wrong(0.05):
        del options["num_tokens"]
    # Where the output of other modes has more than 2 axes, Keras makes another than it states.
    high = 4 if options["output_mode"] == "one_hot" or not draw.real else 2
    dtype = draw.choice(["int32", "int64"] if draw.real else ["int32", "int64", "uint8"])
    x = draw.any_tensor(low=2, high=high, dtype=dtype)
    inputs: dict[str, Given] = {"inputs": x}
    if not draw.real and x.fold is None and draw.chance(0.2):
        inputs["count_weights"] = weights(draw, x)
    return Draft(layer, options, inputs, below=tokens, spoiled="count_weights" * (len(inputs) - 1))


def weights(draw: Draw, x: Tensor) -> Tensor:
    return draw.tensor(*x.shape[1:], time=x.time, dtype="float32")


@draws("Discretization")
def discretization(draw: Draw, layer: str) -> Draft:
    options = draw.options(layer, never=("num_bins", "sparse", "bin_boundaries"))
    for refused in ("trainable", "activity_regularizer"):
        options.pop(refused, None)
    # Bins that come from adapt() are not there when the judge traces the call.
    count = draw.integer(1, 3)
    options["bin_boundaries"] = sorted(draw.random.uniform(-4, 4) for _ in range(count))
    if draw.real:
        options["bin_boundaries"] = [step / 4 for step in range(-60, 60)]
    if draw.wrong(0.1):
        options["num_bins"] = 3
    if draw.wrong(0.05):
        options["sparse"] = True
        options["output_mode"] = "int"
    return Draft(layer, options, {"inputs": draw.any_tensor(low=2, high=4)})


@draws("Resizing", "CenterCrop", "RandomCrop")
def sized(draw: Draw, layer: str) -> Draft:
    options = draw.options(layer, never=("crop_to_aspect_ratio", "pad_to_aspect_ratio"))
    if layer == "Resizing" and draw.chance(0.3):
        options[draw.choice(["crop_to_aspect_ratio", "pad_to_aspect_ratio"])] = True
    return of_image(draw, layer, options)


def of_image(draw: Draw, layer: str, options: dict[str, object]) -> Draft:
    """A layer on an image or a batch of them; at times on something of another rank."""
    wrong = draw.wrong(0.05)
    rank = draw.choice([2, 5]) if wrong else draw.choice([3, 4, 4, 4])
    x = draw.tensor(*(draw.spatial(6) for _ in range(rank - 1)))
    return Draft(layer, options, {"data": x}, spoiled="the rank" if wrong else "")


@draws("RandomBrightness", "RandomContrast", "RandomRotation")
@draws("RandomFlip", "RandomTranslation", "RandomZoom")
def random_image(draw: Draw, layer: str) -> Draft:
    def factor() -> object:
        low, high = (0.1, 0.4) if layer == "RandomContrast" else (-0.3, 0.5)
        found: object = draw.choice([0.2, 0, 1, [low, high], [high, low]])
        if draw.wrong():
            found = draw.choice([1.5, -1.5, -1, [0.1], [2, 3], [0.1, 2], [-3, -2], [0.1, 0.2, 0.3]])
        return found

    names = ("factor", "height_factor", "width_factor")
    given = {name: factor for name in names if name in RULES[layer].options}
    if "value_range" in RULES[layer].options:
        wrong = layer == "RandomBrightness" and draw.wrong()
        given["value_range"] = lambda: [0] if wrong else draw.choice([[0, 1], [0, 255]])
    options = draw.options(layer, **given)
    return of_image(draw, layer, options)
