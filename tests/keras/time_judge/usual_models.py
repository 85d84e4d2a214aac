"""Models as they are built for time series, with any number of steps: their forms, kept small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.keras.time_judge.real_model import Spec

WIDTH = 2
"""Features of every layer: how many there are changes nothing in time."""


class Drawing:
    """A spec that grows by one call after the other; each returns the name of what it makes."""

    def __init__(self, **dims: int) -> None:
        self.spec: dict[str, Any] = {
            "dims": {"T": 50, **dims},
            "inputs": {"x": {"shape": ["T", WIDTH]}},
            "layers": [],
        }

    def call(self, kind: str, sources: str | list[str], call: Any = None, **arguments: Any) -> str:
        """Call a new layer."""
        name = f"{kind.lower()}_{len(self.spec['layers'])}"
        entry = {kind: arguments, "from": sources, "name": name}
        self.spec["layers"].append(entry | ({"call": call} if call else {}))
        return name

    def conv(self, source: str, size: Any, *, kind: str = "Conv1D", **arguments: Any) -> str:
        """A convolution of this kernel size."""
        return self.call(kind, source, filters=WIDTH, kernel_size=size, **arguments)

    def causal(self, source: str, size: Any, dilation: Any = 1) -> str:
        """A causal convolution."""
        return self.conv(source, size, dilation_rate=dilation, padding="causal")

    def same(self, source: str, size: Any, dilation: Any = 1, strides: Any = 1) -> str:
        """A convolution with as many outputs as inputs, or a part of them."""
        arguments = {"dilation_rate": dilation} if dilation != 1 else {"strides": strides}
        return self.conv(source, size, padding="same", **arguments)

    def add(self, *sources: str) -> str:
        """The sum."""
        return self.call("Add", [*sources])

    def dense(self, source: str) -> str:
        """Each step by itself."""
        return self.call("Dense", source, units=WIDTH)

    def lstm(self, source: str, **arguments: Any) -> str:
        """Its state at every step."""
        return self.call("LSTM", source, units=WIDTH, return_sequences=True, **arguments)

    def attend(self, query: str, value: str, call: Any = None) -> str:
        """Attention of one to another."""
        return self.call("MultiHeadAttention", [query, value], call, num_heads=1, key_dim=2)

    def ends(self, *outputs: str) -> Spec:
        """Return the spec."""
        return {**self.spec, "outputs": [*outputs]}


def tcn(size: Any = 3, dilations: Any = (1, 2, 4), *, blocks: int = 1, **dims: int) -> Spec:
    """A residual temporal convolutional network: two causal convolutions in each block."""
    model, x = Drawing(**dims), "x"
    for dilation in [*dilations] * blocks:
        x = model.add(x, model.causal(model.causal(x, size, dilation), size, dilation))
    return model.ends(model.dense(x))


def tcn_by_names() -> Spec:
    """The same, whose kernel size and dilations are names."""
    return tcn("k", ("d", "2*d", "4*d"), k=3, d=2)


def wavenet(dilations: int = 5, *, stacks: int = 2, padding: str = "causal") -> Spec:
    """Gated dilated convolutions with residual and skip connections."""
    model, skips = Drawing(), []
    x = model.causal("x", 2)
    for _ in range(stacks):
        for power in range(dilations):
            filtered, gate = (
                model.conv(x, 2, dilation_rate=2**power, padding=padding, activation=activation)
                for activation in ("tanh", "sigmoid")
            )
            gated = model.call("Multiply", [filtered, gate])
            skips.append(model.dense(gated))
            x = model.add(x, model.dense(gated))
    return model.ends(model.dense(model.add(*skips)))


def noncausal_wavenet() -> Spec:
    """WaveNet as a denoiser has it: the window lies around the step."""
    return wavenet(4, stacks=1, padding="same")


def unet(levels: int = 2) -> Spec:
    """Down by pooling, up by UpSampling: of 50 steps it makes 52, which are those of no input."""
    model, before = Drawing(), []
    x = "x"
    for _ in range(levels):
        x = model.same(x, 3)
        before.append(x)
        x = model.call("MaxPooling1D", x, pool_size=2, padding="same")
    x = model.same(x, 3)
    for left in reversed(before):
        x = model.call("UpSampling1D", x, size=2)
        x = model.call("Concatenate", [x, left]) if levels == 1 else x
        x = model.same(x, 3)
    return model.ends(model.dense(x))


def unet_with_skips() -> Spec:
    """One level, with the connection across it: T is even."""
    return unet(1)


def transposed() -> Spec:
    """Down by strides, up by transposed convolutions: of 50 steps it makes 52."""
    model = Drawing()
    x = model.same(model.same("x", 4, strides=2), 4, strides=2)
    for _ in range(2):
        x = model.conv(x, 4, kind="Conv1DTranspose", strides=2, padding="same")
    return model.ends(x)


def transposed_valid() -> Spec:
    """An autoencoder without padding."""
    model = Drawing()
    x = model.conv("x", 3, strides=2)
    return model.ends(model.conv(x, 3, kind="Conv1DTranspose", strides=2))


def deep_bilstm(layers: int = 3) -> Spec:
    """Both directions at each step."""
    model, x = Drawing(), "x"
    for _ in range(layers):
        inner = {"LSTM": {"units": WIDTH, "return_sequences": True}}
        x = model.call("Bidirectional", x, layer=inner)
    return model.ends(model.dense(x))


def deep_lstm(layers: int = 4) -> Spec:
    """One direction."""
    model, x = Drawing(), "x"
    for _ in range(layers):
        x = model.lstm(x)
    return model.ends(model.dense(x))


def decoder(blocks: int = 2) -> Spec:
    """A Transformer's decoder, with a causal mask."""
    model, x = Drawing(), "x"
    for _ in range(blocks):
        normal = model.call("LayerNormalization", x)
        x = model.add(x, model.attend(normal, normal, {"use_causal_mask": True}))
        x = model.add(x, model.dense(model.dense(model.call("LayerNormalization", x))))
    return model.ends(model.dense(x))


def encoder(blocks: int = 2) -> Spec:
    """A Transformer's encoder."""
    model, x = Drawing(), "x"
    for _ in range(blocks):
        x = model.add(x, model.attend(x, x))
        x = model.add(x, model.dense(x))
    return model.ends(x)


def conformer() -> Spec:
    """Attention and depthwise convolutions."""
    model = Drawing()
    x = model.add("x", model.attend("x", "x"))
    depthwise = model.call("DepthwiseConv1D", x, kernel_size=7, padding="same")
    return model.ends(model.add(x, model.dense(depthwise)))


def depthwise_tcn() -> Spec:
    """Causal windows of depthwise-separable convolutions."""
    model, x = Drawing(), "x"
    for size in (3, 5):
        padded = model.call("ZeroPadding1D", x, padding=[size - 1, 0])
        x = model.add(x, model.conv(padded, size, kind="SeparableConv1D"))
    return model.ends(x)


def seq2seq() -> Spec:
    """The decoder starts from the encoder's state, over the same steps."""
    model = Drawing()
    encoder = model.call("LSTM", "x", units=WIDTH, return_state=True)
    state = {"initial_state": [f"{encoder}.1", f"{encoder}.2"]}
    decoder = model.call("LSTM", "x", state, units=WIDTH, return_sequences=True)
    return model.ends(model.dense(decoder))


def seq2seq_of_two() -> Spec:
    """The decoder reads another sequence, up to its step."""
    model = Drawing(S=50)
    model.spec["inputs"]["y"] = {"shape": ["S", WIDTH]}
    encoder = model.call("LSTM", "x", units=WIDTH, return_state=True)
    state = {"initial_state": [f"{encoder}.1", f"{encoder}.2"]}
    decoder = model.call("LSTM", "y", state, units=WIDTH, return_sequences=True)
    return model.ends(model.dense(decoder))


def attention_seq2seq() -> Spec:
    """The decoder attends to all states of the encoder."""
    model = Drawing(S=50)
    model.spec["inputs"]["y"] = {"shape": ["S", WIDTH]}
    states, decoder = model.lstm("x"), model.lstm("y")
    context = model.call("Attention", [decoder, states])
    return model.ends(model.dense(model.call("Concatenate", [decoder, context])))


def repeated_vector() -> Spec:
    """An autoencoder whose vector is repeated."""
    model = Drawing()
    vector = model.call("LSTM", "x", units=WIDTH)
    return model.ends(model.dense(model.lstm(model.call("RepeatVector", vector, n="T"))))


def conv_lstm() -> Spec:
    """Convolutions, then a recurrent layer."""
    model = Drawing()
    return model.ends(model.dense(model.lstm(model.same(model.same("x", 5), 3))))


def causal_conv_lstm() -> Spec:
    """The same, that looks back only."""
    model = Drawing()
    return model.ends(model.lstm(model.causal(model.causal("x", 5), 3, 2)))


def pooled_lstm() -> Spec:
    """A recurrent layer over pooled steps: its steps are those of no input."""
    model = Drawing()
    pooled = model.call("MaxPooling1D", model.same("x", 3), pool_size=2)
    return model.ends(model.lstm(pooled))


def inception() -> Spec:
    """Windows of several sizes beside each other."""
    model, x = Drawing(), "x"
    for _ in range(2):
        pooled = model.call("MaxPooling1D", x, pool_size=3, strides=1, padding="same")
        branches = [model.same(x, size) for size in (1, 3, 5, 9)] + [model.same(pooled, 1)]
        x = model.call("Concatenate", branches)
    return model.ends(model.dense(x))


def causal_inception() -> Spec:
    """The same, that looks back only."""
    model = Drawing()
    branches = [model.causal("x", size) for size in (1, 2, 4, 8)]
    return model.ends(model.dense(model.call("Concatenate", branches)))


def resnet() -> Spec:
    """Residual blocks of three convolutions."""
    model, x = Drawing(), "x"
    for _ in range(2):
        x = model.add(x, model.same(model.same(model.same(x, 8), 5), 3))
    return model.ends(x)


def strided_resnet() -> Spec:
    """Residual blocks with a stride, and a projection beside it."""
    model, x = Drawing(), "x"
    for _ in range(2):
        left = model.same(model.same(x, 3, strides=2), 3)
        x = model.add(left, model.same(x, 1, strides=2))
    return model.ends(x)


def dilated_same(dilations: tuple[int, ...] = (2, 4, 8), size: int = 2) -> Spec:
    """Residual blocks whose windows leave out steps at both ends."""
    model, x = Drawing(), "x"
    for dilation in dilations:
        x = model.add(x, model.same(x, size, dilation))
    return model.ends(x)


def context_network() -> Spec:
    """Dilations that grow and shrink again, without padding: the output is shorter."""
    model, x = Drawing(), "x"
    for dilation in (1, 2, 3, 2, 1):
        x = model.conv(x, 3, dilation_rate=dilation)
    return model.ends(x)


def cropped_residual() -> Spec:
    """Valid convolutions with what was before, cropped to the same steps."""
    model, x = Drawing(), "x"
    for size in (3, 5):
        cropped = model.call("Cropping1D", x, cropping=size // 2)
        x = model.add(cropped, model.conv(x, size))
    return model.ends(x)


def shifted() -> Spec:
    """A decoder's input, shifted to the right by one."""
    model = Drawing()
    padded = model.call("ZeroPadding1D", "x", padding=[1, 0])
    return model.ends(model.lstm(model.call("Cropping1D", padded, cropping=[0, 1])))


def forecast() -> Spec:
    """All steps side by side, then Dense: N-BEATS and the like."""
    model = Drawing()
    flat = model.call("Flatten", "x")
    return model.ends(model.call("Dense", flat, units=4))


def linear_over_time() -> Spec:
    """DLinear: Dense over the steps, the features apart."""
    model = Drawing()
    turned = model.call("Permute", "x", dims=[2, 1])
    mixed = model.call("Dense", turned, units="T")
    return model.ends(model.call("Permute", mixed, dims=[2, 1]))


def patches() -> Spec:
    """PatchTST: eight steps make one."""
    model = Drawing()
    patched = model.conv("x", 8, strides=8)
    return model.ends(model.attend(patched, patched))


def nested_tcn() -> Spec:
    """Blocks that are models of their own."""
    model, x = Drawing(), "x"
    for dilation in (1, 2, 4):
        layers = [
            {"Conv1D": {"filters": WIDTH, "kernel_size": 3, "dilation_rate": dilation,
                        "padding": "causal"}},
            {"ReLU": {}},
        ]  # fmt: skip
        x = model.add(x, model.call("Sequential", x, layers=layers))
    return model.ends(x)


def backwards() -> Spec:
    """A recurrent layer that reads from the end."""
    model = Drawing()
    return model.ends(model.lstm("x", go_backwards=True))


def squeezed() -> Spec:
    """Squeeze and excite: every step is weighed by a mean of all."""
    model = Drawing()
    mean = model.call("GlobalAveragePooling1D", model.causal("x", 3), keepdims=True)
    return model.ends(model.call("Multiply", ["x", mean]))


def averages() -> Spec:
    """A moving average and what is left of it: decomposition."""
    model = Drawing()
    mean = model.call("AveragePooling1D", "x", pool_size=25, strides=1, padding="same")
    left = model.call("Subtract", ["x", mean])
    return model.ends(model.dense(left), model.dense(mean))


def time_distributed() -> Spec:
    """Dense on each step, in a wrapper, after a causal convolution."""
    model = Drawing()
    each = model.call("TimeDistributed", model.causal("x", 4), layer={"Dense": WIDTH})
    return model.ends(each)


def deep_tcn() -> Spec:
    """Dilations up to 64, twice."""
    return tcn(2, (1, 2, 4, 8, 16, 32, 64), blocks=2)


def long_dilations() -> Spec:
    """Dilations that leave holes: 4 and 12 steps back."""
    return tcn(2, (4, 12))


USUAL: tuple[Callable[[], Spec], ...] = (
    tcn, tcn_by_names, deep_tcn, long_dilations, wavenet, noncausal_wavenet, unet, unet_with_skips,
    transposed, transposed_valid, deep_bilstm, deep_lstm, decoder, encoder, conformer,
    depthwise_tcn, seq2seq, seq2seq_of_two, attention_seq2seq, repeated_vector, conv_lstm,
    causal_conv_lstm, pooled_lstm, inception, causal_inception, resnet, strided_resnet,
    dilated_same, context_network, cropped_residual, shifted, forecast, linear_over_time, patches,
    nested_tcn, backwards, squeezed, averages, time_distributed,
)  # fmt: skip
