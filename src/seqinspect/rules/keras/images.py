"""Preprocessing of images: layers that make height and width anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor
from seqinspect.records import replace
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import every_step, mixed_summary, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import everything

if TYPE_CHECKING:
    from typing import Literal as AnyCase

    from seqinspect.rules.arguments import Real, Size

FAMILY = "preprocessing"


@rule("Resizing", traits=Traits(weightless=True))
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
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The image in height × width, interpolated.

    (batch, height, width, channels), or without the batch.

    Source: keras.layers.Resizing.
    """
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        refuse(
            "cannot both crop and pad to keep the aspect ratio",
            received="crop_to_aspect_ratio and pad_to_aspect_ratio",
            expected="one of them",
            argument="pad_to_aspect_ratio",
            about="value",
        )
    return _sized(data, height, width, data_format)


@rule("CenterCrop", traits=Traits(weightless=True))
def center_crop(
    data: Tensor,
    *,
    height: Size,
    width: Size,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """The middle height × width of the image; of a smaller image an enlarged part.

    (batch, height, width, channels), or without the batch.

    Source: keras.layers.CenterCrop.
    """
    return _sized(data, height, width, data_format)


@rule("RandomCrop", traits=Traits(weightless=True))
def random_crop(
    data: Tensor,
    *,
    height: Size,
    width: Size,
    seed: int | None = None,
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """A random height × width of the image in training, the middle at inference.

    (batch, height, width, channels), or without the batch.

    Source: keras.layers.RandomCrop.
    """
    return _sized(data, height, width, data_format)


def _sized(x: Tensor, height: Size, width: Size, data_format: str | None) -> Facts:
    """Facts of a layer that makes height and width anew, its axes counted from the end."""
    need_image(x)
    first = x.rank - (2 if data_format == "channels_first" else 3)
    shape = (*x.shape[:first], as_expr(height), as_expr(width), *x.shape[first + 2 :])
    output = replace(x, shape=shape)
    if x.time in (first, first + 1) or (x.fold is not None and first + 1 == x.rank - 1):
        output = replace(output, time=None, fold=None, time_summary="all")
        return Facts((output,), "all", (everything(x.steps),))
    return every_step(x, replace(output, time_summary=mixed_summary(x.time_summary)))


def need_image(x: Tensor) -> None:
    """Refuse what is no image, (height, width, channels), and no batch of them."""
    if x.rank in (3, 4):
        return
    refuse(
        f"needs an image of 3 axes, or a batch of them, and receives {shape_text(x.shape)}",
        received=shape_text(x.shape),
        expected="3 or 4 axes",
        about="rank",
    )
