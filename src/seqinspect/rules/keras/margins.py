"""Steps, rows and columns cut off, padded or repeated: Cropping, ZeroPadding, UpSampling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, Size, as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Reads, Tensor
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import on_axes, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import DataFormat, one_each, spatial_axes
from seqinspect.time.reach import STEP, Reach, each, everything, shifted, window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.rules.arguments import Counts, Margins, Sizes

FAMILY = "reshaping"


@rule("Cropping1D", traits=Traits(axes=3, keeps_features=True, weightless=True))
def cropping1d(inputs: Tensor, *, cropping: Counts = (1, 1)) -> Facts:
    """Cuts steps off: `cropping` (start, end), or one number for both ends."""
    return cropped(inputs, 1, (one_each("cropping", cropping, 2),), None)


@rule("Cropping2D", traits=Traits(axes=4, keeps_features=True, weightless=True))
def cropping2d(
    inputs: Tensor,
    *,
    cropping: Margins = ((0, 0), (0, 0)),
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Cuts rows and columns off the ends of height and width."""
    return cropped(inputs, 2, _margins("cropping", cropping, 2), data_format)


@rule("Cropping3D", traits=Traits(axes=5, keeps_features=True, weightless=True))
def cropping3d(
    inputs: Tensor,
    *,
    cropping: Margins = ((1, 1), (1, 1), (1, 1)),
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Cuts planes off the ends of depth, height and width."""
    return cropped(inputs, 3, _margins("cropping", cropping, 3), data_format)


@rule(
    "ZeroPadding1D", traits=Traits(axes=3, keeps_features=True, hides_steps=True, weightless=True)
)
def zero_padding1d(
    inputs: Tensor,
    *,
    padding: Counts = 1,
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Adds steps of zeros: `padding` (before, after), or one number for both ends."""
    return padded(inputs, 1, (one_each("padding", padding, 2),), data_format)


@rule(
    "ZeroPadding2D", traits=Traits(axes=4, keeps_features=True, hides_steps=True, weightless=True)
)
def zero_padding2d(
    inputs: Tensor,
    *,
    padding: Margins = (1, 1),
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Adds rows and columns of zeros at the ends of height and width."""
    return padded(inputs, 2, _margins("padding", padding, 2), data_format)


@rule(
    "ZeroPadding3D", traits=Traits(axes=5, keeps_features=True, hides_steps=True, weightless=True)
)
def zero_padding3d(
    inputs: Tensor,
    *,
    padding: Margins = ((1, 1), (1, 1), (1, 1)),
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Adds planes of zeros at the ends of depth, height and width."""
    return padded(inputs, 3, _margins("padding", padding, 3), data_format)


@rule("UpSampling1D", traits=Traits(axes=3, keeps_features=True, weightless=True))
def up_sampling1d(inputs: Tensor, *, size: Size = 2) -> Facts:
    """Every step `size` times, one after the other."""
    return repeated(inputs, 1, (as_expr(size),), None)


@rule("UpSampling2D", traits=Traits(axes=4, keeps_features=True, weightless=True))
def up_sampling2d(
    inputs: Tensor,
    *,
    size: Sizes = (2, 2),
    data_format: Literal["channels_last", "channels_first"] | None = None,
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest",
) -> Facts:
    """Every row and column several times; between them, interpolation reads neighbours."""
    sizes = one_each("size", size, 2)
    return repeated(inputs, 2, sizes, data_format, NEIGHBOURS[interpolation])


@rule("UpSampling3D", traits=Traits(axes=5, keeps_features=True, weightless=True))
def up_sampling3d(
    inputs: Tensor,
    *,
    size: Sizes = (2, 2, 2),
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Every plane, row and column several times."""
    return repeated(inputs, 3, one_each("size", size, 3), data_format)


NEIGHBOURS = {"nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
"""How many steps on either side of a place between two steps an interpolation reads."""


Pair = tuple[Expr, Expr]


def _margins(name: str, margins: Margins, dimensions: int) -> tuple[Pair, ...]:
    """(before, after) for each spatial axis, from one number, or a number or pair for each axis."""
    if not isinstance(margins, tuple):
        return ((as_expr(margins), as_expr(margins)),) * dimensions
    if len(margins) != dimensions:
        _refuse_margins(name, margins, dimensions)
    pairs = []
    for margin in margins:
        before_after = margin if isinstance(margin, tuple) else (margin, margin)
        if len(before_after) != 2:
            _refuse_margins(name, margins, dimensions)
        pairs.append((as_expr(before_after[0]), as_expr(before_after[1])))
    return tuple(pairs)


def _refuse_margins(name: str, margins: Sequence[object], dimensions: int) -> None:
    words = [shape_text(margin) if isinstance(margin, tuple) else str(margin) for margin in margins]
    refuse(
        f"`{name}` needs a number, or {dimensions} pairs",
        received=f"[{', '.join(words)}]",
        expected=f"one number, or a number or a pair (start, end) for each of {dimensions} axes",
        argument=name,
        about="value",
    )


def cropped(
    x: Tensor, dimensions: int, margins: Sequence[Sequence[Expr]], data_format: DataFormat | None
) -> Facts:
    """Steps or rows cut off at both ends of each spatial axis."""
    axes, _ = spatial_axes(x, dimensions, data_format)
    lengths = []
    for axis, (start, end) in zip(axes, margins, strict=True):
        length = (x.shape[axis] - start - end).settled()
        if length.value is not None and length.value <= 0:
            cut, size = (start + end).plain().text(), x.shape[axis].plain().text()
            refuse(
                f"cuts {cut} off an axis of {size}: nothing is left",
                received=f"{cut} cut off, {size} there",
                expected=f"fewer than {size}",
                argument="cropping",
                about="shape",
            )
        lengths.append(length)
    return _along(
        x,
        axes,
        lengths,
        lambda index: shifted(margins[index][0], x.shape[axes[index]], lengths[index]),
    )


def padded(
    x: Tensor, dimensions: int, margins: Sequence[Sequence[Expr]], data_format: DataFormat | None
) -> Facts:
    """Steps or rows of zeros at both ends of each spatial axis."""
    axes, _ = spatial_axes(x, dimensions, data_format)
    lengths = [
        (x.shape[axis] + before + after).settled()
        for axis, (before, after) in zip(axes, margins, strict=True)
    ]
    facts = _along(
        x,
        axes,
        lengths,
        lambda index: shifted(-margins[index][0], x.shape[axes[index]], lengths[index]),
    )
    if x.time not in axes:
        return facts
    (output,) = facts.outputs
    return facts._replace(outputs=(replace(output, time_summary=""),))


def repeated(
    x: Tensor,
    dimensions: int,
    sizes: Sequence[Expr],
    data_format: DataFormat | None,
    neighbours: int = 0,
) -> Facts:
    """Every step, row or column of a spatial axis several times, or values between them."""
    axes, _ = spatial_axes(x, dimensions, data_format)
    lengths = [(x.shape[axis] * size).settled() for axis, size in zip(axes, sizes, strict=True)]

    def reach(index: int) -> Reach:
        steps, size = x.shape[axes[index]], sizes[index]
        if not neighbours:
            return window(STEP // size, STEP // size, steps, lengths[index])
        # The middle of output step t is at (2·t + 1 − size) / (2·size), counted in input steps.
        # There bilinear and bicubic read no neighbour of an input step; lanczos does, by rounding.
        below, above = (2 * STEP + 1 - size) // (2 * size), (2 * STEP + size) // (2 * size)
        more = 0 if size == 1 and neighbours < 3 else neighbours - 1
        return window(below - more, above + more, steps, lengths[index])

    return _along(x, axes, lengths, reach)


def _along(
    x: Tensor, axes: Sequence[int], lengths: Sequence[Expr], reach: Callable[[int], Reach]
) -> Facts:
    """Facts of a layer that makes the spatial axes longer or shorter, `reach` along axes[index]."""
    shape = list(x.shape)
    for axis, length in zip(axes, lengths, strict=True):
        shape[axis] = length
    output = replace(x, shape=tuple(shape), masked=False)
    reads: Reads = "each"
    reading = each(x.steps)
    if x.time is not None and x.time in axes:
        reading = reach(axes.index(x.time))
        if any(span.first != STEP for span in reading.spans):
            reads = "window"
    elif on_axes(x, axes):
        output = replace(output, fold=None, time_summary="all")
        reads, reading = "all", everything(x.steps)
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=(reading,),
        applications=output.steps,
    )
