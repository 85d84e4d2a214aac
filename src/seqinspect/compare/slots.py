"""Slots: where Keras stores the weights of a model, and which ones stand in each place.

Keras 3 stores the weights of a layer by its class and its position, not by its name: those of the
second Dense stand in `layers/dense_1/vars` as `0`, `1`, … (`keras/src/saving/saving_lib.py`), in a
`.weights.h5` file as in a `.keras` archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.graph import Graph, Layer, Node
from seqinspect.model.naming import snake_case
from seqinspect.model.nesting import wrapper_chain
from seqinspect.model.traversal import in_keras_order
from seqinspect.records import NamedTuple
from seqinspect.rules import find_rule, traits_of
from seqinspect.rules.index import LEGACY_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.report import Report, Row, WeightReport
    from seqinspect.rules import Traits

LORA = "lora_"
"""Weights of a low-rank adaptation are merged into the others when a layer is stored."""


class Slot(NamedTuple):
    """Where Keras stores the weights of one object, and which ones they are.

    `layer` is the path of its row in the report. Not `counted`: what else stands there is no error.
    """

    path: str
    layer: str
    type: str
    weights: tuple[WeightReport, ...] = ()
    counted: bool = True


class Layout(NamedTuple):
    """All that a checkpoint of a model holds; `unknown` are layers whose weights are not known."""

    slots: tuple[Slot, ...]
    unknown: tuple[str, ...] = ()


def layout(graph: Graph, report: Report) -> Layout:
    """Return where Keras stores which weights of a model.

    A model of someone's own class stores them by the names of its attributes, which nobody knows.
    """
    if graph.opened:
        return Layout((), (graph.opened,))
    weights = {row.name: row.weights for row in report.top if row.reuses is None}
    if any(map(_is_unsized, report.counted)):
        return Layout((), unknown_weights(report))
    unknown = [*unknown_weights(report)]
    unknown += [node.name for node in graph.nodes if node.layer.type in LEGACY_CLASSES]
    return Layout(tuple(_model(graph, weights, "", "")), tuple(dict.fromkeys(unknown)))


def unknown_weights(report: Report) -> tuple[str, ...]:
    """Return the layers of which a weight, its shape or its place is not known."""
    return tuple(
        row.name for row in report.counted if row.stored or not row.complete or _is_unsized(row)
    )


def _is_unsized(row: Row) -> bool:
    return any(size.value is None for weight in row.weights for size in weight.symbolic)


def _model(
    graph: Graph, weights: Mapping[str, Sequence[WeightReport]], path: str, home: str
) -> Iterator[Slot]:
    """Yield what the layers of a model store, in the order of Keras's `model.layers`."""
    for node, place in places(graph):
        own_weights = weights.get(node.name, ())
        yield from slots_of_layer(node.layer, own_weights, f"{path}{place}", f"{home}{node.name}")


def storage_places(graph: Graph, path: str = "", home: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of every layer, those of models within included, and where it is stored.

    A model of someone's own class stores them by the names of its attributes: nothing is known.
    """
    for node, place in () if graph.opened else places(graph):
        yield home + node.name, path + place
        below, row = path + place, home + node.name
        for layer in wrapper_chain(node.layer):
            row = row if layer is node.layer else f"{row}/{layer.name}"
            if layer.graph is not None:
                yield from storage_places(layer.graph, f"{below}/", f"{row}/")
            below = f"{below}/{_holder(layer)}"


def places(graph: Graph) -> Iterator[tuple[Node, str]]:
    """Yield the layers of a model in the order of Keras, with the place where each is stored."""
    used: dict[str, int] = {}
    for node in in_keras_order(graph):
        layer = node.layer
        if layer.unsupported is None or not layer.unsupported.function:  # no operation
            yield node, f"layers/{_storage_name(layer, used)}"


def slots_of_layer(
    layer: Layer, weights: Sequence[WeightReport], path: str, home: str
) -> Iterator[Slot]:
    """Yield what one layer stores: itself, and the objects within it."""
    kind, traits = _class(layer), traits_of(layer.type)
    inner = layer.arguments.get("layer")
    if layer.graph is not None:
        yield Slot(path, home, kind)
        named: dict[str, list[WeightReport]] = {}
        for weight in weights:
            name, _, rest = weight.name.partition("/")
            named.setdefault(name, []).append(weight._replace(name=rest))
        yield from _model(layer.graph, named, f"{path}/", f"{home}/")
    elif traits.weights_in_cell:
        yield Slot(path, home, kind)
        yield Slot(f"{path}/cell", home, kind, tuple(weights))
    elif traits.both_directions and isinstance(inner, Layer):
        yield Slot(path, home, kind)
        yield from _slots_of_bidirectional(layer, inner, weights, path, home)
    elif traits.divides_kernel and isinstance(inner, Layer):
        yield from _slots_of_spectral_normalization(layer, inner, weights, path, home)
    elif traits.projections:
        yield Slot(path, home, kind)
        yield from _projections(traits, weights, path, home)
    elif attribute := _holder(layer):
        yield Slot(path, home, kind)
        yield from _held(layer, attribute, weights, path, home)
    else:
        stored = tuple(weight for weight in weights if not weight.name.startswith(LORA))
        counted = len(stored) == len(weights) and not traits.loads_anything
        yield Slot(path, home, kind, stored, counted)


def _holder(layer: Layer) -> str:
    """Return the attribute that holds the layers within a layer: it is called as the argument."""
    rule = find_rule(layer.type)
    options = rule.options.values() if rule is not None else ()
    return next((option.name for option in options if option.kind.startswith("Inner")), "")


def _held(
    layer: Layer, attribute: str, weights: Sequence[WeightReport], path: str, home: str
) -> Iterator[Slot]:
    """Yield what the layers within a layer store: one, or a list of them."""
    inner, path = layer.arguments.get(attribute), f"{path}/{attribute}"
    stack = traits_of(layer.type).makes_of_list
    if isinstance(inner, Layer):
        yield from slots_of_layer(inner, weights, path, f"{home}/{inner.name}")
    elif stack:
        several = Layer(stack, layer.name, {_holder(Layer(stack, "", {})): inner})
        yield from slots_of_layer(several, weights, path, home)
    else:
        yield from _slots_of_list(inner, weights, path, home)


def _slots_of_list(
    layers: object, weights: Sequence[WeightReport], path: str, home: str
) -> Iterator[Slot]:
    """Yield what a list of layers or cells stores; their weights are named `cell/kernel`."""
    used: dict[str, int] = {}
    rest = list(weights)
    for layer in layers if isinstance(layers, tuple) else ():
        if isinstance(layer, Layer):
            count = _count(layer, rest, "")
            prefix = len(layer.name) + 1
            cell_weights = [weight._replace(name=weight.name[prefix:]) for weight in rest[:count]]
            below = f"{path}/{_storage_name(layer, used)}"
            yield from slots_of_layer(layer, cell_weights, below, f"{home}/{layer.name}")
            rest = rest[count:]


def _count(layer: Layer, weights: Sequence[WeightReport], prefix: str) -> int:
    """Return how many weights, from the first on, are a layer's: names within may come twice."""
    prefix += f"{layer.name}/"
    cells = layer.arguments.get("cells")
    if isinstance(cells, tuple):
        count = 0
        for cell in cells:
            if isinstance(cell, Layer):
                count += _count(cell, weights[count:], prefix)
        return count
    return len(_weights_named(weights, prefix))


def _slots_of_bidirectional(
    layer: Layer, inner: Layer, weights: Sequence[WeightReport], path: str, home: str
) -> Iterator[Slot]:
    """Yield what the two layers of a Bidirectional store; Keras goes by the attributes' names."""
    names = list(dict.fromkeys(weight.name.partition("/")[0] for weight in weights))
    forward = _weights_named(weights, f"{names[0]}/") if names else []
    backward = _weights_named(weights[len(forward) :], f"{names[-1]}/") if names else []
    given_backward = layer.arguments.get("backward_layer")
    other = given_backward if isinstance(given_backward, Layer) else inner
    yield from slots_of_layer(
        other, backward, f"{path}/backward_layer", f"{home}/{names[-1] if names else other.name}"
    )
    yield from slots_of_layer(
        inner, forward, f"{path}/forward_layer", f"{home}/{names[0] if names else inner.name}"
    )


def _slots_of_spectral_normalization(
    layer: Layer, inner: Layer, weights: Sequence[WeightReport], path: str, home: str
) -> Iterator[Slot]:
    """Yield what a SpectralNormalization stores: the kernel that it divides a second time."""
    vector = next(i for i, weight in enumerate(weights) if weight.name == "vector_u")
    rest = [*weights[:vector], *weights[vector + 1 :]]
    twice = any(weight.name.startswith(LORA) for weight in rest)
    own_weights = (weights[vector],) if twice else (*weights[:vector], weights[vector])
    yield Slot(path, home, _class(layer), tuple(own_weights))
    yield from slots_of_layer(inner, rest, f"{path}/layer", f"{home}/{inner.name}")


def _projections(
    traits: Traits, weights: Sequence[WeightReport], path: str, home: str
) -> Iterator[Slot]:
    """Yield what the projections of an attention layer store."""
    named: dict[str, list[WeightReport]] = {}
    for weight in weights:
        named.setdefault(weight.name.partition("/")[0], []).append(weight)
    for name, own in named.items():
        private = "_" if traits.private_projections or name == "gate" else ""
        attribute = f"{private}{name.removeprefix('attention_')}_dense"
        yield Slot(f"{path}/{attribute}", home, traits.projections, tuple(own))


def _weights_named(weights: Sequence[WeightReport], prefix: str) -> list[WeightReport]:
    """Return the first weights that are named so, until a name comes again: that is another's."""
    named: dict[str, WeightReport] = {}
    for weight in weights:
        if not weight.name.startswith(prefix) or weight.name in named:
            break
        named[weight.name] = weight._replace(name=weight.name[len(prefix) :])
    return list(named.values())


def _class(layer: Layer) -> str:
    """Return the rule book's name of a layer's class, whatever alias it was given by."""
    rule = find_rule(layer.type)
    return layer.type if rule is None else rule.name


def _storage_name(layer: Layer, used: dict[str, int]) -> str:
    """Return the name that Keras stores a layer by: its class, and which one of it it is."""
    name = snake_case(traits_of(layer.type).class_name or _class(layer))
    if name not in used:
        used[name] = 0
        return name
    used[name] += 1
    return f"{name}_{used[name]}"
