"""A call of a recurrent layer, as statements of a twin: its cell, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.streaming.data import Role
from seqinspect.writers.python_format import string_literal

if TYPE_CHECKING:
    from seqinspect.analysis.model_pass import Call
    from seqinspect.streaming.analyse import PlannedCall
    from seqinspect.streaming.data import Kept
    from seqinspect.writers.twin.statements import Statements


def write_recurrent(to: Statements, planned: PlannedCall, outputs: list[str]) -> None:
    """Write a call of a recurrent layer: its cell, step by step."""
    call = planned.call
    sequence = next(x for x in planned.read if x.role == "sequences")
    x, arguments = to.name(sequence.traced), call.node.layer.arguments
    states = [e for e in planned.kept if e.role is Role.STATE]
    keys = [f"{call.path}/{state.name}" for state in states]
    first = _initial_states(to, call, states)
    masked = next((e for e in planned.read if e.role == "mask"), None)
    new, run, output = (to.variable(f"{outputs[0]}_{n}") for n in ("states", "all", "newest"))
    before = ", ".join(f"states[{string_literal(key)}]" for key in keys)
    options = ""
    own_output = f"{call.path}/output"
    if masked is not None:
        mask = f"{to.use('mask_of')}({x})"
        if "mask" in call.node.call:
            mask = to.name(masked.traced)
        options = f", {mask}"
        if any(e.role is Role.OUTPUT for e in planned.kept):
            options += f", states[{string_literal(own_output)}]"
        elif not arguments.get("zero_output_for_mask"):
            options += f", states[{string_literal(keys[0])}]"
        if arguments.get("zero_output_for_mask"):
            to.refuse(call, "it returns zeros at masked steps")
    to.lines.append(
        f"{run}, {new}, {output} = {to.use('recur')}({to.layer(call)}.cell, {x},"
        f" [{before}]{options})"
    )
    for at, (key, code) in enumerate(zip(keys, first, strict=True)):
        to.keep(key, code, f"{new}[{at}]")
    for kept in planned.kept:
        if kept.role is Role.OUTPUT:
            to.keep(own_output, to.zeros([str(s.value) for s in kept.shape], kept.dtype),
                      output)  # fmt: skip
    if arguments.get("return_sequences"):
        to.lines.append(f"{outputs[0]} = {run}")
    else:
        to.lines.append(f"{outputs[0]} = None if {run} is None else {run}[:, -1]")
    for at, name in enumerate(outputs[1:]):
        to.lines.append(f"{name} = {new}[{at}]")


def _initial_states(to: Statements, call: Call, states: list[Kept]) -> list[str]:
    """Return the states before the first step."""
    given = call.sources.get("initial_state", ())
    if given:
        return [to.name(traced) for traced in given]
    return [to.zeros([str(s.value) for s in e.shape], e.dtype) for e in states]
