"""A graph whose sizes that are not known get numbers, so that Keras can build it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, symbol
from seqinspect.model.graph import map_entries
from seqinspect.model.nesting import rewritten
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.model.graph import Graph, Layer, Node
    from seqinspect.model.report import Report


def with_numbers(graph: Graph, numbers: Mapping[str, int]) -> Graph:
    """Return the graph with a number for each of some named sizes, wherever they stand."""
    sizes = {name: symbol(name, number) for name, number in numbers.items()}

    def placed(value: object) -> object:
        return map_entries(value, Expr, lambda size: size.substitute(sizes))

    def of_layer(layer: Layer) -> Layer:
        arguments = {name: placed(value) for name, value in layer.arguments.items()}
        return replace(layer, arguments=arguments)

    def of_node(node: Node) -> Node:
        return replace(node, call={name: placed(value) for name, value in node.call.items()})

    def of_graph(one: Graph) -> Graph:
        inputs = tuple(
            each
            if each.shape is None
            else replace(each, shape=tuple(size.substitute(sizes) for size in each.shape))
            for each in one.inputs
        )
        dims = {name: size.substitute(sizes) for name, size in one.dims.items()}
        definitions = {name: size.substitute(sizes) for name, size in one.definitions.items()}
        return replace(one, inputs=inputs, dims=dims, definitions=definitions)

    return rewritten(graph, of_layer=of_layer, of_node=of_node, of_graph=of_graph)


def unknown_sizes(report: Report) -> tuple[str, ...]:
    """Return the names without a number that weights hang on: Keras cannot do without them."""
    found: dict[str, None] = {}
    for row in report.rows:
        for weight in row.weights:
            for size in weight.symbolic:
                if size.value is None:
                    found |= dict.fromkeys(sorted(size.symbols() - size.numbers().keys()))
    return tuple(found)
