"""Statements of a twin that is being written, and what all of its calls need."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from seqinspect.analysis.call_arguments import call_arguments
from seqinspect.errors import refuse
from seqinspect.streaming.data import Role
from seqinspect.streaming.schedule import Once
from seqinspect.writers.python_format import string_literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.model_pass import Call
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.model.graph import Ref
    from seqinspect.streaming.analyse import Plan, PlannedCall
    from seqinspect.streaming.schedule import Read

RESERVED = frozenset({*keyword.kwlist, "keras", "layers", "ops", "model", "states", "kept", "last",
                      "layer", "batch_size", "build_model", "first_states", "step"})  # fmt: skip


class Statements:
    """The statements of a twin that is being written.

    `once` are those before the first step, `states` what is kept then, `lines` those of a step,
    `functions` the functions that they call, `outputs` the variables of the model's outputs.
    `masked` are the paths of the calls that return a mask.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.once: list[str] = []
        self.states: dict[str, str] = {}
        self.lines: list[str] = []
        self.functions: set[str] = set()
        self.outputs: list[str] = []
        self.names: dict[int, str] = {}
        self.taken = set(RESERVED)
        rows = plan.found.report.rows
        self.masked = {row.path for row in rows if row.mask is not None and row.mask.carries}

    def name(self, traced: TracedTensor) -> str:
        """Return the variable of a tensor. Raises SpecError where it has none."""
        found = self.names.get(id(traced))
        if found is None:
            refuse(
                f"the twin of {traced.path} cannot be written",
                received="a model within the model that reads a tensor of another rank",
                expected="the rank of its input",
            )
        return found

    def variable(self, path: str) -> str:
        """Return a name that no other variable has."""
        base = re.sub(r"\W", "_", path, flags=re.ASCII)
        base = f"layer_{base}" if not base or base[0].isdigit() else base
        name, number = base, 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name

    def use(self, function: str) -> str:
        """Return the name of a function, which the source will have."""
        self.functions.add(function)
        return function

    def keep(self, name: str, first: str, then: str) -> str:
        """Keep a tensor: what it is before the first step, and after a step; return it before."""
        key = string_literal(name)
        self.states[name] = first
        self.lines.append(f"kept[{key}] = {then}")
        return f"states[{key}]"

    def layer(self, call: Call) -> str:
        """Return the layer of a call."""
        names = (*call.owners, call.node.layer.name)
        first, *others = map(string_literal, names)
        return f"layer({first})" + "".join(f".get_layer({name})" for name in others)

    def arguments(self, call: Call, get: Callable[[TracedTensor], str]) -> tuple[str, list[str]]:
        """Return the arguments of a call as they are written."""

        def code(value: object) -> str:
            if isinstance(value, list | tuple):
                return f"[{', '.join(map(code, value))}]"
            return value if isinstance(value, _Name) else repr(value)

        def tensor(ref: Ref) -> str:
            return _Name(get(call.tensors[ref]))

        first, others = call_arguments(call.node, tensor)
        return code(first), [f"{name}={code(value)}" for name, value in others.items()]

    def name_or_state(self, traced: TracedTensor) -> str:
        """Return a tensor in a step: what is made once is kept."""
        if isinstance(self.plan.schedule.form(traced), Once):
            name = traced.path
            if name not in self.states:
                self.states[name] = self.name(traced)
                self.lines.append(f"kept[{string_literal(name)}] = states[{string_literal(name)}]")
            return f"states[{string_literal(name)}]"
        return self.name(traced)

    def whole(self, planned: PlannedCall) -> None:
        """Keep what a call reads of what is made once."""
        given = set(map(id, planned.call.tensors.values()))
        for each in planned.read:
            if isinstance(each.form, Once) and each.reach and id(each.traced) in given:
                self.name_or_state(each.traced)

    def refuse(self, call: Call, why: str) -> None:
        """Refuse to write a call."""
        refuse(
            f"the twin of {call.path} ({call.node.layer.type}) cannot be written: {why}",
            received=call.node.layer.type,
            expected="a layer whose step can be written",
        )

    def number(self, size: Expr, call: Call) -> int:
        """Return the number of a size."""
        value = size.value
        if value is None:
            self.refuse(call, f"{size.text()} has no number")
        return value or 0

    def together(self, planned: PlannedCall, fed: list[Read]) -> dict[int, str]:
        """Let what comes earlier wait; return the variables of the steps of all tensors."""
        tensors = list({id(x.traced): x for x in fed}.values())
        names = {id(x.traced): self.name(x.traced) for x in tensors}
        if len({x.form for x in tensors}) < 2:
            return names
        made = {id(x.traced): self.variable(f"{planned.call.path}_{names[id(x.traced)]}")
                for x in tensors}  # fmt: skip
        keys = [f"{planned.call.path}/{x.traced.path}" for x in tensors]
        axes = [x.traced.tensor.time or 1 for x in tensors]
        waiting = self.variable(f"{planned.call.path}_waiting")
        states = ", ".join(f"states[{string_literal(key)}]" for key in keys)
        self.lines.append(
            f"({', '.join(made.values())}), {waiting} = {self.use('aligned')}"
            f"([{states}], [{', '.join(names.values())}], {axes})"
        )
        for at, (key, each) in enumerate(zip(keys, tensors, strict=True)):
            self.keep(key, self.no_steps(each.traced), f"{waiting}[{at}]")
        return made

    def no_steps(self, traced: TracedTensor) -> str:
        """Return a tensor like another with no steps yet."""
        tensor = traced.tensor
        sizes = [
            "0" if axis == tensor.time else str(size.value)
            for axis, size in enumerate(tensor.shape)
        ]
        return self.zeros(sizes[1:], tensor.dtype)

    @staticmethod
    def zeros(sizes: list[str], dtype: str) -> str:
        """Return a tensor of zeros with the batch before these sizes."""
        shape = ", ".join(["batch_size", *sizes])
        return f"ops.zeros(({shape}{',' * (not sizes)}), {string_literal(dtype)})"

    def position(self, planned: PlannedCall, x: str, axis: int) -> str | None:
        """Keep the number of the step, if a call needs it; return it before the step."""
        if not any(each.role is Role.POSITION for each in planned.kept):
            return None
        variable = self.variable(f"{planned.call.path}_position")
        name = f"{planned.call.path}/position"
        self.lines.append(f"{variable} = int(states[{string_literal(name)}])")
        then = f"{variable} + (0 if {x} is None else {x}.shape[{axis}])"
        self.keep(name, f"{self.use('counter')}(0)", f"{self.use('counter')}({then})")
        return variable


class _Name(str):
    """A variable, which is written as it is."""

    __slots__ = ()
