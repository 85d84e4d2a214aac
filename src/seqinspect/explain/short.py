"""The short answers: the three questions that people ask, asked of this very model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.explain.alternatives import (
    sequences_turned,
    time_distributed,
    turned,
    undistributed,
    with_layer,
)
from seqinspect.explain.data import Answer
from seqinspect.explain.formulas import equation, weight_lines
from seqinspect.explain.lookup import Model, Source, sequences
from seqinspect.explain.single_layer import analysed
from seqinspect.explain.steps import last_of, named, number, span_of, steps_of, times
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.graph import Layer
    from seqinspect.model.report import Row, TimeReport

LONGEST = 60
"""How many characters a formula of the steps that are seen may have."""


def subject(model: Model) -> Row | None:
    """Return the layer that the short answers are about: the last Dense that time reaches."""
    rows = [row for row in model.report.top if row.time is not None]
    for group in (
        [row for row in rows if traits_of(row.type).per_step and row.weights],
        [row for row in rows if row.weights],
        rows,
    ):
        if group:
            return group[-1]
    return None


def answers_of(model: Model, row: Row) -> Iterator[Answer]:
    """Yield what people ask of a layer after a sequence, with the answers for this one."""
    yield _wired(model, row)
    if row.weights and row.complete:
        yield _count(model, row)
    wrapped = time_distributed(model, row)
    if wrapped is not None:
        yield wrapped
    elif (turned_answer := sequences_turned(model, row)) is not None:
        yield turned_answer


def _wired(model: Model, row: Row) -> Answer:
    """Say which steps it is wired to."""
    time, source = row.time, model.source(row)
    before = model.recurrent_before(row)
    after_recurrent = before is not None and source is not None and before.name == source.name
    if time is None or source is None or not traits_of(row.type).per_step:
        return Answer(f"Which steps does {row.name} read?", tuple(steps_of(model, row)))
    question = f"Is {row.name} wired to the last step of {source.name}, or to all?"
    if time.reads == "each" and source.steps is not None:
        return Answer(question, tuple(_to_each(source, asked=after_recurrent)))
    if time.reads == "last" and source.steps is None and source.row is not None:
        seen = source.row.time
        whose = "its state" if traits_of(source.row.type).step_by_step else "that vector"
        return Answer(
            question,
            (
                f"To the last step only: {source.name} returns one vector"
                + (" (return_sequences: false)" if after_recurrent else "")
                + f". But {whose} has seen every step{_all_steps(model, seen)}, so {row.name}"
                " depends on them all.",
            ),
        )
    return Answer(f"Which steps does {row.name} read?", tuple(steps_of(model, row)))


def _to_each(source: Source, *, asked: bool) -> Iterator[str]:
    steps = source.steps
    if steps is None:
        return
    why = f" (return_sequences: true in {source.name})" if asked else ""
    yield f"To all {named(steps)} steps, each by itself{why}."
    yield f"Output step t is made of {source.name}'s step t alone{_behind(source)}."


def _behind(source: Source) -> str:
    """What a step has seen, where that is more than itself and short enough to say."""
    time = source.row.time if source.row is not None else None
    spans = [(span_of(depends), depends.input) for depends in time.depends] if time else []
    if not spans or all(span == "step t" for span, _ in spans):
        return ""
    seen = " and ".join(f"{span} of {name}" for span, name in spans)
    if len(seen) > LONGEST:
        return "; that has seen more steps than step t"
    return f"; that has seen {seen}"


def _all_steps(model: Model, time: TimeReport | None) -> str:
    if time is None or len(time.depends) != 1:
        return ""
    given = model.inputs[time.depends[0].input]
    if given.time_axis is None:
        return ""
    return f" from 0 to {last_of(given.tensor.symbolic[given.time_axis])}"


def _count(model: Model, row: Row) -> Answer:
    """Say why it has this many parameters."""
    lines = weight_lines(model.report, row)
    parts = ", ".join(f"{line.name} {line.equation}" for line in lines[:4])
    if len(lines) > 4:
        parts += f" and {len(lines) - 4} more"
    formula = row.formula.text()
    sentences = [f"{parts}; together {equation(row.formula)}." if len(lines) > 1 else f"{parts}."]
    time = row.time
    if time is not None and time.shared is False:
        sentences.append(
            "The number of steps is in the shape of the kernel: every step has rows of its own."
        )
    elif time is not None:
        sentences.append(_no_steps_in_it(model, row))
    return Answer(f"Why does {row.name} have {formula} parameters?", tuple(sentences))


def _no_steps_in_it(model: Model, row: Row) -> str:
    """That the number of steps is in no shape, and so, where it is asked, either way."""
    before = model.recurrent_before(row)
    plain = "The number of steps is in no shape: all steps share the same weights."
    source = model.source(row)
    if source is not None and source.axis is None:
        plain = "The number of steps is in no shape."
    if before is None or before.name == row.name:
        return plain
    flag = sequences(before.layer)
    graph = with_layer(model.graph, before.name, turned(before.layer))
    node = model.node(row)
    dense = undistributed(node.layer) if node is not None else None
    if dense is not None and flag:  # without steps there is nothing to distribute
        graph = with_layer(graph, row.name, dense)
    other = analysed(graph)
    if isinstance(other, SpecError):
        return plain
    its = next((each for each in other.top if each.name == row.name), None)
    if its is None or its.params != row.params or its.time is None or row.time is None:
        return plain
    if flag is True and row.time.reads != "each":
        return plain
    with_steps = row.time if flag else its.time
    return (
        f"They turn one step of {_features(model, row)} numbers into {_units(row)};"
        f" {_steps_name(row, with_steps)}. So it is {its.params:,} either way: return_sequences:"
        f" true applies them {times(with_steps.applications)}, false once, to"
        f" {_end(before.layer)}."
    )


def _end(layer: Layer) -> str:
    """Which step a recurrent layer returns with return_sequences: false."""
    if traits_of(layer.type).both_directions:
        return "both ends"
    return "step 0, where it ends" if layer.arguments.get("go_backwards") else "the last step"


def _features(model: Model, row: Row) -> str:
    source = model.source(row)
    if source is not None and source.row is not None:
        return number(source.row.outputs[0].symbolic[-1])
    if source is not None:
        return number(model.inputs[source.name].tensor.symbolic[-1])
    return "some"


def _units(row: Row) -> str:
    return number(row.outputs[0].symbolic[-1])


def _steps_name(row: Row, time: TimeReport) -> str:
    """That the number of steps, as it is called, is in neither size."""
    name = time.steps.plain().text() if time.steps is not None else ""
    if not name.isidentifier():
        return "the number of steps is in neither"
    if any(name in size.symbols() for weight in row.weights for size in weight.symbolic):
        return f"the number of steps is in neither, though it is called {name}, too"
    return f"{name} is in neither"
