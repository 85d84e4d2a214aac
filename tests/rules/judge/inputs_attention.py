"""Hints for the layers in which a query attends to a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import literal
from seqinspect.records import replace
from tests.rules.judge.draw import Draft, Draw, Given, draws

if TYPE_CHECKING:
    from seqinspect.model.facts import Tensor


@draws("MultiHeadAttention", "GroupQueryAttention")
def heads(draw: Draw, layer: str) -> Draft:
    rank = 3 if layer == "GroupQueryAttention" or draw.chance(0.7) else draw.choice([2, 4, 5])
    options = draw.options(
        layer,
        attention_axes=lambda: _axes(draw, rank),
        output_shape=lambda: draw.choice([3, [2], [2, 3]]),
        flash_attention=lambda: draw.choice([None, False]),
        sliding_window=lambda: draw.integer(1, 5),
        dropout=lambda: draw.choice([0.0, 0.0, 0.5]),
    )
    if layer == "GroupQueryAttention" and not draw.wrong():
        few = draw.number(3)
        options |= {"num_key_value_heads": few, "num_query_heads": few * draw.integer(1, 3)}
    over = options.get("attention_axes")
    listed = over if isinstance(over, list) else [over]
    query, value, key = _query_value_key(draw, rank)
    if {0, -rank} & {*listed}:  # samples attend to each other: the rows of an experiment show none
        query, value, key = (replace(x, time=None) for x in (query, value, key))
    if layer == "GroupQueryAttention" and not draw.wrong():
        value = replace(value, shape=(*value.shape[:-1], query.features))
    inputs: dict[str, Given] = {"query": query, "value": value}
    if draw.chance(0.4):
        inputs["key"] = key
    if rank == 3 and draw.chance(0.1):
        shape = (query.shape[1], value.shape[1])
        inputs["attention_mask"] = draw.tensor(*shape, dtype="bool")
    if draw.chance(0.4):
        inputs["use_causal_mask"] = True
    if draw.chance(0.4) and rank == 3:  # Keras states a wrong rank for the scores of others
        inputs["return_attention_scores"] = True
    unsure = "" if rank == 3 else "masks and sizes that Keras notices at the first batch"
    odd = any(axis in (0, rank - 1, -rank, -1) for axis in listed)  # the batch, or the features
    if odd:  # a mask fits these where sizes are the same by chance
        unsure = unsure or "attention over another axis"
    return Draft(layer, options, inputs, spoiled=unsure, loose=odd)


def _axes(draw: Draw, rank: int) -> object:
    inner = list(range(1, rank - 1)) or [0]  # vectors attend to those of other samples
    axes = draw.random.sample(inner, draw.integer(1, len(inner)))
    if draw.wrong(0.2):
        axes[0] = draw.choice([0, rank - 1, rank, rank + 1, -rank - 1, axes[-1]])
    axes = [axis - rank if axis in inner and draw.chance(0.3) else axis for axis in axes]
    return axes[0] if len(axes) == 1 and draw.chance(0.5) else axes


def _query_value_key(draw: Draw, rank: int) -> tuple[Tensor, Tensor, Tensor]:
    """Tensors of `rank` axes, of which the last ones are features; axis 1 may differ in length."""
    inner = [draw.spatial(4) for _ in range(rank - 2)]
    time = draw.choice([1, 1, 1, 1, *range(1, rank), None])
    query = draw.tensor(*inner, draw.size(4), time=time)
    if inner and draw.chance(0.5):
        inner[0] = draw.spatial(7)
    value = draw.tensor(*inner, draw.size(4), time=time)
    key = draw.tensor(*inner, draw.size(4), time=time)
    if draw.chance(0.15):
        value = replace(value, time=draw.choice([None, *range(1, rank)]))
    return query, value, key


@draws("Attention", "AdditiveAttention")
def attention(draw: Draw, layer: str) -> Draft:
    rank = draw.choice([3, 3, 3, 4, 2 if draw.chance(0.2) and not draw.real else 3])
    leading = [draw.spatial(4) for _ in range(rank - 3)]
    features = draw.size(4)
    time = draw.choice([rank - 2, rank - 2, rank - 2, *range(1, rank), None]) if rank > 2 else None
    steps = [draw.spatial(6)] if rank > 2 else []
    query = draw.tensor(*leading, *steps, features, time=time)
    if draw.chance(0.5) and rank > 2:
        steps = [draw.spatial(6)]
    own = time
    if draw.chance(0.2) and rank > 2:
        own = draw.choice([None, *range(1, rank)])
    value = draw.tensor(*leading, *steps, features, time=own)
    tensors = [query, value]
    if draw.chance(0.4):
        tensors = [query, replace(value, shape=(*value.shape[:-1], draw.size(4))), value]
    if draw.wrong(0.05):
        tensors = draw.choice([tensors[:1], [*tensors, *tensors]])
    unsure = "two axes" if rank == 2 else ""
    if draw.wrong(0.05):
        unsure = "the value or the key has another number of features"
        tensors[-1] = replace(tensors[-1], shape=(*tensors[-1].shape[:-1], literal(5)))
    inputs: dict[str, Given] = {"inputs": tuple(tensors)}
    for name in ("return_attention_scores", "use_causal_mask"):
        if draw.chance(0.4):
            inputs[name] = True
    return Draft(layer, draw.options(layer), inputs, spoiled=unsure, loose=True)
