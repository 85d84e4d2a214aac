"""Features, all that lies at one step: whether a layer reads them all, or leaves out some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.application import rule_of
from seqinspect.analysis.tracing import TracedTensor
from seqinspect.errors import SpecError
from seqinspect.model.facts import Facts, Tensor
from seqinspect.records import replace
from seqinspect.rules import per_step_chain, traits_of
from seqinspect.time.reach import Reach, each, everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seqinspect.model.facts import Reading
    from seqinspect.model.graph import Layer

    Apply = Callable[[Layer, Mapping[str, object]], Facts]

MOST_PLACES = 4_096
"""Of more places than these, a part may be left out: they are not gone through one by one."""


def reads_all_features(
    apply: Apply, layer: Layer, bound: Mapping[str, object], output: int
) -> bool:
    """Whether a layer is known to leave out no part of what lies at a step that it reads.

    It is asked what it reads along each axis of features, as if that were time. It is enough to ask
    of tensors whose features depend on different steps.
    """
    *outer, inner = per_step_chain(layer)
    if traits_of(inner.type).joins:
        return True
    if inner.unsupported is not None:
        apply = _apply_operation
    elif outer:
        first = next(iter(rule_of(inner).calls))
        bound = {first: _one_step(next(iter(bound.values())), len(outer))}
    return all(
        _reads_all(apply, inner, replaced, name, index, output)
        for name, index, replaced in _along_each_axis(bound)
    )


def _apply_operation(layer: Layer, bound: Mapping[str, object]) -> Facts:
    """Return the outputs of an operation on the tensors that it reads."""
    from seqinspect.rules.operations import operation_outputs  # noqa: PLC0415 - only configs need it

    tensors = [x for group in bound.values() if isinstance(group, tuple) for x in group]
    made = layer.unsupported and operation_outputs(
        layer.unsupported.function, tensors, layer.unsupported.constants
    )
    outputs, read = zip(*(made or ()), strict=True) if made else ((), ())
    return Facts(outputs, reaches=tuple({"inputs": reach} for reach in read))


def _one_step(value: object, times: int) -> object:
    """Return what a layer within TimeDistributed reads: the tensor without its axis of steps."""
    if not isinstance(value, TracedTensor):
        return value
    x = value.tensor
    time = None if x.time is None or x.time <= times else x.time - times
    step = TracedTensor(replace(x, shape=(x.shape[0], *x.shape[1 + times :]), time=time), {})
    step.mixed = value.mixed
    return step


def _along_each_axis(
    bound: Mapping[str, object],
) -> Iterator[tuple[str, int, dict[str, object]]]:
    """Yield calls with an axis of features as time: of which argument, which tensor, and all."""
    for name, value in bound.items():
        group = value if isinstance(value, tuple) else (value,)
        for index, traced in enumerate(group):
            if not isinstance(traced, TracedTensor) or not traced.mixed:
                continue
            x = traced.tensor
            for axis in range(1, x.rank):
                if axis == x.time or x.shape[axis].value == 1:
                    continue
                marked = replace(x, time=axis, fold=None, time_summary="")
                yield (
                    name,
                    index,
                    {
                        other: _untimed(each_value, marked if other == name else None, index)
                        for other, each_value in bound.items()
                    },
                )


def _untimed(value: object, marked: Tensor | None, index: int) -> object:
    """Return the tensors of an argument without time, and one of them as it is marked."""
    group = value if isinstance(value, tuple) else (value,)
    found = tuple(
        marked
        if place == index and marked is not None
        else replace(each_one.tensor, time=None, fold=None, time_summary="")
        if isinstance(each_one, TracedTensor)
        else each_one
        for place, each_one in enumerate(group)
    )
    return found if isinstance(value, tuple) else found[0]


def _reads_all(  # noqa: PLR0917 - a call, and what is asked of it
    apply: Apply, layer: Layer, bound: Mapping[str, object], name: str, index: int, output: int
) -> bool:
    """Whether an output reads all places of the axis that counts the steps of one tensor."""
    try:
        facts = apply(layer, bound)
    except SpecError:
        return False
    if output >= len(facts.outputs) or facts.outputs[output].unknown_time:
        return False
    value = bound[name]
    tensor = value[index] if isinstance(value, tuple) else value
    reach = _reach(facts.reaches[output], name, index)
    if not isinstance(tensor, Tensor) or reach is None:
        return False
    return _covers(reach, tensor, facts.outputs[output])


def _reach(reading: Reading, name: str, index: int) -> Reach | None:
    if isinstance(reading, Reach):
        return reading
    reach = reading.get(name)
    if isinstance(reach, tuple):
        return reach[index] if index < len(reach) else None
    return reach


def _covers(reach: Reach, x: Tensor, output: Tensor) -> bool:
    """Whether all output steps together read every step of a tensor."""
    if not reach.exact:
        return False
    if reach in (each(x.steps), everything(x.steps, output.steps)):
        return True
    steps, outputs = x.steps.value, output.steps.value
    if steps is None or outputs is None or max(steps, outputs) > MOST_PLACES:
        return False
    if not all(span.known for span in reach.spans):
        return False
    read: set[int] = set()
    for span in reach.spans:
        for step in range(outputs):
            read.update(span.members(step))
            if len(read) == steps:
                return True
    return False
