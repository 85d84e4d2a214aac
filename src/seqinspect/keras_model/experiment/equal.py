"""Two graphs → whether they are the same function: the same weights in both, the same inputs.

Both become one model of two halves on shared inputs, so that sizes that are made smaller are made
smaller in both alike; `two_models` computes with it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.compare.equality import HALVES, Equality, InputCounts, OtherInput
from seqinspect.errors import Problem, SpecError, refuse
from seqinspect.keras_model.experiment.shrink import smaller_models
from seqinspect.keras_model.experiment.two_models import SAMPLES, TwoModels
from seqinspect.model.graph import Graph, Node, Ref, UnknownValue
from seqinspect.model.nesting import layers_of
from seqinspect.records import replace
from seqinspect.rules import find_rule
from seqinspect.rules.arguments import TRAINING_KINDS
from seqinspect.rules.reason_text import reason_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.model.report import Report

MAX_NUMBERS = 4_000_000
"""Weights of both models together, or numbers of one tensor, that are computed with as they are."""


def compare_functions(first: Graph, second: Graph) -> Equality:
    """Return whether two graphs are the same function of their inputs and weights.

    Weights are matched by order and shape. Raises SpecError where a model cannot be computed with,
    and KerasUnavailable.
    """
    reports = (analyse(first), analyse(second))
    params = (_count(reports[0]), _count(reports[1]))
    for graph, report in zip((first, second), reports, strict=True):
        _refuse_unsupported(report)
        _refuse_unknown_values(graph)
    parting = _input_difference(*reports)
    if parting is not None:
        return Equality(False, params, parting=parting)
    both = _joined(first, second)
    whole = analyse(both)
    fits = _can_be_computed(whole)
    conflict = _conflict(first, second)
    if not fits and conflict:
        refuse(
            "the two models are too large to compute with, and cannot be made smaller",
            received=f"{conflict} is one number in A and another one in B",
            expected="a name that stands for the same size in both",
            remedy="make the sizes smaller, with --set or under `dims`",
            about="limit",
        )
    problem = SpecError(
        Problem(
            "the two models are too large to compute with",
            received=f"{params[0]:,} and {params[1]:,} parameters",
            remedy="make the sizes smaller, with --set or under `dims`",
            about="limit",
        )
    )
    for graph in [both] if fits else (small.graph for small in smaller_models(both, whole)):
        try:
            report = analyse(graph)
            if not _can_be_computed(report):
                continue
            verdict = TwoModels(graph, report, first, second).verdict(params)
        except SpecError as error:
            problem = error
            continue
        return verdict if fits else verdict._replace(tried=_input_shapes(report))
    raise problem


def _refuse_unsupported(report: Report) -> None:
    """Refuse a model with a layer that cannot be built: it can be compared with nothing."""
    for row in report.rows:
        if row.unsupported and not row.complete:
            problem = Problem(
                f"{row.type} `{row.name}` cannot be computed with: {reason_text(row.unsupported)}",
                expected="layers of Keras only",
                remedy="compare the models up to it",
                place=row.place,
            )
            raise SpecError(problem)


def _refuse_unknown_values(graph: Graph) -> None:
    """Refuse a model that computes with a value that is not known; what only trains may be open."""
    for layer in layers_of(graph):
        rule = find_rule(layer.type)
        options = {**rule.common, **rule.options} if rule is not None else {}
        for name, value in layer.arguments.items():
            if isinstance(value, UnknownValue) and options[name].kind not in TRAINING_KINDS:
                what = f"{layer.type} `{layer.name}` cannot be computed with: `{name}` is not known"
                due, place = "a value that the code says", layer.places.get(name)
                raise SpecError(Problem(what, value.text, due, place=place))


def _input_difference(first: Report, second: Report) -> InputCounts | OtherInput | None:
    """Return where the two models do not even take the same inputs."""
    if len(first.inputs) != len(second.inputs):
        return InputCounts((len(first.inputs), len(second.inputs)))
    for pair in zip(first.inputs, second.inputs, strict=True):
        one, other = (model_input.tensor for model_input in pair)
        if one.shape[1:] != other.shape[1:]:
            return OtherInput("shape", pair)
        if ("float" in one.dtype) != ("float" in other.dtype):
            return OtherInput("dtype", pair)
    return None


def _joined(first: Graph, second: Graph) -> Graph:
    """Return one model of both: A's inputs, the calls of A and of B under names of their own."""
    nodes: list[Node] = []
    outputs: list[Ref] = []
    for half, graph in zip(HALVES, (first, second), strict=True):
        inputs = {
            model_input.name: mine.name
            for model_input, mine in zip(graph.inputs, first.inputs, strict=True)
        }

        def moved(ref: Ref, half: str = half, inputs: Mapping[str, str] = inputs) -> Ref:
            name = inputs.get(ref.name)
            return Ref(name or f"{half}/{ref.name}", ref.output)

        nodes += [
            replace(
                node,
                name=f"{half}/{node.name}",
                layer=replace(node.layer, name=f"{half}/{node.layer.name}"),
                sources=tuple(map(moved, node.sources)),
                call=node.map_call(moved),
                reuses=node.reuses and f"{half}/{node.reuses}",
                block=None,
            )
            for node in graph.nodes
        ]
        outputs += map(moved, graph.outputs)
    return Graph("both", first.source, first.dims, first.inputs, tuple(nodes), tuple(outputs))


def _conflict(first: Graph, second: Graph) -> str:
    """Return a name that stands for different numbers in two graphs."""
    for name, size in first.dims.items():
        other = second.dims.get(name)
        if other is not None and other.value != size.value:
            return name
    return ""


def _count(report: Report) -> int:
    """Return the parameters of a model. Raises SpecError where a size is not known."""
    if report.params is None:
        names = sorted(name for name, size in report.dims.items() if size.value is None)
        refuse(
            "the two models cannot be computed with: a size is not known",
            received=", ".join(names),
            expected="sizes whose numbers are known",
            remedy=f"give it a number with --set {names[0]}=8" if names else "",
            about="unknown size",
        )
    return report.params


def _can_be_computed(report: Report) -> bool:
    """Whether all sizes are known, and small enough to compute with."""
    tensors = [model_input.tensor for model_input in report.inputs]
    tensors += [output for row in report.rows for output in row.outputs]
    all_known = all(size is not None for tensor in tensors for size in tensor.shape[1:])
    largest = max((math.prod(size or 1 for size in t.shape[1:]) for t in tensors), default=0)
    work = report.multiply_adds.value
    return (
        all_known
        and report.params is not None
        and report.params <= MAX_NUMBERS
        and SAMPLES * largest <= MAX_NUMBERS
        and (work is None or work <= 100 * MAX_NUMBERS)
    )


def _input_shapes(report: Report) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
    return tuple((model_input.name, model_input.tensor.shape[1:]) for model_input in report.inputs)
