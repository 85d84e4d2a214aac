"""Report → the long answer, as plain data: which steps, which weights, why so many, what if not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.explain.alternatives import sequences_turned, shape_text, time_distributed
from seqinspect.explain.data import Answer, Explanation, LayerAnswer, Trial
from seqinspect.explain.formulas import equation, reasons, weight_lines
from seqinspect.explain.lookup import Model
from seqinspect.explain.picture import picture_of
from seqinspect.explain.short import answers_of, subject
from seqinspect.explain.steps import steps_of
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row
    from seqinspect.rules import Traits

__all__ = ["Explanation", "LayerAnswer", "Model", "Trial", "explain"]

SEQUENCE = 3
"""The axes of a batch of sequences."""

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
    answers = tuple(answers_of(model, about)) if about is not None else ()
    asked = {answer.question for answer in answers}
    layers = []
    for row in rows:
        found = _layer(model, row, trial)
        new = tuple(answer for answer in found.otherwise if answer.question not in asked)
        asked |= {answer.question for answer in new}
        layers.append(replace(found, otherwise=new))
    return Explanation(
        report=report,
        answers=answers,
        picture=picture_of(model, about) if about is not None else None,
        layers=tuple(layers),
        others=tuple(row.path for row in others),
    )


def _chosen(report: Report) -> tuple[list[Row], list[Row]]:
    """Return the rows that people ask about, equal ones once, and the others."""
    chosen: list[Row] = []
    others: list[Row] = []
    seen: set[object] = set()
    for row in report.top:
        key = (row.type, row.formula, row.outputs, row.time)
        if _is_asked_about(traits_of(row.type)) and key not in seen and len(chosen) < MOST_LAYERS:
            seen.add(key)
            chosen.append(row)
        else:
            others.append(row)
    return (chosen, others) if chosen else (others[:MOST_LAYERS], others[MOST_LAYERS:])


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
    return LayerAnswer(
        path=row.path,
        type=row.type,
        place=row.place,
        shape=_shapes(model, row),
        params=row.params if row.complete else None,
        count=_count(row),
        weights=weight_lines(model.report, row),
        reasons=tuple(reasons(row)),
        steps=tuple(steps_of(model, row)),
        picture=picture_of(model, row),
        otherwise=tuple(_otherwise(model, row)),
        trial=tried,
    )


def _count(row: Row) -> str:
    """Return the count with its formula; never 0 where it is not known."""
    if not row.complete:
        return f"at least {row.params:,}" if row.params else "unknown"
    return equation(row.formula) if row.reuses is None else "0"


def _shapes(model: Model, row: Row) -> str:
    """Return what comes in and what goes out: (batch, T, n) → (batch, u)."""
    tensors = []
    for name in row.sources:
        source = model.source(row, name)
        if source is not None and source.row is None:
            tensors.append(shape_text(model.inputs[name].tensor))
        elif source is not None and source.row is not None and source.row.outputs:
            tensors.append(shape_text(source.row.outputs[0]))
    outputs = ", ".join(shape_text(output) for output in row.outputs)
    return f"{', '.join(tensors)} → {outputs}" if tensors else outputs


def _otherwise(model: Model, row: Row) -> Iterator[Answer]:
    if model.node(row) is None:
        return
    for answer in (sequences_turned(model, row), time_distributed(model, row)):
        if answer is not None:
            yield answer
