"""Attention: each step of a query takes a weighted mean of the steps of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.algebra.expression import Size, as_expr, const, prod
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Tensor, Tensors, Weight
from seqinspect.model.masks import MaskUse
from seqinspect.rules.attending import attended, attention_inputs, need_features
from seqinspect.rules.heads import AttentionInputs, AttentionOptions, Heads, heads
from seqinspect.rules.keras.core import GLOROT, ZEROS
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import as_known, need_known, need_rank, shape_text
from seqinspect.rules.traits import Traits

if TYPE_CHECKING:
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
    if (many - many // few * few).equals(0) is False:
        refuse(
            f"cannot share {few.shown} key and value heads among {many.shown} query heads",
            received=f"{many.shown} query heads, {few.shown} key and value heads",
            expected="a multiple of `num_key_value_heads`",
            argument="num_query_heads",
            about="value",
        )
    for x in (query, value, key):
        if x is not None:
            need_rank(x, 3, "(batch, time, features)")
    if not as_known(query.features, value.features):
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
    tensors = attention_inputs(inputs, mask, causal=use_causal_mask)
    weights = [Weight("scale", ())] if use_scale else []
    weights += [Weight("concat_score_weight", ())] if score_mode == "concat" else []
    dot = score_mode == "dot"
    need_features(tensors, broadcast=not dot)
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
    tensors = attention_inputs(inputs, mask, causal=use_causal_mask)
    need_features(tensors, broadcast=True)
    weights = []
    if use_scale:
        need_known(tensors.query.features, "the number of features")
        used = prod(tensors.query.shape[1:-1]) * tensors.key.shape[-2]
        weights = [Weight("scale", (tensors.query.features,), used)]
    facts = attended(tensors, weights, const(0), causal=use_causal_mask, mask=mask)
    return facts if return_attention_scores else _without_scores(facts)


def _without_scores(facts: Facts) -> Facts:
    return facts._replace(outputs=facts.outputs[:1], reaches=facts.reaches[:1])
