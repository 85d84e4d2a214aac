"""The facts of a row of a report as plain data: who compares two rows names those that count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from seqinspect.model.report import Row

Fact = Literal[
    "path", "depth", "type", "sources", "reuses", "shapes", "symbolic_shapes", "dtypes",
    "unknown_shapes", "weights", "symbolic_weights", "weight_shapes", "params", "trainable",
    "formula", "multiply_adds", "time_axis", "reads", "windows", "applications", "inputs_read",
    "own_weights", "time_summary", "time_remarks",
]  # fmt: skip

FACTS: Mapping[Fact, Callable[[Row], Hashable]] = {
    "path": lambda row: row.path,
    "depth": lambda row: row.depth,
    "type": lambda row: row.type,
    "sources": lambda row: row.sources,
    "reuses": lambda row: row.reuses,
    "shapes": lambda row: tuple(output.shape for output in row.outputs),
    "symbolic_shapes": lambda row: tuple(output.symbolic for output in row.outputs),
    "dtypes": lambda row: tuple(output.dtype for output in row.outputs),
    "unknown_shapes": lambda row: tuple(output.unknown_shape for output in row.outputs),
    "weights": lambda row: tuple(
        (each.name, each.shape, each.trainable, each.dtype) for each in row.weights
    ),
    "symbolic_weights": lambda row: tuple(
        (each.name, each.symbolic, each.trainable) for each in row.weights
    ),
    "weight_shapes": lambda row: tuple(each.shape for each in row.weights),
    "params": lambda row: row.params,
    "trainable": lambda row: row.trainable,
    "formula": lambda row: row.formula,
    "multiply_adds": lambda row: row.multiply_adds,
    "time_axis": lambda row: None if row.time is None else row.time.axis,
    "reads": lambda row: None if row.time is None else row.time.reads,
    "windows": lambda row: None if row.time is None else row.time.windows,
    "applications": lambda row: None if row.time is None else row.time.applications,
    "inputs_read": lambda row: None if row.time is None else len(row.time.depends),
    "own_weights": lambda row: row.time is not None and row.time.shared is False,
    "time_summary": lambda row: None if row.time is None else row.time.time_summary,
    "time_remarks": lambda row: () if row.time is None else row.remarks,
}
"""What each fact is; shapes are in numbers, `symbolic` ones in the user's names."""


def facts_of(row: Row, *facts: Fact) -> tuple[Hashable, ...]:
    """Return the facts of a row that are named."""
    return tuple(FACTS[fact](row) for fact in facts)


def differing_facts(one: Row, other: Row, *facts: Fact) -> list[Fact]:
    """Return those of the named facts in which two rows differ."""
    return [fact for fact in facts if FACTS[fact](one) != FACTS[fact](other)]
