"""Custom classes: what Keras makes of them, and what they read in time.

Only `import_custom_classes` imports anything, and only what a spec names under `custom`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.keras_model.custom.calls import has_custom_class, import_class, make_custom_layer
from seqinspect.keras_model.custom.layer_probe import LayerProbe
from seqinspect.keras_model.custom.probing import probe_sizes, unknown_size
from seqinspect.keras_model.custom.step_trials import SizedCall
from seqinspect.keras_model.custom.time import with_time_relation
from seqinspect.model.facts import Facts, Tensor, Weight
from seqinspect.model.graph import Layer, Unsupported
from seqinspect.model.nesting import layers_within, rewritten
from seqinspect.model.reasons import FromKeras
from seqinspect.readers.dialect.custom_classes import custom_layers, with_custom_class
from seqinspect.records import replace
from seqinspect.rules.objects import Named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.keras_model.custom.calls import LayerMaker
    from seqinspect.model.graph import Ask, Graph, Node


def import_custom_classes(graph: Graph) -> Graph:
    """Return the graph with the classes that it names under `custom` imported, where it uses them.

    Raises SpecError where one cannot be, and KerasUnavailable.
    """
    ask = partial(_cached_facts, {})
    for layer in list(custom_layers(graph)):
        target = layer.unsupported.target if layer.unsupported is not None else ""
        try:
            import_class(target)
        except SpecError as error:
            raise error.at(layer.place) from None
        unsupported = Unsupported(FromKeras((target,)), target=target, ask=ask)
        graph = with_custom_class(graph, unsupported, target)
    return _with_wrappers(graph, ask)


def _with_wrappers(graph: Graph, ask: Ask) -> Graph:
    """Return the graph with every wrapper of such a class stated by Keras, as one layer."""

    def of_node(node: Node) -> Node:
        layer = node.layer
        named = any(isinstance(value, Named) for value in layer.arguments.values())
        if layer.unsupported is not None or node.call or named or not has_custom_class(layer):
            return node
        within = layers_within(layer, models=False)
        targets = [each.unsupported.target for each in within if each.unsupported is not None]
        inside = tuple(dict.fromkeys(filter(None, targets)))
        unsupported = Unsupported(FromKeras(inside, within=True), ask=ask)
        return replace(node, layer=replace(layer, unsupported=unsupported))

    return rewritten(graph, of_node=of_node)


def _cached_facts(
    cache: dict[object, Facts], layer: Layer, tensors: Sequence[Tensor], policy: str = ""
) -> Facts:
    """Return the facts of a layer; of one that is equal to another on equal tensors, the same."""
    target = layer.unsupported.target if layer.unsupported is not None else ""
    arguments = tuple(layer.arguments.items())
    key = (layer.type, target, arguments, repr(arguments), tuple(tensors), policy)  # 1 is not True
    try:
        facts = cache.get(key)
    except TypeError:  # an argument is a layer or a mapping
        return facts_from_keras(layer, tensors, policy)
    if facts is None:
        facts = cache[key] = facts_from_keras(layer, tensors, policy)
    return facts._replace(products=unknown_size(layer, "multiply_adds_of"))


def facts_from_keras(
    layer: Layer,
    tensors: Sequence[Tensor],
    policy: str = "",
    *,
    make: LayerMaker | None = None,
) -> Facts:
    """Return what Keras and the experiment say of a layer on these tensors, under a policy.

    `make` makes it where its class and its arguments do not.
    """
    make = make or partial(make_custom_layer, layer)
    probe = LayerProbe(layer, tensors, policy, make)
    result, numbers, formulas, fitted = probe_sizes(probe)
    sizes = iter(formulas)
    shapes = [tuple(next(sizes) for _ in shape) for shape, _ in result.outputs]
    weights = tuple(
        Weight(each.name, tuple(next(sizes) for _ in each.shape), 0, each.trainable, each.dtype)
        for each in result.weights
    )
    outputs = [
        Tensor(shape, dtype, _time_axis(shape, tensors))
        for shape, (_, dtype) in zip(shapes, result.outputs, strict=True)
    ]
    facts = Facts(
        outputs=tuple(outputs),
        weights=weights,
        products=unknown_size(layer, "multiply_adds_of"),
        remarks=(fitted,) if fitted is not None else (),
    )
    return with_time_relation(SizedCall(layer, tensors, numbers, make), facts)


def _time_axis(shape: tuple[Expr, ...], tensors: Sequence[Tensor]) -> int | None:
    """Return the axis that counts the steps of an input, if the output has as many on it."""
    for tensor in tensors:
        axis = tensor.time
        if axis is not None and axis < len(shape) and shape[axis] == tensor.steps.plain():
            return axis
    return None
