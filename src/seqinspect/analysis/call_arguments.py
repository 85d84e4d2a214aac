"""How a call of the graph is a call in Keras: which tensor goes to which argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.errors import refuse
from seqinspect.model.graph import Graph, Input, Node, Ref
from seqinspect.rules import find_rule
from seqinspect.rules.cell_stacks import grouped_states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


def call_arguments(node: Node, get: Callable[[Ref], Any]) -> tuple[Any, dict[str, Any]]:
    """Return the first argument and the others by name, with tensors where the graph names them.

    Raises SpecError where its layer has no rule, or takes fewer tensors.
    """
    tensors = [get(ref) for ref in node.sources]
    unsupported = node.layer.unsupported
    if node.layer.graph is not None or (unsupported is not None and unsupported.function):
        return (tensors[0] if len(tensors) == 1 else tensors), {}
    rule = find_rule(node.layer.type)
    if rule is None:
        refuse(f"{node.layer.type} has no rule", received=node.layer.type)
    first: Any = tensors
    others: dict[str, Any] = {}
    if not rule.takes_list:
        first, *rest = tensors
        names = [name for name, parameter in rule.calls.items() if "Tensor" in parameter.kind]
        if len(tensors) > len(names):
            refuse(
                f"is called on {len(names)} tensor{'s' * (len(names) != 1)}, not {len(tensors)}",
                argument="from",
            )
        others = {
            name: [tensor] if "Tensors" in rule.calls[name].kind else tensor
            for name, tensor in zip(names[1:], rest, strict=False)
        }
    for name, value in node.call.items():
        if isinstance(value, Ref):
            tensor = get(value)
            others[name] = [tensor] if "Tensors" in rule.calls[name].kind else tensor
        elif isinstance(value, tuple):
            others[name] = grouped_states(node.layer, [get(ref) for ref in value])
        else:
            others[name] = value
    return first, others


def run_layers(
    graph: Graph, layers: Mapping[str, Any], inputs: Sequence[Any], cast: Callable[[Any, str], Any]
) -> list[Any]:
    """Call the layers (by the name of their first call) one after another; return the outputs."""
    tensors: dict[Ref, Any] = {}
    for _ in iterate_calls(graph, layers, inputs, cast, tensors):
        pass
    return [tensors[ref] for ref in graph.outputs]


def iterate_calls(
    graph: Graph,
    layers: Mapping[str, Any],
    inputs: Sequence[Any],
    cast: Callable[[Any, str], Any],
    tensors: dict[Ref, Any],
) -> Iterator[tuple[Node, Any, list[Any]]]:
    """Yield every call with its first argument and its outputs; `tensors` receives them too."""
    tensors |= {
        Ref(model_input.name): tensor if dtype is None else cast(tensor, dtype)
        for model_input, tensor, dtype in zip(
            graph.inputs, inputs, input_dtypes(graph), strict=True
        )
    }
    for node in graph.nodes:
        first, others = call_arguments(node, tensors.__getitem__)
        outputs = flatten_outputs(layers[node.reuses or node.name](first, **others))
        tensors |= {Ref(node.name, index): output for index, output in enumerate(outputs)}
        yield node, first, outputs


def flatten_outputs(outputs: Any) -> list[Any]:
    """What a layer returned as one list, also where it is one tensor or a list in a list."""
    if not isinstance(outputs, list | tuple):
        return [outputs]
    return [tensor for output in outputs for tensor in flatten_outputs(output)]


def input_dtypes(graph: Graph) -> Iterable[str | None]:
    """Return the dtype that a model within a model casts each input to; None keeps the caller's.

    Keras casts to the dtype of the model's Input; a Sequential without one gets one with the
    compute dtype of its first layer (`Sequential.build`).
    """
    return [_input_dtype(graph, model_input) for model_input in graph.inputs]


def _input_dtype(graph: Graph, model_input: Input) -> str | None:
    if model_input.shape is not None:
        return model_input.dtype
    if not graph.sequential or not graph.nodes:
        return None
    policy = graph.nodes[0].layer.arguments.get("dtype") or "float32"
    return str(policy).removeprefix("mixed_")
