"""In words: which steps a layer reads, how often its weights are applied, what it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.notes import ordinal
from seqinspect.explain.lookup import backwards, states_from
from seqinspect.explain.single_layer import relations
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.explain.lookup import Model, Source
    from seqinspect.model.report import Depends, Row, TimeReport

TOLD = frozenset(
    {
        "the same as Dense without TimeDistributed",
        "reads from the end: outputs come in reversed order",
    }
)
"""Remarks that the long answer makes in its own words."""


def named(size: Expr) -> str:
    """Return a size with its number: T = 10; 10; T."""
    text = size.plain().text()
    if size.value is None or text in (str(size.value), f"{size.value:,}"):
        return text
    return f"{text} = {size.value:,}"


def number(size: Expr) -> str:
    """Return a size as a number, or as its formula where it has none."""
    return size.plain().text() if size.value is None else f"{size.value:,}"


def alike(one: Expr | None, other: Expr | None) -> bool:
    """Whether two numbers of steps are the same, however they are written."""
    return one is not None and other is not None and one.plain() == other.plain()


def last_of(steps: Expr) -> str:
    """Return the index of the last of some steps: 9, or T−1."""
    return number(steps - 1)


def times(count: Expr) -> str:
    """Return how often something happens."""
    if count.value == 1:
        return "once"
    return f"{number(count)} times"


def steps_of(model: Model, row: Row) -> Iterator[str]:
    """Yield what a row has to do with time steps, sentence by sentence."""
    time, source = row.time, model.source(row)
    if time is None:
        parent = model.rows.get(row.path.rpartition("/")[0])
        if parent is not None and traits_of(parent.type).applies_per_step:
            yield f"{parent.name} applies it to one step at a time; see there."
        elif row.unsupported or any(
            each.unknown_time or each.unknown_shape for each in row.outputs
        ):
            yield "What it does with time is not known: a layer without a rule is on the way."
        else:
            yield "No time step reaches it: what it reads has no time axis."
        return
    told = list(_reading(model, row, time, source))
    yield from told
    parent = model.rows.get(row.path.rpartition("/")[0])
    half = parent is not None and traits_of(parent.type).both_directions and backwards(model, row)
    if parent is not None and half and time.axis is not None:
        yield f"{parent.name} puts these steps back in order."
    yield from _remarks(time, " ".join(told))
    if states := states_from(model, row):
        yield (
            f"It starts from the state of {' and '.join(states)}, not from zeros (initial_state),"
            " so its own state has seen what is behind that, too."
        )
    yield from _applied(model, row, time, source)
    yield from _seen(time)


def _reading(model: Model, row: Row, time: TimeReport, source: Source | None) -> Iterator[str]:
    of = f" of {source.name}" if source is not None else ""
    steps = source.steps if source is not None else None
    if traits_of(row.type).step_by_step and steps is not None:
        yield from _recurrent(row, time, steps, of, backward=backwards(model, row))
        return
    match time.reads:
        case "each" if steps is not None and len(set(row.sources)) > 1:
            yield from _several(model, row, steps)
        case "each" if steps is not None:
            yield (
                f"It reads every step{of}, each by itself: output step t is made of step t"
                f" and of no other (t = 0…{last_of(steps)})."
            )
        case _ if traits_of(row.type).rearranges == "repeat" and time.steps is not None:
            yield (
                f"It copies one vector, what{of.replace(' of', '')} returns, {named(time.steps)}"
                " times: every step holds the same numbers, and no steps of before come back."
            )
        case "last" if steps is None:
            yield (
                f"It reads one vector: the last step{of}. The other steps do not come out{of},"
                " but the state behind that vector has seen them all."
            )
        case _:
            if time.note:
                yield f"{time.note[0].upper()}{time.note[1:]}."


def _several(model: Model, row: Row, steps: Expr) -> Iterator[str]:
    """What output step t is made of, input by input."""
    node = model.call(row)
    plain = node is not None and not any(ref.output for ref in node.sources)
    read = {depends.input: depends for depends in relations(model, row)} if plain else {}
    parts: dict[str, list[str]] = {}
    whole: list[str] = []
    for name in dict.fromkeys(row.sources):
        source = model.source(row, name)
        if name in read:
            span = span_of(read[name])
            if source is not None and source.steps is not None and _all(read[name], source.steps):
                span = f"all {named(source.steps)} steps"
            parts.setdefault(span, []).append(name)
        elif read and source is not None and source.axis is None:
            whole.append(name)
    if not parts:
        yield f"It reads {' and '.join(dict.fromkeys(row.sources))}, step by step."
        return
    made = " and ".join(
        [f"of {span} of {' and '.join(names)}" for span, names in parts.items()]
        + [f"of what {name} returns" for name in whole]
    )
    other = " and of no other step" if list(parts) == ["step t"] and not whole else ""
    yield f"Output step t is made {made}{other} (t = 0…{last_of(steps)})."


def _all(depends: Depends, steps: Expr) -> bool:
    """Whether it is every step, from the first to the last."""
    first, last = depends.first.plain(), depends.last.plain()
    return depends.every == 1 and first == 0 and last == (steps - 1).plain()


def _remarks(time: TimeReport, told: str) -> Iterator[str]:
    """What else the layer's rule says of time: a state that is kept, a mask that is lost."""
    for part in time.note.split("; ")[1:]:
        sentence = f"{part[0].upper()}{part[1:]}."
        again = part in told or sentence in told or (part.startswith("each attends") and told)
        if not again and part not in TOLD:
            yield sentence


def _recurrent(
    row: Row, time: TimeReport, steps: Expr, of: str, *, backward: bool
) -> Iterator[str]:
    end = last_of(steps)
    both = traits_of(row.type).both_directions
    match time.reads, time.axis:
        case "prefix", _:
            yield (
                f"It goes through the steps{of} from 0 to {end}, one after another, and returns"
                " its state at every step. At step t the state has seen the steps 0…t."
            )
            if "copies" in time.note:
                yield f"These steps are all alike: {time.note}."
        case "suffix", _:
            yield (
                f"It goes through the steps{of} backwards, from {end} to 0 (go_backwards), and puts"
                f" out its state at every step, in that order: output step 0 has seen step {end}"
                " only, the last output step has seen them all."
            )
        case _, None if backward and not both:
            yield (
                f"It goes through all {named(steps)} steps{of} backwards, from {end} to 0"
                " (go_backwards), and returns only the state it ends with, at step 0"
                " (return_sequences: false): it has seen them all."
            )
        case _, None if not both:
            yield (
                f"It goes through all {named(steps)} steps{of}, one after another, and returns"
                f" only the state it ends with (return_sequences: false)."
            )
        case _:
            yield f"{time.note[0].upper()}{time.note[1:]}."


def _applied(model: Model, row: Row, time: TimeReport, source: Source | None) -> Iterator[str]:
    """How often, and with whose weights."""
    if not row.weights:
        return
    count, what = time.applications, _weights(row)
    often = times(count)
    each = ""
    if source is not None and alike(source.steps, count):
        each = ", once for each step"
    if time.shared is False:
        yield (
            "Every step has weights of its own: the number of steps is in the shape of"
            f" {row.weights[0].name}. It is applied {often} for each sample."
        )
    elif count.value == 1:
        yield f"It is applied once for each sample, with {what}."
    else:
        both = " (half of them in each direction)" if traits_of(row.type).both_directions else ""
        steps = ", shared by all steps" if source is None or source.axis is not None else ""
        yield (
            f"Applied {often}{both} for each sample{each}, always with the same weights: {what}"
            f"{steps}."
        )


def _weights(row: Row) -> str:
    if traits_of(row.type).both_directions:
        return f"one set of {len(row.weights) // 2} weights for each direction"
    if len(row.weights) > 3:
        return f"one set of {len(row.weights)} weights"
    parts = [
        f"one {'×'.join(number(size) for size in weight.symbolic)} {weight.name}"
        if len(weight.symbolic) > 1
        else f"one {weight.name} of {number(weight.symbolic[0])}"
        for weight in row.weights
        if weight.symbolic
    ]
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def _seen(time: TimeReport) -> Iterator[str]:
    """What it depends on through all layers before it."""
    for depends in time.depends:
        subject = "output step t depends" if time.axis is not None else "its output depends"
        yield f"Through all layers before it, {subject} on {span_of(depends)} of {depends.input}."


def span_of(depends: Depends) -> str:
    """Return which steps output step t depends on: step t, the steps 0…t."""
    first, last = depends.first.plain().text(), depends.last.plain().text()
    if first == last:
        return f"step {first}"
    stride = getattr(depends, "every", 1)
    if stride > 1:
        return f"every {ordinal(str(stride))} step of {first}…{last}"
    if stride == 0:
        return f"steps between {first} and {last}"
    return f"the steps {first}…{last}"
