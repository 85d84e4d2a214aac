"""Graph × rules → Report: shapes, weights and time relations of every call, without Keras.

Another analysis asks for less: costs alone, what a space of sizes needs, or the traced calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from seqinspect.analysis.application import Applier, tensor_report
from seqinspect.analysis.binding import input_tensor
from seqinspect.analysis.model_pass import Call, ModelPass, facts_of_model
from seqinspect.analysis.receptive_field import is_causal, receptive_fields
from seqinspect.analysis.tracing import TracedTensor, trace_input
from seqinspect.model.report import InputReport, Report, Row
from seqinspect.readers.spec import garbage_collection_paused
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seqinspect.algebra.expression import Expr
    from seqinspect.algebra.shared_results import SharedResults
    from seqinspect.model.facts import Tensor
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import ReceptiveField


@garbage_collection_paused()
def analyse(graph: Graph, *, outer_row: Row | None = None) -> Report:
    """Return all that the rules know of a model: shapes, counts and time steps, without Keras.

    Raises SpecError, with the place and the layer, where a layer cannot be used.

    `outer_row`: that of a wrapper whose model this is, by itself; its rows have their paths below
    that.
    """
    inputs = {model_input.name: input_tensor(graph, model_input) for model_input in graph.inputs}
    walk = ModelPass(graph, outer_row=outer_row)
    work = walk.applier.work
    walk.run({name: trace_input(name, tensor, work) for name, tensor in inputs.items()})
    outputs = tuple(map(str, graph.outputs))
    sparse: frozenset[str] = frozenset()
    if graph.expect is not None:
        from seqinspect.readers.elements.losses import sparse_outputs  # noqa: PLC0415 - few specs need it

        sparse = sparse_outputs(graph.expect, outputs)
    returned = [(str(ref), walk.output(ref)) for ref in graph.outputs]
    fields = receptive_fields(returned, inputs, [row.path for row in walk.rows])
    causal = is_causal(returned, fields)
    if causal and any(row.untried for row in walk.rows if row.used):
        causal = None
    report = _report(walk, inputs)
    return report._replace(causal=causal, fields=fields, sparse=sparse)


@garbage_collection_paused()
def analyse_costs(graph: Graph, shared: SharedResults | None = None) -> Report:
    """Return what the rules know of shapes and counts, and nothing of time: it is not traced.

    `shared`: results of other graphs whose sizes have the same numbers. Raises SpecError where a
    layer cannot be used.
    """
    inputs = {each.name: input_tensor(graph, each) for each in graph.inputs}
    walk = ModelPass(graph, Applier(facts_of_model, shared), reports_time=False)
    walk.run({name: TracedTensor(tensor, {}) for name, tensor in inputs.items()})
    for ref in graph.outputs:
        walk.output(ref)
    return _report(walk, inputs)


ClosedFields: TypeAlias = "tuple[tuple[ReceptiveField, Expr | None], ...]"
"""Receptive fields, each with its size as a formula in the sizes."""


@garbage_collection_paused()
def analyse_for_sizes(
    graph: Graph, shared: SharedResults | None = None
) -> tuple[Report, Callable[[], tuple[ClosedFields, bool | None]]]:
    """Return what the rules know of shapes and counts, and what finds the receptive fields.

    That, when it is called, returns them with their sizes as formulas, and whether the model is
    causal. What is said of each layer in time is left out. `shared`: results of other graphs whose
    sizes have the same numbers. Raises SpecError where a layer cannot be used.
    """
    inputs = {each.name: input_tensor(graph, each) for each in graph.inputs}
    walk = ModelPass(graph, Applier(facts_of_model, shared), reports_time=False)
    work = walk.applier.work
    walk.run({name: trace_input(name, tensor, work) for name, tensor in inputs.items()})
    returned = [(str(ref), walk.output(ref)) for ref in graph.outputs]

    def fields() -> tuple[ClosedFields, bool | None]:
        from seqinspect.analysis.closed_fields import closed_fields  # noqa: PLC0415 - few commands need it

        found = tuple(closed_fields(returned, inputs, [row.path for row in walk.rows]))
        causal = is_causal(returned, [field for field, _ in found])
        untried = any(row.untried for row in walk.rows if row.used)
        work.found.clear()  # it refers to itself, and would wait for Python's collector
        return found, None if causal and untried else causal

    return _report(walk, inputs), fields


def _report(walk: ModelPass, inputs: Mapping[str, Tensor]) -> Report:
    graph = walk.graph
    return Report(
        model=graph.name,
        source=graph.source,
        dims=graph.dims,
        definitions=graph.definitions,
        inputs=tuple(
            InputReport(
                model_input.name,
                tensor_report(inputs[model_input.name]),
                inputs[model_input.name].time,
                model_input.place,
            )
            for model_input in graph.inputs
        ),
        rows=tuple(walk.rows),
        outputs=tuple(map(str, graph.outputs)),
        causal=None,
        notes=graph.notes,
        size_texts=graph.size_texts,
    )


def trace_calls(graph: Graph) -> dict[str, tuple[TracedTensor, ...]]:
    """Return what every model input and call returns, traced to what it was made from, by path.

    Calls within models within the model are among them. Raises SpecError where a layer cannot be
    used.
    """
    walk = ModelPass(graph)
    inputs = {each.name: input_tensor(graph, each) for each in graph.inputs}
    work = walk.applier.work
    walk.run({name: trace_input(name, tensor, work) for name, tensor in inputs.items()})
    return walk.all_traced()


class TracedModel(NamedTuple):
    """All calls of a model, also those of models within it, in execution order.

    `outputs` are by name. `applier` applies a layer to other tensors.
    """

    inputs: Mapping[str, TracedTensor]
    calls: tuple[Call, ...]
    outputs: Mapping[str, TracedTensor]
    applier: Applier


def traced_model(graph: Graph) -> TracedModel:
    """Return the calls of a model, traced. Raises SpecError where a layer cannot be used."""
    walk = ModelPass(graph, reports_time=False)
    walk.tells_shared = True
    calls: list[Call] = []
    walk.calls = calls
    work = walk.applier.work
    inputs = {x.name: trace_input(x.name, input_tensor(graph, x), work) for x in graph.inputs}
    walk.run(inputs)
    outputs = {str(ref): walk.output(ref) for ref in graph.outputs}
    return TracedModel(inputs, tuple(calls), outputs, walk.applier)


def output_shape(graph: Graph) -> tuple[Expr, ...] | None:
    """Return the shape of what a graph returns first, the batch first; None where it is not known.

    Raises SpecError where a layer cannot be used.
    """
    inputs = {each.name: input_tensor(graph, each) for each in graph.inputs}
    walk = ModelPass(graph)
    walk.run({name: TracedTensor(tensor, {}) for name, tensor in inputs.items()})  # steps untraced
    tensor = walk.output(graph.outputs[0]).tensor
    return None if tensor.unknown_shape else tensor.shape
