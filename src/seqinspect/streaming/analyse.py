"""Graph and report → Streaming: call by call, then as a whole."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import const
from seqinspect.algebra.proof import is_nonnegative
from seqinspect.analysis.bounds import bounds_of
from seqinspect.analysis.receptive_field import same_steps
from seqinspect.analysis.walk import traced_model
from seqinspect.errors import refuse
from seqinspect.model.masks import MaskUse
from seqinspect.model.remarks import Peculiarity
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of
from seqinspect.streaming.data import (
    LayerStream,
    Open,
    OutputStream,
    Role,
    Streaming,
    Why,
    Witness,
)
from seqinspect.streaming.keeping import NotFound, counter, kept_by, reads
from seqinspect.streaming.one_step import has_numbers_of_steps
from seqinspect.streaming.schedule import (
    ONCE,
    Late,
    Newest,
    Once,
    Schedule,
    Stepwise,
    Unknown,
    is_vector,
    joined,
    through,
)
from seqinspect.streaming.work import step_work
from seqinspect.time.reach import STEP, moves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.model_pass import Call
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.analysis.walk import TracedModel
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row
    from seqinspect.streaming.data import Answer, Kept, Reason
    from seqinspect.streaming.schedule import Form, Read

UNMASKED = frozenset({Role.WAITING, Role.STEPS})
"""Steps that are kept for these reasons are kept without their mask."""

MAX_STEPS = 32
"""So many output steps are looked at for one that is not padding."""

MAX_CHOICES = 6
"""Of at most so many inputs with steps it is tried which of them may come step by step."""


def streaming(graph: Graph, report: Report, once: Sequence[str] = ()) -> Streaming:
    """Return whether a model can be fed step by step, and what that takes.

    `once` are inputs that are given as a whole. Where not all inputs with steps can be fed so, the
    others are: the encoder of a decoder that is. Raises SpecError where `once` names no input.
    """
    return plan(graph, report, once).found


class PlannedCall(NamedTuple):
    """A call with what it reads, when its outputs are ready, and what it keeps."""

    call: Call
    answer: Answer
    read: tuple[Read, ...] = ()
    forms: tuple[Form, ...] = ()
    kept: tuple[Kept, ...] = ()


class Plan(NamedTuple):
    """How a model is fed step by step: call by call, in execution order."""

    found: Streaming
    model: TracedModel
    calls: tuple[PlannedCall, ...]
    schedule: Schedule


def plan(graph: Graph, report: Report, once: Sequence[str] = ()) -> Plan:
    """Return how a model is fed step by step, as `streaming` says it can be. Raises SpecError."""
    names = {each.name for each in report.inputs}
    for name in once:
        if name not in names:
            refuse(
                f"the model has no input {name!r}",
                received=name,
                expected=f"one of {', '.join(sorted(names))}",
                argument="once",
            )
    model = traced_model(graph)
    best: Plan | None = None
    for fed in _choices(model, once):
        tried = _Pass(model, report, fed).plan()
        if tried.found.answer == "yes":
            return tried
        if best is None or (best.found.answer, tried.found.answer) == ("no", "not known"):
            best = tried
    return best or _Pass(model, report, ()).plan()


def _choices(model: TracedModel, once: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield which inputs may be fed step by step: all, or as many as can, those in step only."""
    timed = [
        name for name, x in model.inputs.items() if x.tensor.time is not None and name not in once
    ]
    for count in range(len(timed), 0, -1):
        for names in combinations(reversed(timed), count):
            first, *others = (model.inputs[name].tensor.steps for name in reversed(names))
            if all(same_steps(first, other) for other in others):
                yield tuple(reversed(names))
        if len(timed) > MAX_CHOICES:
            return


class _Pass:
    """One pass through the calls of a model, with these inputs fed step by step."""

    def __init__(self, model: TracedModel, report: Report, fed: tuple[str, ...]) -> None:
        self.model = model
        self.report = report
        self.fed = fed
        self.rows = {row.path: row for row in report.rows}
        inputs: list[tuple[TracedTensor, Form]] = [
            (traced, Stepwise(STEP) if name in fed else ONCE)
            for name, traced in model.inputs.items()
        ]
        self.window = model.inputs[fed[0]].tensor.steps.value if fed else None
        self.schedule = Schedule(inputs)
        self.whole: set[str] = set()
        self.calls: list[PlannedCall] = []
        self.layers = [self.layer(call) for call in model.calls if self.used(call)]

    def used(self, call: Call) -> bool:
        row = self.rows.get(call.path)
        return row is None or row.used

    def layer(self, call: Call) -> LayerStream:
        """Return what is known of a call, and enter when its outputs are ready."""
        row = self.rows[call.path]
        if not call.arguments:
            return self.unknown(call, row, Open.NO_RULE)
        if row.reuses is not None and call.node.layer.arguments.get("stateful") is True:
            return self.unknown(call, row, Open.STATE_LEFT)
        read = reads(call, self.schedule)
        forms = [self.form(call, index, read) for index in range(len(call.outputs))]
        own = read if not any(isinstance(x.form, Late) for x in read) else _by_themselves(read)
        alone = forms if own is read else [
            self.form(call, index, own) for index in range(len(call.outputs))
        ]  # fmt: skip
        answer, reason, witness = _answer(call, alone)
        kept: tuple[Kept, ...] = ()
        if answer == "yes":
            try:
                kept = tuple(self.once_only(kept_by(call, own, alone[0], self.window)))
                if _needs_mask(row) and any(each.role in UNMASKED for each in kept):
                    raise NotFound(Open.MASK_LOST)
                counted = any(each.role is Role.POSITION for each in kept)
                if not counted and has_numbers_of_steps(self.model.applier, call, own):
                    kept = (*kept, counter(Role.POSITION, "position"))
            except NotFound as error:
                answer, reason, kept = "not known", error.why, ()
                unknown = Unknown(call.path, error.why)
                forms = [unknown if isinstance(f, Stepwise | Newest) else f for f in forms]
        for traced, form in zip(call.outputs, forms, strict=True):
            self.schedule.enter(traced, form)
        self.calls.append(PlannedCall(call, answer, tuple(own), tuple(alone), kept))
        work = step_work(self.model.applier, call, own, kept) if answer == "yes" else None
        first, window = forms[0], row.multiply_adds if row.work_known else None
        return LayerStream(
            call.path,
            row.type,
            row.place,
            answer,
            reason,
            witness,
            kept,
            None if work is None else work.step,
            window if answer == "once" else None if work is None else work.once,
            window,
            first.ready if isinstance(first, Stepwise) else None,
        )

    def once_only(self, kept: Iterator[Kept]) -> Iterator[Kept]:
        """Yield what is kept, but of what is made once and read by several calls once alone."""
        for each in kept:
            if each.role is Role.WHOLE and each.name not in ("key", "value"):
                if each.name in self.whole:
                    continue
                self.whole.add(each.name)
            yield each

    def unknown(self, call: Call, row: Row, why: Open) -> LayerStream:
        """Return what is known of a call that cannot be followed: whether what comes reaches it."""
        forms = [self.schedule.form(x) for group in call.sources.values() for x in group]
        once = all(isinstance(form, Once) for form in forms)
        unknown = Unknown(call.path, why)
        for traced in call.outputs:
            self.schedule.enter(traced, ONCE if once else unknown)
        answer: Answer = "once" if once else "not known"
        self.calls.append(PlannedCall(call, answer))
        reason = None if once else why
        work = row.multiply_adds if row.work_known else None
        return LayerStream(
            call.path, row.type, row.place, answer, reason, once=work if once else None, window=work
        )

    def form(self, call: Call, index: int, read: Sequence[Read]) -> Form:
        """Return when an output of a call is ready."""
        output = call.outputs[index]
        if output.tensor.unknown_time:
            return Unknown(call.path, Open.NO_RULE)
        own = reads(call, self.schedule, index) if index else read
        if index:
            own = [a._replace(form=b.form) for a, b in zip(own, read, strict=True)]
        fed = any(isinstance(each.form, Stepwise) for each in own if each.carried)
        if index and fed and any(each.per_step for each in call.facts.carried):
            return Unknown(call.path, Open.COUNTS)  # scores of as many steps as there are
        form = joined(
            (through(x, output.tensor, call.path) for x in own),
            output.tensor.steps,
        )
        if isinstance(form, Late) and form.at == call.path:
            return form._replace(why=_why(call, form))
        return form

    def plan(self) -> Plan:
        return Plan(self.result(), self.model, tuple(self.calls), self.schedule)

    def result(self) -> Streaming:
        """Return what is known of the whole."""
        outputs, answers = [], []
        reason: Reason | None = None
        at, witness = "", None
        for name, traced in self.model.outputs.items():
            form = self.schedule.form(traced)
            answer, why, where, seen = self.of_output(traced, form)
            answers.append(answer)
            if why is not None and (reason is None or answer == "no"):
                reason, at, witness = why, where, seen
            outputs.append(_output(name, traced, form, answer))
        whole: Answer = "once" if all(each == "once" for each in answers) else "yes"
        for worse in ("not known", "no"):
            if worse in answers:
                whole = worse
        hindered = next((x for x in self.layers if x.answer not in ("yes", "once")), None)
        if whole == "yes" and hindered is not None:
            whole, reason, at = "not known", hindered.reason or Open.BOUND, hindered.path
            reason = reason if isinstance(reason, Open) else Open.MASKED
        timed = [name for name, x in self.model.inputs.items() if x.tensor.time is not None]
        return Streaming(
            self.report,
            whole,
            self.fed,
            tuple(name for name in timed if name not in self.fed),
            tuple(self.layers),
            tuple(outputs),
            reason,
            at,
            witness,
        )

    def of_output(
        self, traced: TracedTensor, form: Form
    ) -> tuple[Answer, Reason | None, str, Witness | None]:
        """Return whether an output can be made step by step, else why not, where, and a witness."""
        if isinstance(form, Once):
            return "once", None, "", None
        if isinstance(form, Unknown):
            return "not known", form.why, form.at, None
        if not isinstance(form, Late):
            return "yes", None, "", None
        witness = self.witness(traced)
        if witness is None:
            return "not known", Open.BOUND, form.at, None
        return "no", form.why, form.at, witness

    def witness(self, traced: TracedTensor) -> Witness | None:
        """Return the last step of an input that a step of an output, or all of it, depends on."""
        count = min(MAX_STEPS, traced.tensor.steps.value or MAX_STEPS)
        steps = (None,) if is_vector(traced.tensor) else range(count)
        for name in self.fed:
            if name not in traced.depends:
                continue
            bounds = bounds_of(traced, name)
            if bounds is None or not bounds.proved:
                continue
            end = self.model.inputs[name].tensor.steps - 1
            for step in steps:
                at = {} if step is None else {"t": const(step)}
                first, last = bounds.first.substitute(at), bounds.last.substitute(at)
                if is_nonnegative(last - first) is not True:  # a step of padding
                    continue
                if not moves(last) and (last == end or (end.value and last.value == end.value)):
                    return Witness(step, last.plain(), name)
                break
        return None


def _needs_mask(row: Row) -> bool:
    """Whether a call looks at the mask that it receives, or passes one on."""
    mask = row.mask
    if mask is None or mask.mask is None:
        return False
    return mask.carries or mask.use is not MaskUse.NONE


def _by_themselves(read: Sequence[Read]) -> list[Read]:
    """Return what a call reads, as if steps that are late came one by one."""
    return [
        each._replace(form=Stepwise(None))
        if isinstance(each.form, Late) and not is_vector(each.traced.tensor)
        else each
        for each in read
    ]


def _answer(call: Call, forms: Sequence[Form]) -> tuple[Answer, Reason | None, Witness | None]:
    """Return whether a call can be made step by step by itself, else why not, and a witness."""
    for form in forms:
        if isinstance(form, Unknown):
            return "not known", form.why, None
    for form in forms:
        if isinstance(form, Late) and form.at == call.path:
            return "no", form.why, Witness(form.step, form.last.plain())
    if any(isinstance(form, Late) for form in forms):
        return "waits", None, None
    if all(isinstance(form, Once) for form in forms):
        return "once", None, None
    return "yes", None, None


def _why(call: Call, form: Late) -> Why:
    """Return why a layer has to wait for the end, by what it is."""
    traits = traits_of(call.node.layer.type)
    if traits.both_directions:
        return Why.BOTH_DIRECTIONS
    if traits.recurrent and Peculiarity.REVERSED in call.facts.remarks:
        return Why.BACKWARDS
    if traits.attention and form.why is Why.ALL_STEPS:
        return Why.ATTENDS_AHEAD
    return form.why


def _output(name: str, traced: TracedTensor, form: Form, answer: Answer) -> OutputStream:
    if answer == "yes" and isinstance(form, Newest):
        return OutputStream(name, answer, newest=True, delay=form.delay)
    if answer != "yes" or not isinstance(form, Stepwise) or form.ready is None:
        return OutputStream(name, answer)
    delay: Expr | None = form.ready - STEP
    if delay is not None and moves(delay):
        delay = None
    return OutputStream(name, answer, form.ready, delay=delay)
