"""One layer: the real Keras object of a configured layer, and its weights under our names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seqinspect.algebra import Expr
from seqinspect.errors import refuse
from seqinspect.keras_model import runtime
from seqinspect.rules import find_rule
from seqinspect.rules.objects import CONSTRAINTS, INITIALIZERS, REGULARIZERS, Named
from seqinspect.spec.graph import Layer

MODULES = {"initializers": INITIALIZERS, "regularizers": REGULARIZERS, "constraints": CONSTRAINTS}
"""Where in Keras the classes are whose names an argument may give."""


@dataclass(frozen=True, slots=True)
class KerasWeight:
    """One weight of a Keras layer, named as a Report names it."""

    name: str
    shape: tuple[int, ...]
    trainable: bool
    dtype: str


def make_layer(layer: Layer) -> Any:
    """The Keras layer that `layer` configures: its constructor's call, nothing deserialised.

    Only classes of `keras.layers` that have a rule are ever called. What the constructor raises,
    it raises: the caller knows the place.
    """
    keras = runtime.load()
    kind = getattr(keras.layers, layer.type, None)
    if find_rule(layer.type) is None or not isinstance(kind, type):
        refuse(f"{layer.type} is not a layer that can be built", received=layer.type)
    arguments = {name: _value(value) for name, value in layer.arguments.items()}
    return kind(**{**arguments, "name": layer.name.replace("/", "_")})


def weights_of(layer: Any) -> tuple[KerasWeight, ...]:
    """A built layer's weights, in Keras's order.

    The one place that names them. A name is Keras's path below the layer, without what a wrapper
    or a recurrent layer contains one of: `kernel` for Dense, for `lstm/lstm_cell/kernel` and for
    TimeDistributed's `time_distributed/dense/kernel`; `forward_lstm/kernel` for Bidirectional,
    `query/kernel` for MultiHeadAttention.
    """
    layers = runtime.load().layers
    only = {
        (part.cell if isinstance(part, layers.RNN) else part.layer).path
        for part in layer._flatten_layers()
        if isinstance(part, layers.RNN | layers.Wrapper)
    }
    return tuple(
        KerasWeight(
            name=_below(weight.path, layer.path, only),
            shape=tuple(weight.shape),
            trainable=weight.trainable,
            dtype=str(weight.dtype),
        )
        for weight in layer.weights
    )


def _below(path: str, top: str, only: set[str]) -> str:
    """The components of a weight's path below `top`, without those that lead to a path in `only`."""
    *parents, name = path.split("/")
    depth = top.count("/") + 1
    kept = [
        part
        for index, part in enumerate(parents[depth:], depth + 1)
        if "/".join(parents[:index]) not in only
    ]
    return "/".join([*kept, name])


def _value(value: object) -> Any:
    """What a Keras constructor takes for the typed value of an argument."""
    if isinstance(value, Expr):
        return value.value
    if isinstance(value, tuple):
        return tuple(map(_value, value))
    if isinstance(value, Named):
        return _object(value)
    if isinstance(value, Layer):
        return make_layer(value)
    return value


def _object(named: Named) -> Any:
    keras = runtime.load()
    for module, allowed in MODULES.items():
        if named.type in allowed:
            return getattr(getattr(keras, module), named.type)(**dict(named.arguments))
    refuse(f"Keras has no object {named.type}", received=named.type)
