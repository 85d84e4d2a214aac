"""Steps, rows and columns cut off, padded or repeated: Cropping, ZeroPadding, UpSampling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Reads, Tensor
from seqinspect.records import replace
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import on_axes, shape_text
from seqinspect.rules.signature import Form
from seqinspect.rules.traits import Traits
from seqinspect.rules.windows import per_axis, spatial_axes
from seqinspect.time.reach import STEP, Reach, each, everything, shifted, window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal as AnyCase

    from seqinspect.rules.arguments import Margins, Sizes

FAMILY = "reshaping"


KEEPS_FEATURES = Traits(keeps_features=True, weightless=True)
PADDING = KEEPS_FEATURES._replace(hides_steps=True)

ONES = ((1, 1), (1, 1), (1, 1))


@rule(
    "Cropping1D",
    form=Form(
        1,
        kinds={"cropping": "Counts"},
        defaults={"cropping": (1, 1)},
        without=("data_format",),
    ),
    traits=KEEPS_FEATURES,
)
@rule("Cropping2D", form=Form(2), traits=KEEPS_FEATURES)
@rule("Cropping3D", form=Form(3, defaults={"cropping": ONES}), traits=KEEPS_FEATURES)
def cropping(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    cropping: Margins = ((0, 0), (0, 0)),
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Cuts steps, or rows, columns and planes, off both ends: `cropping` (start, end).

    One number for both ends; of several spatial axes, one for all of them, or one or a pair for
    each.

    Source: keras.layers.Cropping1D, Cropping2D, Cropping3D.
    """
    margins = _margins("cropping", cropping, spatial)
    axes, _ = spatial_axes(inputs, spatial, data_format)
    lengths = []
    for axis, (start, end) in zip(axes, margins, strict=True):
        length = (inputs.shape[axis] - start - end).simplified()
        if length.is_below(1):
            cut, size = (start + end).plain().text(), inputs.shape[axis].plain().text()
            refuse(
                f"cuts {cut} off an axis of {size}: nothing is left",
                received=f"{cut} cut off, {size} there",
                expected=f"fewer than {size}",
                argument="cropping",
                about="shape",
            )
        lengths.append(length)
    return _along(
        inputs,
        axes,
        lengths,
        lambda index: shifted(margins[index][0], inputs.shape[axes[index]], lengths[index]),
    )


@rule(
    "ZeroPadding1D",
    form=Form(1, kinds={"padding": "Counts"}, defaults={"padding": 1}),
    traits=PADDING,
)
@rule("ZeroPadding2D", form=Form(2), traits=PADDING)
@rule("ZeroPadding3D", form=Form(3, defaults={"padding": ONES}), traits=PADDING)
def zero_padding(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    padding: Margins = (1, 1),
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
) -> Facts:
    """Adds steps, or rows, columns and planes, of zeros at both ends: `padding` (before, after).

    One number for both ends; of several spatial axes, one for all of them, or one or a pair for
    each.

    Source: keras.layers.ZeroPadding1D, ZeroPadding2D, ZeroPadding3D.
    """
    margins = _margins("padding", padding, spatial)
    axes, _ = spatial_axes(inputs, spatial, data_format)
    lengths = [
        (inputs.shape[axis] + before + after).simplified()
        for axis, (before, after) in zip(axes, margins, strict=True)
    ]
    facts = _along(
        inputs,
        axes,
        lengths,
        lambda index: shifted(-margins[index][0], inputs.shape[axes[index]], lengths[index]),
    )
    if inputs.time not in axes:
        return facts
    (output,) = facts.outputs
    return facts._replace(outputs=(replace(output, time_summary=""),))


@rule(
    "UpSampling1D",
    form=Form(
        1,
        kinds={"size": "Size"},
        defaults={"size": 2},
        without=("data_format", "interpolation"),
    ),
    traits=KEEPS_FEATURES,
)
@rule("UpSampling2D", form=Form(2), traits=KEEPS_FEATURES)
@rule(
    "UpSampling3D",
    form=Form(3, defaults={"size": (2, 2, 2)}, without=("interpolation",)),
    traits=KEEPS_FEATURES,
)
def up_sampling(
    spatial: int,
    /,
    inputs: Tensor,
    *,
    size: Sizes = (2, 2),
    data_format: AnyCase["channels_last", "channels_first"] | None = None,
    interpolation: AnyCase["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest",
) -> Facts:
    """Every step, or row, column and plane, `size` times, one after the other.

    UpSampling2D: an interpolation other than nearest reads neighbours, too.

    Source: keras.layers.UpSampling1D, UpSampling2D, UpSampling3D.
    """
    sizes = per_axis("size", size, spatial)
    neighbours = NEIGHBOURS[interpolation]
    axes, _ = spatial_axes(inputs, spatial, data_format)
    lengths = [
        (inputs.shape[axis] * size).simplified() for axis, size in zip(axes, sizes, strict=True)
    ]

    def reach(index: int) -> Reach:
        steps, size = inputs.shape[axes[index]], sizes[index]
        if not neighbours:
            return window(STEP // size, STEP // size, steps, lengths[index])
        # The middle of output step t is at (2·t + 1 − size) / (2·size), counted in input steps.
        # There bilinear and bicubic read no neighbour of an input step; lanczos does, by rounding.
        below, above = (2 * STEP + 1 - size) // (2 * size), (2 * STEP + size) // (2 * size)
        more = 0 if size == 1 and neighbours < 3 else neighbours - 1
        return window(below - more, above + more, steps, lengths[index])

    facts = _along(inputs, axes, lengths, reach)
    if inputs.time in axes and inputs.steps.equals(1):
        facts = facts._replace(outputs=(replace(facts.outputs[0], time_summary="copies"),))
    return facts


NEIGHBOURS = {"nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
"""How many steps on either side of a place between two steps an interpolation reads."""


Pair = tuple[Expr, Expr]


def _margins(name: str, margins: Margins, spatial: int) -> tuple[Pair, ...]:
    """(before, after) for each spatial axis, from one number, or a number or pair for each axis.

    Of a single axis, two numbers are its pair.
    """
    if not isinstance(margins, tuple):
        return ((as_expr(margins), as_expr(margins)),) * spatial
    if spatial == 1:
        start, end = per_axis(name, margins, 2)  # type: ignore[arg-type]  # numbers: its kind is Counts
        return ((start, end),)
    if len(margins) != spatial:
        _refuse_margins(name, margins, spatial)
    pairs = []
    for margin in margins:
        before_after = margin if isinstance(margin, tuple) else (margin, margin)
        if len(before_after) != 2:
            _refuse_margins(name, margins, spatial)
        pairs.append((as_expr(before_after[0]), as_expr(before_after[1])))
    return tuple(pairs)


def _refuse_margins(name: str, margins: Sequence[object], spatial: int) -> None:
    words = [shape_text(margin) if isinstance(margin, tuple) else str(margin) for margin in margins]
    refuse(
        f"`{name}` needs a number, or {spatial} pairs",
        received=f"[{', '.join(words)}]",
        expected=f"one number, or a number or a pair (start, end) for each of {spatial} axes",
        argument=name,
        about="value",
    )


def _along(
    x: Tensor, axes: Sequence[int], lengths: Sequence[Expr], reach: Callable[[int], Reach]
) -> Facts:
    """Facts of a layer that makes the spatial axes longer or shorter, `reach` along axes[index]."""
    shape = list(x.shape)
    for axis, length in zip(axes, lengths, strict=True):
        shape[axis] = length
    output = replace(x, shape=tuple(shape))
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
