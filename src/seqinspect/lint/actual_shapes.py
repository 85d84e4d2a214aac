"""The shapes that a model has on data, which gives the sizes that the model leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from seqinspect.algebra.expression import Expr, const
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.model.nesting import layers_within
from seqinspect.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seqinspect.lint.model_index import ModelIndex, Tensor
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

Sizes: TypeAlias = "tuple[int | None, ...]"


def actual_outputs(model: ModelIndex, shapes: Mapping[str, Sizes]) -> dict[str, Sizes] | None:
    """Return the shape of each output for inputs of these shapes, the samples first.

    Outputs of which nothing is known are left out. None where a layer cannot run on these shapes,
    or has weights for others.
    """
    graph, report = model.graph, model.report
    open_sizes = _open_sizes(model, shapes)
    told = all(
        _agree(size, number) for each in model.inputs for size, number in _pairs(each, shapes)
    )
    if not told or open_sizes:
        again = _again(graph, shapes)
        if again is None and not (told and _mentions(graph, open_sizes.keys())):
            return None
        if again is not None and not _same_weights(report, again):
            return None
        if again is not None and not _mentions(graph, open_sizes.keys()):
            report = again
    found: dict[str, Sizes] = {}
    for name, tensor in report.output_tensors:
        if not tensor.unknown_shape:
            sizes = [size.substitute(open_sizes).value for size in tensor.symbolic]
            found[name] = tuple(sizes)
    return found


def _open_sizes(model: ModelIndex, shapes: Mapping[str, Sizes]) -> dict[str, int]:
    """Return the sizes without a number that data gives one, each by its name."""
    found: dict[str, set[int]] = {}
    for each in model.inputs:
        for size, number in _pairs(each, shapes):
            if size.value is None and number is not None:
                found.setdefault(size.text(), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def _pairs(given: Tensor, shapes: Mapping[str, Sizes]) -> Iterator[tuple[Expr, int | None]]:
    return zip(given.report.symbolic[1:], shapes.get(given.name, ())[1:], strict=False)


def _agree(size: Expr, number: int | None) -> bool:
    return number is None or size.value is None or size.value == number


def _again(graph: Graph, shapes: Mapping[str, Sizes]) -> Report | None:
    """Analyse a model on the shapes of data; None where a layer refuses them."""
    inputs = []
    for each in graph.inputs:
        sizes = shapes.get(each.name)
        if sizes is None or each.shape is None:
            inputs.append(each)
            continue
        known = zip(each.shape[1:], sizes[1:], strict=True)
        shape = [size if number is None else const(number) for size, number in known]
        inputs.append(replace(each, shape=(each.shape[0], *shape)))
    try:
        return analyse(replace(graph, inputs=tuple(inputs), expect=None))
    except SpecError:
        return None


def _same_weights(report: Report, again: Report) -> bool:
    weights = {row.path: [each.shape for each in row.weights] for row in report.rows}
    return all(
        None in one or None in other or one == other
        for row in again.rows
        for one, other in zip(
            weights.get(row.path, []), [each.shape for each in row.weights], strict=False
        )
    )


def _mentions(graph: Graph, names: Iterable[str]) -> bool:
    """Whether an argument of a layer has one of these sizes in it."""
    wanted = set(names)
    return bool(wanted) and any(wanted & size.symbols() for size in _argument_sizes(graph))


def _argument_sizes(graph: Graph) -> Iterator[Expr]:
    for node in graph.nodes:
        for layer in (node.layer, *layers_within(node.layer)):
            if layer.graph is not None:
                yield from _argument_sizes(layer.graph)
            for value in layer.arguments.values():
                for each in value if isinstance(value, tuple) else (value,):
                    if isinstance(each, Expr):
                        yield each
