"""The witness of a "no": a later input step is changed, and an output step moves.

It is tried with all steps that the report speaks of; where it does not show there, a model of fewer
steps, in which every step was changed, may have another pair of steps that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.experiment.flat import flatten_model
from seqinspect.keras_model.experiment.perturbation import graph_moves
from seqinspect.keras_model.experiment.shrink import smaller_models
from seqinspect.model.facts import Tensor
from seqinspect.model.look_ahead import Moved
from seqinspect.model.sizes import with_numbers
from seqinspect.records import replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.keras_model.experiment.flat import FlatModel
    from seqinspect.keras_model.experiment.movement import Experiment
    from seqinspect.keras_model.experiment.shrink import SmallModel
    from seqinspect.model.graph import Graph
    from seqinspect.model.look_ahead import LookAhead
    from seqinspect.model.report import ReceptiveField, Report

SEEDS = 4
"""So many times the model gets new weights where the step that should does not move its output."""

FEW_DRAWS = 4
"""How often the changes are tried: only a few steps are changed."""

NEARER = 4
"""So many of the steps just after the output step are changed, too: what is far may fade."""

MOST_CALLS_IN_A_ROW = 2_000
"""Steps that all recurrent layers go through; more take too long, and fade."""

MOST_CALLS = 100
"""Calls that are made of a model as it is; where there are more, a smaller one shows it."""

MAX_MODELS = 3
"""So many ways to make the widths smaller are tried."""


def with_witnesses(
    graph: Graph, report: Report, small: SmallModel | None, experiment: Experiment | None
) -> Report:
    """Return the report with what moved for every field that looks ahead."""

    def tried(field: ReceptiveField) -> ReceptiveField:
        ahead = field.looks_ahead
        if ahead is None:
            return field
        moved = _moved_here(graph, report, field, ahead)
        if moved is None and experiment is not None and small is not None:
            moved = _moved_in_smaller(field, small, experiment)
        return field._replace(looks_ahead=ahead._replace(moved=moved))

    return report._replace(fields=tuple(map(tried, report.fields)))


def _moved_here(
    graph: Graph, report: Report, field: ReceptiveField, ahead: LookAhead
) -> Moved | None:
    """Return what moved in a model with as many steps as the report has."""
    if ahead.numbers:
        graph = with_numbers(graph, dict(ahead.numbers))
        report = analyse(graph)
    if _steps_in_a_row(report) > MOST_CALLS_IN_A_ROW:
        return None
    models = smaller_models(graph, report, whole=True)
    for small, _ in zip(models, range(MAX_MODELS), strict=False):
        calls = flatten_model(small.graph)
        if len(calls.graph.nodes) > MOST_CALLS:
            return None
        try:
            return _moved(calls, analyse(small.graph), field, ahead)
        except SpecError:
            continue
    return None


def _steps_in_a_row(report: Report) -> int:
    """Return how many steps all recurrent layers go through, one after the other."""
    return sum(
        row.time.source.steps.value or 0
        for row in report.rows
        if row.time is not None
        and row.time.source.steps is not None
        and traits_of(row.type).step_by_step
    )


def _moved(
    calls: FlatModel, report: Report, field: ReceptiveField, ahead: LookAhead
) -> Moved | None:
    """Return a pair of steps that moved: that of the witness, or one with the same output step."""
    name, _, number = field.output.rpartition(".")
    output = calls.outputs.get(field.output)
    if output is None and number.isdecimal() and name in calls.outputs:
        output = replace(calls.outputs[name], output=int(number))
    row = next((row for row in report.top if row.name in (field.output, name)), None)
    if output is None or row is None or row.time is None:
        return None
    index = next(i for i, each in enumerate(report.inputs) if each.name == field.input)
    tensors = [
        Tensor(each.tensor.symbolic, each.tensor.dtype, each.time_axis) for each in report.inputs
    ]
    steps = report.inputs[index].tensor.shape[report.inputs[index].time_axis or 0] or 0
    tried = [ahead.last, *(ahead.step + by for by in range(1, NEARER + 1))]
    changed = [step for step in dict.fromkeys(tried) if step < steps]
    some = [changed if each == index else [] for each in range(len(tensors))]
    graph = replace(calls.graph, outputs=(output,))
    for seed in range(SEEDS):
        (tables,) = graph_moves(
            graph, tensors, [row.time.axis], draws=FEW_DRAWS, seed=seed, some=some
        )
        for step, moved in zip(changed, tables[index][ahead.step], strict=True):
            if moved:
                return Moved(ahead.step, step, steps)
    return None


def _moved_in_smaller(
    field: ReceptiveField, small: SmallModel, experiment: Experiment
) -> Moved | None:
    """Return the first pair of steps that moved in the smaller model, where it counts the same."""
    path = small.twins.get(field.output, field.output)
    same = (
        each
        for each in experiment.report.fields
        if (each.output, each.input) == (path, field.input) and each.counted
    )
    if next(same, None) is None:
        return None
    return next(_pairs_ahead(field, path, experiment), None)


def _pairs_ahead(field: ReceptiveField, path: str, experiment: Experiment) -> Iterator[Moved]:
    steps = next(
        each.tensor.shape[each.time_axis or 0]
        for each in experiment.report.inputs
        if each.name == field.input
    )
    for (name, step), moved in sorted(experiment.moved.get(path, {}).items()):
        if name == field.input and max(moved, default=step) > step:
            yield Moved(step, max(moved), steps or 0)
