"""Attention in several heads, between learned projections; and what all attention has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, Size, as_expr, prod
from seqinspect.errors import refuse
from seqinspect.model.facts import (
    Carried,
    Facts,
    Reading,
    Reads,
    Tensor,
    Tensors,
    TimeSummary,
    Weight,
)
from seqinspect.model.remarks import AttendsNear, AttendsTo, Peculiarity
from seqinspect.records import dataclass
from seqinspect.rules import bands
from seqinspect.rules.bands import Band
from seqinspect.rules.shapes import agree, as_known, need_known, need_min_rank, shape_text
from seqinspect.time.reach import Reach, each, everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.remarks import Remark
    from seqinspect.rules.arguments import Axes


@dataclass(frozen=True, slots=True)
class AttentionInputs:
    """Who asks (query), what is compared with it (key), and what is averaged (value).

    `own_key`: the key is a tensor of its own; otherwise it is the value.
    """

    query: Tensor
    value: Tensor
    key: Tensor
    own_key: bool

    @property
    def all(self) -> Tensors:
        """Query, value and key."""
        return (self.query, self.value, self.key)

    @property
    def time_summary(self) -> TimeSummary:
        """What an output without time axis knows of time."""
        if any(x.stepped for x in self.all):
            return "all"
        words = {x.time_summary for x in self.all} - {""}
        return "" if not words else "all" if len(words) > 1 else next(iter(words))


@dataclass(frozen=True, slots=True)
class Heads:
    """How many heads, and of what size, the projections of a multi-head attention have."""

    query: Size
    value: Size
    key_dim: Size
    value_dim: Size


@dataclass(frozen=True, slots=True)
class AttentionOptions:
    """How a multi-head attention is configured and called."""

    axes: Axes | None = None
    outputs: tuple[Expr, ...] = ()
    causal: bool = False
    width: Expr | None = None
    scores: bool = False
    dropout: float = 0.0
    flash: bool = False
    use_bias: bool = True
    use_gate: bool = False


def heads(
    tensors: AttentionInputs,
    sizes: Heads,
    options: AttentionOptions,
    masks: Mapping[str, Tensor | None],
    scores_size: Expr | None = None,
) -> Facts:
    """Facts of attention in several heads, between projections that work on the features."""
    query, value, key = tensors.all
    _check(tensors, options)
    # Keras takes a quick way for three axes: it attends over axis 1, whatever the axes say.
    quick = query.rank == 3 and not options.dropout and not options.scores
    axes = attended_axes(query.rank, options.axes, quick=quick)
    _check_sizes(tensors, axes)
    _check_masks(tensors, sizes, axes, options, masks, quick=quick)
    time = _time_axis(tensors, axes)
    attended = time if time in axes else axes[0] if len(axes) == 1 else None
    over = attended if attended is not None and 0 < attended < query.rank - 1 else 1
    masked = any(mask is not None for mask in masks.values())
    sides = (value.shape[over], query.shape[over])
    alike = Band.of_copies(key, attended)
    band = Band(*sides, options.causal, options.width, quick, masked, alike=alike)
    shape = (*query.shape[:-1], *(options.outputs or (query.features,)))
    summary = "" if time is not None else tensors.time_summary
    output = query.to(*shape, time=time, fold=None, time_summary=summary)
    reading = _reading(tensors, band, time, attended, output.steps, scores=False)
    if options.use_gate:
        own = query.time is not None and query.time == time
        gate = band.gated() if own else everything(query.steps, output.steps)
        reading["query"] = reading["query"] | gate
    outputs: list[Tensor] = [output]
    readings: list[Reading] = [
        {**reading, **_masks_read(masks, time if time == attended else None, band, output.steps)}
    ]
    remarks = [*attention_remarks(tensors, band, attended=time is not None and time == attended)]
    if options.scores:
        size = query.shape[1] if scores_size is None else scores_size
        scores_timed = query.rank == 3 and query.time == 1 and axes == (1,)
        scores = query.to(
            query.shape[0], sizes.query, query.shape[1], size,
            time=2 if scores_timed else None, fold=None,
            time_summary="" if scores_timed else tensors.time_summary,
        )  # fmt: skip
        outputs.append(scores)
        steps = 1 if scores_timed else None
        reading = _reading(tensors, band, steps, attended, scores.steps, scores=True)
        readings.append({**reading, **_masks_read(masks, steps, band, scores.steps)})
        if query.rank > 3 or not agree(size, value.shape[1]):
            remarks.append(Peculiarity.SCORES_OF_QUERY_ONLY)
    places = prod(query.shape[1:-1])
    others = prod(value.shape[axis] for axis in axes if 0 < axis < value.rank - 1)
    return Facts(
        outputs=tuple(outputs),
        reads=reads(band, query, attended=time is not None and time == attended),
        reaches=tuple(readings),
        weights=_projections(tensors, sizes, shape[query.rank - 1 :], options),
        applications=places,
        products=places * others * sizes.query * (as_expr(sizes.key_dim) + sizes.value_dim),
        remarks=tuple(remarks),
        carried=(
            Carried("key", (sizes.value, sizes.key_dim), per_step=True),
            Carried("value", (sizes.value, sizes.value_dim), per_step=True),
        )
        if query.rank == 3
        else (),
    )


def _check(tensors: AttentionInputs, options: AttentionOptions) -> None:
    query, value, key = tensors.all
    if options.flash and options.dropout:
        refuse(
            "has no dropout with flash attention",
            received=f"dropout {options.dropout:g}",
            expected="dropout 0 where flash_attention is true",
            argument="dropout",
            about="value",
        )
    if options.flash and options.scores:
        refuse(
            "returns no scores with flash attention",
            expected="flash_attention: false where return_attention_scores is true",
            argument="flash_attention",
            about="value",
        )
    for x in tensors.all:
        if options.axes is None or x.rank < 2:  # vectors attend where axes are named: to each other
            need_min_rank(x, 3, "(batch, time, features)")
        need_known(x.features, "the number of features")
        if x.rank != query.rank:
            refuse_ranks(tensors)
    # Keras compares sizes that are not known as well: unknown fits unknown only.
    pairs = zip(value.shape[1:-1], key.shape[1:-1], strict=True)
    if not all(as_known(a, b) for a, b in pairs):
        refuse_steps(tensors)


def refuse_ranks(tensors: AttentionInputs) -> None:
    """Refuse tensors that have not equally many axes."""
    shapes = ", ".join(shape_text(x.shape) for x in tensors.all[: 2 + tensors.own_key])
    refuse(
        f"needs query, value and key with equally many axes: {shapes}",
        received=shapes,
        expected="one rank",
        argument="from",
        about="rank",
    )


def refuse_steps(tensors: AttentionInputs) -> None:
    """Refuse a key that has not one step for each of the value."""
    refuse(
        "needs a key for every step of the value",
        received=f"value {shape_text(tensors.value.shape)}, key {shape_text(tensors.key.shape)}",
        expected="the same sizes, but for the features",
        argument="from",
        about="shape",
    )


def attended_axes(rank: int, axes: Axes | None, *, quick: bool) -> tuple[int, ...]:
    """The axes whose positions attend to each other, as Keras counts them.

    It counts after the projection, where the heads are axis rank−1: it attends over batch or heads
    as well, if they are named.
    """
    if axes is None:
        return tuple(range(1, rank - 1))
    named = axes if isinstance(axes, tuple) else (axes,)
    for axis in named:
        if not -2 * rank - 1 <= axis <= rank:
            _refuse_axes(named, rank)
    counted = tuple((axis if axis >= 0 else axis + rank) % (rank + 1) for axis in named)
    if quick:
        return (1,)
    if not counted or len(set(counted)) < len(counted) or rank in counted:
        _refuse_axes(named, rank)
    return counted


def _refuse_axes(axes: tuple[int, ...], rank: int) -> None:
    refuse(
        f"cannot attend over the axes {list(axes)} of tensors with {rank} axes",
        received=str(list(axes)),
        expected=f"different axes from 1 to {rank - 2}",
        argument="attention_axes",
        about="value",
    )


def _check_sizes(tensors: AttentionInputs, axes: tuple[int, ...]) -> None:
    """Refuse sizes that differ on an axis that is not attended over."""
    query, value, _ = tensors.all
    for axis in range(query.rank - 1):
        if axis not in axes and not agree(query.shape[axis], value.shape[axis]):
            shapes = f"{shape_text(query.shape)} and {shape_text(value.shape)}"
            refuse(
                f"attends over the axes {list(axes)}, and query and value differ on axis {axis}:"
                f" {shapes}",
                received=shapes,
                expected=f"one size on axis {axis}",
                argument="from",
                about="shape",
            )


def _check_masks(
    tensors: AttentionInputs,
    sizes: Heads,
    axes: tuple[int, ...],
    options: AttentionOptions,
    masks: Mapping[str, Tensor | None],
    *,
    quick: bool,
) -> None:
    """Refuse a mask where Keras cannot lay it over the scores: it has the sizes of axis 1."""
    mask = masks.get("attention_mask")
    sides = (tensors.query, tensors.value)
    if mask is not None and tensors.query.rank == 3:
        due_sizes = (sizes.query, *(x.shape[1] for x in sides))
        fits = mask.rank in (3, 4) and all(
            size.equals(1) or agree(size, due)
            for size, due in zip(mask.shape[:0:-1], due_sizes[::-1], strict=False)
        )
        if not fits:
            due = (mask.shape[0], tensors.query.shape[1], tensors.value.shape[1])
            refuse(
                f"needs an `attention_mask` (batch, query steps, value steps):"
                f" {shape_text(due)}, not {shape_text(mask.shape)}",
                received=shape_text(mask.shape),
                expected=shape_text(due),
                argument="attention_mask",
                about="shape",
            )
    masked = options.causal or options.width is not None or any(masks.values())
    if not masked or quick:
        return
    if (
        len(axes) == 1
        and 0 < axes[0] < tensors.query.rank - 1
        and all(x.shape[1].equals(1) or agree(x.shape[1], x.shape[axes[0]]) for x in sides)
    ):
        return
    refuse(
        "cannot use a mask here: Keras makes it for attention over axis 1 alone",
        received=f"attention over the axes {list(axes)}",
        expected="attention_axes: 1, or no mask",
        argument="attention_axes",
        about="value",
    )


def _time_axis(tensors: AttentionInputs, axes: tuple[int, ...]) -> int | None:
    query, value = tensors.query, tensors.value
    inner = range(1, query.rank - 1)
    if query.time in inner:
        return query.time
    return value.time if value.time in inner and value.time not in axes else None


def _reading(
    tensors: AttentionInputs,
    band: Band,
    time: int | None,
    attended: int | None,
    outputs: Expr,
    *,
    scores: bool,
) -> dict[str, Reach]:
    """What is read of query, value and key; the scores are not made from the value."""

    def read(role: bands.Role, x: Tensor) -> Reach:
        return band.read(role, x, bands.Axes(x.time, time, attended), outputs)

    key = read("key", tensors.key)
    value = Reach() if scores else read("value", tensors.value)
    if not tensors.own_key and scores:
        value = key  # otherwise the value reads all that the key does
    # The value comes first: what a query step attends to is what a row says.
    found = {"value": value, "query": read("query", tensors.query)}
    return found | {"key": key} if tensors.own_key else found


def _masks_read(
    masks: Mapping[str, Tensor | None], time: int | None, band: Band, outputs: Expr
) -> dict[str, Reach]:
    found: dict[str, Reach] = {}
    for name, mask in masks.items():
        if mask is None:
            continue
        reach = everything(mask.steps, outputs)
        if time == 1 and mask.time is not None:
            if name == "query_mask" or (name == "attention_mask" and mask.time == mask.rank - 2):
                reach = each(mask.steps)
            elif mask.time == mask.rank - 1:
                reach = band.along("mask")
        found[name] = reach
    return found


def _projections(
    tensors: AttentionInputs, sizes: Heads, outputs: Sequence[Expr], options: AttentionOptions
) -> tuple[Weight, ...]:
    query, value, key = tensors.all
    query_heads, value_heads = (sizes.query, sizes.key_dim), (sizes.query, sizes.value_dim)
    found: list[tuple[str, tuple[Size, ...], tuple[Size, ...], Tensor]] = [
        ("query", (query.features,), query_heads, query),
        ("key", (key.features,), (sizes.value, sizes.key_dim), key),
        ("gate", (query.features,), value_heads, query),
        ("value", (value.features,), (sizes.value, sizes.value_dim), value),
        ("attention_output", value_heads, tuple(outputs), query),
    ]
    weights = []
    for name, inputs, made, x in found:
        if name == "gate" and not options.use_gate:
            continue
        weights.append(Weight(f"{name}/kernel", (*inputs, *made), prod(x.shape[1:-1])))
        if options.use_bias:
            weights.append(Weight(f"{name}/bias", made))
    return tuple(weights)


def reads(band: Band, query: Tensor, *, attended: bool) -> Reads:
    """In a word, what a query step uses; where query and value differ, of the query itself."""
    if query.time in {None, query.rank - 1}:  # as features, the steps are mixed
        return "all"
    if not attended or (band.steps != band.outputs and not band.alone):
        return "each"
    if band.may_see_all:
        return "all"
    if band.width is not None:
        return "window"
    return "prefix" if band.causal else "all"


def attention_remarks(tensors: AttentionInputs, band: Band, *, attended: bool) -> Iterator[Remark]:
    """Yield what attention has to say of the value's steps, and of masks."""
    if band.may_see_all:
        yield Peculiarity.MASKED_ATTEND_TO_ALL
        return
    if attended and band.width is not None:
        yield AttendsNear(band.width, None if band.steps == band.outputs else band.steps)
    elif attended and band.steps != band.outputs:
        yield AttendsTo(band.steps, band.causal)
    if attended and band.causal:
        yield Peculiarity.NO_LATER_STEP
