"""One layer by itself: the same call on inputs of its own, and what its steps depend on there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.model.graph import Graph, Input, Ref
from seqinspect.model.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.explain.lookup import Model
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


def alone(model: Model, row: Row) -> Graph | None:
    """Return a model of one call only, on what it reads; None where that is unknown."""
    node = model.call(row)
    if node is None:
        return None
    given = {}
    for ref in node.refs:
        source = model.source(row, ref.name)
        if source is None:
            return None
        tensor = (
            model.inputs[ref.name].tensor if source.row is None else source.row.outputs[ref.output]
        )
        axis = source.axis if not ref.output else None
        given[ref] = Input(str(ref), tensor.symbolic, tensor.dtype, axis, says_time=True)
    renamed = replace(
        node,
        sources=tuple(Ref(str(ref)) for ref in node.sources),
        call=node.map_call(lambda ref: Ref(str(ref))),
        reuses=None,
        block=None,
    )
    source_file, dims = model.graph.source, model.graph.dims
    inputs = tuple(given.values())
    return Graph(row.name, source_file, dims, inputs, (renamed,), (Ref(row.name),))


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
