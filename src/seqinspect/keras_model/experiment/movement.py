"""A whole model with random weights: which steps of every call moved, beside what its rows say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.keras_model.experiment.perturbation import graph_moves
from seqinspect.model.facts import Tensor
from seqinspect.model.finding import TimeDifference
from seqinspect.model.remarks import Peculiarity
from seqinspect.records import NamedTuple, replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.keras_model.experiment.flat import FlatModel
    from seqinspect.model.graph import Ref
    from seqinspect.model.report import Report, Row

SEEDS = 4
"""So many times the model gets new weights where a step that should did not move its output."""

FEW_DRAWS = 4
"""How often all changes are tried where memory does not allow more."""

MAX_REMEMBERED = 32
"""After more steps the state of a layer with random weights may have forgotten the first."""

MovedSteps = dict[tuple[str, int], set[int]]
"""By input and output step: the steps of that input that moved it."""


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
            if _has_batch(row, report)
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


def _has_batch(row: Row, report: Report) -> bool:
    """Whether a row has samples, as a constant and what a layer makes of one has not."""
    batches = [model_input.tensor.symbolic[:1] for model_input in report.inputs]
    return any(output.symbolic[:1] in batches for output in row.outputs)
