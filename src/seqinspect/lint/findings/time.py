"""SEQ1xx: which steps a layer sees, and whether that is what was meant (to SEQ105)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.remedies import preceding_calls
from seqinspect.lint.edits import unwrapped, with_argument
from seqinspect.lint.model_index import (
    ModelIndex,
    Tensor,
    Use,
    recurrent,
    skip_shape_preserving,
)
from seqinspect.lint.registry import finding, finding_kind, problem_finder
from seqinspect.model.finding import LayerName
from seqinspect.model.graph import Layer
from seqinspect.model.nesting import layers_within, wrapper_chain
from seqinspect.rules import per_step_chain, traits_of
from seqinspect.rules.index import TIME_DISTRIBUTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.errors import Place, Problem
    from seqinspect.model.finding import Finding
    from seqinspect.model.graph import Graph, Node
    from seqinspect.rules import Traits


def flattens(traits: Traits) -> bool:
    """Whether a layer makes one vector of all steps."""
    return traits.rearranges == "flatten"


@finding_kind(
    "SEQ101",
    "last-step-only",
    message={
        "": "{layer} returns its last step only; the expected {what} {expected} has a vector for"
        " every step",
        "through": "{layer} returns its last step only, so that {through} makes one vector; the"
        " expected {what} {expected} has a vector for every step",
    },
    remedy={
        "": "give {recurrent} return_sequences: true",
        "repeat": "put RepeatVector: {steps} after {recurrent}, then a recurrent layer with"
        " return_sequences: true",
    },
    fixable="unsafe",
)
def last_step_only(model: ModelIndex) -> Iterator[Finding]:
    """A recurrent layer returns its last step only, and the expected target is a sequence.

    ### What
    `expect:` gives the target (or the output) an axis of time steps. The model makes one vector
    for the whole sequence, since a recurrent layer before the output has `return_sequences` left
    at its default, false. A Dense after it is applied once, to the last step.

    ### Why it matters
    Parameter counts are the same either way: n×(n+1) for a Dense of n on n features. Keras may
    even train, because a loss can broadcast (batch, n) against (batch, T, n): the model then
    learns one vector for all steps, without an error.

    ### Remedy
    Give the layer `return_sequences: true`.

    ### Example
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: 16
      - Dense: n
    expect: {target: [batch, T, n]}
    ```
    Instead:
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - Dense: n
    expect: {target: [batch, T, n]}
    ```
    """
    if model.expectations is None:
        return
    names = dict(zip(model.report.outputs, model.outputs, strict=True))
    for expected in model.expectations.entries:
        what, name, layer = expected.key
        if what not in ("target", "output") or layer:
            continue
        output = names.get(name) if name else model.outputs[0]
        name = name or model.report.outputs[0]
        if not isinstance(expected.value, tuple) or output is None:
            continue
        classes = what == "target" and name in model.report.sparse
        if len(expected.value) + classes != output.rank + 1:
            continue
        use = _last_only(output)
        if use is not None:
            due = expected.value[1].value if expected.value[1] is not None else None
            steps = use.call.sources[0].steps
            other = due is not None and steps is not None and steps.value not in (None, due)
            yield finding(
                use.at("return_sequences"),
                layer=use,
                variant="" if output.call is use.call else "through",
                remedy="repeat" if other else "",
                through=output.call or use,
                steps=due or 0,
                what=what,
                expected=expected.text,
                recurrent=use.layer.type,
                edits=()
                if other
                else with_argument(model.graph, use.layer, "return_sequences", value=True),
            )


def _last_only(output: Tensor) -> Use | None:
    """The recurrent layer that dropped the steps before an output."""
    tensor = skip_shape_preserving(output)
    while tensor.call is not None and tensor.call.traits.per_step:
        use = _last_only(tensor.slice) if tensor.slice is not None else None
        if use is not None:
            return use
        tensor = skip_shape_preserving(tensor.call.sources[0])
    call = tensor.call
    layer = recurrent(call) if call is not None else None
    if call is None or layer is None or layer.arguments.get("return_sequences", False):
        return None
    return Use(layer, call)


@finding_kind(
    "SEQ102",
    "missing-return-sequences",
    "error",
    looks_at="problem",
    message="{what}",
    remedy="{recurrent} (line {line}) returns its last step only: give it return_sequences: true",
    fixable="safe",
)
def refused_steps(problem: Problem, graph: Graph | None) -> Iterator[Finding]:
    """A layer needs a sequence, and the recurrent layer before it returns its last step only.

    ### What
    LSTM, GRU, Conv1D, TimeDistributed and others read (batch, time, features). A recurrent layer
    without `return_sequences: true` gives them (batch, units).

    ### Why it matters
    Keras refuses the model: "expected ndim=3, found ndim=2". The exit code is 2.

    ### Remedy
    Give the layer before it `return_sequences: true`; or, to feed one vector to a decoder, put a
    RepeatVector between them.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - LSTM: 8
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - LSTM: 8
    ```
    """
    if problem.about != "rank" or graph is None:
        return
    layer = _loser(_calls_at(graph, problem.place))
    place = layer.places.get("return_sequences", layer.place) if layer is not None else None
    if layer is None or place is None:
        return
    yield finding(
        problem.place,
        what=problem.what,
        recurrent=LayerName((layer.type,), layer.name, layer.name),
        line=place.line,
        edits=with_argument(graph, layer, "return_sequences", value=True),
    )


def _calls_at(graph: Graph, place: Place | None) -> list[tuple[Graph, Node]]:
    """Return the models that have something at a place, innermost first, and their calls there."""
    for node in graph.nodes if place is not None else ():
        layers = (node.layer, *layers_within(node.layer))
        if place is None or not (node.place == place or any(_is_at(e, place) for e in layers)):
            continue
        inner = [_calls_at(each.graph, place) for each in layers if each.graph is not None]
        return [*max(inner, key=len, default=[]), (graph, node)]
    return []


def _is_at(layer: Layer, place: Place) -> bool:
    return layer.place == place or place in layer.places.values()


def _loser(calls: list[tuple[Graph, Node]]) -> Layer | None:
    """The recurrent layer that keeps its last step only, before a node or the models around it."""
    for call in preceding_calls(*calls):
        for layer in wrapper_chain(call.layer):
            every = layer.arguments.get("return_sequences", False)
            if traits_of(layer.type).recurrent and not every:
                return layer
    return None


@finding_kind(
    "SEQ103",
    "redundant-time-distributed",
    "note",
    message="{layer} does what its Dense does alone: one kernel for all steps",
    remedy="write Dense without TimeDistributed",
    on=lambda traits: traits.applies_per_step,
    fixable="unsafe",
    by_hand=True,
)
def redundant_wrapper(model: ModelIndex) -> Iterator[Finding]:
    """TimeDistributed around a Dense changes nothing.

    ### What
    Dense is applied to the last axis of whatever it reads: at every step, with one kernel that all
    steps share. TimeDistributed(Dense) does the same, with the same weights.

    ### Why it matters
    The wrapper suggests that a plain Dense would be wired otherwise, and costs speed: Keras loops
    over the steps or reshapes.

    ### Remedy
    Write Dense alone. The weights are the same, and have other names: an old checkpoint in
    `.weights.h5` or `.keras` is refused, unless it is loaded into the old model and given over with
    `set_weights`. So `--fix` asks for `--unsafe-fixes`.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - TimeDistributed: {Dense: 4}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - Dense: 4
    ```
    """
    for use in model.of(lambda traits: traits.applies_per_step):
        inner = use.get("layer")
        if isinstance(inner, Layer) and traits_of(inner.type).on_last_axis:
            yield finding(
                use.layer.place,
                layer=use,
                edits=unwrapped(use.call.graph, use.layer.place, TIME_DISTRIBUTED),
            )


@finding_kind(
    "SEQ104",
    "dense-mixes-steps",
    message="{layer} mixes the steps: after {before} its kernel has a row for every step",
    remedy="remove {before}, or permute back after {layer}",
    on=lambda traits: traits.rearranges == "permute",
)
def mixes_steps(model: ModelIndex) -> Iterator[Finding]:
    """A Permute before a Dense makes it mix the time steps.

    ### What
    Dense multiplies the last axis. After Permute: [2, 1] that axis is time: the kernel has a row
    for every step, and the features share it. Where `expect:` gives the shape of a target or an
    output, the axes are meant, and nothing is said.

    ### Why it matters
    Shapes fit and training runs, but the layer no longer works step by step: it is not causal,
    its parameters grow with T, and the number of steps is fixed.

    ### Remedy
    Remove the Permute, or permute back after the Dense if mixing is meant (as an MLP-Mixer
    does).

    ### Example
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - Permute: [2, 1]
      - Dense: 4
    ```
    Instead:
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - Dense: 4
    ```
    """
    if model.expects_shape:
        return  # its author says which axes come out
    for use in model.of(lambda traits: traits.dense):
        call = use.call
        source = skip_shape_preserving(call.sources[0])
        before, time = source.call, call.row.time
        if before is None or call.layer is not use.layer or time is None or source.rank < 3:
            continue
        mixes = time.reads == "all" and time.shared is False
        if before.traits.rearranges == "permute" and mixes and not _permuted_back(call.outputs[0]):
            yield finding(call.node.place, layer=call, before=before)


def _permuted_back(output: Tensor) -> bool:
    readers, seen = list(output.readers), set[str]()
    while readers:
        reader = readers.pop()
        traits = reader.traits
        if traits.rearranges == "permute":
            return True
        if reader.path not in seen and (traits.keeps_shape or traits.on_last_axis):
            seen.add(reader.path)
            readers += reader.outputs[0].readers
    return False


@finding_kind(
    "SEQ105",
    "flatten-unknown-steps",
    message={
        "": "{layer} makes one vector of {steps} steps, and {steps} is not known",
        "unusable": "{what}: {flatten} makes one vector of an unknown number of steps",
    },
    remedy={
        "": "give {steps} a number, or use GlobalAveragePooling1D",
        "unusable": "give the number of steps, or use GlobalAveragePooling1D instead of {flatten}",
    },
    on=flattens,
)
def flatten_unknown(model: ModelIndex) -> Iterator[Finding]:
    """Flatten makes one vector of an unknown number of steps.

    ### What
    The number of time steps is not known (null), so the size of the flattened vector is not known.

    ### Why it matters
    No layer with weights can follow: Keras has to know the last axis. Where none follows, every
    batch may have vectors of another length.

    ### Remedy
    Give the number of steps, or make one vector of them with GlobalAveragePooling1D, or with a
    recurrent layer without `return_sequences`.

    ### Example
    ```yaml
    dims: {T: null, n: 8}
    input: [T, n]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - Flatten
    ```
    Instead:
    ```yaml
    dims: {T: null, n: 8}
    input: [T, n]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - GlobalAveragePooling1D
    ```
    """
    for use in model.of(flattens):
        tensor = use.call.sources[0] if use.call.layer is use.layer else None
        if tensor is not None and tensor.steps is not None and model.is_open(tensor.steps):
            yield finding(use.call.node.place, layer=use, steps=tensor.steps)


@problem_finder("SEQ105")
def refused_flatten(problem: Problem, graph: Graph | None) -> Iterator[Finding]:
    """A layer with weights after a Flatten of an unknown number of steps: Keras refuses it."""
    if problem.about != "unknown size" or graph is None:
        return
    called = _calls_at(graph, problem.place)
    if not called or not called[0][1].sources:
        return
    model, node = called[0]
    source = next((each for each in model.nodes if each.name == node.sources[0].name), None)
    if source is not None and flattens(traits_of(per_step_chain(source.layer)[-1].type)):
        flatten = LayerName((source.layer.type,), source.name, source.name)
        yield finding(problem.place, variant="unusable", what=problem.what, flatten=flatten)
