"""SEQ405 and on: activations and noise, at the end of a model and where they follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod
from seqinspect.lint.activations import (
    SOFTMAX,
    activation_of,
    is_activation,
    last_activation,
    softmax_axes,
)
from seqinspect.lint.edits import with_argument
from seqinspect.lint.model_index import Call, ModelIndex, Tensor, Use
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.rules.losses import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.finding import Finding


@finding_kind(
    "SEQ405",
    "softmax-of-one",
    "error",
    message="{layer} takes the softmax of a single number, which is always 1",
    remedy={
        "": "use sigmoid, or as many units as there are classes",
        "steps": "give {layer} no activation, and take the softmax over the steps after it:"
        " Softmax: {{axis: {axis}}}",
        "axis": "take the softmax along an axis of more than one number",
    },
    fixable="unsafe",
)
def softmax_of_one(model: ModelIndex) -> Iterator[Finding]:
    """A softmax over a single number is always 1.

    ### What
    `softmax` is applied along an axis of size 1.

    ### Why it matters
    e^x / e^x = 1 for every x: the output is 1 whatever the input, the gradient is 0, and nothing
    is learnt. As weights of an attention it gives every step the same weight.

    ### Remedy
    Use sigmoid for one probability, or as many units as there are classes. For weights of steps,
    take the softmax over the steps: a Dense of 1 without activation, then `Softmax: {axis: 1}`.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 1, activation: softmax}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 1, activation: sigmoid}
    ```
    """
    for uses in model.uses.values():
        for use in uses:
            axes = softmax_axes(use)
            output = use.call.outputs[0] if axes else None
            if output is None or prod(output.report.symbolic[axis] for axis in axes).value != 1:
                continue
            alone = bool(use.traits.activation)
            weights = output.axis is not None and bool(output.readers)
            edits = (
                () if alone or weights
                else with_argument(use.call.graph, use.layer, "activation", "sigmoid")
            )  # fmt: skip
            yield finding(
                use.at("axis" if alone else "activation"),
                layer=use,
                remedy="axis" if alone else "steps" if weights else "",
                axis=output.axis or 0,
                edits=edits,
            )


@finding_kind(
    "SEQ408",
    "softmax-over-steps",
    message={
        "": "{layer} takes the softmax over the {steps:step} and not over the {features} numbers of"
        " a step: what it returns for a step does not add up to 1",
        "classes": "{layer} takes the softmax along axis {axis}, and {loss} takes the last axis for"
        " the {features} classes, which do not add up to 1",
    },
    remedy="take the softmax along the last axis",
)
def softmax_over_steps(model: ModelIndex) -> Iterator[Finding]:
    """The last softmax is taken over the time steps, or another axis, and not over the classes.

    ### What
    The model returns a sequence with several numbers for each step, and the softmax before the
    output runs along the time axis: a Softmax with `axis: 1`, or a softmax behind a Permute. Or
    the loss is a crossentropy, and the softmax of the output runs along another axis than the last.

    ### Why it matters
    The numbers of a class add up to 1 over all steps, those of a step do not. A crossentropy takes
    the last axis for the classes and gets no probabilities.

    ### Remedy
    Take the softmax along the last axis. Weights of an attention are taken over the steps; a model
    that returns one of them for each step is left alone.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - Dense: 5
      - Softmax: {axis: 1}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, return_sequences: true}
      - Dense: 5
      - Softmax
    ```
    """
    for name, output in zip(model.report.outputs, model.outputs, strict=True):
        use, _ = last_activation(output)
        made = use.call.outputs[0] if use is not None and use.call.outputs else None
        if use is None or made is None or len(softmax_axes(use)) != 1:
            continue
        axis = softmax_axes(use)[0]
        loss = model.loss(name)
        if made.steps is None or made.axis != axis:
            if loss is None or not loss.of_classes or _last_but_noise(output) is not use.call:
                continue
            if axis != made.rank - 1 and made.features != 1:
                yield finding(
                    use.at("axis"),
                    layer=use,
                    variant="classes",
                    axis=axis,
                    loss=str(loss),
                    features=made.report.symbolic[-1],
                )
            continue
        others = [
            size for axis, size in enumerate(made.report.symbolic[1:], 1) if axis != made.axis
        ]
        if prod(others).value != 1:
            yield finding(use.at("axis"), layer=use, steps=made.steps, features=prod(others))


def _last_but_noise(output: Tensor) -> Call | None:
    """The call that makes an output, before layers that pass it on as it is."""
    call = output.maker
    while call is not None and call.traits.passes_on:
        call = call.sources[0].maker
    return call


@finding_kind(
    "SEQ409",
    "activation-twice",
    message="{layer} applies {second} to what {before} has put through {first}",
    remedy="remove one of the two activations",
)
def activation_twice(model: ModelIndex) -> Iterator[Finding]:
    """Two activations follow each other directly.

    ### What
    An Activation, a ReLU or another layer that is an activation alone reads a layer that ends with
    one already.

    ### Why it matters
    The second one sees only what the first one lets through: a softmax of numbers between 0 and 1
    is nearly even and cannot be sure of a class, a softmax behind relu cannot tell classes below 0
    apart.

    ### Remedy
    Keep one: leave `activation` of the layer before it out, or remove the second layer. Scores of
    an attention that go through tanh before a softmax are left alone.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 5, activation: softmax}
      - Activation: softmax
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 5, activation: softmax}
    ```
    """
    for call in model.calls:
        use = Use(call.layer, call)
        second = activation_of(use) if is_activation(use) else None
        source = call.sources[0].maker if second else None
        while source is not None and source.traits.passes_on:
            source = source.sources[0].maker
        if source is not None and source.graph is not call.graph and source.wrapper is None:
            continue  # of another model, which ends so whatever reads it
        first = activation_of(Use(source.layer, source)) if source is not None else None
        if source is None or not first or not second:
            continue
        if second not in SOFTMAX or VALUES.get(first) != "bounded":
            yield finding(
                use.at("activation"), layer=use, second=second, before=source, first=first
            )


@finding_kind(
    "SEQ410",
    "dropout-on-output",
    message="{layer} changes the output of the model by chance in training: nothing with weights"
    " follows it",
    remedy="put it before {before}, or remove it",
    on=lambda traits: traits.noise,
)
def dropout_on_output(model: ModelIndex) -> Iterator[Finding]:
    """A Dropout (or noise) stands behind the last layer with weights.

    ### What
    Dropout, noise or the like is laid over what the last Dense or convolution returns, or over
    what its activation makes of that. In code, and in what Keras saved, only where the model is
    compiled with a loss: others may be parts that more layers are put on.

    ### Why it matters
    In training some of the numbers that the loss compares are 0 and the others too large,
    whatever the model has learnt: a regression cannot meet its target, a crossentropy of a dropped
    class is as large as it can be. Nothing behind it can make up for that.

    ### Remedy
    Put it before the last layer with weights.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 5, activation: softmax}
      - Dropout: 0.5
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dropout: 0.5
      - Dense: {units: 5, activation: softmax}
    ```
    """
    for name, output in zip(model.report.outputs, model.outputs, strict=True):
        if model.graph.keras and model.loss(name) is None:
            continue  # a part of a model, on which others are built
        call, noisy = output.maker, list[Call]()
        while call is not None and (
            call.traits.passes_on or call.traits.rearranges or is_activation(Use(call.layer, call))
        ):
            if call.traits.noise and Use(call.layer, call).get("rate", 1) != 0:
                noisy.append(call)
            call = call.sources[0].maker
        if call is not None and (call.traits.dense or call.traits.convolves):
            for each in noisy[:1]:
                yield finding(each.node.place, layer=each, before=call)
