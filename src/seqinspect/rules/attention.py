"""Attention: each step of a query takes a weighted mean of the steps of a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seqinspect.algebra import Expr, Size, as_expr, const, prod
from seqinspect.errors import refuse
from seqinspect.facts import Facts, Holds, Reading, Reads, Tensor, Tensors, Weight
from seqinspect.reach import Reach, each, everything
from seqinspect.rules.bands import Band
from seqinspect.rules.common import agree, need_known, need_min_rank, need_rank, shape_text
from seqinspect.rules.core import GLOROT, ZEROS
from seqinspect.rules.registry import rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.rules.arguments import (
        Axes,
        Constraint,
        Initializer,
        Rate,
        Regularizer,
        Sizes,
    )


@rule("MultiHeadAttention")
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
    output_shape: the sizes in place of the query's features.
    """
    outputs = output_shape if isinstance(output_shape, tuple) else (output_shape,)
    return heads(
        Roles(query, value, value if key is None else key),
        Heads(num_heads, num_heads, key_dim, key_dim if value_dim is None else value_dim),
        masks={
            "query_mask": query_mask,
            "value_mask": value_mask,
            "key_mask": key_mask,
            "attention_mask": attention_mask,
        },
        own_key=key is not None,
        outputs=tuple(as_expr(size) for size in outputs if size is not None),
        axes=attention_axes,
        causal=use_causal_mask,
        width=sliding_window,
        scores=return_attention_scores,
        dropout=dropout,
        flash=bool(flash_attention),
        use_bias=use_bias,
        use_gate=use_gate,
    )


@rule("GroupQueryAttention", "GroupedQueryAttention")
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
    """Multi-head attention whose query heads share keys and values in groups."""
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
        Roles(query, value, value if key is None else key),
        Heads(num_query_heads, num_key_value_heads, head_dim, head_dim),
        masks={
            "query_mask": query_mask,
            "value_mask": value_mask,
            "key_mask": key_mask,
            "attention_mask": attention_mask,
        },
        own_key=key is not None,
        outputs=(),
        axes=1,
        causal=use_causal_mask,
        width=sliding_window,
        scores=return_attention_scores,
        dropout=dropout,
        flash=bool(flash_attention),
        use_bias=use_bias,
        use_gate=use_gate,
        scores_size=value.shape[1] if key is None else key.shape[1],
    )


@rule("Attention")
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

    Called on [query, value] or [query, value, key]. use_scale: the scores have a learned factor.
    """
    roles = _roles(inputs, mask)
    weights = [Weight("scale", ())] if use_scale else []
    weights += [Weight("concat_score_weight", ())] if score_mode == "concat" else []
    dot = score_mode == "dot"
    _need_features(roles, broadcast=not dot)
    return attended(
        roles,
        inputs,
        mask,
        weights,
        scoring=roles.query.features if dot else const(0),
        causal=use_causal_mask,
        scores=return_attention_scores,
    )


@rule("AdditiveAttention")
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
    """
    roles = _roles(inputs, mask)
    _need_features(roles, broadcast=True)
    weights = []
    if use_scale:
        need_known(roles.query.features, "the number of features")
        used = prod(roles.query.shape[1:-1]) * roles.key.shape[-2]
        weights = [Weight("scale", (roles.query.features,), used)]
    return attended(
        roles,
        inputs,
        mask,
        weights,
        scoring=const(0),
        causal=use_causal_mask,
        scores=return_attention_scores,
    )


@dataclass(frozen=True, slots=True)
class Roles:
    """Who asks (query), what is compared with it (key), and what is averaged (value)."""

    query: Tensor
    value: Tensor
    key: Tensor

    @property
    def stepped(self) -> bool:
        """Whether any of them has steps, on an axis or folded."""
        return any(x.time is not None or x.fold is not None for x in self.all)

    @property
    def all(self) -> Tensors:
        """Query, value and key."""
        return (self.query, self.value, self.key)

    @property
    def holds(self) -> Holds:
        """What an output without time axis holds of time."""
        if self.stepped:
            return "all"
        words = {x.holds for x in self.all} - {""}
        return "" if not words else "all" if len(words) > 1 else next(iter(words))


def _roles(inputs: Tensors, mask: Tensors | None) -> Roles:
    """The tensors of an Attention by their roles, once their shapes fit."""
    for name, given in (("from", inputs), ("masks", mask)):
        if given is not None and not 2 <= len(given) <= 3:
            refuse(
                f"needs 2 or 3 {name if name == 'masks' else 'tensors'}, not {len(given)}",
                received=str(len(given)),
                expected="[query, value] or [query, value, key]",
                remedy="for self-attention name the same tensor twice: from: [x, x]"
                if len(given) == 1
                else "",
                argument="from" if name == "from" else "mask",
                about="from",
            )
    for x in inputs:
        need_min_rank(x, 2, "(batch, …, features)")
    query, value, *more = inputs
    roles = Roles(query, value, more[0] if more else value)
    if not agree(roles.key.shape[-2], value.shape[-2]):
        _refuse_steps(roles)
    for axis in range(3, max(x.rank for x in inputs) + 1):
        sizes = {x.shape[-axis].value for x in inputs if x.rank >= axis} - {None, 1}
        if len(sizes) > 1:
            refuse(
                f"needs the same sizes on every axis but the last two:"
                f" {', '.join(shape_text(x.shape) for x in inputs)}",
                argument="from",
                about="shape",
            )
    return roles


def _need_features(roles: Roles, *, broadcast: bool) -> None:
    a, b = roles.query.features, roles.key.features
    if agree(a, b) or (broadcast and 1 in (a.value, b.value)):
        return
    refuse(
        f"compares a query of {a.plain().text()} features with a key of {b.plain().text()}",
        received=f"{shape_text(roles.query.shape)} and {shape_text(roles.key.shape)}",
        expected="the same number of features",
        remedy="bring them to one size with Dense first",
        argument="from",
        about="shape",
    )


def _refuse_steps(roles: Roles) -> None:
    refuse(
        "needs a key for every step of the value",
        received=f"value {shape_text(roles.value.shape)}, key {shape_text(roles.key.shape)}",
        expected="the same sizes, but for the features",
        argument="from",
        about="shape",
    )


def attended(
    roles: Roles,
    inputs: Tensors,
    mask: Tensors | None,
    weights: Sequence[Weight],
    *,
    scoring: Expr,
    causal: bool,
    scores: bool,
) -> Facts:
    """Facts of attention over the last axis but one; `scoring`: multiply-adds a score costs."""
    query, value, key = roles.all
    band = Band(key.shape[-2], query.shape[-2], causal=causal)
    time = _time_from_the_end(roles, own_key=len(inputs) == 3)
    output = query.to(
        *query.shape[:-1],
        value.features,
        time=None if time is None else query.rank + time,
        fold=None,
        holds=roles.holds if time is None else "",
        masked=query.masked or mask is not None,
    )
    values = _last_but_one(value, time, band.values, output.steps)
    if time == -1:
        values = each(value.steps)
    keys = _last_but_one(key, time, band.keys, output.steps)
    queries = everything(query.steps, output.steps)
    if time is not None and query.time == query.rank + time:
        queries = band.queries if time == -2 else each(query.steps)
    separate = len(inputs) == 3
    masks = _mask_reaches(mask, time, band, output.steps)
    read = (queries, values, keys) if separate else (queries, values | keys)
    outputs: list[Tensor] = [output]
    readings: list[Reading] = [{"inputs": read, "mask": masks}]
    if scores:
        kept = time if time is not None and time < -1 and query.time == query.rank + time else None
        outputs.append(
            query.to(
                *query.shape[:-1],
                key.shape[-2],
                time=None if kept is None else query.time,
                fold=None,
                holds=roles.holds if kept is None else "",
                masked=False,
            )
        )
        steps = outputs[1].steps
        asked = queries if kept is not None else everything(query.steps)
        compared = _last_but_one(key, kept, band.keys, steps)
        read = (asked, Reach(), compared) if separate else (asked, compared)
        readings.append({"inputs": read, "mask": _mask_reaches(mask, kept, band, steps)})
    positions = prod(query.shape[1:-1])
    return Facts(
        outputs=tuple(outputs),
        reads=_reads(band, query, time == -2),
        reaches=tuple(readings),
        weights=tuple(weights),
        applications=positions,
        products=positions * key.shape[-2] * (scoring + value.features),
        remark=_remark(roles, band, attended=time == -2),
    )


def _time_from_the_end(roles: Roles, *, own_key: bool) -> int | None:
    """Which axis of an Attention's output counts steps, from the end: −2 are those that ask."""
    query, value = roles.query, roles.value
    asking = None if query.time is None else query.time - query.rank
    if asking is not None and asking != -1:
        return asking
    averaged = None if value.time is None else value.time - value.rank
    if averaged is None or averaged == -2 or (averaged == -1 and not own_key):
        return None
    return averaged if query.rank + averaged >= 1 else None


def _last_but_one(x: Tensor, time: int | None, along: Reach, outputs: Expr) -> Reach:
    """What is read of a key or a value whose last axis but one is attended to."""
    if time is not None and x.time == x.rank + time:
        if time == -2:
            return along
        if time < -2 and (x.steps.value != 1 or outputs.value == 1):
            return each(x.steps)
    return everything(x.steps, outputs)


def _mask_reaches(
    mask: Tensors | None, time: int | None, band: Band, outputs: Expr
) -> tuple[Reach, ...]:
    if mask is None:
        return ()
    reaches = [everything(x.steps, outputs) for x in mask]
    if time == -2 and mask[0].time == mask[0].rank - 1:
        reaches[0] = each(mask[0].steps)
    if time == -2 and mask[1].time == mask[1].rank - 1:
        reaches[1] = band.values
    return tuple(reaches)


def _reads(band: Band, query: Tensor, attended: bool) -> Reads:
    """In a word, what a query step uses; where query and value differ, of the query itself."""
    if query.time is None:
        return "all"
    if not attended or band.steps != band.outputs:
        return "each"
    if band.width is not None:
        return "window"
    return "prefix" if band.causal else "all"


def _remark(roles: Roles, band: Band, *, attended: bool) -> str:
    remarks = []
    if attended and band.steps != band.outputs:
        steps = band.steps.plain().text()
        which = "steps 0…t" if band.causal else f"all {steps} steps"
        if band.width is not None:
            which = f"the steps near t, fewer than {band.width.plain().text()} away,"
        remarks.append(f"each attends to {which} of the value, which has {steps}")
    if band.causal and attended:
        remarks.append("causal: no step attends to a later one")
    if roles.value.masked or roles.key.masked:
        remarks.append("nothing attends to masked steps")
    return "; ".join(remarks)


@dataclass(frozen=True, slots=True)
class Heads:
    """How many heads, and of what size, the projections of a multi-head attention have."""

    query: Size
    value: Size
    key_dim: Size
    value_dim: Size


def heads(
    roles: Roles,
    sizes: Heads,
    *,
    masks: dict[str, Tensor | None],
    own_key: bool,
    outputs: tuple[Expr, ...],
    axes: Axes | None,
    causal: bool,
    width: Size | None,
    scores: bool,
    dropout: float,
    flash: bool,
    use_bias: bool,
    use_gate: bool,
    scores_size: Expr | None = None,
) -> Facts:
    """Facts of attention in several heads, between projections that work on the features."""
    query, value, key = roles.all
    _check_heads(roles, dropout=dropout, flash=flash, scores=scores)
    # Keras takes a quick way for three axes: it attends over axis 1, whatever the axes say.
    quick = query.rank == 3 and not dropout and not scores
    axis = _attended_axes(query.rank, axes, quick=quick)
    masked = causal or width is not None or any(x is not None for x in masks.values())
    if masked and not quick:
        _check_mask(roles, axis)
    along = axis[0] if len(axis) == 1 else 1
    band = Band(
        value.shape[along],
        query.shape[along],
        causal=causal,
        width=None if width is None else as_expr(width),
        quick=quick,
    )
    shape = (*query.shape[:-1], *(outputs or (query.features,)))
    time = _time_of_heads(roles, axis)
    output = query.to(
        *shape, time=time, fold=None, holds=roles.holds if time is None else "",
    )  # fmt: skip
    attending = time is not None and time in axis
    queries = _in_heads(query, time, band.queries if attending else None, output.steps)
    if use_gate and time is not None and query.time == time:
        queries = each(query.steps)
    values = _in_heads(value, time, band.values if attending else None, output.steps)
    keys = _in_heads(key, time, band.keys if attending else None, output.steps)
    reading: dict[str, Reach | tuple[Reach, ...]] = {
        "query": queries,
        "value": values if own_key else values | keys,
    }
    if own_key:
        reading["key"] = keys
    reading |= _masks_read(masks, time if attending else None, band, output.steps)
    tensors: list[Tensor] = [output]
    readings: list[Reading] = [reading]
    remark = _remark(roles, band, attended=attending)
    if scores:
        size = query.shape[1] if scores_size is None else scores_size
        kept = query.rank == 3 and time == 1 and query.time == 1 and axis == (1,)
        tensors.append(
            query.to(
                query.shape[0], sizes.query, query.shape[1], size,
                time=2 if kept else None, fold=None, holds="" if kept else roles.holds,
            )
        )  # fmt: skip
        readings.append(_scores_read(reading, roles, band, kept=kept, own_key=own_key))
        if query.rank > 3 or not agree(size, value.shape[1]):
            remark = "; ".join(filter(None, [remark, SCORES]))
    places = prod(query.shape[1:-1])
    others = prod(value.shape[a] if 0 < a < value.rank - 1 else as_expr(1) for a in axis)
    return Facts(
        outputs=tuple(tensors),
        reads=_reads(band, query, attending),
        reaches=tuple(readings),
        weights=_projections(roles, sizes, shape[query.rank - 1 :], use_bias, use_gate),
        applications=places,
        products=places * others * sizes.query * (as_expr(sizes.key_dim) + sizes.value_dim),
        remark=remark,
    )


SCORES = (
    "Keras states another shape for the scores than they have: (batch, heads, …, …) of the query"
)
"""MultiHeadAttention.compute_output_spec takes the query's axis 1 for both sides of the scores."""


def _check_heads(roles: Roles, *, dropout: float, flash: bool, scores: bool) -> None:
    query, value, key = roles.all
    if flash and dropout:
        refuse(
            "has no dropout with flash attention",
            received=f"dropout {dropout:g}",
            expected="dropout 0 where flash_attention is true",
            argument="dropout",
            about="value",
        )
    if flash and scores:
        refuse(
            "puts out no scores with flash attention",
            expected="flash_attention: false where return_attention_scores is true",
            argument="flash_attention",
            about="value",
        )
    for x in roles.all:
        need_min_rank(x, 3, "(batch, time, features)")
        need_known(x.features, "the number of features")
        if x.rank != query.rank:
            refuse(
                "needs query, value and key with equally many axes:"
                f" {shape_text(query.shape)}, {shape_text(x.shape)}",
                argument="from",
                about="rank",
            )
    # Keras compares sizes that are not known as well: unknown fits unknown only.
    if [s.value for s in value.shape[1:-1]] != [s.value for s in key.shape[1:-1]]:
        _refuse_steps(roles)


def _attended_axes(rank: int, axes: Axes | None, *, quick: bool) -> tuple[int, ...]:
    """The axes whose positions attend to each other, as Keras counts them.

    It counts after the projection, where the heads are axis rank−1: it attends over batch or heads
    as well, if they are named.
    """
    if axes is None:
        return tuple(range(1, rank - 1))
    named = axes if isinstance(axes, tuple) else (axes,)
    for axis in named:
        if not -2 * rank - 1 <= axis <= rank:
            _refuse_axis(named, rank)
    counted = tuple((axis if axis >= 0 else axis + rank) % (rank + 1) for axis in named)
    if quick:
        return (1,)
    if not counted or len(set(counted)) < len(counted) or rank in counted:
        _refuse_axis(named, rank)
    return counted


def _refuse_axis(axes: tuple[int, ...], rank: int) -> None:
    refuse(
        f"cannot attend over the axes {list(axes)} of tensors with {rank} axes",
        received=str(list(axes)),
        expected=f"different axes from 1 to {rank - 2}",
        argument="attention_axes",
        about="value",
    )


def _check_mask(roles: Roles, axes: tuple[int, ...]) -> None:
    """Refuse a mask where Keras cannot lay it over the scores: it has the sizes of axis 1."""
    if len(axes) == 1 and 0 < axes[0] < roles.query.rank - 1:
        sides = (roles.query, roles.value)
        if all(x.shape[1].value == 1 or agree(x.shape[1], x.shape[axes[0]]) for x in sides):
            return
    refuse(
        "cannot use a mask here: Keras makes it for attention over axis 1 alone",
        received=f"attention over the axes {list(axes)}",
        expected="attention_axes: 1, or no mask",
        argument="attention_axes",
        about="value",
    )


def _time_of_heads(roles: Roles, axes: tuple[int, ...]) -> int | None:
    query, value = roles.query, roles.value
    inner = range(1, query.rank - 1)
    if query.time in inner:
        return query.time
    return value.time if value.time in inner and value.time not in axes else None


def _in_heads(x: Tensor, time: int | None, along: Reach | None, outputs: Expr) -> Reach:
    if time is None or x.time != time:
        return everything(x.steps, outputs)
    return each(x.steps) if along is None else along


def _masks_read(
    masks: dict[str, Tensor | None], time: int | None, band: Band, outputs: Expr
) -> dict[str, Reach | tuple[Reach, ...]]:
    found: dict[str, Reach | tuple[Reach, ...]] = {}
    for name, mask in masks.items():
        if mask is None:
            continue
        reach = everything(mask.steps, outputs)
        if time == 1 and mask.time is not None:
            if name == "query_mask":
                reach = Reach()  # Keras takes the mask that the query carries instead
            elif name == "attention_mask" and mask.time == mask.rank - 2:
                reach = each(mask.steps)
            elif mask.time == mask.rank - 1:
                reach = band.values
        found[name] = reach
    return found


def _scores_read(
    reading: dict[str, Reach | tuple[Reach, ...]],
    roles: Roles,
    band: Band,
    *,
    kept: bool,
    own_key: bool,
) -> dict[str, Reach | tuple[Reach, ...]]:
    """What the scores read: query and key; not the value, unless it is the key."""
    query, _, key = roles.all
    compared = band.keys if kept and key.time == 1 else everything(key.steps, band.outputs)
    found = {
        **reading,
        "query": band.queries if kept else everything(query.steps),
        "value": Reach() if own_key else compared,
    }
    if own_key:
        found["key"] = compared
    return found


def _projections(
    roles: Roles, sizes: Heads, outputs: Sequence[Expr], use_bias: bool, use_gate: bool
) -> tuple[Weight, ...]:
    query, value, key = roles.all
    asking, keys = (sizes.query, sizes.key_dim), (sizes.value, sizes.key_dim)
    values = (sizes.value, sizes.value_dim)
    result = (sizes.query, sizes.value_dim)
    found = [
        ("query", (query.features,), asking, query),
        ("key", (key.features,), keys, key),
        *([("gate", (query.features,), result, query)] if use_gate else []),
        ("value", (value.features,), values, value),
        ("attention_output", result, tuple(outputs), query),
    ]
    weights = []
    for name, inputs, made, x in found:
        used = prod(x.shape[1:-1])
        weights.append(Weight(f"{name}/kernel", (*inputs, *made), used))
        if use_bias:
            weights.append(Weight(f"{name}/bias", made))
    return tuple(weights)
