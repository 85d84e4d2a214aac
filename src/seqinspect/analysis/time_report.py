"""The time relation of a call as its row states it, of a model within a model, and of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.analysis.bounds import bounds_of, kept_stride
from seqinspect.analysis.tracing import TracedTensor, trace_input, trace_output
from seqinspect.model.remarks import Peculiarity
from seqinspect.model.report import Depends, SourceReport, TimeReport
from seqinspect.time.reach import IRREGULAR, STEP, ZERO, Reach, StepSpan, at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.model.facts import Facts, Reading, Reads, Tensor
    from seqinspect.time.dependence import Dependence
    from seqinspect.time.work import Work


def time_report(
    facts: Facts,
    first: Tensor,
    traced: TracedTensor,
    *,
    shared: bool | None,
    source: tuple[str, str] = ("", ""),
) -> TimeReport | None:
    """What a layer's first output has to do with time; None where no input step reaches it.

    `source`: name and class of the layer whose output, `first`, it reads.
    """
    if not traced.depends:
        return None
    output = facts.outputs[0]
    reads = _reads(facts, first)
    depends = tuple(_all_depends(traced.as_vector()))
    return TimeReport(
        axis=output.time,
        steps=output.steps if output.time is not None else None,
        reads=reads,
        applications=as_expr(facts.applications),
        shared=shared,
        depends=depends,
        source=SourceReport(
            *source,
            rank=first.rank,
            steps=first.steps if first.time is not None else None,
            time_summary=first.time_summary,
        ),
        time_summary=output.time_summary,
        windows=_windows(facts) if reads == "window" else (),
    )


def _all_depends(traced: TracedTensor) -> Iterator[Depends]:
    """Yield what depends on each input; where formulas say all of it, equal ones are found once."""
    said: dict[Dependence, Depends] = {}
    for name, dependence in traced.depends.items():
        if (alike := said.get(dependence)) is not None:
            yield Depends(name, *alike[1:])
            continue
        found = _depends(traced, name)
        if not traced.is_bound and dependence.is_plain:
            said[dependence] = found
        yield found


def _depends(traced: TracedTensor, name: str) -> Depends:
    dependence, bounds = traced.depends[name], bounds_of(traced, name)
    steps = dependence.spans[0].steps
    if bounds is None:
        return Depends(name, None, None, steps, IRREGULAR)
    every = kept_stride(traced, name) or IRREGULAR
    return Depends(name, bounds.first, bounds.last, steps, every, bounds.proved, bounds.in_names)


def _windows(facts: Facts) -> tuple[StepSpan, ...]:
    """The spans of its first input that a step of the first output reads."""
    reach: object = facts.reaches[0]
    if isinstance(reach, Mapping):  # of a model or an operation: what it reads of its first input
        reach = next(iter(reach.values()))
    if isinstance(reach, tuple):
        reach = reach[0]
    return reach.spans if isinstance(reach, Reach) else ()


def _reads(facts: Facts, first: Tensor) -> Reads:
    """The steps that one application reads; of one without steps, what it knows of them."""
    if first.stepped or not first.time_summary:
        return facts.reads or "none"
    if first.time_summary in ("last", "first"):
        return first.time_summary
    return "all"


def reads_of_model(name: str, first: Tensor, output: TracedTensor) -> Reads:
    """The steps of its first input, `name`, that an output step of a model depends on."""
    if first.time is None or name not in output.depends:
        return "none"
    output = output.as_vector()  # steps side by side are read together
    bounds = bounds_of(output, name)
    if bounds is None:
        return "window"
    low, high = bounds.in_names or (bounds.first, bounds.last)
    end = first.steps - 1
    if low == high:
        ends: dict[Expr, Reads] = {STEP: "each", ZERO: "first", end: "last"}
        return ends.get(low, "window")
    if kept_stride(output, name) != 1:  # steps between the ends are left out
        return "window"
    if (low, high) == (end - STEP, end):
        return "suffix"
    if low != ZERO:
        return "window"
    return "prefix" if high == STEP else "all" if (high - end).value == 0 else "window"


def reads_of_operation(
    output: Tensor, reading: Reading, tensors: Sequence[Tensor], work: Work
) -> list[Reads]:
    """The steps of each of its tensors that an output step of an operation depends on."""
    operands = tuple(trace_input(str(index), tensor, work) for index, tensor in enumerate(tensors))
    traced = trace_output(output, reading, {"inputs": operands})
    return [reads_of_model(str(index), tensor, traced) for index, tensor in enumerate(tensors)]


def reach_of_model(output: TracedTensor, inputs: Iterable[str]) -> dict[str, Reach]:
    """What an output of a model reads of each of its inputs, as the reach of one layer.

    At known sizes it is exact, whatever its formulas are.
    """
    found = {name: Reach() for name in inputs}
    for name, dependence in output.depends.items():
        reach = Reach(_spans(output, name))
        count, steps = output.tensor.steps.value, dependence.spans[0].steps.value
        relation = output.relation(name)
        if relation is not None and count is not None and steps is not None:
            reach.pieces[(), count, steps] = relation
        found[name] = reach
    return found


def _spans(output: TracedTensor, name: str) -> tuple[StepSpan, ...]:
    """The spans of one input that an output step reads: as composed, where these say just that."""
    dependence, outputs = output.depends[name], output.tensor.steps
    if all(span.exact and span.every != IRREGULAR and not span.guards for span in dependence.spans):
        return dependence.reach(outputs).spans
    steps = dependence.spans[0].steps
    rising = all(span.rising for span in dependence.spans)
    bounds = bounds_of(output, name)
    if bounds is None:
        return at_most(steps, outputs).spans
    ends, every = (bounds.first, bounds.last), kept_stride(output, name) or IRREGULAR
    exact = bounds.proved
    return (StepSpan(*ends, steps, outputs, every=every, rising=rising, exact=exact),)


def holes_of_model(output: TracedTensor, name: str, reach: Reach) -> tuple[Peculiarity, ...]:
    """What is to be said of steps between those that an output step reads of an input."""
    if reach.exact and all(span.every != IRREGULAR for span in reach.spans):
        return ()
    if kept_stride(output, name) == IRREGULAR:
        return (Peculiarity.STEPS_LEFT_OUT,)
    return (Peculiarity.AT_MOST,)
