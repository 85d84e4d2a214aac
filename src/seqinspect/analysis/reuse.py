"""Reuse: whether a layer that is called again fits, and whether it returns the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.model.graph import Ref
from seqinspect.model.nesting import layers_within
from seqinspect.rules import traits_of
from seqinspect.rules.shapes import agree, shape_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.model.facts import Facts
    from seqinspect.model.graph import Layer, Node


def check_reuse(node: Node, first: tuple[Facts, int], again: tuple[Facts, int]) -> None:
    """Refuse to call a layer again on a tensor that does not fit what was made for the first.

    `first` and `again` are what the layer states on each call, with the rank of what it reads.
    Where weights fit, BatchNormalization keeps the rank that it was made for. Raises SpecError.
    """
    (made, made_rank), (stated, rank) = first, again
    wrong = next(
        (
            (f"whose {old.name} is {shape_text(old.shape)}", shape_text(new.shape))
            for old, new in zip(made.weights, stated.weights, strict=False)
            if len(old.shape) != len(new.shape) or not all(map(agree, old.shape, new.shape))
        ),
        None,
    )
    if wrong is None and traits_of(node.layer.type).keeps_rank and rank != made_rank:
        wrong = (f"which was made for {made_rank} axes", f"{rank} axes")
    if wrong is not None:
        refuse(
            f"calls `{node.reuses}` again, {wrong[0]}",
            received=f"a tensor that would need {wrong[1]}",
            expected=f"a tensor that fits, as the one that `{node.reuses}` reads",
            remedy="make it a layer of its own, without `reuse`",
            argument="from",
            about="shape",
        )


def returns_same(
    nodes: Mapping[str, Node], traced: Mapping[Ref, TracedTensor], one: Ref, other: Ref
) -> bool:
    """Whether two outputs always have the same values: of one layer called on the same tensors.

    `traced`: two inputs of a model within the model may be one tensor.
    """
    pending, seen = [(one, other)], set[tuple[Ref, Ref]]()
    while pending:
        pair = pending.pop()
        if pair in seen or pair[0] == pair[1] or traced[pair[0]] is traced[pair[1]]:
            continue
        seen.add(pair)
        first, again = (nodes.get(ref.name) for ref in pair)
        if first is None or again is None or pair[0].output != pair[1].output:
            return False
        if (first.reuses or first.name) != (again.reuses or again.name) or first.call or again.call:
            return False
        if len(first.sources) != len(again.sources) or not _does_the_same_again(first.layer):
            return False
        pending += zip(first.sources, again.sources, strict=True)
    return True


def _does_the_same_again(layer: Layer) -> bool:
    """Whether nothing goes on from the call before, and nothing is dropped by chance."""
    return not any(
        each.unsupported is not None
        or traits_of(each.type).noise
        or any(each.arguments.get(name) for name in ("dropout", "recurrent_dropout", "stateful"))
        for each in (layer, *layers_within(layer))
    )
