"""Random layers that are called on one tensor, by how many axes it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.keras.time_judge.drawing import Draft, Shape
    from tests.keras.time_judge.real_model import Entry


def layer(d: Draft, shape: Shape) -> Entry:
    """Return a random layer for a tensor of this shape, the batch left out."""
    if len(shape) == 1:
        return d.choice(VECTOR)(d, shape)  # type: ignore[no-any-return]
    if len(shape) == 2:
        makers = LONG if d.long else SEQUENCE
        return d.random.choices([*makers], [*makers.values()])[0](d, shape)
    return d.choice(IMAGES)(d, shape)  # type: ignore[no-any-return]


def _recurrent(d: Draft, _: Shape) -> Entry:
    kind = d.choice(["LSTM", "GRU", "SimpleRNN"])
    options: Entry = {"units": d.width(), "return_sequences": d.chance(0.7)}
    for flag, probability in (
        ("go_backwards", 0.25),
        ("return_state", 0.2),
        ("zero_output_for_mask", 0.05),
    ):
        if d.chance(probability):
            options[flag] = True
    # Unrolled, Keras on TensorFlow sets other steps to 0 than those that are masked.
    wrong = options.keys() >= {"go_backwards", "zero_output_for_mask"}
    if d.chance(0.1) and not d.long and not wrong:
        options["unroll"] = True
    return {kind: options}


def starting_from(d: Draft, vectors: list[str]) -> Entry:
    """Return a recurrent layer, or one both ways, that starts from these vectors of one size."""
    (units,) = d.steps_of(vectors[0])
    kind = d.choice(["LSTM", "LSTM", "GRU", "SimpleRNN"])
    count = 2 if kind == "LSTM" else 1
    options = {"units": d.size("u", units), "return_sequences": d.chance(0.7)}
    made: Entry = {kind: options}
    if d.chance(0.2):
        made, count = {"Bidirectional": {"layer": made}}, 2 * count
    elif d.chance(0.2):
        options["go_backwards"] = True
    return {**made, "call": {"initial_state": [d.choice(vectors) for _ in range(count)]}}


def _cells(d: Draft, _: Shape) -> Entry:
    kinds = ["LSTMCell", "GRUCell", "SimpleRNNCell"]
    cells = [{d.choice(kinds): {"units": d.integer(2, 3)}} for _ in range(2)]
    return {"RNN": {"cell": cells, "return_sequences": d.chance(0.7)}}


def _bidirectional(d: Draft, shape: Shape) -> Entry:
    inner = _recurrent(d, shape)
    (kind, options), *_ = inner.items()
    options.pop("go_backwards", None)
    both = {"layer": inner, "merge_mode": d.choice(["concat", "concat", "sum", "ave", "mul", None])}
    if d.chance(0.15):
        backward = {**options, "go_backwards": True}
        other = kind if "return_state" in options else d.choice([kind, "GRU", "SimpleRNN"])
        both["backward_layer"] = {other: backward}
    return {"Bidirectional": both}


def _time_distributed(d: Draft, _: Shape) -> Entry:
    dense = {"Dense": {"units": d.width()}}
    inner = d.choice(
        [
            dense,
            {"Activation": {"activation": "tanh"}},
            {"LayerNormalization": {}},
            {"Sequential": {"layers": [dense, {"Activation": {"activation": "tanh"}}]}},
        ]
    )
    return {"TimeDistributed": {"layer": inner}}


def _convolution(d: Draft, shape: Shape) -> Entry:
    options = {
        "filters": d.width(),
        "kernel_size": d.size("k", d.integer(1, 4)),
        "padding": d.choice(["valid", "same", "causal", "causal"]),
    }
    if d.chance(0.4):
        options["activation"] = d.choice(["tanh", "relu", "elu"])
    if shape[1] % 2 == 0 and d.chance(0.2) and not d.long:
        options |= {"groups": 2, "filters": d.choice([2, 4])}
    which, name = d.choice([("strides", "s"), ("dilation_rate", "d"), ("dilation_rate", "d")])
    options[which] = d.size(name, d.choice([1, 2, 3, 8, 20]) if d.long else d.integer(1, 3))
    return {"Conv1D": options}


def _other_convolution(d: Draft, _: Shape) -> Entry:
    kernel = {"kernel_size": d.size("k", d.integer(1, 4)), "padding": d.choice(["valid", "same"])}
    strides = d.size("s", d.integer(1, 3))
    return d.choice(  # type: ignore[no-any-return]
        [
            {"SeparableConv1D": {**kernel, "filters": d.width()}},
            {"DepthwiseConv1D": kernel},
            {"Conv1DTranspose": {**kernel, "filters": d.width(), "strides": strides}},
        ]
    )


def _pooling(d: Draft, _: Shape) -> Entry:
    options: Entry = {
        "pool_size": d.size("p", d.integer(1, 3)),
        "padding": d.choice(["valid", "same"]),
    }
    if d.chance(0.6):
        options["strides"] = d.size("s", d.integer(1, 3))
    return {d.choice(["MaxPooling1D", "AveragePooling1D"]): options}


def _global_pooling(d: Draft, shape: Shape) -> Entry:
    kind = d.choice(["GlobalMaxPooling1D", "GlobalAveragePooling1D", "GlobalAveragePooling1D"])
    options: Entry = {"keepdims": d.chance(0.3)}
    if d.chance(0.1):
        options["data_format"] = "channels_first"
    if shape[0] > 1 and d.chance(0.15):
        return {"AdaptiveAveragePooling1D": {"output_size": d.integer(2, 3)}}
    return {kind: options}


def _edges(d: Draft, _: Shape) -> Entry:
    both = [d.integer(0, 2), d.integer(0, 2)]
    return d.choice(  # type: ignore[no-any-return]
        [
            {"Cropping1D": {"cropping": both}},
            {"ZeroPadding1D": {"padding": both}},
            {"UpSampling1D": {"size": d.size("s", d.integer(1, 3))}},
        ]
    )


def _each_step(d: Draft, _: Shape) -> Entry:
    return d.choice(  # type: ignore[no-any-return]
        [
            {"Dense": {"units": d.width()}},
            {"Dense": {"units": d.width(), "activation": d.choice(["tanh", "relu"])}},
            {"LayerNormalization": {}},
            {"BatchNormalization": {"axis": d.choice([-1, 1])}},
            {"Dropout": {"rate": 0.2}},
            {"Activation": {"activation": "tanh"}},
            {"EinsumDense": {"equation": "bti,ij->btj", "output_shape": [None, 3]}},
            {"PReLU": d.choice([{}, {"shared_axes": [1]}])},
            {"SpatialDropout1D": {"rate": 0.2}},
            {"SpectralNormalization": {"layer": {"Dense": {"units": d.width()}}}},
            {"Identity": {}},
        ]
    )


def _normalization(d: Draft, shape: Shape) -> Entry:
    return d.choice(  # type: ignore[no-any-return]
        [
            {"LayerNormalization": {"axis": d.choice([-1, 1])}},
            {"UnitNormalization": {"axis": d.choice([-1, 1])}},
            {"RMSNormalization": {}},
            {"GroupNormalization": {"groups": d.choice([1, shape[-1]])}},
            {"Softmax": {"axis": d.choice([-1, -1, 1])}},
        ]
    )


def _masking(_: Draft, __: Shape) -> Entry:
    return {"Masking": {}}


def _reshaping(d: Draft, shape: Shape) -> Entry:
    numbers = shape[0] * shape[1]
    first = d.choice([k for k in range(1, numbers + 1) if numbers % k == 0])
    return d.choice(  # type: ignore[no-any-return]
        [
            {"Permute": {"dims": [2, 1]}},
            {"Flatten": {}},
            {"Reshape": {"target_shape": [first, numbers // first]}},
            {"Reshape": {"target_shape": [*shape, 1]}},
        ]
    )


def _repeat(d: Draft, _: Shape) -> Entry:
    return {"RepeatVector": {"n": d.size("r", d.integer(2, 5))}}


def _frames(_: Draft, __: Shape) -> Entry:
    options = {"filters": 2, "kernel_size": 2, "padding": "same", "return_sequences": True}
    return {"ConvLSTM1D": options}


VECTOR = [
    _repeat,
    _repeat,
    lambda d, _: {"Dense": {"units": d.width()}},
    lambda d, _: {"Activation": {"activation": "tanh"}},
    lambda d, shape: {"Reshape": {"target_shape": [shape[0], 1]}},
]
SEQUENCE = {
    _recurrent: 6,
    _cells: 1,
    _bidirectional: 3,
    _convolution: 5,
    _other_convolution: 2,
    _pooling: 2,
    _global_pooling: 1.5,
    _edges: 2,
    _each_step: 4,
    _masking: 2.5,
    _reshaping: 2,
    _time_distributed: 1.5,
    _normalization: 1,
}
LONG = {_convolution: 6, _recurrent: 1.5, _pooling: 1, _each_step: 2, _masking: 0.7, _edges: 1}
"""Of layers that work on any number of steps; a dilation of theirs may be large."""

IMAGES = [
    lambda d, _: {"TimeDistributed": {"layer": {"GRU": {"units": d.integer(2, 3)}}}},
    lambda d, shape: {"TimeDistributed": {"layer": _recurrent(d, shape)}},
    lambda d, shape: {"TimeDistributed": {"layer": _bidirectional(d, shape)}},
    lambda d, shape: {"TimeDistributed": {"layer": _convolution(d, shape)}},
    lambda d, _: {"TimeDistributed": {"layer": {"GlobalAveragePooling1D": {}}}},
    lambda d, _: {"TimeDistributed": {"layer": {"Masking": {}}}},
    lambda d, _: {"TimeDistributed": {"layer": {"Flatten": {}}}},
    lambda d, _: {"TimeDistributed": {"layer": {"Dense": {"units": d.integer(2, 3)}}}},
    lambda d, _: {"Dense": {"units": d.integer(2, 3)}},
    lambda d, shape: {"Reshape": {"target_shape": [shape[0], -1]}},
    lambda d, _: {"Permute": {"dims": d.choice([[2, 1, 3], [1, 3, 2]])}},
    lambda d, _: {"Conv2D": {"filters": 2, "kernel_size": 2, "padding": "same"}},
    lambda d, _: {"Masking": {}},
    lambda d, _: {"Flatten": {}},
    lambda d, shape: {"Cropping2D": {"cropping": [[0, 0], [0, d.integer(1, shape[1])]]}},
    lambda d, _: {"MaxPooling2D": {"pool_size": [1, d.integer(2, 3)]}},
    lambda d, shape: {"TimeDistributed": {"layer": _edges(d, shape)}},
    _frames,
]
