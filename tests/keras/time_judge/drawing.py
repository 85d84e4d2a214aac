"""Random whole models as specs: masks, states, branches, shared and nested parts, operators."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from tests.keras.time_judge.real_model import RealModel, sources_of

if TYPE_CHECKING:
    from tests.keras.time_judge.real_model import Entry, Spec

MOST_STEPS = 12
"""Steps of an input of a model all of whose steps are moved."""

MOST_NUMBERS = 120
"""Numbers in one sample of a tensor, beside its steps."""

Shape = tuple[int, ...]


class Draft:
    """A spec as far as it is drawn, with its Keras model, which accepts or refuses each entry."""

    def __init__(self, seed: str, *, steps: int = 0) -> None:
        self.random = Random(seed)
        self.long = steps > 0
        self.count = 0
        self.reusable: list[str] = []
        self.integers: set[str] = set()
        self.spec: Spec = {"dims": {}, "inputs": {}, "layers": []}
        self._draw_inputs(steps)
        self.model = RealModel(self.spec)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def choice(self, items: Any) -> Any:
        return self.random.choice(items)

    def size(self, name: str, number: int) -> Any:
        """Return a number or, half the time, a name for it; a name keeps its first number."""
        if self.chance(0.5):
            return number
        dims = self.spec["dims"]
        numbered = f"{name}{number}"
        dims[numbered] = number
        self.model.sizes[numbered] = number
        return numbered

    def name(self) -> str:
        self.count += 1
        return f"layer{self.count}"

    def width(self) -> Any:
        return self.size("u", self.integer(2, 4))

    def steps_of(self, name: str) -> Shape:
        return tuple(size or 1 for size in self.model.tensors[name].shape[1:])

    def _draw_inputs(self, steps: int) -> None:
        inputs, dims = self.spec["inputs"], self.spec["dims"]
        for index in range(1 if self.chance(0.5) else 2):
            # Two inputs have as many steps as each other or not, by name or by number.
            label = self.choice(["T", "S"]) if index else "T"
            dims.setdefault(label, steps or self.integer(2, MOST_STEPS))
            shape: list[Any] = [label if self.long or self.chance(0.7) else dims[label]]
            name, form = f"in{index}", self.random.random()
            if form < 0.4:
                inputs[name] = {"shape": shape, "dtype": "int32"}
            elif form < 0.5 and not self.long:
                inputs[name] = {"shape": [*shape, self.integer(2, 3)], "dtype": "int32"}
            else:
                inputs[name] = {"shape": [*shape, self.integer(2, 4)]}
            if "dtype" in inputs[name]:
                self.integers.add(name)
        if self.chance(0.15):
            inputs["static"] = {"shape": [self.integer(2, 4)]}
        if self.chance(0.1):
            inputs["item"] = {"shape": [1], "dtype": "int32"}
            self.integers.add("item")

    def extend(self) -> None:
        """Add one entry, if Keras can call it."""
        entry = _entry(self)
        if entry is None:
            return
        name = self.name()
        entry = {**entry, "name": name}
        before = dict(self.spec["dims"])
        try:
            self.model.add(entry)
            shapes = [tuple(x.shape) for x in self.model.tensors.values()]
            if any(_is_large(shape, long=self.long) for shape in shapes):
                self._remove(name)
                raise ValueError(name)
        except Exception:
            self.spec["dims"] = before
            return
        self.spec["layers"].append(entry)
        if "int" in str(self.model.tensors[name].dtype):
            self.integers.add(name)
        if not entry.keys() & {"reuse", "GetItem", "operator", "Embedding"}:
            self.reusable.append(name)

    def _remove(self, name: str) -> None:
        self.model.entries.pop()
        self.model.layers.pop(name)
        tensors = self.model.tensors
        for each in [each for each in tensors if each.partition(".")[0] == name]:
            del tensors[each]


def _is_large(shape: tuple[int | None, ...], *, long: bool) -> bool:
    numbers = 1
    for size in shape[1:]:
        if not size:
            return True
        numbers *= size
    return numbers > (60_000 if long else 4 * MOST_NUMBERS)


def draw(seed: str, *, steps: int = 0) -> Spec:
    """Return the spec that a seed stands for; with `steps`, a long one."""
    draft = Draft(seed, steps=steps)
    wanted, tries = draft.integer(2, 8), 0
    while len(draft.spec["layers"]) < wanted and tries < 60:
        tries += 1
        draft.extend()
    layers = [entry["name"] for entry in draft.spec["layers"]]
    outputs = layers[-1:]
    if draft.chance(0.3):
        made = [name for name in draft.model.tensors if name not in draft.model.inputs]
        outputs = list(dict.fromkeys([*draft.random.sample(made, min(2, len(made))), *outputs]))
    return {**draft.spec, "layers": _needed(draft.spec["layers"], outputs), "outputs": outputs}


def _needed(entries: list[Entry], outputs: list[str]) -> list[Entry]:
    """Leave out what no output needs: Keras does not call it.

    A call of a layer whose first call is left out is then the first one itself.
    """
    by_name = {entry["name"]: entry for entry in entries}
    needed, found = {name.partition(".")[0] for name in outputs}, []
    for entry in reversed(entries):
        if entry["name"] in needed:
            found.append(entry)
            read = [*sources_of(entry), *entry.get("call", {}).get("initial_state", [])]
            needed |= {name.partition(".")[0] for name in read}
    first: dict[str, str] = {}
    kept = []
    for entry in reversed(found):
        made = entry
        if "reuse" in entry:
            layer = entry["reuse"]
            if layer in needed or layer in first:
                made = {**entry, "reuse": first.get(layer, layer)}
            else:
                first[layer] = entry["name"]
                own = {key: each for key, each in by_name[layer].items() if key[0].isupper()}
                made = {**own, "from": entry["from"], "name": entry["name"]}
        kept.append(made)
    return kept


def _entry(d: Draft) -> Entry | None:
    names = list(d.model.tensors)
    source = names[-1] if d.chance(0.65) else d.choice(names)
    if source in d.integers:
        return _embedding(d, source)
    usable = [name for name in names if name not in d.integers]
    if len(usable) > 1 and d.chance(0.3):
        return _merge(d, usable)
    if d.reusable and d.chance(0.12):
        return {"reuse": d.choice(d.reusable), "from": source}
    shape = d.steps_of(source)
    if d.long and len(shape) == 2 and shape[0] == d.model.sizes["T"] and d.chance(0.3):
        return _residual(d, source)
    if d.chance(0.1) and not d.long:
        return {**_inner_model(d, shape), "from": source}
    if len(shape) == 2 and d.chance(0.07) and not d.long:
        return {**_operator(d, shape), "from": source}
    made = _layer(d, shape)
    kind = next(iter(made))
    if kind in ("LSTM", "GRU", "SimpleRNN") and d.chance(0.25):
        units = d.model.number(made[kind]["units"])
        states = [name for name in usable if d.steps_of(name) == (units,)]
        if states:
            count = 2 if kind == "LSTM" else 1
            state = {"initial_state": [d.choice(states) for _ in range(count)]}
            return {**made, "from": source, "call": state}
    return {**made, "from": source}


def _residual(d: Draft, source: str) -> Entry:
    """A block of a residual TCN."""
    width = d.steps_of(source)[1]
    convolution = {
        "filters": width,
        "kernel_size": d.size("k", d.integer(2, 4)),
        "dilation_rate": d.size("d", d.choice([1, 2, 4, 16])),
        "padding": d.choice(["causal", "causal", "causal", "same"]),
    }
    inner = {"Conv1D": convolution, "name": f"inner{d.count}a", "from": "x"}
    add = {"Add": {}, "name": f"inner{d.count}b", "from": ["x", inner["name"]]}
    block = {
        "inputs": {"x": ["T", width]},
        "layers": [inner, add],
        "outputs": [add["name"]],
    }
    return {"Functional": block, "from": source}


def _embedding(d: Draft, source: str) -> Entry:
    options = {"input_dim": 9, "output_dim": d.width(), "mask_zero": d.chance(0.7)}
    return {"Embedding": options, "from": source}


def _layer(d: Draft, shape: Shape) -> Entry:
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
    if d.chance(0.1) and not d.long:
        options["unroll"] = True
    return {kind: options}


def _cells(d: Draft, _: Shape) -> Entry:
    kinds = ["LSTMCell", "GRUCell", "SimpleRNNCell"]
    cells = [{d.choice(kinds): {"units": d.integer(2, 3)}} for _ in range(2)]
    return {"RNN": {"cell": cells, "return_sequences": d.chance(0.7)}}


def _bidirectional(d: Draft, shape: Shape) -> Entry:
    inner = _recurrent(d, shape)
    options = next(iter(inner.values()))
    options.pop("go_backwards", None)
    return {"Bidirectional": {"layer": inner, "merge_mode": d.choice(["concat", "sum", "ave"])}}


def _time_distributed(d: Draft, _: Shape) -> Entry:
    inner = d.choice([{"Dense": {"units": d.width()}}, {"Activation": {"activation": "tanh"}}])
    return {"TimeDistributed": {"layer": inner}}


def _convolution(d: Draft, _: Shape) -> Entry:
    options = {
        "filters": d.width(),
        "kernel_size": d.size("k", d.integer(1, 4)),
        "padding": d.choice(["valid", "same", "causal", "causal"]),
    }
    if d.chance(0.4):
        options["activation"] = d.choice(["tanh", "relu", "elu"])
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


def _global_pooling(d: Draft, _: Shape) -> Entry:
    kind = d.choice(["GlobalMaxPooling1D", "GlobalAveragePooling1D", "GlobalAveragePooling1D"])
    return {kind: {"keepdims": d.chance(0.3)}}


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
}
LONG = {_convolution: 6, _recurrent: 1.5, _pooling: 1, _each_step: 2, _masking: 0.7, _edges: 1}
"""Of layers that work on any number of steps; a dilation of theirs may be large."""

IMAGES = [
    lambda d, _: {"TimeDistributed": {"layer": {"GRU": {"units": d.integer(2, 3)}}}},
    lambda d, _: {"TimeDistributed": {"layer": {"Flatten": {}}}},
    lambda d, _: {"TimeDistributed": {"layer": {"Dense": {"units": d.integer(2, 3)}}}},
    lambda d, _: {"Dense": {"units": d.integer(2, 3)}},
    lambda d, shape: {"Reshape": {"target_shape": [shape[0], -1]}},
    lambda d, _: {"Permute": {"dims": d.choice([[2, 1, 3], [1, 3, 2]])}},
    lambda d, _: {"Conv2D": {"filters": 2, "kernel_size": 2, "padding": "same"}},
    lambda d, _: {"Masking": {}},
    lambda d, _: {"Flatten": {}},
    _frames,
]


def _merge(d: Draft, usable: list[str]) -> Entry | None:
    """A layer for several tensors that may fit; Keras decides."""
    a = d.choice(usable)
    shape = d.steps_of(a)
    same = [name for name in usable if d.steps_of(name) == shape]
    form = d.random.random()
    if form < 0.3:
        kind = d.choice(["Add", "Multiply", "Average", "Maximum", "Minimum", "Add"])
        sources = [a, d.choice(same)]
        if d.chance(0.15):
            sources.append(d.choice(same))
        return {kind: {}, "from": sources}
    if form < 0.6:
        axis = d.choice([-1, -1, *range(1, len(shape) + 1)])
        place = axis - 1 if axis > 0 else len(shape) - 1
        fits = [
            name
            for name in usable
            if len(d.steps_of(name)) == len(shape)
            and all(
                x == y
                for i, (x, y) in enumerate(zip(d.steps_of(name), shape, strict=True))
                if i != place
            )
        ]
        others = [d.choice(fits) for _ in range(d.integer(1, 2))]
        return {"Concatenate": {"axis": axis}, "from": [a, *others]}
    if form < 0.65 and len(shape) == 2 and not d.long:
        kind = d.choice(["add", "multiply", "maximum", "concatenate", "shift"])
        return {"operator": kind, "from": [a, d.choice(same)]}
    sequences = [name for name in usable if len(d.steps_of(name)) == 2]
    if len(shape) != 2 or d.long:
        return None
    return _attention(d, a, [n for n in sequences if d.steps_of(n)[0] > 1])


def _attention(d: Draft, query: str, sequences: list[str]) -> Entry | None:
    width = d.steps_of(query)[1]
    fits = [name for name in sequences if d.steps_of(name)[1] == width]
    if not fits:
        return None
    call = {"use_causal_mask": True} if d.chance(0.5) else {}
    kind = d.choice(["MultiHeadAttention", "Attention", "AdditiveAttention", "GroupQueryAttention"])
    if d.chance(0.3) and query in fits:
        fits = [query]
    if kind == "MultiHeadAttention":
        value = query if fits == [query] else d.choice(sequences)
        options = {"num_heads": d.integer(1, 2), "key_dim": 2}
        return {kind: options, "from": [query, value], "call": call}
    options = {}
    if kind == "GroupQueryAttention":
        options = {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": d.integer(1, 2)}
    return {kind: options, "from": [query, d.choice(fits)], "call": call}


def _inner_model(d: Draft, shape: Shape) -> Entry:
    """A model within the model; its layers have names, so that both sides call them the same."""
    one = {**_layer(d, shape), "name": f"inner{d.count}a"}
    two = {**_layer(d, shape), "name": f"inner{d.count}b"}
    if d.chance(0.5):
        return {"Sequential": {"layers": [one, two][: d.integer(1, 2)]}}
    return {
        "Functional": {
            "inputs": {"x": list(shape)},
            "layers": [{**one, "from": "x"}, {**two, "from": d.choice([one["name"], "x"])}],
            "outputs": d.choice([[two["name"]], [two["name"], one["name"]]]),
        }
    }


def _operator(d: Draft, shape: Shape) -> Entry:
    first = d.integer(0, max(0, shape[0] - 2))
    slices: list[Any] = [
        -1,
        0,
        [first, shape[0], None],
        [None, shape[0] - first, None],
        [None, None, 2],
        [None, None, -1],
    ]
    if d.chance(0.6):
        return {"GetItem": [d.choice(slices)]}
    return {"operator": d.choice(["double", "flip", "mean", "cumulative", "turn"])}
