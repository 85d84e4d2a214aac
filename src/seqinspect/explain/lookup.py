"""Finding things in a graph and its report: rows by name, what a row reads, layers before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.model.graph import Layer
from seqinspect.model.remarks import StartsFrom
from seqinspect.readers.source.names import nearest
from seqinspect.records import dataclass
from seqinspect.rules import find_rule, traits_of
from seqinspect.rules.index import MODELS

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import InputReport, Report, Row

FAR = 1000
"""How many layers back a recurrent layer is looked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a layer reads: a model input or the output of a layer; `steps` is None without time."""

    name: str
    axis: int | None
    steps: Expr | None
    row: Row | None


class Model:
    """A graph with its report, and both by name."""

    def __init__(self, graph: Graph, report: Report) -> None:
        self.graph = graph
        self.report = report
        self.rows: dict[str, Row] = {row.path: row for row in report.rows}
        self.nodes: dict[str, Node] = {node.name: node for node in graph.nodes}
        self.inputs: dict[str, InputReport] = {given.name: given for given in report.inputs}

    def row(self, name: str) -> Row:
        """Return the row of a path, or of a name that only one row has. Raises SpecError."""
        if name in self.rows:
            return self.rows[name]
        found = [row for row in self.report.rows if row.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            paths = ", ".join(row.path for row in found[:4])
            refuse(f"there are {len(found)} layers `{name}`", expected=f"a path: {paths}")
        inside = [row.path for row in self.report.rows if row.block and row.block[0] == name]
        if inside:
            shown = ", ".join(inside[:12]) + (", …" if len(inside) > 12 else "")
            refuse(f"`{name}` is a block of layers", expected=f"one of its layers: {shown}")
        near = nearest(name, list(self.rows))
        names = [row.path for row in self.report.top]
        shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        refuse(
            f"there is no layer `{name}` in {self.report.source}",
            expected=shown,
            remedy=f"did you mean {near}?" if near else "",
        )
        return found[0]  # never reached: `refuse` raises

    def node(self, row: Row) -> Node | None:
        """Return the call of a row; None for what is within another layer."""
        return self.nodes.get(row.name) if row.depth == 0 else None

    def call(self, row: Row) -> Node | None:
        """Return the call of a row, also within a model within the model."""
        graph: Graph | None = self.graph
        node = None
        for name in row.path.split("/"):
            if graph is None:
                return None
            nodes = self.nodes if graph is self.graph else {n.name: n for n in graph.nodes}
            node = nodes.get(name)
            graph = node.layer.graph if node is not None else None
        return node

    def source(self, row: Row, name: str = "") -> Source | None:
        """Return what a row reads (first); None where that is not known."""
        name = name or (row.sources[0] if row.sources else "")
        given = self.inputs.get(name)
        if given is not None and row.depth == 0:
            steps = None if given.time_axis is None else given.tensor.symbolic[given.time_axis]
            return Source(name, given.time_axis, steps, None)
        parent = row.path.rpartition("/")[0]
        before = self.rows.get(f"{parent}/{name}" if parent else name)
        if before is None:
            if row.depth and not parent_is_model(self, parent):
                return self.source(self.rows[parent], name)
            return None
        if before.time is None:
            return Source(name, None, None, before)
        return Source(name, before.time.axis, before.time.steps, before)

    def recurrent_before(self, row: Row) -> Node | None:
        """Return the nearest call before a row, or its own, that has `return_sequences`."""
        node = self.node(row)
        for _ in range(FAR):
            if node is None:
                return None
            if sequences(node.layer) is not None:
                return node
            node = self.nodes.get(node.sources[0].name)
        return None


def parent_is_model(model: Model, path: str) -> bool:
    """Whether a row stands for a model within the model."""
    row = model.rows.get(path)
    return row is not None and row.type in MODELS


def sequences(layer: Layer) -> bool | None:
    """Whether a layer returns all steps; None where it is not a recurrent one."""
    if layer.graph is not None:
        return None
    inner = layer.arguments.get("layer")
    if traits_of(layer.type).both_directions and isinstance(inner, Layer):
        return sequences(inner)
    rule = find_rule(layer.type)
    if rule is None or "return_sequences" not in rule.options:
        return None
    return bool(layer.arguments.get("return_sequences", False))


def backwards(model: Model, row: Row) -> bool:
    """Whether a recurrent layer goes through its steps from the last one to step 0."""
    node = model.call(row)
    if node is not None:
        return bool(node.layer.arguments.get("go_backwards"))
    parent = model.rows.get(row.path.rpartition("/")[0])
    if parent is None or not traits_of(parent.type).both_directions:
        return False
    both = model.call(parent)
    if both is None:
        return False
    halves = [each for each in model.report.rows if each.path.rpartition("/")[0] == parent.path]
    forward = both.layer.arguments.get("layer")
    turned = isinstance(forward, Layer) and bool(forward.arguments.get("go_backwards"))
    return turned != (row is not halves[0])


def states_from(row: Row) -> tuple[str, ...]:
    """Return whose states a recurrent layer starts from instead of zeros (initial_state)."""
    return next((each.names for each in row.remarks if isinstance(each, StartsFrom)), ())
