"""Augmentation of images: their shape stays, what they show changes in training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.errors import refuse
from seqinspect.rules.arguments import show
from seqinspect.rules.keras.images import UNCHANGED, check_factor, check_range, unchanged
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.rules.arguments import Numbers, Rate, Real, Size, Sizes

FAMILY = "preprocessing"


@rule("AugMix", traits=UNCHANGED)
def aug_mix(
    data: Tensor,
    *,
    value_range: Numbers = (0, 255),
    num_chains: int = 3,
    chain_depth: int = 3,
    factor: Numbers = 0.3,
    alpha: Real = 1.0,
    all_ops: bool = True,
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training a mixture of chains of random changes."""
    check_factor("factor", factor, 0)
    check_range(value_range)
    if all_ops and num_chains > 0 and chain_depth > 0:
        _check_channels(data, data_format, also_one=True)
    return unchanged(data)


@rule("AutoContrast", traits=UNCHANGED)
def auto_contrast(
    data: Tensor,
    *,
    value_range: Numbers = (0, 255),
) -> Facts:
    """Each channel stretched to the whole of value_range."""
    check_range(value_range)
    return unchanged(data)


@rule("ContrastLimitedAdaptiveHistogramEqualization", traits=UNCHANGED)
def clahe(
    data: Tensor,
    *,
    value_range: Numbers = (0, 255),
    clip_limit: Real = 4.0,
    tile_grid_size: Sizes = (8, 8),
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The histogram of each tile made even, as far as clip_limit lets it."""
    check_range(value_range)
    return unchanged(data)


@rule("CutMix", traits=UNCHANGED)
def cut_mix(
    data: Tensor,
    *,
    factor: Numbers = 1.0,
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training with a random box out of another image of the batch."""
    check_factor("factor", factor, 0)
    return unchanged(data)


@rule("Equalization", keeps_dtype=True, traits=UNCHANGED)
def equalization(
    data: Tensor,
    *,
    value_range: Numbers = (0, 255),
    bins: Size = 256,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The histogram of each channel made even."""
    check_range(value_range)
    return unchanged(data)


@rule("MixUp", traits=UNCHANGED)
def mix_up(
    data: Tensor,
    *,
    alpha: Real = 0.2,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training mixed with another image of the batch."""
    return unchanged(data)


@rule("RandAugment", traits=UNCHANGED)
def rand_augment(
    data: Tensor,
    *,
    value_range: Numbers = (0, 255),
    num_ops: int = 2,
    factor: Numbers = 0.5,
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training after num_ops random changes."""
    check_factor("factor", factor, 0)
    check_range(value_range)
    _check_channels(data, data_format, also_one=True)
    return unchanged(data)


@rule("RandomColorDegeneration", traits=UNCHANGED)
def random_color_degeneration(
    data: Tensor,
    *,
    factor: Numbers,
    value_range: Numbers = (0, 255),
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training mixed with its grey version by a random factor."""
    check_factor("factor", factor, -1)
    check_range(value_range)
    _check_channels(data, data_format)
    return unchanged(data)


@rule("RandomColorJitter", traits=UNCHANGED)
def random_color_jitter(
    data: Tensor,
    *,
    value_range: Numbers = (0, 255),
    brightness_factor: Numbers | None = None,
    contrast_factor: Numbers | None = None,
    saturation_factor: Numbers | None = None,
    hue_factor: Numbers | None = None,
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training with random brightness, contrast, saturation and hue."""
    if brightness_factor is not None:
        check_factor("brightness_factor", brightness_factor, -1)
    if contrast_factor is not None:
        check_factor("contrast_factor", contrast_factor, 0)
    if saturation_factor is not None:
        check_factor("saturation_factor", saturation_factor, -1)
    if hue_factor is not None:
        check_factor("hue_factor", hue_factor, 0)
    factors = (brightness_factor, contrast_factor, saturation_factor, hue_factor)
    if any(one is not None for one in factors):
        check_range(value_range)
    if saturation_factor is not None or hue_factor is not None:
        _check_channels(data, None)  # Keras does not hand data_format on
    return unchanged(data)


@rule("RandomElasticTransform", traits=UNCHANGED)
def random_elastic_transform(
    data: Tensor,
    *,
    factor: Numbers = 1.0,
    scale: Numbers = 1.0,
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
    fill_value: Real = 0.0,
    value_range: Numbers = (0, 255),
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training bent by a random smooth field."""
    check_range(value_range)
    check_factor("factor", factor, 0)
    check_factor("scale", scale, 0)
    return unchanged(data)


@rule("RandomErasing", traits=UNCHANGED)
def random_erasing(
    data: Tensor,
    *,
    factor: Numbers = 1.0,
    scale: Numbers = (0.02, 0.33),
    fill_value: Real | None = None,
    value_range: Numbers = (0, 255),
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training with a random box erased."""
    check_range(value_range)
    check_factor("factor", factor, 0)
    check_factor("scale", scale, 0)
    return unchanged(data)


@rule("RandomGaussianBlur", traits=UNCHANGED)
def random_gaussian_blur(
    data: Tensor,
    *,
    factor: Numbers = 1.0,
    kernel_size: Numbers = 3,
    sigma: Numbers = 1.0,
    value_range: Numbers = (0, 255),
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training blurred by a window of kernel_size."""
    check_range(value_range)
    check_factor("factor", factor, 0)
    _check_odd(kernel_size)
    check_factor("sigma", sigma, 0)
    return unchanged(data)


@rule("RandomGrayscale", keeps_dtype=True, traits=UNCHANGED)
def random_grayscale(
    data: Tensor,
    *,
    factor: Rate = 0.5,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training made grey with the probability factor."""
    _check_channels(data, data_format, also_one=True)
    return unchanged(data)


@rule("RandomHue", traits=UNCHANGED)
def random_hue(
    data: Tensor,
    *,
    factor: Numbers,
    value_range: Numbers = (0, 255),
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training with its colours turned by a random factor."""
    check_range(value_range)
    check_factor("factor", factor, 0)
    _check_channels(data, data_format)
    return unchanged(data)


@rule("RandomInvert", traits=UNCHANGED)
def random_invert(
    data: Tensor,
    *,
    factor: Numbers = 1.0,
    value_range: Numbers = (0, 255),
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training inverted with the probability factor."""
    check_range(value_range)
    check_factor("factor", factor, 0)
    return unchanged(data)


@rule("RandomPerspective", traits=UNCHANGED)
def random_perspective(
    data: Tensor,
    *,
    factor: Numbers = 1.0,
    scale: Rate = 1.0,
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    fill_value: Real = 0.0,
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training seen from a random side."""
    check_factor("factor", factor, 0)
    return unchanged(data)


@rule("RandomPosterization", traits=UNCHANGED)
def random_posterization(
    data: Tensor,
    *,
    factor: Numbers,
    value_range: Numbers = (0, 255),
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training with `factor` bits for each channel."""
    check_factor("factor", factor, 1, high=8)
    _check_whole(factor)
    check_range(value_range)
    return unchanged(data)


@rule("RandomSaturation", traits=UNCHANGED)
def random_saturation(
    data: Tensor,
    *,
    factor: Numbers,
    value_range: Numbers = (0, 255),
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training with its colours stronger or weaker by a random factor."""
    check_factor("factor", factor, -1)
    check_range(value_range)
    _check_channels(data, data_format)
    return unchanged(data)


@rule("RandomSharpness", traits=UNCHANGED)
def random_sharpness(
    data: Tensor,
    *,
    factor: Numbers,
    value_range: Numbers = (0, 255),
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training sharpened by a random factor."""
    check_factor("factor", factor, 0)
    check_range(value_range)
    return unchanged(data)


@rule("RandomShear", traits=UNCHANGED)
def random_shear(
    data: Tensor,
    *,
    x_factor: Numbers = 0.0,
    y_factor: Numbers = 0.0,
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
    fill_value: Real = 0.0,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    seed: int | None = None,
) -> Facts:
    """The image, in training sheared by random factors."""
    check_factor("x_factor", x_factor, 0, every=True)
    check_factor("y_factor", y_factor, 0, every=True)
    return unchanged(data)


@rule("Solarization", traits=UNCHANGED)
def solarization(
    data: Tensor,
    *,
    addition_factor: Numbers = 0.0,
    threshold_factor: Numbers = 0.0,
    value_range: Numbers = (0, 255),
    seed: int | None = None,
) -> Facts:
    """The image with its values above a threshold inverted."""
    check_factor("addition_factor", addition_factor, 0, every=True)
    check_factor("threshold_factor", threshold_factor, 0, every=True)
    check_range(value_range)
    return unchanged(data)


@rule("MaxNumBoundingBoxes", traits=UNCHANGED)
def max_num_bounding_boxes(
    data: Tensor,
    *,
    max_number: int,
    fill_value: int = -1,
) -> Facts:
    """The image as it is: what it cuts to max_number are the boxes that come with images."""
    return unchanged(data)


def _check_channels(
    data: Tensor,
    data_format: Literal["channels_last", "channels_first"] | None,
    *,
    also_one: bool = False,
) -> None:
    """Refuse other images than those of red, green and blue (or of one channel)."""
    if data.rank not in (3, 4):
        return  # refused as no image
    axis = data.rank - (3 if data_format == "channels_first" else 1)
    channels = data.shape[axis]
    if axis == 0 and channels.value is None:
        refuse(
            "takes 3 axes as a single image, and its first axis, the batch, as the channels",
            received=shape_text(data.shape),
            expected="4 axes (batch, channels, height, width)",
            about="rank",
        )
    if channels.value not in (None, 3) and not (also_one and channels == 1):
        refuse(
            f"changes colours, and its images have {channels.text()} channels",
            received=channels.text(),
            expected="3 channels, or 1" if also_one else "3 channels",
            about="shape",
        )


def _check_whole(factor: Numbers) -> None:
    """Refuse a fraction of a bit."""
    if any(isinstance(one, float) for one in (factor if isinstance(factor, tuple) else (factor,))):
        refuse(
            f"`factor` cannot be {show(factor)}",
            received=show(factor),
            expected="an integer of bits, or a list of two",
            argument="factor",
            about="value",
        )


def _check_odd(kernel_size: Numbers) -> None:
    """Refuse a window without a middle."""
    sizes = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    if len(sizes) != 2 or any(isinstance(size, tuple) or size % 2 == 0 for size in sizes):
        refuse(
            f"`kernel_size` cannot be {show(kernel_size)}",
            received=show(kernel_size),
            expected="an odd number, or a list of two",
            argument="kernel_size",
            about="value",
        )
