"""SEQ4xx: what makes training unstable or slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.edits import with_argument
from seqinspect.lint.model_index import ModelIndex, Tensor, Use
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import Argument
from seqinspect.model.graph import UnknownValue
from seqinspect.rules import find_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.finding import Finding


UNBOUNDED = frozenset({"relu", "leaky_relu", "elu", "selu", "softplus", "exponential", "linear"})


@finding_kind(
    "SEQ401",
    "relu-in-recurrent",
    message={
        "": "{layer} has activation {activation}: its state has no bound and can grow at every"
        " step",
        "slow": "{layer} has activation {activation}: its state has no bound and can grow at every"
        " step, and a GPU has no fused kernel for it",
    },
    remedy="leave the activation at tanh",
    on=lambda traits: traits.gates,
    fixable=True,
)
def relu_in_recurrent(model: ModelIndex) -> Iterator[Finding]:
    """A recurrent layer has relu (or another unbounded activation) instead of tanh.

    ### What
    `activation: relu` in an LSTM, GRU or SimpleRNN replaces the tanh of the state.

    ### Why it matters
    The state is multiplied with the same matrix at every step. Without a bound it can grow by a
    factor at each of T steps: losses become NaN, most of all on long sequences. The fused kernel
    of a GPU knows tanh only, so that training is several times slower.

    ### Remedy
    Leave `activation` at its default, tanh; put relu into the Dense layers after it. Where it is
    meant (identity-initialised RNNs), ignore this finding on the line.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, activation: relu}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, activation: tanh}
    ```
    """
    for use in model.of(lambda traits: traits.gates):
        activation = use.get("activation", "tanh") or "linear"
        if activation in UNBOUNDED:
            yield finding(
                use.at("activation"),
                layer=use,
                variant="slow" if use.traits.fused_kernel else "",
                activation=str(activation),
                edits=with_argument(use.call.graph, use.layer, "activation", "tanh"),
            )


@finding_kind(
    "SEQ402",
    "no-fused-kernel",
    "note",
    message="{layer} cannot use the fused kernel of a GPU: {arguments:and}",
    remedy="leave {names:and} at the default",
    on=lambda traits: traits.fused_kernel,
)
def no_fused_kernel(model: ModelIndex) -> Iterator[Finding]:
    """An option keeps an LSTM or GRU from the fused kernel of a GPU.

    ### What
    Keras uses cuDNN for LSTM and GRU on a GPU by itself, if `activation` is tanh,
    `recurrent_activation` is sigmoid, `use_bias` is true, `unroll` is false, `recurrent_dropout` is
    0 and, for GRU, `reset_after` is true.

    ### Why it matters
    Without it the layer runs step by step, several times slower.

    ### Remedy
    Leave the option at its default, unless the exact cell is needed (old checkpoints with
    hard_sigmoid or `reset_after: false`).

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, recurrent_activation: hard_sigmoid}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, recurrent_activation: sigmoid}
    ```
    """
    for use in model.of(lambda traits: traits.fused_kernel):
        needed = use.traits.fused_kernel
        wrong = [
            name for name, value in needed.items()
            if name in use.layer.arguments and use.get(name, value) != value
        ]  # fmt: skip
        if wrong:
            yield finding(
                use.at(wrong[0]),
                layer=use,
                arguments=tuple(Argument(name, _plain(use.get(name))) for name in wrong),
                names=tuple(wrong),
            )


def _plain(value: object) -> str | bool:
    return value if isinstance(value, bool) else str(value)


@finding_kind(
    "SEQ403",
    "recurrent-dropout",
    "note",
    message="{layer} has recurrent_dropout {rate}: it runs step by step, without the fused kernel"
    " of a GPU",
    remedy="use dropout on its inputs, or accept the time it takes",
    on=lambda traits: traits.fused_kernel,
)
def recurrent_dropout(model: ModelIndex) -> Iterator[Finding]:
    """`recurrent_dropout` keeps a layer from the fused kernel of a GPU.

    ### What
    `recurrent_dropout` is above 0. Keras then runs the layer step by step in training.

    ### Why it matters
    On a GPU training takes several times as long; `dropout` alone, on the inputs, costs nothing.

    ### Remedy
    Use `dropout`, or a Dropout layer between recurrent layers; keep `recurrent_dropout` where the
    regularization is worth the time.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, recurrent_dropout: 0.2}
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: {units: 16, dropout: 0.2}
    ```
    """
    for use in model.of(lambda traits: traits.fused_kernel):
        rate = use.get("recurrent_dropout", 0.0)
        if isinstance(rate, int | float) and rate:
            yield finding(use.at("recurrent_dropout"), layer=use, rate=rate)


@finding_kind(
    "SEQ404",
    "batch-norm-over-time",
    message="{layer} takes its statistics over {steps} steps, and {steps} is not known: padded"
    " steps count",
    remedy="use LayerNormalization, or mask the padded steps",
    on=lambda traits: traits.batch_statistics,
)
def batch_norm_over_time(model: ModelIndex) -> Iterator[Finding]:
    """BatchNormalization takes its statistics over an unknown number of time steps.

    ### What
    The layer normalises every feature by its mean and variance over the batch *and* all steps, and
    the number of steps is not known: batches are padded to different lengths.

    ### Why it matters
    Padded steps count in the statistics, more in one batch than in the next; what the layer learnt
    in training does not fit a sequence of another length. In training, a step also sees the
    statistics of later steps.

    ### Remedy
    Use LayerNormalization, which takes every step by itself. With a Masking or `mask_zero` before
    it, BatchNormalization leaves padded steps out.

    ### Example
    ```yaml
    dims: {T: null, n: 8}
    input: [T, n]
    layers:
      - BatchNormalization
      - LSTM: 16
    ```
    Instead:
    ```yaml
    dims: {T: null, n: 8}
    input: [T, n]
    layers:
      - LayerNormalization
      - LSTM: 16
    ```
    """
    for use in model.of(lambda traits: traits.batch_statistics):
        source = use.call.sources[0]
        steps = source.steps if use.layer is use.call.layer else None
        if steps is None or steps.value is not None or source.report.masked:
            continue
        yield finding(use.call.node.place, layer=use, steps=steps)


@finding_kind(
    "SEQ405",
    "softmax-of-one",
    "error",
    message="{layer} takes the softmax of a single number, which is always 1",
    remedy="use sigmoid, or as many units as there are classes",
    fixable=True,
)
def softmax_of_one(model: ModelIndex) -> Iterator[Finding]:
    """A softmax over a single number is always 1.

    ### What
    `softmax` is applied along an axis of size 1.

    ### Why it matters
    e^x / e^x = 1 for every x: the output is 1 whatever the input, the gradient is 0, and nothing
    is learnt.

    ### Remedy
    Use sigmoid for one probability, or as many units as there are classes.

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
            softmax = use.traits.softmax and use.get("axis", -1) in (-1, (-1,))
            if not softmax and use.get("activation") not in ("softmax", "log_softmax"):
                continue
            if use.call.outputs and use.call.outputs[0].features == 1:
                edits = (
                    () if softmax
                    else with_argument(use.call.graph, use.layer, "activation", "sigmoid")
                )  # fmt: skip
                yield finding(use.at("activation"), layer=use, edits=edits)


@finding_kind(
    "SEQ406",
    "activation-and-loss",
    message={
        "": "{layer} ends with {activation}, and {loss} is made for {due}",
        "none": "{layer} ends with no activation, and {loss} is made for {due}",
        "any size": "{layer} ends with {activation}, and {loss} is made for numbers of any size",
    },
    remedy={
        "": "use {due}",
        "any size": "remove the activation, or use a crossentropy of probabilities",
    },
)
def activation_and_loss(model: ModelIndex) -> Iterator[Finding]:
    """The last activation does not fit the loss under `expect:`.

    ### What
    `expect: {loss: …}` names the loss that the model will be trained with, by its Keras name. A
    crossentropy needs probabilities: `binary_crossentropy` a sigmoid, `categorical_crossentropy`
    and `sparse_categorical_crossentropy` a softmax. A mean squared error needs no softmax.

    ### Why it matters
    Keras does not check it. A crossentropy of numbers that are no probabilities is clipped, trains
    badly or not at all; softmax with `binary_crossentropy` treats exclusive classes as independent.

    ### Remedy
    Change the activation, or the loss. A loss with `from_logits=True` makes the probabilities
    itself and needs a layer without activation: `loss: {categorical_crossentropy: {from_logits:
    true}}`. Of several outputs each can have its own: `loss: {main: mse, aux: hinge}`.

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
    if model.expectations is None:
        return
    for name, output in zip(model.report.outputs, model.outputs, strict=True):
        loss = model.expectations.loss(name)
        use, activation = _last_activation(output) if loss is not None else (None, "")
        if loss is None or use is None or activation == loss.activation:
            continue
        due, bounded = loss.activation, activation in ("softmax", "sigmoid", "log_softmax")
        if (not due and activation != "softmax" and not (loss.from_logits and bounded)) or (
            due == "tanh" and not bounded
        ):
            continue
        yield finding(
            use.at("activation"),
            layer=use,
            variant="any size" if not due else "" if activation else "none",
            activation=activation,
            loss=str(loss),
            due=due,
        )


def _last_activation(output: Tensor) -> tuple[Use | None, str]:
    """The activation that a model ends with, and the layer that has it; none is linear."""
    call = output.maker
    while call is not None and (call.traits.passes_on or call.traits.rearranges):
        call = call.sources[0].maker
    if call is None:
        return None, ""
    use = Use(call.layer, call)
    if use.traits.softmax:
        return use, "softmax"
    known = not isinstance(use.layer.arguments.get("activation"), UnknownValue)
    if not known or not _ends_with_activation(use.layer.type):
        return None, ""
    activation = str(use.get("activation") or "")
    return use, "" if activation == "linear" else activation


def _ends_with_activation(name: str) -> bool:
    """Whether what a class returns went through its `activation` last: no gates follow."""
    rule = find_rule(name)
    return rule is not None and "activation" in rule.options and not rule.traits.recurrent
