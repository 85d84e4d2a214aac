"""A graph with the models within it written out, and what wrappers contain beside them.

Every call stands at the top, named by the path that a Report gives its row.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from seqinspect.model.graph import Graph, Layer, Node, Ref
from seqinspect.records import dataclass, replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class FlatModel:
    """A graph without models within it; `outputs` are the first outputs of all calls by path."""

    graph: Graph
    outputs: Mapping[str, Ref]


def flatten_model(graph: Graph) -> FlatModel:
    """Return the same model written out: calls of layers, of models, and of what wrappers contain.

    What a Bidirectional or a SpectralNormalization contains is called on
    what they read; what a TimeDistributed contains has no steps.
    """
    refs = {Ref(model_input.name): Ref(model_input.name) for model_input in graph.inputs}
    outputs: dict[str, Ref] = {}
    nodes = tuple(_nodes(graph, refs, "", "", outputs))
    return FlatModel(replace(graph, nodes=nodes, sequential=False), outputs)


def _nodes(
    graph: Graph, refs: dict[Ref, Ref], path: str, home: str, outputs: dict[str, Ref]
) -> Iterator[Node]:
    """Yield the calls of a graph whose inputs `refs` maps to tensors of the flat one.

    `home` is the path of the model's first call, whose layers a later call shares.
    """
    for node in graph.nodes:
        name, first = path + node.name, home + (node.reuses or node.name)
        sources = tuple(_moved(refs, path, ref) for ref in node.sources)
        if node.layer.graph is not None:
            inner = node.layer.graph
            inputs = {
                Ref(each.name): source for each, source in zip(inner.inputs, sources, strict=True)
            }
            yield from _nodes(inner, inputs, f"{name}/", f"{first}/", outputs)
            for index, ref in enumerate(inner.outputs):
                refs[Ref(node.name, index)] = _moved(inputs, f"{name}/", ref)
            outputs[name] = refs[Ref(node.name)]
            continue
        call = node.map_call(partial(_moved, refs, path))
        reuses = first if first != name else None
        flat_node = replace(node, name=name, sources=sources, call=call, reuses=reuses)
        yield flat_node
        outputs[name] = Ref(name)
        for part in _parts(node.layer) if not call else ():
            below = f"{name}/{part.name}"
            yield replace(flat_node, name=below, layer=part, reuses=None)
            outputs[below] = Ref(below)


def _parts(layer: Layer) -> Iterator[Layer]:
    """Yield the layers within a wrapper that read what it reads, as Keras makes them."""
    inner = layer.arguments.get("layer")
    if not isinstance(inner, Layer) or inner.graph is not None:
        return
    traits = traits_of(layer.type)
    if traits.divides_kernel:
        yield inner
    elif traits.both_directions:
        yield replace(inner, name=f"forward_{inner.name.removeprefix('forward_')}")
        backward = layer.arguments.get("backward_layer")
        if isinstance(backward, Layer):
            yield backward
        else:
            arguments = {**inner.arguments, "go_backwards": True}
            name = f"backward_{inner.name.removeprefix('backward_')}"
            yield replace(inner, name=name, arguments=arguments)


def _moved(refs: Mapping[Ref, Ref], path: str, ref: Ref) -> Ref:
    """Return the tensor of the flat graph that an output of a graph at a path is."""
    return refs.get(ref) or replace(ref, name=path + ref.name)
