"""The tensors of a graph, as a config notes them beside every call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.binding import with_input_shapes
from seqinspect.analysis.walk import analyse
from seqinspect.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import TensorReport

    Tensors = Mapping[str, Sequence[TensorReport]]


def with_inputs(graph: Graph, input_tensors: Sequence[TensorReport] | None) -> Graph:
    """Return an inner model with the input shapes of its caller. Raises SpecError without any."""
    if all(one.shape is not None for one in graph.inputs):
        return graph
    if input_tensors is None:
        refuse(
            f"the model `{graph.name}` within a layer does not say what it is called on",
            expected="input: with the sizes of one sample",
            remedy="give it an input",
        )
    return with_input_shapes(graph, input_tensors)


def tensors_of(graph: Graph) -> Tensors:
    """Return the outputs of every input and call by name."""
    report = analyse(graph)
    tensors: dict[str, Sequence[TensorReport]] = {
        model_input.name: (model_input.tensor,) for model_input in report.inputs
    }
    tensors.update((row.name, row.outputs) for row in report.top)
    rows = {row.path: row for row in report.rows}
    for node in graph.nodes:
        inner = node.layer.graph
        if inner is not None and inner.sequential and inner.nodes:
            # A Sequential returns all that its last layer does, states too.
            tensors[node.name] = rows[f"{node.name}/{inner.nodes[-1].name}"].outputs
    return tensors


def tensors_read_by(node: Node, tensors: Tensors) -> list[TensorReport]:
    """Return the tensors that a call reads."""
    return [tensors[ref.name][ref.output] for ref in node.sources]
