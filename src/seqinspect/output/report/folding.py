"""Rows of a report → lines of a table: equal iterations of a repeated block become one group."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import total_to_show
from seqinspect.model.report import sum_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Row, TensorReport


@dataclass(frozen=True, slots=True)
class Group:
    """Equal iterations of a repeated block, `first` (from 0) being the one that `rows` show."""

    block: str
    first: int
    count: int
    rows: tuple[Row, ...]

    @property
    def params(self) -> int | None:
        """The parameters of all iterations together; None where a size is not known."""
        one = sum_known(row.params for row in self._own)
        return None if one is None else self.count * one

    @property
    def formula(self) -> str:
        """The same as a formula: 96×(d×(12×d+13)), the number of iterations first."""
        one = total_to_show(row.formula.plain() for row in self._own).text()
        return f"{self.count}×({one})" if _is_sum(one) else f"{self.count}×{one}"

    @property
    def trainable(self) -> int | None:
        """How many of the parameters are trained; None where a size is not known."""
        one = sum_known(row.trainable for row in self._own)
        return None if one is None else self.count * one

    @property
    def multiply_adds(self) -> Expr | None:
        """The multiply-adds of all iterations together; None where those of a layer are unknown."""
        if any(row.unsupported or not row.complete for row in self._own):
            return None
        return total_to_show(row.multiply_adds.plain() for row in self._own) * self.count

    @property
    def outputs(self) -> tuple[TensorReport, ...]:
        """What the block returns."""
        return self._own[-1].outputs

    @property
    def _own(self) -> tuple[Row, ...]:
        depth = self.rows[0].depth
        return tuple(row for row in self.rows if row.depth == depth)


def folded(rows: Sequence[Row]) -> Iterator[Row | Group]:
    """Yield the rows in order, those of equal neighbouring iterations as one group."""
    iterations = [
        (block, tuple(members)) for block, members in groupby(rows, key=lambda row: row.block)
    ]
    position = 0
    while position < len(iterations):
        block, members = iterations[position]
        count = 1
        if block is not None:
            name, index, _ = block
            alike = [_alike(row) for row in members]
            while position + count < len(iterations):
                following, others = iterations[position + count]
                if following is None or following[:2] != (name, index + count):
                    break
                if [_alike(row) for row in others] != alike:
                    break
                count += 1
        if block is not None and count > 1:
            yield Group(block[0], block[1], count, members)
        else:
            yield from members
        position += count


def _alike(row: Row) -> tuple[object, ...]:
    """What two iterations must have in common, apart from the names of their layers."""
    time = row.time and (row.time.steps, row.time.reads, row.time.shared)
    shapes = tuple((output.symbolic, output.dtype) for output in row.outputs)
    counts = (row.formula, row.trainable, row.unsupported, row.complete)
    return (row.depth, row.type, shapes, counts, time, row.confirmed)


def _is_sum(formula: str) -> bool:
    """Tell whether a formula adds up terms outside of all parentheses."""
    depth = 0
    for character in formula:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth and character in "+−-":
            return True
    return False
