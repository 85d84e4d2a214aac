"""When each tensor of a model is ready, where some of its inputs come step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from seqinspect.algebra.proof import is_nonnegative
from seqinspect.records import NamedTuple
from seqinspect.streaming.data import Open, Why
from seqinspect.time.reach import STEP, ZERO, greatest, moves

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.model.facts import Tensor
    from seqinspect.time.reach import Reach, StepSpan


class Once(NamedTuple):
    """It depends on no input that comes step by step."""


class Stepwise(NamedTuple):
    """Its step t is ready with the input step `ready`, None where that is not known."""

    ready: Expr | None


class Newest(NamedTuple):
    """It has no steps, and is what follows from the newest step, or that `delay` steps before."""

    delay: Expr | None


class Late(NamedTuple):
    """It is not ready before the end of the window: the call `at` is why.

    `step` of what that returns reads step `last` of what it reads, None where it has no steps.
    """

    at: str
    why: Why
    step: int | None
    last: Expr


class Unknown(NamedTuple):
    """When it is ready is not known, because of the call `at`."""

    at: str
    why: Open


Form: TypeAlias = Once | Stepwise | Newest | Late | Unknown

ONCE = Once()


class Read(NamedTuple):
    """A tensor that a call reads, by the role that it has there, and which steps of it.

    `carried`: what the call hands on stands for its earlier steps.
    """

    role: str
    traced: TracedTensor
    form: Form
    reach: Reach
    carried: bool = False


def joined(forms: Iterable[Form], outputs: Expr) -> Form:
    """Return when something is ready that needs all of these; `outputs` steps, if it has steps."""
    found = [form for form in forms if not isinstance(form, Once)]
    for kind in (Unknown, Late):
        for form in found:
            if isinstance(form, kind):
                return form
    ready: Expr | None = None
    for index, form in enumerate(found):
        own = form.ready if isinstance(form, Stepwise) else getattr(form, "delay", None)
        if own is None:
            ready = None
            break
        ready = own if not index or ready is None else greatest(ready, own, outputs)
    if not found:
        return ONCE
    if all(isinstance(form, Newest) for form in found):
        return Newest(ready)
    return Stepwise(ready)


def is_vector(tensor: Tensor) -> bool:
    """Whether a tensor counts no steps: it has no axis for them, or just one step on it."""
    return tensor.time is None or tensor.steps == 1


def through(read: Read, output: Tensor, at: str) -> Form:
    """Return when an output of the call `at` is ready as far as one tensor goes that it reads."""
    reach, source, form = read.reach, read.traced, read.form
    if isinstance(form, Once | Unknown) or not reach:
        return form if reach else ONCE
    # One step of one that counts no more is a step.
    vector = is_vector(output) and not (output.time is not None and source.tensor.steps == 1)
    if isinstance(form, Late):
        stepped = vector and not is_vector(source.tensor)
        last_only = stepped and all(_is_last(span, source) for span in reach.spans)
        return Unknown(at, Open.FIXED_STEP) if last_only else form
    if isinstance(form, Newest):
        return form if vector else Late(at, Why.OF_NEWEST, 0, source.tensor.steps - 1)
    if not all(span.exact for span in reach.spans):
        return Unknown(at, Open.BOUND)
    if vector:
        return _of_vector(read, form, output, at)
    return joined((_of_span(span, source, form, at) for span in reach.spans), output.steps)


def _of_vector(read: Read, form: Stepwise, output: Tensor, at: str) -> Form:
    """Return when a vector is ready that reads steps."""
    last_only = all(_is_last(span, read.traced) for span in read.reach.spans)
    if last_only or (read.carried and output.time_summary == "last"):
        return Newest(None if form.ready is None else form.ready - STEP)
    why = Why.BACKWARDS if output.time_summary == "first" else Why.ONE_OF_ALL
    return Late(at, why, None, read.traced.tensor.steps - 1)


def _is_last(span: StepSpan, source: TracedTensor) -> bool:
    end = source.tensor.steps - 1
    return span.single and span.first.substitute({"t": ZERO}) == end


def _of_span(span: StepSpan, source: TracedTensor, form: Stepwise, at: str) -> Form:
    """Return when step t is ready as far as one span goes."""
    first = span.last.substitute({"t": ZERO})
    if not moves(span.last):
        end = source.tensor.steps - 1
        if span.last == end or (end.value is not None and span.last.value == end.value):
            why = Why.BACKWARDS if moves(span.first) and not span.rising else Why.ALL_STEPS
            return Late(at, why, 0, first)
        return Unknown(at, Open.FIXED_STEP)
    if not span.rising:
        return Late(at, Why.BACKWARDS, 0, first)
    last = span.last
    if is_nonnegative(first) is not True:  # a step of padding is made with the first step
        last = greatest(ZERO, last, span.outputs)
    return Stepwise(None if form.ready is None else form.ready.substitute({"t": last}))


class Schedule:
    """The forms of the tensors of one model, found as its calls are met in order."""

    def __init__(self, inputs: Sequence[tuple[TracedTensor, Form]]) -> None:
        self._forms: dict[int, tuple[TracedTensor, Form]] = {
            id(traced): (traced, form) for traced, form in inputs
        }

    def enter(self, traced: TracedTensor, form: Form) -> None:
        """Enter what is known of a tensor."""
        self._forms[id(traced)] = traced, form

    def form(self, traced: TracedTensor) -> Form:
        """Return when a tensor is ready; of a mask it follows from what the mask is made of."""
        found = self._forms.get(id(traced))
        if found is not None:
            return found[1]
        if traced.tensor.unknown_time:
            return Unknown(traced.path, Open.NO_RULE)
        parts = [
            through(Read("", source, self.form(source), reach), traced.tensor, traced.path)
            for reach, source in traced.sources
        ]
        form = joined(parts, traced.tensor.steps)
        self.enter(traced, form)
        return form
