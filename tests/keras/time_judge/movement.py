"""What moves: input steps of a real model are changed, in several data, with several weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import keras

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.keras.time_judge.real_model import RealModel

TOLERANCE = 1e-12
"""Below this, relative to the values, a change is rounding."""

CANCELLED = 1e-9
"""The same, where a normalization makes large what is left of copies less their mean."""

HIGH = 6
"""Integers are drawn below this; an Embedding has more rows."""

MASKINGS = (
    "none",
    "none",
    "none",
    "some",
    "first",
    "last",
    "most",
    "all but last",
    "all but first",
)
"""Which steps of an input are padding, in one set of data after the other."""

UNMASKED = MASKINGS.count("none")
"""So many sets come first in which no step is padding."""


class Effort(NamedTuple):
    """In which data, and how, each step is changed."""

    maskings: tuple[str, ...]
    changes: tuple[str, ...]


ALL = Effort(MASKINGS, ("up", "down", "far up", "far down", "near", "padding"))
FEW = Effort(("none", "some"), ("up", "far down", "padding"))


class Draw(NamedTuple):
    """One try with new weights; `calm`: such that states are kept over all steps.

    `bare`: without biases, as Keras begins: a recurrent layer then returns 0 as long as it reads
    zeros, and a Masking behind it finds those. `apart`: each sample in a batch with one and the
    same other, where samples of a batch are mixed. `tolerance`: what is rounding.
    """

    random: np.random.Generator
    effort: Effort
    calm: bool
    bare: bool = False
    apart: bool = False
    tolerance: float = TOLERANCE


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
    outputs: Sequence[str],
    axes: Mapping[str, int | None],
    moved: Moved,
    draw: Draw,
) -> None:
    """Give the model new weights, change each step in all data, and note what moved.

    `axes` are the time axes of all tensors that are looked at, by name.
    """
    random, effort, calm = draw.random, draw.effort, draw.calm
    model.set_weights(random, calm=calm, bare=draw.bare)
    data = [draw_data(model, masking, random, small=calm) for masking in effort.maskings]
    trials = [(name, step) for name, steps in moved.changed.items() for step in steps]
    arrays: dict[str, list[Any]] = {name: [] for name in model.inputs}
    for base in data:
        samples = [base]
        for change in effort.changes:
            samples += [_changed(base, name, step, change, random) for name, step in trials]
        for name in model.inputs:
            arrays[name].append(np.stack([sample[name] for sample in samples]))
    batch = {name: np.concatenate(parts) for name, parts in arrays.items()}
    if draw.apart:
        found = _run_apart(model, outputs, batch, axes)
    else:
        found = model.run(outputs, batch).tensors
    for tensor, axis in axes.items():
        table = _table(found[tensor], axis, len(trials), draw)
        first = 0
        for name, steps in moved.changed.items():
            moved.add((tensor, name), table[:, first : first + len(steps)])
            first += len(steps)


def mixes_samples(model: RealModel, outputs: Sequence[str], random: np.random.Generator) -> bool:
    """Whether what a sample becomes depends on the others of its batch.

    An attention whose value is a vector takes the samples for its steps.
    """
    model.set_weights(random, calm=False)
    one, other = (draw_data(model, "none", random, small=True) for _ in range(2))
    batch = {name: np.stack([one[name], other[name]]) for name in one}
    alone = model.run(outputs, {name: each[:1] for name, each in batch.items()}).tensors
    both = model.run(outputs, batch).tensors
    return any(
        not np.allclose(both[name][:1], each, rtol=1e-6, atol=1e-9) for name, each in alone.items()
    )


def _run_apart(
    model: RealModel,
    outputs: Sequence[str],
    batch: Mapping[str, Any],
    names: Iterable[str],
) -> dict[str, Any]:
    """Return these tensors, computed for each sample of a batch beside the first one."""
    count = len(next(iter(batch.values())))
    runs = [
        model.run(outputs, {name: each[[sample, 0]] for name, each in batch.items()}).tensors
        for sample in range(count)
    ]
    return {name: np.concatenate([each[name][:1] for each in runs]) for name in names}


def _table(output: Any, axis: int | None, trials: int, draw: Draw) -> Any:
    """Return which output steps (rows) moved in which trials (columns), in any data or change."""
    values = np.asarray(keras.ops.convert_to_numpy(output)).astype("float64")
    data, changes = map(len, draw.effort)
    values = values.reshape(data, 1 + changes * trials, *values.shape[1:])
    base, others = values[:, :1], values[:, 1:]
    room = np.maximum(1e-3, np.maximum(abs(base), abs(others))) * draw.tolerance
    hits = abs(others - base) > room
    hits = hits.reshape(data * changes, trials, *values.shape[2:]).any(axis=0)
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
        if len(shape) > 1 and "int" in str(x.dtype) and masking in ("some", "most"):
            array[random.random(shape) < 0.2] = 0
        arrays[name] = array
    return arrays


def _padded(steps: int, masking: str, random: np.random.Generator) -> Any:
    """Return which steps are padding: all of them only if asked, or of one step."""
    padded = np.zeros(steps, bool)
    if masking == "all":
        return ~padded
    if steps == 1:
        return np.full(1, masking in ("most", "all but last"))
    if masking == "some":
        padded = random.random(steps) < 0.3
    elif masking == "first":
        padded[: random.integers(1, max(2, steps // 2))] = True
    elif masking == "last":
        padded[-random.integers(1, max(2, steps // 2)) :] = True
    elif masking == "most":
        padded = random.random(steps) < 0.7
    elif masking == "all but last":
        padded[:-1] = True
    elif masking == "all but first":
        padded[1:] = True
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
