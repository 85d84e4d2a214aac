"""SEQ3xx: masks that do not arrive, and states that cannot be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.mask_relation import takes_mask
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import as_shape
from seqinspect.model.masks import MaskUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.errors import Problem
    from seqinspect.lint.model_index import Call, ModelIndex, Tensor
    from seqinspect.model.finding import Finding
    from seqinspect.model.graph import Graph


@finding_kind(
    "SEQ301",
    "mask-lost",
    message="{layer} gets no mask: {loser} does not pass it on, padded steps are read as data",
    remedy={
        "": "put {loser} after {layer}, or before the mask is made",
        "vector": "leave {loser} out, or put it before the mask is made",
    },
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
        if "mask" in call.node.call or not call.sources or not takes_mask(call.layer):
            continue
        mask = call.row.mask
        if mask is not None and mask.mask is not None:
            continue
        source = call.sources[0]
        loser = _loser(source) if source.steps is not None and not source.report.masked else None
        if loser is not None and not _in_own_class(loser, call):
            vector = call.outputs[0].steps is None  # nothing of steps can follow it
            remedy = "vector" if vector else ""
            yield finding(call.node.place, layer=call, remedy=remedy, loser=loser)


@finding_kind(
    "SEQ302",
    "mask-destroyed",
    message={
        "": "{layer} destroys the mask of `{maker}`: it reads padded steps as data",
        "taken": "{layer} destroys the mask of `{maker}`: the attention before it takes the mask"
        " off what both read, and Keras does not warn",
        "filled": "{layer} lays ones beside the mask of `{maker}`: after it no step is masked",
        "silent": "{layer} destroys the mask of `{maker}`: it reads padded steps as data, and Keras"
        " does not warn",
    },
    remedy={
        "": "make the mask after it, or remove the mask",
        "filled": "mask all of its inputs, or make the mask after it",
        "taken": "give the mask to the layers behind it that need one, as an argument of their"
        " call",
    },
    on=lambda traits: traits.makes_mask,
)
def mask_destroyed(model: ModelIndex) -> Iterator[Finding]:
    """A layer without mask support reads a masked sequence.

    ### What
    Convolutions, most poolings, Flatten, Reshape, Permute, cropping and padding have no mask
    support: Keras warns that they "destroy the mask information". Layers that join tensors do it
    without a warning: Add and its kin drop the mask where one input has none, and Concatenate takes
    ones in its place, so that no step is masked any more. MultiHeadAttention takes the masks off
    the tensors that it reads, so an Add around it finds a mask on one of its inputs only; an LSTM
    behind that was given the mask when the model was built, attention and a loss were not.

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
        if mask is None or call.layer.graph is not None:
            continue
        if mask.ended == call.path and mask.use is MaskUse.NONE and mask.made:
            variant = "" if mask.warned else "taken" if mask.taken else "silent"
            if variant == "taken" and not _missed(call):
                continue
            yield finding(call.node.place, layer=call, variant=variant, maker=mask.made)
        elif mask.fills:
            yield finding(call.node.place, layer=call, variant="filled", maker=mask.made)


def _in_own_class(loser: Call, call: Call) -> bool:
    """Whether an operation is part of a class of the author's own, which may pass masks itself."""
    return loser.row.depth > call.row.depth and loser.row.unsupported is not None


def _missed(call: Call) -> bool:
    """Whether anything behind a call would use its mask: a layer, or the loss of a sequence."""
    pending, seen = [*call.outputs], set[int]()
    while pending:
        tensor = pending.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if tensor.steps is not None and (tensor.is_output or not tensor.readers):
            return True
        for reader in tensor.readers:
            if takes_mask(reader.layer):
                if reader.row.mask is None or reader.row.mask.mask is None:
                    return True
            else:
                pending += reader.outputs
    return False


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
    "SEQ305",
    "mask-does-not-fit",
    "error",
    message="{layer} cannot run: the mask of `{maker}`, {mask}, does not fit what it reads,"
    " {input}",
    remedy="remove the mask before it, or make one of (batch, time) after what folds the steps",
    on=lambda traits: traits.makes_mask,
)
def mask_does_not_fit(model: ModelIndex) -> Iterator[Finding]:
    """A layer receives a mask that it cannot use: Keras builds the model, and every call fails.

    ### What
    A mask has one boolean for each position that was looked up or tested: an Embedding with
    `mask_zero: true` on (batch, D, S) makes one of (batch, D, S). TimeDistributed hands it on as it
    is, also around a layer that makes one vector of S steps. A recurrent layer after it needs
    (batch, D).

    ### Why it matters
    `model.summary()` works, and so does everything that only looks at shapes; `fit` and `predict`
    fail on any data.

    ### Remedy
    Leave out `mask_zero` where a TimeDistributed layer makes vectors of the inner steps, or put
    Masking after it, which makes a mask of the vectors that are all zeros.

    ### Example
    ```yaml
    dims: {D: 4, S: 7, words: 30}
    input: {shape: [D, S], dtype: int32}
    layers:
      - Embedding: {input_dim: words, output_dim: 6, mask_zero: true}
      - TimeDistributed: {layer: {GRU: 5}}
      - GRU: 3
    ```
    Instead:
    ```yaml
    dims: {D: 4, S: 7, words: 30}
    input: {shape: [D, S], dtype: int32}
    layers:
      - Embedding: {input_dim: words, output_dim: 6}
      - TimeDistributed: {layer: {GRU: 5}}
      - GRU: 3
    ```
    """
    for call in model.calls:
        mask = call.row.mask
        if mask is not None and not mask.runs and mask.mask is not None:
            yield finding(
                call.node.place,
                layer=call,
                maker=mask.made,
                mask=as_shape(mask.mask.symbolic),
                input=as_shape(call.sources[0].report.symbolic),
            )


@finding_kind(
    "SEQ306",
    "mask-not-passed",
    message="{layer} reads padded steps as data: Keras passes no mask to a call that gets a state"
    " too",
    remedy="give the mask to the call itself (`mask:`)",
    on=lambda traits: traits.makes_mask,
)
def mask_not_passed(model: ModelIndex) -> Iterator[Finding]:
    """A recurrent layer starts from a given state, and Keras passes it no mask.

    ### What
    Keras hands the mask of its input to a layer that is called on one tensor. With
    `initial_state` there are several, and it looks for a mask under names that recurrent layers do
    not have. The output carries the mask all the same.

    ### Why it matters
    The decoder of an encoder-decoder model goes on through the padding: its states and outputs
    depend on how long the longest sequence of a batch is.

    ### Remedy
    Give the mask to the call. In Keras: `decoder(x, initial_state=states,
    mask=embedding.compute_mask(ids))`.

    ### Example
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: {units: 16, return_state: true}
        name: encoder
      - Masking: {}
        from: input
      - LSTM: {units: 16, return_sequences: true}
        name: decoder
        call: {initial_state: [encoder.1, encoder.2]}
    ```
    Instead:
    ```yaml
    dims: {T: 10, n: 8}
    inputs: {series: [T, n], present: {shape: [T], dtype: bool}}
    layers:
      - LSTM: {units: 16, return_state: true}
        name: encoder
        from: series
      - Masking: {}
        from: series
      - LSTM: {units: 16, return_sequences: true}
        name: decoder
        call: {initial_state: [encoder.1, encoder.2], mask: present}
    ```
    """
    for call in model.calls:
        mask = call.row.mask
        if mask is not None and mask.use is MaskUse.NOT_PASSED:
            yield finding(call.node.place, layer=call)


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
