"""A graph with the models within it written out: every call at the top, named by its path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.spec.graph import Graph, Node, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def flat(graph: Graph) -> Graph:
    """Return the same model without models within it; outputs are every call's first.

    A call's name is the path that a Report gives its row. What wrappers contain stays within them.
    """
    refs = {Ref(given.name): Ref(given.name) for given in graph.inputs}
    nodes = tuple(_nodes(graph, refs, "", ""))
    outputs = tuple(Ref(node.name) for node in nodes)
    return replace(graph, nodes=nodes, outputs=outputs, sequential=False)


def _nodes(graph: Graph, refs: dict[Ref, Ref], path: str, home: str) -> Iterator[Node]:
    """Yield the calls of a graph whose inputs `refs` maps to tensors of the flat one.

    `home` is the path of the model's first call, whose layers a later call shares.
    """
    for node in graph.nodes:
        name, first = path + node.name, home + (node.reuses or node.name)
        sources = tuple(refs.get(ref) or _moved(ref, path) for ref in node.sources)
        if node.layer.graph is not None:
            inner = node.layer.graph
            given = {
                Ref(each.name): source for each, source in zip(inner.inputs, sources, strict=True)
            }
            yield from _nodes(inner, given, f"{name}/", f"{first}/")
            for index, ref in enumerate(inner.outputs):
                refs[Ref(node.name, index)] = given.get(ref) or _moved(ref, f"{name}/")
            continue
        call = {key: _call(value, refs, path) for key, value in node.call.items()}
        reuses = first if first != name else None
        yield replace(node, name=name, sources=sources, call=call, reuses=reuses)


def _call(value: object, refs: Mapping[Ref, Ref], path: str) -> object:
    """Return a call argument with the tensors of the flat graph."""
    if isinstance(value, Ref):
        return refs.get(value) or _moved(value, path)
    if isinstance(value, tuple):
        return tuple(_call(each, refs, path) for each in value)
    return value


def _moved(ref: Ref, path: str) -> Ref:
    return replace(ref, name=path + ref.name) if path else ref
