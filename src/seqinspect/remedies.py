"""What to change in a spec: remedies that name another layer than the one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.rules import find_rule
from seqinspect.spec.graph import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.spec.graph import Graph, Node

RESTORE = frozenset({"RepeatVector", "Reshape", "Embedding"})
"""Layers that make an axis of steps: what was lost before them is not missing after them."""


def lost_steps(graph: Graph, node: Node) -> str:
    """Say which layer before `node` leaves no axis of time steps, and how to keep it.

    Empty where neither a recurrent layer without `return_sequences: true` nor a layer that joins
    all steps is the reason.
    """
    for call in before(graph, node):
        place = f" ({call.place})" if call.place else ""
        if call.layer.type == "Flatten" or call.layer.type.startswith("Global"):
            return (
                f"{call.layer.type} `{call.name}`{place} makes one vector of all steps:"
                f" take it out, or put it after {node.layer.type} `{node.name}`"
            )
        for layer in (call.layer, call.layer.arguments.get("layer")):
            if (
                isinstance(layer, Layer)
                and (rule := find_rule(layer.type)) is not None
                and "return_sequences" in rule.options
                and not layer.arguments.get("return_sequences", False)
            ):
                return (
                    f"{call.layer.type} `{call.name}`{place} puts out its last step only:"
                    f" give {layer.type} return_sequences: true to keep every step"
                )
    return ""


def before(graph: Graph, node: Node) -> Iterator[Node]:
    """Yield the calls before one, backwards, up to those that make an axis of steps."""
    calls = {call.name: call for call in graph.nodes}
    refs, seen = list(node.sources), set()
    while refs:
        call = calls.get(refs.pop().name)
        if call is None or call.name in seen or call.layer.type in RESTORE:
            continue
        seen.add(call.name)
        yield call
        refs += call.sources
