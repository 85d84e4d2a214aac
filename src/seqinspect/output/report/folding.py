"""Rows of a report → lines of a table: equal iterations of a repeated block become one group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import total_to_show
from seqinspect.model.report import sum_known
from seqinspect.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Row, TensorReport

FEW = 7
"""In so few rows, nothing is folded that no spec repeats."""


@dataclass(frozen=True, slots=True)
class Group:
    """Equal iterations of a block, `first` (from 0) being the one that `rows` show.

    `written`: a spec says that the block is repeated, and nothing in its iterations differs;
    otherwise their layers are alike in what a report says of them.
    """

    block: str
    first: int
    iterations: tuple[tuple[Row, ...], ...]
    written: bool = True

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the iteration that stands for all."""
        return self.iterations[0]

    @property
    def count(self) -> int:
        """How many iterations there are."""
        return len(self.iterations)

    @property
    def params(self) -> int | None:
        """The parameters of all iterations together; None where a size is not known."""
        one = sum_known(row.params for row in self.own)
        return None if one is None else self.count * one

    @property
    def formula(self) -> str:
        """The same as a formula: 96×(d×(12×d+13)), the number of iterations first."""
        one = total_to_show(row.formula.plain() for row in self.own).text()
        return f"{self.count}×({one})" if _is_sum(one) else f"{self.count}×{one}"

    @property
    def trainable(self) -> int | None:
        """How many of the parameters are trained; None where a size is not known."""
        one = sum_known(row.trainable for row in self.own)
        return None if one is None else self.count * one

    @property
    def multiply_adds(self) -> Expr | None:
        """The multiply-adds of all iterations together; None where those of a layer are unknown."""
        if any(row.unsupported or not row.complete for row in self.own):
            return None
        return total_to_show(row.multiply_adds.plain() for row in self.own) * self.count

    @property
    def outputs(self) -> tuple[TensorReport, ...]:
        """What the block returns."""
        return self.own[-1].outputs

    @property
    def own(self) -> tuple[Row, ...]:
        """The rows of one iteration that are not within another row of it."""
        depth = min(row.depth for row in self.rows)
        return tuple(row for row in self.rows if row.depth == depth)


def folded(rows: Sequence[Row]) -> Iterator[Row | Group]:
    """Yield the rows in order, those of equal neighbouring iterations as one group."""
    if len(rows) < FEW and all(row.block is None for row in rows):
        yield from rows
        return
    from seqinspect.output.report.blocks import runs  # noqa: PLC0415 - small models have none

    at = 0
    for run in runs(rows):
        yield from rows[at : run.start]
        ends = range(run.start, run.start + run.size * run.times + 1, run.size)
        turns = tuple(tuple(rows[end : end + run.size]) for end in ends[:-1])
        yield Group(run.name, run.first, turns, run.written)
        at = ends[-1]
    yield from rows[at:]


def _is_sum(formula: str) -> bool:
    """Tell whether a formula adds up terms outside of all parentheses."""
    depth = 0
    for character in formula:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth and character in "+−-":
            return True
    return False
