"""Which names a spec must say, because its reader would not give them by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.graph import Graph, Layer
from seqinspect.model.naming import Counters, automatic_name, count_functional
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUNDS = 12


class WrittenNames:
    """The layers and further calls whose names are written, by identity.

    A name that is written changes those that the reader makes up after it, so this is repeated
    until nothing changes.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.written: set[int] = set()
        self.settle()

    def __contains__(self, item: object) -> bool:
        return id(item) in self.written

    def add(self, items: Iterable[object]) -> bool:
        """Say further names; tell whether that changed anything."""
        before = len(self.written)
        self.written.update(map(id, items))
        if len(self.written) == before:
            return False
        self.settle()
        return True

    def settle(self) -> None:
        """Find all the names that must be said beside those that are."""
        for _ in range(ROUNDS):
            before = len(self.written)
            self.body(self.graph, {})
            if len(self.written) == before:
                return

    def body(self, graph: Graph, counters: Counters) -> None:
        """Give names to the layers of a model in the order in which the reader does."""
        first = {node.name: node for node in graph.nodes}
        used_names = {model_input.name for model_input in graph.inputs}
        for node in graph.nodes:
            if id(node if node.reuses else node.layer) in self.written:
                used_names.add(node.name)
        for node in graph.nodes:
            if node.reuses is None:
                self.layer(node.layer, counters, used_names)
            elif id(node) not in self.written:
                base = first[node.reuses].layer.name
                if automatic_name(f"{base}_call_2", {}, used_names) != node.name:
                    self.written.add(id(node))
            used_names.add(node.name)

    def layer(self, layer: Layer, counters: Counters, used_names: set[str]) -> None:
        """Give a name to a layer, and to those within it first."""
        for value in layer.arguments.values():
            for inner in value if isinstance(value, tuple) else (value,):
                if isinstance(inner, Layer):
                    self.layer(inner, counters, used_names)
        if layer.graph is not None:
            self.body(layer.graph, counters)
            if layer.graph.sequential:
                count_functional(counters)
        if id(layer) in self.written:
            return
        trial = dict(counters)
        kind = traits_of(layer.type).class_name or layer.type
        if automatic_name(kind, trial, used_names) == layer.name:
            counters.update(trial)
        else:
            self.written.add(id(layer))
