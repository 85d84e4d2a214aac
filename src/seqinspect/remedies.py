"""What to change in a spec: remedies that name another layer than the one that fails."""

from __future__ import annotations

from seqinspect.rules import find_rule
from seqinspect.spec.graph import Graph, Layer, Node


def lost_steps(graph: Graph, node: Node) -> str:
    """Say which layer before `node` keeps only its last step, and how to make it keep all.

    Empty where no recurrent layer before it lacks `return_sequences: true`.
    """
    calls = {call.name: call for call in graph.nodes}
    refs, seen = list(node.sources), set()
    while refs:
        name = refs.pop().name
        call = calls.get(name)
        if call is None or name in seen:
            continue
        seen.add(name)
        for layer in (call.layer, call.layer.arguments.get("layer")):
            if (
                isinstance(layer, Layer)
                and (rule := find_rule(layer.type)) is not None
                and "return_sequences" in rule.options
                and not layer.arguments.get("return_sequences", False)
            ):
                place = f" ({call.place})" if call.place else ""
                return (
                    f"{call.layer.type} `{call.name}`{place} puts out its last step only:"
                    f" give {layer.type} return_sequences: true to keep every step"
                )
        refs += call.sources
    return ""
