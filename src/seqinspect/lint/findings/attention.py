"""SEQ118 and on: what attention and decoders are given: order, direction and roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.lint.activations import SOFTMAX, last_activation
from seqinspect.lint.findings.sequences import causal_form
from seqinspect.lint.model_index import inputs_of, skip_shape_preserving
from seqinspect.lint.registry import finding, finding_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.model_index import Call, ModelIndex
    from seqinspect.model.finding import Finding

NEXT = re.compile(
    r"next|forecast|autoregressive|(^|[^a-z])(gpt|ar|causal|decoder[-_ ]only)([^a-z]|$)"
    r"|language[-_ ]?model"
)
"""In a name: the model is to say what comes next."""


@finding_kind(
    "SEQ118",
    "next-step-seen",
    message={
        "": "the model is called `{name}`, and its output step {step} depends on input step {last}:"
        " {layer} looks ahead",
        "words": "{output} chooses among the {words} words of `{input}` at every step, and its step"
        " {step} depends on input step {last}: {layer} looks ahead, and a word that comes next is"
        " seen",
        "decoder": "{layer} attends to later steps of what it decodes: {cross} makes it a decoder,"
        " and its call has no causal mask",
    },
    remedy={
        "": "use layers that look back only: padding: causal, use_causal_mask: true, one direction",
        "decoder": "give its call use_causal_mask: true",
    },
)
def next_step_seen(model: ModelIndex) -> Iterator[Finding]:
    """A model that is to say what comes next sees it.

    ### What
    The model, or its output, is called a forecast, the next value or a GPT, it has an output for
    every step, and a step depends on later input steps. Or it has a probability for each word of
    its own vocabulary at every step, as one of the next word has. Or a layer attends to the steps
    of its own input without a causal mask, and its output asks another sequence: the decoder of a
    Transformer.

    ### Why it matters
    In training the answer stands in the input: the loss is excellent, and in use, where the future
    is not there, the model fails. `expect: {causal: true}` holds it for every model.

    ### Remedy
    `use_causal_mask: true` in the call of the attention, `padding: causal` in convolutions, one
    direction in recurrent layers. A model that fills masked words in looks both ways by design:
    ignore this there.

    ### Example
    ```yaml
    name: next_value
    input: [100, 1]
    layers:
      - Bidirectional: {LSTM: {units: 32, return_sequences: true}}
      - Dense: 1
    ```
    Instead:
    ```yaml
    name: next_value
    input: [100, 1]
    layers:
      - LSTM: {units: 32, return_sequences: true}
      - Dense: 1
    ```
    """
    calls = {call.path: call for call in model.calls}
    found = False
    for field in model.report.fields:
        ahead = field.looks_ahead
        name = next((n for n in (model.graph.name, field.output) if NEXT.search(n.lower())), "")
        call = calls.get(ahead.layer) if ahead is not None else None
        if ahead is None or call is None or field.causal is not False:
            continue
        if not causal_form(call.type) or not all(map(_keeps_steps, map(calls.get, ahead.path[1:]))):
            continue
        words = None if name else _chooses_words(model, calls.get(field.output))
        if name or words is not None:
            found = True
            yield finding(
                call.node.place,
                layer=call,
                variant="" if name else "words",
                name=name,
                output=calls.get(field.output) or call,
                input=field.input,
                words=words or 0,
                step=ahead.step,
                last=ahead.last,
            )
    if found:
        return
    for call in model.calls:
        if _attends_to_itself(call) and not call.node.call.get("use_causal_mask"):
            cross = _cross_attention(call, model)
            if cross is not None:
                yield finding(call.node.place, layer=call, variant="decoder", cross=cross)


def _chooses_words(model: ModelIndex, output: Call | None) -> int | None:
    """How many words the one table of a model has, if its output ends with a softmax over them."""
    tables = [call for call in model.calls if call.traits.looks_up]
    last, activation = last_activation(output.outputs[0]) if output is not None else (None, "")
    if len(tables) != 1 or last is None or activation not in SOFTMAX or not tables[0].row.weights:
        return None
    words = tables[0].row.weights[0].shape[0]
    return words if words is not None and words == last.call.outputs[0].features else None


def _keeps_steps(call: Call | None) -> bool:
    """Whether the steps of a call are those of what it reads, and not made anew."""
    return call is not None and call.outputs[0].steps is not None and not call.traits.rearranges


def _attends_to_itself(call: Call) -> bool:
    return call.traits.attention and len({id(source) for source in call.sources}) == 1


def _cross_attention(call: Call, model: ModelIndex) -> Call | None:
    """The attention to another sequence that asks with the steps of a call, each by itself.

    Both must be of steps of inputs of their own: of what an encoder has read, and of what has been
    decoded until now.
    """
    pending, seen = [*call.outputs], set[str]()
    while pending:
        for reader in pending.pop().readers:
            if reader.path in seen:
                continue
            seen.add(reader.path)
            if reader.traits.attention and len(reader.sources) > 1:
                query, value = reader.sources[:2]
                own, other = inputs_of(query), inputs_of(value)
                if query is not value and len(own) == 1 and own.isdisjoint(other) and other:
                    return reader if _words(model, own) else None
            elif reader.traits.keeps_shape or reader.traits.joins or reader.traits.on_last_axis:
                pending += reader.outputs
    return None


def _words(model: ModelIndex, names: set[str]) -> bool:
    """Whether an input holds numbers of words, which an output of the model predicts."""
    return any(
        given.name in names and given.report.dtype.startswith("int") for given in model.inputs
    ) and any(output.steps is not None for output in model.outputs)


@finding_kind(
    "SEQ119",
    "steps-without-order",
    message="{layer} does not know the order of its steps: nothing before or after it does, so that"
    " they could be shuffled",
    remedy="add positions to what it reads, such as an Embedding of the step numbers",
    on=lambda traits: traits.attention,
)
def steps_without_order(model: ModelIndex) -> Iterator[Finding]:
    """An attention reads steps without positions: their order makes no difference.

    ### What
    A sequence goes through layers that take each step by itself, and through attention that takes
    all alike, until it is summed up or returned. No layer looks at neighbours, no positions are
    added, and no causal mask tells earlier from later.

    ### Why it matters
    "Dog bites man" and "man bites dog" give the same: the model is one of bags of words, or a
    series that rises looks to it like one that falls.

    ### Remedy
    Add an Embedding of the step numbers to what the attention reads, or put a recurrent layer or a
    convolution before it. Where the time is among the features of a step, or where the steps are
    a set that has no order, ignore this.

    ### Example
    ```yaml
    input: {shape: [50], dtype: int32}
    layers:
      - Embedding: {input_dim: 1000, output_dim: 32, name: words}
      - MultiHeadAttention: {num_heads: 4, key_dim: 8}
        from: [words, words]
      - GlobalAveragePooling1D
    ```
    Instead:
    ```yaml
    inputs: {words: {shape: [50], dtype: int32}, positions: {shape: [50], dtype: int32}}
    layers:
      - Embedding: {input_dim: 1000, output_dim: 32, name: word}
        from: words
      - Embedding: {input_dim: 50, output_dim: 32, name: position}
        from: positions
      - Add: {name: both}
        from: [word, position]
      - MultiHeadAttention: {num_heads: 4, key_dim: 8}
        from: [both, both]
      - GlobalAveragePooling1D
    ```
    """
    if len(model.inputs) != 1 or sum(call.traits.looks_up for call in model.calls) > 1:
        return
    steps = model.inputs[0].steps
    if steps is None or steps.value == 1 or not all(map(_takes_steps_alike, model.calls)):
        return
    first = next((call for call in model.calls if _attends_to_itself(call)), None)
    if first is not None:
        yield finding(first.node.place, layer=first)


def _takes_steps_alike(call: Call) -> bool:
    """Whether a call would make the same of its steps in any other order, or has none."""
    source = call.sources[0] if call.sources else None
    if call.layer.graph is not None:
        return True  # what is in it is looked at by itself
    if source is None or call.row.unsupported is not None:
        return False
    if call.traits.attention:
        return not call.node.call.get("use_causal_mask") and "attention_mask" not in call.node.call
    if source.steps is None or call.traits.pools_all:
        return True
    time = call.row.time
    alike = time is not None and time.reads == "each" and time.shared is not False
    return alike and (call.traits.looks_up or call.outputs[0].steps == source.steps)


@finding_kind(
    "SEQ120",
    "query-and-value-swapped",
    message="{layer} asks with {query} and is joined with {value}, to whose steps it attends: its"
    " step t is about step t of {query}",
    remedy="swap its two inputs: the query comes first",
    on=lambda traits: traits.attention,
)
def query_and_value_swapped(model: ModelIndex) -> Iterator[Finding]:
    """Query and value of an attention are swapped.

    ### What
    An attention between two sequences is joined (Concatenate, Add) with the sequence that it
    attends to, and not with the one that asks.

    ### Why it matters
    The output has one vector for each step of the query. Joined with the value, step t of one
    sequence meets what was gathered for step t of another. Where both have as many steps, Keras
    says nothing.

    ### Remedy
    Give the query first: for a decoder that looks at an encoder `from: [decoder, encoder]`.

    ### Example
    ```yaml
    inputs: {src: [20, 8], tgt: [20, 8]}
    layers:
      - LSTM: {units: 16, return_sequences: true, name: encoder}
        from: src
      - LSTM: {units: 16, return_sequences: true, name: decoder}
        from: tgt
      - Attention: {name: context}
        from: [encoder, decoder]
      - Concatenate: {name: joined}
        from: [decoder, context]
    ```
    Instead:
    ```yaml
    inputs: {src: [20, 8], tgt: [20, 8]}
    layers:
      - LSTM: {units: 16, return_sequences: true, name: encoder}
        from: src
      - LSTM: {units: 16, return_sequences: true, name: decoder}
        from: tgt
      - Attention: {name: context}
        from: [decoder, encoder]
      - Concatenate: {name: joined}
        from: [decoder, context]
    ```
    """
    for call in model.calls:
        if not call.traits.attention or len(call.sources) < 2:
            continue
        query, value = map(skip_shape_preserving, call.sources[:2])
        if query is value or query.call is None or value.call is None:
            continue
        for reader in call.outputs[0].readers:
            beside = [skip_shape_preserving(source) for source in reader.sources]
            if reader.traits.joins and value in beside and query not in beside:
                yield finding(call.node.place, layer=call, query=query.call, value=value.call)
                break
