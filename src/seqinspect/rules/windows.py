"""Windows that slide over spatial axes: how long the axes become, and what each step reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, Size, as_expr, ceil_div, maximum, prod
from seqinspect.algebra.proof import nonnegative
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Fold
from seqinspect.model.remarks import Peculiarity, UnreadSteps
from seqinspect.rules.shapes import need_rank, on_axes
from seqinspect.time.reach import STEP, ZERO, Reach, at_step, each, everything, window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.model.facts import Reads, Tensor, Weight
    from seqinspect.model.remarks import Remark
    from seqinspect.rules.arguments import Counts, Sizes

Padding = Literal["valid", "same", "causal"]
DataFormat = Literal["channels_last", "channels_first"]
Channels = Literal["mixed", "apart"]
"""Whether an output channel reads all input channels (Conv1D) or one (pooling, depthwise)."""

AXES = {
    1: ("time",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """A window on one axis: `size` steps, `rate` apart, that moves on by `stride`.

    `name` is the argument that gives its size.
    """

    size: Expr
    stride: Expr
    rate: Expr
    name: str

    @property
    def span(self) -> Expr:
        """How many steps it spans, from its first to its last."""
        return (self.size - 1) * self.rate + 1

    @property
    def same_step(self) -> bool:
        """Whether it is one step, at the step of the output."""
        return self.size == 1 and self.stride == 1


@dataclass(frozen=True, slots=True)
class Slide:
    """What a window makes of its axis: the new length, and which steps output step t reads.

    `padded`: the ends of the axis differ from its middle. `unread`: which steps no output reads,
    if their number is known; `remark` is about the layer as a whole.
    """

    length: Expr
    reach: Reach
    reads: Reads = "window"
    padded: bool = False
    unread: UnreadSteps | None = None
    remark: Remark | None = None


@dataclass(frozen=True, slots=True)
class Slides:
    """Windows that slide over the spatial axes of a tensor."""

    x: Tensor
    axes: tuple[int, ...]
    channel_axis: int
    size: tuple[Expr, ...]
    along: tuple[Slide, ...]

    @property
    def channels(self) -> Expr:
        """The number of input channels (features)."""
        return self.x.shape[self.channel_axis]

    @property
    def places(self) -> Expr:
        """How many places its input has: a transposed convolution has a window at each."""
        return prod(self.x.shape[axis] for axis in self.axes)

    @property
    def positions(self) -> Expr:
        """How many places its output has: everything else has a window for each."""
        return prod(slide.length for slide in self.along)


def one_each(name: str, sizes: Sizes | Counts | int, dimensions: int) -> tuple[Expr, ...]:
    """One size for each spatial axis, from one for all of them or a list."""
    if not isinstance(sizes, tuple):
        return (as_expr(sizes),) * dimensions
    if len(sizes) != dimensions:
        refuse(
            f"`{name}` has {len(sizes)} values",
            received=listed(sizes),
            expected=f"one number, or a list of {dimensions}" if dimensions > 1 else "one number",
            argument=name,
            about="value",
        )
    return tuple(as_expr(size) for size in sizes)


def windows(
    size: Sizes,
    strides: Sizes,
    dilation_rate: Sizes | int = 1,
    *,
    dimensions: int,
    name: str = "kernel_size",
) -> tuple[Window, ...]:
    """The windows on each spatial axis that a layer's arguments ask for."""
    sizes = one_each(name, size, dimensions)
    moves = one_each("strides", strides, dimensions)
    rates = one_each("dilation_rate", dilation_rate, dimensions)
    return tuple(Window(*each_axis, name) for each_axis in zip(sizes, moves, rates, strict=True))


def stride_or_dilation(found: tuple[Window, ...]) -> tuple[Window, ...]:
    """Refuse strides together with dilation: Keras has both in depthwise convolutions only."""
    if any(exceeds_one(w.stride) for w in found) and any(exceeds_one(w.rate) for w in found):
        strides = listed([w.stride for w in found])
        rates = listed([w.rate for w in found])
        refuse(
            "cannot have strides and a dilation_rate above 1 at once",
            received=f"strides {strides}, dilation_rate {rates}",
            expected="1 for one of them",
            argument="dilation_rate",
            about="value",
        )
    return found


def exceeds_one(size: Expr) -> bool:
    """Whether a size that a layer is configured with is above 1."""
    return size.value is not None and size.value > 1


def listed(sizes: Iterable[Size]) -> str:
    """Sizes as a spec writes them: 2, or [2, 3]."""
    texts = [told(as_expr(size)) for size in sizes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def told(size: Expr) -> str:
    """A size as a person reads it, with its number: k (3)."""
    text = size.plain().text()
    return text if size.value is None or text == str(size.value) else f"{text} ({size.value})"


def positive(size: Expr) -> Expr:
    """The size, or 0 where it would be below; without a max where that is proved."""
    return size if nonnegative(size) else maximum(ZERO, size)


def spatial_axes(
    x: Tensor, dimensions: int, data_format: DataFormat | None
) -> tuple[tuple[int, ...], int]:
    """The axes of space (or time) and the axis of the channels, for a tensor of the right rank."""
    channels = "features" if dimensions == 1 else "channels"
    first = data_format == "channels_first"
    order = (channels, *AXES[dimensions]) if first else (*AXES[dimensions], channels)
    need_rank(x, dimensions + 2, f"(batch, {', '.join(order)})")
    start = 2 if first else 1
    return tuple(range(start, start + dimensions)), 1 if first else x.rank - 1


def slides(
    x: Tensor, found: tuple[Window, ...], padding: Padding, data_format: DataFormat | None
) -> Slides:
    """Windows that slide over a tensor."""
    axes, channel_axis = spatial_axes(x, len(found), data_format)
    along = (
        _slide(x.shape[axis], w, padding, name)
        for axis, w, name in zip(axes, found, AXES[len(found)], strict=True)
    )
    return Slides(x, axes, channel_axis, tuple(w.size for w in found), tuple(along))


def _slide(steps: Expr, found: Window, padding: Padding, axis: str) -> Slide:
    """Output step t reads steps t·stride − left + (0, rate, …, (size−1)·rate).

    `left` is how far the padding reaches out to the left. With "same", as TensorFlow has it, all
    padding is what the last window lacks, and half of it (rounded down) is on the left.
    """
    span, stride = found.span.plain(), found.stride.plain()
    left = ZERO
    if padding == "valid":
        length = ((steps - span) // stride + 1).settled()
        if length.value is not None and length.value <= 0:
            _refuse_short(steps, found, axis)
    else:
        length = ceil_div(steps, stride).settled()
        left = span - 1
        if padding == "same":
            left = positive((length - 1) * stride + span - steps) // 2
    first = STEP * stride - left
    end = (length - 1) * stride - left + span
    return Slide(
        length=length,
        reach=window(first, first + span - 1, steps, length, every=found.rate.plain()),
        reads="each" if found.same_step else "window",
        padded=padding != "valid",
        unread=_unread((stride - span).value, (steps - end).value),
    )


def _refuse_short(steps: Expr, found: Window, axis: str) -> None:
    span, have = told(found.span), told(steps)
    refuse(
        f"has windows of {span} steps along {axis}, and its input has {have}",
        received=f"{have} steps, {found.name} {told(found.size)}",
        expected=f"at least {span} steps",
        remedy=f"give it a smaller {found.name}, or padding: same",
        argument=found.name,
        about="shape",
    )


def _unread(between: int | None, after: int | None) -> UnreadSteps | None:
    """How many steps no output reads, as far as that is known; None where there are none."""
    found = UnreadSteps(max(0, between or 0), max(0, after or 0))
    return found if found.between or found.after else None


def spreads(
    x: Tensor,
    found: tuple[Window, ...],
    padding: Padding,
    output_padding: Counts | None,
    data_format: DataFormat | None,
) -> Slides:
    """The windows of a transposed convolution: each input position writes to one."""
    axes, channel_axis = spatial_axes(x, len(found), data_format)
    more: tuple[Expr | None, ...] = (None,) * len(found)
    if output_padding is not None:
        more = one_each("output_padding", output_padding, len(found))
    along = tuple(
        _spread(x.shape[axis], w, padding, extra)
        for axis, w, extra in zip(axes, found, more, strict=True)
    )
    return Slides(x, axes, channel_axis, tuple(w.size for w in found), along)


def _spread(steps: Expr, found: Window, padding: Padding, output_padding: Expr | None) -> Slide:
    """Input step i writes to steps i·stride − left + (0, rate, …, (size−1)·rate).

    Output step t reads the steps i that write to it: none where the stride leaves gaps.
    """
    span, stride = found.span.plain(), found.stride.plain()
    lacking, remark = ZERO, None
    if padding == "valid":
        end = maximum(span, stride) if output_padding is None else span + output_padding
    elif output_padding is None:
        end, lacking = stride, positive(span - stride)
    else:
        end = span - span // 2 * 2 + output_padding
        lacking = positive(span - end)
        remark = Peculiarity.OUTPUT_TOO_SHORT if end.value == 0 else None
    length = ((steps - 1) * stride + end).settled()
    last = STEP + lacking // 2
    first = last - (span - 1)
    if exceeds_one(stride):  # then there is no dilation: the steps are neighbours
        first, last = ceil_div(first, stride), last // stride
    return Slide(
        length=length,
        reach=window(first, last, steps, length, every=found.rate.plain()),
        reads="each" if found.same_step else "window",
        padded=True,
        remark=remark,
    )


def result(
    found: Slides,
    features: Size,
    weights: Iterable[Weight] = (),
    *,
    channels: Channels,
    copies: Size = 1,
    applications: Size | None = None,
    products: Size = 0,
) -> Facts:
    """The facts of a layer with these windows, whose output has `features` channels.

    `copies`: how many output channels each input channel has, where they are kept apart.
    """
    x = found.x
    shape = list(x.shape)
    shape[found.channel_axis] = as_expr(features).settled()
    for axis, slide in zip(found.axes, found.along, strict=True):
        shape[axis] = slide.length
    output = replace(x, shape=tuple(shape), masked=False)
    remarks = list(dict.fromkeys(slide.remark for slide in found.along if slide.remark))
    reads: Reads = "each"
    reach = each(x.steps)
    if x.time in found.axes:
        along = found.along[found.axes.index(x.time)]
        reads, reach = along.reads, along.reach
        if along.padded or x.time_summary != "copies":
            output = replace(output, time_summary="")
        if along.unread:
            remarks.append(along.unread)
    elif on_axes(x, (found.channel_axis,)) and channels == "apart":
        remarks += [Peculiarity.OTHER_AXIS_SLIDES] * (x.time is not None)
        output, reach = _copied(x, output, as_expr(copies))
    elif on_axes(x, (found.channel_axis, *found.axes)):
        remarks += [Peculiarity.OTHER_AXIS_SLIDES] * (x.time is not None)
        output = replace(output, time=None, fold=None, time_summary="all")
        reads, reach = "all", _side_by_side(found)
    if not all(map(_touches, found.along)):
        reads, reach = "none", Reach()
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=(reach,),
        weights=tuple(weights),
        applications=found.positions if applications is None else applications,
        products=products,
        remarks=tuple(remarks),
    )


MOST_STEPS = 1_000
"""Of longer axes it is not counted which places no window touches."""


def _touches(slide: Slide) -> bool:
    """Whether any output reads a place of this axis: all of a dilated window may be padding."""
    count = slide.length.value
    (span,) = slide.reach.spans
    if not exceeds_one(span.every) or count is None or count > MOST_STEPS or not span.known:
        return True
    return any(span.members(step) for step in range(count))


def _side_by_side(found: Slides) -> Reach:
    """What is read of steps that are folded into an axis: those that a window touches."""
    x = found.x
    slide = dict(zip(found.axes, found.along, strict=True)).get(x.rank - 1)
    if x.fold is None or slide is None:
        return everything(x.steps)
    (span,) = slide.reach.spans
    inner, steps, count = x.fold.inner.value, x.fold.steps.value, slide.length.value
    if inner is None or steps is None or count is None or not span.known:
        return everything(x.steps)
    if span.steps.value is None or span.steps.value > MOST_STEPS:
        return everything(x.steps)
    touched = {place // inner % steps for t in range(count) for place in span.members(t)}
    if len(touched) == steps:
        return everything(x.steps)
    return Reach(each for step in sorted(touched) for each in at_step(step, x.steps).spans)


def _copied(x: Tensor, output: Tensor, copies: Expr) -> tuple[Tensor, Reach]:
    """The steps lie along the channels, which are kept apart: each has `copies` of its own."""
    if x.fold is not None:
        fold = Fold(x.fold.outer, x.fold.steps, x.fold.inner * copies)
        return replace(output, fold=fold), each(x.steps)
    step = STEP // copies
    return output, window(step, step, x.steps, output.steps)
