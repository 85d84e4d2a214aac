"""Numbers that stand in a model several times → names in `dims`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, symbol
from seqinspect.analysis.walk import analyse
from seqinspect.model.nesting import layers_of, rewritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seqinspect.model.graph import Graph, Layer

Kind = str
Key = tuple[Kind, int]
"""What a size counts, and its number: 10 steps are not 10 features."""

ROLES = {
    "units": ("features", "u"),
    "filters": ("features", "f"),
    "output_dim": ("features", "d"),
    "key_dim": ("features", "k"),
    "value_dim": ("features", "v"),
    "num_heads": ("heads", "heads"),
    "input_dim": ("words", "words"),
    "n": ("steps", "T"),
}
"""Of each argument that is a size of its own: what it counts, and its usual name."""


def named_dims(graph: Graph) -> Graph:
    """Return the graph with a name for every number that it holds more than once."""
    counts: Counter[Key] = Counter()
    names: dict[Key, str] = {}
    for key, name in _sizes(graph):
        counts[key] += 1
        names.setdefault(key, name)
    used_names = set(graph.dims)
    dims = dict(graph.dims)
    symbols: dict[Key, Expr] = {}
    for key, base in names.items():
        if counts[key] < 2 or key[1] < 2:
            continue
        name, number = base, 1
        while name in used_names:
            number += 1
            name = f"{base}_{number}"
        used_names.add(name)
        symbols[key] = dims[name] = symbol(name, key[1])

    def put(size: Expr, kind: Kind) -> Expr:
        value = size.value if size.is_constant else None
        return size if value is None else symbols.get((kind, value), size)

    return replace(_replaced(graph, put), dims=dims)


def _axes(graph: Graph) -> Iterator[tuple[int, int, Kind, str]]:
    """Yield the axes of all inputs, with what they count."""
    for index, model_input in enumerate(analyse(graph).inputs):
        rank = len(model_input.tensor.symbolic)
        for axis in range(1, rank):
            if axis == model_input.time_axis:
                yield index, axis, "steps", "T"
            elif axis == rank - 1:
                yield index, axis, "features", "n"


def _sizes(graph: Graph) -> Iterator[tuple[Key, str]]:
    """Yield every number that may get a name, with the name."""
    for index, axis, kind, name in _axes(graph):
        size = (graph.inputs[index].shape or ())[axis]
        if size.is_constant and size.value is not None:
            yield (kind, size.value), name
    for layer in layers_of(graph):
        for argument, value in layer.arguments.items():
            if isinstance(value, Expr) and value.is_constant and argument in ROLES:
                kind, name = ROLES[argument]
                if value.value is not None:
                    yield (kind, value.value), name


def _replaced(graph: Graph, put: Callable[[Expr, Kind], Expr]) -> Graph:
    shapes = [list(model_input.shape or ()) for model_input in graph.inputs]
    for index, axis, kind, _ in _axes(graph):
        shapes[index][axis] = put(shapes[index][axis], kind)
    inputs = tuple(
        replace(model_input, shape=tuple(shape))
        for model_input, shape in zip(graph.inputs, shapes, strict=True)
    )

    def of_layer(layer: Layer) -> Layer:
        arguments = {
            name: put(value, ROLES[name][0]) if isinstance(value, Expr) and name in ROLES else value
            for name, value in layer.arguments.items()
        }
        return replace(layer, arguments=arguments)

    return replace(rewritten(graph, of_layer=of_layer), inputs=inputs)
