"""Errors of a call: its layer, its place, and a remedy that may name another layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.errors import SpecError
from seqinspect.model.graph import Layer
from seqinspect.model.nesting import wrapper_chain
from seqinspect.readers.source.limits import truncate
from seqinspect.records import replace
from seqinspect.rules import find_rule, traits_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph, Node, Ref

SEQUENCE = 3
"""The axes of a batch of sequences."""


def located_error(graph: Graph, error: SpecError, node: Node) -> SpecError:
    """Return the error with its layer, its place and, for lost steps, the layer to fix."""
    problems = []
    for problem in error.at(node.place, dict(node.layer.places)).problems:
        what = problem.what
        if not what.startswith(f"{node.layer.type} `"):
            join = ": " if what.startswith("`") else " "
            what = f"{node.layer.type} `{node.name}`{join}{what}"
        remedy = problem.remedy
        if problem.about == "rank" and not remedy:
            remedy = lost_steps_remedy(graph, node)
        line = problem.line
        if not line and problem.place is not None:
            line = graph.line(problem.place)
        problems.append(replace(problem, what=what, remedy=remedy, line=line))
    return SpecError(*problems)


def lost_steps_remedy(graph: Graph, node: Node) -> str:
    """Say which layer before `node` leaves no axis of time steps, and how to keep it.

    Where no layer does, it may be the model's input: written with its batch, or without its steps.
    Empty where that is not the reason either.
    """
    for call in preceding_calls((graph, node)):
        place = f" ({call.place})" if call.place else ""
        if traits_of(call.layer.type).makes_vector:
            return (
                f"{call.layer.type} `{call.name}`{place} makes one vector of all steps:"
                f" remove it, or put it after {node.layer.type} `{node.name}`"
            )
        for layer in wrapper_chain(call.layer):
            if (
                (rule := find_rule(layer.type)) is not None
                and "return_sequences" in rule.options
                and not layer.arguments.get("return_sequences", False)
            ):
                return (
                    f"{call.layer.type} `{call.name}`{place} returns its last step only:"
                    f" give {layer.type} return_sequences: true to keep every step"
                )
    return _input_remedy(graph, node)


def _input_remedy(graph: Graph, node: Node) -> str:
    """Say how the input must be written that a layer on (batch, time, features) reads."""
    if graph.keras or not _reads_sequences(node.layer):
        return ""
    calls = {call.name: call for call in graph.nodes}
    name = next((ref.name for ref in node.sources), "")
    while name in calls and _keeps_axes(calls[name].layer) and calls[name].sources:
        name = calls[name].sources[0].name
    model_input = next(
        (model_input for model_input in graph.inputs if model_input.name == name), None
    )
    sizes = [] if model_input is None or model_input.shape is None else [*model_input.shape[1:]]
    who = "the input" if len(graph.inputs) == 1 else f"the input `{truncate(name)}`"
    texts = ["null" if _has_generated_name(graph, size) else size.text() for size in sizes]
    if len(sizes) == 1:
        steps = "T" if "T" in graph.dims and texts != ["T"] else "null"
        note = "" if steps == "T" else " (null if it is not fixed)"
        return f"write {who} as [{steps}, {texts[0]}], with the number of steps first{note}"
    if len(sizes) == SEQUENCE:
        sure = texts[0] in ("null", "batch", "batch_size")
        why = "an input has no batch" if sure else "if the first size is the batch, leave it out"
        return f"{why}: write {who} as [{', '.join(texts[1:])}]"
    return ""


def _keeps_axes(layer: Layer) -> bool:
    """Tell whether a layer is looked through to find the input that gave a tensor its axes."""
    traits = traits_of(layer.type)
    return traits.keeps_shape or traits.on_last_axis


def _reads_sequences(layer: Layer) -> bool:
    """Tell whether a layer takes exactly the three axes (batch, time, features)."""
    inner = layer.arguments.get("layer")
    traits = traits_of(layer.type)
    if traits.both_directions and isinstance(inner, Layer):
        return _reads_sequences(inner)
    return traits.axes == SEQUENCE


def _has_generated_name(graph: Graph, size: Expr) -> bool:
    """Tell whether a size was left open in the spec, and has its name from the reader."""
    return size.value is None and not size.symbols() & graph.dims.keys()


def preceding_calls(*calls: tuple[Graph, Node]) -> Iterator[Node]:
    """Yield the calls before one, backwards, up to those that make an axis of steps.

    Those within a model that is called come before the calls that it reads. Further `calls` are
    those of the models around it: what comes before a model comes before what is in it.
    """
    for graph, node in calls:
        if not (yield from _calls_backwards(graph, node.sources)):
            return


def _calls_backwards(graph: Graph, refs: Sequence[Ref]) -> Generator[Node, None, bool]:
    """Yield calls backwards from tensors of a model; return whether an input of it is reached."""
    calls = {call.name: call for call in graph.nodes}
    pending, seen, reached = [*refs], set[str](), False
    while pending:
        name = pending.pop().name
        call = calls.get(name)
        reached = reached or call is None
        if call is None or call.name in seen or traits_of(call.layer.type).makes_steps:
            continue
        seen.add(call.name)
        *_, last = wrapper_chain(call.layer)
        inner = last.graph
        if inner is None or last is not call.layer:
            yield call
        if inner is not None and not (yield from _calls_backwards(inner, inner.outputs)):
            continue  # it makes an axis of steps itself
        pending += call.sources
    return reached
