"""The order in which Keras runs a model, as far as a layer takes masks off what others read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.model.graph import Graph, Node, Ref


def cleared_masks(graph: Graph) -> frozenset[tuple[str, Ref]]:
    """Return what calls read, as (call, tensor), whose mask is off when they run.

    MultiHeadAttention takes the masks off its query, value and key, which are the very tensors that
    other calls read: those that run later find no mask.
    """
    clearing = [node for node in graph.nodes if traits_of(node.layer.type).clears_masks]
    if not clearing:
        return frozenset()
    nodes = {node.name: node for node in graph.nodes}
    order = running_order(graph)
    readers: dict[Ref, list[tuple[str, Ref]]] = {}
    for node in graph.nodes:
        for ref in node.refs:
            readers.setdefault(_same_tensor(ref, nodes), []).append((node.name, ref))
    return frozenset(
        (name, ref)
        for node in clearing
        for read in set(node.refs)
        for name, ref in readers[_same_tensor(read, nodes)]
        if node.name in order and name in order and order[name] > order[node.name]
    )


def _same_tensor(ref: Ref, nodes: Mapping[str, Node]) -> Ref:
    """Return the tensor that a layer like Dropout hands on in inference, without a copy."""
    node = nodes.get(ref.name)
    while node is not None and _hands_on(node):
        ref = node.sources[0]
        node = nodes.get(ref.name)
    return ref


def _hands_on(node: Node) -> bool:
    traits = traits_of(node.layer.type)
    return traits.passes_on and not traits.makes_mask


def running_order(graph: Graph) -> dict[str, int]:
    """Return at which place each call runs: by its distance from the outputs, as Keras sorts them.

    Calls of equal distance run in the order in which Keras finds them, from the outputs back.
    """
    nodes = {node.name: node for node in graph.nodes}
    depths: dict[str, int] = {}
    layers: dict[str, int] = {}
    for name in reversed(_found_order(graph, nodes)):
        node = nodes[name]
        layer = node.reuses or name
        depth = max(depths.setdefault(name, 0), layers.get(layer, 0))
        depths[name] = layers[layer] = depth
        for ref in node.refs:
            if ref.name in nodes:
                depths[ref.name] = max(depth + 1, depths.get(ref.name, 0))
    ordered = sorted(depths, key=lambda name: -depths[name])
    return {name: place for place, name in enumerate(ordered)}


def _found_order(graph: Graph, nodes: Mapping[str, Node]) -> list[str]:
    """Return the calls that outputs depend on, each after those that it reads."""
    found: dict[str, None] = {}
    pending = [(ref.name, False) for ref in reversed(graph.outputs)]
    entered = set[str]()
    while pending:
        name, read = pending.pop()
        if read:
            found[name] = None
        elif name in nodes and name not in entered:
            entered.add(name)
            pending.append((name, True))
            pending += [(ref.name, False) for ref in reversed(nodes[name].refs)]
    return list(found)
