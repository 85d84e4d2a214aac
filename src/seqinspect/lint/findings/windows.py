"""SEQ114 and on: windows that see too much, too little, or nothing but padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.lint.edits import with_argument
from seqinspect.lint.findings.axes import axis_of_steps, runs_over_steps
from seqinspect.lint.model_index import Use, inputs_of, skip_shape_preserving
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.rules import find_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.model_index import Call, ModelIndex
    from seqinspect.model.finding import Finding
    from seqinspect.rules import Traits


def of_one_dimension(traits: Traits) -> bool:
    """Whether a layer may be a convolution of one dimension."""
    return traits.axes == 3 and traits.weights_by_features and not traits.recurrent


def _convolutions(model: ModelIndex) -> Iterator[Use]:
    """Yield the convolutions of one dimension, those of each feature by itself included."""
    for use in model.of(of_one_dimension):
        rule = find_rule(use.layer.type)
        names = set(rule.options) if rule is not None else set[str]()
        window = {"kernel_size", "dilation_rate"} <= names and "output_padding" not in names
        if window and use.call.sources:
            yield use


def _number(use: Use, argument: str, default: int = 1) -> int | None:
    """The number that an argument of a window has along the steps; None where it is not known."""
    value = use.layer.arguments.get(argument)
    if isinstance(value, tuple):
        value = value[0]
    if value is None:
        return default
    return value.value if isinstance(value, Expr) else None


@finding_kind(
    "SEQ114",
    "window-of-padding",
    message="{layer} has a window of {window} steps on a sequence of {steps}: {dead} of its {taps}"
    " positions read padding only, and their weights are never trained",
    remedy="make the kernel shorter than the sequence",
    on=of_one_dimension,
)
def window_of_padding(model: ModelIndex) -> Iterator[Finding]:
    """A kernel is longer than the sequence that it runs over.

    ### What
    With `same` or `causal` padding a convolution runs over a sequence that is shorter than its
    window. Some positions of the kernel meet padding at every step.

    ### Why it matters
    Their weights are multiplied with zeros only: they are counted, stored and never trained.
    Without padding Keras refuses the layer.

    ### Remedy
    Make the kernel, or its dilation, smaller than the sequence.

    ### Example
    ```yaml
    input: [5, 4]
    layers:
      - Conv1D: {filters: 8, kernel_size: 31, padding: same}
    ```
    Instead:
    ```yaml
    input: [5, 4]
    layers:
      - Conv1D: {filters: 8, kernel_size: 3, padding: same}
    ```
    """
    for use in _convolutions(model):
        source = use.call.sources[0]
        padding = use.get("padding", "valid")
        if source.rank != 3 or padding not in ("same", "causal") or use.layer.type != use.call.type:
            continue
        steps = source.report.symbolic[axis_of_steps(use)].value
        taps, dilation = _number(use, "kernel_size"), _number(use, "dilation_rate")
        if steps is None or taps is None or dilation is None or _number(use, "strides") != 1:
            continue
        before = (taps - 1) * dilation // (1 if padding == "causal" else 2)
        dead = sum(abs(tap * dilation - before) >= steps for tap in range(min(taps, 10_000)))
        if dead:
            yield finding(
                use.at("kernel_size"),
                layer=use,
                window=(taps - 1) * dilation + 1,
                steps=steps,
                dead=dead,
                taps=taps,
            )


@finding_kind(
    "SEQ115",
    "steps-unread",
    "note",
    message="the output of {layer} depends on {size} of the {steps:step} of `{input}` only",
    remedy="give the model a longer receptive field (more layers, larger kernels or dilations), or"
    " a shorter input",
    on=runs_over_steps,
)
def steps_unread(model: ModelIndex) -> Iterator[Finding]:
    """The output depends on less than half of the steps of an input.

    ### What
    The output has no steps: it is made of what is left of a sequence, the last step of a
    convolution for example. Its receptive field is less than half as long as the input.

    ### Why it matters
    The other steps are read from disk, moved and multiplied, and change nothing. Whoever gave them
    thought that the model would use them.

    ### Remedy
    Double the dilation in every layer until the receptive field is as long as the window, or give
    a shorter window. `describe` says what the receptive field is.

    ### Example
    ```yaml
    input: [512, 3]
    layers:
      - Conv1D: {filters: 16, kernel_size: 3, padding: causal}
      - Cropping1D: [511, 0]
      - Flatten
      - Dense: 1
    ```
    Instead:
    ```yaml
    input: [512, 3]
    layers:
      - Conv1D: {filters: 16, kernel_size: 3, padding: causal}
      - GlobalAveragePooling1D
      - Dense: 1
    ```
    """
    outputs = dict(zip(model.report.outputs, model.outputs, strict=True))
    for field in model.report.fields:
        output, steps = outputs.get(field.output), field.steps.value
        if output is None or output.call is None or field.stepped or not field.proved:
            continue
        if field.size is not None and steps is not None and field.size * 2 <= steps:
            yield finding(
                output.place,
                layer=output.call,
                size=field.size,
                steps=field.steps,
                input=field.input,
            )


@finding_kind(
    "SEQ116",
    "same-among-causal",
    message="{layer} has padding {padding} and looks ahead, while {other} is causal",
    remedy="give it padding: causal",
    on=of_one_dimension,
    fixable="unsafe",
)
def same_among_causal(model: ModelIndex) -> Iterator[Finding]:
    """One convolution looks ahead among others that are causal.

    ### What
    Some convolutions of the model have `padding: causal`, and this one, which reads the same input,
    has `same` and a kernel of several steps.

    ### Why it matters
    One layer that looks ahead is enough: the model sees the future, and the causal padding of the
    others is of no use.

    ### Remedy
    Give it `padding: causal` too, or all of them `same` where looking ahead is meant.

    ### Example
    ```yaml
    input: [50, 4]
    layers:
      - Conv1D: {filters: 8, kernel_size: 3, padding: causal, activation: relu}
      - Conv1D: {filters: 8, kernel_size: 3, padding: same, activation: relu}
    ```
    Instead:
    ```yaml
    input: [50, 4]
    layers:
      - Conv1D: {filters: 8, kernel_size: 3, padding: causal, activation: relu}
      - Conv1D: {filters: 8, kernel_size: 3, padding: causal, activation: relu}
    ```
    """
    uses = [*_convolutions(model)]
    causal = [use for use in uses if use.get("padding") == "causal"]
    for use in uses if causal else ():
        ahead = use.get("padding") == "same" and (_number(use, "kernel_size") or 0) > 1
        read = inputs_of(use.call.sources[0]) if ahead else set[str]()
        other = next((each for each in causal if read & inputs_of(each.call.sources[0])), None)
        if other is not None:
            yield finding(
                use.at("padding"),
                layer=use,
                padding="same",
                other=other,
                edits=with_argument(use.call.graph, use.layer, "padding", "causal"),
            )


@finding_kind(
    "SEQ117",
    "joined-in-time",
    "note",
    message="{layer} puts {count} sequences of {steps:step} behind each other in time: {reader}"
    " goes through one after the other",
    remedy="join them by features, with axis: -1, if their steps belong together",
    on=lambda traits: traits.joins,
)
def joined_in_time(model: ModelIndex) -> Iterator[Finding]:
    """Sequences of equal length are joined along time, and a layer of time reads them.

    ### What
    Concatenate with `axis: 1` joins sequences that have the same number of steps, and a recurrent
    layer or a convolution goes through the result.

    ### Why it matters
    Step 3 of one does not meet step 3 of the other: they lie T steps apart, and there are twice as
    many steps. Where both were measured at the same times, they are features of one sequence.

    ### Remedy
    Join by features: `Concatenate: {axis: -1}`, the default.

    ### Example
    ```yaml
    inputs: {a: [20, 8], b: [20, 8]}
    layers:
      - Concatenate: {axis: 1}
        from: [a, b]
      - LSTM: 16
    ```
    Instead:
    ```yaml
    inputs: {a: [20, 8], b: [20, 8]}
    layers:
      - Concatenate: {}
        from: [a, b]
      - LSTM: 16
    ```
    """
    for use in model.of(lambda traits: traits.joins):
        call, axis = use.call, use.get("axis")
        if axis not in (1, -2) or len(call.sources) < 2 or call.outputs[0].axis != 1:
            continue
        steps = {source.steps for source in call.sources if source.rank == 3}
        names = {source.name for source in map(skip_shape_preserving, call.sources)}
        reader = _reads_in_order(call)
        size = next(iter(steps))
        if size is None or size.value == 1:
            continue  # single steps become a sequence
        if len(steps) == 1 and len(names) > 1 and reader is not None:
            yield finding(
                use.at("axis"), layer=use, count=len(call.sources), steps=size, reader=reader
            )


def _reads_in_order(call: Call) -> Call | None:
    """The recurrent layer or convolution that reads the output of a call."""
    readers = [*call.outputs[0].readers]
    while readers:
        reader = readers.pop(0)
        if runs_over_steps(reader.traits) and not reader.traits.applies_per_step:
            return reader
        if reader.traits.keeps_shape:
            readers += reader.outputs[0].readers
    return None
