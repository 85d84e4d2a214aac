"""What a row has to do with time steps, with all that the words for it stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.data import StepsRead
from seqinspect.explain.lookup import backwards, states_from
from seqinspect.explain.single_layer import relations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.explain.lookup import Model, Source
    from seqinspect.model.report import Depends, Row


def steps_of(model: Model, row: Row) -> StepsRead:
    """Return what a row reads, and what it stands on."""
    source, time = model.source(row), row.time
    each = time is not None and time.reads == "each"
    several = each and source is not None and source.steps is not None
    return StepsRead(
        row=row,
        parent=model.rows.get(row.path.rpartition("/")[0]),
        source=source,
        operands=tuple(_operands(model, row)) if several and len(set(row.sources)) > 1 else (),
        backwards=backwards(model, row),
        states=states_from(row),
    )


def _operands(model: Model, row: Row) -> Iterator[tuple[str, Source | None, Depends | None]]:
    """Yield the tensors that a row reads, and what output step t reads of each."""
    node = model.call(row)
    plain = node is not None and not any(ref.output for ref in node.sources)
    read = {depends.input: depends for depends in relations(model, row)} if plain else {}
    for name in dict.fromkeys(row.sources):
        yield name, model.source(row, name), read.get(name)


def alike(one: Expr | None, other: Expr | None) -> bool:
    """Whether two numbers of steps are the same, however they are written."""
    return one is not None and other is not None and one.plain() == other.plain()
