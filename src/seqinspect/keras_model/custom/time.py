"""What a custom class reads in time, by experiment with the sizes at hand and with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr
from seqinspect.errors import SpecError
from seqinspect.keras_model.custom.step_trials import SizedCall, step_tables
from seqinspect.keras_model.experiment.inferred_reach import StepRelation, infer_relation
from seqinspect.model.remarks import FoundByExperiment, Peculiarity
from seqinspect.records import NamedTuple, replace
from seqinspect.time.reach import Reach, everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.keras_model.custom.step_trials import Tables
    from seqinspect.keras_model.experiment.inferred_reach import StepTable
    from seqinspect.model.facts import Facts, Tensor

FACTORS = (0.5, 2)
"""Half and twice the steps at hand are tried, too."""

FEW_STEPS = (5, 7, 12)
"""Tried where what is read fades on the way, or where many steps are tried."""

MANY_STEPS = (24, 128)
"""Tried where there are more steps, or where their number is not known."""

SEEDS = range(4)
"""So many times a layer gets new weights where the first do not show a relation."""

Relations = list[list[StepRelation]]
"""For every output, for every input."""


def with_time_relation(call: SizedCall, facts: Facts) -> Facts:
    """Return the facts with what the experiment shows; if nothing, time is not known.

    Then a remark says so, where there are steps.
    """
    tensors = call.tensors
    stepped = any(tensor.time is not None for tensor in tensors)
    outcome: Outcome | None = None
    if stepped and _same_samples(tensors, facts.outputs):
        for times in _time_axes(tensors, facts.outputs):
            outcome = _Experiment(call, times).outcome() or outcome
            if outcome is not None and outcome.relations is not None:
                return _with_relations(facts, tensors, times, outcome.relations, outcome.remark)
    reach = tuple(everything(tensor.steps) for tensor in tensors)
    tried = Peculiarity.NOT_TRIED if outcome is None else Peculiarity.NO_RELATION_FITS
    return facts._replace(
        outputs=tuple(replace(output, unknown_time=True) for output in facts.outputs),
        reaches=({"inputs": reach},) * len(facts.outputs),
        remarks=(*facts.remarks, *((tried,) if stepped else ())),
    )


def _with_relations(
    facts: Facts,
    tensors: Sequence[Tensor],
    times: Sequence[int | None],
    relations: Relations,
    remark: FoundByExperiment,
) -> Facts:
    outputs = tuple(
        replace(output, time=time)
        if time is not None
        else replace(output, time_summary=of_output[0].time_summary)
        for output, time, of_output in zip(facts.outputs, times, relations, strict=True)
    )
    reaches = tuple(
        {
            "inputs": tuple(
                relation.reach(x.steps, output.steps) if x.time is not None else Reach()
                for relation, x in zip(of_output, tensors, strict=True)
            )
        }
        for of_output, output in zip(relations, outputs, strict=True)
    )
    reads = relations[0][0].reads
    return facts._replace(
        outputs=outputs,
        reads=reads,
        reaches=reaches,
        applications=tensors[0].steps if reads == "each" else as_expr(1),
        remarks=(*facts.remarks, remark),
    )


def _same_samples(tensors: Sequence[Tensor], outputs: Sequence[Tensor]) -> bool:
    """Tell whether each output has the samples of the input: each one is a trial."""
    batch = tensors[0].shape[0].plain()
    return all(output.rank and output.shape[0].plain() == batch for output in outputs)


def _time_axes(
    tensors: Sequence[Tensor], outputs: Sequence[Tensor]
) -> Iterator[tuple[int | None, ...]]:
    """Yield the time axes of the outputs, before them those whose sizes follow from the steps."""
    times = tuple(output.time for output in outputs)
    other = tuple(
        _other_axis(tensors, output) if output.time is None else output.time for output in outputs
    )
    if other != times:
        yield other
    yield times


def _other_axis(tensors: Sequence[Tensor], output: Tensor) -> int | None:
    for tensor in tensors:
        axis, names = tensor.time, tensor.steps.symbols()
        if axis is not None and axis < output.rank and names:
            size = output.shape[axis]
            if size.symbols() == names:
                return axis
    return None


class Outcome(NamedTuple):
    """What an experiment came to: the relations, None where none fits what it shows."""

    relations: Relations | None
    remark: FoundByExperiment


class _Experiment:
    """Trials of one call, with the number of steps at hand and with others."""

    def __init__(self, call: SizedCall, times: Sequence[int | None]) -> None:
        self.call, self.times = call, times
        self.seeds = SEEDS[:1]
        self.calls: list[SizedCall] = []
        self.tables: list[Tables] = []
        timed = [tensor for tensor in call.tensors if tensor.time is not None]
        self.at_hand = all(tensor.steps.value is not None for tensor in timed)
        self.here: Tables | None = None

    def outcome(self) -> Outcome | None:
        """Return what is found; None where nothing could be tried."""
        many = not self.at_hand or self.call.steps > MANY_STEPS[-1]
        if self.at_hand:
            self.try_call(self.call)
            self.here = self.tables[0] if self.tables else None
            for factor in () if many else FACTORS:
                self.try_call(self.call.scaled(factor))
        if many or self.here is None or not any(map(_decides, self.tables)):
            for steps in (*FEW_STEPS, *(MANY_STEPS if many else ())):
                self.try_call(self.call.with_steps(steps))
        if not self.tables:
            return None
        relations = self.relations(self.tables)
        if relations is None or len(self.tables) == 1:
            self.repeat()
            relations = self.relations(self.tables)
        alone = relations is None and self.here is not None and self.steady(self.here)
        if alone and self.here is not None:
            relations = self.relations([self.here])
        return Outcome(relations, self.remark(alone=alone))

    def try_call(self, call: SizedCall) -> None:
        """Make the experiment with other sizes, if it can be made and was not."""
        if any(each.numbers == call.numbers and each.steps == call.steps for each in self.calls):
            return
        try:
            tables = step_tables(call, self.times, self.seeds)
        except SpecError:  # what the class does not take, or too large
            return
        self.calls.append(call)
        self.tables.append(tables)

    def repeat(self) -> None:
        """Make all experiments with more weights: a maximum or a relu may hide what is read."""
        self.seeds = SEEDS
        self.tables = [step_tables(call, self.times, self.seeds) for call in self.calls]
        self.here = self.tables[0] if self.here is not None else None

    def steady(self, tables: Tables) -> bool:
        """Tell whether one experiment, with all steps, shows the same without its last weights."""
        return (
            _decides(tables) and step_tables(self.calls[0], self.times, self.seeds[:-1]) == tables
        )

    def relations(self, tables: Sequence[Tables]) -> Relations | None:
        """Return for every output its relation to every input, the same in all experiments."""
        relations: Relations = []
        for row in zip(*tables, strict=True):
            of_output = []
            for x, several in zip(self.call.tensors, zip(*row, strict=True), strict=True):
                found = infer_relation(several) if x.time is not None else StepRelation(())
                if found is None:
                    return None
                of_output.append(found)
            relations.append(of_output)
        return relations

    def remark(self, *, alone: bool) -> FoundByExperiment:
        """Return what was tried."""
        tables = self.tables[:1] if alone else self.tables
        flat = [table for each in tables for of_output in each for table in of_output]
        calls = self.calls[:1] if alone else self.calls
        return FoundByExperiment(
            steps=tuple(sorted({call.steps for call in calls})),
            at_hand=self.here is not None,
            some=any(len(table.changed) < table.steps for table in flat),
            fades=any(table.faint for table in flat),
            alone=alone and len(self.calls) > 1,
        )


def _complete(table: StepTable) -> bool:
    return not table.faint and len(table.changed) == table.steps


def _decides(tables: Tables) -> bool:
    """Tell whether every step was changed, and nothing fades."""
    return all(_complete(table) for of_output in tables for table in of_output)
