"""A call of which an output step reads a window of steps, as statements of a twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.rules import traits_of
from seqinspect.streaming.data import Role
from seqinspect.streaming.keeping import pace
from seqinspect.streaming.one_step import facts_on
from seqinspect.time.reach import ZERO
from seqinspect.writers.python_format import string_literal
from seqinspect.writers.twin.places import places_of, reach_of

if TYPE_CHECKING:
    from seqinspect.streaming.analyse import PlannedCall
    from seqinspect.streaming.schedule import Read
    from seqinspect.writers.twin.statements import Statements

OTHER_STEPS = (2, 3)
"""On so many steps a layer is looked at, to see whether its windows hang on their number."""


def write_window(to: Statements, planned: PlannedCall, read: Read, output: str) -> None:
    """Write a call of which an output step reads a window of steps."""
    call, tensor = planned.call, read.traced.tensor
    axis, out_axis = tensor.time or 1, call.outputs[0].tensor.time or 1
    (span,) = read.reach.spans
    x, key = to.name(read.traced), f"{call.path}/{read.traced.path}"
    found, layer = pace(read.reach), to.layer(call)
    if call.shared is False:
        to.refuse(call, "it has weights of its own for every window")
    if found.repeats > 1:
        steps = next((e.steps for e in planned.kept if e.role is Role.STEPS), None)
        count = 0 if steps is None else to.number(steps, call)
        before, then = f"states[{string_literal(key)}]", to.variable(f"{output}_steps")
        made_for = None if _goes_on(to, planned, read) else to.number(tensor.steps, call)
        if made_for is not None and not (span.single and count == found.shift == 0):
            to.refuse(call, "its windows are other ones on other numbers of steps")
        to.lines.append(
            f"{output} = {to.use('spread')}({layer}, ({before}, {x}), {(axis, out_axis)},"
            f" repeats={found.repeats}, shift={found.shift}, end={made_for is None and 'last'},"
            f" made_for={made_for})"
        )
        to.lines.append(f"{then} = {to.use('after')}({before}, {x}, {axis})")
        kept = f"{to.use('cut')}({then}, max(0, {then}.shape[{axis}] - {count}), None, {axis})"
        to.keep(key, to.no_steps(read.traced), kept)
        return
    first, last = (b.substitute({"t": ZERO}) for b in (span.first, span.last))
    width = to.number(last - first + 1, call)
    ahead = to.number(last, call)
    phase = f"{call.path}/phase"
    before = f"states[{string_literal(key)}]"
    ends = (to.number(tensor.steps, call), to.number(call.outputs[0].tensor.steps, call))
    wins, rest = (to.variable(f"{output}_{name}") for name in ("windows", "rest"))
    due, most = f"max({before}.shape[{axis}], {ahead}) + 1", "None"
    if any(each.role is Role.PHASE for each in planned.kept):
        due, made = (to.variable(f"{output}_{name}") for name in ("due", "made"))
        size, most = f"{width}, {found.stride}, {ahead}", f"{ends[1]} - {made}"
        came = f"int(states[{string_literal(phase)}])"
        to.lines.append(f"{due}, {made} = {to.use('due')}({came}, {size})")
        then = f"{came} + (0 if {x} is None else {x}.shape[{axis}])"
        to.keep(phase, f"{to.use('counter')}(0)", f"counter({then})")
    to.lines.append(
        f"{wins}, {rest} = {to.use('windows')}({before}, {x}, {axis},"
        f" size={(width, found.stride)}, due={due}, most={most},"
        f" end={(*ends, ahead)} if last else None)"
    )
    to.keep(key, to.no_steps(read.traced), rest)
    if traits_of(call.node.layer.type).convolves and tensor.rank == 3 and axis == 1:
        rate = to.number(span.every, call)
        one = f"{to.use('convolved')}({layer}, each, {rate})"
    else:
        places = places_of(to.plan.model.applier, planned, read)
        if places is None:
            to.refuse(call, "its windows have too many different ends")
        table = to.variable(f"{output}_places")
        to.lines.append(f"{table} = {places}")
        one = f"{to.use('picked')}({layer}, each, {table}, {axis}, {out_axis})"
    to.lines.append(f"{output} = {to.use('join')}([{one} for each in {wins}], {out_axis})")


def _goes_on(to: Statements, planned: PlannedCall, read: Read) -> bool:
    """Whether a layer has the same windows on whatever number of steps it is called.

    An adaptive pooling has not: it returns as many steps of three as of two.
    """
    (own,) = read.reach.spans
    for steps in OTHER_STEPS:
        facts = facts_on(to.plan.model.applier, planned.call, planned.read, steps)
        reading = None if facts is None else reach_of(facts, read.role)
        if reading is None or [(s.first, s.last) for s in reading.spans] != [(own.first, own.last)]:
            return False
    return True
