"""In words: what would change with return_sequences the other way, and with TimeDistributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.compare.row_facts import differing_facts
from seqinspect.errors import Problem
from seqinspect.output.explanation.phrases import number, substituted, times
from seqinspect.output.text import listed, symbolic
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.explain.data import Comparison, SequencesQuestion, WrapperQuestion
    from seqinspect.model.report import Row

MOST_ROWS = 4
"""How many layers that change are told one by one."""


def sequences_words(asked: SequencesQuestion) -> Iterator[str]:
    """Yield what would be different with `return_sequences` the other way."""
    if isinstance(asked.answer, Problem):
        yield f"The model would not work: {asked.answer.what}."
        return
    changed = asked.answer.changed
    yield from (_difference(one, other) for one, other in changed[:MOST_ROWS])
    if len(changed) > MOST_ROWS:
        yield f"{len(changed) - MOST_ROWS} more layers change with them."
    yield _counts(asked.answer)


def wrapper_words(asked: WrapperQuestion) -> Iterator[str]:
    """Yield what TimeDistributed changes around a Dense, or that it cannot be used."""
    if isinstance(asked.answer, Problem):
        read, why = asked.source, asked.answer.what
        if read is not None and read.axis is None and read.row is not None:
            shape = symbolic(read.row.outputs[0])
            why = f"the {shape} of {read.name} has no steps to go through"
        yield f"It cannot be used here: {why}."
        if name := asked.changes_nothing_with:
            yield f"With return_sequences: true in {name} it would change nothing."
    elif asked.answer.changed:
        changed = asked.answer.changed[:MOST_ROWS]
        yield from (_difference(one, other) for one, other in changed)
    else:
        yield _nothing(asked, asked.answer)


def _difference(one: Row, other: Row) -> str:
    parts = []
    if differing_facts(one, other, "symbolic_shapes"):
        parts.append(f"return {_shape(other)} instead of {_shape(one)}")
    if one.time is not None and other.time is not None:
        if one.time.reads != other.time.reads and traits_of(one.type).per_step:
            parts.append(f"read {_reads(other)} instead of {_reads(one)}")
        before, after = one.time.applications, other.time.applications
        if before != after and one.weights:
            parts.append(f"be applied {times(after)} instead of {times(before)}")
    if not parts:
        parts.append(f"have {number(other.formula)} parameters")
    return f"{one.name} would {listed(parts)}."


def _shape(row: Row) -> str:
    tensor = row.outputs[0]
    return "a tensor whose shape is not known" if tensor.unknown_shape else symbolic(tensor)


def _reads(row: Row) -> str:
    time = row.time
    if time is None:
        return "no step"
    if time.source.steps is None and time.source.time_summary == "ends":
        return "both ends"
    words = {"each": "every step", "last": "the last step", "first": "step 0 only"}
    return words.get(time.reads, "all steps at once" if time.reads == "all" else f"“{time.reads}”")


def _counts(compared: Comparison) -> str:
    """Why the count stays, or where it does not."""
    ours, theirs = compared.ours, compared.theirs
    if not compared.reweighted:
        known = "" if all(row.complete for row in ours.top) else " that are known"
        return (
            f"All {number(ours.formula)} parameters{known} would stay the same: no weight has the"
            " number of steps in its shape. A kernel is as large as what it connects, however"
            " often it is applied."
        )
    said = "; ".join(
        f"{one.name} from {substituted(one.formula)} to {substituted(other.formula)}"
        for one, other in compared.reweighted[:MOST_ROWS]
    )
    return (
        f"The parameters would change from {number(ours.formula)} to {number(theirs.formula)}:"
        f" {said}."
        " Its kernel has rows for what comes in, and that would be another number."
    )


def _nothing(asked: WrapperQuestion, compared: Comparison) -> str:
    """That a Dense and the same in TimeDistributed do the same."""
    row = asked.row
    other = next(each for each in compared.theirs.top if each.name == row.name)
    plain, wrapped = (other, row) if asked.inner else (row, other)
    often = times(wrapped.time.applications) if wrapped.time is not None else "once"
    kernel = "×".join(map(number, plain.weights[0].symbolic)) if plain.weights else ""
    where = ""
    if row.time is not None and row.time.reads == "each":
        where = ", to every step"
    elif row.time is not None and row.time.shared is False:
        where = ", each time to all steps of one feature"
    return (
        f"Nothing: with it and without it, one {kernel} kernel is applied {often}{where},"
        f" and {symbolic(plain.outputs[0])} comes out."
    )
