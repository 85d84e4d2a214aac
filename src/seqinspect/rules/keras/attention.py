"""Attention: each step of a query takes a weighted mean of the steps of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Expr, Size, as_expr, const, prod
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Reading, Tensor, Tensors, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules import bands
from seqinspect.rules.bands import Band
from seqinspect.rules.heads import (
    AttentionInputs,
    AttentionOptions,
    Heads,
    attention_remarks,
    heads,
    reads,
    refuse_ranks,
    refuse_steps,
)
from seqinspect.rules.keras.core import GLOROT, ZEROS
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import agree, need_known, need_min_rank, need_rank, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import Reach, each, everything

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.rules.arguments import Axes, Constraint, Initializer, Rate, Regularizer, Sizes


ATTENTION = Traits(attention=True, mask="query", mask_use=MaskUse.KEYS)


@rule(
    "MultiHeadAttention",
    freezes=False,
    traits=Traits(
        attention=True,
        projections="EinsumDense",
        label="Attention",
        mask="query",
        mask_use=MaskUse.KEYS,
        clears_masks=True,
    ),
)
def multi_head_attention(  # noqa: PLR0917  # the arguments of the layer's call
    query: Tensor,
    value: Tensor,
    key: Tensor | None = None,
    query_mask: Tensor | None = None,
    value_mask: Tensor | None = None,
    key_mask: Tensor | None = None,
    attention_mask: Tensor | None = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
    *,
    num_heads: Size,
    key_dim: Size,
    value_dim: Size | None = None,
    dropout: Rate = 0.0,
    use_bias: bool = True,
    output_shape: Sizes | None = None,
    attention_axes: Axes | None = None,
    sliding_window: Size | None = None,
    flash_attention: bool | None = None,
    kernel_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    use_gate: bool = False,
    seed: int | None = None,
) -> Facts:
    """softmax(query·keyᵀ / √key_dim)·value in each head, between learned projections.

    attention_axes: the axes whose positions attend to each other (all but batch and features).
    output_shape: the sizes in place of the query's features. A query (batch, T, features), a
    value and a key of S steps give (batch, T, features), and scores (batch, num_heads, T, S).

    Source: keras.layers.MultiHeadAttention; Vaswani et al. (2017).
    """
    outputs = output_shape if isinstance(output_shape, tuple) else (output_shape,)
    return heads(
        AttentionInputs(query, value, value if key is None else key, key is not None),
        Heads(num_heads, num_heads, key_dim, key_dim if value_dim is None else value_dim),
        AttentionOptions(
            axes=attention_axes,
            outputs=tuple(as_expr(size) for size in outputs if size is not None),
            causal=use_causal_mask,
            width=None if sliding_window is None else as_expr(sliding_window),
            scores=return_attention_scores,
            dropout=dropout,
            flash=bool(flash_attention),
            use_bias=use_bias,
            use_gate=use_gate,
        ),
        {
            "query_mask": query_mask,
            "value_mask": value_mask,
            "key_mask": key_mask,
            "attention_mask": attention_mask,
        },
    )


@rule(
    "GroupQueryAttention",
    "GroupedQueryAttention",
    freezes=False,
    traits=Traits(
        attention=True,
        projections="EinsumDense",
        private_projections=True,
        class_name="GroupedQueryAttention",
        mask="query",
        mask_use=MaskUse.KEYS,
    ),
)
def group_query_attention(  # noqa: PLR0917  # the arguments of the layer's call
    query: Tensor,
    value: Tensor,
    key: Tensor | None = None,
    query_mask: Tensor | None = None,
    value_mask: Tensor | None = None,
    key_mask: Tensor | None = None,
    attention_mask: Tensor | None = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
    *,
    head_dim: Size,
    num_query_heads: Size,
    num_key_value_heads: Size,
    dropout: Rate = 0.0,
    use_bias: bool = True,
    sliding_window: Size | None = None,
    flash_attention: bool | None = None,
    kernel_initializer: Initializer = GLOROT,
    bias_initializer: Initializer = ZEROS,
    kernel_regularizer: Regularizer = None,
    bias_regularizer: Regularizer = None,
    activity_regularizer: Regularizer = None,
    kernel_constraint: Constraint = None,
    bias_constraint: Constraint = None,
    use_gate: bool = False,
    seed: int | None = None,
) -> Facts:
    """Multi-head attention whose query heads share keys and values in groups.

    Query and value have equally many features; num_query_heads is a multiple of
    num_key_value_heads.

    Source: keras.layers.GroupQueryAttention; Ainslie et al. (2023).
    """
    many, few = as_expr(num_query_heads), as_expr(num_key_value_heads)
    if many.value is not None and few.value and many.value % few.value:
        refuse(
            f"cannot share {few.value} key and value heads among {many.value} query heads",
            received=f"{many.value} query heads, {few.value} key and value heads",
            expected="a multiple of `num_key_value_heads`",
            argument="num_query_heads",
            about="value",
        )
    for x in (query, value, key):
        if x is not None:
            need_rank(x, 3, "(batch, time, features)")
    if query.features.value != value.features.value:
        refuse(
            "needs as many features in `query` as in `value`",
            received=f"{shape_text(query.shape)} and {shape_text(value.shape)}",
            expected="the same last size",
            argument="from",
            about="shape",
        )
    return heads(
        AttentionInputs(query, value, value if key is None else key, key is not None),
        Heads(num_query_heads, num_key_value_heads, head_dim, head_dim),
        AttentionOptions(
            causal=use_causal_mask,
            width=None if sliding_window is None else as_expr(sliding_window),
            scores=return_attention_scores,
            dropout=dropout,
            flash=bool(flash_attention),
            use_bias=use_bias,
            use_gate=use_gate,
        ),
        {
            "query_mask": query_mask,
            "value_mask": value_mask,
            "key_mask": key_mask,
            "attention_mask": attention_mask,
        },
        scores_size=value.shape[1] if key is None else key.shape[1],
    )


@rule("Attention", traits=ATTENTION)
def attention(
    inputs: Tensors,
    mask: Tensors | None = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
    *,
    use_scale: bool = False,
    score_mode: Literal["dot", "concat"] = "dot",
    dropout: Rate = 0.0,
    seed: int | None = None,
) -> Facts:
    """softmax(scores)·value, with scores query·keyᵀ or, in score_mode concat, Σ tanh(query + key).

    Called on [query, value] or [query, value, key]. use_scale: the scores have a learned
    factor. A query of T steps, a value and a key of S steps give (batch, T, features of the
    value), and scores (batch, T, S).

    Source: keras.layers.Attention; Luong et al. (2015).
    """
    tensors = _attention_inputs(inputs, mask, causal=use_causal_mask)
    weights = [Weight("scale", ())] if use_scale else []
    weights += [Weight("concat_score_weight", ())] if score_mode == "concat" else []
    dot = score_mode == "dot"
    _need_features(tensors, broadcast=not dot)
    scoring = tensors.query.features if dot else const(0)
    facts = attended(tensors, weights, scoring, causal=use_causal_mask, mask=mask)
    return facts if return_attention_scores else _without_scores(facts)


@rule("AdditiveAttention", traits=ATTENTION)
def additive_attention(
    inputs: Tensors,
    mask: Tensors | None = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
    *,
    use_scale: bool = True,
    dropout: Rate = 0.0,
    seed: int | None = None,
) -> Facts:
    """softmax(Σ scale·tanh(query + key))·value, after Bahdanau.

    Called on [query, value] or [query, value, key]. use_scale: the sum is weighted by features.
    A query of T steps, a value and a key of S steps give (batch, T, features of the value), and
    scores (batch, T, S).

    Source: keras.layers.AdditiveAttention; Bahdanau et al. (2015).
    """
    tensors = _attention_inputs(inputs, mask, causal=use_causal_mask)
    _need_features(tensors, broadcast=True)
    weights = []
    if use_scale:
        need_known(tensors.query.features, "the number of features")
        used = prod(tensors.query.shape[1:-1]) * tensors.key.shape[-2]
        weights = [Weight("scale", (tensors.query.features,), used)]
    facts = attended(tensors, weights, const(0), causal=use_causal_mask, mask=mask)
    return facts if return_attention_scores else _without_scores(facts)


def _without_scores(facts: Facts) -> Facts:
    return facts._replace(outputs=facts.outputs[:1], reaches=facts.reaches[:1])


def _attention_inputs(inputs: Tensors, mask: Tensors | None, *, causal: bool) -> AttentionInputs:
    """The tensors of an Attention by their roles, once their shapes fit."""
    for name, argument, listed in (("tensors", "from", inputs), ("masks", "mask", mask)):
        if listed is not None and not 2 <= len(listed) <= 3:
            refuse(
                f"needs 2 or 3 {name}, not {len(listed)}",
                received=str(len(listed)),
                expected="[query, value] or [query, value, key]",
                remedy="for self-attention name the same tensor twice: from: [x, x]"
                if argument == "from" and len(listed) == 1
                else "",
                argument=argument,
                about="from",
            )
    query, value, *more = inputs
    tensors = AttentionInputs(query, value, more[0] if more else value, bool(more))
    need_min_rank(query, 3 if causal else 2, "(batch, …, features)")
    for x in inputs:
        need_min_rank(x, 2, "(batch, …, features)")
        if x.rank > query.rank:
            refuse_ranks(tensors)
    if not _fit(tensors.key, value, ATTENDED, broadcast=False):
        refuse_steps(tensors)
    for axis in range(-query.rank, ATTENDED):
        if not all(_fit(a, b, axis) for a in inputs for b in inputs):
            shapes = ", ".join(shape_text(x.shape) for x in inputs)
            refuse(
                f"needs the same sizes on every axis but the last two: {shapes}",
                received=shapes,
                expected="the same sizes on every axis but the last two",
                argument="from",
                about="shape",
            )
    return tensors


def _fit(a: Tensor, b: Tensor, axis: int, *, broadcast: bool = True) -> bool:
    """Whether two tensors fit on an axis counted from the end; one may lack it.

    Where it is the batch of one of them only, an unknown size is not taken to be equal.
    """
    if -axis > min(a.rank, b.rank):
        return True
    sizes = (a.shape[axis].value, b.shape[axis].value)
    if broadcast and 1 in sizes:
        return True
    if a.rank != b.rank and -axis in {a.rank, b.rank}:
        return None not in sizes and sizes[0] == sizes[1]
    return agree(a.shape[axis], b.shape[axis])


def _need_features(tensors: AttentionInputs, *, broadcast: bool) -> None:
    a, b = tensors.query.features, tensors.key.features
    if agree(a, b) or (broadcast and 1 in (a.value, b.value)):
        return
    refuse(
        f"compares a query of {a.plain().text()} features with a key of {b.plain().text()}",
        received=f"{shape_text(tensors.query.shape)} and {shape_text(tensors.key.shape)}",
        expected="the same number of features",
        remedy="bring them to one size with Dense first",
        argument="from",
        about="shape",
    )


ATTENDED = -2
"""The axis, from the end, whose positions an Attention attends to."""


def attended(
    tensors: AttentionInputs,
    weights: Sequence[Weight],
    scoring: Expr,
    *,
    causal: bool,
    mask: Tensors | None,
) -> Facts:
    """Facts of attention without projections; `scoring`: multiply-adds that one score costs."""
    query, value, key = tensors.all
    masked = causal and mask is not None
    sides = (key.shape[ATTENDED], query.shape[ATTENDED])
    band = Band(*sides, causal, quick=masked, masked=masked, adds=masked)
    time = _time_from_the_end(tensors)
    output = query.to(
        *query.shape[:-1],
        value.features,
        time=None if time is None else query.rank + time,
        fold=None,
        time_summary=tensors.time_summary if time is None else "",
    )
    scores_time = time if time is not None and time < -1 else None
    scores = query.to(
        *query.shape[:-1],
        key.shape[ATTENDED],
        time=None if scores_time is None else query.rank + scores_time,
        fold=None,
        time_summary=tensors.time_summary if scores_time is None else "",
    )
    places = prod(query.shape[1:-1])
    remarks = [*attention_remarks(tensors, band, attended=time == ATTENDED)]
    if key.rank == 2:
        remarks.append(Peculiarity.ATTENDS_OVER_SAMPLES)
    return Facts(
        outputs=(output, scores),
        reads=reads(band, query, attended=time == ATTENDED),
        reaches=(
            _reading(tensors, band, time, output.steps, mask, scores=False),
            _reading(tensors, band, scores_time, scores.steps, mask, scores=True),
        ),
        weights=tuple(weights),
        applications=places,
        products=places * key.shape[ATTENDED] * (scoring + value.features),
        remarks=tuple(remarks),
    )


def _time_from_the_end(tensors: AttentionInputs) -> int | None:
    """Which axis of an Attention's output counts steps, from the end: −2 are those that ask."""
    query, value = tensors.query, tensors.value
    asking = _from_the_end(query)
    if asking is not None and asking != -1:
        return asking
    averaged = _from_the_end(value)
    if averaged == ATTENDED or (averaged == -1 and not tensors.own_key):
        return None
    return averaged


def _from_the_end(x: Tensor) -> int | None:
    return None if x.time is None else x.time - x.rank


def _reading(
    tensors: AttentionInputs,
    band: Band,
    time: int | None,
    outputs: Expr,
    mask: Tensors | None,
    *,
    scores: bool,
) -> Reading:
    """What is read of query, value and key; the scores are not made from the value."""

    def read(role: bands.Role, x: Tensor) -> Reach:
        own = _from_the_end(x)
        if own == -1 and role != "value":  # the features of query and key are summed up
            own = None
        return band.read(role, x, bands.Axes(own, time, ATTENDED), outputs)

    query, key = read("query", tensors.query), read("key", tensors.key)
    value = Reach() if scores else read("value", tensors.value)
    if not tensors.own_key and scores:
        value = key  # otherwise the value reads all that the key does
    read_masks = [everything(x.steps, outputs) for x in mask or ()]
    if mask is not None and time == ATTENDED and not scores:
        for index, found in ((0, each(mask[0].steps)), (1, band.along("value"))):
            if mask[index].time == mask[index].rank - 1:
                read_masks[index] = found
    return {
        "inputs": (query, value, key) if tensors.own_key else (query, value),
        "mask": tuple(read_masks),
    }
