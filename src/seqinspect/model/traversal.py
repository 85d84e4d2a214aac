"""What of a graph is in the Keras model, and the order of its layers there.

By depth, then as a search from the outputs meets them (`keras/src/ops/function.py: map_graph`).
The order decides which layer of a class is its second one; what the search misses is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.graph import Graph, Node, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator


def needed(graph: Graph) -> set[str]:
    """Return the names of the calls that an output depends on; Keras leaves out all others.

    What Keras wrote itself holds no others, and not every wire of it may be understood.
    """
    if graph.keras:
        return {node.name for node in graph.nodes}
    found = {ref.name for ref in graph.outputs}
    for node in reversed(graph.nodes):
        if node.name in found:
            found.update(ref.name for ref in node.refs)
    return found


def in_keras_order(graph: Graph) -> list[Node]:
    """Return the first call of every layer that the outputs depend on, in Keras's order."""
    nodes = {node.name: node for node in graph.nodes}
    parents = {name: [ref.name for ref in _read(node)] for name, node in nodes.items()}
    met: dict[str, int] = {}
    finished: dict[str, None] = {}
    for ref in graph.outputs:
        for name, entered in _search(ref.name, parents, finished):
            if entered:
                met.setdefault(_first(nodes, name), len(met))
            else:
                finished[name] = None
    depths: dict[str, int] = {}
    of_layers: dict[str, int] = {}
    for name in reversed(finished):
        layer = _first(nodes, name)
        depth = max(depths.get(name, 0), of_layers.get(layer, 0))
        of_layers[layer] = depth
        for parent in parents.get(name, ()):
            depths[parent] = max(depth + 1, depths.get(parent, 0))
    ordered = sorted(of_layers, key=lambda layer: (-of_layers[layer], met[layer]))
    return [nodes[name] for name in ordered if name in nodes]


def _search(
    start: str, parents: dict[str, list[str]], finished: dict[str, None]
) -> Iterator[tuple[str, bool]]:
    """Yield every call when the search enters it, and again when all that it reads is finished."""
    if start in finished:
        return
    yield start, True
    stack = [(start, iter(parents.get(start, ())))]
    entered = {start}
    while stack:
        name, rest = stack[-1]
        following = next(
            (each for each in rest if each not in finished and each not in entered), ""
        )
        if following:
            entered.add(following)
            yield following, True
            stack.append((following, iter(parents.get(following, ()))))
        else:
            yield name, False
            stack.pop()


def _first(nodes: dict[str, Node], name: str) -> str:
    """Return the name of the first call of the same layer; an input is its own."""
    node = nodes.get(name)
    return name if node is None else node.reuses or node.name


def _read(node: Node) -> Iterator[Ref]:
    """Yield the tensors that a call reads: in their order, then those given by name."""
    yield from node.sources
    for _, value in sorted(node.call.items()):
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, tuple):
            yield from value
