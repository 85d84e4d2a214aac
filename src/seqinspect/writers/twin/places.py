"""Where a layer that is called on one window of steps makes the output step that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.streaming.one_step import facts_on
from seqinspect.time.reach import Reach

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
        facts = facts_on(applier, planned.call, planned.read, steps)
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
    reach = reach_of(facts, role)
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


def reach_of(facts: Facts, role: str) -> Reach:
    """Return what a layer reads of the tensor that has this role."""
    reading = facts.reaches[0]
    reach = reading if isinstance(reading, Reach) else reading.get(role, Reach())
    return reach if isinstance(reach, Reach) else reach[0]
