"""Binding: the tensors that a call receives, by the names that the layer's call gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.application import rule_of
from seqinspect.analysis.tracing import trace_output
from seqinspect.analysis.unsupported import unknown_tensor
from seqinspect.errors import refuse
from seqinspect.model.facts import Tensor
from seqinspect.model.graph import Graph, Input, Node, Ref
from seqinspect.records import replace
from seqinspect.rules import traits_of
from seqinspect.rules.shapes import agree, shape_text
from seqinspect.time.reach import each, everything

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.tracing import TracedTensor
    from seqinspect.model.report import TensorReport
    from seqinspect.rules import Rule


def input_tensor(graph: Graph, model_input: Input) -> Tensor:
    """Return a model input with its time axis: stated, or known from its rank and its readers."""
    if model_input.shape is None and graph.keras:
        return unknown_tensor(model_input.features)
    shape = model_input.shape or ()
    time = model_input.time_axis
    if not model_input.says_time:
        integers = model_input.dtype.removeprefix("u").startswith("int")
        if len(shape) == 3 or (len(shape) == 2 and integers):
            time = 1
        elif len(shape) >= 2:
            readers = map(traits_of, _readers(graph, model_input.name)[0])
            if any(each.looks_up if len(shape) == 2 else each.reads_steps for each in readers):
                time = 1
    return Tensor(tuple(size.simplified() for size in shape), model_input.dtype, time)


def with_input_shapes(graph: Graph, tensors: Sequence[TensorReport]) -> Graph:
    """Return a model within a model with the input shapes that its caller decides."""
    if all(model_input.shape is not None for model_input in graph.inputs):
        return graph
    inputs = tuple(
        replace(model_input, shape=tensor.symbolic, dtype=tensor.dtype)
        if model_input.shape is None
        else model_input
        for model_input, tensor in zip(graph.inputs, tensors, strict=True)
    )
    return replace(graph, inputs=inputs)


def _readers(graph: Graph, name: str) -> tuple[set[str], set[str]]:
    """The layer types that read an input, and the names of what keeps its axes on the way there."""
    names, types = {name}, set()
    for node in graph.nodes:
        if not any(ref.name in names for ref in node.sources):
            continue
        types.add(node.layer.type)
        traits = traits_of(node.layer.type)
        keeps = traits.keeps_shape or traits.joins
        if node.layer.graph is not None:
            inner = node.layer.graph
            for ref, model_input in zip(node.sources, inner.inputs, strict=False):
                if ref.name in names:
                    read, passed = _readers(inner, model_input.name)
                    types |= read
                    keeps = keeps or any(output.name in passed for output in inner.outputs)
        if keeps:
            names.add(node.name)
    return types, names


def traced_output(outputs: Mapping[Ref, TracedTensor], ref: Ref) -> TracedTensor:
    """Return a traced output. Raises SpecError where its layer has no such output."""
    output = outputs.get(ref)
    if output is None:
        count = sum(1 for other in outputs if other.name == ref.name)
        refuse(
            f"output {ref.output} of `{ref.name}` does not exist",
            received=str(ref),
            expected=f"`{ref.name}` has {count} output{'s' * (count != 1)}, counted from 0",
            remedy="return_state: true makes a recurrent layer return its states too",
            argument="from",
            about="from",
        )
    return output


def bind(
    node: Node, sources: Sequence[TracedTensor], outputs: Mapping[Ref, TracedTensor]
) -> dict[str, object]:
    """Return the arguments of a call: sources and call arguments by name.

    Raises SpecError where the layer's call does not take them.
    """
    rule = rule_of(node.layer)
    bound = _positional_arguments(node, rule, sources)
    for name, value in node.call.items():
        if name in bound:
            refuse(f"`{name}` is given twice: by `from` and by `call`", argument=name)
        several = rule.tensors.get(name, False)
        if isinstance(value, Ref):
            output = traced_output(outputs, value)
            bound[name] = (output,) if several else output
        elif isinstance(value, tuple):
            if rule.tensors.get(name) is False:
                refuse(
                    f"`{name}` is one tensor, and receives a list",
                    received=", ".join(map(str, value)),
                    expected=f"{name}: a",
                    argument=name,
                    about="from",
                )
            bound[name] = tuple(traced_output(outputs, ref) for ref in value)
        else:
            bound[name] = value
    if traits_of(node.layer.type).clears_masks:
        bound.pop("query_mask", None)  # Keras takes the mask that the query carries
    missing = [name for name in rule.required if name not in bound]
    if missing:
        refuse(
            f"is called without `{missing[0]}`",
            received=", ".join(map(str, node.sources)),
            expected=f"from: [{', '.join(rule.required)}]",
            remedy="for self-attention name the same tensor twice: from: [x, x]"
            if "query" in rule.calls
            else "",
            argument="from",
            about="from",
        )
    return bound


def _positional_arguments(
    node: Node, rule: Rule, sources: Sequence[TracedTensor]
) -> dict[str, object]:
    """The sources by name."""
    names = list(rule.tensors)
    if rule.takes_list:
        if not node.listed:
            refuse(
                "is called on a list of tensors, and receives one",
                received=", ".join(map(str, node.sources)),
                expected="from: [a, b]",
                argument="from",
                about="from",
            )
        return {names[0]: tuple(sources)}
    if len(sources) > len(names):
        refuse(
            f"is called on {len(names)} tensor{'s' * (len(names) != 1)},"
            f" and receives {len(sources)}",
            received=", ".join(map(str, node.sources)),
            expected=", ".join(names),
            remedy="merge them first, with Concatenate or Add",
            argument="from",
            about="from",
        )
    return {
        name: (source,) if several else source
        for (name, several), source in zip(rule.tensors.items(), sources, strict=False)
    }


def adjusted_rank(due: tuple[Expr, ...] | None, traced: TracedTensor) -> TracedTensor:
    """Return a tensor with a last axis of 1 more or less, where a model's input has it so.

    So does Keras (`Functional._adjust_input_rank`).
    """
    x = traced.tensor
    if due is None or x.unknown_shape or x.time == x.rank - 1:
        return traced
    if x.rank == len(due) + 1 and x.features.equals(1):
        shape = x.shape[:-1]
    elif x.rank == len(due) - 1 and due[-1].equals(1):
        shape = (*x.shape, due[-1])
    else:
        return traced
    adjusted = x.to(*shape, fold=None)
    reach = each(x.steps) if x.fold is None else everything(x.steps, adjusted.steps)
    return trace_output(adjusted, reach, {"inputs": (traced,)}, traced.path)


def check_model_call(graph: Graph, tensors: Sequence[Tensor]) -> None:
    """Refuse to call a model on tensors that do not fit its inputs."""
    if len(tensors) != len(graph.inputs):
        refuse(
            f"has {len(graph.inputs)} input{'s' * (len(graph.inputs) != 1)}"
            f" and receives {len(tensors)}",
            argument="from",
            about="from",
        )
    for model_input, tensor in zip(graph.inputs, tensors, strict=True):
        shape = model_input.shape
        if shape is None:
            continue
        fits = len(shape) == tensor.rank and all(map(agree, shape[1:], tensor.shape[1:]))
        if not fits:
            refuse(
                f"has the input shape {shape_text(shape)} and receives {shape_text(tensor.shape)}",
                expected=shape_text(shape),
                argument="from",
                about="shape",
            )
