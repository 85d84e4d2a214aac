"""One call of a real model by itself: which steps of what it reads move which of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import keras
from tests.keras.time_judge.movement import TOLERANCE, UNMASKED
from tests.keras.time_judge.real_model import call_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.keras.time_judge.real_model import Call, Run

FAR = (3, -3, 30, -30, 0.3)
"""How far a step is moved, from case to case."""


def mixes(
    run: Run,
    name: str,
    source: str,
    axis: int | None,
    masked_by: str | None = None,
    *,
    itself: bool = True,
) -> tuple[bool, bool] | None:
    """Whether a call mixes masked steps into others: without its masks, and with them.

    What a step holds is changed and its mask is left as it is. Steps that are masked in what the
    call returns are not looked at (those of a query, not of the value that it attends to), nor are
    samples all of whose steps are masked. `axis` is that of the steps of what it returns first;
    there, a step may read `itself` (not a query the value's step of its number). `masked_by`, of
    attention, has the mask if the source has none.
    None where there is no mask of (batch, steps), or no step is masked.
    """
    mask, tensor = run.masks.get(source), run.tensors[source]
    mask = run.masks.get(masked_by or "") if mask is None else mask
    if mask is None or len(mask.shape) != 2 or len(tensor.shape) < 3:
        return None
    kept = keras.ops.convert_to_numpy(mask).astype(bool)
    some = kept.any(axis=1)
    if kept[some].all():
        return None
    x = keras.ops.convert_to_numpy(tensor)
    steps = x.shape[1]
    random = np.random.default_rng(0)
    arrays = []
    for step in range(steps):
        array = x.copy()
        chosen = some & ~kept[:, step]
        array[chosen, step] += random.normal(0, 2, array[chosen, step].shape)
        arrays.append(array)
    own = run.masks.get(name)
    returned = None if own is None else keras.ops.convert_to_numpy(own).astype(bool)
    mixed = [False, False]
    for masked in (0, 1):
        outputs = _call_on(run.calls[name], tensor, [x, *arrays], masked=bool(masked))
        for index, (base, others) in enumerate(outputs):
            if index and masked_by is not None:
                break  # scores: a masked query has none, where the first output is masked, too
            hits = _differ(base, others)
            if not index and axis not in (None, 1):
                hits = np.moveaxis(hits, axis + 1, 2)
            if hits.ndim > 3 and hits.shape[2] == steps:
                for step in range(steps) if itself else ():
                    hits[step, :, step] = False
            if (
                returned is not None
                and hits.ndim > 3
                and returned.shape == hits.shape[1:3]
                and (returned.shape == kept.shape or masked_by is not None)  # a query has its own
            ):
                hits[:, ~returned] = False
            mixed[masked] |= bool(hits.any())
    return mixed[0], mixed[1]


def own_moves(run: Run, name: str, source: str, axes: tuple[int, int | None]) -> tuple[Any, Any]:
    """Return (steps of its first output, steps of what it reads first): which move with which.

    `axes` are the time axes of the two. The first table is of unmasked samples, the second of all.
    """
    tensor = run.tensors[source]
    x = keras.ops.convert_to_numpy(tensor)
    random = np.random.default_rng(0)
    arrays = []
    for far in FAR:
        for step in range(x.shape[axes[0]]):
            array = np.moveaxis(x.copy(), axes[0], 1)
            array[:, step] += far * random.uniform(0.5, 1.5, array[:, step].shape)
            arrays.append(np.moveaxis(array, 1, axes[0]))
    base, others = next(_call_on(run.calls[name], tensor, [x, *arrays]))
    hits = _differ(base, others).reshape(len(FAR), -1, *base.shape).any(axis=0)
    tables = []
    for some in (hits[:, :UNMASKED], hits):
        if axes[1] is None:
            tables.append(some.reshape(1, len(some), -1).any(axis=2))
        else:
            moved = np.moveaxis(some, axes[1] + 1, 0)
            tables.append(moved.reshape(*moved.shape[:2], -1).any(axis=2))
    return tables[0], tables[1]


def _call_on(
    call: Call, source: Any, arrays: Sequence[Any], *, masked: bool = True
) -> Iterator[tuple[Any, Any]]:
    """Yield each output of a call for the first array in place of a source, and for the others.

    All of them go through the call at once, with the masks that it saw, or with none of a step.
    """
    count, (first, *_) = len(arrays), arrays

    def replaced(tensor: Any) -> Any:
        array = keras.ops.convert_to_numpy(tensor)
        if array.dtype == bool and not masked:
            array = np.ones_like(array)
        every = arrays if tensor is source else [array] * count
        return keras.ops.convert_to_tensor(np.concatenate(every))

    for output in call_again(call, replaced):
        values = keras.ops.convert_to_numpy(output).astype("float64")
        values = values.reshape(count, len(first), *values.shape[1:])
        yield values[0], values[1:]


def words_for(moves: Any) -> set[str]:
    """Return the words of `reads` that say just what moved; `window` says it with formulas."""
    outputs, steps = moves.shape
    t, s = np.arange(outputs)[:, None], np.arange(steps)[None, :]
    patterns = {
        "last": np.broadcast_to(s == steps - 1, moves.shape),
        "first": np.broadcast_to(s == 0, moves.shape),
        "all": np.ones(moves.shape, bool),
        "prefix": s <= t,
        "suffix": s >= steps - 1 - t,
        "none": np.zeros(moves.shape, bool),
    }
    words = {word for word, pattern in patterns.items() if (pattern == moves).all()}
    # Along time a Concatenate lays steps after each other: each output step is still one of them.
    if moves.sum(axis=1).max() == 1:
        words.add("each")
    return words


def _differ(one: Any, other: Any) -> Any:
    return abs(one - other) > TOLERANCE * np.maximum(1e-3, np.maximum(abs(one), abs(other)))
