"""Where a layer that is called on one window of steps makes the output step that reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import FormulaTooLarge, const
from seqinspect.errors import SpecError
from seqinspect.model.facts import Tensor
from seqinspect.streaming.schedule import Stepwise
from seqinspect.time.reach import Reach, moves

if TYPE_CHECKING:
    from seqinspect.analysis.application import Applier
    from seqinspect.model.facts import Facts
    from seqinspect.streaming.analyse import PlannedCall
    from seqinspect.streaming.schedule import Read

MAX_PLACES = 64
"""So many kinds of windows, by the steps that they lack, are written."""

MAX_STEPS = 400
"""A layer is called on so many steps for one of its own at most."""

Places = dict[tuple[int, int], tuple[int, int, int]]


def runs_on_one_step(applier: Applier, planned: PlannedCall) -> bool:
    """Whether a layer can be called on one step alone, with the same weights."""
    facts = _facts_on(applier, planned, 1)
    if facts is None:
        return False
    own = planned.call.facts
    time = own.outputs[0].time
    shapes = [
        tuple(const(1) if axis == time else s for axis, s in enumerate(own.outputs[0].shape)),
        facts.outputs[0].shape,
    ]
    if [size.value for size in shapes[0][1:]] != [size.value for size in shapes[1][1:]]:
        return False
    return [w.count.value for w in own.weights] == [w.count.value for w in facts.weights]


def places_of(applier: Applier, planned: PlannedCall, read: Read) -> Places | None:
    """Return on how many steps to call a layer for each kind of window; None where there are many.

    A kind is how many steps of the window lie before the first and behind the last one. For each:
    the number of steps, where the window begins in them, and which output step reads just that.
    """
    (span,) = read.reach.spans
    numbers = {**span.first.numbers(), **span.last.numbers()}
    inputs = read.traced.tensor.steps.value or 0
    outputs = planned.call.outputs[0].tensor.steps.value or 0
    wanted: set[tuple[int, int]] = set()
    width = 0
    for step in range(outputs):
        first, last = (bound.evaluate({**numbers, "t": step}) for bound in (span.first, span.last))
        width = last - first + 1
        before = min(width, max(0, -first))
        wanted |= {(before, 0), (before, min(width, max(0, last - inputs + 1)))}
        wanted.add((0, 0))  # in a longer window
        if len(wanted) > MAX_PLACES:
            return None
    found: Places = {}
    for steps in range(1, MAX_STEPS):
        if not wanted - found.keys():
            return found
        facts = _facts_on(applier, planned, steps)
        if facts is None:
            continue
        for kind, place in _kinds(facts, read.role, steps, width).items():
            if kind in wanted:
                found.setdefault(kind, place)
    return None if wanted - found.keys() else found


def _kinds(facts: Facts, role: str, steps: int, due: int) -> Places:
    """Return what each output step of a layer on so many steps lacks, and where it is.

    Windows are `due` steps wide.
    """
    reading = facts.reaches[0]
    reach = reading if isinstance(reading, Reach) else reading.get(role, Reach())
    if not isinstance(reach, Reach):
        reach = reach[0]
    if len(reach.spans) != 1:
        return {}
    (span,) = reach.spans
    found: Places = {}
    for step in range(facts.outputs[0].steps.value or 0):
        first, last = (
            bound.evaluate({**bound.numbers(), "t": step}) for bound in (span.first, span.last)
        )
        width = last - first + 1
        if width != due:
            continue
        kind = (min(width, max(0, -first)), min(width, max(0, last - steps + 1)))
        found.setdefault(kind, (steps, min(steps, max(0, first)), step))
    return found


def _comes_by_step(read: Read) -> bool:
    """Whether a call gets new steps of a tensor alone, also of one that is there as a whole."""
    return isinstance(read.form, Stepwise) or any(moves(span.last) for span in read.reach.spans)


def _facts_on(applier: Applier, planned: PlannedCall, steps: int) -> Facts | None:
    """Return what a layer states on so many steps of what comes step by step."""
    fed = {id(x.traced) for x in planned.read if _comes_by_step(x)}
    sources = planned.call.sources

    def cut(value: object, name: str, index: int = 0) -> object:
        if isinstance(value, tuple):
            return tuple(cut(each, name, at) for at, each in enumerate(value))
        group = sources.get(name, ())
        if not isinstance(value, Tensor) or value.time is None or index >= len(group):
            return value
        if id(group[index]) not in fed:
            return value
        shape = [*value.shape]
        shape[value.time] = const(steps)
        return replace(value, shape=tuple(shape))

    arguments = {name: cut(value, name) for name, value in planned.call.arguments.items()}
    try:
        return applier.evaluate_rule(planned.call.node.layer, arguments)
    except (SpecError, FormulaTooLarge):
        return None
