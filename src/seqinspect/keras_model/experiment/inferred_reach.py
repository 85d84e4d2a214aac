"""Which step moves which → what a layer reads: the words and formulas that a rule would state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.time.reach import (
    STEP,
    Reach,
    at_step,
    each,
    everything,
    prefix,
    reversed_prefix,
    suffix,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.algebra.expression import Expr
    from seqinspect.keras_model.experiment.trials import Table
    from seqinspect.model.facts import Reads, TimeSummary


class StepRelation(NamedTuple):
    """What an output has to do with the steps of an input, for any number of them.

    `before` and `after`: how many steps a window reaches back and ahead. `time_summary`: what an
    output without steps knows of them.
    """

    kind: str
    before: int = 0
    after: int = 0

    @property
    def reads(self) -> Reads:
        """The word for what one application reads."""
        return READS[self.kind]

    @property
    def time_summary(self) -> TimeSummary:
        """What an output without steps knows of time."""
        return self.kind if self.kind in ("last", "first") else "all"  # type: ignore[return-value]  # words of TimeSummary

    def reach(self, steps: Expr) -> Reach:
        """Return the relation as the reach of a rule."""
        if self.kind == "window":
            return window(STEP - self.before, STEP + self.after, steps, steps)
        return REACHES[self.kind](steps)


READS: dict[str, Reads] = {
    "each": "each", "window": "window", "prefix": "prefix", "suffix": "suffix", "all": "all",
    "reversed prefix": "suffix", "last": "last", "first": "first", "none": "none",
}  # fmt: skip

REACHES: dict[str, Callable[[Expr], Reach]] = {
    "each": each,
    "prefix": prefix,
    "suffix": suffix,
    "reversed prefix": reversed_prefix,
    "all": everything,
    "last": lambda steps: at_step(steps - 1, steps),
    "first": lambda steps: at_step(0, steps),
    "none": lambda _: Reach(),
}


def infer_relation(table: Table) -> StepRelation | None:
    """Return the relation that a table shows, None where it is none of those that have a name.

    A table has a row for each output step (one where the output has none), with an entry for each
    input step (one where the input has none).
    """
    rows = [{step for step, moved in enumerate(row) if moved} for row in table]
    steps = len(table[0])
    if not any(rows):
        return StepRelation("none")
    if all(len(row) == steps for row in rows):
        return StepRelation("all")
    if len(rows) == 1:
        return {
            frozenset({steps - 1}): StepRelation("last"),
            frozenset({0}): StepRelation("first"),
        }.get(frozenset(rows[0]))
    if len(rows) != steps:
        return None
    shapes: dict[str, Callable[[int], range]] = {
        "prefix": lambda t: range(t + 1),
        "suffix": lambda t: range(t, steps),
        "reversed prefix": lambda t: range(steps - 1 - t, steps),
    }
    for kind, shape in shapes.items():
        if all(row == set(shape(t)) for t, row in enumerate(rows)):
            return StepRelation(kind)
    return _window(rows, steps)


def _window(rows: list[set[int]], steps: int) -> StepRelation | None:
    """Return the window of steps around t that all rows are, if they are one."""
    before = max(t - min(row, default=t) for t, row in enumerate(rows))
    after = max(max(row, default=t) - t for t, row in enumerate(rows))
    same = all(
        row == set(range(max(0, t - before), min(steps, t + after + 1)))
        for t, row in enumerate(rows)
    )
    if not same:
        return None
    return StepRelation("each") if before == after == 0 else StepRelation("window", before, after)
