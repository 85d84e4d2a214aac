"""SEQ205 and on: weights that cannot learn, or that learn nothing which others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.activations import activation_of
from seqinspect.lint.edits import with_argument
from seqinspect.lint.model_index import Use
from seqinspect.lint.registry import finding, finding_kind
from seqinspect.rules import find_rule
from seqinspect.rules.objects import ZEROS, is_constant, is_zero

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.model_index import Call, ModelIndex
    from seqinspect.model.finding import Finding
    from seqinspect.rules import Traits


def linear_map(traits: Traits) -> bool:
    """Whether a layer is a linear map, but for its activation."""
    return traits.dense or traits.convolves


@finding_kind(
    "SEQ205",
    "linear-in-a-row",
    message={
        "": "{before} and {layer} follow each other without an activation: together they are one"
        " linear layer",
        "row": "{before}, {layer} and {between:layer} between them follow each other without an"
        " activation: together they are one linear layer",
    },
    remedy={
        "": "give {before} an activation, such as relu, or remove it",
        "row": "give each of them but the last an activation, such as relu, or remove them",
    },
    on=linear_map,
)
def linear_in_a_row(model: ModelIndex) -> Iterator[Finding]:
    """Two linear layers follow each other without an activation between them.

    ### What
    A Dense or a convolution without activation is read by another one alone, and is at least as
    wide as what it reads or what follows. A row of them is said once.

    ### Why it matters
    A linear map of a linear map is a linear map: the first layer has weights, time and memory, and
    the model can do nothing that it could not do without it.

    ### Remedy
    Give the first one an activation. A layer that is narrower than what it reads and than what
    follows is left alone: it is a bottleneck, and saves parameters. So are dilated convolutions,
    and those that go over other axes than the one before them, as a window made of two.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: 64
      - Dense: 1
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 64, activation: relu}
      - Dense: 1
    ```
    """
    pairs = {id(call): before for call in model.calls if (before := _needless_before(call))}
    followed = {id(before) for before in pairs.values()}
    for call in model.calls:
        if id(call) not in pairs or id(call) in followed:
            continue  # none before it, or one of a row
        row = [pairs[id(call)]]
        while id(row[-1]) in pairs:
            row.append(pairs[id(row[-1])])
        yield finding(
            row[-1].node.place,
            layer=call,
            variant="row" if len(row) > 1 else "",
            before=row[-1],
            between=len(row) - 1,
        )


def _needless_before(call: Call) -> Call | None:
    """The linear layer before a linear one, if the two are no more than one of them would be."""
    before = _linear_before(call) if linear_map(call.traits) else None
    if before is None or not before.sources:
        return None
    if _dilated(call) or _dilated(before) or _other_axes(before, call):
        return None  # windows that have fewer weights than their product
    wide, read, made = (
        tensor.features for tensor in (before.outputs[0], before.sources[0], call.outputs[0])
    )
    needed = wide is not None and read is not None and made is not None and wide < min(read, made)
    return None if needed else before


def _other_axes(before: Call, call: Call) -> bool:
    """Whether two windows each go over an axis that the other one leaves alone."""
    windows = [each.layer.arguments.get("kernel_size") for each in (before, call)]
    if not all(isinstance(window, tuple) for window in windows):
        return False
    one, other = ([size != 1 for size in window] for window in windows if isinstance(window, tuple))
    pairs = [*zip(one, other, strict=False)]
    return (True, False) in pairs and (False, True) in pairs


def _returned(call: Call) -> bool:
    """Whether the model returns the output of a call, or of the wrapper that applies it."""
    return (call.wrapper or call).is_output


def _dilated(call: Call) -> bool:
    rate = call.layer.arguments.get("dilation_rate")
    rates = rate if isinstance(rate, tuple) else (rate,)
    return any(each is not None and each != 1 for each in rates)


def _linear_before(call: Call) -> Call | None:
    """The linear layer that a call alone reads, behind Dropout and Flatten."""
    tensor = call.sources[0] if call.sources else None
    while tensor is not None and len(tensor.readers) == 1 and not tensor.is_output:
        maker = tensor.maker
        if maker is None or not maker.sources:
            return None
        if linear_map(maker.traits):
            linear = activation_of(Use(maker.layer, maker)) == ""
            return maker if linear and not _returned(maker) and maker.node.reuses is None else None
        if not maker.traits.passes_on and maker.traits.rearranges != "flatten":
            return None
        tensor = maker.sources[0]
    return None


@finding_kind(
    "SEQ206",
    "frozen-random-weights",
    "note",
    message="{layer} is not trained, and the spec gives it random weights",
    remedy="load its weights before training, or remove trainable: false",
    by_hand=True,
)
def frozen_random(model: ModelIndex) -> Iterator[Finding]:
    """A layer is frozen with the random weights that it begins with.

    ### What
    `trainable: false` stands at a layer with weights, and no initializer but the default, which is
    random, says what they are.

    ### Why it matters
    A frozen layer keeps what it has. If no pretrained weights are loaded into it, it stays random:
    an embedding then is a random code of each word.

    ### Remedy
    Load the weights (`model.load_weights`, `layer.set_weights`), or train the layer. A spec cannot
    say that it is done: then ignore this finding on the line.

    ### Example
    ```yaml
    input: {shape: [30], dtype: int32}
    layers:
      - Embedding: {input_dim: 1000, output_dim: 16, trainable: false}
      - LSTM: 8
    ```
    Instead:
    ```yaml
    input: {shape: [30], dtype: int32}
    layers:
      - Embedding: {input_dim: 1000, output_dim: 16}
      - LSTM: 8
    ```
    """
    if model.graph.keras:  # code and configs have their weights from elsewhere
        return
    for call in model.calls:
        use = Use(call.layer, call)
        if use.get("trainable") is not False or not call.row.weights:
            continue
        if not _says_weights(use):
            yield finding(use.at("trainable"), layer=use)


def _says_weights(use: Use) -> bool:
    """Whether an initializer says what the weights are: another one than the default."""
    rule = find_rule(use.layer.type)
    return rule is None or any(
        name.endswith("_initializer")
        and name in rule.options
        and value != rule.options[name].default
        for name, value in use.layer.arguments.items()
    )


@finding_kind(
    "SEQ207",
    "bias-before-normalization",
    "note",
    message="{layer} adds a bias that {norm} takes away again, here and in {others} other layers",
    remedy="give it use_bias: false",
    on=lambda traits: traits.batch_statistics,
    fixable="unsafe",
    by_hand=True,
)
def bias_before_normalization(model: ModelIndex) -> Iterator[Finding]:
    """A layer adds a bias that the BatchNormalization after it takes away.

    ### What
    A Dense or a convolution without activation has a bias, and a BatchNormalization reads it. Said
    once for a model, at the first such layer, and of specs only: in code it is everywhere.

    ### Why it matters
    The normalisation subtracts the mean, and with it every bias; it has one of its own (beta). The
    weights are stored and do nothing.

    ### Remedy
    `use_bias: false`.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - Conv1D: {filters: 16, kernel_size: 3}
      - BatchNormalization
      - ReLU
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - Conv1D: {filters: 16, kernel_size: 3, use_bias: false}
      - BatchNormalization
      - ReLU
    ```
    """
    found = [] if model.graph.keras else [*_biased(model)]
    if found:
        use, norm = found[0]
        yield finding(
            use.layer.place or use.call.node.place,
            layer=use,
            norm=norm,
            others=len(found) - 1,
            edits=with_argument(use.call.graph, use.layer, "use_bias", value=False),
        )


def _biased(model: ModelIndex) -> Iterator[tuple[Use, Call]]:
    for use in model.of(lambda traits: traits.batch_statistics):
        call = use.call
        source = call.sources[0]
        maker = source.maker
        if maker is None or use.layer is not call.layer or len(source.readers) > 1:
            continue
        axis, center = use.get("axis", -1), use.get("center", default=True)
        before = Use(maker.layer, maker)
        rule = find_rule(maker.type)
        has_bias = rule is not None and "use_bias" in rule.options
        if (
            has_bias
            and linear_map(maker.traits)
            and activation_of(before) == ""
            and before.get("use_bias", default=True)
            and center
            and axis in (-1, source.rank - 1)
        ):
            yield before, call


@finding_kind(
    "SEQ208",
    "constant-kernel",
    message={
        "": "{layer} begins with {initializer} in every place of its {argument}: at the start its"
        " {units} units compute the same",
        "dead": "{layer} begins with zeros in its {argument} and its bias, and ends with"
        " {activation}: it returns 0, its gradient is 0, and it never learns",
    },
    remedy="leave {argument} at its default, which is random",
)
def constant_kernel(model: ModelIndex) -> Iterator[Finding]:
    """The kernel of a hidden layer begins with the same number everywhere.

    ### What
    `kernel_initializer` is zeros, ones or a constant, in a layer with several units that other
    layers read; in a recurrent layer `recurrent_initializer` too.

    ### Why it matters
    All units begin as one: what they compute is the same until the layers behind them, if those
    begin at random, have pulled them apart. A kernel and a bias of zeros before a relu never move:
    where relu returns 0 its gradient is 0.

    ### Remedy
    Leave the initializer at its default. The last layer may begin with zeros, and so may one that
    is added to a residual path.

    ### Example
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 8, activation: relu, kernel_initializer: zeros}
      - Dense: 1
    ```
    Instead:
    ```yaml
    input: [10, 8]
    layers:
      - LSTM: 16
      - Dense: {units: 8, activation: relu}
      - Dense: 1
    ```
    """
    for call in model.calls:
        use = Use(call.layer, call)
        initializer = use.get("kernel_initializer")
        output = call.outputs[0] if call.outputs else None
        if output is None or not is_constant(initializer) or output.features == 1:
            continue
        readers = (call.wrapper or call).outputs[0].readers
        if not _begins_alike(use):
            continue
        inner = readers and not any(each.traits.joins for each in readers)
        if inner and not _returned(call) and not _is_last(call.wrapper or call):
            activation = activation_of(use) or ""
            yield finding(
                use.at("kernel_initializer"),
                layer=use,
                variant="dead" if _is_dead(use, activation) else "",
                activation=activation,
                initializer=str(getattr(initializer, "type", "")),
                argument="kernel_initializer",
                units=output.features or output.report.symbolic[-1],
            )


def _is_last(call: Call) -> bool:
    """Whether a model returns what a call makes, laid out anew at most."""
    output = call.outputs[0]
    while len(output.readers) == 1 and not output.is_output:
        reader = output.readers[0]
        if not (reader.traits.passes_on or reader.traits.rearranges) or not reader.outputs:
            return False
        output = reader.outputs[0]
    return output.is_output


def _begins_alike(use: Use) -> bool:
    """Whether the units of a layer whose kernel is constant compute the same before training."""
    if not is_constant(use.get("bias_initializer", ZEROS)):
        return False
    return not use.traits.recurrent or is_constant(use.get("recurrent_initializer"))


def _is_dead(use: Use, activation: str) -> bool:
    """Whether a layer returns 0 and stays so: where relu returns 0 its gradient is 0."""
    starts = (use.get("kernel_initializer"), use.get("bias_initializer", ZEROS))
    return activation in ("relu", "relu6") and all(map(is_zero, starts))
