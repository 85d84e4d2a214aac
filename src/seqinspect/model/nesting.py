"""Layers within layers: one walk through all of them and one rewrite, however deep they stand.

A layer that is called again is one layer, although its further calls hold it with other places.
"""

from __future__ import annotations

from operator import is_not
from typing import TYPE_CHECKING

from seqinspect.model.graph import Graph, Layer, UnknownValue
from seqinspect.model.reasons import UnknownArgument
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seqinspect.model.graph import Node
    from seqinspect.model.reasons import Translation


def layers_of(graph: Graph) -> Iterator[Layer]:
    """Yield every layer of a model once, in order: a layer, then those within it."""
    return _walk(_layers(graph))


def layers_within(layer: Layer, *, models: bool = True) -> Iterator[Layer]:
    """Yield every layer within a layer once, in order: of its model, then among its arguments.

    Without `models` those of models are left out, not the models themselves.
    """
    return _walk(inner_layers(layer, models=models), models=models)


def models_of(graph: Graph) -> Iterator[Graph]:
    """Yield a model, then every model within it once, in order."""
    yield graph
    met = {id(graph)}
    for layer in layers_of(graph):
        if layer.graph is not None and id(layer.graph) not in met:
            met.add(id(layer.graph))
            yield layer.graph


def inner_layers(layer: Layer, *, models: bool = True) -> list[Layer]:
    """Return the layers directly within a layer: of its model, then among its arguments."""
    found = _layers(layer.graph) if layer.graph is not None and models else []
    for value in layer.arguments.values():
        found += _among(value)
    return found


def translations_of(layer: Layer) -> tuple[Translation, ...]:
    """Return what a reader should know of a layer and those among its arguments, each once."""
    found: list[Translation] = []
    for each in (layer, *layers_within(layer, models=False)):
        found += each.translated
        for name, value in each.arguments.items():
            if isinstance(value, UnknownValue):
                found.append(UnknownArgument(name, value.text, each.places.get(name)))
    return tuple(dict.fromkeys(found))


def wrapper_chain(layer: Layer) -> Iterator[Layer]:
    """Yield a layer, then the one that it wraps as its `layer`, then what that one wraps."""
    inner: object = layer
    while isinstance(inner, Layer):
        yield inner
        inner = inner.arguments.get("layer")


def rewritten(
    graph: Graph,
    *,
    of_layer: Callable[[Layer], Layer] | None = None,
    of_node: Callable[[Node], Node] | None = None,
    of_graph: Callable[[Graph], Graph] | None = None,
) -> Graph:
    """Return a model with every layer, call and model in it changed, from the innermost outwards.

    What stands in several places is changed once and stays one; what does not change stays the
    object that it is.
    """
    return _Rewrite(of_layer, of_node, of_graph).graph(graph)


def rewritten_layer(
    layer: Layer,
    *,
    of_layer: Callable[[Layer], Layer] | None = None,
    of_graph: Callable[[Graph], Graph] | None = None,
) -> Layer:
    """Return a layer with every layer and model within it changed, and itself."""
    return _Rewrite(of_layer, None, of_graph).layer(layer)


def _layers(graph: Graph) -> list[Layer]:
    return [node.layer for node in graph.nodes if node.reuses is None]


def _walk(layers: list[Layer], *, models: bool = True) -> Iterator[Layer]:
    met: set[int] = set()
    waiting = layers[::-1]
    while waiting:
        layer = waiting.pop()
        if id(layer) not in met:
            met.add(id(layer))
            yield layer
            waiting += inner_layers(layer, models=models)[::-1]


def _among(value: object) -> Iterator[Layer]:
    """Yield the layers of an argument: the value itself, or those in a list."""
    if isinstance(value, Layer):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _among(each)


class _Rewrite:
    """A rewrite under way: what became of each layer and each model, by identity."""

    def __init__(
        self,
        of_layer: Callable[[Layer], Layer] | None,
        of_node: Callable[[Node], Node] | None,
        of_graph: Callable[[Graph], Graph] | None,
    ) -> None:
        self.of_layer = of_layer
        self.of_node = of_node
        self.of_graph = of_graph
        self.layers: dict[int, Layer] = {}
        self.graphs: dict[int, Graph] = {}

    def layer(self, layer: Layer) -> Layer:
        """Return what becomes of a layer, once that of all layers within it is known."""
        waiting = [layer]
        opened: set[int] = set()
        while waiting:
            each = waiting[-1]
            if id(each) in self.layers:
                waiting.pop()
            elif id(each) not in opened:
                opened.add(id(each))
                waiting += inner_layers(each)[::-1]
            else:
                changed = self.with_inner(each)
                self.layers[id(each)] = changed if self.of_layer is None else self.of_layer(changed)
        return self.layers[id(layer)]

    def with_inner(self, layer: Layer) -> Layer:
        """Return a layer with what became of the layers and the model within it."""
        graph = None if layer.graph is None else self.graph(layer.graph)
        arguments = {name: self.value(value) for name, value in layer.arguments.items()}
        same = not any(map(is_not, arguments.values(), layer.arguments.values()))
        if same and graph is layer.graph:
            return layer
        return replace(layer, arguments=arguments, graph=graph)

    def value(self, value: object) -> object:
        if isinstance(value, Layer):
            return self.layers[id(value)]
        if not isinstance(value, tuple):
            return value
        changed = tuple(map(self.value, value))
        return changed if any(map(is_not, changed, value)) else value

    def graph(self, graph: Graph) -> Graph:
        """Return what becomes of a model."""
        found = self.graphs.get(id(graph))
        if found is None:
            nodes = tuple(map(self.node, graph.nodes))
            changed = any(map(is_not, nodes, graph.nodes))
            found = replace(graph, nodes=nodes) if changed else graph
            found = self.graphs[id(graph)] = (
                found if self.of_graph is None else self.of_graph(found)
            )
        return found

    def node(self, node: Node) -> Node:
        layer = self.layer(node.layer)
        found = node if layer is node.layer else replace(node, layer=layer)
        return found if self.of_node is None else self.of_node(found)
