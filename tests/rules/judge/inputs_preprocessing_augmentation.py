"""Hints for the augmentation of images: factors in and out of their bounds, ranges of values."""

from __future__ import annotations

from seqinspect.algebra.expression import literal
from seqinspect.model.facts import Tensor
from seqinspect.records import replace
from seqinspect.rules import RULES
from seqinspect.rules.index import CLASSES
from tests.rules.judge.draw import Draft, Draw, draws
from tests.rules.judge.inputs_preprocessing import of_image

DRAWN_ELSEWHERE = (
    "RandomFlip RandomRotation RandomTranslation RandomZoom RandomBrightness RandomContrast".split()
)
"""Their hints stand beside those of the layers that make other sizes."""


@draws(*set(CLASSES["augmentation"].split()).difference(DRAWN_ELSEWHERE))
def augmentation(draw: Draw, layer: str) -> Draft:
    bits = layer == "RandomPosterization"

    def factor() -> object:
        if draw.wrong():
            return draw.choice([1.5, -0.5, -1.5, [0.1], [9, 10], [-3, -2], [0.1, 0.2, 0.3]])
        return draw.choice([1, 4, 8, [2, 5]] if bits else [0.2, 0, 1, [0.1, 0.4], [0.5, 0.2]])

    def value_range() -> object:
        return [0] if draw.wrong(0.2) else draw.choice([[0, 1], [0, 255], [255, 0]])

    given: dict[str, object] = {
        "value_range": value_range,
        "kernel_size": lambda: draw.choice([2, 3, 5, [3, 5], [3, 4], [3]]),
        "sigma": factor,
        "scale": (lambda: draw.choice([0, 0.5, 1])) if layer == "RandomPerspective" else factor,
        "tile_grid_size": [2, 2],
        "max_number": lambda: draw.choice([draw.integer(1, 5), 3.0]),
    }
    for name in RULES[layer].options:
        if name.endswith("factor") and layer != "RandomGrayscale":
            given[name] = factor
    known = {name: value for name, value in given.items() if name in RULES[layer].options}
    options = draw.options(layer, **known)
    # Whether colours are changed is left to chance: images of other channels may pass.
    drawn = replace(
        of_image(draw, layer, options),
        loose=layer in ("AugMix", "RandAugment", "RandomGrayscale"),
    )
    if options.get("value_range") == [0]:
        return replace(drawn, spoiled="the value of value_range")
    x = drawn.inputs["data"]
    if isinstance(x, Tensor) and x.rank in (3, 4) and not draw.wrong(0.2):
        axis = x.rank - (3 if options.get("data_format") == "channels_first" else 1)
        channels = literal(draw.choice([3, 3, 1]))
        shape = (*x.shape[:axis], channels, *x.shape[axis + 1 :])
        return drawn.with_tensor("data", None, replace(x, shape=shape))
    # Which changes these two make is left to chance, and some of them need colours.
    by_chance = layer in ("AugMix", "RandAugment")
    return replace(drawn, spoiled="the value of the channels") if by_chance else drawn
