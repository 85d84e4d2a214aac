"""Opaque layers, and layers that read what one of them made: what can be said without a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.facts import Facts, Tensor, Weight
from seqinspect.reach import everything
from seqinspect.rules import find_rule
from seqinspect.spec.graph import Graph, Layer, Node, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seqinspect.reach import Reach

UNREAD = "what it reads has no known shape"

WEIGHTLESS = frozenset({"regularization", "reshaping", "merging", "pooling"})
"""Families of rules whose layers have no weights, whatever they read."""

NO_WEIGHTS = frozenset(
    "Activation ELU Identity LeakyReLU Masking ReLU Rescaling Softmax UnitNormalization".split()
)
"""Further layers that have none."""


def opaque_facts(layer: Layer, tensors: Sequence[Tensor], outputs: int) -> Facts | None:
    """Return what can be said of a layer that no rule can state; None where its rule can.

    `outputs`: how many tensors the model takes from it.
    """
    inside = _opaque_within(layer)
    if layer.opaque is None and not inside and not any(tensor.unknown for tensor in tensors):
        return None
    made = [unknown() for _ in range(outputs)]
    reason = inside or UNREAD
    weights: tuple[Weight, ...] = ()
    reaches = tuple(everything(tensor.steps) for tensor in tensors)
    if layer.opaque is not None:
        reason = "" if layer.opaque.weightless else layer.opaque.reason
        made, reaches = _said(layer, tensors, made, reaches)
    elif not inside:
        rule = find_rule(layer.type)
        weights = _known_weights(layer)
        if weights or layer.type in NO_WEIGHTS or (rule and rule.family in WEIGHTLESS):
            reason = ""
    return Facts(
        outputs=tuple(made),
        reads=None,
        reaches=tuple({"inputs": reaches} for _ in made),
        weights=weights,
        opaque=reason,
    )


def unknown() -> Tensor:
    """Return a tensor of which nothing is known."""
    return Tensor((), unknown=True, opaque=True)


def taken(graph: Graph) -> Mapping[str, int]:
    """Count the outputs of each call that a model takes, as far as it says."""
    counts: dict[str, int] = {}
    for ref in _refs(graph):
        counts[ref.name] = max(counts.get(ref.name, 1), ref.output + 1)
    return counts


def read_by(node: Node) -> Iterator[Ref]:
    """Yield every tensor that a call reads."""
    yield from node.sources
    for value in node.call.values():
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, Ref))


def _refs(graph: Graph) -> Iterator[Ref]:
    for node in graph.nodes:
        yield from read_by(node)
    yield from graph.outputs


def _said(
    layer: Layer, tensors: Sequence[Tensor], made: list[Tensor], reaches: tuple[Reach, ...]
) -> tuple[list[Tensor], tuple[Reach, ...]]:
    """Return the outputs that a config says, or that follow from the operation."""
    opaque = layer.opaque
    if opaque is None:
        return made, reaches
    for index, shape in enumerate(opaque.outputs[: len(made)]):
        if shape is not None:
            made[index] = Tensor(shape, opaque=True)
    if opaque.function:
        from seqinspect.rules.operations import computed  # noqa: PLC0415 - only configs need it

        found = computed(opaque.function, tensors, opaque.constants)
        if found is not None and (made[0].unknown or made[0].rank == found[0].rank):
            made[0], reaches = found
    return made, reaches


def _known_weights(layer: Layer) -> tuple[Weight, ...]:
    """Return the weights of a layer whose number does not depend on what it reads."""
    if layer.type != "Embedding":
        return ()
    rows, columns = layer.arguments.get("input_dim"), layer.arguments.get("output_dim")
    trained = layer.arguments.get("trainable") is not False
    shape = (rows, columns)
    return (Weight("embeddings", shape, trainable=trained, dtype="float32"),)  # type: ignore[arg-type]  # checked as sizes


def _opaque_within(layer: Layer) -> str:
    """Say which layer within a wrapper no rule states; empty if all are stated."""
    for inner in _layers(layer.arguments.values()):
        if inner.opaque is not None:
            return f"{inner.type} `{inner.name}` within it {_is(inner.opaque.reason)}"
        for node in inner.graph.nodes if inner.graph is not None else ():
            if node.layer.opaque is not None:
                return f"{node.layer.type} `{node.name}` within it {_is(node.layer.opaque.reason)}"
        found = _opaque_within(inner)
        if found:
            return found
    return ""


def _is(reason: str) -> str:
    return f"is {reason}" if reason.startswith(("a ", "an ")) else reason


def _layers(values: Iterable[object]) -> Iterator[Layer]:
    for value in values:
        if isinstance(value, Layer):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, Layer))
