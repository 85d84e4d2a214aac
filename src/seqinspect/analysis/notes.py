"""The sentence on time beside a layer: which steps it reads, and whether they share weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr
from seqinspect.analysis.remark_words import remark_words
from seqinspect.rules import traits_of
from seqinspect.time.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.facts import Facts, Reads, Tensor
    from seqinspect.model.report import Depends
    from seqinspect.time.reach import Span


def note(
    layer: str, facts: Facts, source: Tensor, reads: Reads, said: str = "", *, own: bool = False
) -> str:
    """What a layer does with time steps; `said` is what it reads: ` of lstm, whose state has …`.

    `own`: every step has weights of its own.
    """
    sentence = _sentence(layer, facts, source, reads, said, own=own)
    return "; ".join(part for part in (sentence, *map(remark_words, facts.remarks)) if part)


def _sentence(
    layer: str, facts: Facts, source: Tensor, reads: Reads, said: str, *, own: bool
) -> str:
    output = facts.outputs[0]
    if own and reads == "each" and source.time is not None:
        each = f"each of the {_number(source.steps)} steps by itself"
        return each if facts.remarks else f"{each}, with weights of its own"
    traits = traits_of(layer)
    if traits.dense or (traits.applies_per_step and facts.weights):
        return _kernel(layer, facts, source, reads, said)
    if source.time is None:
        if output.time is not None:
            copies = output.time_summary == "copies"
            return f"{_number(output.steps)} copies of one vector" if copies else ""
        return _vector(source, said)
    steps = _number(source.steps)
    if source.time_summary == "copies" and reads in ("prefix", "suffix"):
        some = "0…t" if reads == "prefix" else f"{_last(source.steps)}−t…{_last(source.steps)}"
        return f"step t has read copies {some} of one vector"
    match reads:
        case "each":
            return f"each of the {steps} steps by itself"
        case "prefix":
            return "step t has seen steps 0…t"
        case "suffix":
            return f"step t has seen steps {_last(source.steps)}−t…{_last(source.steps)}"
        case "window":
            return f"step t reads {_window(facts)}"
        case "last":
            return f"the last step only ({_last(source.steps)})"
        case "first":
            return "the first step only (0)"
        case "none":
            return ""
    return _all(layer, facts, source, output)


def _all(layer: str, facts: Facts, source: Tensor, output: Tensor) -> str:
    steps = _number(source.steps)
    if output.time is not None:
        return f"every step reads all {steps} steps"
    end = _last(source.steps)
    match output.time_summary:
        case "last":
            return f"returns the last step only; its state has seen steps 0…{end}"
        case "first":
            return f"returns its last state, reached at step 0 after steps {end}…0"
        case "ends":
            return f"returns both ends; together they have seen steps 0…{end}"
        case "folded":
            return f"lays the {steps} steps side by side as features: weights after it are per step"
    if traits_of(layer).both_directions:
        return f"has seen steps 0…{end}"
    return f"makes one summary of all {steps} steps"


def _kernel(layer: str, facts: Facts, source: Tensor, reads: Reads, said: str) -> str:
    """Dense, and TimeDistributed around a layer with weights."""
    kernel = facts.weights[0]
    shape = f"{'×'.join(_factor(as_expr(size)) for size in kernel.shape)} {kernel.name}"
    if source.time is None:
        alone = source.rank == 2 and source.time_summary != "folded"
        once = f"one {shape}, applied once" if alone else ""
        return ": ".join(part for part in (_vector(source, said), once) if part)
    steps = _number(source.steps)
    count = _number(as_expr(facts.applications))
    if reads == "each":
        sentence = f"every step: one {shape}, shared by all {steps} steps"
        if as_expr(facts.applications) != source.steps:
            sentence += f", applied {count} times"
        return sentence
    return (
        f"mixes the steps: the {shape} has a row for each of the {steps} steps,"
        f" and is shared by the other axes ({count} times)"
    )


def _vector(source: Tensor, said: str) -> str:
    """A layer on a tensor whose time axis is gone: what that tensor stands for."""
    match source.time_summary:
        case "last":
            return f"the last step only{said}"
        case "first":
            return f"step 0 only{said}"
        case "ends":
            halves = "the forward half at the last step, the backward half at step 0"
            return f"both ends{said}: {halves}"
        case "folded":
            return "all steps side by side: every step has rows of its own in the kernel"
        case "all":
            return "one summary of all steps"
    return ""


def origin(
    name: str, kind: str, summary: str, depends: Sequence[Depends], steps: Sequence[Expr]
) -> str:
    """Name the layer, of class `kind`, that returned a vector, and which steps that has seen.

    `steps`: how many the inputs have on which it depends.
    """
    match summary:
        case "ends":
            return f" of {name}"
        case "last":
            whose = "whose state" if traits_of(kind).recurrent else "which"
        case "first":
            whose = "which went backwards and" if traits_of(kind).recurrent else "which"
        case _:
            return ""
    return f" of {name}, {whose} has seen {_seen(depends, steps)}"


def _seen(depends: Sequence[Depends], steps: Sequence[Expr]) -> str:
    """Say which steps of the model inputs were seen."""
    texts = []
    for each, count in zip(depends, steps, strict=True):
        of = f" of {each.input}" if len(depends) > 1 else ""
        if (each.first, each.last) == (as_expr(0), count - 1):
            texts.append(f"all steps{of}")
        elif each.first == each.last:
            texts.append(f"step {_readable(each.first)}{of}")
        else:
            texts.append(f"steps {_readable(each.first)}…{_readable(each.last)}{of}")
    if all(text.startswith("all steps") for text in texts):
        return "all steps"
    return " and ".join(texts)


READ: Mapping[Reads, str] = {
    "each": "step t", "prefix": "steps 0…t", "suffix": "steps from the last back",
    "window": "some steps", "all": "all steps", "last": "the last step", "first": "step 0",
}  # fmt: skip


def sources_read(reads: Sequence[Reads], names: Sequence[str]) -> str:
    """Say which steps of each of its sources a step reads."""
    found = [
        f"{READ[each]} of {name}" for each, name in zip(reads, names, strict=True) if each in READ
    ]
    return f"step t reads {' and '.join(found)}" if len(found) > 1 else ""


def _window(facts: Facts) -> str:
    reach: object = facts.reaches[0]
    if isinstance(reach, Mapping):  # of a model or an operation: what it reads of its first input
        reach = next(iter(reach.values()))
    if isinstance(reach, tuple):
        reach = reach[0]
    spans = reach.spans if isinstance(reach, Reach) else ()
    return " and ".join(map(_span, spans)) or "no step"


def _span(span: Span) -> str:
    first, last = _readable(span.first), _readable(span.last)
    if first == last:
        return f"step {first}"
    every = _readable(span.every)
    grid = "" if every == "1" else f"every {ordinal(every)} step of "
    return f"{grid}steps {first}…{last}"


def ordinal(number: str) -> str:
    """Return a number, or the name of one, as it counts in a row: 2nd, 4th, k-th."""
    if not number.isdigit():
        return f"{number}-th"
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    return number + ("th" if number[-2:-1] == "1" else ending)


def _readable(bound: Expr) -> str:
    """A formula in t; with numbers for the sizes where its rounding would be hard to read."""
    text = _number(bound)
    if "⌊" not in text and "⌈" not in text:
        return text
    return _number(bound.substitute(bound.numbers()))


def _factor(size: Expr) -> str:
    text = _number(size)
    return f"({text})" if any(sign in text for sign in "+−×") else text


def _number(size: Expr) -> str:
    return size.plain().text()


def _last(steps: Expr) -> str:
    return (steps - 1).plain().text()
