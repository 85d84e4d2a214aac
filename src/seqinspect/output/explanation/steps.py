"""In words: which steps a layer reads, how often its weights are applied, what it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.steps import alike
from seqinspect.model.remarks import AttendsTo, Peculiarity
from seqinspect.output.explanation.phrases import (
    counted_steps,
    is_own_step,
    last_of,
    named,
    number,
    sentence,
    span_of,
    times,
)
from seqinspect.output.report.mask_words import mask_words
from seqinspect.output.report.remark_words import remark_words
from seqinspect.output.report.time_notes import time_sentence
from seqinspect.output.text import listed
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.explain.data import StepsRead
    from seqinspect.model.remarks import Remark
    from seqinspect.model.report import Depends, Row, TimeReport, WeightReport

MOST_WEIGHTS = 3
"""So many weights are named one by one."""


def steps_words(read: StepsRead, *, weights: bool = True) -> Iterator[str]:
    """Yield what a row has to do with time steps, sentence by sentence.

    `weights`: also how often its weights are applied.
    """
    row, time, parent = read.row, read.row.time, read.parent
    if time is None:
        yield _without_time(row, parent)
        return
    yield from _reading(read, time)
    half = parent is not None and traits_of(parent.type).both_directions
    if parent is not None and half and read.backwards and time.axis is not None:
        yield f"{parent.name} puts these steps back in order."
    yield from (sentence(remark_words(each)) for each in row.remarks if not _is_told(each))
    if masked := mask_words(row):
        yield sentence(masked)
    if read.states:
        yield (
            f"It starts from the state of {listed(read.states)}, not from zeros (initial_state),"
            " so its own state has seen what is behind that, too."
        )
    if weights:
        yield from _applied(read, time)
    yield from _seen(time)


def _without_time(row: Row, parent: Row | None) -> str:
    if parent is not None and traits_of(parent.type).applies_per_step:
        return f"{parent.name} applies it to one step at a time; see there."
    if row.unsupported or any(each.unknown_time or each.unknown_shape for each in row.outputs):
        return "What it does with time is not known: it, or a layer before it, is not followed."
    return "No time step reaches it: what it reads has no time axis."


def _is_told(remark: Remark) -> bool:
    """Whether the long answer has its own words for a remark."""
    told = (Peculiarity.SAME_AS_DENSE, Peculiarity.REVERSED)
    return remark in told or isinstance(remark, AttendsTo)


def _reading(read: StepsRead, time: TimeReport) -> Iterator[str]:
    row, source = read.row, read.source
    of = f" of {source.name}" if source is not None else ""
    steps = source.steps if source is not None else None
    traits = traits_of(row.type)
    if traits.step_by_step and steps is not None:
        yield from _recurrent(read, time, steps, of)
    elif time.reads == "each" and steps is not None and read.operands:
        yield _several(read, steps)
    elif time.reads == "each" and steps is not None:
        yield (
            f"It reads every step{of}, each by itself: output step t is made of step t"
            f" and of no other (t = 0…{last_of(steps)})."
        )
    elif traits.rearranges == "repeat" and time.steps is not None:
        what = f"what {source.name} returns" if source is not None else "what it reads"
        yield (
            f"It copies one vector, {what}, {named(time.steps)} times: every step holds the same"
            " numbers, and no steps of before come back."
        )
    elif time.reads == "last" and steps is None:
        yield (
            f"It reads one vector: the last step{of}. The other steps do not come out{of},"
            " but the state behind that vector has seen them all."
        )
    elif note := time_sentence(row):
        yield sentence(note)


def _several(read: StepsRead, steps: Expr) -> str:
    """What output step t is made of, input by input."""
    parts: dict[str, list[str]] = {}
    whole: list[str] = []
    followed = [depends for _, _, depends in read.operands if depends is not None]
    for name, source, depends in read.operands:
        if depends is not None:
            span = span_of(depends)
            if source is not None and source.steps is not None and _all(depends, source.steps):
                span = counted_steps(source.steps)
            parts.setdefault(span, []).append(name)
        elif followed and source is not None and source.axis is None:
            whole.append(name)
    if not parts:
        return f"It reads {' and '.join(name for name, _, _ in read.operands)}, step by step."
    made = " and ".join(
        [f"of {span} of {' and '.join(names)}" for span, names in parts.items()]
        + [f"of what {name} returns" for name in whole]
    )
    alone = all(map(is_own_step, followed)) and not whole
    other = " and of no other step" if alone else ""
    return f"Output step t is made {made}{other} (t = 0…{last_of(steps)})."


def _all(depends: Depends, steps: Expr) -> bool:
    """Whether it is every step, from the first to the last."""
    if depends.first is None or depends.last is None:
        return False
    first, last = depends.first.plain(), depends.last.plain()
    return depends.every == 1 and first == 0 and last == (steps - 1).plain()


def _recurrent(read: StepsRead, time: TimeReport, steps: Expr, of: str) -> Iterator[str]:
    row, end = read.row, last_of(steps)
    through = f"It goes through {counted_steps(steps)}{of}"
    both = traits_of(row.type).both_directions
    if time.reads == "prefix":
        yield (
            f"It goes through the steps{of} from 0 to {end}, one after another, and returns"
            " its state at every step. At step t the state has seen the steps 0…t."
        )
        if time.source.time_summary == "copies":
            yield f"These steps are all alike: {time_sentence(row)}."
    elif time.reads == "suffix":
        yield (
            f"It goes through the steps{of} backwards, from {end} to 0 (go_backwards), and returns"
            f" its state at every step, in that order: output step 0 has seen step {end} only, the"
            " last output step has seen them all."
        )
    elif time.axis is not None or both:
        yield sentence(time_sentence(row))
    elif read.backwards:
        yield (
            f"{through} backwards, from {end} to 0 (go_backwards), and returns only the state it"
            " ends with, at step 0 (return_sequences: false): it has seen them all."
        )
    else:
        yield (
            f"{through}, one after another, and returns only the state it ends with"
            " (return_sequences: false): it has seen them all."
        )


def _applied(read: StepsRead, time: TimeReport) -> Iterator[str]:
    """How often, and with whose weights."""
    row, source = read.row, read.source
    if not row.weights:
        return
    count, what = time.applications, _weights(row)
    if time.shared is False:
        yield (
            "Every step has weights of its own: the number of steps is in the shape of"
            f" {row.weights[0].name}. It is applied {times(count)} for each sample."
        )
    elif count.value == 1:
        yield f"It is applied once for each sample, with {what}."
    else:
        once = source is not None and alike(source.steps, count)
        each = ", once for each step" if once else ""
        both = " (half of them in each direction)" if traits_of(row.type).both_directions else ""
        steps = ", shared by all steps" if source is None or source.axis is not None else ""
        yield (
            f"Applied {times(count)}{both} for each sample{each}, always with the same weights:"
            f" {what}{steps}."
        )


def _weights(row: Row) -> str:
    if traits_of(row.type).both_directions:
        return f"one set of {len(row.weights) // 2} weights for each direction"
    if len(row.weights) > MOST_WEIGHTS:
        return f"one set of {len(row.weights)} weights"
    return listed([_weight(weight) for weight in row.weights if weight.symbolic])


def _weight(weight: WeightReport) -> str:
    if len(weight.symbolic) == 1:
        return f"one {weight.name} of {number(weight.symbolic[0])}"
    return f"one {'×'.join(map(number, weight.symbolic))} {weight.name}"


def _seen(time: TimeReport) -> Iterator[str]:
    """What it depends on through all layers before it."""
    for depends in time.depends:
        subject = "output step t depends" if time.axis is not None else "its output depends"
        yield f"Through all layers before it, {subject} on {span_of(depends)} of {depends.input}."
