"""Layers within layers: one walk through all of them and one rewrite, however deep they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.model.graph import Graph, Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.model.graph import Node


def layers_of(graph: Graph) -> Iterator[Layer]:
    """Yield every layer of a model once, in order: a layer, then those within it."""
    return _walk([node.layer for node in graph.nodes])


def layers_within(layer: Layer) -> Iterator[Layer]:
    """Yield every layer within a layer once, in order: of its model, then among its arguments."""
    return _walk(inner_layers(layer))


def inner_layers(layer: Layer) -> list[Layer]:
    """Return the layers directly within a layer: of its model, then among its arguments."""
    of_model = [node.layer for node in layer.graph.nodes] if layer.graph is not None else []
    return [*of_model, *(each for value in layer.arguments.values() for each in _among(value))]


def rewritten(
    graph: Graph,
    change: Callable[[Layer], Layer],
    *,
    of_graph: Callable[[Graph], Graph] | None = None,
    of_node: Callable[[Node], Node] | None = None,
) -> Graph:
    """Return a model with every layer changed, whatever is within a layer before the layer.

    `of_node` changes the calls of each model, `of_graph` then the model. A layer or a model that
    stands in several places is changed once and stays one; what does not change stays the object
    that it is.
    """
    rewrite = _Rewrite(change, of_graph, of_node)
    return rewrite.graph_of(graph)


def rewritten_layer(layer: Layer, change: Callable[[Layer], Layer]) -> Layer:
    """Return a layer changed, and those within it before."""
    return _Rewrite(change).layer_of(layer)


def _walk(layers: list[Layer]) -> Iterator[Layer]:
    met: set[int] = set()
    waiting = layers[::-1]
    while waiting:
        layer = waiting.pop()
        if id(layer) not in met:
            met.add(id(layer))
            yield layer
            waiting += inner_layers(layer)[::-1]


def _among(value: object) -> Iterator[Layer]:
    """Yield the layers of an argument: the value itself, or those in a list."""
    if isinstance(value, Layer):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _among(each)


class _Rewrite:
    """A rewrite under way: what became of each layer and each model, by identity."""

    def __init__(
        self,
        change: Callable[[Layer], Layer],
        of_graph: Callable[[Graph], Graph] | None = None,
        of_node: Callable[[Node], Node] | None = None,
    ) -> None:
        self.change = change
        self.of_graph = of_graph
        self.of_node = of_node
        self.layers: dict[int, Layer] = {}
        self.graphs: dict[int, Graph] = {}

    def layer_of(self, layer: Layer) -> Layer:
        """Return what becomes of a layer."""
        waiting = [(layer, False)]
        while waiting:
            each, finished = waiting.pop()
            if id(each) in self.layers:
                continue
            if finished:
                self.layers[id(each)] = self.change(self.with_inner(each))
            else:
                waiting.append((each, True))
                waiting += [(inner, False) for inner in inner_layers(each)[::-1]]
        return self.layers[id(layer)]

    def with_inner(self, layer: Layer) -> Layer:
        """Return a layer with what became of the layers within it."""
        graph = None if layer.graph is None else self.graph_of(layer.graph)
        arguments: Mapping[str, object] = {
            name: self.value(value) for name, value in layer.arguments.items()
        }
        if graph is layer.graph and all(
            value is layer.arguments[name] for name, value in arguments.items()
        ):
            return layer
        return replace(layer, arguments=arguments, graph=graph)

    def value(self, value: object) -> object:
        if isinstance(value, Layer):
            return self.layers[id(value)]
        if isinstance(value, tuple | list) and any(True for _ in _among(value)):
            return type(value)(self.value(each) for each in value)
        return value

    def graph_of(self, graph: Graph) -> Graph:
        """Return what becomes of a model; the layers within it are rewritten first."""
        found = self.graphs.get(id(graph))
        if found is None:
            nodes = tuple(map(self.node_of, graph.nodes))
            same = all(new is old for new, old in zip(nodes, graph.nodes, strict=True))
            found = graph if same else replace(graph, nodes=nodes)
            if self.of_graph is not None:
                found = self.of_graph(found)
            self.graphs[id(graph)] = found
        return found

    def node_of(self, node: Node) -> Node:
        layer = self.layer_of(node.layer)
        found = node if layer is node.layer else replace(node, layer=layer)
        return found if self.of_node is None else self.of_node(found)
