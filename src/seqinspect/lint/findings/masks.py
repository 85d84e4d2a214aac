"""SEQ3xx: masks that do not arrive, and states that are unused or that cannot be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.masks import uses_masks
from seqinspect.lint.model_index import ModelIndex, Use, recurrent
from seqinspect.lint.registry import finding, finding_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.errors import Problem
    from seqinspect.lint.model_index import Call, Tensor
    from seqinspect.model.finding import Finding
    from seqinspect.model.graph import Graph


@finding_kind(
    "SEQ301",
    "mask-lost",
    message="{layer} gets no mask: {loser} does not pass it on, padded steps are read as data",
    remedy="put {loser} after {layer}, or before the mask is made",
    on=lambda traits: traits.makes_mask,
)
def mask_lost(model: ModelIndex) -> Iterator[Finding]:
    """A layer that could skip padded steps gets no mask, although one was made before it.

    ### What
    Masking, or an Embedding with `mask_zero: true`, marks the padded steps. On the way to a
    recurrent layer, an attention or a GlobalAveragePooling1D the mask is lost: the layer between
    does not pass it on.

    ### Why it matters
    The padding is read as data: the last state is that of the last padded step, a mean is too
    small. Results depend on how long the longest sequence of a batch is.

    ### Remedy
    Put the layer that loses the mask after the one that needs it, or before the mask is made, or
    give the mask explicitly: `call: {mask: …}`.

    ### Example
    ```yaml
    dims: {T: 10, words: 1000}
    input: {shape: [T], dtype: int32}
    layers:
      - Embedding: {input_dim: words, output_dim: 16, mask_zero: true}
      - Conv1D: {filters: 16, kernel_size: 3, padding: same}
      - LSTM: 8
    ```
    Instead:
    ```yaml
    dims: {T: 10, words: 1000}
    input: {shape: [T], dtype: int32}
    layers:
      - Embedding: {input_dim: words, output_dim: 16, mask_zero: true}
      - LSTM: 8
    ```
    """
    for call in model.calls:
        if "mask" in call.node.call or not call.sources or not uses_masks(call.layer):
            continue
        source = call.sources[0]
        loser = _loser(source) if source.steps is not None and not source.report.masked else None
        if loser is not None:
            yield finding(call.node.place, layer=call, loser=loser)


@finding_kind(
    "SEQ302",
    "mask-destroyed",
    message={
        "": "{layer} destroys the mask of `{maker}`: it reads padded steps as data",
        "silent": "{layer} destroys the mask of `{maker}`: it reads padded steps as data, and Keras"
        " does not warn",
    },
    remedy="make the mask after it, or remove the mask",
    on=lambda traits: traits.makes_mask,
)
def mask_destroyed(model: ModelIndex) -> Iterator[Finding]:
    """A layer without mask support reads a masked sequence.

    ### What
    Convolutions, most poolings, Flatten, Reshape, Permute, cropping and padding have no mask
    support: Keras warns that they "destroy the mask information". Some layers that join tensors
    drop a mask without a warning.

    ### Why it matters
    The layer reads padded steps as data, and nothing after it knows which steps are padding; a
    loss counts them too.

    ### Remedy
    Make the mask later, or leave the layer out; or, where the padding is zeros and meant as data,
    remove `mask_zero` or Masking.

    ### Example
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - Masking
      - Conv1D: {filters: 16, kernel_size: 3}
    ```
    Instead:
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - Conv1D: {filters: 16, kernel_size: 3}
    ```
    """
    for call in model.calls:
        mask = call.row.mask
        if mask is None or mask.ended != call.path or mask.uses:
            continue
        variant = "" if mask.warned else "silent"
        yield finding(call.node.place, layer=call, variant=variant, maker=mask.made)


def _loser(tensor: Tensor) -> Call | None:
    """The last layer before a tensor without mask that read a masked one; of the steps it has."""
    pending, seen = [tensor], set[str]()
    while pending:
        call = pending.pop().call
        if call is None or call.path in seen:
            continue
        seen.add(call.path)
        if call.outputs[0].steps is None:
            continue  # no axis of steps that a mask could belong to
        if any(source.report.masked for source in call.sources):
            return call
        pending += call.sources
    return None


@finding_kind(
    "SEQ303",
    "stateful-without-batch",
    "error",
    looks_at="problem",
    message="{what}",
    remedy="{fix}",
)
def refused_batch(problem: Problem, graph: Graph | None) -> Iterator[Finding]:
    """A layer is stateful, and the batch size is not fixed.

    ### What
    `stateful: true` keeps a state for each sample of a batch, from one batch to the next.

    ### Why it matters
    Keras refuses the model: it has to know how many states there are. The exit code is 2.

    ### Remedy
    Give the input a batch: `input: {shape: [T, n], batch: 32}`; the data must then come in batches
    of exactly this size, and unshuffled.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, stateful: true}
    ```
    Instead:
    ```yaml
    input: {shape: [10, 8], batch: 32}
    layers:
      - LSTM: {units: 16, stateful: true}
    ```
    """
    if problem.about == "batch" and graph is not None:
        yield finding(problem.place, what=problem.what, fix=problem.remedy)


@finding_kind(
    "SEQ304",
    "unread-state",
    "note",
    message="{layer} returns its state, which is unused",
    remedy="remove return_state, or read the state (`{name}.1`)",
    on=lambda traits: traits.step_by_step,
)
def unread_state(model: ModelIndex) -> Iterator[Finding]:
    """A layer returns its state, which is unused.

    ### What
    With `return_state: true` a recurrent layer has several outputs: `lstm` is what it returns,
    `lstm.1` and `lstm.2` are its states. Here only the first is read.

    ### Why it matters
    In Keras such a layer cannot stand in a Sequential model, and in a functional one the call
    returns a list, which is a common error to pass on. The states cost nothing; the argument
    promises something that does not happen, such as a decoder that starts from them.

    ### Remedy
    Remove `return_state`, or read the states:
    `call: {initial_state: [encoder.1, encoder.2]}`.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, return_state: true}
      - Dense: 1
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: 1
    ```
    """
    for call in model.calls:
        layer = recurrent(call)
        if layer is None:
            continue
        states = call.outputs[1:]
        if states and not any(state.readers or state.is_output for state in states):
            place = Use(layer, call).at("return_state")
            yield finding(place, layer=call, name=call.node.name)
