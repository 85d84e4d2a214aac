"""Tracing: which steps of each model input the tensors of a graph depend on, layer by layer."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

from seqinspect.algebra.proof import is_nonnegative
from seqinspect.time.dependence import Dependence, piecewise_linear
from seqinspect.time.reach import STEP, STEP_FROM_0, Reach, everything

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reading, Tensor

MAX_STEPS = 1024
"""Up to this many steps a relation that no formula proves is found by following every step."""

MAX_WORK = 2_000_000
"""How many steps that are read may be followed in one model."""


class TracedTensor:
    """A tensor in a model, what it was made from, and what its step t depends on.

    `depends` has the name of every model input with time that it depends on. The steps are those
    of its time axis or, where its steps are folded into its features, the hidden ones; a tensor
    with neither has just one.
    """

    __slots__ = ("_tables", "_work", "depends", "sources", "tensor")

    def __init__(
        self,
        tensor: Tensor,
        depends: Mapping[str, Dependence],
        sources: Sequence[tuple[Reach, TracedTensor]] = (),
    ) -> None:
        self.tensor: Final = tensor
        self.depends: Final = depends
        self.sources: Final = sources
        self._tables: dict[str, list[int]] = {}
        self._work: list[int] = (
            sources[0][1]._work if sources else [MAX_WORK]
        )  # shared by the model

    @property
    def stepped(self) -> bool:
        """Whether it has steps, on an axis or folded."""
        return self.tensor.stepped

    def bounds(self, name: str) -> tuple[Expr, Expr]:
        """First and last step of a model input that step t depends on.

        A tensor without a time axis depends on what any of its hidden steps depends on.
        """
        vector = self.as_vector()
        dependence = vector.depends[name]
        low, high = dependence.bounds
        return (low, high) if dependence.exact else _followed_bounds(vector, name, low, high)

    def as_vector(self) -> TracedTensor:
        """The same tensor as one vector, if its steps are folded into its features."""
        if self.tensor.time is not None or self.tensor.fold is None:
            return self
        vector = replace(self.tensor, fold=None)
        return trace_output(vector, everything(self.tensor.steps), {"inputs": (self,)})

    def table(self, name: str) -> list[int]:
        """For each of its steps, the steps of a model input that it depends on, as bits."""
        pending = [self]
        while pending:  # no recursion: a model may be 10,000 layers deep
            traced = pending[-1]
            missing = [source for _, source in traced.sources if name not in source._tables]
            if missing and name not in traced._tables:
                pending += missing
            else:
                traced._tables.setdefault(name, _follow_steps(traced, name))
                pending.pop()
        return self._tables[name]


Sources: TypeAlias = "Mapping[str, tuple[TracedTensor, ...]]"


def trace_input(name: str, tensor: Tensor) -> TracedTensor:
    """A model input: its step t depends on itself; without steps it has no time to trace."""
    stepped = tensor.time is not None
    return TracedTensor(tensor, {name: Dependence.identity(tensor.steps)} if stepped else {})


def trace_output(tensor: Tensor, reading: Reading, sources: Sources) -> TracedTensor:
    """A layer's output: what it reads of each source, composed with what that depends on."""
    reached = [
        (reach, source)
        for name, group in sources.items()
        for reach, source in zip(_reaches(reading, name, len(group)), group, strict=True)
        if source.depends and reach
    ]
    dependences: dict[str, list[Dependence]] = {}
    for reach, source in reached:
        for name, dependence in source.depends.items():
            composed = dependence.through(reach)
            if composed is not None:
                dependences.setdefault(name, []).append(composed)
    depends = {name: Dependence.union(parts) for name, parts in dependences.items()}
    return TracedTensor(tensor, depends, reached)


def never_ahead(traced: TracedTensor, name: str) -> bool | None:
    """Whether no step depends on a later step of a model input; None where that is undecided."""
    last = traced.bounds(name)[1]
    if is_nonnegative(STEP - last, STEP_FROM_0):
        return True
    numbers, count = last.numbers(), traced.tensor.steps.value
    if len(numbers) < len(last.symbols() - {"t"}) or count is None or count > MAX_STEPS:
        return False if is_nonnegative(last - STEP - 1, STEP_FROM_0) else None
    return all(last.evaluate({**numbers, "t": step}) <= step for step in range(count))


def _reaches(reading: Reading, name: str, count: int) -> tuple[Reach, ...]:
    reach = reading if isinstance(reading, Reach) else reading.get(name, Reach())
    return reach if isinstance(reach, tuple) else (reach,) * count


def _followed_bounds(traced: TracedTensor, name: str, low: Expr, high: Expr) -> tuple[Expr, Expr]:
    """The ends found by following every step, where the formulas could not be proved."""
    table = traced.table(name)
    if not table:
        return low, high
    firsts = [(bits & -bits).bit_length() - 1 if bits else 1 for bits in table]
    lasts = [bits.bit_length() - 1 if bits else 0 for bits in table]
    if _take_values(low, high, firsts, lasts):
        return low, high
    return piecewise_linear(firsts), piecewise_linear(lasts)


def _take_values(low: Expr, high: Expr, firsts: Sequence[int], lasts: Sequence[int]) -> bool:
    """Whether two formulas take these numbers at t = 0, 1, 2, …, or are empty where they are."""
    low_numbers, high_numbers = low.numbers(), high.numbers()
    for step, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        begin = low.evaluate({**low_numbers, "t": step})
        end = high.evaluate({**high_numbers, "t": step})
        if (begin, end) != (first, last) and not (begin > end and first > last):
            return False
    return True


def _follow_steps(traced: TracedTensor, name: str) -> list[int]:
    """Follow every step; empty where there are too many, or it is not known how many."""
    count = traced.tensor.steps.value if traced.stepped else 1
    if count is None or count > MAX_STEPS or name not in traced.depends:
        return []
    if not traced.sources:
        return [1 << step for step in range(count)]
    steps_read = [0] * count
    for reach, source in traced.sources:
        if name not in source.depends:
            continue
        source_table = source.table(name)
        if not source_table:
            return []
        for step in range(count):
            members = [span.members(step) for span in reach.spans]
            traced._work[0] -= 1 + sum(map(len, members))
            if traced._work[0] < 0:
                return []
            for index in chain(*members):
                steps_read[step] |= source_table[index]
    return steps_read
