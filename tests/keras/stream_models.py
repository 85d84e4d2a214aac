"""Random models as people feed them step by step: most can be, with a few layers that cannot."""

from __future__ import annotations

from random import Random
from typing import Any

Entry = dict[str, Any]
Spec = dict[str, Any]


def draw(seed: str) -> Spec:
    """Return the spec that a seed stands for."""
    r = Random(f"stream {seed}")
    kind = r.random()
    if kind < 0.12:
        return _translator(r)
    if kind < 0.22:
        return _frames(r)
    if kind < 0.3:
        return _across(r)
    if kind < 0.37:
        return _with_states(r)
    spec = _chain(r)
    return _stateful(r, spec) if r.random() < 0.1 else spec


def _chain(r: Random) -> Spec:
    """A chain with residual branches over one or two inputs in step."""
    steps, width = r.randint(6, 16), r.choice([2, 4, 6])
    words = r.random() < 0.25
    shape: list[Any] = ["T"] if words else ["T", width]
    inputs: Spec = {"x": {"shape": shape, **({"dtype": "int32"} if words else {})}}
    layers: list[Entry] = []
    here = "x"
    if words:
        options = {"input_dim": 9, "output_dim": width, "mask_zero": r.random() < 0.3}
        layers.append({"Embedding": options, "from": "x", "name": "e"})
        here = "e"
    elif r.random() < 0.15:
        layers.append({"Masking": {}, "from": "x", "name": "masked"})
        here = "masked"
    if r.random() < 0.15:
        inputs["y"] = {"shape": ["T", width]}
        layers.append({"Add": {}, "from": [here, "y"], "name": "both"})
        here = "both"
    rate = 1
    for number in range(r.randint(1, 5)):
        name = f"l{number}"
        kind = r.random()
        if kind < 0.25:
            layers.append({**_same_steps(r, width), "from": here, "name": f"{name}_in"})
            join = r.choice(["Add", "Average", "Multiply", "Maximum"])
            layers.append({join: {}, "from": [here, f"{name}_in"], "name": name})
        elif kind < 0.33 and rate == 1:
            stride = r.randint(2, 3)
            layers.append({**_strided(r, width, stride), "from": here, "name": name})
            rate = stride
        elif kind < 0.38 and rate > 1:
            layers.append({"UpSampling1D": rate, "from": here, "name": name})
            rate = 1
        elif kind < 0.46:
            layers.append({**_ends(r), "from": here, "name": name})
        elif kind < 0.54:
            inner = [_same_steps(r, width, self_attention=False) for _ in range(2)]
            layers.append({"Sequential": {"layers": inner}, "from": here, "name": name})
        elif kind < 0.58:
            layers.append({**_never(r, width), "from": here, "name": name})
        else:
            entry = _same_steps(r, width)
            layers.append({**entry, "from": here, "name": name})
        if r.random() < 0.1 and any(x in layers[-1] for x in ("Dense", "LSTM", "GRU")):
            layers.append({"reuse": name, "from": name, "name": f"{name}_again"})
            name = f"{name}_again"
        here = name
    if r.random() < 0.4:
        recurrent = r.choice(["LSTM", "GRU", "SimpleRNN"])
        layers.append({recurrent: {"units": r.randint(1, 5)}, "from": here, "name": "last"})
        layers.append({"Dense": r.randint(1, 3), "from": "last", "name": "out"})
        here = "out"
    return {"dims": {"T": steps}, "inputs": inputs, "layers": _named(layers), "outputs": [here]}


def _stateful(r: Random, spec: Spec) -> Spec:
    """The same model on batches of two, whose recurrent layers may keep their states."""
    for model_input in spec["inputs"].values():
        model_input["batch"] = 2
    for entry in spec["layers"]:
        for kind in ("LSTM", "GRU", "SimpleRNN", "RNN"):
            if kind in entry and r.random() < 0.7:
                entry[kind]["stateful"] = True
    return spec


def _frames(r: Random) -> Spec:
    """A chain over rows or pictures, one a step."""
    sizes, channels = [r.randint(2, 4) for _ in range(r.randint(1, 2))], r.randint(2, 3)
    many, layers = len(sizes), list[Entry]()
    for number in range(r.randint(1, 3)):
        kernel = [r.randint(1, 3), *(r.randint(1, 2) for _ in sizes)]
        inner = {"filters": channels, "kernel_size": kernel[1:], "padding": "same"}
        outer: Entry = {**inner, "kernel_size": kernel}
        if r.random() < 0.3:
            outer[r.choice(["dilation_rate", "strides"])] = [2, *(1 for _ in sizes)]
        pool = {"pool_size": kernel, "strides": 1, "padding": "same"}
        entry: Entry = r.choice([
            {"TimeDistributed": {f"Conv{many}D": inner}},
            {f"ConvLSTM{many}D": {**inner, "return_sequences": True}},
            {f"Conv{many + 1}D": outer},
            {f"Conv{many + 1}D": {**outer, "padding": "valid"}},
            {r.choice([f"MaxPooling{many + 1}D", f"AveragePooling{many + 1}D"]): pool},
            {"LayerNormalization": {}},
            {"BatchNormalization": {"axis": r.choice([-1, 1])}},
            {"Dense": channels},
        ])  # fmt: skip
        layers.append({**entry, "name": f"l{number}"})
    end = r.random()
    if end < 0.3:
        pooled: Entry = {f"GlobalAveragePooling{many}D": {}}
        layers.append({"TimeDistributed": r.choice([{"Flatten": {}}, pooled]), "name": "flat"})
        layers.append({"GRU": {"units": 2, "return_sequences": r.random() < 0.5}, "name": "out"})
    elif end < 0.5:
        convolution = {"filters": 2, "kernel_size": 1}
        layers.append({f"ConvLSTM{many}D": convolution, "name": "out"})
    shape = ["T", *sizes, channels]
    inputs = {"x": {"shape": shape, "time_axis": 1}}
    last = layers[-1]["name"]
    return {"dims": {"T": r.randint(6, 12)}, "inputs": inputs, "layers": layers, "outputs": [last]}


def _across(r: Random) -> Spec:
    """One input attends to another one that comes in step, either of them maybe late or masked."""
    steps, width = r.randint(6, 12), r.choice([2, 4])
    inputs = {name: {"shape": ["T", width]} for name in ("x", "y")}
    layers: list[Entry] = []
    for name in inputs:
        entry = _same_steps(r, width, self_attention=False)
        if r.random() < (0.15 if name == "x" else 0.05):
            entry = {"Masking": {}}
        layers.append({**entry, "from": name, "name": f"{name}_in"})
    attention = _attention(r)
    layers.append({**attention, "from": ["x_in", r.choice(["y_in", "y_in", "y"])], "name": "a"})
    here = "a"
    if r.random() < 0.5:
        here = "sum"
        layers.append({r.choice(["Add", "Concatenate"]): {}, "from": ["a", "x_in"], "name": here})
    last: Entry = r.choice(
        [{"LSTM": {"units": 2, "return_sequences": True}}, {"GRU": 2}, {"Dense": 2}]
    )
    layers.append({**last, "from": here, "name": "out"})
    return {"dims": {"T": steps}, "inputs": inputs, "layers": layers, "outputs": ["out"]}


def _with_states(r: Random) -> Spec:
    """A recurrent layer that also returns its states; a model of several outputs."""
    spec, (kind, states) = _chain(r), r.choice([("LSTM", 2), ("GRU", 1), ("SimpleRNN", 1)])
    options = {"units": r.randint(1, 4), "return_state": True, "return_sequences": r.random() < 0.7}
    layers, (before,) = spec["layers"], spec["outputs"]
    if any(entry["name"] == "last" for entry in layers):  # its input has no steps
        before = layers[-2]["from"]
    layers.append({kind: options, "from": before, "name": "states"})
    layers.append({"Dense": 2, "from": f"states.{r.randint(1, states)}", "name": "of_state"})
    outputs = r.sample(["states", "of_state", "states.1", before], r.randint(2, 3))
    return {**spec, "outputs": outputs}


def _named(layers: list[Entry]) -> list[Entry]:
    """Let attention ask what it is called on."""
    found = []
    for entry in layers:
        made = dict(entry)
        if made.pop("itself", False):
            made["from"] = [made["from"], made["from"]]
        found.append(made)
    return found


def _same_steps(r: Random, width: int, *, self_attention: bool = True) -> Entry:
    """A layer whose output has the steps and the features of its input."""
    kinds: list[Entry] = [
        {r.choice(["LSTM", "GRU", "SimpleRNN"]): {"units": width, "return_sequences": True}},
        {"RNN": {"cell": [{"LSTMCell": 3}, {"GRUCell": width}], "return_sequences": True}},
        {"Dense": {"units": width, "activation": "tanh"}},
        {"TimeDistributed": {"Dense": width}},
        {"LayerNormalization": {}},
        {"BatchNormalization": {}},
        {"Dropout": 0.3},
        {"Activation": "tanh"},
        {"PReLU": r.choice([{}, {"shared_axes": [1]}])},
        _convolution(r, width),
        _convolution(r, width),
        {"SeparableConv1D": {"filters": width, "kernel_size": r.randint(1, 4), "padding": "same",
                             "dilation_rate": r.randint(1, 2)}},
        {"DepthwiseConv1D": {"kernel_size": r.randint(1, 4), "padding": "same"}},
        {r.choice(["MaxPooling1D", "AveragePooling1D"]): {
            "pool_size": r.randint(2, 4), "strides": 1, "padding": "same"}},
    ]  # fmt: skip
    if self_attention:
        kinds += [{**_attention(r), "itself": True} for _ in range(6)]
    return r.choice(kinds)


def _attention(r: Random) -> Entry:
    """A causal attention, its heads grouped or not, with a window or without."""
    heads = {"num_heads": 2, "key_dim": r.randint(2, 4)}
    window = {"sliding_window": r.randint(1, 4)} if r.random() < 0.4 else {}
    many = r.choice([2, 4])
    grouped = {"head_dim": r.randint(2, 3), "num_query_heads": many,
               "num_key_value_heads": r.choice([1, 2, many])}  # fmt: skip
    if r.random() < 0.2:
        grouped["use_gate"] = True
    entry: Entry = r.choice([
        {"MultiHeadAttention": {**heads, **window}},
        {"MultiHeadAttention": heads},
        {"GroupQueryAttention": {**grouped, **window}},
        {"GroupQueryAttention": grouped},
        {"Attention": {"use_scale": r.random() < 0.5}},
        {"AdditiveAttention": {}},
    ])  # fmt: skip
    return {**entry, "call": {"use_causal_mask": True}}


def _convolution(r: Random, width: int) -> Entry:
    options: Entry = {"filters": width, "kernel_size": r.randint(1, 5),
                      "padding": r.choice(["causal", "causal", "same"])}  # fmt: skip
    if r.random() < 0.4:
        options["dilation_rate"] = r.randint(1, 3)
    if r.random() < 0.3:
        options["activation"] = "relu"
    if r.random() < 0.2 and width % 2 == 0:
        options["groups"] = 2
    return {"Conv1D": options}


def _strided(r: Random, width: int, stride: int) -> Entry:
    padding = r.choice(["valid", "same"])
    options: Entry = {"strides": stride, "padding": padding}
    if r.random() < 0.5:
        kind = r.choice(["MaxPooling1D", "AveragePooling1D"])
        return {kind: {**options, "pool_size": r.randint(1, 4)}}
    if r.random() < 0.3:
        options["padding"] = "causal"
    return {"Conv1D": {**options, "filters": width, "kernel_size": r.randint(1, 4)}}


def _ends(r: Random) -> Entry:
    ends = [r.randint(0, 2), r.randint(0, 1)]
    return r.choice([{"Cropping1D": ends}, {"ZeroPadding1D": ends}])


def _never(r: Random, width: int) -> Entry:
    recurrent = {"LSTM": {"units": width, "return_sequences": True}}
    return r.choice(
        [
            {"Bidirectional": {"layer": recurrent, "merge_mode": "sum"}},
            {"GRU": {"units": width, "return_sequences": True, "go_backwards": True}},
            {"MultiHeadAttention": {"num_heads": 1, "key_dim": 2}, "itself": True},
            {"LayerNormalization": {"axis": [1, 2]}},
        ]
    )


def _translator(r: Random) -> Spec:
    """An encoder, and a decoder that starts from its states or attends to its steps."""
    width, kind = r.choice([2, 4]), r.choice(["LSTM", "GRU"])
    states = 2 if kind == "LSTM" else 1
    masks = r.random() < 0.3
    layers: list[Entry] = [
        {"Embedding": {"input_dim": 9, "output_dim": width, "mask_zero": masks},
         "from": "source", "name": "words"},
        {"Embedding": {"input_dim": 9, "output_dim": width, "mask_zero": r.random() < 0.2},
         "from": "target", "name": "heard"},
    ]  # fmt: skip
    here = "heard"
    if r.random() < 0.7:
        layers += [
            {kind: {"units": width, "return_state": True}, "from": "words", "name": "encoder"},
            {kind: {"units": width, "return_sequences": True}, "from": here, "name": "decoder",
             "call": {"initial_state": [f"encoder.{at + 1}" for at in range(states)]}},
        ]  # fmt: skip
        here = "decoder"
    if r.random() < 0.7:
        heads = {"num_heads": 2, "key_dim": 3}
        layers += [
            {"MultiHeadAttention": heads, "from": [here, here], "name": "itself",
             "call": {"use_causal_mask": True}},
            {"MultiHeadAttention": heads, "from": ["itself", "words"], "name": "across"},
            {"Add": {}, "from": ["across", here], "name": "sum"},
        ]  # fmt: skip
        here = "sum"
    layers.append({"Dense": 5, "from": here, "name": "out"})
    inputs = {"source": {"shape": ["S"], "dtype": "int32"},
              "target": {"shape": ["T"], "dtype": "int32"}}  # fmt: skip
    dims = {"S": r.randint(3, 7), "T": r.randint(8, 12)}
    return {"dims": dims, "inputs": inputs, "layers": layers, "outputs": ["out"]}
