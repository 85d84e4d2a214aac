"""The rows of a sweep as Python objects, for the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.errors import refuse
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seqinspect.space.axes import Value
    from seqinspect.space.selection import Selection
    from seqinspect.space.sweep import Sweep


class SweepRow(NamedTuple):
    """One point of a sweep, and what is known there; None where it is not, or was not asked for.

    Counts are exact integers; bytes of memory are those of a forward pass, of training, and of one
    stream that is fed step by step. `receptive_field` is in steps. `refused`: what kind of problem
    there is where there is no model.
    """

    point: Mapping[str, Value]
    params: int | None = None
    bytes: int | None = None
    multiply_adds: int | None = None
    memory: int | None = None
    training_memory: int | None = None
    stream_bytes: int | None = None
    receptive_field: int | None = None
    causal: bool | None = None
    findings: str | None = None
    refused: str | None = None


class SweepRows:
    """The rows of a sweep, computed while somebody goes through them; each time anew."""

    def __init__(self, sweep: Sweep, selection: Selection) -> None:
        self.sweep = sweep
        self.selection = selection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.sweep.space.size:,}>"

    def tuples(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row as the values of its columns."""
        columns = self.selection.columns
        blocks = self.sweep.blocks()
        rows = (row for block in blocks for row in zip(*map(block.get, columns), strict=True))
        yield from self.selection.rows(rows)

    def __iter__(self) -> Iterator[SweepRow]:
        axes = self.sweep.space.names
        for row in self.tuples():
            point = dict(zip(axes, row, strict=False))
            rest = zip(self.selection.columns[len(axes) :], row[len(axes) :], strict=True)
            yield SweepRow(point, **dict(rest))

    def to_pandas(self) -> Any:  # Any: a pandas.DataFrame, which is no dependency
        """Return the rows as a pandas DataFrame. Raises SpecError where pandas is not installed."""
        try:
            import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415 - if it is there
        except ImportError:
            refuse(
                "a DataFrame is made by pandas, which is not installed",
                expected="pandas",
                remedy="pip install pandas, or go through the rows",
                about="pandas",
            )
        return pandas.DataFrame(list(self.tuples()), columns=list(self.selection.columns))
