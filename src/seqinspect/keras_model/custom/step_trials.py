"""A layer on tensors with so many steps → which of its output steps move with which input step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import const
from seqinspect.errors import refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.custom.calls import call_layer, numeric_sizes
from seqinspect.keras_model.experiment.inferred_reach import StepTable
from seqinspect.keras_model.experiment.perturbation import with_random_weights
from seqinspect.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.keras_model.custom.calls import LayerMaker, Numbers
    from seqinspect.model.facts import Tensor
    from seqinspect.model.graph import Layer

MAX_WORK = 2**26
"""Numbers in one tensor of all trials; a layer may compare every step with every other."""

MAX_CALL = 2**22
"""Numbers in one tensor of those trials that go through the layer at once."""

DRAWS = (8, 4, 2)
"""How often all changes are tried with new random numbers: the first where that is little work."""

MANY_CHANGES, FEW_CHANGES = 24, 4
"""Steps that are changed at least, for more draws than the fewest, and at all."""

FAINT = 1e-8
"""What moves less than this may be the end of something that fades below rounding."""

Tables = list[list[StepTable]]
"""For every output, for every input."""


class SizedCall(NamedTuple):
    """A call of a layer with numbers for the names in it."""

    layer: Layer
    tensors: Sequence[Tensor]
    numbers: Numbers
    make: LayerMaker

    @property
    def steps(self) -> int:
        """How many steps its first input with a time axis has."""
        tensor = next(tensor for tensor in self.tensors if tensor.time is not None)
        return tensor.steps.evaluate(self.numbers)

    def scaled(self, factor: float) -> SizedCall:
        """The same call on so many times as many steps."""
        names = {name for x in self.tensors if x.time is not None for name in x.steps.symbols()}
        numbers = {
            name: max(1, int(number * factor)) if name in names else number
            for name, number in self.numbers.items()
        }
        tensors = [
            _with_steps(x, max(1, int(x.steps.evaluate(self.numbers) * factor)))
            for x in self.tensors
        ]
        return self._replace(tensors=tensors, numbers=numbers)

    def with_steps(self, steps: int) -> SizedCall:
        """The same call where each name in a number of steps is this number."""
        names = {name for x in self.tensors if x.time is not None for name in x.steps.symbols()}
        numbers = {**self.numbers, **dict.fromkeys(names, steps)}
        return self._replace(tensors=[_with_steps(x, steps) for x in self.tensors], numbers=numbers)


def _with_steps(x: Tensor, steps: int) -> Tensor:
    """Return a tensor with other steps, where their number has no name."""
    if x.time is None or x.steps.symbols():
        return x
    return replace(x, shape=(*x.shape[: x.time], const(steps), *x.shape[x.time + 1 :]))


def step_tables(call: SizedCall, times: Sequence[int | None], seeds: Sequence[int]) -> Tables:
    """Return which output steps of a real layer with random weights move with which input step.

    `times` are the time axes of its outputs. Each seed gives it other weights and inputs; what
    moves with any of them moves. Where all steps are too much work, some are changed. Raises
    SpecError where the layer cannot be called, or is too large.
    """
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 - numpy comes with it

    keras = runtime.load()
    with runtime.weightless():
        keras.config.set_dtype_policy("float64")  # for the layers that it makes within
        sizes = [numeric_sizes(x, call.numbers) for x in call.tensors]
        draws, inputs, at_once = _plan(call, sizes, times)
        changes = [
            trials.step_changes(
                _function(call, at_once, seed), inputs, times, draws=draws, seed=seed
            )
            for seed in seeds
        ]
    return [
        [
            _table(trial_input, [of_seed[output][index] for of_seed in changes])
            for index, trial_input in enumerate(inputs)
        ]
        for output in range(len(times))
    ]


def _table(trial_input: Any, changes: Sequence[Any]) -> StepTable:
    from seqinspect.keras_model.experiment.trials import TOLERANCE  # noqa: PLC0415 - numpy

    largest = changes[0]
    for each in changes[1:]:
        largest = each.clip(min=largest)
    changed = tuple(trial_input.changed)
    rows = tuple(
        frozenset(step for step, change in zip(changed, row, strict=True) if change > TOLERANCE)
        for row in largest
    )
    steps = 1 if trial_input.time is None else trial_input.shape[trial_input.time - 1]
    faint = bool(((largest > TOLERANCE) & (largest < FAINT)).any())
    return StepTable(steps, changed, rows, faint)


def _plan(
    call: SizedCall, sizes: Sequence[tuple[int, ...]], times: Sequence[int | None]
) -> tuple[int, list[Any], int]:
    """Return how many draws to make, the inputs with the steps to change, and trials at once."""
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 - numpy comes with it

    real = call.make(call.numbers, "float64")
    outputs = call_layer(real, _symbolic(call, sizes, 1), call.layer)
    if any(
        time is not None and time >= len(output.shape)
        for time, output in zip(times, outputs, strict=True)
    ):
        refuse("has another number of axes with other sizes", about="experiment")
    inputs = [
        trials.TrialInput(size, _in_float64(x.dtype), x.time)
        for size, x in zip(sizes, call.tensors, strict=True)
    ]
    shapes = [*sizes, *(tuple(output.shape[1:]) for output in outputs)]
    largest = max(math.prod(size or 1 for size in shape) for shape in shapes)
    longest = max(len(each.changed) for each in inputs)
    pairs = max(largest, longest**2)
    most = min(trials.MAX_NUMBERS // largest, MAX_WORK // pairs)
    wanted = min(MANY_CHANGES, longest)
    draws = next((each for each in DRAWS if most // each >= wanted + 2), DRAWS[-1])
    timed = sum(each.time is not None for each in inputs)
    room = min(most // draws - 2, trials.MAX_STEPS) - (len(inputs) - timed)
    changes = room // max(1, timed)
    if changes < min(FEW_CHANGES, longest):
        trials.refuse_size(f"{longest:,} steps", "few enough to change some of them")
    inputs = [
        replace(each, some=_some_steps(len(each.changed), changes)) if each.time else each
        for each in inputs
    ]
    return draws, inputs, max(1, MAX_CALL // pairs)


def _in_float64(dtype: str) -> str:
    return "float64" if "float" in dtype else dtype


def _some_steps(steps: int, count: int) -> list[int]:
    """Return so many steps: neighbours at both ends and in the middle, and some between."""
    if steps <= count:
        return list(range(steps))
    middle = steps // 2
    near = [0, middle, middle + 1, steps - 1, 1, steps - 2, middle - 1, middle + 2]
    between = [steps * part // (count + 1) for part in range(1, count + 1)]
    return sorted(list(dict.fromkeys([*near, *between]))[:count])


def _symbolic(call: SizedCall, sizes: Sequence[tuple[int, ...]], batch: int) -> list[Any]:
    tensor = runtime.load().KerasTensor
    return [
        tensor((batch, *size), dtype=_in_float64(x.dtype))
        for size, x in zip(sizes, call.tensors, strict=True)
    ]


def _function(call: SizedCall, at_once: int, seed: int) -> Any:
    """Return the layer as a function of arrays, which calls it on some samples at a time."""
    keras = runtime.load()

    def outputs(arrays: list[Any]) -> list[Any]:
        real = call.make(call.numbers, "float64")
        samples = len(arrays[0])
        sizes = [array.shape[1:] for array in arrays]
        call_layer(real, _symbolic(call, sizes, min(at_once, samples)), call.layer)
        weights = with_random_weights(real, seed)
        parts: list[list[Any]] = []
        for start in _starts(samples, at_once):
            with keras.StatelessScope(weights):
                values = [keras.ops.convert_to_tensor(x[start : start + at_once]) for x in arrays]
                found = call_layer(real, values, call.layer)
                parts.append([keras.ops.convert_to_numpy(each) for each in found])
        return _joined(parts, samples)

    return outputs


def _starts(samples: int, at_once: int) -> Iterator[int]:
    yield from range(0, samples, at_once)


def _joined(parts: Sequence[Sequence[Any]], samples: int) -> list[Any]:
    """Put the outputs of some samples each together."""
    import numpy as np  # noqa: PLC0415 - heavy

    joined = [np.concatenate(each) for each in zip(*parts, strict=True)]
    if any(len(each) != samples for each in joined):
        refuse("returns other samples than it reads", about="batch")
    return joined
