"""Attention without projections: the tensors it is called on, and the facts of its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, prod
from seqinspect.errors import refuse
from seqinspect.model.facts import Carried, Facts, Reading, Tensor, Tensors, Weight
from seqinspect.model.remarks import Peculiarity
from seqinspect.rules import bands
from seqinspect.rules.bands import Band
from seqinspect.rules.heads import (
    AttentionInputs,
    attention_remarks,
    reads,
    refuse_ranks,
    refuse_steps,
)
from seqinspect.rules.shapes import agree, need_min_rank, shape_text
from seqinspect.time.reach import Reach, each, everything

if TYPE_CHECKING:
    from collections.abc import Sequence


ATTENDED = -2
"""The axis, from the end, whose positions an Attention attends to."""


def attention_inputs(inputs: Tensors, mask: Tensors | None, *, causal: bool) -> AttentionInputs:
    """Return the tensors of an Attention by their roles, once their shapes fit."""
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
    one, other = a.shape[axis], b.shape[axis]
    if broadcast and (one.equals(1) or other.equals(1)):
        return True
    if a.rank != b.rank and -axis in {a.rank, b.rank}:
        return one.equals(other) is True
    return agree(one, other)


def need_features(tensors: AttentionInputs, *, broadcast: bool) -> None:
    """Refuse a query and a key whose numbers of features differ; `broadcast`: 1 fits any."""
    a, b = tensors.query.features, tensors.key.features
    if agree(a, b) or (broadcast and (a.equals(1) or b.equals(1))):
        return
    refuse(
        f"compares a query of {a.plain().text()} features with a key of {b.plain().text()}",
        received=f"{shape_text(tensors.query.shape)} and {shape_text(tensors.key.shape)}",
        expected="the same number of features",
        remedy="bring them to one size with Dense first",
        argument="from",
        about="shape",
    )


def attended(
    tensors: AttentionInputs,
    weights: Sequence[Weight],
    scoring: Expr,
    *,
    causal: bool,
    mask: Tensors | None,
) -> Facts:
    """Return what attention without projections states; `scoring`: multiply-adds of one score."""
    query, value, key = tensors.all
    masked = causal and mask is not None
    sides = (value.shape[ATTENDED], query.shape[ATTENDED])
    alike = Band.of_copies(key, key.rank + ATTENDED)
    band = Band(*sides, causal, quick=masked, masked=masked, adds=masked, alike=alike)
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
        carried=tuple(
            Carried(name, (x.features,), per_step=True)
            for name, x in (("key", key), ("value", value))[not tensors.own_key :]
        )
        if query.rank == value.rank == key.rank == 3
        else (),
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
        for index, found in ((0, each(mask[0].steps)), (1, band.along("mask"))):
            if mask[index].time == mask[index].rank - 1:
                read_masks[index] = found
    return {
        "inputs": (query, value, key) if tensors.own_key else (query, value),
        "mask": tuple(read_masks),
    }
