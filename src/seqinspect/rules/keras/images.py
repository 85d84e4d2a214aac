"""Preprocessing of images: another size, or random changes that keep their shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor
from seqinspect.rules.arguments import show
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import every_step, mixed, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import everything

if TYPE_CHECKING:
    from seqinspect.rules.arguments import Numbers, Real, Size

FAMILY = "preprocessing"


UNCHANGED = Traits(keeps_shape=True, weightless=True)
"""Layers that change what an image shows, in training."""


@rule("Resizing")
def resizing(
    data: Tensor,
    *,
    height: Size,
    width: Size,
    interpolation: Literal["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"] = "bilinear",
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: Literal["constant"] = "constant",
    fill_value: Real = 0.0,
    antialias: bool = False,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image in height × width, interpolated."""
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        refuse(
            "cannot both crop and pad to keep the aspect ratio",
            received="crop_to_aspect_ratio and pad_to_aspect_ratio",
            expected="one of them",
            argument="pad_to_aspect_ratio",
            about="value",
        )
    return _sized(data, height, width, data_format)


@rule("CenterCrop")
def center_crop(
    data: Tensor,
    *,
    height: Size,
    width: Size,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The middle height × width of the image; of a smaller image an enlarged part."""
    return _sized(data, height, width, data_format)


@rule("RandomCrop")
def random_crop(
    data: Tensor,
    *,
    height: Size,
    width: Size,
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """A random height × width of the image in training, the middle at inference."""
    return _sized(data, height, width, data_format)


@rule("RandomFlip", traits=UNCHANGED)
def random_flip(
    data: Tensor,
    *,
    mode: Literal["horizontal_and_vertical", "horizontal", "vertical"] = "horizontal_and_vertical",
    seed: int | None = None,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training flipped at random."""
    return unchanged(data)


@rule("RandomRotation", traits=UNCHANGED)
def random_rotation(
    data: Tensor,
    *,
    factor: Numbers,
    fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    seed: int | None = None,
    fill_value: Real = 0.0,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training rotated by a random part (factor) of a full turn."""
    check_factor("factor", factor, -1)
    return unchanged(data)


@rule("RandomTranslation", traits=UNCHANGED)
def random_translation(
    data: Tensor,
    *,
    height_factor: Numbers,
    width_factor: Numbers,
    fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    seed: int | None = None,
    fill_value: Real = 0.0,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training moved by a random part of its height and width."""
    check_factor("height_factor", height_factor, -1, every=True)
    check_factor("width_factor", width_factor, -1, every=True)
    return unchanged(data)


@rule("RandomZoom", traits=UNCHANGED)
def random_zoom(
    data: Tensor,
    *,
    height_factor: Numbers,
    width_factor: Numbers | None = None,
    fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
    interpolation: Literal["nearest", "bilinear"] = "bilinear",
    seed: int | None = None,
    fill_value: Real = 0.0,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image, in training zoomed out (positive factor) or in by a random part of its size."""
    check_factor("height_factor", height_factor, -1, every=True, above=True)
    if width_factor is not None:
        check_factor("width_factor", width_factor, -1, every=True, above=True)
    return unchanged(data)


@rule("RandomBrightness", traits=UNCHANGED)
def random_brightness(
    data: Tensor, *, factor: Numbers, value_range: Numbers = (0, 255), seed: int | None = None
) -> Facts:
    """The image, in training brighter or darker by a random part (factor) of value_range."""
    check_factor("factor", factor, -1)
    check_range(value_range)
    return unchanged(data)


@rule("RandomContrast", traits=UNCHANGED)
def random_contrast(
    data: Tensor, *, factor: Numbers, value_range: Numbers = (0, 255), seed: int | None = None
) -> Facts:
    """The image, in training with its differences from the mean times a random 1 ± factor."""
    check_factor("factor", factor, 0)
    return unchanged(data)


def unchanged(x: Tensor) -> Facts:
    """Facts of a layer that keeps the shape of an image."""
    _need_image(x)
    return every_step(x, replace(x, masked=False))


def _sized(x: Tensor, height: Size, width: Size, data_format: str | None) -> Facts:
    """Facts of a layer that makes height and width anew, its axes counted from the end."""
    _need_image(x)
    first = x.rank - (2 if data_format == "channels_first" else 3)
    shape = (*x.shape[:first], as_expr(height), as_expr(width), *x.shape[first + 2 :])
    output = replace(x, shape=shape, masked=False)
    if x.time in (first, first + 1) or (x.fold is not None and first + 1 == x.rank - 1):
        output = replace(output, time=None, fold=None, time_summary="all")
        return Facts((output,), "all", (everything(x.steps),))
    return every_step(x, replace(output, time_summary=mixed(x.time_summary)))


def _need_image(x: Tensor) -> None:
    if x.rank in (3, 4):
        return
    refuse(
        f"needs an image of 3 axes, or a batch of them, and receives {shape_text(x.shape)}",
        received=shape_text(x.shape),
        expected="3 or 4 axes",
        about="rank",
    )


def check_factor(
    name: str,
    factor: Numbers,
    low: int,
    *,
    high: int = 1,
    every: bool = False,
    above: bool = False,
) -> None:
    """Refuse what is neither a number from `low` to `high` nor a pair of them.

    Of a pair, Keras wants a first number up to `high` and a second from `low` on, unless `every`.
    """
    if not isinstance(factor, tuple):
        fits = low < factor <= high if above else low <= factor <= high
    elif len(factor) != 2 or any(isinstance(one, tuple) for one in factor):
        fits = False
    elif every:
        fits = all((low < one <= high) if above else (low <= one <= high) for one in factor)  # type: ignore[operator]  # both are numbers: just looked
    else:
        fits = factor[0] <= high and factor[1] >= low  # type: ignore[operator]  # the same
    if not fits:
        refuse(
            f"`{name}` cannot be {show(factor)}",
            received=show(factor),
            expected=f"a number from {low} to {high}, or a list of two",
            argument=name,
            about="value",
        )


def check_range(value_range: Numbers) -> None:
    """Refuse what is no pair of a lowest and a highest value."""
    if not isinstance(value_range, tuple) or len(value_range) != 2:
        refuse(
            "`value_range` is a list of two numbers",
            received=show(value_range),
            expected="the lowest and the highest value of the images",
            argument="value_range",
            about="value",
        )
