"""Numbers that stand in a model several times → names in `dims`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, symbol
from seqinspect.analysis.walk import analyse
from seqinspect.errors import refuse
from seqinspect.model.nesting import layers_of, rewritten
from seqinspect.readers.elements.names import check_name
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
    chosen: dict[Key, str] = {}
    for key, base in names.items():
        if counts[key] < 2 or key[1] < 2:
            continue
        name, number = base, 1
        while name in used_names:
            number += 1
            name = f"{base}_{number}"
        used_names.add(name)
        chosen[key] = name
    return _with_symbols(graph, chosen)


def with_names(graph: Graph, names: Mapping[str, int]) -> Graph:
    """Return the graph with these names for the numbers that it holds.

    A number of steps is another size than the same number of features: two names of one number are
    taken in the order in which these kinds stand in the model. Raises SpecError where a name fits
    nothing, or it is not clear what it names.
    """
    found = dict(_sizes(graph))
    for name, number in names.items():
        check_name(name)
        if name in graph.dims:
            refuse(f"`{name}` is a size of the model already", remedy="take another name")
        if not any(value == number for _, value in found):
            numbers = ", ".join(map(str, sorted({value for _, value in found})))
            refuse(
                f"dims: no size of the model is {number!r}",
                received=f"{name}: {number!r}",
                expected=f"one of {numbers}" if numbers else "a model with sizes that are numbers",
            )
    chosen: dict[Key, str] = {}
    for number in dict.fromkeys(names.values()):
        keys = [key for key in found if key[1] == number]
        own = [name for name, value in names.items() if value == number]
        if len(own) != len(keys):
            kinds = [kind for kind, _ in keys]
            refuse(
                f"dims: {number} is a number of {' and of '.join(kinds)}",
                received=", ".join(f"{name}: {number}" for name in own),
                expected=f"one name for each, in this order: {', '.join(kinds)}",
                remedy=f"write dims={{{', '.join(f'{kind!r}: {number}' for kind in kinds)}}}",
            )
        chosen |= zip(keys, own, strict=True)
    return _with_symbols(graph, chosen)


def _with_symbols(graph: Graph, names: Mapping[Key, str]) -> Graph:
    """Return the graph with names in place of numbers."""
    symbols = {key: symbol(name, key[1]) for key, name in names.items()}

    def put(size: Expr, kind: Kind) -> Expr:
        value = size.value if size.is_constant else None
        return size if value is None else symbols.get((kind, value), size)

    dims = {**graph.dims, **{names[key]: size for key, size in symbols.items()}}
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
