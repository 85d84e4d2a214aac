"""A graph under a dtype policy: as if Keras's global policy had been set before it was built."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from seqinspect.model.graph import Graph, Layer

POLICIES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float32", "float64")


def under_policy(graph: Graph, policy: str) -> Graph:
    """Return the graph with the policy as the dtype of every layer that names none."""
    nodes = tuple(replace(node, layer=_layer(node.layer, policy)) for node in graph.nodes)
    return replace(graph, nodes=nodes)


def _layer(layer: Layer, policy: str) -> Layer:
    if layer.unsupported is not None:
        ask = layer.unsupported.ask
        if ask is None:
            return layer
        return replace(
            layer, unsupported=layer.unsupported._replace(ask=partial(ask, policy=policy))
        )
    if layer.graph is not None:
        return replace(layer, graph=under_policy(layer.graph, policy))
    arguments = {name: _value(value, policy) for name, value in layer.arguments.items()}
    return replace(layer, arguments={"dtype": policy, **arguments})


def _value(value: object, policy: str) -> object:
    if isinstance(value, tuple):
        return tuple(_value(each, policy) for each in value)
    return _layer(value, policy) if isinstance(value, Layer) else value
