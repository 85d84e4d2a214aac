"""SEQ2xx: weights that cost more than was meant, and unused parts of a spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod
from seqinspect.errors import Place
from seqinspect.lint.findings.sequences import called_autoencoder
from seqinspect.lint.model_index import ModelIndex, Tensor, count, recurrent, skip_shape_preserving
from seqinspect.lint.registry import finding, finding_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.model_index import Call
    from seqinspect.model.finding import Finding
    from seqinspect.rules import Traits


def may_flatten(traits: Traits) -> bool:
    """Whether a layer may make one vector of all steps."""
    return traits.rearranges in ("flatten", "reshape")


@finding_kind(
    "SEQ201",
    "flatten-after-recurrent",
    message="{layer} makes one vector of the {steps:step} of {recurrent}: the {weight} of {reader}"
    " has rows for every step, {count:weight} instead of {last_only}",
    remedy="remove {layer}, and return_sequences where one vector is wanted",
    on=may_flatten,
)
def flatten_after_recurrent(model: ModelIndex) -> Iterator[Finding]:
    """Flatten after a recurrent layer gives every step weights of its own.

    ### What
    A recurrent layer returns its whole sequence, Flatten makes one vector of all T steps, and a
    Dense follows: its kernel has T×units rows, one block for each step.

    ### Why it matters
    The Dense costs T times the parameters, works for this T only, and what it learns at one step it
    does not know at another. The last state has seen all steps already.

    ### Remedy
    Leave `return_sequences` out and take the last state, or use GlobalAveragePooling1D; where a
    value for every step is wanted, use Dense without Flatten.

    ### Example
    ```yaml
    dims: {T: 50, n: 8}
    input: [T, n]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - Flatten
      - Dense: 1
    ```
    Instead:
    ```yaml
    dims: {T: 50, n: 8}
    input: [T, n]
    layers:
      - LSTM: 16
      - Dense: 1
    ```
    """
    for use in model.of(may_flatten):
        call = use.call
        if call.layer is not use.layer or call.outputs[0].rank != 2:
            continue
        source = skip_shape_preserving(call.sources[0])
        while source.call is not None and source.call.traits.per_step:
            source = skip_shape_preserving(source.call.sources[0])
        if source.call is None or recurrent(source.call) is None or source.steps is None:
            continue
        reader = _with_weights(call.outputs[0])
        if reader is None or source.steps.value == 1:
            continue
        kernel = reader.row.weights[0]
        columns = prod(kernel.symbolic[1:])
        width = prod(call.sources[0].report.symbolic[2:])
        yield finding(
            call.node.place,
            layer=call,
            steps=source.steps,
            recurrent=source.call,
            weight=kernel.name,
            reader=reader,
            count=prod(kernel.symbolic),
            last_only=(width * columns).value or 0,
        )


def _with_weights(tensor: Tensor) -> Call | None:
    """The first layer with a kernel that reads a tensor, behind layers that keep the shape."""
    readers = list(tensor.readers)
    while readers:
        reader = readers.pop(0)
        if reader.traits.dense and reader.row.weights:
            return reader
        if skip_shape_preserving(reader.outputs[0]) is not reader.outputs[0]:
            readers += reader.outputs[0].readers
    return None


@finding_kind(
    "SEQ202",
    "wide-bottleneck",
    message="{layer} is the narrowest layer of the autoencoder and holds {size:number}, its input"
    " {input}: it can copy",
    remedy="make the code smaller than the input",
)
def wide_bottleneck(model: ModelIndex) -> Iterator[Finding]:
    """The narrowest layer of an autoencoder holds at least as many numbers as its input.

    ### What
    The model is called an autoencoder and returns the shape of its input, and no layer between is
    narrower than the input. A forecaster may have the same layers: it has to be called otherwise.

    ### Why it matters
    Without a bottleneck it can learn to copy: the error goes to zero, and the code says nothing.

    ### Remedy
    Make the code smaller than T×n. A wide code can be meant where it is kept sparse by a
    regularizer: then ignore this finding there.

    ### Example
    ```yaml
    name: autoencoder
    dims: {T: 10, n: 2}
    input: [T, n]
    layers:
      - LSTM: 64
      - RepeatVector: T
      - LSTM: {units: 64, return_sequences: true}
      - Dense: n
    ```
    Instead:
    ```yaml
    name: autoencoder
    dims: {T: 10, n: 2}
    input: [T, n]
    layers:
      - LSTM: 6
      - RepeatVector: T
      - LSTM: {units: 64, return_sequences: true}
      - Dense: n
    ```
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return
    given, made = model.inputs[0].report, model.outputs[0].report
    if not called_autoencoder(model) or given.symbolic[1:] != made.symbolic[1:]:
        return
    if not given.dtype.startswith(("float", "bfloat")):
        return
    size = count(given)
    narrowest: Call | None = None
    least = 0
    for call in model.top:
        number = count(call.outputs[0].report)
        if call.outputs[0].is_output or number is None:
            continue
        if narrowest is None or number < least:
            narrowest, least = call, number
    if narrowest is not None and size is not None and least >= size:
        yield finding(narrowest.node.place, layer=narrowest, size=least, input=size)


@finding_kind(
    "SEQ203",
    "unused-layer",
    message={"": "the output of {layer} is unused", "input": "the input `{input}` is unused"},
    remedy={
        "": "read it with `from:`, list it under `outputs:`, or remove it",
        "input": "read it with `from:`, or remove it",
    },
)
def unused_layer(model: ModelIndex) -> Iterator[Finding]:
    """The output of a layer, or an input, is unused.

    ### What
    The layer is called, and no other layer and no output of the model reads what it makes.

    ### Why it matters
    Keras leaves such a layer out of the model: it is neither counted nor trained. Often a `from:`
    names the wrong layer.

    ### Remedy
    Read it with `from:`, list it under `outputs:`, or remove it.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 4, name: left}
        from: input
      - LSTM: {units: 4, name: right}
        from: input
      - Dense: 1
        from: right
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 4, name: left}
        from: input
      - LSTM: {units: 4, name: right}
        from: input
      - Concatenate: {}
        from: [left, right]
      - Dense: 1
    ```
    """
    for call in model.calls:
        read = any(output.readers or output.is_output for output in call.outputs)
        own = bool(model.graph.keras) and call.row.unsupported is not None
        if not call.is_output and not read and not own:  # what returns several things is not known
            yield finding(call.node.place, layer=call)
    for given in model.inputs:
        if not given.readers and not given.is_output:
            yield finding(given.place, variant="input", input=given.name)


@finding_kind(
    "SEQ204",
    "unused-size",
    "note",
    message="the size `{size}` is unused",
    remedy="use it, or remove it from `dims`",
)
def unused_size(model: ModelIndex) -> Iterator[Finding]:
    """A name under `dims` is unused.

    ### What
    The size is declared, and nothing else in the file names it.

    ### Why it matters
    Who changes it, or gives `--set`, changes nothing. Often a plain number stands where the name
    was meant.

    ### Remedy
    Use the name, or remove it.

    ### Example
    ```yaml
    dims: {T: 10, n: 8, u: 16}
    input: [T, n]
    layers:
      - LSTM: 16
    ```
    Instead:
    ```yaml
    dims: {T: 10, n: 8, u: 16}
    input: [T, n]
    layers:
      - LSTM: u
    ```
    """
    text = model.text() if model.report.dims and not model.graph.keras else ""
    if not text:  # code names a size where it gives its value
        return
    bare = re.sub(r"(^|\s)#.*", r"\1", text) if "#" in text else text
    words = re.findall(r"[A-Za-z_]\w*", bare)
    for name in model.report.dims:
        if words.count(name) == 1:
            yield finding(_place(model, text, name), size=name)


def _place(model: ModelIndex, text: str, name: str) -> Place | None:
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)['\"]?\s*:", text)
    if match is None:
        return None
    before = text[: match.start()]
    column = match.start() - before.rfind("\n")
    return Place(model.report.source, before.count("\n") + 1, column)


@finding_kind(
    "SEQ212",
    "twins-not-shared",
    "note",
    message="{layer} and {other} are alike, read inputs of one shape and meet in {meeting}, and"
    " each learns weights of its own",
    remedy="call {other} for both inputs (`reuse`), if both are to be measured alike",
    on=lambda traits: traits.contrasts,
)
def twins_not_shared(model: ModelIndex) -> Iterator[Finding]:
    """Two equal branches are compared with each other and do not share their weights.

    ### What
    Subtract or Dot measures how far two tensors are from each other. They come from two inputs of
    the same shape, through the same layers with the same arguments, and the layers are not shared.

    ### Why it matters
    A siamese model compares two things by one measure: a pair of equal inputs then has the distance
    0, and what is learnt of one side holds for the other. With weights of their own, both hold only
    as far as training brings it about, and there are twice as many weights.

    ### Remedy
    Define the layers once and call them for both inputs: `reuse: encoder` with `from:`. Where the
    two inputs are different things (questions and answers), weights of their own can be meant.

    ### Example
    ```yaml
    inputs: {left: [20, 8], right: [20, 8]}
    layers:
      - LSTM: {units: 16, name: of_left}
        from: left
      - LSTM: {units: 16, name: of_right}
        from: right
      - Subtract: {name: distance}
        from: [of_left, of_right]
      - Dense: 1
    ```
    Instead:
    ```yaml
    inputs: {left: [20, 8], right: [20, 8]}
    layers:
      - LSTM: {units: 16, name: of_left}
        from: left
      - reuse: of_left
        name: of_right
        from: right
      - Subtract: {name: distance}
        from: [of_left, of_right]
      - Dense: 1
    ```
    """
    for meeting in model.calls:
        if not meeting.traits.contrasts or len(meeting.sources) != 2:
            continue
        twins = _twins(*meeting.sources)
        if twins is not None:
            yield finding(twins[1].node.place, layer=twins[1], other=twins[0], meeting=meeting)


def _twins(one: Tensor, other: Tensor) -> tuple[Call, Call] | None:
    """The first pair of alike layers with weights on the ways to two tensors, if all are alike."""
    found = None
    while one.call is not None and other.call is not None:
        first, second = one.call, other.call
        if first.graph is not second.graph or (one.index, len(first.sources)) != (other.index, 1):
            return None
        mine, its = first.layer, second.layer
        if (mine.type, mine.arguments) != (its.type, its.arguments) or len(second.sources) != 1:
            return None
        if mine.unsupported is not None or mine.graph is not None or first.node.call:
            return None
        if _owner(first) != _owner(second) and first.row.weights:
            found = (first, second)
        one, other = first.sources[0], second.sources[0]
    alike = one.report.symbolic[1:] == other.report.symbolic[1:]
    inputs = one.call is None and other.call is None and one is not other
    return found if inputs and alike and one.report.dtype == other.report.dtype else None


def _owner(call: Call) -> str:
    """The first call of the layer that is called."""
    return call.node.reuses or call.node.name
