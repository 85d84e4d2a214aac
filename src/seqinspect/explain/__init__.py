"""Report → the long answer as facts: which steps, which weights, why so many, what if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.alternatives import sequences_turned, time_distributed
from seqinspect.explain.data import Explanation, LayerAnswer, Trial
from seqinspect.explain.lookup import Model
from seqinspect.explain.picture import FEWER_ROWS, picture_of
from seqinspect.explain.short import questions_on, subject
from seqinspect.explain.steps import steps_of
from seqinspect.explain.weights import weights_of
from seqinspect.records import replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seqinspect.explain.data import Question
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row, TensorReport, TimeReport
    from seqinspect.rules import Traits

__all__ = ["Explanation", "LayerAnswer", "Model", "Trial", "explain"]

SEQUENCE = 3
"""The axes of a batch of sequences."""

NAMED = ("last", "first", "ends")
"""What a tensor without steps may hold so that it matters which layer made it."""

MOST_LAYERS = 6
"""How many layers of a whole model are explained; the others are named."""


def explain(
    graph: Graph,
    report: Report,
    layer: str = "",
    trial: Callable[[str], Trial] | None = None,
    *,
    short: bool = False,
) -> Explanation:
    """Return the long answer on a model, or on one of its layers, by name or path.

    The short answers are about a model's last Dense; if `short`, about the layer that is named.

    `trial` makes the experiment on the model up to a layer; without it nothing is tried. Raises
    SpecError where there is no such layer.
    """
    model = Model(graph, report)
    others: list[Row] = []
    if layer:
        rows = [model.row(layer)]
    else:
        rows, others = _chosen(report)
    about = subject(model) if not layer else rows[0] if short else None
    answers = tuple(questions_on(model, about)) if about is not None else ()
    asked = {(type(each), each.about) for each in answers}
    layers = []
    for row in rows:
        found = _layer(model, row, trial)
        new = tuple(each for each in found.otherwise if (type(each), each.about) not in asked)
        asked |= {(type(each), each.about) for each in new}
        layers.append(replace(found, otherwise=new))
    return Explanation(
        report=report,
        answers=answers,
        picture=picture_of(model, about) if about is not None else None,
        layers=tuple(layers),
        others=tuple(row.path for row in others),
        smaller_pictures=tuple(
            picture_of(model, about, most) for most in FEWER_ROWS if short and about is not None
        ),
    )


def _chosen(report: Report) -> tuple[list[Row], list[Row]]:
    """Return the rows that people ask about, equal ones once, and the others."""
    chosen: list[Row] = []
    others: list[Row] = []
    seen: set[object] = set()
    for row in report.top:
        key = (row.type, row.formula, row.outputs, row.remarks, row.mask, _relation(row.time))
        if _is_asked_about(traits_of(row.type)) and key not in seen and len(chosen) < MOST_LAYERS:
            seen.add(key)
            chosen.append(row)
        else:
            others.append(row)
    return (chosen, others) if chosen else (others[:MOST_LAYERS], others[MOST_LAYERS:])


def _relation(time: TimeReport | None) -> TimeReport | None:
    """Return what a row has to do with time; its source by name only where that is said."""
    if time is None or (time.source.steps is None and time.source.time_summary in NAMED):
        return time
    return time._replace(source=time.source._replace(name="", type=""))


def _is_asked_about(traits: Traits) -> bool:
    """Whether people ask about a layer, when they ask about a whole model: about its steps."""
    return bool(
        traits.step_by_step
        or traits.per_step
        or traits.attention
        or traits.looks_up
        or traits.rearranges
        or (traits.axes == SEQUENCE and (traits.convolves or traits.pools_all))
    )


def _layer(model: Model, row: Row, trial: Callable[[str], Trial] | None) -> LayerAnswer:
    tried = Trial()
    if trial is not None and row.depth == 0 and row.time is not None:
        tried = trial(row.name)
    return replace(
        layer_facts(model, row),
        picture=picture_of(model, row),
        otherwise=tuple(_otherwise(model, row)),
        trial=tried,
    )


def layer_facts(model: Model, row: Row) -> LayerAnswer:
    """Return what is known of a layer by itself; nothing is drawn, turned or tried."""
    return LayerAnswer(
        row=row,
        inputs=tuple(_inputs(model, row)),
        weights=weights_of(model.report, row),
        steps=steps_of(model, row),
    )


def _inputs(model: Model, row: Row) -> Iterator[TensorReport]:
    """Yield the tensors that a row reads, as far as they are known."""
    for name in row.sources:
        source = model.source(row, name)
        if source is not None and source.row is None:
            yield model.inputs[name].tensor
        elif source is not None and source.row is not None and source.row.outputs:
            yield source.row.outputs[0]


def _otherwise(model: Model, row: Row) -> Iterator[Question]:
    if model.node(row) is None:
        return
    for question in (sequences_turned(model, row), time_distributed(model, row)):
        if question is not None:
            yield question
