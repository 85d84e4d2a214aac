"""A spec as a functional model of Keras, in float64, and all that happens when it is called."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from keras.src.backend import get_keras_mask, set_keras_mask

import keras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Spec = dict[str, Any]
Entry = dict[str, Any]

ENTRY_KEYS = ("name", "from", "call", "reuse")
FORGETTING = {"lstm_cell": 1, "gru_cell": 0}
"""By cell: which of its gates says how much of the state is kept."""


def use_float64() -> None:
    """Let everything that is built from here on compute in float64."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


class Call(NamedTuple):
    """One call as the functional model made it; `masks` are those that its arguments had then."""

    operation: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    masks: list[tuple[Any, Any]]


class Run(NamedTuple):
    """What all calls returned on data, by name, with the masks that they returned, and the calls.

    A functional model hands masks on in two ways, so that nothing but itself shows which arrive:
    what has an argument `mask` reads a tensor of the graph, anything else what is attached to a
    tensor, which a MultiHeadAttention takes away from the calls after it.
    """

    tensors: dict[str, Any]
    masks: dict[str, Any]
    calls: dict[str, Call]


class RealModel:
    """The calls of a spec; `add` makes one more, `run` makes those that outputs need.

    `tensors` are symbolic, by name: `encoder` is the first output of a call, `encoder.1` its
    second.
    """

    def __init__(self, spec: Spec) -> None:
        self.sizes: dict[str, int] = {}
        for name, size in spec.get("dims", {}).items():
            self.sizes[name] = self.number(size)
        self.inputs: dict[str, Any] = {}
        self.layers: dict[str, Any] = {}
        self.entries: list[Entry] = []
        self.tensors: dict[str, Any] = {}
        for name, given in spec["inputs"].items():
            shape = [self.number(size) for size in given["shape"]]
            made = keras.Input(shape, name=name, dtype=given.get("dtype", "float64"))
            self.inputs[name] = self.tensors[name] = made
        for entry in spec["layers"]:
            self.add(entry)

    def number(self, size: Any) -> Any:
        """Return the number that an expression over `dims` stands for; any other value as it is."""
        if not isinstance(size, str):
            return size
        try:
            code = compile(size, "size", "eval")
        except SyntaxError:
            return size
        if not set(code.co_names) <= self.sizes.keys():
            return size
        return eval(code, {}, dict(self.sizes))

    def add(self, entry: Entry) -> None:
        """Make one call more, on symbolic tensors. Raises what Keras raises."""
        name = entry["name"]
        layer = self.layers[entry["reuse"]] if "reuse" in entry else self.layer(entry)
        self.layers[name] = layer
        try:
            outputs = self._call(layer, entry, self.tensors)
        except Exception:
            del self.layers[name]
            raise
        self.entries.append(entry)
        self.tensors |= _named(name, outputs)

    def layer(self, entry: Entry) -> Any:
        """Return the Keras layer, or model, that an entry of a spec describes."""
        kind = next(key for key in entry if key not in ENTRY_KEYS)
        options = entry[kind]
        name = entry.get("name")
        if kind == "GetItem":
            parts = tuple(_part(part) for part in options)
            return lambda x: x[(slice(None), *parts)]
        if kind == "operator":
            return OPERATORS[options]
        if kind == "Sequential":
            return keras.Sequential([self.layer(each) for each in options["layers"]], name=name)
        if kind == "Functional":
            inner = RealModel({"dims": self.sizes, "layers": [], **_shapes_only(options, self)})
            for each in options["layers"]:
                inner.add(each)
            outputs = [inner.tensors[each] for each in options["outputs"]]
            return keras.Model(
                list(inner.inputs.values()), outputs if len(outputs) > 1 else outputs[0], name=name
            )
        made = {key: self._argument(key, value) for key, value in options.items()}
        return getattr(keras.layers, kind)(**made, **({"name": name} if name else {}))

    def _argument(self, key: str, value: Any) -> Any:
        if key in ("layer", "backward_layer"):
            return self.layer(value)
        if key == "cell":
            cells = [self.layer(each) for each in value]
            return keras.layers.StackedRNNCells(cells)
        if isinstance(value, list):
            return [self.number(each) for each in value]
        return self.number(value)

    def _call(self, layer: Any, entry: Entry, tensors: Mapping[str, Any]) -> list[Any]:
        sources = entry["from"]
        given = entry.get("call", {})
        options = {name: _bound(value, tensors) for name, value in given.items()}
        if not isinstance(sources, list):
            outputs = layer(tensors[sources], **options)
        elif "operator" in entry or isinstance(
            layer, keras.layers.MultiHeadAttention | keras.layers.GroupQueryAttention
        ):
            outputs = layer(*[tensors[each] for each in sources], **options)
        else:
            outputs = layer([tensors[each] for each in sources], **options)
        return _as_list(outputs)

    def run(self, outputs: Sequence[str], arrays: Mapping[str, Any]) -> Run:
        """Call the functional model with these outputs on arrays, and note all that it does."""
        whole = self.whole(outputs)
        inputs = {name: keras.ops.convert_to_tensor(arrays[name]) for name in self.inputs}
        run = Run(dict(inputs), {}, {})
        names = {id(self._node(entry["name"])): entry["name"] for entry in self.entries}
        nodes = (
            node
            for depth in sorted(whole._nodes_by_depth, reverse=True)
            for node in whole._nodes_by_depth[depth]
            if not node.is_input
        )

        def noted(operation: Any) -> Any:
            name = names.get(id(next(nodes)))

            def call(*arguments: Any, **options: Any) -> Any:
                read = _tensors_in((arguments, options))
                masks = [(tensor, get_keras_mask(tensor)) for tensor in read]
                made = operation(*arguments, **options)
                if name is not None:
                    returned = _named(name, _as_list(made))
                    run.calls[name] = Call(operation, arguments, options, masks)
                    run.tensors.update(returned)
                    run.masks.update({each: get_keras_mask(x) for each, x in returned.items()})
                return made

            return call

        whole._run_through_graph(list(inputs.values()), noted)
        return run

    def _node(self, name: str) -> Any:
        operation, index, _ = self.tensors[name]._keras_history
        return operation._inbound_nodes[index]

    def whole(self, names: Iterable[str]) -> Any:
        """Return the same as one functional model, with these tensors as outputs."""
        return keras.Model(list(self.inputs.values()), [self.tensors[name] for name in names])

    def set_weights(self, random: np.random.Generator, *, calm: bool, bare: bool = False) -> None:
        """Give all weights random values; `calm`: states that are kept over all steps.

        `bare`: biases are 0.
        """
        for layer in {id(each): each for each in _within(self.layers.values())}.values():
            steps = max((x.shape[1] or 1 for x in self.inputs.values()), default=1)
            _set_weights(layer, random, steps if calm else 0, bare=bare)


def sources_of(entry: Entry) -> list[str]:
    """Return the names of the tensors that a call reads first."""
    sources = entry["from"]
    return list(dict.fromkeys(sources)) if isinstance(sources, list) else [sources]


OPERATORS = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "maximum": keras.ops.maximum,
    "concatenate": lambda *xs: keras.ops.concatenate(list(xs), axis=-1),
    "shift": lambda a, b: keras.ops.concatenate([a[:, :1], b[:, :-1]], axis=1),
    "double": lambda a: a * 2.0 + 1.0,
    "flip": lambda a: keras.ops.flip(a, axis=1),
    "mean": lambda a: keras.ops.mean(a, axis=1),
    "cumulative": lambda a: keras.ops.cumsum(a, axis=1),
    "turn": lambda a: keras.ops.transpose(a, (0, 2, 1)),
}
"""What code does with tensors outside of layers; only a config of Keras can hold it."""


def _part(part: Any) -> Any:
    return slice(*part) if isinstance(part, list) else part


def _shapes_only(options: Entry, model: RealModel) -> Entry:
    return {
        "inputs": {
            name: given if isinstance(given, dict) else {"shape": given}
            for name, given in options["inputs"].items()
        }
    }


def call_again(call: Call, replaced: Callable[[Any], Any]) -> list[Any]:
    """Return the outputs of a call on other tensors in place of its own, with its own masks."""
    new = {id(tensor): replaced(tensor) for tensor, _ in call.masks}
    for tensor, mask in call.masks:
        set_keras_mask(new[id(tensor)], None if mask is None else replaced(mask))
    arguments, options = keras.tree.map_structure(
        lambda x: new.get(id(x), x), (call.arguments, call.options)
    )
    return _as_list(call.operation(*arguments, **options))


def _as_list(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _tensors_in(structure: Any) -> list[Any]:
    found = {id(x): x for x in keras.tree.flatten(structure) if keras.ops.is_tensor(x)}
    return list(found.values())


def _named(name: str, outputs: list[Any]) -> dict[str, Any]:
    return {f"{name}.{index}" if index else name: each for index, each in enumerate(outputs)}


def _bound(value: Any, tensors: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [tensors[each] for each in value]
    return tensors[value] if isinstance(value, str) else value


def _within(layers: Iterable[Any]) -> Iterator[Any]:
    for layer in layers:
        if isinstance(layer, keras.layers.Layer):
            yield from layer._flatten_layers()


def _set_weights(
    layer: Any, random: np.random.Generator, steps: int, *, bare: bool = False
) -> None:
    """Fill a layer's own weights; for `steps`, a cell keeps its state over so many of them."""
    cell = layer.__class__.__name__
    for weight in layer._trainable_variables + layer._non_trainable_variables:
        name, shape = weight.path.rpartition("/")[2], tuple(weight.shape)
        if "seed" in name:
            continue
        scale = 1 / math.sqrt(math.prod(shape[:-1])) if len(shape) > 1 else 0.2
        value = random.normal(0, scale, shape)
        if "variance" in name or "gamma" in name or name == "scale":
            value = random.uniform(0.5, 1.5, shape)
        if steps and cell in ("LSTMCell", "GRUCell", "SimpleRNNCell"):
            value = _calm(cell, name, value, steps)
        if steps and name == "embeddings":
            value[:2] = 0  # as in tables that lack a word: a Masking after it marks that, too
        if bare and name in ("bias", "beta"):
            value = value * 0
        weight.assign(value)


def _calm(cell: str, name: str, value: Any, steps: int) -> Any:
    """A state that forgets about one part in `steps` at each of them."""
    if cell == "SimpleRNNCell":
        if name == "recurrent_kernel":
            return np.linalg.qr(value)[0]
        # What adds up over all steps stays where tanh is a straight line.
        return value * min(0.03, 3 / steps**1.5)
    gate = FORGETTING["lstm_cell" if cell == "LSTMCell" else "gru_cell"]
    units = value.shape[-1] // (4 if cell == "LSTMCell" else 3)
    forgetting = slice(gate * units, (gate + 1) * units)
    if name == "bias":
        first = value if value.ndim == 1 else value[0]  # a GRU may have a second bias
        first[forgetting] += math.log(steps + 2)
        if cell == "LSTMCell":
            first[:units] -= math.log(steps + 2)  # so that what is added up stays about 1
    else:
        value[..., forgetting] *= 0.01  # no input makes it forget all
    return value * 0.3 if name == "recurrent_kernel" else value
