"""The same model with one argument of one layer the other way, for two pictures side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import refuse
from seqinspect.explain.alternatives import turned, with_layer
from seqinspect.explain.lookup import Model, sequences
from seqinspect.explain.short import subject
from seqinspect.readers.source.names import nearest
from seqinspect.records import NamedTuple, replace
from seqinspect.rules import find_rule

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import Report

SEQUENCES = "return_sequences"


class TurnedArgument(NamedTuple):
    """A graph in which a layer's argument, true or false, has the other value."""

    layer: str
    argument: str
    before: bool
    graph: Graph


def turn_argument(graph: Graph, report: Report, name: str) -> TurnedArgument:
    """Return the model with one argument the other way: `argument`, or `layer.argument`.

    Without a layer it is that of the last layer that has it; of return_sequences, the one before
    the last Dense. Raises SpecError where no layer has such an argument.
    """
    layer, _, argument = name.rpartition(".")
    nodes = [node for node in graph.nodes if layer in ("", node.name)]
    found = [node for node in nodes if _value(node, argument) is not None]
    if not found:
        _refuse(nodes, layer, argument, name)
    node = found[-1]
    if argument == SEQUENCES and not layer:
        model = Model(graph, report)
        about = subject(model)
        before = model.recurrent_before(about) if about is not None else None
        node = before or node
    value = bool(_value(node, argument))
    return TurnedArgument(node.name, argument, value, _turned(graph, node, argument, value))


def _value(node: Node, argument: str) -> bool | None:
    """Return the value of an argument of a layer or of its call; None where it has none."""
    if argument == SEQUENCES:
        return sequences(node.layer)
    rule = find_rule(node.layer.type) if node.layer.graph is None else None
    if rule is None:
        return None
    for parameters, values in ((rule.calls, node.call), (rule.options, node.layer.arguments)):
        parameter = parameters.get(argument)
        if parameter is not None and isinstance(parameter.default, bool):
            value = values.get(argument, parameter.default)
            return value if isinstance(value, bool) else None
    return None


def _turned(graph: Graph, node: Node, argument: str, value: bool) -> Graph:
    if argument == SEQUENCES:
        return with_layer(graph, node.reuses or node.name, turned(node.layer))
    rule = find_rule(node.layer.type)
    if rule is not None and argument in rule.calls:
        changed = replace(node, call={**node.call, argument: not value})
        return replace(
            graph, nodes=tuple(changed if each is node else each for each in graph.nodes)
        )
    arguments = {**node.layer.arguments, argument: not value}
    layer = replace(node.layer, arguments=arguments)
    return with_layer(graph, node.reuses or node.name, layer)


def _refuse(nodes: list[Node], layer: str, argument: str, name: str) -> None:
    names = {
        each
        for node in nodes
        if node.layer.graph is None and (rule := find_rule(node.layer.type)) is not None
        for parameters in (rule.calls, rule.options)
        for each, parameter in parameters.items()
        if isinstance(parameter.default, bool)
    }
    near = nearest(argument, sorted(names))
    what = f"no layer has an argument `{argument}` that is true or false"
    if layer:
        what = f"`{layer}` has no argument `{argument}` that is true or false"
    if layer and not nodes:
        what = f"there is no layer `{layer}`"
    refuse(
        what,
        received=name,
        expected=", ".join(sorted(names)) or "an argument that is true or false",
        remedy=f"did you mean {near}?" if near else "",
    )
