"""Windows that slide over spatial axes: how long the axes become, and what each step reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, Size, as_expr, ceil_div, maximum, prod
from seqinspect.algebra.proof import is_nonnegative
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Fold
from seqinspect.model.remarks import Peculiarity, UnreadSteps
from seqinspect.records import dataclass, replace
from seqinspect.rules.shapes import need_rank, on_axes
from seqinspect.time.reach import STEP, ZERO, Reach, at_most, at_step, each, everything, window
from seqinspect.time.relation import pieces_of
from seqinspect.time.work import MAX_WORK, Work

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
    if their number is known; `remark` is about the layer as a whole. `touches`: each output reads
    a place of the axis.
    """

    length: Expr
    reach: Reach
    reads: Reads = "window"
    padded: bool = False
    unread: UnreadSteps | None = None
    remark: Remark | None = None
    touches: bool = False


@dataclass(frozen=True, slots=True)
class SlidingWindows:
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


def per_axis(name: str, sizes: Sizes | Counts | int, dimensions: int) -> tuple[Expr, ...]:
    """One size for each spatial axis, from one for all of them or a list."""
    if not isinstance(sizes, tuple):
        return (as_expr(sizes),) * dimensions
    if len(sizes) != dimensions:
        refuse(
            f"`{name}` has {len(sizes)} values",
            received=sizes_text(sizes),
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
    sizes = per_axis(name, size, dimensions)
    moves = per_axis("strides", strides, dimensions)
    rates = per_axis("dilation_rate", dilation_rate, dimensions)
    return tuple(Window(*each_axis, name) for each_axis in zip(sizes, moves, rates, strict=True))


def check_stride_or_dilation(axis_windows: tuple[Window, ...]) -> None:
    """Refuse strides together with dilation: Keras has both in depthwise convolutions only."""
    strides, rates = [w.stride for w in axis_windows], [w.rate for w in axis_windows]
    if any(map(exceeds_one, strides)) and any(map(exceeds_one, rates)):
        refuse(
            "cannot have strides and a dilation_rate above 1 at once",
            received=f"strides {sizes_text(strides)}, dilation_rate {sizes_text(rates)}",
            expected="1 for one of them",
            argument="dilation_rate",
            about="value",
        )


def exceeds_one(size: Expr) -> bool:
    """Whether a size that a layer is configured with is above 1."""
    return as_expr(1).is_below(size) is True


def sizes_text(sizes: Iterable[Size]) -> str:
    """Sizes as a spec writes them: 2, or [2, 3]."""
    texts = [size_text(as_expr(size)) for size in sizes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def size_text(size: Expr) -> str:
    """A size as a person reads it, with its number: k (3)."""
    text = size.plain().text()
    return text if size.shown is None or text == str(size.shown) else f"{text} ({size.shown})"


def at_least_zero(size: Expr) -> Expr:
    """The size, or 0 where it would be below; without a max where that is proved."""
    return size if is_nonnegative(size) else maximum(ZERO, size)


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


def slide_windows(
    x: Tensor, axis_windows: tuple[Window, ...], padding: Padding, data_format: DataFormat | None
) -> SlidingWindows:
    """Windows that slide over a tensor."""
    axes, channel_axis = spatial_axes(x, len(axis_windows), data_format)
    along = (
        _slide(x.shape[axis], w, padding, name)
        for axis, w, name in zip(axes, axis_windows, AXES[len(axis_windows)], strict=True)
    )
    return SlidingWindows(x, axes, channel_axis, tuple(w.size for w in axis_windows), tuple(along))


def _slide(steps: Expr, of_axis: Window, padding: Padding, axis: str) -> Slide:
    """Output step t reads steps t·stride − left + (0, rate, …, (size−1)·rate).

    `left` is how far the padding reaches out to the left. With "same", as TensorFlow has it, all
    padding is what the last window lacks, and half of it (rounded down) is on the left.
    """
    span, stride = of_axis.span.plain(), of_axis.stride.plain()
    left = ZERO
    if padding == "valid":
        length = ((steps - span) // stride + 1).simplified()
        if length.is_below(1):
            _refuse_short(steps, of_axis, axis)
    else:
        length = ceil_div(steps, stride).simplified()
        left = span - 1
        if padding == "same":
            left = at_least_zero((length - 1) * stride + span - steps) // 2
    first = STEP * stride - left
    end = (length - 1) * stride - left + span
    return Slide(
        length=length,
        reach=window(first, first + span - 1, steps, length, every=of_axis.rate.plain()),
        reads="each" if of_axis.same_step else "window",
        padded=padding != "valid",
        touches=padding != "same",
        unread=_unread((stride - span).value, (steps - end).value),
    )


def _refuse_short(steps: Expr, of_axis: Window, axis: str) -> None:
    span, have = size_text(of_axis.span), size_text(steps)
    refuse(
        f"has windows of {span} steps along {axis}, and its input has {have}",
        received=f"{have} steps, {of_axis.name} {size_text(of_axis.size)}",
        expected=f"at least {span} steps",
        remedy=f"give it a smaller {of_axis.name}, or padding: same",
        argument=of_axis.name,
        about="shape",
    )


def _unread(between: int | None, after: int | None) -> UnreadSteps | None:
    """How many steps no output reads, as far as that is known; None where there are none."""
    found = UnreadSteps(max(0, between or 0), max(0, after or 0))
    return found if found.between or found.after else None


def transposed_windows(
    x: Tensor,
    axis_windows: tuple[Window, ...],
    padding: Padding,
    output_padding: Counts | None,
    data_format: DataFormat | None,
) -> SlidingWindows:
    """The windows of a transposed convolution: each input position writes to one."""
    axes, channel_axis = spatial_axes(x, len(axis_windows), data_format)
    more: tuple[Expr | None, ...] = (None,) * len(axis_windows)
    if output_padding is not None:
        more = per_axis("output_padding", output_padding, len(axis_windows))
    along = tuple(
        _spread(x.shape[axis], w, padding, extra)
        for axis, w, extra in zip(axes, axis_windows, more, strict=True)
    )
    return SlidingWindows(x, axes, channel_axis, tuple(w.size for w in axis_windows), along)


def _spread(steps: Expr, of_axis: Window, padding: Padding, output_padding: Expr | None) -> Slide:
    """Input step i writes to steps i·stride − left + (0, rate, …, (size−1)·rate).

    Output step t reads the steps i that write to it: none where the stride leaves gaps.
    """
    span, stride = of_axis.span.plain(), of_axis.stride.plain()
    lacking, remark = ZERO, None
    if padding == "valid":
        end = maximum(span, stride) if output_padding is None else span + output_padding
    elif output_padding is None:
        end, lacking = stride, at_least_zero(span - stride)
    else:
        end = span - span // 2 * 2 + output_padding
        lacking = at_least_zero(span - end)
        remark = Peculiarity.OUTPUT_TOO_SHORT if end.value == 0 else None
    length = ((steps - 1) * stride + end).simplified()
    last = STEP + lacking // 2
    first = last - (span - 1)
    if exceeds_one(stride):  # then there is no dilation: the steps are neighbours
        first, last = ceil_div(first, stride), last // stride
    return Slide(
        length=length,
        reach=window(first, last, steps, length, every=of_axis.rate.plain()),
        reads="each" if of_axis.same_step else "window",
        padded=True,
        remark=remark,
    )


def windowed_facts(
    sliding: SlidingWindows,
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
    x = sliding.x
    shape = list(x.shape)
    shape[sliding.channel_axis] = as_expr(features).simplified()
    for axis, slide in zip(sliding.axes, sliding.along, strict=True):
        shape[axis] = slide.length
    output = replace(x, shape=tuple(shape))
    remarks = list(dict.fromkeys(slide.remark for slide in sliding.along if slide.remark))
    reads: Reads = "each"
    reach = each(x.steps)
    if x.time in sliding.axes:
        along = sliding.along[sliding.axes.index(x.time)]
        reads, reach = along.reads, along.reach
        if along.padded or x.time_summary != "copies":
            output = replace(output, time_summary="")
        if along.unread:
            remarks.append(along.unread)
    elif on_axes(x, (sliding.channel_axis,)) and channels == "apart":
        remarks += [Peculiarity.OTHER_AXIS_SLIDES] * (x.time is not None)
        output, reach = _copied(x, output, as_expr(copies))
    elif on_axes(x, (sliding.channel_axis, *sliding.axes)):
        remarks += [Peculiarity.OTHER_AXIS_SLIDES] * (x.time is not None)
        output = replace(output, time=None, fold=None, time_summary="all")
        reads, reach = "all", _side_by_side(sliding)
        remarks += [Peculiarity.AT_MOST] * (not reach.exact)
    if not all(map(_touches, sliding.along)):
        reads, reach = "none", Reach()
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=(reach,),
        weights=tuple(weights),
        applications=sliding.positions if applications is None else applications,
        products=products,
        remarks=tuple(remarks),
    )


def _touches(slide: Slide) -> bool:
    """Whether any output reads a place of this axis: all of a dilated window may be padding."""
    (span,) = slide.reach.spans
    if slide.touches or not exceeds_one(span.every):
        return True
    count, steps = slide.length.value, span.steps.value
    if count is None or steps is None or not span.known:
        return True
    return bool(pieces_of(slide.reach, (), count, steps, Work()))


def _side_by_side(sliding: SlidingWindows) -> Reach:
    """What is read of steps that are folded into an axis: those that a window touches.

    Where windows are many, or a size has no number, that is not followed: it is a bound.
    """
    x = sliding.x
    slide = dict(zip(sliding.axes, sliding.along, strict=True)).get(x.rank - 1)
    if x.fold is None or slide is None:
        return everything(x.steps)
    (span,) = slide.reach.spans
    size = dict(zip(sliding.axes, sliding.size, strict=True))[x.rank - 1].value
    inner, steps, count = x.fold.inner.value, x.fold.steps.value, slide.length.value
    if inner is None or steps is None or count is None or size is None or not span.known:
        return at_most(x.steps)
    if count * size > MAX_WORK:
        return at_most(x.steps)
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
