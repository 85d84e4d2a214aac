"""Functions of a model that is fed step by step: the source that `stream --twin` writes has these.

A tensor with steps comes as those of its steps that are new, None where there are none. What is
kept are tensors: earlier steps, states, keys and values, counters. `axis` is that of the steps.
"""

from __future__ import annotations

from inspect import signature
from typing import Any

import keras
from keras import ops


def cut(x: Any, start: int, stop: int | None, axis: int) -> Any:
    """Return steps start to stop − 1."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def join(parts: Any, axis: int) -> Any:
    """Return steps one after another; None where there are none."""
    parts = [x for x in parts if x is not None and x.shape[axis]]
    if len(parts) < 2:
        return parts[0] if parts else None
    return ops.concatenate(parts, axis)


def after(kept: Any, new: Any, axis: int) -> Any:
    """Return the steps that were kept, then the new ones."""
    steps = join([kept, new], axis)
    return kept if steps is None else steps


def on_steps(layer: Any, *inputs: Any, **options: Any) -> Any:
    """Call a layer on the new steps, if there are some."""
    if any(x is None for x in keras.tree.flatten(list(inputs))):
        return None
    if isinstance(layer, keras.layers.Layer) and "training" in signature(layer.call).parameters:
        options["training"] = False
    return layer(*inputs, **options)


def aligned(kept: Any, new: Any, axes: Any) -> Any:
    """Return as many new steps of every tensor as all of them have, and those that wait."""
    steps = [after(*each) for each in zip(kept, new, axes, strict=True)]
    count = min(x.shape[axis] for x, axis in zip(steps, axes, strict=True))
    ready = [join([cut(x, 0, count, axis)], axis) for x, axis in zip(steps, axes, strict=True)]
    return ready, [cut(x, count, None, axis) for x, axis in zip(steps, axes, strict=True)]


def due(came: int, width: int, stride: int, ahead: int) -> Any:
    """Return where the next window ends in the steps that are kept, and how many were made.

    `came` steps have come; the first window has `width` steps and ends with step `ahead`.
    """
    made = max(0, (came - 1 - ahead) // stride + 1) if came else 0
    end = made * stride + ahead + 1
    return end - min(came, max(0, end - width)), made


def windows(kept: Any, new: Any, axis: int, *, size: Any, due: int, most: Any, end: Any) -> Any:
    """Return the windows that are complete, `most` at most, and what is still read of them.

    A window has how many of its steps are missing on both sides. `size` is its width and its
    stride; it ends before step `due` of what is kept and new. At the end of the input, `end` has
    its steps, those of the output, and the last step that the first output step reads.
    """
    if new is None and end is None:
        return [], kept
    steps = after(kept, new, axis)
    (width, stride), count = size, steps.shape[axis]
    found: list[Any] = []

    def window() -> Any:
        inside = cut(steps, min(max(0, due - width), count), min(max(0, due), count), axis)
        return inside, min(width, max(0, width - due)), min(width, max(0, due - count))

    while due <= count and (most is None or len(found) < most):
        found.append(window())
        due += stride
    if end is not None:
        inputs, outputs, first = end
        for _ in range(outputs - (inputs - 1 + due - count - first) // stride):
            found.append(window())
            due += stride
    unread = count if most is not None and len(found) >= most else max(0, due - width)
    return found, cut(steps, min(unread, count), None, axis)


def picked(layer: Any, window: Any, places: Any, axis: int, out_axis: int) -> Any:
    """Call a layer on one window and return the output step that reads just that.

    `places` has, by the steps that are missing: on how many steps the layer is called, where the
    window begins there, and which output step it is.
    """
    inside, left, right = window
    steps, begin, index = places[left, right]
    rest = steps - begin - inside.shape[axis]
    padding = [(begin, rest) if at == axis else (0, 0) for at in range(len(inside.shape))]
    return cut(layer(ops.pad(inside, padding)), index, index + 1, out_axis)


def convolved(layer: Any, window: Any, rate: int) -> Any:
    """Return one output step of a one-dimensional convolution; missing steps are zeros."""
    inside, left, right = window
    steps = ops.pad(inside, [(0, 0), (left, right), (0, 0)])[:, ::rate]
    y = ops.conv(steps, layer.kernel, padding="valid")
    return layer.activation(y + layer.bias if layer.use_bias else y)


def spread(
    layer: Any, steps: Any, axes: Any, *, repeats: int, shift: int, end: bool, made_for: Any
) -> Any:
    """Return what a layer that makes several output steps of one has made new.

    A layer that is `made_for` a number of steps is called on so many.
    """
    (kept, new), (axis, out_axis) = steps, axes
    steps = after(kept, new, axis)
    count, before = steps.shape[axis], 0 if new is None else new.shape[axis]
    if not count or not (before or end):
        return None
    first = max(0, repeats * (count - before) - shift)
    if not end:  # zeros behind them add nothing to those that are made
        zeros = 1 if made_for is None else made_for - count
        padding = [(0, zeros if at == axis else 0) for at in range(len(steps.shape))]
        steps = ops.pad(steps, padding)
    return cut(layer(steps), first, None if end else repeats * count - shift, out_axis)


def placed(layer: Any, x: Any, position: int, steps: int, axes: Any) -> Any:
    """Call a layer that is made for `steps` steps on some of them, from `position` on.

    It hands on the mask of these if it knows of masks.
    """
    if x is None:
        return None
    axis, out_axis = axes
    count = x.shape[axis]
    rest = (position, steps - position - count)
    padding = [rest if at == axis else (0, 0) for at in range(len(x.shape))]
    y = cut(layer(ops.pad(x, padding)), position, position + count, out_axis)
    return masked_by(y, mask_of(x) if layer.supports_masking else None)


def recur(cell: Any, x: Any, states: Any, mask: Any = None, output: Any = None) -> Any:
    """Return the output of a cell at each new step, and its states after the last one.

    A masked step changes no state, and its output is the one before (`output`).
    """
    outputs = []
    for step in range(0 if x is None else x.shape[1]):
        packed = states
        if hasattr(cell, "cells"):  # a stack takes the states of each cell by itself
            packed = keras.tree.pack_sequence_as(cell.state_size, states)
        y, changed = cell(x[:, step], packed, training=False)
        changed = keras.tree.flatten(changed)
        if mask is not None:
            here = mask[:, step]

            def where(new: Any, old: Any, here: Any = here) -> Any:
                shape = (-1, *[1] * (len(new.shape) - 1))
                return ops.where(ops.reshape(here, shape), new, old)

            changed = [where(*each) for each in zip(changed, states, strict=True)]
            output = y = where(y, ops.zeros_like(y) if output is None else output)
        states = changed
        outputs.append(y)
    returned = ops.stack(outputs, axis=1) if outputs else None
    return masked_by(returned, mask), states, output


def attend(queries: Any, keys: Any, values: Any, mask: Any = None) -> Any:
    """Return the mean of values by which keys a query is like: (batch, steps, heads, size).

    `mask` is False where a query does not see a key: (batch or 1, queries, keys).
    """
    repeats = queries.shape[2] // keys.shape[2]
    keys, values = (ops.repeat(x, repeats, axis=2) for x in (keys, values))
    scores = ops.einsum("bqhd,bkhd->bhqk", queries, keys) / queries.shape[3] ** 0.5
    if mask is not None:
        scores = ops.where(mask[:, None], scores, -1e9)
    weights = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
    weights /= ops.sum(weights, axis=-1, keepdims=True)
    return ops.einsum("bhqk,bkhd->bqhd", weights, values)


def crossed(of_queries: Any, of_values: Any) -> Any:
    """Return which values each query sees, by the masks of both: (batch, queries, values)."""
    if of_queries is None or of_values is None:
        return of_values[:, None] if of_queries is None else of_queries[:, :, None]
    return of_queries[:, :, None] & of_values[:, None]


def over_cache(ask: Any, query: Any, cache: Any, own: int, seen: Any) -> Any:
    """Return what each query step makes of the steps of a cache that it attends to.

    `own` is the place of the first query step in the cache, `seen` how many steps before (None:
    all) and after a step it sees.
    """
    before, ahead = seen
    outputs = []
    for step in range(0 if query is None else query.shape[1]):
        first = 0 if before is None else max(0, own + step - before)
        steps = [cut(x, first, own + step + ahead + 1, 1) for x in cache]
        outputs.append(ask(cut(query, step, step + 1, 1), *steps))
    return join(outputs, 1)


def of_masked_queries(y: Any, mask: Any) -> Any:
    """Return zeros where a query step is masked, with its mask."""
    if y is not None and mask is not None:
        y *= ops.cast(mask, y.dtype)[..., None]
    return masked_by(y, mask)


def mask_of(x: Any) -> Any:
    """Return the mask that Keras hands on with a tensor."""
    return getattr(x, "_keras_mask", None)


def masked_by(y: Any, mask: Any) -> Any:
    """Return a tensor, with a mask if there is one."""
    if y is not None and mask is not None:
        y._keras_mask = mask
    return y


def counter(number: int) -> Any:
    """Return a number of steps as it is kept."""
    return ops.convert_to_tensor(number, "int32")
