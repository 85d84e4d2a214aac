"""What a class of the author's own reads in time, by experiment on small copies of the layer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seqinspect.algebra import Expr, as_expr, symbol
from seqinspect.errors import SpecError
from seqinspect.keras_model import runtime
from seqinspect.keras_model.experiment import with_random_weights
from seqinspect.keras_model.own_calls import called, made, sizes_of
from seqinspect.keras_model.reading import Relation, relation
from seqinspect.reach import Reach, everything

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.facts import Facts, Tensor
    from seqinspect.keras_model.own_calls import Numbers
    from seqinspect.keras_model.trials import Table
    from seqinspect.spec.graph import Layer

STEPS = (5, 7)
"""Numbers of steps that a small copy is tried with: what both show is taken to hold for all."""

MOST = 10**6
"""Sizes up to this are computed with in an experiment."""

DRAWS = 8


def in_time(layer: Layer, tensors: Sequence[Tensor], numbers: Numbers, facts: Facts) -> Facts:
    """Return the facts with what the experiment shows; if nothing, time is not known."""
    found = None
    if any(tensor.time is not None for tensor in tensors):
        found = _experiment(layer, tensors, numbers, facts.outputs)
    if found is None:
        outputs = tuple(replace(output, opaque=True) for output in facts.outputs)
        reach = tuple(everything(tensor.steps) for tensor in tensors)
        return facts._replace(outputs=outputs, reaches=({"inputs": reach},) * len(outputs))
    outputs = tuple(
        output if output.time is not None else replace(output, holds=relations[0].holds)
        for output, relations in zip(facts.outputs, found, strict=True)
    )
    reaches = tuple(
        {
            "inputs": tuple(
                each.reach(x.steps) if x.time is not None else Reach()
                for each, x in zip(relations, tensors, strict=True)
            )
        }
        for relations in found
    )
    steps = tensors[0].steps
    return facts._replace(
        outputs=outputs,
        reads=found[0][0].reads,
        reaches=reaches,
        applications=steps if found[0][0].reads == "each" else as_expr(1),
        remark="found by experiment",
    )


def _experiment(
    layer: Layer,
    tensors: Sequence[Tensor],
    numbers: Numbers,
    outputs: Sequence[Tensor],
) -> list[list[Relation]] | None:
    """Return for every output its relation to every input, seen on two small copies, or None."""
    seen = []
    for steps in STEPS:
        small = _fewer(tensors, numbers, steps)
        if small is None:
            return None
        try:
            tables = _moved(layer, tensors, small, [output.time for output in outputs])
        except SpecError:
            return None
        seen.append([[relation(table) for table in row] for row in tables])
    one, two = seen
    return one if one == two and all(each is not None for row in one for each in row) else None  # type: ignore[return-value]  # none is None


def _fewer(tensors: Sequence[Tensor], numbers: Numbers, steps: int) -> dict[str, int] | None:
    """Return the sizes with just so many steps, as far as the number of steps has a name."""
    small = dict(numbers)
    for tensor in tensors:
        if tensor.time is None:
            continue
        names = tensor.steps.symbols()
        if len(names) == 1 and tensor.steps.plain() == next(iter(named(tensor.steps).values())):
            small[next(iter(names))] = steps
    if any(math.prod(sizes_of(tensor, small)) > MOST for tensor in tensors):
        return None
    return small


def _moved(
    layer: Layer,
    tensors: Sequence[Tensor],
    numbers: Numbers,
    times: Sequence[int | None],
) -> list[list[Table]]:
    """Return which output steps of a real layer with random weights move with which input step."""
    from seqinspect.keras_model import trials  # noqa: PLC0415 - numpy comes with it

    keras: Any = runtime.load()

    def answers(arrays: list[Any]) -> list[Any]:
        real = made(layer, numbers, "float64")
        traced = [keras.KerasTensor(each.shape, dtype=str(each.dtype)) for each in arrays]
        for output in called(real, traced, layer):
            trials.check_size(output.shape)
        with keras.StatelessScope(with_random_weights(real, 0)):
            values = [keras.ops.convert_to_tensor(array) for array in arrays]
            return [keras.ops.convert_to_numpy(each) for each in called(real, values, layer)]

    given = [trials.Trial(sizes_of(x, numbers), x.dtype, x.time) for x in tensors]
    with runtime.weightless():
        return trials.moved_by(answers, given, times, draws=DRAWS, seed=0)


def named(size: Expr) -> dict[str, Expr]:
    """Return the named sizes in a formula, each by its name."""
    numbers = size.numbers()
    return {name: symbol(name, numbers.get(name)) for name in size.symbols()}
