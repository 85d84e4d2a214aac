"""Augmentation of images: a table of layers that keep the shape and change what images show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.records import NamedTuple
from seqinspect.rules.image_options import (
    DATA_FORMAT,
    FILL_MODE,
    FILL_VALUE,
    INTERPOLATION,
    SEED,
    VALUE_RANGE,
    Option,
    check_bits,
    check_channels,
    check_odd,
    check_range,
    factor,
    option,
)
from seqinspect.rules.keras.images import need_image
from seqinspect.rules.registry import Rule, enter
from seqinspect.rules.shapes import every_step
from seqinspect.rules.signature import Parameter
from seqinspect.rules.traits import Traits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seqinspect.model.facts import Facts, Tensor

    Values = Mapping[str, Any]
    """The options of a layer by name, with their defaults."""

FAMILY = "preprocessing"


class Augmentation(NamedTuple):
    """A layer of the table: what it does, its options, and what it refuses besides their values."""

    mathematics: str
    options: tuple[Option, ...]
    check: Callable[[Tensor, Values], None] | None = None
    keeps_dtype: bool = False
    paper: str = ""


def colours(data: Tensor, values: Values) -> None:
    """Refuse images that are not of red, green and blue."""
    check_channels(data, values["data_format"])


def colours_or_grey(data: Tensor, values: Values) -> None:
    """Refuse images that are not of red, green and blue, or of one channel."""
    check_channels(data, values["data_format"], also_one=True)


def changes_of_aug_mix(data: Tensor, values: Values) -> None:
    """Refuse images that one of the changes cannot take, where there are any."""
    if values["all_ops"] and values["num_chains"] > 0 and values["chain_depth"] > 0:
        colours_or_grey(data, values)


def changes_of_jitter(data: Tensor, values: Values) -> None:
    """Refuse what the layers that it is made of refuse: there is one for each factor."""
    if any(value is not None for name, value in values.items() if name.endswith("_factor")):
        check_range("value_range", values["value_range"])
    if values["saturation_factor"] is not None or values["hue_factor"] is not None:
        check_channels(data, None)  # Keras does not hand data_format on


OPTIONAL = "Numbers | None"
FILLED = (FILL_MODE, INTERPOLATION, SEED, FILL_VALUE, DATA_FORMAT)
UNCHECKED_RANGE = option("value_range", "Numbers", (0, 255))

AUGMENTATIONS = {
    "RandomFlip": Augmentation(
        "The image, in training flipped at random.",
        (
            option(
                "mode",
                "Literal['horizontal_and_vertical', 'horizontal', 'vertical']",
                "horizontal_and_vertical",
            ),
            SEED,
            DATA_FORMAT,
        ),
    ),
    "RandomRotation": Augmentation(
        "The image, in training rotated by a random part (factor) of a full turn.",
        (factor(-1), *FILLED),
    ),
    "RandomTranslation": Augmentation(
        "The image, in training moved by a random part of its height and width.",
        (
            factor(-1, name="height_factor", every=True),
            factor(-1, name="width_factor", every=True),
            *FILLED,
        ),
    ),
    "RandomZoom": Augmentation(
        "The image, in training zoomed out (positive factor) or in by a random part of its size.",
        (
            factor(-1, name="height_factor", every=True, above=True),
            factor(-1, None, name="width_factor", kind=OPTIONAL, every=True, above=True),
            *FILLED,
        ),
    ),
    "RandomBrightness": Augmentation(
        "The image, in training brighter or darker by a random part (factor) of value_range.",
        (factor(-1), VALUE_RANGE, SEED),
    ),
    "RandomContrast": Augmentation(
        "The image, in training with its differences from the mean times a random 1 ± factor.",
        (factor(0), UNCHECKED_RANGE, SEED),
    ),
    "AugMix": Augmentation(
        "The image, in training a mixture of chains of random changes.",
        (
            VALUE_RANGE,
            option("num_chains", "int", 3),
            option("chain_depth", "int", 3),
            factor(0, 0.3),
            option("alpha", "Real", 1.0),
            option("all_ops", "bool", True),
            INTERPOLATION,
            SEED,
            DATA_FORMAT,
        ),
        changes_of_aug_mix,
        paper="Hendrycks et al. (2020)",
    ),
    "AutoContrast": Augmentation(
        "Each channel stretched to the whole of value_range.", (VALUE_RANGE,)
    ),
    "ContrastLimitedAdaptiveHistogramEqualization": Augmentation(
        "The histogram of each tile made even, as far as clip_limit lets it.",
        (
            VALUE_RANGE,
            option("clip_limit", "Real", 4.0),
            option("tile_grid_size", "Sizes", (8, 8)),
            DATA_FORMAT,
        ),
        paper="Zuiderveld (1994)",
    ),
    "CutMix": Augmentation(
        "The image, in training with a random box out of another image of the batch.",
        (factor(0, 1.0), SEED, DATA_FORMAT),
        paper="Yun et al. (2019)",
    ),
    "Equalization": Augmentation(
        "The histogram of each channel made even.",
        (VALUE_RANGE, option("bins", "Size", 256), DATA_FORMAT),
        keeps_dtype=True,
    ),
    "MixUp": Augmentation(
        "The image, in training mixed with another image of the batch.",
        (option("alpha", "Real", 0.2), DATA_FORMAT, SEED),
        paper="Zhang et al. (2018)",
    ),
    "RandAugment": Augmentation(
        "The image, in training after num_ops random changes.",
        (
            VALUE_RANGE,
            option("num_ops", "int", 2),
            factor(0, 0.5),
            INTERPOLATION,
            SEED,
            DATA_FORMAT,
        ),
        colours_or_grey,
        paper="Cubuk et al. (2020)",
    ),
    "RandomColorDegeneration": Augmentation(
        "The image, in training mixed with its grey version by a random factor.",
        (factor(-1), VALUE_RANGE, DATA_FORMAT, SEED),
        colours,
    ),
    "RandomColorJitter": Augmentation(
        "The image, in training with random brightness, contrast, saturation and hue.",
        (
            UNCHECKED_RANGE,
            factor(-1, None, name="brightness_factor", kind=OPTIONAL),
            factor(0, None, name="contrast_factor", kind=OPTIONAL),
            factor(-1, None, name="saturation_factor", kind=OPTIONAL),
            factor(0, None, name="hue_factor", kind=OPTIONAL),
            SEED,
            DATA_FORMAT,
        ),
        changes_of_jitter,
    ),
    "RandomElasticTransform": Augmentation(
        "The image, in training bent by a random smooth field.",
        (
            factor(0, 1.0),
            factor(0, 1.0, name="scale"),
            INTERPOLATION,
            FILL_MODE,
            FILL_VALUE,
            VALUE_RANGE,
            SEED,
            DATA_FORMAT,
        ),
        paper="Simard et al. (2003)",
    ),
    "RandomErasing": Augmentation(
        "The image, in training with a random box erased.",
        (
            factor(0, 1.0),
            factor(0, (0.02, 0.33), name="scale"),
            option("fill_value", "Real | None", None),
            VALUE_RANGE,
            SEED,
            DATA_FORMAT,
        ),
        paper="Zhong et al. (2020)",
    ),
    "RandomGaussianBlur": Augmentation(
        "The image, in training blurred by a window of kernel_size.",
        (
            factor(0, 1.0),
            option("kernel_size", "Numbers", 3, check=check_odd),
            factor(0, 1.0, name="sigma"),
            VALUE_RANGE,
            DATA_FORMAT,
            SEED,
        ),
    ),
    "RandomGrayscale": Augmentation(
        "The image, in training made grey with the probability factor.",
        (option("factor", "Rate", 0.5), DATA_FORMAT, SEED),
        colours_or_grey,
        keeps_dtype=True,
    ),
    "RandomHue": Augmentation(
        "The image, in training with its colours turned by a random factor.",
        (factor(0), VALUE_RANGE, DATA_FORMAT, SEED),
        colours,
    ),
    "RandomInvert": Augmentation(
        "The image, in training inverted with the probability factor.",
        (factor(0, 1.0), VALUE_RANGE, SEED, DATA_FORMAT),
    ),
    "RandomPerspective": Augmentation(
        "The image, in training seen from a random side.",
        (
            factor(0, 1.0),
            option("scale", "Rate", 1.0),
            INTERPOLATION,
            FILL_VALUE,
            SEED,
            DATA_FORMAT,
        ),
    ),
    "RandomPosterization": Augmentation(
        "The image, in training with `factor` bits for each channel.",
        (option("factor", "Numbers", check=check_bits), VALUE_RANGE, DATA_FORMAT, SEED),
    ),
    "RandomSaturation": Augmentation(
        "The image, in training with its colours stronger or weaker by a random factor.",
        (factor(-1), VALUE_RANGE, DATA_FORMAT, SEED),
        colours,
    ),
    "RandomSharpness": Augmentation(
        "The image, in training sharpened by a random factor.",
        (factor(0), VALUE_RANGE, DATA_FORMAT, SEED),
    ),
    "RandomShear": Augmentation(
        "The image, in training sheared by random factors.",
        (
            factor(0, 0.0, name="x_factor", every=True),
            factor(0, 0.0, name="y_factor", every=True),
            INTERPOLATION,
            FILL_MODE,
            FILL_VALUE,
            DATA_FORMAT,
            SEED,
        ),
    ),
    "Solarization": Augmentation(
        "The image with its values above a threshold inverted.",
        (
            factor(0, 0.0, name="addition_factor", every=True),
            factor(0, 0.0, name="threshold_factor", every=True),
            VALUE_RANGE,
            SEED,
        ),
    ),
    "MaxNumBoundingBoxes": Augmentation(
        "The image as it is: what it cuts to max_number are the boxes that come with images.",
        (option("max_number", "WholeInt"), option("fill_value", "int", -1)),
    ),
}
"""Every layer by its class name, with its options in Keras's order."""


def _rule(name: str, layer: Augmentation) -> Rule:
    """The rule of a layer of the table."""
    defaults = {parameter.name: parameter.default for parameter, _ in layer.options}

    def unchanged(data: Tensor, **options: object) -> Facts:
        values = defaults | options
        for parameter, check in layer.options:
            if check is not None:
                check(parameter.name, values[parameter.name])
        if layer.check is not None:
            layer.check(data, values)
        need_image(data)
        return every_step(data, data)

    source = f"keras.layers.{name}{layer.paper and '; '}{layer.paper}"
    unchanged.__doc__ = f"{layer.mathematics}\n\nSource: {source}."
    return Rule(
        name,
        FAMILY,
        unchanged,
        calls={"data": Parameter("data", "Tensor", required=True)},
        options={parameter.name: parameter for parameter, _ in layer.options},
        keeps_dtype=layer.keeps_dtype,
        traits=Traits(keeps_shape=True, weightless=True),
    )


for _name, _layer in AUGMENTATIONS.items():
    enter(_rule(_name, _layer), module="augmentation")
