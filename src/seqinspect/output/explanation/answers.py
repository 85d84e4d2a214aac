"""In words: what people ask of a layer, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.data import (
    CountQuestion,
    SequencesQuestion,
    StepsQuestion,
    WrapperQuestion,
)
from seqinspect.output.explanation.alternatives import sequences_words, wrapper_words
from seqinspect.output.explanation.count import count_words, dense_sizes
from seqinspect.output.explanation.phrases import counted_steps, is_own_step, last_of, span_of
from seqinspect.output.explanation.steps import steps_words
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.explain.data import Question
    from seqinspect.explain.lookup import Source

LONGEST = 60
"""How many characters a formula of the steps that are seen may have."""


def question_words(asked: Question) -> str:
    """Return a question as people ask it."""
    name = asked.about
    match asked:
        case StepsQuestion():
            source = asked.steps.source
            if source is None or not (_reads_each(asked) or _reads_last(asked)):
                return f"Which steps does {name} read?"
            return f"Is {name} wired to the last step of {source.name}, or to all?"
        case CountQuestion():
            dense = dense_sizes(asked)
            rest = f", and not {(dense[0] + 1).text()}" if dense is not None else ""
            return f"Why does {name} have {asked.row.formula.text()} parameters{rest}?"
        case SequencesQuestion():
            return f"And with return_sequences: {str(asked.sequences).lower()} in {name}?"
        case WrapperQuestion() if asked.inner:
            return f"What does TimeDistributed change around the {asked.inner} in {name}?"
        case WrapperQuestion():
            return f"What would TimeDistributed change around {name}?"


def answer_words(asked: Question) -> tuple[str, ...]:
    """Return the answer to a question, sentence by sentence."""
    match asked:
        case StepsQuestion():
            return tuple(_wired(asked))
        case CountQuestion():
            return tuple(count_words(asked))
        case SequencesQuestion():
            return tuple(sequences_words(asked))
        case WrapperQuestion():
            return tuple(wrapper_words(asked))


def _reads_each(asked: StepsQuestion) -> bool:
    """Whether a layer that works on each step by itself reads every step of a layer or input."""
    row, source = asked.steps.row, asked.steps.source
    each = row.time is not None and row.time.reads == "each" and traits_of(row.type).per_step
    return each and source is not None and source.steps is not None


def _reads_last(asked: StepsQuestion) -> bool:
    """Whether such a layer reads the vector that a layer made of its last step."""
    row, source = asked.steps.row, asked.steps.source
    last = row.time is not None and row.time.reads == "last" and traits_of(row.type).per_step
    return last and source is not None and source.steps is None and source.row is not None


def _wired(asked: StepsQuestion) -> Iterator[str]:
    """Say which steps it is wired to."""
    row, source = asked.steps.row, asked.steps.source
    if source is not None and source.steps is not None and _reads_each(asked):
        why = f" (return_sequences: true in {source.name})" if asked.after_recurrent else ""
        yield f"To {counted_steps(source.steps)}, each by itself{why}."
        yield f"Output step t reads {source.name}'s step t alone{_behind(source)}."
    elif source is not None and source.row is not None and _reads_last(asked):
        whose = "its state" if traits_of(source.row.type).step_by_step else "that vector"
        flag = " (return_sequences: false)" if asked.after_recurrent else ""
        seen = "" if asked.given is None else f" from 0 to {last_of(asked.given)}"
        yield (
            f"To the last step only: {source.name} returns one vector{flag}. But {whose} has seen"
            f" every step{seen}, so {row.name} depends on them all."
        )
    else:
        yield from steps_words(asked.steps, weights=False)


def _behind(source: Source) -> str:
    """What a step has seen, where that is more than itself and short enough to say."""
    time = source.row.time if source.row is not None else None
    if time is None or all(map(is_own_step, time.depends)):
        return ""
    seen = " and ".join(f"{span_of(depends)} of {depends.input}" for depends in time.depends)
    return f", which has seen {'more steps than step t' if len(seen) > LONGEST else seen}"
