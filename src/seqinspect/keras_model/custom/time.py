"""What a custom class reads in time, by experiment on small copies of the layer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from seqinspect.algebra.expression import Expr, as_expr, symbol
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.custom.calls import call_layer, make_custom_layer, numeric_sizes
from seqinspect.keras_model.experiment.inferred_reach import StepRelation, infer_relation
from seqinspect.keras_model.experiment.perturbation import with_random_weights
from seqinspect.model.remarks import Peculiarity
from seqinspect.time.reach import STEP, Reach, StepSpan, everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.keras_model.custom.calls import Numbers
    from seqinspect.keras_model.experiment.trials import Table
    from seqinspect.model.facts import Facts, Reads, Tensor, TimeSummary
    from seqinspect.model.graph import Layer

STEPS = (5, 7, 12)
"""Numbers of steps that a small copy is tried with: what all show is taken to hold for all."""

MIN_ROWS = 2
"""Output steps that must have been seen to tell how they go on."""

MAX_NUMBERS = 10**6
"""Sizes up to this are computed with in an experiment."""

DRAWS = 8


def with_time_relation(
    layer: Layer, tensors: Sequence[Tensor], numbers: Numbers, facts: Facts
) -> Facts:
    """Return the facts with what the experiment shows; if nothing, time is not known.

    Then a remark says so, where there are steps.
    """
    found: list[Relations] | None = None
    stepped, tried = any(tensor.time is not None for tensor in tensors), False
    if stepped:
        for times in _time_axes(tensors, facts.outputs):
            tables = _tables(layer, tensors, numbers, facts.outputs, times)
            tried = tried or tables is not None
            found = None if tables is None else _relations(tables)
            if found is not None:
                break
    if found is None:
        outputs = tuple(replace(output, unknown_time=True) for output in facts.outputs)
        reach = tuple(everything(tensor.steps) for tensor in tensors)
        return facts._replace(
            outputs=outputs,
            reaches=({"inputs": reach},) * len(outputs),
            remarks=(Peculiarity.NO_RELATION_FITS if tried else Peculiarity.NOT_TRIED,)
            if stepped
            else (),
        )
    outputs = tuple(
        replace(output, time=time)
        if time is not None
        else replace(output, time_summary=relations[0].time_summary)
        for output, time, relations in zip(facts.outputs, times, found, strict=True)
    )
    reaches = tuple(
        {
            "inputs": tuple(
                _reach(each, x, output) if x.time is not None else Reach()
                for each, x in zip(relations, tensors, strict=True)
            )
        }
        for relations, output in zip(found, outputs, strict=True)
    )
    steps = tensors[0].steps
    return facts._replace(
        outputs=outputs,
        reads=found[0][0].reads,
        reaches=reaches,
        applications=steps if found[0][0].reads == "each" else as_expr(1),
        remarks=(Peculiarity.BY_EXPERIMENT,),
    )


class LinearRelation(NamedTuple):
    """Output step t reads steps stride×t + first, …, stride×t + last, in strides of `every`.

    With `from_end` they count from the last step: a stride of −1 turns the steps around.
    """

    stride: int
    first: int
    last: int
    every: int
    from_end: bool
    reads: Reads = "window"
    time_summary: TimeSummary = "all"

    def members(self, step: int, steps: int) -> set[int]:
        """Return the steps, of so many, that an output step reads."""
        start = self.stride * step + (steps - 1 if self.from_end else 0)
        return {
            each
            for each in range(start + self.first, start + self.last + 1, self.every)
            if 0 <= each < steps
        }

    def reach(self, steps: Expr, outputs: Expr) -> Reach:
        """Return it as the reach of a rule."""
        start = self.stride * STEP + (steps - 1 if self.from_end else 0)
        span = StepSpan(
            start + self.first,
            start + self.last,
            steps,
            outputs,
            every=self.every,
            rising=self.stride > 0,
        )
        return Reach((span,))


Relations = list["StepRelation | LinearRelation"]
"""What one output has to do with every input."""

LINEAR_RELATIONS = [
    LinearRelation(stride, first, first + every * count, every, from_end=stride < 0)
    for every in (1, 2, 3, 4)
    for count in range(9)
    for stride in (1, -1, 2, 3, 4)
    for first in sorted(range(-8, 9), key=abs)
    if count or every == 1
]


def _linear_relation(tables: Sequence[Table]) -> LinearRelation | None:
    """Return the line that all tables show, the one of fewest steps; None if there is none."""
    rows = [
        (len(table[0]), [{step for step, moved in enumerate(row) if moved} for row in table])
        for table in tables
    ]
    if any(len(steps) < MIN_ROWS for _, steps in rows):
        return None
    for line in sorted(LINEAR_RELATIONS, key=lambda each: each.last - each.first):
        if all(
            line.members(step, count) == row
            for count, steps in rows
            for step, row in enumerate(steps)
        ):
            return line
    return None


def _reach(relation: StepRelation | LinearRelation, x: Tensor, output: Tensor) -> Reach:
    return (
        relation.reach(x.steps, output.steps)
        if isinstance(relation, LinearRelation)
        else relation.reach(x.steps)
    )


def _time_axes(
    tensors: Sequence[Tensor], outputs: Sequence[Tensor]
) -> Iterator[tuple[int | None, ...]]:
    """Yield the time axes of the outputs, before them those whose sizes follow from the steps."""
    times = tuple(output.time for output in outputs)
    other = tuple(
        _other_axis(tensors, output) if output.time is None else output.time for output in outputs
    )
    if other != times:
        yield other
    yield times


def _other_axis(tensors: Sequence[Tensor], output: Tensor) -> int | None:
    for tensor in tensors:
        axis, names = tensor.time, tensor.steps.symbols()
        if axis is not None and axis < output.rank and names:
            size = output.shape[axis]
            if size.symbols() == names:
                return axis
    return None


def _relations(tables: Sequence[Sequence[Sequence[Table]]]) -> list[Relations] | None:
    """Return for every output its relation to every input, the same for all numbers of steps."""
    relations: list[Relations] = []
    for row in zip(*tables, strict=True):
        of_output: Relations = []
        for several in zip(*row, strict=True):
            words = {infer_relation(table) for table in several}
            one = next(iter(words)) if len(words) == 1 else None
            found_relation = one or _linear_relation(several)
            if found_relation is None:
                return None
            of_output.append(found_relation)
        relations.append(of_output)
    return relations


def _tables(
    layer: Layer,
    tensors: Sequence[Tensor],
    numbers: Numbers,
    outputs: Sequence[Tensor],
    times: Sequence[int | None],
) -> list[list[list[Table]]] | None:
    """Return which steps move with which, on small copies; None where they cannot be tried.

    An output with other samples than the input cannot be: each one is a trial.
    """
    batch = tensors[0].shape[0].plain()
    if any(not output.rank or output.shape[0].plain() != batch for output in outputs):
        return None
    tables = []
    for steps in STEPS:
        small = _with_step_count(tensors, numbers, steps)
        if small is None:
            return None
        try:
            tables.append(_perturbed(layer, tensors, small, times))
        except SpecError:
            return None
    return tables


def _with_step_count(
    tensors: Sequence[Tensor], numbers: Numbers, steps: int
) -> dict[str, int] | None:
    """Return the sizes with just so many steps, as far as the number of steps has a name."""
    small = dict(numbers)
    for tensor in tensors:
        if tensor.time is None:
            continue
        names = tensor.steps.symbols()
        if len(names) == 1 and tensor.steps.plain() == next(
            iter(sizes_by_name(tensor.steps).values())
        ):
            small[next(iter(names))] = steps
    if any(math.prod(numeric_sizes(tensor, small)) > MAX_NUMBERS for tensor in tensors):
        return None
    return small


def _perturbed(
    layer: Layer,
    tensors: Sequence[Tensor],
    numbers: Numbers,
    times: Sequence[int | None],
) -> list[list[Table]]:
    """Return which output steps of a real layer with random weights move with which input step."""
    from seqinspect.keras_model.experiment import trials  # noqa: PLC0415 - numpy comes with it

    keras: Any = runtime.load()

    def answers(arrays: list[Any]) -> list[Any]:
        real = make_custom_layer(layer, numbers, "float64")
        traced = [keras.KerasTensor(each.shape, dtype=str(each.dtype)) for each in arrays]
        for output in call_layer(real, traced, layer):
            trials.check_size(output.shape)
        with keras.StatelessScope(with_random_weights(real, 0)):
            values = [keras.ops.convert_to_tensor(array) for array in arrays]
            return [keras.ops.convert_to_numpy(each) for each in call_layer(real, values, layer)]

    trial_inputs = [trials.TrialInput(numeric_sizes(x, numbers), x.dtype, x.time) for x in tensors]
    with runtime.weightless():
        keras.config.set_dtype_policy("float64")  # for the layers that it makes within
        return trials.moved_steps(answers, trial_inputs, times, draws=DRAWS, seed=0)


def sizes_by_name(size: Expr) -> dict[str, Expr]:
    """Return the named sizes in a formula, each by its name."""
    numbers = size.numbers()
    return {name: symbol(name, numbers.get(name)) for name in size.symbols()}
