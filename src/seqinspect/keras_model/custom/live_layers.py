"""Custom layers of a live model: Keras and the experiment are asked about copies of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import as_expr, const
from seqinspect.analysis.unsupported import unsupported_facts
from seqinspect.errors import Problem, SpecError
from seqinspect.keras_model.build.layers import weights_of
from seqinspect.keras_model.build.refusals import one_line_reason
from seqinspect.keras_model.custom.layers import facts_from_keras
from seqinspect.model.facts import FLOATS
from seqinspect.model.reasons import CustomClass, FromKeras
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.keras_model.custom.calls import Numbers
    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.model.graph import Graph, Layer, Node, Unsupported


def with_live_layers(graph: Graph, model: Any) -> Graph:
    """Return the graph with what its model knows of layers that no rule states.

    Those are the shapes that they return there, and for classes of someone's own all that a copy
    shows, as where a spec names them under `custom`.
    """
    parts = {part.name: part for part in getattr(model, "layers", [model])}
    batch = next((each.shape[0] for each in graph.inputs if each.shape), None)

    def node_with(node: Node) -> Node:
        live = parts.get(node.reuses or node.name)
        if live is None or batch is None:
            return node
        if node.layer.graph is not None:
            inner = with_live_layers(node.layer.graph, live)
            return replace(node, layer=replace(node.layer, graph=inner))
        unsupported = node.layer.unsupported
        if unsupported is None:
            return node
        if not unsupported.outputs:
            unsupported = unsupported._replace(outputs=_returned_shapes(live, batch))
        if isinstance(unsupported.reason, CustomClass) and not node.call:
            unsupported = _asking(unsupported, live)
        return replace(node, layer=replace(node.layer, unsupported=unsupported))

    return replace(graph, nodes=tuple(map(node_with, graph.nodes)))


def _returned_shapes(live: Any, batch: Expr) -> tuple[tuple[Expr, ...] | None, ...]:
    try:
        tensors = live.output if isinstance(live.output, list | tuple) else [live.output]
        return tuple(_symbolic(tuple(each.shape), batch) for each in tensors)
    except (AttributeError, TypeError, ValueError):  # called several times, or another nest
        return ()


def _symbolic(shape: tuple[int | None, ...], batch: Expr) -> tuple[Expr, ...] | None:
    """Return a shape with its batch first, None where a further size is not known."""
    if not shape or None in shape[1:]:
        return None
    return (batch, *(const(size or 0) for size in shape[1:]))


def _asking(unsupported: Unsupported, live: Any) -> Unsupported:
    """Return what asks a copy of a live layer, where one can be made that is like it."""
    target = f"{type(live).__module__}:{type(live).__qualname__}"

    def ask(layer: Layer, tensors: Sequence[Tensor], policy: str = "") -> Facts:
        try:
            facts = facts_from_keras(layer, tensors, policy, make=partial(_copy, live))
        except SpecError:
            return declared(layer, tensors)
        return facts if not live.built or _same_weights(facts, live) else declared(layer, tensors)

    def declared(layer: Layer, tensors: Sequence[Tensor]) -> Facts:
        plain = replace(layer, unsupported=unsupported)
        facts = unsupported_facts(plain, tensors, max(1, len(unsupported.outputs)))
        assert facts is not None  # what is unsupported is never stated by a rule
        return facts

    return unsupported._replace(reason=FromKeras((target,)), target=target, ask=ask)


def _copy(live: Any, _: Numbers, dtype: str = "") -> Any:
    """Return a new layer with the config of another. Raises SpecError where it has none."""
    try:
        config = live.get_config()
        return type(live).from_config(_in_dtype(config, dtype) if dtype else config)
    except Exception as error:  # whatever a class of someone's own raises
        what = f"{type(live).__name__} `{live.name}` cannot be copied: {one_line_reason(error)}"
        raise SpecError(Problem(what, about="keras")) from error


def _in_dtype(config: Mapping[str, Any], dtype: str) -> dict[str, Any]:
    """Return a config in which every layer that computes with floats has a dtype."""
    changed: dict[str, Any] = {}
    for key, value in config.items():
        floats = isinstance(value, Mapping) or str(value).removeprefix("mixed_") in FLOATS
        if key == "dtype" and floats:
            changed[key] = dtype
        elif isinstance(value, Mapping):
            changed[key] = _in_dtype(value, dtype)
        elif isinstance(value, list | tuple):
            changed[key] = [
                _in_dtype(each, dtype) if isinstance(each, Mapping) else each for each in value
            ]
        else:
            changed[key] = value
    return changed


def _same_weights(facts: Facts, live: Any) -> bool:
    """Tell whether a copy has weights like those of the layer itself, as far as sizes are known."""
    shapes = [tuple(size.value for size in map(as_expr, each.shape)) for each in facts.weights]
    own = [tuple(each.shape) for each in weights_of(live)]
    return len(shapes) == len(own) and all(
        len(shape) == len(other)
        and all(size in (None, number) for size, number in zip(shape, other, strict=True))
        for shape, other in zip(shapes, own, strict=True)
    )
