"""SEQ4xx: what makes training unstable or slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod
from seqinspect.lint.edits import with_argument
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.model.finding import Argument
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules.objects import is_identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.lint.model_index import ModelIndex, Use
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
    fixable="unsafe",
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
    Leave `activation` at its default, tanh; put relu into the Dense layers after it. Where the
    recurrent kernel begins as the identity (`recurrent_initializer: identity`), relu is meant, and
    this is not said.

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
        start = use.get("recurrent_initializer")
        if activation in UNBOUNDED and not is_identity(start):
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
    by_hand=True,
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
            if _is_written(use, name) and use.get(name, value) != value
        ]  # fmt: skip
        if wrong:
            yield finding(
                use.at(wrong[0]),
                layer=use,
                arguments=tuple(Argument(name, _plain(use.get(name))) for name in wrong),
                names=tuple(wrong),
            )


def _is_written(use: Use, argument: str) -> bool:
    """Whether an argument is written, and not the default of an older Keras."""
    return use.layer.places.get(argument) not in (None, use.layer.place)


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
        if steps is None or not model.is_open(steps) or source.report.masked:
            continue
        yield finding(use.call.node.place, layer=use, steps=steps)
        if model.graph.keras:
            return  # one is enough: in code it is in every block


@finding_kind(
    "SEQ413",
    "input-erased",
    "error",
    message={
        "": "{layer} takes each number by itself less its mean, which leaves 0: the output does not"
        " depend on the input",
        "copies": "{layer} works along copies of one step, which are equal: the output does not"
        " depend on the input",
        "itself": "{layer} takes a tensor from one that has the same values, which leaves 0: the"
        " output does not depend on the input",
    },
    remedy={
        "": "remove it, or normalize along an axis of more than one number",
        "copies": "remove it, or work along the features: axis -1",
        "itself": "give it two tensors that differ",
    },
    on=lambda traits: traits.evens or traits.subtracts,
)
def input_erased(model: ModelIndex) -> Iterator[Finding]:
    """A normalization takes numbers that are equal: nothing of its input is left.

    ### What
    A LayerNormalization, or a GroupNormalization of groups of one channel, works along an axis of
    size 1, most often the one feature of a univariate series; or it, or a Softmax, works along the
    steps that a RepeatVector has made, which are copies of one vector. A Subtract leaves nothing
    either, where both its inputs are one tensor, or what one layer made of it in two calls.

    ### Why it matters
    A number less its mean is 0, and so is each of several equal ones: the output is beta, whatever
    the input, the gradient is 0, and the layers before it learn nothing. Shapes fit, and nothing
    warns.

    ### Remedy
    Remove the layer. To normalize a univariate series, do it along the steps, `axis: 1`, or bring
    the data to one scale before.

    ### Example
    ```yaml
    input: [50, 1]
    layers:
      - LayerNormalization
      - LSTM: 16
    ```
    Instead:
    ```yaml
    input: [50, 1]
    layers:
      - LayerNormalization: {axis: 1}
      - LSTM: 16
    ```
    """
    for use in model.of(lambda traits: traits.evens or traits.subtracts):
        if use.layer is not use.call.layer:
            continue  # within a wrapper, its row is that of the wrapper
        if Peculiarity.TAKEN_FROM_ITSELF in use.call.row.remarks:
            yield finding(use.call.node.place, layer=use, variant="itself")
        if Peculiarity.INPUT_HAS_NO_SAY not in use.call.row.remarks:
            continue
        alone = prod(_along(use)).value == 1
        if not (alone and use.traits.activation):  # that is a softmax-of-one
            yield finding(use.at("axis"), layer=use, variant="" if alone else "copies")


def _along(use: Use) -> list[Expr]:
    """The sizes of the axes along which a normalization takes its mean."""
    sizes, given = use.call.sources[0].report.symbolic, use.get("axis", -1)
    named = given if isinstance(given, tuple | list) else (given,)
    axes = {axis % len(sizes) for axis in named if isinstance(axis, int)}
    if not (use.traits.weights_by_features or use.traits.activation):
        # GroupNormalization: along all axes but that of its groups
        axes = set(range(len(sizes))) - axes
    return [sizes[axis] for axis in axes if axis]
