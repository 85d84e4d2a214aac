"""A graph under a dtype policy: as if Keras's global policy had been set before it was built."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from seqinspect.model.nesting import rewritten
from seqinspect.records import replace

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph, Layer

POLICIES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float32", "float64")


def under_policy(graph: Graph, policy: str) -> Graph:
    """Return the graph with the policy as the dtype of every layer that names none."""

    def of_layer(layer: Layer) -> Layer:
        if layer.unsupported is not None:
            ask = layer.unsupported.ask
            if ask is None:
                return layer
            asked = layer.unsupported._replace(ask=partial(ask, policy=policy))
            return replace(layer, unsupported=asked)
        if layer.graph is not None:
            return layer
        return replace(layer, arguments={"dtype": policy, **layer.arguments})

    return rewritten(graph, of_layer=of_layer)
