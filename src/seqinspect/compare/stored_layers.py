"""Weights that no rule states, as the file of the model itself stores them.

A custom layer's weights stand beside its config in a `.keras` archive or an `.h5` file. They are
taken from there where everything that the rules do state stands there as well; whether they are
trained no file says.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import const, prod, total
from seqinspect.compare.checkpoint import load_result
from seqinspect.compare.slots import layout, places
from seqinspect.compare.stored_weights import read_stored_weights
from seqinspect.errors import SpecError
from seqinspect.model.report import BYTES, WeightReport
from seqinspect.readers.source.files import HDF5_ENDINGS
from seqinspect.readers.source.limits import VARIABLE, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.compare.checkpoint import Stored
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report, Row

ENDINGS = (".keras", *HDF5_ENDINGS)
"""Files that hold a config and weights."""


def with_stored_weights(graph: Graph, report: Report) -> Report:
    """Return the report with weights from the file that the graph was read from."""
    if report.complete or graph.opened or not graph.source.lower().endswith(ENDINGS):
        return report
    limits = Limits.from_environment(os.environ.get(VARIABLE))
    try:
        stored = read_stored_weights(graph.source, limits)
    except SpecError:
        return report  # the config is readable all the same
    stated = {row.name: row for row in report.counted if row.complete and row.reuses is None}
    groups = {group.path: group for group in stored.groups}
    if stored.legacy:
        homes = {row.name: row.name for row in report.top}
        fits = all(_fits(row, groups.get(name)) for name, row in stated.items())
    else:
        homes = {node.name: place for node, place in places(graph)}
        failures = load_result(groups, layout(graph, report)).failures
        fits = not any(each.slot.layer.partition("/")[0] in stated for each in failures)
    if not fits:
        return report
    rows = tuple(_with_weights(row, homes, stored.groups) for row in report.rows)
    return report._replace(rows=rows)


def _fits(row: Row, group: Stored | None) -> bool:
    """Tell whether a legacy file holds what the rules state of a layer."""
    stored = () if group is None else group.shapes.values()
    return sorted(map(str, stored)) == sorted(str(weight.shape) for weight in row.weights)


def _with_weights(row: Row, homes: dict[str, str], groups: Sequence[Stored]) -> Row:
    home = homes.get(row.reuses or row.name)
    if row.depth or row.complete or home is None:
        return row
    weights = tuple(_weights(home, groups))
    if not all(weight.dtype in BYTES for weight in weights):
        return row
    own_weights = () if row.reuses is not None else weights
    formula = total(prod(weight.symbolic) for weight in own_weights)
    return row._replace(weights=weights, formula=formula, complete=True)


def _weights(home: str, groups: Sequence[Stored]) -> Iterator[WeightReport]:
    """Yield the arrays of a layer and of what it holds."""
    for group in groups:
        if group.path != home and not group.path.startswith(f"{home}/"):
            continue
        below = group.path[len(home) + 1 :]
        for key, shape in sorted(group.shapes.items(), key=lambda each: (len(each[0]), each[0])):
            name = group.names.get(key, key).rpartition("/")[2].removesuffix(":0")
            path = f"{below}/{name}" if below else name
            yield WeightReport(path, tuple(map(const, shape)), None, group.dtypes[key])
