"""Reuse: whether a layer that is called again fits the tensor of that call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.rules import traits_of
from seqinspect.rules.shapes import agree, shape_text

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts
    from seqinspect.model.graph import Node


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
