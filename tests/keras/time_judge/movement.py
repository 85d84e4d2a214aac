"""What moves: input steps of a real model are changed, in several data, with several weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import keras

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.keras.time_judge.real_model import Entry, RealModel, Run

TOLERANCE = 1e-12
"""Below this, relative to the values, a change is rounding."""

HIGH = 6
"""Integers are drawn below this; an Embedding has more rows."""

MASKINGS = ("none", "none", "none", "some", "first", "last", "most")
"""Which steps of an input are padding, in one set of data after the other."""

CHANGES = ("up", "down", "far up", "far down", "near", "padding")
"""How a step is changed."""


@dataclass
class Moved:
    """By tensor and input: which of its steps moved with which input step that was changed.

    `tables[tensor, input]` is (output steps, changed steps) of booleans; `changed[input]` are the
    steps that were changed.
    """

    changed: dict[str, tuple[int, ...]]
    tables: dict[tuple[str, str], Any] = field(default_factory=dict)

    def add(self, key: tuple[str, str], table: Any) -> None:
        known = self.tables.get(key)
        self.tables[key] = table if known is None else known | table


def timed_axes(model: RealModel) -> dict[str, int | None]:
    """Return which axis of each input counts steps, as docs/spec.md has it."""
    axes: dict[str, int | None] = {}
    for name, x in model.inputs.items():
        counts = len(x.shape) >= 3 or "int" in str(x.dtype)
        axes[name] = 1 if counts else None
    return axes


def move(
    model: RealModel,
    axes: Mapping[str, int | None],
    moved: Moved,
    random: np.random.Generator,
    *,
    calm: bool,
) -> None:
    """Give the model new weights, change each step in all data, and note what moved.

    `axes` are the time axes of all tensors that are looked at, by name.
    """
    model.set_weights(random, calm=calm)
    data = [draw_data(model, masking, random, small=calm) for masking in MASKINGS]
    trials = [(name, step) for name, steps in moved.changed.items() for step in steps]
    arrays: dict[str, list[Any]] = {name: [] for name in model.inputs}
    for base in data:
        samples = [base]
        for change in CHANGES:
            samples += [_changed(base, name, step, change, random) for name, step in trials]
        for name in model.inputs:
            arrays[name].append(np.stack([sample[name] for sample in samples]))
    run = model.run({name: np.concatenate(parts) for name, parts in arrays.items()})
    for tensor, axis in axes.items():
        table = _table(run.tensors[tensor], axis, len(data), len(trials))
        first = 0
        for name, steps in moved.changed.items():
            moved.add((tensor, name), table[:, first : first + len(steps)])
            first += len(steps)


def _table(output: Any, axis: int | None, data: int, trials: int) -> Any:
    """Return which output steps (rows) moved in which trials (columns), in any data or change."""
    values = np.asarray(keras.ops.convert_to_numpy(output)).astype("float64")
    values = values.reshape(data, 1 + len(CHANGES) * trials, *values.shape[1:])
    base, others = values[:, :1], values[:, 1:]
    room = np.maximum(1e-3, np.maximum(abs(base), abs(others))) * TOLERANCE
    hits = abs(others - base) > room
    hits = hits.reshape(data * len(CHANGES), trials, *values.shape[2:]).any(axis=0)
    if axis is None:
        return hits.reshape(trials, -1).any(axis=1)[None, :]
    hits = np.moveaxis(hits, axis, 1)
    return hits.reshape(trials, hits.shape[1], -1).any(axis=2).T


def draw_data(
    model: RealModel, masking: str, random: np.random.Generator, *, small: bool
) -> dict[str, Any]:
    arrays = {}
    for name, x in model.inputs.items():
        shape = tuple(x.shape[1:])
        if "int" in str(x.dtype):
            array: Any = random.integers(1, HIGH, shape, "int32")
        else:
            array = random.normal(0, 0.3 if small else 1.0, shape)
        if len(shape) > 1 or "int" in str(x.dtype):
            array[_padded(shape[0], masking, random)] = 0
        if len(shape) > 1 and "int" in str(x.dtype) and masking != "none":
            array[random.random(shape) < 0.2] = 0
        arrays[name] = array
    return arrays


def _padded(steps: int, masking: str, random: np.random.Generator) -> Any:
    """Return which steps are padding: never all of them."""
    padded = np.zeros(steps, bool)
    if masking == "some":
        padded = random.random(steps) < 0.3
    elif masking == "first":
        padded[: random.integers(1, max(2, steps // 2))] = True
    elif masking == "last":
        padded[-random.integers(1, max(2, steps // 2)) :] = True
    elif masking == "most":
        padded = random.random(steps) < 0.7
    if padded.all():
        padded[random.integers(0, steps)] = False
    return padded


def _changed(
    base: Mapping[str, Any], name: str, step: int, change: str, random: np.random.Generator
) -> dict[str, Any]:
    array = base[name].copy()
    value = array[step]
    if change == "padding":
        array[step] = 0
    elif "int" in str(array.dtype):
        others = random.integers(1, HIGH - 1, np.shape(value), "int32")
        array[step] = others + (others >= value)  # any but the value, and not 0
    else:
        far = random.uniform(2, 5, value.shape) * (20 if change.startswith("far") else 1)
        down = change.endswith("down")
        near = random.normal(0, 1, value.shape)
        array[step] = near if change == "near" else value + far * (-1 if down else 1)
    return {**base, name: array}


def mixes(
    model: RealModel,
    entry: Entry,
    run: Run,
    source: str,
    random: np.random.Generator,
) -> tuple[bool, bool] | None:
    """Whether one call mixes other steps into a step: unmasked ones, and masked ones.

    What a step holds is changed and its mask is left as it is; steps whose own mask is set are not
    looked at. None where the source has no mask of (batch, steps), or no step is masked.
    """
    mask, tensor = run.masks[entry["name"], source], run.tensors[source]
    if mask is None or len(mask.shape) != 2 or len(tensor.shape) < 3:
        return None
    kept = keras.ops.convert_to_numpy(mask).astype(bool)
    if kept.all():
        return None
    x = keras.ops.convert_to_numpy(tensor)
    base = _outputs(model.call_again(entry, run))
    found = []
    for which in (kept, ~kept):
        mixed = False
        for step in range(x.shape[1]):
            array = x.copy()
            chosen = which[:, step]
            array[chosen, step] += random.normal(0, 2, array[chosen, step].shape)
            changed = keras.ops.convert_to_tensor(array)
            after = _outputs(model.call_again(entry, run, **{source: changed}))
            for one, other in zip(base, after, strict=True):
                hits = abs(one - other) > TOLERANCE * np.maximum(1e-3, abs(one))
                if hits.ndim > 2 and hits.shape[1] == x.shape[1]:
                    hits[:, step] = False  # a step may read itself
                    hits[~kept] = False
                mixed = mixed or bool(hits.any())
        found.append(mixed)
    return found[0], found[1]


def _outputs(outputs: Sequence[Any]) -> list[Any]:
    return [keras.ops.convert_to_numpy(output).astype("float64") for output in outputs]
