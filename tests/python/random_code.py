"""Random models, each as a spec and as Keras code in six styles: the judge of the Python reader.

It shares nothing with the reader: a model is drawn as a list of layers with arguments in the names
of sizes, and written down twice, once as YAML and once as the code of a person would have it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

STYLES = ("list", "add", "functional", "function", "loop", "subclass")

SIZES = {"T": 12, "n": 6, "units": 5, "width": 8}


@dataclass
class Drawn:
    """A layer: its class, arguments as source texts, the layer in it, and whether steps go on."""

    kind: str
    arguments: dict[str, str] = field(default_factory=dict)
    inner: Drawn | None = None


@dataclass
class Model:
    """A model that was drawn: layers one after another; `skips` are those with a residual path."""

    layers: list[Drawn]
    skips: set[int]
    repeated: tuple[int, int] = (0, 0)


def draw(seed: int, style: str) -> Model:
    """Draw a model that a style can express."""
    rng = random.Random(seed)
    layers: list[Drawn] = []
    skips: set[int] = set()
    stepped, features = True, "n"
    for _ in range(rng.randint(1, 5)):
        layer, stepped_after, features_after = _layer(rng, stepped, features)
        same = stepped_after == stepped and features_after == features
        if style == "functional" and same and rng.random() < 0.3:
            skips.add(len(layers))
        layers.append(layer)
        stepped, features = stepped_after, features_after
        if not stepped and rng.random() < 0.4:
            break
    repeated = (0, 0)
    if style == "loop":
        count = rng.randint(2, 4)
        block = Drawn("LSTM", {"units": "units", "return_sequences": "True"})
        layers = [block] * count + [Drawn("Dense", {"units": rng.choice(("n", "width", "3"))})]
        repeated = (0, count)
        skips = set()
    return Model(layers, skips, repeated)


def _layer(rng: random.Random, stepped: bool, features: str) -> tuple[Drawn, bool, str]:
    size = rng.choice(("n", "units", "width", "2*units", "7", "n + 1"))
    if not stepped:
        kind = rng.choice(("Dense", "Dropout", "RepeatVector", "BatchNormalization"))
        if kind == "Dense":
            return Drawn("Dense", {"units": size, **_activation(rng)}), False, size
        if kind == "RepeatVector":
            return Drawn("RepeatVector", {"n": "T"}), True, features
        if kind == "Dropout":
            return Drawn("Dropout", {"rate": "0.25"}), False, features
        return Drawn("BatchNormalization"), False, features
    kind = rng.choice(
        "LSTM GRU SimpleRNN Dense TimeDistributed Bidirectional Conv1D Dropout LayerNormalization"
        " GlobalAveragePooling1D Flatten MaxPooling1D Activation".split()
    )
    if kind in ("LSTM", "GRU", "SimpleRNN"):
        return _recurrent(rng, kind, size)
    if kind == "Dense":
        return Drawn("Dense", {"units": size, **_activation(rng)}), True, size
    if kind == "TimeDistributed":
        return Drawn("TimeDistributed", inner=Drawn("Dense", {"units": size})), True, size
    if kind == "Bidirectional":
        inner, steps, _ = _recurrent(rng, rng.choice(("LSTM", "GRU")), size)
        inner.arguments.pop("go_backwards", None)  # Keras refuses it there
        return Drawn("Bidirectional", inner=inner), steps, f"2*({size})"
    if kind == "Conv1D":
        padding = rng.choice(("same", "causal"))
        arguments = {
            "filters": size,
            "kernel_size": rng.choice(("2", "3")),
            "padding": f'"{padding}"',
        }
        return Drawn("Conv1D", arguments), True, size
    if kind == "GlobalAveragePooling1D":
        return Drawn(kind), False, features
    if kind == "Flatten":
        return Drawn("Flatten"), False, f"T*({features})"
    if kind == "MaxPooling1D":
        return Drawn(kind, {"pool_size": "1"}), True, features
    if kind == "Dropout":
        return Drawn("Dropout", {"rate": "0.5"}), True, features
    if kind == "Activation":
        return Drawn("Activation", {"activation": '"relu"'}), True, features
    return Drawn("LayerNormalization"), True, features


def _recurrent(rng: random.Random, kind: str, size: str) -> tuple[Drawn, bool, str]:
    sequences = rng.random() < 0.6
    arguments = {"units": size}
    if sequences:
        arguments["return_sequences"] = "True"
    if rng.random() < 0.2:
        arguments["go_backwards"] = "True"
    if rng.random() < 0.2:
        arguments["use_bias"] = "False"
    return Drawn(kind, arguments), sequences, size


def _activation(rng: random.Random) -> dict[str, str]:
    return {"activation": '"tanh"'} if rng.random() < 0.3 else {}


# as YAML


def spec(model: Model) -> str:
    """Return the model in the dialect."""
    dims = ", ".join(f"{name}: {size}" for name, size in SIZES.items())
    lines = [f"dims: {{{dims}}}", "input: [T, n]", "layers:"]
    for index, layer in enumerate(model.layers):
        lines.append(f"  - {_yaml(layer)}")
        if index in model.skips:
            before = f"l{index - 1}" if index else "input"
            lines[-1] = f"  - {{{_yaml(layer)}, name: l{index}_in}}"
            lines.append(f"  - {{Add: {{}}, from: [{before}, l{index}_in], name: l{index}}}")
        elif model.skips:
            lines[-1] = f"  - {{{_yaml(layer)}, name: l{index}}}"
    return "\n".join(lines) + "\n"


def _yaml(layer: Drawn) -> str:
    words = {"True": "true", "False": "false"}
    parts = [f"{name}: {words.get(value, value)}" for name, value in layer.arguments.items()]
    if layer.inner is not None:
        parts.append(f"layer: {{{_yaml(layer.inner)}}}")
    return f"{layer.kind}: {{{', '.join(parts)}}}"


# as code


def code(model: Model, style: str) -> str:
    """Return the model as Keras code in a style."""
    head = ["import keras", "from keras import layers", ""]
    head += [f"{name} = {size}" for name, size in SIZES.items()]
    return "\n".join([*head, "", *WRITERS[style](model)]) + "\n"


def _expression(layer: Drawn, *, positional: bool = True) -> str:
    parts = []
    if layer.inner is not None:
        parts.append(_expression(layer.inner))
    for index, (name, value) in enumerate(layer.arguments.items()):
        parts.append(value if positional and index == 0 else f"{name}={value}")
    return f"layers.{layer.kind}({', '.join(parts)})"


def _list(model: Model) -> list[str]:
    items = [f"    {_expression(layer)}," for layer in model.layers]
    return ["model = keras.Sequential([", "    keras.Input((T, n)),", *items, "])"]


def _add(model: Model) -> list[str]:
    lines = ["model = keras.models.Sequential()", "model.add(keras.Input(shape=(T, n)))"]
    return lines + [f"model.add({_expression(layer, positional=False)})" for layer in model.layers]


def _functional(model: Model) -> list[str]:
    lines = ["inputs = keras.Input((T, n), name='input')", "x = inputs"]
    for index, layer in enumerate(model.layers):
        if index in model.skips:
            lines += [f"y = {_expression(layer)[:-1]}{_comma(layer)}name='l{index}_in')(x)",
                      f"x = layers.Add(name='l{index}')([x, y])"]  # fmt: skip
        elif model.skips:
            lines.append(f"x = {_expression(layer)[:-1]}{_comma(layer)}name='l{index}')(x)")
        else:
            lines.append(f"x = {_expression(layer)}(x)")
    return [*lines, "model = keras.Model(inputs, x)"]


def _comma(layer: Drawn) -> str:
    return ", " if layer.arguments or layer.inner is not None else ""


def _function(model: Model) -> list[str]:
    body = [f"    model.add({_expression(layer)})" for layer in model.layers]
    return ["def build(steps, features=n):", "    model = keras.Sequential()",
            "    model.add(keras.Input((steps, features)))", *body, "    return model", "",
            "model = build(T)"]  # fmt: skip


def _loop(model: Model) -> list[str]:
    start, end = model.repeated
    lines = ["model = keras.Sequential([keras.Input((T, n))])", f"for _ in range({end - start}):",
             f"    model.add({_expression(model.layers[start])})"]  # fmt: skip
    return lines + [f"model.add({_expression(layer)})" for layer in model.layers[end:]]


def _subclass(model: Model) -> list[str]:
    made = [
        f"        self.layer_{index} = {_expression(layer)}"
        for index, layer in enumerate(model.layers)
    ]
    calls = [f"        x = self.layer_{index}(x)" for index in range(len(model.layers))]
    head = ["class Net(keras.Model):", "    def __init__(self):", "        super().__init__()"]
    body = ["", "    def call(self, x):", *calls, "        return x"]
    return [*head, *made, *body, "", "model = Net()", "model.build((None, T, n))"]


WRITERS = {
    "list": _list,
    "add": _add,
    "functional": _functional,
    "function": _function,
    "loop": _loop,
    "subclass": _subclass,
}
