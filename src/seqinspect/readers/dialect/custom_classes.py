"""Custom classes in a spec: their arguments, and the refusal to import them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import Problem, SpecError
from seqinspect.model.graph import Graph, Layer, Unsupported
from seqinspect.model.nesting import layers_of, rewritten
from seqinspect.model.reasons import CustomClass
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.context import ReaderContext, is_null
from seqinspect.readers.source.limits import truncate
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.readers.elements.entry import Entry

POSITIONAL = ""
"""The name under which the one argument stands that was given without a name."""


def read_custom_layer(context: ReaderContext, entry: Entry, node: Tree) -> None:
    """Read the entry of a custom layer: plain values, and sizes by name."""
    target = context.custom[entry.type]
    entry.unsupported = Unsupported(CustomClass(truncate(target)), target=target)
    if isinstance(node, Mapping):
        for key, value in node.entries:
            entry.places[key.text] = context.place(value)
            if key.text == "name":
                entry.name = entry.name or context.checked_name(value, "the name of a layer")
            else:
                entry.arguments[key.text] = _value(context, value)
    elif not is_null(node):
        entry.arguments[POSITIONAL] = _value(context, node)


def custom_layers(graph: Graph) -> Iterator[Layer]:
    """Yield every custom layer."""
    for layer in layers_of(graph):
        if layer.unsupported is not None and layer.unsupported.target:
            yield layer


def refuse_imports(graph: Graph) -> None:
    """Refuse a graph with custom classes: importing them was not allowed."""
    problems = [
        Problem(
            f"{layer.type} is a custom class, and nothing is imported unless you allow it",
            received=layer.unsupported.target,
            expected="a class of Keras",
            remedy="add --allow-imports, if you trust the spec and that module",
            place=layer.place,
            line=graph.line(layer.place) if layer.place is not None else "",
            about="imports",
        )
        for layer in custom_layers(graph)
        if layer.unsupported is not None
    ]
    if problems:
        raise SpecError(*problems[:1], *problems[1:20])


def with_custom_class(graph: Graph, unsupported: Unsupported, target: str) -> Graph:
    """Return the graph with what is known of the layers of one custom class."""

    def of_layer(layer: Layer) -> Layer:
        if layer.unsupported is not None and layer.unsupported.target == target:
            return replace(layer, unsupported=unsupported)
        return layer

    return rewritten(graph, of_layer=of_layer)


def _value(context: ReaderContext, node: Tree) -> object:
    """Return a plain value; a text that is arithmetic over the sizes is a size."""
    if isinstance(node, Sequence):
        return tuple(_value(context, item) for item in node.items)
    if isinstance(node, Mapping):
        return {key.text: _value(context, item) for key, item in node.entries}
    if isinstance(node, Scalar) and isinstance(node.value, str) and not node.quoted:
        try:
            size = context.size(node.value)
        except SpecError:  # it is a word
            return node.value
        return size
    return node.value if isinstance(node, Scalar) else None
