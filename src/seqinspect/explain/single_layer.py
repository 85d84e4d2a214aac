"""One layer by itself: the same call on inputs of its own, and what its steps depend on there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.explain.lookup import backwards
from seqinspect.model.graph import Graph, Input, Layer, Ref
from seqinspect.model.report import Report
from seqinspect.records import replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.explain.lookup import Model, Source
    from seqinspect.model.graph import Node
    from seqinspect.model.report import Depends, Row


def analysed(graph: Graph) -> Report | SpecError:
    """Return the report of a graph that nobody wrote, or why there is none."""
    try:
        return analyse(graph)
    except SpecError as error:
        return error


def relations(model: Model, row: Row) -> tuple[Depends, ...]:
    """Return which steps of what it reads directly a layer's output step t depends on."""
    graph = alone(model, row)
    report = analysed(graph) if graph is not None else None
    if not isinstance(report, Report) or report.rows[0].time is None:
        return ()
    return report.rows[0].time.depends


def alone(model: Model, *rows: Row) -> Graph | None:
    """Return a model of some calls only, on what else they read; None where that is unknown.

    They are in order, and of one model; the last of them makes the output.
    """
    given: dict[Ref, Input] = {}
    nodes: dict[str, Node] = {}

    def renamed(ref: Ref) -> Ref:
        return ref if ref.name in nodes else Ref(str(ref))

    for row in rows:
        node = _call(model, row)
        if node is None:
            return None
        for ref in node.refs:
            source = model.source(row, ref.name)
            if source is None:
                return None
            if ref.name not in nodes:
                given[ref] = _input(model, source, ref)
        nodes[row.name] = replace(
            node,
            sources=tuple(map(renamed, node.sources)),
            call=node.map_call(renamed),
            reuses=None,
            block=None,
        )
    source_file, dims, name = model.graph.source, model.graph.dims, rows[-1].name
    inputs = tuple(given.values())
    return Graph(name, source_file, dims, inputs, tuple(nodes.values()), (Ref(name),))


def _input(model: Model, source: Source, ref: Ref) -> Input:
    """Return a model input in place of what a call reads."""
    tensor = model.inputs[ref.name].tensor if source.row is None else source.row.outputs[ref.output]
    axis = source.axis if not ref.output else None
    return Input(str(ref), tensor.symbolic, tensor.dtype, axis, says_time=True)


def _call(model: Model, row: Row) -> Node | None:
    """Return the call of a row; of a direction of a Bidirectional, as a layer by itself."""
    node = model.call(row)
    parent = model.rows.get(row.path.rpartition("/")[0])
    if node is not None or parent is None or not traits_of(parent.type).both_directions:
        return node
    both = model.call(parent)
    inner = both.layer.arguments.get("layer") if both is not None else None
    if both is None or not isinstance(inner, Layer):
        return None
    arguments = {**inner.arguments, "go_backwards": backwards(model, row)}
    return replace(both, name=row.name, layer=replace(inner, arguments=arguments), call={})


def up_to(graph: Graph, name: str) -> Graph:
    """Return the part of a graph that one call needs; its output is the model's."""
    needed = {name}
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed |= {ref.name for ref in node.refs} | {node.reuses or node.name}
    return replace(
        graph,
        inputs=tuple(given for given in graph.inputs if given.name in needed),
        nodes=tuple(node for node in graph.nodes if node.name in needed),
        outputs=(Ref(name),),
    )


def members(depends: Depends, step: int) -> range | None:
    """Return the input steps that an output step depends on; None where a formula has no number."""
    every = depends.every
    first, last = depends.first, depends.last
    if first is None or last is None:
        return None
    numbers = {**first.numbers(), **last.numbers(), "t": step}
    if every < 1 or not {*first.symbols(), *last.symbols()} <= numbers.keys():
        return None
    return range(first.evaluate(numbers), last.evaluate(numbers) + 1, every)


def shown(count: int, most: int) -> Sequence[int]:
    """Return which of some steps are shown: all, or the first ones and the last."""
    return range(count) if count <= most else [*range(most - 1), count - 1]
