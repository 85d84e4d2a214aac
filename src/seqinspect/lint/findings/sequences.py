"""SEQ106 and on: the order, the number and the shape of what a model makes of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.lint.model_index import count
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import as_shape
from seqinspect.rules import find_rule
from seqinspect.rules.arguments import choices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.model_index import ModelIndex, Tensor
    from seqinspect.model.finding import Finding


@finding_kind(
    "SEQ106",
    "looks-ahead",
    "error",
    message={
        "": "{layer} is the first layer that looks ahead",
        "example": "{layer} is the first layer that looks ahead: output step {step} sees steps up"
        " to {last}",
    },
    remedy={
        "": "replace it by a layer that looks back only",
        "one direction": "use the forward layer alone",
        "mask": "give its call use_causal_mask: true",
        "padding": "give it padding: causal",
    },
)
def looks_ahead(model: ModelIndex) -> Iterator[Finding]:
    """A layer looks ahead, in a model that is declared causal.

    ### What
    `expect: {causal: true}` says that no output step may depend on a later input step. This is the
    first layer whose output does.

    ### Why it matters
    A model that looks ahead cannot run on a stream, and in forecasting it sees what it is to
    predict: it is excellent in validation and useless afterwards.

    ### Remedy
    Bidirectional: use the forward layer alone. Convolution: `padding: causal`. Attention:
    `call: {use_causal_mask: true}`. Pooling over all steps, Flatten and Permute before a Dense
    have no causal form.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - Conv1D: {filters: 4, kernel_size: 3, padding: same}
    expect: {causal: true}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - Conv1D: {filters: 4, kernel_size: 3, padding: causal}
    expect: {causal: true}
    ```
    """
    expectations = model.expectations
    wanted = expectations is not None and any(e.value is True for e in expectations.of("causal"))
    if not wanted or model.report.causal is True:
        return
    calls = {call.path: call for call in model.calls}
    for field in model.report.fields:
        ahead = field.looks_ahead
        call = calls.get(ahead.layer) if ahead is not None else None
        if ahead is not None and call is not None:
            place, form = call.node.place, causal_form(call.type)
            if ahead.numbers:
                yield finding(place, layer=call, remedy=form)
            else:
                last = field.step_formula(ahead.last)
                yield finding(
                    place, layer=call, variant="example", remedy=form, step=ahead.step, last=last
                )


def causal_form(name: str) -> str:
    """Say how a layer of this class looks back only, as a variant of the remedy."""
    rule = find_rule(name)
    if rule is not None and rule.traits.both_directions:
        return "one direction"
    if rule is not None and "use_causal_mask" in rule.calls:
        return "mask"
    padding = rule.options.get("padding") if rule is not None else None
    if padding is not None and "causal" in choices_of(padding.kind):
        return "padding"
    return ""


@finding_kind(
    "SEQ107",
    "units-equal-steps",
    "note",
    message="{layer} has as many units as there are steps ({steps}): units are the size of its"
    " state, whatever the number of steps",
    remedy="give the units a name of their own under `dims`",
    on=lambda traits: traits.recurrent,
    by_hand=True,
)
def units_equal_steps(model: ModelIndex) -> Iterator[Finding]:
    """A recurrent layer has as many units as there are time steps.

    ### What
    `units` is the size of the state, and has nothing to do with the number of steps. Here it is
    written as the number of steps: by the same name, or, in a spec, by the same number.

    ### Why it matters
    It is the most common misunderstanding of recurrent layers, "one unit for each step". Every
    unit sees every step; the layer takes any number of steps with the same weights.

    ### Remedy
    Choose `units` by what the state must remember, and give it a name of its own under `dims`.

    ### Example
    ```yaml
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: T
    ```
    Instead:
    ```yaml
    dims: {T: 10, n: 8, u: 32}
    input: [T, n]
    layers:
      - LSTM: u
    ```
    """
    for use in model.of(lambda traits: traits.recurrent):
        units = use.get("units")
        source = use.call.sources[0]
        steps = source.steps
        if steps is None or not isinstance(units, Expr):
            continue
        size, features = units.plain(), source.report.symbolic[-1]
        named = size.symbols() or steps.symbols()
        numbers = steps.value is not None and not model.graph.keras  # in code often by chance
        if size == steps.plain() and size != features and (named or numbers):
            yield finding(use.at("units"), layer=use, steps=steps)


@finding_kind(
    "SEQ108",
    "reversed-output",
    message="{layer} returns its steps in reversed order: output 0 belongs to the last step",
    remedy="use Bidirectional, which reverses the outputs of its backward half",
    on=lambda traits: traits.recurrent,
)
def reversed_output(model: ModelIndex) -> Iterator[Finding]:
    """A layer with `go_backwards` returns its steps in reversed order, and they stay so.

    ### What
    With `go_backwards: true` and `return_sequences: true`, output 0 belongs to the last input
    step. Keras does not reverse the outputs again; only Bidirectional does.

    ### Why it matters
    Where they are added to, or joined with, a sequence in forward order, or compared with a
    target, every step meets the wrong one. Shapes do not show it.

    ### Remedy
    Use Bidirectional, which reverses the outputs of its backward half, or read the sequence with
    another layer that has `go_backwards: true`.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 4, go_backwards: true, return_sequences: true}
      - Dense: 1
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - Bidirectional: {LSTM: {units: 4, return_sequences: true}}
      - Dense: 1
    ```
    """
    for use in model.of(lambda traits: traits.recurrent):
        if use.layer is not use.call.layer or not use.get("go_backwards", False):
            continue
        if _is_reversed(use.call.sources[0]):
            continue  # this one restores the order
        if use.get("return_sequences", False) and not _turned_back(use.call.outputs[0]):
            yield finding(use.at("go_backwards"), layer=use)


def _is_reversed(tensor: Tensor) -> bool:
    """Whether a tensor has its steps in reversed order, by an odd number of layers before it."""
    turns = 0
    while tensor.call is not None and tensor.steps is not None:
        turns += bool(tensor.call.layer.arguments.get("go_backwards", False))
        tensor = tensor.call.sources[0]
    return turns % 2 == 1


def _turned_back(output: Tensor) -> bool:
    """Whether every reader goes backwards again, or sums all steps up."""
    return (
        bool(output.readers)
        and not output.is_output
        and all(
            reader.layer.arguments.get("go_backwards", False)
            or reader.traits.pools_all
            or reader.layer.arguments.get("return_sequences") is False
            for reader in output.readers
        )
    )


@finding_kind(
    "SEQ109",
    "autoencoder-output",
    message="the output of the autoencoder is {output}, its input {input}",
    remedy="let the last layer return the shape of the input",
)
def autoencoder_output(model: ModelIndex) -> Iterator[Finding]:
    """The output of an autoencoder does not have the shape of its input.

    ### What
    The model is called an autoencoder, and has one input and one output, of different shapes. Where
    the output is narrower than all between, the model is an encoder, the first half of one.

    ### Why it matters
    An autoencoder is trained to return its input. A different shape fails in training at best; at
    worst the loss broadcasts, and the model learns something else.

    ### Remedy
    Repeat as many steps as the input has, keep them in the decoder (`return_sequences: true`), and
    end with a layer that has as many features as the input.

    ### Example
    ```yaml
    name: autoencoder
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: 4
      - RepeatVector: T
      - LSTM: {units: 4, return_sequences: true}
    ```
    Instead:
    ```yaml
    name: autoencoder
    dims: {T: 10, n: 8}
    input: [T, n]
    layers:
      - LSTM: 4
      - RepeatVector: T
      - LSTM: {units: 4, return_sequences: true}
      - Dense: n
    ```
    """
    if not called_autoencoder(model) or len(model.inputs) != 1 or len(model.outputs) != 1:
        return
    given, made = model.inputs[0], model.outputs[0]
    due, shape = given.report.symbolic[1:], made.report.symbolic[1:]
    if made.report.unknown_shape or made.report.unknown_time or is_encoder(model):
        return
    if len(due) == len(shape) and all(map(_may_be_equal, due, shape)):
        return
    if not given.report.dtype.startswith(("float", "bfloat")):
        return  # words in, probabilities of words out
    yield finding(
        made.place,
        layer=made.call,
        output=as_shape(made.report.symbolic),
        input=as_shape(given.report.symbolic),
    )


def _may_be_equal(one: Expr, other: Expr) -> bool:
    """Whether two sizes are the same, or not known to differ."""
    return one == other or None in (one.value, other.value) or one.value == other.value


def called_autoencoder(model: ModelIndex) -> bool:
    """Whether the name of a model says that it is an autoencoder that returns its input."""
    name = "".join(c for c in model.graph.name.lower() if c.isalpha())
    before, found, after = name.partition("autoencoder")
    rest = before + after
    return bool(found) and not any(part in rest for part in ("variational", "encoder", "decoder"))


def is_encoder(model: ModelIndex) -> bool:
    """Whether the output of a model is its narrowest tensor: the half of an autoencoder."""
    sizes = [count(call.outputs[0].report) for call in model.top if not call.is_output]
    code = count(model.outputs[0].report)
    return code is not None and all(size is not None and code < size for size in sizes)
