"""Layers that no rule states, and layers that read what one of them made: what is still known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, symbol
from seqinspect.model.facts import Facts, Tensor
from seqinspect.model.graph import Graph, Layer, Ref
from seqinspect.model.nesting import inner_layers, layers_within
from seqinspect.model.reasons import Unstated, Within
from seqinspect.rules import traits_of
from seqinspect.rules.shapes import agree
from seqinspect.time.reach import everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.facts import Weight
    from seqinspect.model.reasons import Reason
    from seqinspect.time.reach import Reach

    Reaches = tuple[Reach, ...]

PLACEHOLDER_SIZE = re.compile(r"size_\d+|batch")
"""The names of the sizes that a placeholder makes up."""

VECTOR, SEQUENCE = 2, 3
"""The axes of a batch of vectors, and of a batch of sequences."""


def unsupported_facts(layer: Layer, tensors: Sequence[Tensor], outputs: int) -> Facts | None:
    """Return what can be said of a layer that no rule can state; None where its rule can.

    `outputs`: how many tensors the model takes from it.
    """
    inner_reason, weightless = unsupported_within(layer), False
    if (
        layer.unsupported is None
        and not inner_reason
        and not any(tensor.unknown_shape for tensor in tensors)
    ):
        return None
    evaluate = layer.unsupported.ask if layer.unsupported is not None else None
    if evaluate is not None and not any(tensor.unknown_shape for tensor in tensors):
        return evaluate(layer, tensors)
    returned = [unknown_tensor() for _ in range(outputs)]
    reason: Reason | None = inner_reason or Unstated.UNKNOWN_INPUT_SHAPE
    if inner_reason:
        weightless = all(
            inner.unsupported is not None and inner.unsupported.weightless
            for inner in inner_layers(layer)
        )
    reaches = tuple(everything(tensor.steps) for tensor in tensors)
    read = [reaches] * len(returned)
    if layer.unsupported is not None:
        reason = None if layer.unsupported.weightless else layer.unsupported.reason
        returned, read = _declared_outputs(layer, tensors, returned, reaches)
    elif not inner_reason:
        traits = traits_of(layer.type)
        features = _kept_features(layer, tensors)
        if traits.weightless:
            reason = None
            returned = [unknown_tensor(features) for _ in returned]
        elif traits.weights_by_features and not _channels_first(layer):
            returned[0] = unknown_tensor(_size_argument(layer, "units", "filters"))
    return Facts(
        outputs=tuple(returned),
        weights=_own_weights(layer),
        reads=None,
        reaches=tuple({"inputs": reach} for reach in read),
        unsupported=None if weightless else reason,
    )


def _own_weights(layer: Layer) -> tuple[Weight, ...]:
    """Return the weight that a layer of code has beside those of layers, where it is one."""
    if layer.unsupported is None or layer.unsupported.function != "weight":
        return ()
    from seqinspect.rules.operations import operation_weights  # noqa: PLC0415 - only code needs it

    return operation_weights(layer.unsupported.constants)


def unknown_tensor(features: Expr | None = None) -> Tensor:
    """Return a tensor of which at most the number of its features is known."""
    return Tensor(() if features is None else (features,), unknown_shape=True, unknown_time=True)


def placeholder(layer: Layer, tensors: Sequence[Tensor]) -> Tensor | None:
    """Return a tensor with the same features, for a layer whose weights depend on nothing else."""
    if len(tensors) != 1 or not tensors[0].unknown_shape:
        return None
    if traits_of(layer.type).looks_up:
        return Tensor((symbol("batch"), symbol("size_1")), "int32", unknown_time=True)
    axes = _axes(layer)
    if not axes or not tensors[0].shape or _channels_first(layer):
        return None
    if layer.arguments.get("axis", -1) != -1:
        return None
    sizes = tuple(symbol(f"size_{axis}") for axis in range(1, axes - 1))
    return Tensor((symbol("batch"), *sizes, tensors[0].shape[-1]), unknown_time=True)


def _axes(layer: Layer) -> int:
    """Return how many axes an input has that shows all weights; 0 where its sizes count, too."""
    traits, inner = traits_of(layer.type), layer.arguments.get("layer")
    if traits.both_directions and isinstance(inner, Layer):
        return _axes(inner)
    if traits.applies_per_step and isinstance(inner, Layer):
        return SEQUENCE if traits_of(inner.type).on_last_axis else 0
    return (traits.axes or VECTOR) if traits.weights_by_features else 0


def _channels_first(layer: Layer) -> bool:
    return layer.arguments.get("data_format") == "channels_first"


def without_unknown_sizes(facts: Facts) -> Facts:
    """Return the facts of a layer on a placeholder, without what follows from its unknown sizes."""
    return facts._replace(
        outputs=tuple(
            unknown_tensor(None if _holds_placeholder(output.features) else output.features)
            for output in facts.outputs
        ),
        weights=tuple(weight._replace(used=0) for weight in facts.weights),
        products=0,
        parts=(),
    )


def _holds_placeholder(size: Expr) -> bool:
    """Tell whether a size follows from one that a placeholder made up."""
    return any(PLACEHOLDER_SIZE.fullmatch(name) for name in size.symbols())


def output_counts(graph: Graph) -> Mapping[str, int]:
    """Count the outputs of each call that a model takes, as far as it says."""
    counts: dict[str, int] = {}
    for ref in _refs(graph):
        counts[ref.name] = max(counts.get(ref.name, 1), ref.output + 1)
    return counts


def _refs(graph: Graph) -> Iterator[Ref]:
    for node in graph.nodes:
        yield from node.refs
    yield from graph.outputs


def _declared_outputs(
    layer: Layer, tensors: Sequence[Tensor], outputs: list[Tensor], reaches: Reaches
) -> tuple[list[Tensor], list[Reaches]]:
    """Return the outputs that a config says, or that follow from the operation."""
    unsupported, read = layer.unsupported, [reaches] * len(outputs)
    if unsupported is None:
        return outputs, read
    for index, shape in enumerate(unsupported.outputs[: len(outputs)]):
        if shape is not None:
            outputs[index] = Tensor(shape, unknown_time=True)
    if unsupported.function:
        from seqinspect.rules.operations import operation_outputs  # noqa: PLC0415 - only configs need it

        operation = operation_outputs(unsupported.function, tensors, unsupported.constants) or []
        made = [tensor for tensor, _ in operation]
        if len(made) >= len(outputs) and all(map(_agree, outputs, made)):
            return made, [reach for _, reach in operation]
    return outputs, read


def _agree(declared: Tensor, computed: Tensor) -> bool:
    """Whether an output may have the shape that the config says, if it says one."""
    same_rank = declared.rank == computed.rank
    return declared.unknown_shape or (same_rank and all(map(agree, declared.shape, computed.shape)))


def _size_argument(layer: Layer, *names: str) -> Expr | None:
    """Return the size that an argument gives, by the first of the names that is there."""
    values = (layer.arguments.get(name) for name in names)
    return next((value for value in values if isinstance(value, Expr)), None)


def _kept_features(layer: Layer, tensors: Sequence[Tensor]) -> Expr | None:
    """Return the number of features that a layer without weights passes on, if that is known."""
    traits, one = traits_of(layer.type), tensors[0]
    if not (traits.keeps_shape or traits.keeps_features) or _channels_first(layer):
        return None
    return one.shape[-1] if len(tensors) == 1 and one.shape else None


def unsupported_within(layer: Layer) -> Within | None:
    """Return the layer within a wrapper that no rule states; None if all are stated."""
    for inner in layers_within(layer):
        if inner.unsupported is not None:
            return Within(inner.type, inner.name, inner.unsupported.reason)
    return None
