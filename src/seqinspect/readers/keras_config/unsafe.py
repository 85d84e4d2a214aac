"""What a config wants that is never done for it: code to be run, a file to be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import Problem
from seqinspect.readers.keras_config.layer_config import CODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Graph, Layer, Node

MOST = 20
"""So many layers of one model are named."""

REMEDY = "write it with Keras's own layers, or load it only if you trust its author"


def unsafe_problems(graph: Graph) -> list[Problem]:
    """Return a problem for each layer that wants code run or a file opened."""
    problems = []
    for node, layer in _layers(graph):
        wanted = wants(layer)
        if wanted:
            place = layer.place or node.place
            problems.append(
                Problem(
                    f"{layer.type} `{layer.name}` {wanted}",
                    expected="layers that their config states alone",
                    remedy=REMEDY,
                    place=place,
                    line=graph.line(place) if place is not None else "",
                    about="unsafe",
                )
            )
    return problems[:MOST]


def wants(layer: Layer) -> str:
    """Say what a layer wants that is never done; empty if nothing."""
    if layer.unsupported is not None and layer.unsupported.unsafe:
        return layer.unsupported.reason
    return f"has an argument that is code: {layer.translated}" if CODE in layer.translated else ""


def _layers(graph: Graph) -> Iterator[tuple[Node, Layer]]:
    """Yield every layer once, those within models and wrappers too, with the call it is part of."""
    for node in graph.nodes:
        if node.reuses is None:
            for layer in node.layer.within():
                yield node, layer
