"""Trials: which steps of a function's outputs move when one step of an input is changed.

All changes go through the function in one call. A sample of the batch is one trial: the first of a
draw is the base, each other one differs from it in one step of one input. Only the last one is the
base again: it shows whether equal samples have equal outputs. They do not where a weight has an
axis of the batch or where numbers are drawn by chance, and then nothing is said. Several draws with
new random numbers are united, since a maximum, a relu or a saturated gate may hide a change.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seqinspect.errors import refuse
from seqinspect.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TOLERANCE = 1e-11
"""Below this, relative to the values, a change is rounding: float64 has 16 digits."""

MAX_STEPS = 128
"""Steps of all inputs together; the experiment is for tiny models."""

MAX_NUMBERS = 4_000_000
"""Numbers in one tensor of all trials."""

HIGH = 4
"""Integers are drawn below this where no Embedding says otherwise."""

Table = tuple[tuple[bool, ...], ...]
"""For each output step, for each input step, whether it moved; one step where no axis is time."""


@dataclass(frozen=True, slots=True)
class TrialInput:
    """One input of the function under test: a shape without the batch, a dtype, its time axis.

    `time` counts the batch as axis 0; None perturbs the whole input at once. Integers are
    drawn below `high`. `some` are the steps that are changed, where not all of them are. `padding`
    is the value that a mask marks; where it is given, some draws have steps of it.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    time: int | None = None
    high: int = HIGH
    some: Sequence[int] | None = None
    padding: float | None = None

    @property
    def changed(self) -> Sequence[int]:
        """The steps that are changed, one after the other; one where the whole input is."""
        if self.time is None:
            return range(1)
        return range(self.shape[self.time - 1]) if self.some is None else self.some

    @property
    def range(self) -> tuple[int, int]:
        """From which number below which integers are drawn: not 0, which may be padding."""
        high = min(self.high, 100)
        return (1, high) if high > 2 else (0, high)


def moved_steps(
    function: Callable[[list[Any]], Sequence[Any]],
    inputs: Sequence[TrialInput],
    times: Sequence[int | None],
    *,
    draws: int,
    seed: int,
) -> list[list[Table]]:
    """Return for each output, for each input, which output steps moved with which input step."""
    return [
        [tuple(tuple(map(bool, row)) for row in changes > TOLERANCE) for changes in of_output]
        for of_output in step_changes(function, inputs, times, draws=draws, seed=seed)
    ]


def step_changes(
    function: Callable[[list[Any]], Sequence[Any]],
    inputs: Sequence[TrialInput],
    times: Sequence[int | None],
    *,
    draws: int,
    seed: int,
) -> list[list[Any]]:
    """Return for each output, for each input, how far its steps moved with each changed step.

    They are arrays (output steps, changed steps) of the largest change in any draw, as a part of
    the value where that is above 1. `function` takes and returns arrays with the trials as batch;
    `times` are the time axes of its outputs, None where an output has none and is looked at as a
    whole. Raises SpecError where there is too much to try, and where equal samples of a batch have
    different outputs.
    """
    random = np.random.default_rng((seed, 0))
    steps = sum(len(trial_input.changed) for trial_input in inputs)
    if steps > MAX_STEPS:
        refuse_size(f"{steps:,} steps", f"at most {MAX_STEPS} steps in all inputs")
    trials = 1 + steps + 1
    arrays, first = [], 1
    for trial_input in inputs:
        check_size((draws * trials, *trial_input.shape))
        arrays.append(_changed_inputs(random, trial_input, draws, trials, first))
        first += len(trial_input.changed)
    outputs = function([array.reshape(draws * trials, *array.shape[2:]) for array in arrays])
    return [
        _changes(np.asarray(output), time, inputs, draws, trials)
        for output, time in zip(outputs, times, strict=True)
    ]


def check_size(shape: Iterable[int | None]) -> None:
    """Refuse a tensor that is too large to compute with in an experiment."""
    count = math.prod(size or 1 for size in shape)
    if count > MAX_NUMBERS:
        refuse_size(f"a tensor of {count:,} numbers", f"at most {MAX_NUMBERS:,}")


def refuse_size(received: str, expected: str) -> None:
    """Refuse what is too large to try."""
    refuse(
        "is too large for an experiment",
        received=received,
        expected=expected,
        remedy="make the sizes smaller, with --set or under `dims`",
        about="limit",
    )


def random_weights(seed: int, weights: Iterable[tuple[str, tuple[int, ...]]]) -> list[Any]:
    """Return values for weights by name and shape: an initializer's may be zeros, and hide all."""
    random = np.random.default_rng((seed, 1))
    return [_random_weight(random, name.rpartition("/")[2], shape) for name, shape in weights]


def _random_weight(random: np.random.Generator, name: str, shape: tuple[int, ...]) -> Any:
    if "variance" in name:
        return random.uniform(0.5, 1.5, shape)
    # A large bias below zero would leave a relu dead whatever comes in.
    scale = 1 / math.sqrt(math.prod(shape[:-1])) if len(shape) > 1 and all(shape) else 0.2
    return random.normal(0, scale, shape)


def padded_inputs(inputs: Sequence[TrialInput], samples: int, seed: int) -> list[Any]:
    """Return random inputs; where a mask marks a value, steps of two samples in three have it.

    It stands at random steps of one of them, and at the last steps of the other.
    """
    random = np.random.default_rng((seed, 2))
    arrays = []
    for trial_input in inputs:
        check_size((samples, *trial_input.shape))
        array = _base_inputs(random, trial_input, samples)
        if trial_input.padding is not None and trial_input.time is not None:
            steps = np.moveaxis(array, trial_input.time, 1)
            count = steps.shape[1]
            for sample in range(samples):
                padded = random.random(count) < 0.5 * (sample % 3 == 1)
                padded |= np.arange(count) >= (
                    random.integers(1, count + 1) if sample % 3 == 2 else count
                )
                steps[sample, padded] = trial_input.padding
        arrays.append(array)
    return arrays


def _changed_inputs(
    random: np.random.Generator, trial_input: TrialInput, draws: int, trials: int, first: int
) -> Any:
    """Return one input of all trials: in trial `first + s` of a draw, step s differs."""
    base = _base_inputs(random, trial_input, draws)
    other = _different_values(random, trial_input, base)
    if trial_input.padding is not None and trial_input.time is not None:
        _pad(random, trial_input, base, other)
    array = np.repeat(base[:, None], trials, axis=1)
    for index, step in enumerate(trial_input.changed):
        at: tuple[Any, ...] = (slice(None),)
        if trial_input.time is not None:
            at = (*at, *[slice(None)] * (trial_input.time - 1), step)
        array[:, first + index][at] = other[at]
    return array


def _base_inputs(random: np.random.Generator, trial_input: TrialInput, draws: int) -> Any:
    """Draw the base of every draw: smaller numbers in some, where gates are less saturated."""
    shape = (draws, *trial_input.shape)
    if trial_input.dtype == "bool":
        return random.random(shape) < 0.7
    if "int" in trial_input.dtype:
        low, high = trial_input.range
        return random.integers(low, high, shape, trial_input.dtype)
    scale = np.where(np.arange(draws) // 4 % 2, 0.3, 1.0)
    return random.normal(0, 1, shape) * scale.reshape(-1, *[1] * len(trial_input.shape))


def _different_values(random: np.random.Generator, trial_input: TrialInput, base: Any) -> Any:
    """Return what differs from the base everywhere: above it, below it, far off, near, in turn.

    Above all others a step shows through a maximum, below them through a minimum.
    """
    if trial_input.dtype == "bool":
        return ~base
    if "int" in trial_input.dtype:
        low, high = trial_input.range
        away = random.integers(1, max(2, high - low), base.shape, trial_input.dtype)
        return low + (base - low + away) % (high - low)
    kind = (np.arange(len(base)) % 4).reshape(-1, *[1] * len(trial_input.shape))
    far = 2 + 3 * random.random(base.shape)
    sign = random.choice([-1.0, 1.0], base.shape)
    near = random.normal(0, 1, base.shape)
    return np.select([kind == 0, kind == 1, kind == 2], [base + far, base - far, sign * far], near)


def _pad(random: np.random.Generator, trial_input: TrialInput, base: Any, other: Any) -> None:
    """Make padding of steps in every third draw, and of what other steps are changed to.

    Padding lies anywhere in one of them, and at the start in the next: there a causal attention
    has nothing to attend to.
    """
    axis = (trial_input.time or 1) - 1
    steps = base.shape[1 + axis]
    for draw in range(2, len(base), 3):
        padded = random.random(steps) < 0.5
        if draw % 2:
            padded = np.arange(steps) < random.integers(1, steps + 1)
        changed = ~padded & (random.random(steps) < 0.5)
        np.moveaxis(base[draw], axis, 0)[padded] = trial_input.padding
        np.moveaxis(other[draw], axis, 0)[changed] = trial_input.padding


def _changes(
    output: Any, time: int | None, inputs: Sequence[TrialInput], draws: int, trials: int
) -> list[Any]:
    values = output.reshape(draws, trials, *output.shape[1:]).astype("float64")
    base, others = values[:, :1], values[:, 1:]
    with np.errstate(invalid="ignore"):  # infinity less infinity: both are the same
        changes = abs(others - base) / np.maximum(1, np.maximum(abs(base), abs(others)))
    changes = np.nan_to_num(changes, nan=0.0)
    if (changes[:, -1] > TOLERANCE).any():
        refuse(
            "equal samples of a batch have different outputs",
            expected="no weight with an axis of the batch, and no random numbers",
            about="batch",
        )
    changes = changes[:, :-1]
    axes = tuple(axis for axis in range(changes.ndim) if axis != 1 and axis - 1 != time)
    by_step = changes.max(axis=axes, initial=0.0)  # (changes,) or (changes, output steps)
    steps, parts, first = by_step.reshape(trials - 2, -1).T, [], 0
    for trial_input in inputs:
        parts.append(steps[:, first : first + len(trial_input.changed)])
        first += len(trial_input.changed)
    return parts
