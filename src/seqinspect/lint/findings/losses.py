"""SEQ406 and on: whether the loss can use what a model returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod
from seqinspect.lint.activations import SOFTMAX, last_activation
from seqinspect.lint.model_index import Call, ModelIndex, Tensor, Use, skip_shape_preserving
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import as_shape
from seqinspect.model.graph import UnknownValue
from seqinspect.rules.losses import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.finding import Finding
    from seqinspect.rules.losses import Loss


def _last(model: ModelIndex) -> Iterator[tuple[Tensor, Loss, Use, str]]:
    """Yield the outputs whose loss and last activation are known, with the layer that has it."""
    if model.expectations is None or not model.expectations.entries:
        return
    for name, output in zip(model.report.outputs, model.outputs, strict=True):
        loss = model.loss(name)
        use, activation = last_activation(output) if loss is not None else (None, "")
        if loss is not None and use is not None:
            yield output, loss, use, activation


@finding_kind(
    "SEQ406",
    "activation-and-loss",
    message={
        "": "{layer} ends with {activation}, and {loss} is made for {due}",
        "none": "{layer} ends with no activation, and {loss} is made for {due}",
        "any size": "{layer} ends with {activation}, and {loss} is made for numbers of any size",
        "one class": "{layer} returns a single number, and {loss} is made for one of each class: of"
        " a single class the softmax is always 1",
    },
    remedy={
        "": "use {due}",
        "none": "use {due}, or let the loss make it: from_logits=True",
        "plain": "use {due}",
        "any size": "remove the activation, or use a crossentropy of probabilities",
        "one class": "use binary_crossentropy with sigmoid, or as many units as there are classes",
    },
)
def activation_and_loss(model: ModelIndex) -> Iterator[Finding]:
    """The last activation does not fit the loss.

    ### What
    `expect: {loss: …}`, `compile(loss=…)` in code or a saved config names the loss. A crossentropy
    needs probabilities: `binary_crossentropy` numbers from 0 to 1 (a sigmoid, or a softmax over
    two), `categorical_crossentropy` and `sparse_categorical_crossentropy` a softmax over at least
    two classes. `poisson` needs numbers from 0 on; a mean squared error needs no softmax.

    ### Why it matters
    Keras does not check it. A crossentropy of numbers that are no probabilities is clipped, trains
    badly or not at all; softmax over many classes with `binary_crossentropy` treats exclusive
    classes as independent.

    ### Remedy
    Change the activation, or the loss. A loss with `from_logits=True` makes the probabilities
    itself and needs a layer without activation: `loss: {categorical_crossentropy: {from_logits:
    true}}`; where a spec names the loss alone, a layer without activation is taken for that. Of
    several outputs each can have its own: `loss: {main: mse, aux: hinge}`.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 5, activation: sigmoid}
    expect: {loss: categorical_crossentropy}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 5, activation: softmax}
    expect: {loss: categorical_crossentropy}
    ```
    """
    for output, loss, use, activation in _last(model):
        features = output.features
        due = loss.activation
        independent = activation in SOFTMAX and due == "sigmoid" and (features or 0) > 2
        if loss.of_classes and features == 1 and activation not in SOFTMAX:
            yield finding(use.at("activation"), layer=use, variant="one class", loss=str(loss))
        elif not loss.takes(activation) and not (loss.of_numbers and activation not in SOFTMAX):
            variant = "any size" if not due else "" if activation else "none"
            yield finding(
                use.at("activation"),
                layer=use,
                variant=variant,
                remedy="plain" if variant == "none" and loss.from_logits is None else variant,
                activation=activation,
                loss=str(loss),
                due=due,
            )
        elif independent and loss.name.startswith("binary"):
            yield finding(
                use.at("activation"), layer=use, activation=activation, loss=str(loss), due=due
            )


def _last_cells(model: ModelIndex) -> Iterator[tuple[Tensor, Loss, Use, str]]:
    """Yield the outputs that a recurrent layer returns: what bounds its state bounds them."""
    for name, output in zip(model.report.outputs, model.outputs, strict=True):
        loss = model.loss(name)
        call = output.maker
        while call is not None and call.traits.passes_on:
            call = call.sources[0].maker
        if loss is not None and call is not None and call.traits.gates:
            use = Use(call.layer, call)
            if not isinstance(use.layer.arguments.get("activation"), UnknownValue):
                yield output, loss, use, str(use.get("activation", "tanh") or "")


@finding_kind(
    "SEQ407",
    "output-range",
    "note",
    message={
        "positive": "{layer} ends with {activation}: the model returns no number below 0, and where"
        " it returns 0 the gradient is 0",
        "bounded": "{layer} ends with {activation}: the model returns numbers between {low} and 1"
        " only, and {loss} compares with numbers of any size",
    },
    remedy={
        "positive": "remove the activation, or use softplus if no target is below 0",
        "bounded": "remove the activation, unless every target lies there",
    },
)
def output_range(model: ModelIndex) -> Iterator[Finding]:
    """The last activation keeps a regression from returning some numbers.

    ### What
    The loss measures a distance (`mse`, `mae`, `huber`, …), and the last activation returns no
    number below 0 (relu), or none beyond 1 (sigmoid, tanh, also that of a recurrent layer which is
    the last one). A model that returns the shape of its
    input is left out, and one of pictures: an autoencoder of scaled data ends so.

    ### Why it matters
    A target outside of the range is never met: the error stays, without a message. A relu at the
    end also stops learning wherever it returns 0.

    ### Remedy
    Leave the last layer without activation, unless the targets are scaled into its range; for
    numbers that are never negative, softplus has a gradient everywhere.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 1, activation: relu}
    expect: {loss: mse}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: 1
    expect: {loss: mse}
    ```
    """
    shapes = {given.report.symbolic[1:] for given in model.inputs}
    if model.expectations is None or not model.expectations.entries:
        return
    for output, loss, use, activation in (*_last(model), *_last_cells(model)):
        values = VALUES.get(activation)
        if not loss.of_numbers or output.report.symbolic[1:] in shapes or output.rank > 3:
            continue  # an autoencoder, or a picture
        if activation.startswith("relu") or values in ("unit", "bounded"):
            yield finding(
                use.at("activation"),
                layer=use,
                variant="positive" if values == "positive" else "bounded",
                activation=activation,
                low=0 if values == "unit" else -1,
                loss=str(loss),
            )


@finding_kind(
    "SEQ411",
    "classes-for-every-step",
    message={
        "": "{layer} is applied at every position: the output is {output}, with classes for each of"
        " {positions} positions that are left over",
        "alone": "{layer} is applied at every step: the output is {output}, and no layer of the"
        " model makes one vector of the steps, or lets a step see another one",
    },
    remedy="put Flatten, or a pooling over all steps, before {first}; or give `expect:` a target"
    " for every step, if it is meant",
    on=lambda traits: traits.dense,
)
def classes_for_every_step(model: ModelIndex) -> Iterator[Finding]:
    """A crossentropy gets classes for positions that are left over: a Flatten is missing.

    ### What
    The loss is a crossentropy, the last Dense reads a tensor of three or more axes, and its other
    axes are what convolutions and poolings have left of the input, or no layer looks at more than
    one step. No target is known that has them.

    ### Why it matters
    Dense works on the last axis alone and makes classes at every position. Keras refuses labels of
    shape (batch, classes), or broadcasts them against the output and trains something else.

    ### Remedy
    Put Flatten, GlobalAveragePooling1D or GlobalMaxPooling1D before the first Dense. Where every
    step has a label, say so: `expect: {target: [batch, T, classes]}`, or TimeDistributed.

    ### Example
    ```yaml
    input: [30, 1]
    layers:
      - Conv1D: {filters: 64, kernel_size: 3, activation: relu}
      - MaxPooling1D: 4
      - Dense: {units: 1, activation: sigmoid}
    expect: {loss: binary_crossentropy}
    ```
    Instead:
    ```yaml
    input: [30, 1]
    layers:
      - Conv1D: {filters: 64, kernel_size: 3, activation: relu}
      - MaxPooling1D: 4
      - Flatten
      - Dense: {units: 1, activation: sigmoid}
    expect: {loss: binary_crossentropy}
    ```
    """
    targeted = model.data is not None and model.data.y is not None
    if (
        model.expectations is None
        or targeted
        or any(each.key.what in ("target", "output") for each in model.expectations.entries)
    ):
        return
    for output, loss, _, _ in _last(model):
        last = skip_shape_preserving(output).call
        if loss.of_numbers or last is None or not last.traits.dense:
            continue
        if output.rank < 3 or output.report.unknown_shape:
            continue
        first, source = last, skip_shape_preserving(last.sources[0])
        while source.call is not None and source.call.traits.dense:
            first, source = source.call, skip_shape_preserving(source.call.sources[0])
        shrunk = _left_over(source, model)
        positions = prod(output.report.symbolic[1:-1])
        if shrunk is None or positions.value == 1:
            continue
        yield finding(
            last.node.place,
            layer=last,
            variant="" if shrunk else "alone",
            first=first,
            output=as_shape(output.report.symbolic),
            positions=positions,
        )


def _left_over(tensor: Tensor, model: ModelIndex) -> bool | None:
    """Whether the positions of a tensor are what windows left of those of an input.

    False where nothing but Dense stands between; None where they may be meant.
    """
    whole = [given.report.symbolic[1:-1] for given in model.inputs]
    positions = tensor.report.symbolic[1:-1]
    windows = False
    while tensor.call is not None:
        call = tensor.call
        if not (call.traits.keeps_shape or call.traits.dense):
            if len(call.sources) != 1 or not _is_window(call):
                return None
            windows = True
        tensor = call.sources[0]
    if not windows:
        return False
    return True if positions not in whole or len(positions) > 1 else None


def _is_window(call: Call) -> bool:
    """Whether a call is a convolution or a pooling that leaves no more positions than it reads."""
    before, after = call.sources[0].report.shape[1:-1], call.outputs[0].report.shape[1:-1]
    pools = call.traits.weightless and call.traits.keeps_features and not call.traits.rearranges
    return (
        (call.traits.convolves or pools)
        and len(before) == len(after)
        and all(
            one is None or other is None or other <= one
            for one, other in zip(before, after, strict=True)
        )
    )
