"""The words on time beside a layer: which steps it reads, and whether they share weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr
from seqinspect.model.facts import SIDE_BY_SIDE
from seqinspect.model.remarks import AttendsTo, FittedSizes, Halves, OwnWeights, Peculiarity
from seqinspect.output.report.mask_words import mask_words
from seqinspect.output.report.remark_words import remark_words
from seqinspect.output.text import factor, listed, size_text
from seqinspect.rules import traits_of
from seqinspect.rules.reason_text import reason_text, translation_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reads
    from seqinspect.model.report import Depends, Row, SourceReport, TimeReport
    from seqinspect.time.reach import StepSpan

OF_OPERANDS: Mapping[Reads, str] = {
    "each": "step t", "prefix": "steps 0…t", "suffix": "steps from the last back",
    "window": "some steps", "all": "all steps", "last": "the last step", "first": "step 0",
}  # fmt: skip
"""What an operation reads of one of its tensors."""

WITHOUT_TIME = (
    Peculiarity.INPUT_HAS_NO_SAY, Peculiarity.TAKEN_FROM_ITSELF, Peculiarity.NOT_FOLLOWED
)  # fmt: skip
"""Remarks that stand in place of a note: no step reaches the output, or it is not known which."""

UNKNOWN_TIME = (Peculiarity.NO_RELATION_FITS, Peculiarity.NOT_TRIED)
"""Remarks that stand in place of a note: nothing is known of time."""


def time_note(row: Row, *, in_names: bool = False) -> str:
    """Return what a layer does with time steps.

    Of one that no input step reaches: that it reads none, and what it does with masks. `in_names`:
    a window whose formulas are rounded is told in names, not by its numbers.
    """
    if row.time is None:
        remarks = [remark_words(each) for each in row.remarks if each in WITHOUT_TIME]
        return "; ".join(filter(None, (*remarks, mask_words(row))))
    remarks = [remark_words(each) for each in row.remarks if not isinstance(each, FittedSizes)]
    parts = (time_sentence(row, in_names=in_names), *remarks, mask_words(row))
    return "; ".join(part for part in parts if part)


def row_remarks(row: Row) -> tuple[str, ...]:
    """Return what is to be said of a row that no rule states, or that is in older words."""
    known = row.complete and not row.stored
    texts = (unsupported_note(row, known=known), translation_text(row.translated))
    return tuple(text for text in texts if text)


def unsupported_note(row: Row, *, known: bool = True) -> str:
    """Say why no rule states a row; empty where one does."""
    if row.unsupported is None:
        return ""
    parts = [reason_text(row.unsupported)]
    parts += (remark_words(each) for each in row.remarks if isinstance(each, FittedSizes))
    if row.time is None:
        parts += (remark_words(each) for each in row.remarks if each in UNKNOWN_TIME)
    if row.stored:
        parts.append("weights as the file stores them")
    return ("" if known else "not known: ") + "; ".join(parts)


def mentions_step(row: Row) -> bool:
    """Whether the note on a row's time speaks of t, the output step."""
    time = row.time
    if time is None:
        return False
    said = any(
        (isinstance(each, Halves) and each.sequences)
        or (isinstance(each, AttendsTo) and each.causal)
        for each in row.remarks
    )
    moving = time.reads in ("prefix", "suffix", "window") and time.source.steps is not None
    moving = moving and (time.reads != "window" or time.steps is not None)
    return said or bool(time.operands) or (moving and not _has_kernel(row, time.reads))


def _has_kernel(row: Row, reads: str) -> bool:
    """Whether people ask if its weights are shared between steps."""
    traits = traits_of(row.type)
    if traits.dense:
        return True
    # A state that goes on from step to step mixes them, and no kernel does.
    return traits.applies_per_step and bool(row.weights) and reads != "prefix"


def time_sentence(row: Row, *, in_names: bool = False) -> str:
    """Return which steps a layer reads, and whether they share weights: a note without remarks."""
    time = row.time
    if time is None:
        return ""
    source, reads = time.source, time.reads
    if time.operands:
        return _operands(time.operands)
    if source.steps is not None and time.shared is False and reads == "each":
        each = f"{each_step(source.steps)} by itself"
        named = any(isinstance(remark, OwnWeights) for remark in row.remarks)
        return each if named else f"{each}, with weights of its own"
    if _has_kernel(row, reads):
        return _kernel(row, time)
    if source.steps is None:
        if time.steps is None:
            return _joined(row, time) or _vector(time)
        copies = "1 copy" if time.steps == 1 else f"{size_text(time.steps)} copies"
        return f"{copies} of one vector" * (time.time_summary == "copies")
    if source.time_summary == "copies" and reads in ("prefix", "suffix"):
        last = _last(source.steps)
        some = "0…t" if reads == "prefix" else f"{last}−t…{last}"
        return f"step t has read copies {some} of one vector"
    match reads:
        case "each":
            # Of tensors whose steps come one after the other, the output counts all of them.
            joined = Peculiarity.ONE_INPUT_AFTER_THE_OTHER in row.remarks
            steps = time.steps if joined and time.steps is not None else source.steps
            return f"{each_step(steps)} by itself"
        case "prefix":
            return "step t has seen steps 0…t"
        case "suffix":
            last = _last(source.steps)
            return f"step t has seen steps {last}−t…{last}"
        case "window":
            subject = "" if time.steps is None else "step t "
            return f"{subject}reads {_window(time, in_names=in_names)}"
        case "last":
            return f"the last step only ({_last(source.steps)})"
        case "first":
            return "the first step only (0)"
        case "all":
            return _all(row, time, source.steps)
        case "none":
            return ""


def each_step_alone(row: Row) -> bool:
    """Whether all there is to say of a layer's time is that it treats each step by itself."""
    time = row.time
    if time is None or time.axis is None or time.reads != "each" or time.shared is False:
        return False
    several = time.source.steps is not None and time.source.steps != 1
    more = row.remarks or time.operands or _has_kernel(row, time.reads) or mask_words(row)
    return several and not more


def _all(row: Row, time: TimeReport, steps: Expr) -> str:
    if time.steps is not None:
        return f"every step reads {_all_of(steps)}"
    if steps == 1 and traits_of(row.type).rearranges:
        return "the only step, as a vector"
    match time.time_summary:
        case "last":
            return f"returns the last step only; its state has seen steps 0…{_last(steps)}"
        case "first":
            return f"returns its last state, reached at step 0 after steps {_last(steps)}…0"
        case "ends":
            return f"returns both ends; together they have seen steps 0…{_last(steps)}"
        case "folded":
            beside = f"lays {steps_text(steps)} side by side as features"
            return f"{beside}: weights after it are per step"
    if traits_of(row.type).both_directions:
        return f"has seen steps 0…{_last(steps)}"
    return f"makes one summary of {_all_of(steps)}"


def _kernel(row: Row, time: TimeReport) -> str:
    """Dense, and TimeDistributed around a layer with weights."""
    kernel, source = row.weights[0], time.source
    shape = f"{'×'.join(factor(size_text(size)) for size in kernel.symbolic)} {kernel.name}"
    if source.steps is None:
        alone = source.rank == 2 and source.time_summary not in SIDE_BY_SIDE
        once = f"one {shape}, applied once" if alone else ""
        return ": ".join(part for part in (_vector(time), once) if part)
    count = size_text(time.applications)
    if time.reads == "each":
        shared = f"every step: one {shape}, shared by {_all_of(source.steps)}"
        sentence = f"the only step: one {shape}" if source.steps == 1 else shared
        often = "" if time.applications == source.steps else f", applied {count} times"
        return sentence + often
    mixed = f"mixes the steps: the {shape} has a row for {each_step(source.steps)}"
    if time.applications == 1:
        return mixed
    return f"{mixed}, and is shared by the other axes ({count} times)"


def _last(steps: Expr) -> str:
    return size_text(steps - 1)


def steps_text(steps: Expr) -> str:
    """Return a number of steps: the 10 steps, the only step."""
    return "the only step" if steps == 1 else f"the {size_text(steps)} steps"


def _all_of(steps: Expr) -> str:
    return "the only step" if steps == 1 else f"all {size_text(steps)} steps"


def each_step(steps: Expr) -> str:
    """Return every one of some steps: each of the 10 steps, the only step."""
    return "the only step" if steps == 1 else f"each of {steps_text(steps)}"


def _vector(time: TimeReport) -> str:
    """A layer on a tensor whose time axis is gone: what that tensor stands for."""
    source = time.source
    match source.time_summary:
        case "last" | "first" if traits_of(source.type).joins and len(time.depends) > 1:
            return f"the vector that {source.name} makes of its inputs"
        case "last" if all(each.steps == 1 for each in time.depends):
            return "the only step"
        case "last":
            return f"the last step only{_origin(time.source, time.depends)}"
        case "first":
            return f"step 0 only{_origin(time.source, time.depends)}"
        case "ends":
            halves = "the forward half at the last step, the backward half at step 0"
            return f"both ends{_origin(time.source, time.depends)}: {halves}"
        case "folded":
            rows = ": every step has rows of its own in the kernel" * (time.shared is False)
            return f"all steps side by side{rows}"
        case "mixed":
            rows = ", each with rows of its own in the kernel," * (time.shared is False)
            return f"the steps of some inputs side by side{rows} beside a vector of others"
        case "all":
            return f"one summary of {_seen(time.depends)}"
    return ""


def _joined(row: Row, time: TimeReport) -> str:
    """A vector of several that know different things of the steps; empty of any other."""
    names = list(dict.fromkeys(row.sources))
    if not traits_of(row.type).joins or len(names) < 2 or len(time.depends) == 0:
        return ""
    same = time.time_summary == time.source.time_summary and len(time.depends) == 1
    return "" if same else f"one vector of {listed(names)}"


def _origin(source: SourceReport, depends: Sequence[Depends]) -> str:
    """Name the layer that returned a vector, and which steps that has seen."""
    recurrent = traits_of(source.type).recurrent
    match source.time_summary if source.name else "":
        case "ends":
            return f" of {source.name}"
        case "last":
            whose = "whose state" if recurrent else "which"
        case "first":
            whose = "which went backwards and" if recurrent else "which"
        case _:
            return ""
    return f" of {source.name}, {whose} has seen {_seen(depends)}"


def _seen(depends: Sequence[Depends]) -> str:
    """Say which steps of the model inputs were seen."""
    if all(map(_is_all, depends)):
        return "all steps"
    texts = []
    for each in depends:
        of = f" of {each.input}" if len(depends) > 1 else ""
        if _is_all(each):
            texts.append(f"all steps{of}")
        elif each.first is None or each.last is None:
            texts.append(f"some steps{of}")
        elif each.first == each.last:
            texts.append(f"step {_readable(each.first)}{of}")
        else:
            texts.append(f"steps {_readable(each.first)}…{_readable(each.last)}{of}")
    return " and ".join(texts)


def _is_all(depends: Depends) -> bool:
    return (depends.first, depends.last) == (as_expr(0), depends.steps - 1)


def _operands(operands: Sequence[tuple[str, Reads]]) -> str:
    """Say which steps of each of its tensors a step of an operation reads."""
    found = [f"{OF_OPERANDS[reads]} of {name}" for name, reads in operands if reads in OF_OPERANDS]
    return f"step t reads {' and '.join(found)}" if len(found) > 1 else ""


def _window(time: TimeReport, *, in_names: bool) -> str:
    bounds = [bound for span in time.windows for bound in (span.first, span.last)]
    if in_names and any(_rounds(_readable(bound)) and bound.numbers() for bound in bounds):
        read = time.depends[0]
        if read.first is not None and read.last is not None:
            return _steps(size_text(read.first), size_text(read.last), str(read.every))
    return " and ".join(map(_span, time.windows)) or "no step"


def _span(span: StepSpan) -> str:
    return _steps(_readable(span.first), _readable(span.last), _readable(span.every))


def _steps(first: str, last: str, every: str) -> str:
    if first == last:
        return f"step {first}"
    grid = "" if every in ("0", "1") else f"every {ordinal(every)} step of "
    return f"{grid}steps {first}…{last}"


def ordinal(number: str) -> str:
    """Return a number, or the name of one, as it counts in a row: 2nd, 4th, k-th."""
    if not number.isdigit():
        return f"{number}-th"
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    return number + ("th" if number[-2:-1] == "1" else ending)


def _readable(bound: Expr) -> str:
    """A formula in t; with numbers for the sizes where its rounding would be hard to read."""
    text = size_text(bound)
    return size_text(bound.substitute(bound.numbers())) if _rounds(text) else text


def _rounds(formula: str) -> bool:
    return "⌊" in formula or "⌈" in formula
