"""SEQ110 and on, and SEQ412: layers that take another axis for that of the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod
from seqinspect.lint.model_index import Use, recurrent
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import as_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.lint.model_index import Call, ModelIndex, Tensor
    from seqinspect.model.finding import Finding
    from seqinspect.rules import Traits

TIME_NAMES = frozenset(
    "t time times timestep timesteps time_step time_steps step steps n_step n_steps nsteps"
    " n_timesteps num_steps num_timesteps seq_len seq_length seqlen sequence_length length window"
    " window_size lookback look_back n_past history".split()
)
"""What people call a number of steps."""


def runs_over_steps(traits: Traits) -> bool:
    """Whether axis 1 of what a layer reads must be time: recurrent, or of one dimension."""
    return traits.reads_steps or (traits.convolves and traits.axes == 3)


def has_windows(traits: Traits) -> bool:
    """Whether a layer runs over steps, or makes others of them: pooling, cropping and the like."""
    return runs_over_steps(traits) or (traits.axes == 3 and not traits.keeps_shape)


def axis_of_steps(use: Use) -> int:
    """The axis that a layer of one dimension takes for the steps."""
    first = use.get("data_format") == "channels_first" and not use.traits.reads_steps
    return 2 if first else 1


@finding_kind(
    "SEQ110",
    "other-axis-than-time",
    message="{layer} runs over axis {over}, which has {size}, and time is axis {axis} of what it"
    " reads",
    remedy="put Permute before it, so that time is axis {over}",
    on=has_windows,
)
def other_axis(model: ModelIndex) -> Iterator[Finding]:
    """A recurrent layer, a convolution or a pooling runs over another axis than the declared time.

    ### What
    `time_axis` of an input says where time is. The layer goes over axis 1 of its input (axis 2
    with `data_format: channels_first`), and time is another one there: it takes features for steps.

    ### Why it matters
    Shapes fit, and the layer learns an order of the features that means nothing, while the steps
    are its features: their number is fixed, and each has weights of its own.

    ### Remedy
    Put `Permute: [2, 1]` before the layer.

    ### Example
    ```yaml
    input: {shape: [6, 500], time_axis: 2}
    layers:
      - LSTM: 32
    ```
    Instead:
    ```yaml
    input: {shape: [6, 500], time_axis: 2}
    layers:
      - Permute: [2, 1]
      - LSTM: 32
    ```
    """
    if not any(given.says_time for given in model.graph.inputs):
        return
    for call in model.calls:
        source = call.sources[0] if call.sources else None
        over = axis_of_steps(Use(call.layer, call))
        if source is None or source.axis in (None, over) or call.wrapper is not None:
            continue
        if has_windows(call.traits) and source.rank > 2:
            size = source.report.symbolic[over]
            yield finding(call.node.place, layer=call, over=over, size=size, axis=source.axis or 0)


@finding_kind(
    "SEQ111",
    "features-as-steps",
    message="{layer} takes the {steps} of `{input}` for steps and `{time}`, which is named like"
    " time, for features",
    remedy="write `input: [{time}, {steps}]`, or put Permute: [2, 1] before {layer}",
    on=runs_over_steps,
)
def features_as_steps(model: ModelIndex) -> Iterator[Finding]:
    """An input has its features where time should be, by the names of its sizes.

    ### What
    The last size of an input is called like a number of steps (`T`, `time`, `steps`, `window`),
    the size of axis 1 is not, no `time_axis` says otherwise, and a layer of time reads it so.

    ### Why it matters
    Keras has (batch, time, features). Data that comes as (batch, features, time) has to be
    transposed: otherwise a recurrent layer goes through 6 sensors, each with 500 features.

    ### Remedy
    Transpose the data and write `input: [T, n]`, or put `Permute: [2, 1]` first.

    ### Example
    ```yaml
    dims: {sensors: 6, T: 500}
    input: [sensors, T]
    layers:
      - LSTM: 32
    ```
    Instead:
    ```yaml
    dims: {sensors: 6, T: 500}
    input: [sensors, T]
    layers:
      - Permute: [2, 1]
      - LSTM: 32
    ```
    """
    declared = {given.name for given in model.graph.inputs if given.says_time}
    for given in model.inputs:
        if given.rank != 3 or given.name in declared:
            continue
        steps, time = (size.plain() for size in given.report.symbolic[1:])
        reader = _first_of_time(given)
        if reader is not None and _named_like_time(time) and not _named_like_time(steps):
            yield finding(
                given.place, layer=reader, input=given.name, steps=steps.text(), time=time.text()
            )


def _named_like_time(size: Expr) -> bool:
    names = size.symbols()
    return len(names) == 1 and size.text() in names and next(iter(names)).lower() in TIME_NAMES


def _first_of_time(tensor: Tensor) -> Call | None:
    """The first layer of time that reads a tensor, behind layers that leave its axes."""
    pending, seen = [tensor], set[str]()
    while pending:
        for reader in pending.pop(0).readers:
            if reader.path in seen:
                continue
            seen.add(reader.path)
            if runs_over_steps(reader.traits):
                return reader
            if reader.traits.keeps_shape or reader.traits.on_last_axis:
                pending += reader.outputs
    return None


@finding_kind(
    "SEQ112",
    "reshape-mixes",
    message={
        "": "{layer} makes {after} of {before}: it has the sizes of a transposed sequence, and"
        " Reshape does not transpose",
        "cut": "{layer} makes {after} of {before}: its steps are cut across those of its input, and"
        " hold features of two of them",
    },
    remedy={
        "": "write Permute instead of {layer}",
        "cut": "let the features that a step has after it be a multiple of those before it",
    },
    on=lambda traits: traits.rearranges == "reshape",
)
def reshape_mixes(model: ModelIndex) -> Iterator[Finding]:
    """A Reshape mixes time and features.

    ### What
    Reshape writes the numbers of a sequence in another form and keeps their order. Where two sizes
    are swapped (with others joined, or not), axes have the right lengths and the wrong contents.
    Where the new number of features is no multiple and no part of the old one, new steps hold
    pieces of two old ones.

    ### Why it matters
    Shapes fit and training runs, but what the next layer takes for a step is a mixture of steps
    and features.

    ### Remedy
    Where axes are to be swapped, use Permute. To join neighbouring steps, or to take them apart,
    let the sizes divide each other: (T, n) becomes (T÷4, 4×n).

    ### Example
    ```yaml
    input: [6, 50]
    layers:
      - Reshape: [50, 6]
      - LSTM: 16
    ```
    Instead:
    ```yaml
    input: [6, 50]
    layers:
      - Permute: [2, 1]
      - LSTM: 16
    ```
    """
    for call in model.calls:
        if call.traits.rearranges != "reshape" or not call.sources or not call.sources[0].axis:
            continue
        source, made = call.sources[0].report, call.outputs[0].report
        before, after = source.symbolic[1:], made.symbolic[1:]
        if min(len(before), len(after)) < 2 or source.unknown_shape or made.unknown_shape:
            continue
        sizes = [[each for each in shape if each.value != 1] for shape in (before, after)]
        time = source.symbolic[call.sources[0].axis]
        swapped = _swaps(sizes[0], sizes[1]) or _joins_swapped(sizes[0], sizes[1], time)
        if swapped or _cuts(sizes):
            yield finding(
                call.node.place,
                layer=call,
                variant="" if swapped else "cut",
                before=as_shape(before),
                after=as_shape(after),
            )


def _joins_swapped(before: list[Expr], after: list[Expr], time: Expr) -> bool:
    """Whether the steps come first where others were, or last where they were first.

    Further axes are joined; axes of size 1 are left out.
    """
    if not before or not after or len(after) > len(before) or _alike(before[0], after[0]):
        return False
    if _alike(before[0], time):
        rest = prod(before[1:])
        return len(after) > 1 and _alike(after[-1], time) and _alike(prod(after[:-1]), rest)
    return _alike(after[0], time)


def _swaps(before: list[Expr], after: list[Expr]) -> bool:
    """Whether new axes have the sizes of old ones in another order, without axes of size 1."""
    shapes = (([*map(key, before)], [*map(key, after)]) for key in (str, _size))
    return any(old != new and sorted(old) == sorted(new) for old, new in shapes)


def _alike(one: Expr, other: Expr) -> bool:
    return one == other or (one.value is not None and one.value == other.value)


def _size(size: Expr) -> str:
    return str(size if size.value is None else size.value)


def _cuts(sizes: list[list[Expr]]) -> bool:
    """Whether new steps hold pieces of two old ones, of shapes without axes of size 1."""
    if any(len(shape) != 2 for shape in sizes) or sizes[0][0] == sizes[1][0]:
        return False
    old, new = (shape[1].value for shape in sizes)
    return old is not None and new is not None and bool(old % new) and bool(new % old)


@finding_kind(
    "SEQ113",
    "one-step",
    message="{layer} goes through a single step: its recurrent weights only meet a state of zeros"
    " and are never trained",
    remedy="give it the steps as axis 1, (batch, time, features); for one step use Dense",
    on=lambda traits: traits.step_by_step,
)
def one_step(model: ModelIndex) -> Iterator[Finding]:
    """A recurrent layer goes through a single step.

    ### What
    The input of the layer has one step, the layer starts from zeros and keeps no state.

    ### Why it matters
    Nothing recurs: it is a Dense with more weights. Mostly the steps were put into the features,
    by a reshape of the data to (samples, 1, features).

    ### Remedy
    Give the data the shape (samples, steps, features). A layer that is `stateful`, or that starts
    from given states, goes on from step to step and is left alone.

    ### Example
    ```yaml
    input: [1, 10]
    layers:
      - LSTM: 16
      - Dense: 1
    ```
    Instead:
    ```yaml
    input: [10, 1]
    layers:
      - LSTM: 16
      - Dense: 1
    ```
    """
    for call in model.calls:
        layer = recurrent(call)
        if layer is None or not call.sources:
            continue
        source = call.sources[0]
        steps = source.report.symbolic[1] if source.rank > 2 else None
        going_on = layer.arguments.get("stateful") or layer.arguments.get("return_state")
        if steps is None or steps.value != 1 or going_on or call.states:
            continue
        yield finding(call.node.place, layer=call)


@finding_kind(
    "SEQ412",
    "normalised-along-time",
    message="{layer} has a mean and a variance for each of the {steps:step}, and not for each"
    " feature: axis {axis} of what it reads is time",
    remedy="leave axis at -1, the features",
    on=lambda traits: traits.batch_statistics,
)
def normalised_along_time(model: ModelIndex) -> Iterator[Finding]:
    """BatchNormalization keeps statistics for each time step instead of each feature.

    ### What
    `axis` of a BatchNormalization, or its last axis behind a Permute, is the time axis.

    ### Why it matters
    It has a mean, a variance, gamma and beta for every step, and the features share them: features
    of different sizes are not brought to one scale, and the number of steps is fixed.

    ### Remedy
    Leave `axis` at its default, -1.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - BatchNormalization: {axis: 1}
      - LSTM: 4
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - BatchNormalization
      - LSTM: 4
    ```
    """
    for use in model.of(lambda traits: traits.batch_statistics):
        source = use.call.sources[0]
        axis = use.get("axis", -1)
        if use.layer is not use.call.layer or not isinstance(axis, int) or source.steps is None:
            continue
        if axis % source.rank == source.axis:
            yield finding(use.at("axis"), layer=use, steps=source.steps, axis=source.axis)
