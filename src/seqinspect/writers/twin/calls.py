"""The statements of a twin, call by call: what is made once, what is kept, and one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.streaming.data import Role
from seqinspect.streaming.keeping import is_window
from seqinspect.streaming.one_step import runs_on_one_step
from seqinspect.streaming.schedule import Newest, Once, Stepwise
from seqinspect.writers.twin.attention import write_attention
from seqinspect.writers.twin.recurrent import write_recurrent
from seqinspect.writers.twin.statements import Statements
from seqinspect.writers.twin.windows import write_window

if TYPE_CHECKING:
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.streaming.analyse import PlannedCall
    from seqinspect.streaming.schedule import Read


class CallWriter(Statements):
    """The statements of a twin, as its calls are met in order."""

    def write(self) -> None:
        """Write all statements. Raises SpecError where a call cannot be written."""
        found, inputs = self.plan.found, self.plan.model.inputs
        for group in (found.fed, found.given):
            for at, name in enumerate(group):
                plain = name if name.isidentifier() else f"input_{at}"
                self.names[id(inputs[name])] = plain
                self.taken.add(plain)
        for planned in self.plan.calls:
            self.call(planned)
        for name, traced in self.plan.model.outputs.items():
            if isinstance(self.plan.schedule.form(traced), Once):
                refuse(f"the output {name} does not depend on what is fed step by step")
            self.outputs.append(self.name(traced))

    def call(self, planned: PlannedCall) -> None:
        """Write one call."""
        call = planned.call
        outputs = [self.variable(f"{call.path}{at or ''}") for at in range(len(call.outputs))]
        for traced, name in zip(call.outputs, outputs, strict=True):
            self.names[id(traced)] = name
        if planned.answer not in ("yes", "once"):
            self.refuse(call, f"whether it can be fed step by step is: {planned.answer}")
        elif planned.answer == "once":
            code, options = self.arguments(call, self.name)
            targets = ", ".join(outputs)
            self.once.append(f"{targets} = {self.layer(call)}({', '.join([code, *options])})")
        elif planned.call.facts.carried and any(x.carried for x in planned.read):
            if planned.call.facts.carried[0].per_step:
                write_attention(self, planned, outputs)
            else:
                write_recurrent(self, planned, outputs)
        elif isinstance(planned.forms[0], Newest):
            self.newest(planned, outputs)
        else:
            self.steps(planned, outputs)

    def newest(self, planned: PlannedCall, outputs: list[str]) -> None:
        """Write the call of a layer on vectors that follow from the newest step."""
        if any(isinstance(each.form, Stepwise) for each in planned.read):
            self.refuse(planned.call, "it takes the newest step alone")
        self.whole(planned)
        code, options = self.arguments(planned.call, self.name_or_state)
        self.lines.append(
            f"{', '.join(outputs)} = {self.use('on_steps')}"
            f"({', '.join([self.layer(planned.call), code, *options])})"
        )

    def steps(self, planned: PlannedCall, outputs: list[str]) -> None:
        """Write a call of which an output step reads a step, or a window of steps."""
        call = planned.call
        given = set(map(id, call.tensors.values()))  # Keras hands on masks by itself
        fed = [
            x
            for x in planned.read
            if isinstance(x.form, Stepwise) and x.reach and id(x.traced) in given
        ]
        windows = [x for x in fed if any(map(is_window, x.reach.spans))]
        if not windows:
            self.each_step(planned, fed, outputs)
        elif len(outputs) > 1:
            self.refuse(call, "it has several outputs")
        elif len({id(x.traced) for x in fed}) > 1 or len(fed[0].reach.spans) > 1:
            self.refuse(call, "it reads windows of several tensors")
        elif any(isinstance(x.form, Once) and x.reach for x in planned.read):
            self.refuse(call, "it reads a window beside what is made once")
        else:
            write_window(self, planned, fed[0], outputs[0])

    def each_step(self, planned: PlannedCall, fed: list[Read], outputs: list[str]) -> None:
        """Write a call of which output step t reads step t of each tensor."""
        call = planned.call
        names = self.together(planned, fed)
        self.whole(planned)
        whole = any(each.role is Role.WHOLE for each in planned.kept)
        position = self.position(planned, names[id(fed[0].traced)], fed[0].traced.tensor.time or 1)

        def get(traced: TracedTensor) -> str:
            if id(traced) in names:
                return names[id(traced)]
            code = self.name_or_state(traced)
            if isinstance(self.plan.schedule.form(traced), Once) and traced.tensor.time is not None:
                if position is None:
                    return code
                time, own = traced.tensor.time, fed[0].traced.tensor.time
                size = f"{names[id(fed[0].traced)]}.shape[{own}]"
                x = names[id(fed[0].traced)]
                inside = f"{self.use('cut')}({code}, {position}, {position} + {size}, {time})"
                return f"(None if {x} is None else {inside})"
            return code

        of_its_step = position is not None and not whole
        if of_its_step or not runs_on_one_step(self.plan.model.applier, call, planned.read):
            if len(fed) > 1 or len(call.tensors) > 1:
                self.refuse(call, "it is made for all steps, and reads several tensors")
            time, steps = fed[0].traced.tensor.time, fed[0].traced.tensor.steps
            axes = (time, call.outputs[0].tensor.time)
            arguments = [self.layer(call), names[id(fed[0].traced)], str(position or 0),
                         str(self.number(steps, call)), str(axes)]  # fmt: skip
            self.lines.append(f"{outputs[0]} = {self.use('placed')}({', '.join(arguments)})")
            return
        code, options = self.arguments(call, get)
        arguments = [self.layer(call), code, *options]
        self.lines.append(f"{outputs[0]} = {self.use('on_steps')}({', '.join(arguments)})")
        for at, output in reversed([*enumerate(outputs)] if len(outputs) > 1 else []):
            several = f"{outputs[0]}[{at}]"
            self.lines.append(f"{output} = None if {outputs[0]} is None else {several}")
