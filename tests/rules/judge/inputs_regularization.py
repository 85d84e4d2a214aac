"""Hints for the regularization layers: noise shapes, and ranks that are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rules.judge.draw import Draft, Draw, draws

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor


@draws("Dropout", "AlphaDropout")
def dropout(draw: Draw, layer: str) -> Draft:
    x = draw.any_tensor(low=1)
    return Draft(layer, draw.options(layer, noise_shape=lambda: noise(draw, x)), {"inputs": x})


def noise(draw: Draw, x: Tensor) -> object:
    """A noise shape: 1, the size, or null for each axis; at times one that Dropout refuses."""
    found: list[object] = [draw.choice([1, None, size.value]) for size in x.shape]
    if draw.wrong():
        found[-1] = draw.choice([0, -1])
    return None if draw.chance(0.2) else found[draw.integer(0, x.rank) :]


RANKS = {"SpatialDropout1D": 3, "SpatialDropout2D": 4, "SpatialDropout3D": 5}


@draws(*RANKS)
def spatial_dropout(draw: Draw, layer: str) -> Draft:
    rank = RANKS[layer]
    options = draw.options(layer)
    for refused in ("trainable", "activity_regularizer"):
        options.pop(refused, None)
    return Draft(layer, options, {"inputs": draw.any_tensor(low=rank, high=rank)})


@draws("ActivityRegularization")
def activity_regularization(draw: Draw, layer: str) -> Draft:
    def factor() -> object:
        return -0.5 if draw.wrong() else draw.choice([0, 0.5, 2])

    return Draft(layer, draw.options(layer, l1=factor, l2=factor), {"inputs": draw.any_tensor()})
