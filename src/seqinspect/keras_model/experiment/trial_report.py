"""The experiment to look at: what is claimed of a layer beside what moved in a real model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.explain.data import Trial, TrialTable
from seqinspect.explain.lookup import Model
from seqinspect.explain.single_layer import alone, up_to
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.experiment.flat import flatten_model
from seqinspect.keras_model.experiment.movement import Experiment, claimed_steps
from seqinspect.keras_model.experiment.prove import MAX_CALLS, untried_reason
from seqinspect.keras_model.experiment.shrink import smaller_models
from seqinspect.model.unconfirmed import TooManyCalls, Untried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.model.unconfirmed import UntriedReason

ExperimentOrReason = tuple["Experiment | None", "Mapping[str, str]", "UntriedReason | None"]
"""An experiment, which call stands for which that was left out, and why there is none."""


class Trials:
    """Experiments on a model, made when they are asked for: one for all of its layers."""

    def __init__(self, graph: Graph, report: Report) -> None:
        self.model = Model(graph, report)
        self.whole: ExperimentOrReason | None = None

    def __call__(self, path: str) -> Trial:
        """Return a layer's tables: by itself where it reads another layer, then through all."""
        row = self.model.row(path)
        if row.time is None:
            return Trial(reason=Untried.NO_TIME)
        if self.whole is None:
            self.whole = _make_experiment(self.model.graph, self.model.report)
        experiment, twins, reason = self.whole
        if experiment is None and row.depth == 0:  # what stands after the layer may be in the way
            graph = up_to(self.model.graph, path)
            if len(graph.nodes) < len(self.model.graph.nodes):
                experiment, twins, reason = _make_experiment(graph, analyse(graph))
        twin = twins.get(path, path)
        if experiment is None or twin not in experiment.rows:
            return Trial(reason=reason or Untried.NO_ROW)
        tables = self.by_itself(path)
        return Trial((*tables, *_tables(experiment, twin)), _size(experiment))

    def by_itself(self, path: str) -> tuple[TrialTable, ...]:
        """Return the tables of a layer between its own input and its output."""
        row = self.model.row(path)
        source = self.model.source(row)
        if source is None or source.row is None or source.axis is None:
            return ()  # it reads a model input: the tables through all layers are its own
        graph = alone(self.model, row)
        if graph is None:
            return ()
        try:
            experiment, _, _ = _make_experiment(graph, analyse(graph))
        except SpecError:
            return ()
        if experiment is None or row.name not in experiment.rows:
            return ()
        return _tables(experiment, row.name)


def _make_experiment(graph: Graph, report: Report) -> ExperimentOrReason:
    """Make the experiment on the smallest model that the rules and Keras accept, or say why not."""
    reason: UntriedReason | None = None
    for small in smaller_models(graph, report):
        calls = flatten_model(small.graph)
        if len(calls.graph.nodes) > MAX_CALLS:
            return None, {}, TooManyCalls(MAX_CALLS)
        try:
            return Experiment(calls, analyse(small.graph)), small.twins, None
        except SpecError as error:
            reason = reason or untried_reason(error.problems[0])
        except runtime.KerasUnavailable as error:
            return None, {}, error.reason
    return None, {}, reason


def _tables(experiment: Experiment, path: str) -> tuple[TrialTable, ...]:
    row = experiment.rows[path]
    tables = []
    for model_input in experiment.inputs:
        axis = model_input.time_axis or 0
        steps = model_input.tensor.symbolic[axis].value
        moved_steps = {
            step: moved
            for (name, step), moved in experiment.moved[path].items()
            if name == model_input.name
        }
        claimed = {step: claimed_steps(row, model_input.name, step) for step in moved_steps}
        if steps is None or not moved_steps:
            continue
        tables.append(
            TrialTable(
                input=model_input.name,
                claim=tuple(
                    tuple(each in claimed[step] for each in range(steps))
                    for step in sorted(claimed)
                ),
                moved=tuple(
                    tuple(each in moved_steps[step] for each in range(steps))
                    for step in sorted(moved_steps)
                ),
                stepped=row.time is not None and row.time.axis is not None,
                agrees=experiment.verdict(path),
            )
        )
    return tuple(tables)


def _size(experiment: Experiment) -> str:
    """Return which model was tried: what it takes."""
    numbers = [
        "×".join(str(size.value) for size in model_input.tensor.symbolic[1:])
        for model_input in experiment.report.inputs
    ]
    return ", ".join(numbers)
