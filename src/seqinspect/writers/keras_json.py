"""A graph → the JSON config that `keras.models.model_from_json` loads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr
from seqinspect.analysis.call_arguments import call_arguments
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref
from seqinspect.model.traversal import needed
from seqinspect.records import replace
from seqinspect.rules import find_rule
from seqinspect.rules.index import FUNCTIONAL, INPUT_LAYER, SEQUENTIAL
from seqinspect.rules.objects import FAMILIES, Named
from seqinspect.writers.normalise import normalise
from seqinspect.writers.tensors import tensors_of, tensors_read_by, with_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.model.report import TensorReport

Config = dict[str, Any]


def keras_json(graph: Graph, note: str = "") -> str:
    """Return the text of a Keras 3 config. Raises SpecError on unsupported layers.

    What no output depends on is left out, as Keras leaves it out. A note stands beside the config,
    where Keras does not look.
    """
    model = _model(normalise(graph, comments=False), graph.name)
    if note:
        model["note"] = note
    return json.dumps(model, indent=2, allow_nan=False) + "\n"


def _object(module: str, kind: str, config: Config, registered: str | None = None) -> Config:
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def _model(graph: Graph, name: str, input_tensors: Sequence[TensorReport] | None = None) -> Config:
    """Return the config of a model, with the shapes that its caller gives it."""
    if graph.sequential:
        layers = [_input(one) for one in graph.inputs if one.shape is not None]
        layers += [_layer(node.layer) for node in graph.nodes]
        return _object("keras", SEQUENTIAL, {"name": name, "trainable": True, "layers": layers})
    graph = with_inputs(graph, input_tensors)
    needed_names = needed(graph)
    graph = replace(graph, nodes=tuple(node for node in graph.nodes if node.name in needed_names))
    tensors = tensors_of(graph)
    history = _history(graph)
    layers = [{**_input(one), "name": one.name, "inbound_nodes": []} for one in graph.inputs]
    by_name: dict[str, Config] = {}

    def tensor(ref: Ref) -> Config:
        tensor_report = tensors[ref.name][ref.output]
        config = {
            "shape": list(tensor_report.shape),
            "dtype": tensor_report.dtype,
            "keras_history": [*history[ref.name], ref.output],
        }
        return {"class_name": "__keras_tensor__", "config": config}

    # As an output, a call of a functional model counts the one that it was made by.
    models = {node.name for node in graph.nodes if _is_functional(node.layer)}

    def output(ref: Ref) -> list[Any]:
        layer, index = history[ref.name]
        return [layer, index + (layer in models), ref.output]

    for node in graph.nodes:
        name_of = node.reuses or node.name
        if name_of not in by_name:
            layer = _layer(node.layer, tensors_read_by(node, tensors))
            by_name[name_of] = {**layer, "name": name_of, "inbound_nodes": []}
            layers.append(by_name[name_of])
        by_name[name_of]["inbound_nodes"].append(_call(node, tensor))
    return _object(
        "keras.src.models.functional",
        FUNCTIONAL,
        {
            "name": name,
            "trainable": True,
            "layers": layers,
            "input_layers": _unwrap_single([[one.name, 0, 0] for one in graph.inputs]),
            "output_layers": _unwrap_single([output(ref) for ref in graph.outputs]),
        },
        FUNCTIONAL,
    )


def _history(graph: Graph) -> dict[str, tuple[str, int]]:
    """Return of which layer an output is, and of which of its calls."""
    calls: dict[str, int] = {}
    history = {one.name: (one.name, 0) for one in graph.inputs}
    for node in graph.nodes:
        layer = node.reuses or node.name
        history[node.name] = (layer, calls.setdefault(layer, 0))
        calls[layer] += 1
    return history


def _unwrap_single(tensors: list[list[Any]]) -> list[Any]:
    """Return one tensor as itself: a model whose output is in a list returns a list."""
    return tensors[0] if len(tensors) == 1 else tensors


def _is_functional(layer: Layer) -> bool:
    return layer.graph is not None and not layer.graph.sequential


def _call(node: Node, tensor: Callable[[Ref], Config]) -> Config:
    first, others = call_arguments(node, tensor)
    return {"args": [first], "kwargs": others}


def _input(model_input: Input) -> Config:
    config = {
        "batch_shape": [size.value for size in model_input.shape or ()],
        "dtype": model_input.dtype,
        "name": model_input.name,
    }
    return _object("keras.layers", INPUT_LAYER, config)


def _layer(layer: Layer, input_tensors: Sequence[TensorReport] | None = None) -> Config:
    if layer.graph is not None:
        return _model(layer.graph, layer.name, input_tensors)
    arguments = {name: _value(value) for name, value in layer.arguments.items()}
    rule = find_rule(layer.type)
    if rule is not None:
        for name in rule.traits.always_written:
            arguments.setdefault(name, rule.options[name].default)
    return _object("keras.layers", layer.type, {"name": layer.name, **arguments})


def _value(value: object) -> Any:
    if isinstance(value, Layer):
        return _layer(value)
    if isinstance(value, Expr):
        return value.value
    if isinstance(value, Named):
        return _object(f"keras.{family(value)}s", value.type, dict(value.arguments))
    if isinstance(value, tuple | list):
        return [_value(item) for item in value]
    return dict(value) if isinstance(value, dict) else value


def family(named: Named) -> str:
    """Return what an object is: an initializer, a regularizer or a constraint."""
    return next(name for name, types in FAMILIES.items() if named.type in types)
