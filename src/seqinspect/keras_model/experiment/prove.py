"""Report × experiment → the Report with what a real model with random weights shows of time.

The experiment is made on a smaller model of the same form. What the rules say of that one must be
what moves in it; and with the true sizes put back, it must be what the report says of the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.proof import prove_equal
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.experiment.flat import flatten_model
from seqinspect.keras_model.experiment.masked_steps import masked_steps, says_what_is_skipped
from seqinspect.keras_model.experiment.movement import Experiment
from seqinspect.keras_model.experiment.shrink import SmallModel, smaller_models, with_true_numbers
from seqinspect.keras_model.experiment.witness import with_witnesses
from seqinspect.model.finding import MaskDifference, TimeDifference
from seqinspect.model.report import Keras
from seqinspect.model.unconfirmed import (
    AheadNotShown,
    MaskNotShown,
    NotCalled,
    NotProved,
    Refused,
    TooLargeToTry,
    TooManyCalls,
    Untried,
)
from seqinspect.records import dataclass, field
from seqinspect.time.formulas import are_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Problem
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Depends, Report, Row
    from seqinspect.model.unconfirmed import Unconfirmed, UntriedReason

MAX_CALLS = 400
"""Calls that are tried out together."""

MAX_LARGE = 2
"""After so many models that are too large no other is made."""


@dataclass
class ExperimentResults:
    """What the experiments showed: by path True or False, and why not, where they did not.

    `masks` are what they showed of masked steps, `trial` is the first model and what moved in it.
    """

    marks: dict[str, bool] = field(default_factory=dict)
    differences: list[TimeDifference | MaskDifference] = field(default_factory=list)
    reasons: dict[str, UntriedReason] = field(default_factory=dict)
    masks: dict[str, bool] = field(default_factory=dict)
    trial: tuple[SmallModel, Experiment] | None = None


def prove(graph: Graph, report: Report) -> Report:
    """Return the report with `confirmed.time` of every row that has to do with time.

    True: first and last step of every input are those that move the row's output, for every output
    step. False: they are not; `report.keras.differences` say where. None: it was not tried out, and
    `report.keras.reasons` say why. `confirmed.mask` is the same for what a row says of masked
    steps. The witness of every look-ahead is tried. A model without time is called once on data.
    Raises nothing for a model that is too large or too unusual.
    """
    if report.keras.status == "unavailable":
        return report
    timed = [row for row in report.rows if row.time is not None]
    results = ExperimentResults()
    try:
        if timed:
            _run_experiments(graph, report, results)
            report = with_witnesses(graph, report, *(results.trial or (None, None)))
        else:
            _call_once(graph, report, results)
        version, backend, backend_version = runtime.versions()
    except runtime.KerasUnavailable as error:
        return report.confirmed_by(Keras("unavailable", reasons=(error.reason,)), {})
    keras = report.keras
    if keras.status == "not asked" and timed:
        keras = Keras("agrees", version, backend, backend_version)
    if results.differences:
        differences = (*keras.differences, *results.differences)
        keras = keras._replace(status="disagrees", differences=differences)
    keras = keras._replace(reasons=(*keras.reasons, *_unproved(report, results)))
    marks = {
        row.path: row.confirmed._replace(
            time=results.marks.get(row.path), mask=results.masks.get(row.path)
        )
        for row in timed
    }
    return report.confirmed_by(keras, marks)


def _unproved(report: Report, results: ExperimentResults) -> Iterator[Unconfirmed]:
    """Yield why the experiment did not show everything."""
    timed = [row for row in report.rows if row.time is not None]
    of_model = results.reasons.get("", Untried.NO_SMALLER)
    missing = [row.path for row in timed if row.path not in results.marks]
    if missing:
        reason = results.reasons.get(missing[0], of_model)
        yield NotProved(missing[0], len(missing) - 1, reason)
    if not timed and "" in results.reasons:
        yield NotCalled(of_model)
    masked = [row.path for row in timed if says_what_is_skipped(row)]
    not_shown = [path for path in masked if path not in results.masks]
    if not_shown and len(missing) < len(timed):
        yield MaskNotShown(not_shown[0], len(not_shown) - 1)
    for each in report.fields:
        if each.looks_ahead is not None and each.looks_ahead.moved is None:
            yield AheadNotShown(
                each.output, each.looks_ahead.step, each.input, each.looks_ahead.last
            )


def _call_once(graph: Graph, report: Report, results: ExperimentResults) -> None:
    """Call a model without time on data; say why where that is not possible."""
    for small in smaller_models(graph, report):
        calls = flatten_model(small.graph)
        try:
            Experiment(calls, analyse(small.graph), seeds=1)
        except SpecError as error:
            results.reasons.setdefault("", untried_reason(error.problems[0]))
        else:
            results.reasons.pop("", None)
            return


def _run_experiments(graph: Graph, report: Report, results: ExperimentResults) -> None:
    """Try out a smaller model and, where that does not show everything, one with all steps."""
    for whole in (False, True):
        trial = _smallest_experiment(graph, report, results, whole=whole)
        if trial is not None:
            results.trial = results.trial or trial
            _record(report, *trial, results)
            if all(row.path in results.marks for row in report.rows if row.time is not None):
                return


def _smallest_experiment(
    graph: Graph, report: Report, results: ExperimentResults, *, whole: bool
) -> tuple[SmallModel, Experiment] | None:
    """Make the experiment on the smallest model that the rules and Keras accept."""
    large = 0
    for small in smaller_models(graph, report, whole=whole):
        calls = flatten_model(small.graph)
        if len(calls.graph.nodes) > MAX_CALLS:
            results.reasons[""] = TooManyCalls(MAX_CALLS)
            return None
        try:
            return small, Experiment(calls, analyse(small.graph))
        except SpecError as error:
            problem = error.problems[0]
            large += problem.about == "limit"
            if problem.about in ("limit", "keras") or whole:
                results.reasons[""] = untried_reason(problem)
            if large == MAX_LARGE:
                return None
    return None


def untried_reason(problem: Problem) -> UntriedReason:
    """Return why an experiment was not made, from the error that ended it."""
    if problem.about == "limit":
        return TooLargeToTry(problem.received, problem.expected)
    return Refused(problem.what)


def _record(
    report: Report, small: SmallModel, experiment: Experiment, results: ExperimentResults
) -> None:
    """Enter what an experiment shows of the rows of the model itself."""
    verdicts: dict[str, bool | None] = {}
    equal: dict[object, bool] = {}
    for row in report.rows:
        path = small.twins.get(row.path, row.path)
        small_row = experiment.rows.get(path)
        if small_row is None or row.path in results.marks:
            continue
        if path not in verdicts:
            verdicts[path] = experiment.verdict(path)
            if verdicts[path] is False:
                results.differences.append(experiment.difference(path))
        verdict = verdicts[path]
        if verdict is None:
            results.reasons[row.path] = (
                Untried.MAY_BE_HIDDEN if experiment.may_be_hidden(path) else Untried.NOT_SHOWN
            )
        elif verdict and not _same_claim(row, small_row, small, equal):
            results.reasons[row.path] = Untried.NOT_CARRIED_OVER
        elif row.time is not None:
            results.marks[row.path] = verdict
    _record_masks(report, small, experiment, results)


def _record_masks(
    report: Report, small: SmallModel, experiment: Experiment, results: ExperimentResults
) -> None:
    """Enter what an experiment shows of masked steps, where a smaller model says the same."""
    if not any(says_what_is_skipped(row) and row.path not in results.masks for row in report.rows):
        return
    try:
        shown = masked_steps(experiment.calls.graph, experiment.report)
    except SpecError:
        return
    rows = {row.path: row for row in experiment.report.rows}
    for row in report.rows:
        path = small.twins.get(row.path, row.path)
        other = rows[path].mask if path in rows else None
        if path not in shown or row.path in results.masks or row.mask is None or other is None:
            continue
        if row.mask.use is other.use:
            results.masks[row.path] = shown[path]
            if not shown[path]:
                results.differences.append(MaskDifference(row.path, row.mask.use))


def _in_names(depends: Depends) -> tuple[Expr, ...]:
    """Return first and last step in the names of sizes, which may be others in a larger model."""
    return depends.in_names or depends.ends


def _same_claim(row: Row, small_row: Row, small: SmallModel, equal: dict[object, bool]) -> bool:
    """Whether a row of the smaller model says the same, with the true sizes put back."""
    if row.time is None or small_row.time is None:
        return row.time is small_row.time
    pairs = list(zip(row.time.depends, small_row.time.depends, strict=False))
    key = (row.time.steps, row.time.depends, small_row.time.depends)
    if key not in equal:
        steps = 1 if row.time.steps is None else row.time.steps.value
        equal[key] = len(row.time.depends) == len(small_row.time.depends) and all(
            big.input == little.input
            and big.every in (little.every, 0)  # 0: it says nothing of holes
            and len(_in_names(big)) == len(_in_names(little))
            and all(
                _equal(one, with_true_numbers(other, small.true_numbers), steps)
                for one, other in zip(_in_names(big), _in_names(little), strict=True)
            )
            for big, little in pairs
        )
    return equal[key]


def _equal(one: Expr, other: Expr, steps: int | None) -> bool:
    """Whether two formulas in t are equal: as formulas or, at every output step, as numbers."""
    if one.plain() == other or prove_equal(one.plain(), other):
        return True
    return steps is not None and are_equal(one, other, steps)
