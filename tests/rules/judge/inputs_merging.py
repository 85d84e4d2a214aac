"""Hints for the layers that merge several tensors."""

from __future__ import annotations

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.model.facts import Tensor
from seqinspect.records import replace
from tests.rules.judge.draw import Draft, Draw, draws


@draws("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
def merging(draw: Draw, layer: str) -> Draft:
    """Tensors of one shape, where some axes are 1 or not known, and some are missing."""
    shape = [literal(draw.integer(2, 4)) for _ in range(draw.integer(1, 3))]
    count = 2 if layer == "Subtract" and not draw.wrong(0.05) else draw.integer(1, 3)
    time = draw.choice([1, 1, *range(1, len(shape) + 1), None])
    tensors = tuple(_broadcast(draw, shape, time) for _ in range(count))
    if draw.wrong(0.05):
        tensors = tuple(
            replace(x, shape=(symbol("batch", draw.integer(2, 3)), *x.shape[1:])) for x in tensors
        )
    if draw.chance(0.1) and len(shape) == 1:
        folded = draw.folded(tensors[0])
        tensors = (folded,) * count
    return Draft(layer, draw.options(layer), {"inputs": tensors})


def _broadcast(draw: Draw, shape: list[Expr], time: int | None) -> Tensor:
    sizes = [
        literal(1)
        if draw.chance(0.15)
        else draw.named(None)
        if not draw.real and draw.chance(0.1)
        else size
        for size in shape
    ]
    if draw.wrong(0.05):
        sizes[0] = literal(9)
    own = time
    if draw.chance(0.2):
        own = draw.choice([None, *range(1, len(shape) + 1)])
    if draw.real and all(size.value == 1 for size in sizes):
        # Keras takes (b, 1, 1) for a bias where b is also the number of channels.
        sizes = shape
    missing = draw.integer(0, len(sizes) - 1) if draw.chance(0.25) else 0
    own = None if own is None or own <= missing else own - missing
    return draw.tensor(*sizes[missing:], time=own)


@draws("Concatenate")
def concatenate(draw: Draw, layer: str) -> Draft:
    rank = draw.integer(2, 4)
    axis = draw.axis(rank, 0 if draw.chance(0.1) and not draw.real else 1)
    if draw.wrong(0.05):
        axis = draw.choice([rank, -rank - 1])
    shape = [draw.batch, *[draw.spatial(5) for _ in range(rank - 1)]]
    time = draw.choice([1, 1, *range(1, rank), None])
    tensors = []
    for _ in range(draw.choice([1, 2, 2, 3])):
        sizes = list(shape)
        if axis % rank or not draw.real:
            sizes[axis % rank] = draw.spatial(5) if axis % rank else draw.batch
        own = draw.choice([None, *range(1, rank)]) if draw.chance(0.15) else time
        tensors.append(Tensor(tuple(sizes), draw.dtype(), own))
    if draw.wrong(0.05):
        tensors[0] = replace(tensors[0], shape=(*tensors[0].shape, literal(2)))
    return Draft(
        layer, draw.options(layer, always=("axis",), axis=axis), {"inputs": tuple(tensors)}
    )


@draws("Dot")
def dot(draw: Draw, layer: str) -> Draft:
    ranks = [draw.integer(2, 4) for _ in range(2)]
    places = [draw.integer(1, rank - 1) for rank in ranks]
    same = draw.size()
    tensors = []
    for rank, place in zip(ranks, places, strict=True):
        sizes = [draw.spatial(4) for _ in range(rank - 1)]
        sizes[place - 1] = same
        time = draw.choice([1, 1, *range(1, rank), None])
        tensors.append(draw.tensor(*sizes, time=time))
    axes: object = [
        place - rank if draw.chance(0.3) else place
        for place, rank in zip(places, ranks, strict=True)
    ]
    if places[0] == places[1] and draw.chance(0.5):
        axes = places[0]
    elif places[0] - ranks[0] == places[1] - ranks[1] and draw.chance(0.5):
        axes = places[0] - ranks[0]
    unsure = ""
    if draw.wrong(0.08):
        unsure = "the axes"
        axes = draw.choice([0, 4, -5, [0, 0], [1], [1, 1, 1], [-5, 1]])
    options = draw.options(layer, axes=axes)
    return Draft(layer, options, {"inputs": tuple(tensors)}, spoiled=unsure)
