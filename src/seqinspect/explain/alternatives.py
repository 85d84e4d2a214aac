"""What would change: the same graph with one argument the other way, analysed and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.compare.row_facts import differing_facts
from seqinspect.errors import Problem, SpecError
from seqinspect.explain.data import Comparison, SequencesQuestion, WrapperQuestion
from seqinspect.explain.lookup import Model, sequences
from seqinspect.explain.single_layer import analysed
from seqinspect.model.graph import Graph, Layer, Node
from seqinspect.records import replace
from seqinspect.rules import traits_of
from seqinspect.rules.index import TIME_DISTRIBUTED

if TYPE_CHECKING:
    from seqinspect.model.report import Report, Row


def with_layer(graph: Graph, name: str, layer: Layer) -> Graph:
    """Return the graph with another layer in one place, and wherever it is called again."""
    return replace(
        graph,
        nodes=tuple(
            replace(node, layer=layer) if name in (node.name, node.reuses) else node
            for node in graph.nodes
        ),
    )


def turned(layer: Layer) -> Layer:
    """Return a recurrent layer with `return_sequences` the other way, also within Bidirectional."""
    arguments = dict(layer.arguments)
    if traits_of(layer.type).both_directions:
        for name in ("layer", "backward_layer"):
            inner = arguments.get(name)
            if isinstance(inner, Layer):
                arguments[name] = turned(inner)
    else:
        arguments["return_sequences"] = not sequences(layer)
    return replace(layer, arguments=arguments)


def distributed(layer: Layer) -> Layer:
    """Return a layer within TimeDistributed."""
    return Layer(TIME_DISTRIBUTED, layer.name, {"layer": layer}, layer.place)


def undistributed(layer: Layer) -> Layer | None:
    """Return the Dense within a TimeDistributed; None for any other layer."""
    inner = layer.arguments.get("layer")
    if not traits_of(layer.type).applies_per_step or not isinstance(inner, Layer):
        return None
    return replace(inner, name=layer.name) if traits_of(inner.type).dense else None


def sequences_turned(model: Model, row: Row) -> SequencesQuestion | None:
    """Ask what if the recurrent layer before a row, or itself, had return_sequences otherwise."""
    node = model.recurrent_before(row)
    if node is None:
        return None
    name = node.reuses or node.name  # all calls of a layer have the same arguments
    answer = _answer(model.report, with_layer(model.graph, name, turned(node.layer)))
    return SequencesQuestion(name, not sequences(node.layer), answer)


def time_distributed(model: Model, row: Row) -> WrapperQuestion | None:
    """Ask what TimeDistributed changes around this Dense, or what if it were left out."""
    node = model.node(row)
    if node is None or node.reuses is not None or row.time is None or not row.complete:
        return None
    layer = node.layer
    if traits_of(layer.type).dense:
        other, wrapped = distributed(layer), ""
    elif (inner := undistributed(layer)) is not None:
        other, wrapped = inner, inner.type
    else:
        return None
    answer = _answer(model.report, with_layer(model.graph, node.name, other))
    refused = isinstance(answer, Problem)
    changes_nothing_with = _changes_nothing_with(model, row, node) if refused else ""
    return WrapperQuestion(row, model.source(row), wrapped, answer, changes_nothing_with)


def _answer(ours: Report, graph: Graph) -> Comparison | Problem:
    """Return what is different on another graph with the same calls, or why it cannot be."""
    theirs = analysed(graph)
    if isinstance(theirs, SpecError):
        return theirs.problems[0]
    pairs = tuple(zip(ours.top, theirs.top, strict=True))
    return Comparison(
        ours,
        theirs,
        changed=tuple(pair for pair in pairs if _differ(*pair)),
        reweighted=tuple(pair for pair in pairs if differing_facts(*pair, "symbolic_weights")),
    )


def _changes_nothing_with(model: Model, row: Row, node: Node) -> str:
    """Return the recurrent layer with whose return_sequences: true a wrapper changes nothing."""
    before = model.recurrent_before(row)
    if before is None or sequences(before.layer):
        return ""
    graph = with_layer(model.graph, before.name, turned(before.layer))
    one, other = analysed(graph), analysed(with_layer(graph, row.name, distributed(node.layer)))
    if isinstance(one, SpecError) or isinstance(other, SpecError):
        return ""
    differ = any(_differ(each, its) for each, its in zip(one.top, other.top, strict=True))
    return "" if differ else before.name


def _differ(one: Row, other: Row) -> bool:
    return bool(differing_facts(one, other, "symbolic_shapes", "params", "reads", "applications"))
