"""The part of a model that a picture shows: a layer, below those that its steps come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.data import Picture
from seqinspect.explain.lookup import parent_is_model
from seqinspect.explain.single_layer import alone, analysed
from seqinspect.explain.steps import alike
from seqinspect.model.report import Report
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from seqinspect.explain.lookup import Model, Source
    from seqinspect.model.report import Row

MOST_ROWS = 3
"""How many layers one picture shows: more where the steps come from further up."""

FEWER_ROWS = (2, 1)
"""How many it shows where there is less room: the layer and what it reads, or the layer alone."""

FARTHEST = 6


def picture_of(model: Model, row: Row, most: int = MOST_ROWS) -> Picture | None:
    """Return the picture of a layer, below the layers that its steps come from, `most` in all."""
    rows: list[Row] = []
    current: Row | None = row
    top: Source | None = None
    while current is not None and len(rows) < FARTHEST:
        source = model.source(current)
        if source is None or current.time is None or not _is_drawn(model, current):
            break
        mixes = _mixes(current, source)
        if rows and mixes:
            break
        rows.insert(0, current)
        top = source
        many = len(rows) >= most and source.axis is not None
        if many or mixes or len(current.sources) > 1:
            break
        current = source.row
    if top is None or top.steps is None:
        return None
    graph = alone(model, *rows)
    report = analysed(graph) if graph is not None else None
    if graph is None or not isinstance(report, Report):
        return None
    return Picture(top, tuple(rows), graph, report)


def _is_drawn(model: Model, row: Row) -> bool:
    """Whether a row is a call of a model, or one direction of a Bidirectional."""
    parent = model.rows.get(row.path.rpartition("/")[0])
    return (
        row.depth == 0
        or (parent is not None and parent_is_model(model, parent.path))
        or (parent is not None and traits_of(parent.type).both_directions)
    )


def _mixes(row: Row, source: Source) -> bool:
    """Whether a line for each output step says which steps a row reads."""
    time = row.time
    if time is None or time.axis is None or source.axis is None or traits_of(row.type).step_by_step:
        return False
    return time.reads != "each" or not alike(source.steps, time.steps)
