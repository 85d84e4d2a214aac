"""One layer: the real Keras object of a configured layer, and its weights under our names."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr
from seqinspect.analysis.application import unknown_arguments
from seqinspect.analysis.call_arguments import iterate_calls, run_layers
from seqinspect.errors import refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.operations import operation_layer
from seqinspect.model.graph import Graph, Layer
from seqinspect.records import dataclass
from seqinspect.rules import find_rule
from seqinspect.rules.objects import CONSTRAINTS, INITIALIZERS, REGULARIZERS, Named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Node

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
    """Return the Keras layer that `layer` configures: its constructor is called, with objects.

    Nothing is deserialised, and only classes of `keras.layers` that have a rule are ever called.
    What a constructor raises goes through: the caller knows the place.
    Raises SpecError where Keras has no such class; what its constructor raises, the caller places.
    """
    if layer.graph is not None:
        return model_class()(layer.graph, _keras_name(layer))
    if layer.unsupported is not None and layer.unsupported.function:
        return operation_layer(layer)
    keras = runtime.load()
    kind = getattr(keras.layers, layer.type, None)
    if find_rule(layer.type) is None or not isinstance(kind, type):
        refuse(f"{layer.type} is not a layer that can be built", received=layer.type)
    samples = {name: values[-1] for name, values in unknown_arguments(layer).items()}
    arguments = {name: _value(value) for name, value in {**layer.arguments, **samples}.items()}
    return kind(**{**arguments, "name": _keras_name(layer)})


def weights_of(layer: Any) -> tuple[KerasWeight, ...]:
    """Return a built layer's weights, in Keras's order.

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
            name=_relative_path(weight.path, layer.path, only),
            shape=tuple(weight.shape),
            trainable=weight.trainable,
            dtype=str(weight.dtype),
        )
        for weight in layer.weights
    )


def _relative_path(path: str, top: str, only: set[str]) -> str:
    """Return a weight's path below `top`, without the components that end a path in `only`."""
    *parents, name = path.split("/")
    depth = top.count("/") + 1
    components = [
        part
        for index, part in enumerate(parents[depth:], depth + 1)
        if "/".join(parents[:index]) not in only
    ]
    return "/".join([*components, name])


def _value(value: object) -> Any:
    """Return what a Keras constructor takes for the typed value of an argument."""
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
    for module, allowed in MODULES.items():
        if named.type in allowed:
            return getattr(getattr(runtime.load(), module), named.type)(**dict(named.arguments))
    refuse(f"{named.type} is not an object that can be built", received=named.type)
    return None


def _keras_name(layer: Layer) -> str:
    return layer.name.replace("/", "_")  # Keras refuses the slash


@cache
def model_class() -> Any:
    """Return the Keras class of a model within a wrapper, made when Keras is there.

    `keras.Model` would recurse from layer to layer; this one calls them in a loop.
    """
    keras: Any = runtime.load()

    class Model(keras.layers.Layer):  # type: ignore[misc] # Keras is untyped
        """The layers of a graph, called one after another."""

        def __init__(self, graph: Graph, name: str) -> None:
            super().__init__(name=name)
            self._convert_input_args = False  # as in Functional: each layer converts its own
            self.graph = graph
            self.parts = {
                node.name: make_layer(node.layer) for node in graph.nodes if node.reuses is None
            }

        def build(self, input_shape: Any) -> None:
            self._outputs(input_shape)

        def call(self, inputs: Any) -> Any:
            tensors = inputs if isinstance(inputs, list | tuple) else [inputs]
            outputs = run_layers(self.graph, self.parts, tensors, keras.ops.cast)
            return outputs[0] if len(outputs) == 1 else outputs

        def compute_output_shape(self, input_shape: Any) -> Any:
            outputs = self._outputs(input_shape)
            return outputs.shape if not isinstance(outputs, list) else [x.shape for x in outputs]

        def compute_output_spec(self, inputs: Any) -> Any:
            return self.call(inputs)

        def calls(self, shape: Any) -> Iterator[tuple[Node, Any, list[Any]]]:
            """Yield each call with its first argument and its outputs, on inputs of a shape."""
            return iterate_calls(self.graph, self.parts, self._inputs(shape), keras.ops.cast, {})

        def _outputs(self, shape: Any) -> Any:
            return self.call(self._inputs(shape))

        def _inputs(self, shape: Any) -> list[Any]:
            one = not isinstance(shape[0], list | tuple)
            return [
                keras.KerasTensor(each, dtype=model_input.dtype)
                for each, model_input in zip(
                    [shape] if one else shape, self.graph.inputs, strict=True
                )
            ]

    return Model
