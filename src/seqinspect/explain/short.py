"""The three questions that people ask of a layer after a sequence, asked of this very model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.errors import SpecError
from seqinspect.explain.alternatives import (
    sequences_turned,
    time_distributed,
    turned,
    undistributed,
    with_layer,
)
from seqinspect.explain.data import CountQuestion, EitherWay, StepsQuestion
from seqinspect.explain.lookup import Model, sequences
from seqinspect.explain.single_layer import analysed
from seqinspect.explain.steps import steps_of
from seqinspect.explain.weights import weights_of
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.explain.data import Question
    from seqinspect.model.graph import Layer
    from seqinspect.model.report import Row


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


def questions_on(model: Model, row: Row) -> Iterator[Question]:
    """Yield what people ask of a layer after a sequence, with the answers for this one."""
    yield _steps(model, row)
    if row.weights and row.complete:
        yield _count(model, row)
    wrapped = time_distributed(model, row)
    if wrapped is not None:
        yield wrapped
    elif (otherwise := sequences_turned(model, row)) is not None:
        yield otherwise


def _steps(model: Model, row: Row) -> StepsQuestion:
    source, before = model.source(row), model.recurrent_before(row)
    after_recurrent = before is not None and source is not None and before.name == source.name
    return StepsQuestion(steps_of(model, row), after_recurrent, _given_steps(model, row))


def _given_steps(model: Model, row: Row) -> Expr | None:
    """Return the steps of the one model input that the source of a row depends on."""
    source = model.source(row)
    time = source.row.time if source is not None and source.row is not None else None
    return time.depends[0].steps if time is not None and len(time.depends) == 1 else None


def _count(model: Model, row: Row) -> CountQuestion:
    source = model.source(row)
    vector = source is not None and source.axis is None
    shared = row.time is not None and row.time.shared is not False
    either_way = _either_way(model, row) if shared else None
    return CountQuestion(row, weights_of(model.report, row), vector, either_way)


def _either_way(model: Model, row: Row) -> EitherWay | None:
    """Return what the same weights do with one step and with all, if the count stays the same."""
    before, node = model.recurrent_before(row), model.node(row)
    if before is None or before.name == row.name:
        return None
    flag = sequences(before.layer)
    graph = with_layer(model.graph, before.name, turned(before.layer))
    dense = undistributed(node.layer) if node is not None else None
    if dense is not None and flag:  # without steps there is nothing to distribute
        graph = with_layer(graph, row.name, dense)
    other = analysed(graph)
    if isinstance(other, SpecError):
        return None
    its = next((each for each in other.top if each.name == row.name), None)
    if its is None or its.formula != row.formula or its.time is None or row.time is None:
        return None
    if flag is True and row.time.reads != "each":
        return None
    return EitherWay(
        formula=its.formula,
        features=_features(model, row),
        units=row.outputs[0].symbolic[-1],
        time=row.time if flag else its.time,
        ends=_ends(before.layer),
    )


def _ends(layer: Layer) -> Literal["last", "first", "both"]:
    """Return which step a recurrent layer returns with return_sequences: false."""
    if traits_of(layer.type).both_directions:
        return "both"
    return "first" if layer.arguments.get("go_backwards") else "last"


def _features(model: Model, row: Row) -> Expr | None:
    source = model.source(row)
    if source is None:
        return None
    tensor = model.inputs[source.name].tensor if source.row is None else source.row.outputs[0]
    return tensor.symbolic[-1]
