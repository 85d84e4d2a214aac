"""Operations of a config as the layers of Keras that do the same, so that a spec can hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.compare.row_facts import facts_of
from seqinspect.model.graph import Graph, Layer, Node
from seqinspect.model.nesting import rewritten
from seqinspect.records import replace
from seqinspect.rules import find_rule
from seqinspect.rules.operation_layers import layer_for

if TYPE_CHECKING:
    from seqinspect.model.report import Report


def with_layers(graph: Graph) -> Graph:
    """Return the graph with layers for those operations that a layer of Keras can stand for.

    All of them stay operations where a shape or a time relation would be another one.
    """
    translated = rewritten(graph, of_node=_node)
    return (
        translated if translated is graph or _same(analyse(graph), analyse(translated)) else graph
    )


def _same(report: Report, other: Report) -> bool:
    return [facts_of(row, "path", "params", "shapes") for row in report.rows] == [
        facts_of(row, "path", "params", "shapes") for row in other.rows
    ]


def _node(node: Node) -> Node:
    """Return a call of an operation as one of the layer that does the same."""
    operation = node.layer.unsupported
    if operation is None or not operation.function or node.call:
        return node
    name, arguments = layer_for(operation.function, operation.constants, len(node.sources))
    rule = find_rule(name)
    if rule is None:
        return node
    layer = Layer(name, node.layer.name, arguments, node.layer.place)
    return replace(node, layer=layer, listed=rule.takes_list)
