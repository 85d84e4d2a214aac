"""Report × experiment → the Report with what a real model with random weights shows of time.

The experiment is made on a smaller model of the same form. What the rules say of that one must be
what moves in it; and with the true sizes put back, it must be what the report says of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from seqinspect.algebra.proof import prove_equal
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.experiment.flat import FlatModel, flatten_model
from seqinspect.keras_model.experiment.masked_steps import masked_steps, says_what_is_skipped
from seqinspect.keras_model.experiment.perturbation import graph_moves
from seqinspect.keras_model.experiment.shrink import SmallModel, smaller_models, with_true_numbers
from seqinspect.keras_model.experiment.witness import with_witnesses
from seqinspect.model.facts import Tensor
from seqinspect.model.finding import MaskDifference, TimeDifference
from seqinspect.model.remarks import Peculiarity
from seqinspect.model.report import Keras
from seqinspect.model.unconfirmed import (
    AheadNotShown,
    KerasAbsent,
    MaskNotShown,
    NotCalled,
    NotProved,
    Refused,
    TooLargeToTry,
    TooManyCalls,
    Untried,
)
from seqinspect.rules import traits_of
from seqinspect.time.formulas import are_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.errors import Problem
    from seqinspect.model.graph import Graph, Ref
    from seqinspect.model.report import Depends, Report, Row
    from seqinspect.model.unconfirmed import Unconfirmed, UntriedReason

MAX_CALLS = 400
"""Calls that are tried out together."""

SEEDS = 4
"""So many times the model gets new weights where a step that should did not move its output."""

FEW_DRAWS = 4
"""How often all changes are tried where memory does not allow more."""

MAX_LARGE = 2
"""After so many models that are too large no other is made."""

MAX_REMEMBERED = 32
"""After more steps the state of a layer with random weights may have forgotten the first."""

MovedSteps = dict[tuple[str, int], set[int]]
"""By input and output step: the steps of that input that moved it."""


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
        return report.confirmed_by(Keras("unavailable", reasons=(KerasAbsent(error.reason),)), {})
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


class Experiment:
    """What moved in a model, united over some seeds, beside what its report says."""

    def __init__(self, calls: FlatModel, report: Report, seeds: int = SEEDS) -> None:
        self.calls = calls
        self.report = report
        self.inputs = [
            model_input for model_input in report.inputs if model_input.time_axis is not None
        ]
        self.rows = {
            row.path: row
            for row in report.rows
            if row.path in calls.outputs and not any(output.unknown_time for output in row.outputs)
            if row.time is None or all(each.ends for each in row.time.depends)
        }
        self.moved: dict[str, MovedSteps] = {path: {} for path in self.rows}
        for seed in range(seeds):
            self.draw(seed)
            if self.may_have_faded() or not any(map(self.wrong_steps, self.rows)):
                break

    def draw(self, seed: int) -> None:
        """Give the model new weights, and change every input step."""
        tensors = [
            Tensor(model_input.tensor.symbolic, model_input.tensor.dtype, model_input.time_axis)
            for model_input in self.report.inputs
        ]
        axes = [None if row.time is None else row.time.axis for row in self.rows.values()]
        outputs = tuple(self.calls.outputs[path] for path in self.rows)
        graph = replace(self.calls.graph, outputs=outputs)
        try:
            tables = graph_moves(graph, tensors, axes, seed=seed)
        except SpecError as error:
            if error.problems[0].about != "limit":
                raise
            tables = graph_moves(graph, tensors, axes, seed=seed, draws=FEW_DRAWS)
        for moved, by_input in zip(self.moved.values(), tables, strict=True):
            for model_input, table in zip(self.report.inputs, by_input, strict=True):
                for step, hits in enumerate(table if model_input.time_axis is not None else ()):
                    steps = moved.setdefault((model_input.name, step), set())
                    steps.update(index for index, hit in enumerate(hits) if hit)

    def wrong_steps(self, path: str) -> list[WrongStep]:
        """Return where a row does not say what moved."""
        wrong = []
        for (name, step), moved in self.moved[path].items():
            claimed = claimed_steps(self.rows[path], name, step)
            outside = not moved <= set(claimed)
            if outside or (claimed and not {claimed[0], claimed[-1]} <= moved):
                wrong.append(WrongStep(name, step, claimed, moved, outside))
        return wrong

    def verdict(self, path: str) -> bool | None:
        """Whether a row says just what moved; None where it says more: that shows nothing."""
        wrong = self.wrong_steps(path)
        if any(each.outside for each in wrong):
            return False
        return None if wrong else True

    def difference(self, path: str) -> TimeDifference:
        """Return where a row is wrong first."""
        wrong = self.wrong_steps(path)
        first = next((each for each in wrong if each.outside), wrong[0])
        time = self.rows[path].time
        step = None if time is None or time.axis is None else first.step
        sizes = tuple(
            (model_input.name, model_input.tensor.shape[model_input.time_axis or 0])
            for model_input in self.inputs
        )
        claimed, moved = tuple(first.claimed), tuple(sorted(first.moved))
        return TimeDifference(path, first.input, step, claimed, moved, sizes)

    def may_have_faded(self) -> bool:
        """Whether what a state has seen may have become too small to see: it shrinks each step."""
        return any(
            (model_input.tensor.shape[model_input.time_axis or 0] or 0) > MAX_REMEMBERED
            for model_input in self.inputs
        )

    def may_be_hidden(self, path: str) -> bool:
        """Whether something on the way to a call may rightly hide a step that it depends on.

        A state may have forgotten the first of many steps.

        Steps are followed, not single features, which a Reshape or a Permute takes out of their
        steps. Where attention has one key, or one query that looks back from step 0, a weight is 1
        whatever the query is. A step of zeros that was added hides what it is multiplied with,
        what a Softmax returns adds up to 1, and copies do not differ from their mean.
        """
        if self.may_have_faded():
            return True
        nodes = {node.name: node for node in self.calls.graph.nodes}
        pending, visited = [self.calls.outputs[path].name], set()
        while pending:
            node = nodes.get(pending.pop())
            if node is None or node.name in visited:
                continue
            visited.add(node.name)
            traits = traits_of(node.layer.type)
            row = self.rows.get(node.name)
            if traits.hides_steps:
                return True
            if row is not None and Peculiarity.MASKED_ATTEND_TO_ALL in row.remarks:
                return True  # what was drawn may have left every step something to attend to
            if traits.attention and 1 in map(self.length, node.sources):
                return True
            pending += [ref.name for ref in node.refs]
        return False

    def length(self, ref: Ref) -> int | None:
        """Return the size of a tensor's axis 1."""
        row = self.rows.get(ref.name)
        if row is not None:
            return row.outputs[ref.output].shape[1]
        return next(g.tensor.shape[1] for g in self.report.inputs if g.name == ref.name)


class WrongStep(NamedTuple):
    """An output step that moved with other input steps than the row claims."""

    input: str
    step: int
    claimed: range
    moved: set[int]
    outside: bool


def claimed_steps(row: Row, name: str, step: int) -> range:
    """Return the steps of an input that a row says its output step depends on."""
    for depends in row.time.depends if row.time is not None else ():
        if depends.input == name and depends.ends:
            first, last = (_at(bound, step) for bound in depends.ends)
            return range(first, last + 1, max(1, depends.every))
    return range(0)


def _at(bound: Expr, step: int) -> int:
    return bound.evaluate({**bound.numbers(), "t": step})


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
