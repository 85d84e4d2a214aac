"""Two graphs → whether they are the same function: the same weights in both, the same inputs.

Both become one model of two halves on shared inputs, so that sizes that are made smaller are made
smaller in both alike. It computes in float64, as in inference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.call_arguments import call_arguments, flatten_outputs
from seqinspect.analysis.walk import analyse
from seqinspect.errors import Problem, SpecError, refuse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import make_layer, weights_of
from seqinspect.keras_model.build.refusals import one_line_reason
from seqinspect.keras_model.experiment.perturbation import in_float64
from seqinspect.keras_model.experiment.sampling import (
    TOLERANCE,
    are_close,
    difference,
    random_inputs,
    weight_value,
)
from seqinspect.keras_model.experiment.shrink import smaller_models
from seqinspect.model.graph import Graph, Layer, Node, Ref
from seqinspect.rules import traits_of
from seqinspect.rules.index import FUNCTIONAL
from seqinspect.rules.reason_text import reason_text
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.model.report import Report

SAMPLES = 16
"""Random inputs that are run through both models."""

MAX_NUMBERS = 4_000_000
"""Weights of both models together, or numbers of one tensor, that are computed with as they are."""

HALVES = ("A", "B")


@dataclass(frozen=True, slots=True)
class Equality:
    """Whether two models are the same function; `difference` is the largest, None if not computed.

    `parts` says where they part, `remarks` what else there is to know, `tried_model` the sizes of
    the smaller models that were run, if they were made smaller.
    """

    equal: bool
    params: tuple[int, int]
    difference: float | None = None
    parts: str = ""
    remarks: tuple[str, ...] = ()
    tried_model: str = ""


def compare_functions(first: Graph, second: Graph) -> Equality:
    """Return whether two graphs are the same function of their inputs and weights.

    Weights are matched by order and shape. Raises SpecError where a model cannot be computed with,
    and KerasUnavailable.
    """
    reports = (analyse(first), analyse(second))
    params = (_count(reports[0]), _count(reports[1]))
    for report in reports:
        _refuse_unsupported(report)
    different = _input_difference(*reports)
    if different:
        return Equality(False, params, parts=different)
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
    smalls = (
        [(both, "")] if fits else ((s.graph, "smaller sizes") for s in smaller_models(both, whole))
    )
    for graph, sizes_tried in smalls:
        try:
            report = analyse(graph)
            if not _can_be_computed(report):
                continue
            verdict = _JoinedModels(graph, report, first, second).verdict(params)
        except SpecError as error:
            problem = error
            continue
        return replace(verdict, tried_model=_sizes(report) if sizes_tried else "")
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


def _input_difference(first: Report, second: Report) -> str:
    """Say where the two models do not even take the same inputs."""
    if len(first.inputs) != len(second.inputs):
        return f"A has {len(first.inputs)} inputs, B has {len(second.inputs)}"
    for one, other in zip(first.inputs, second.inputs, strict=True):
        if one.tensor.shape[1:] != other.tensor.shape[1:]:
            shapes = (shape_text(one.tensor.symbolic), shape_text(other.tensor.symbolic))
            numbers = (str(one.tensor.shape), str(other.tensor.shape))
            differing = shapes if shapes[0] != shapes[1] else numbers
            return f"A takes {differing[0]} as {one.name}, B takes {differing[1]} as {other.name}"
        if ("float" in one.tensor.dtype) != ("float" in other.tensor.dtype):
            return f"A takes {one.tensor.dtype} as {one.name}, B takes {other.tensor.dtype}"
    return ""


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


def _sizes(report: Report) -> str:
    return ", ".join(
        f"{model_input.name} of {'×'.join(map(str, model_input.tensor.shape[1:]))}"
        for model_input in report.inputs
    )


class _JoinedModels:
    """The two halves as real Keras layers, with what each call returns."""

    def __init__(self, graph: Graph, report: Report, first: Graph, second: Graph) -> None:
        inner = in_float64(Layer(FUNCTIONAL, "both", {}, graph=graph)).graph
        self.graph = inner if inner is not None else graph
        self.report = report
        self.halves = (first, second)
        self.counts = (len(first.outputs), len(second.outputs))
        self.weights: dict[str, list[tuple[int, ...]]] = {}
        self.unmatched: list[str] = []
        try:
            with runtime.weightless():
                self.known = self.compute()
        except SpecError:
            raise
        except Exception as error:
            problem = Problem(
                f"Keras cannot compute with it: {one_line_reason(error)}", about="keras"
            )
            raise SpecError(problem) from error

    def compute(self) -> dict[Ref, Any]:
        """Build both halves, give them the same weights, and run random inputs through them."""
        keras: Any = runtime.load()
        layers = {node.name: make_layer(node.layer) for node in self.graph.nodes if not node.reuses}
        samples = list(random_inputs(self.graph, self.report, SAMPLES))
        names = [each.name for each in self.graph.inputs]
        symbolic = [keras.KerasTensor(array.shape, dtype=str(array.dtype)) for array in samples]
        self.run(layers, dict(zip(map(Ref, names), symbolic, strict=True)))
        pairs = self.match_weights(layers)
        tensors = [keras.ops.convert_to_tensor(array) for array in samples]
        with keras.StatelessScope(pairs):
            known = self.run(layers, dict(zip(map(Ref, names), tensors, strict=True)))
            return {ref: keras.ops.convert_to_numpy(tensor) for ref, tensor in known.items()}

    def run(self, layers: Mapping[str, Any], tensors: dict[Ref, Any]) -> dict[Ref, Any]:
        """Call all layers, one after another."""
        for node in self.graph.nodes:
            first, others = call_arguments(node, tensors.__getitem__)
            outputs = layers[node.reuses or node.name](first, **others)
            for index, output in enumerate(flatten_outputs(outputs)):
                tensors[Ref(node.name, index)] = output
        return tensors

    def match_weights(self, layers: Mapping[str, Any]) -> list[tuple[Any, Any]]:
        """Pair every weight with its values: those of A random, those of B copied by shape."""
        import numpy as np  # noqa: PLC0415 # it comes with Keras

        random = np.random.default_rng(0)
        sides: dict[str, list[tuple[str, Any]]] = {half: [] for half in HALVES}
        for name, layer in layers.items():
            half = name.partition("/")[0]
            named = zip(weights_of(layer), layer.weights, strict=True)
            weights = [(f"{name.partition('/')[2]} {known.name}", each) for known, each in named]
            self.weights[name] = [tuple(each.shape) for _, each in weights]
            sides[half] += weights
        pairs, waiting = [], []
        for label, weight in sides["A"]:
            value = weight_value(random, label, tuple(weight.shape))
            pairs.append((weight, value))
            waiting.append((label, tuple(weight.shape), value))
        for label, weight in sides["B"]:
            shape = tuple(weight.shape)
            index = next((i for i, (_, size, _) in enumerate(waiting) if size == shape), None)
            if index is None:
                found = f"{label} {shape_text(shape)}"
                self.unmatched.append(f"B has {found}, and A has no such weight")
                pairs.append((weight, weight_value(random, label, shape)))
            else:
                pairs.append((weight, waiting.pop(index)[2]))
        self.unmatched += [
            f"A has {label} {shape_text(shape)}, and B has no such weight"
            for label, shape, _ in waiting
        ]
        convert = runtime.load().ops.convert_to_tensor
        return [(weight, convert(value, dtype=weight.dtype)) for weight, value in pairs]

    def verdict(self, params: tuple[int, int]) -> Equality:
        """Compare what comes out."""
        ones, others = self.outputs()
        differences = [difference(one, other) for one, other in zip(ones, others, strict=False)]
        computed = [each for each in differences if each is not None]
        largest = max((each[0] for each in computed), default=None)
        same = (
            len(ones) == len(others)
            and len(computed) == len(differences)
            and all(most <= TOLERANCE * scale for most, scale in computed)
        )
        if same and not self.unmatched:
            return Equality(True, params, largest, remarks=tuple(self.limits()))
        parts = self.first_difference()
        if not parts and len(ones) != len(others):
            parts = f"A has {len(ones)} outputs, B has {len(others)}"
        remarks = [*self.remarks(params, ones, others), *self.limits()]
        if len(computed) < len(differences):
            largest = None
        return Equality(False, params, largest, parts, tuple(remarks))

    def limits(self) -> Iterator[str]:
        """Yield what was left out of the comparison."""
        layers = [node.layer for graph in self.halves for node in graph.nodes]
        if any(layer.arguments.get("stateful") for layer in layers):
            yield "stateful layers start from zeros here, as in a first batch"
        if any(traits_of(layer.type).noise for layer in layers):
            yield "as in inference, where dropout and noise do nothing"

    def outputs(self) -> tuple[list[Any], list[Any]]:
        """Return the outputs of both halves."""
        refs, count = self.graph.outputs, self.counts[0]
        return [self.known[r] for r in refs[:count]], [self.known[r] for r in refs[count:]]

    def first_difference(self) -> str:
        """Say at which layers, that correspond to each other, the two part first."""
        for one, other in self.pairs():
            ours, theirs = self.known[Ref(one.name)], self.known[Ref(other.name)]
            distance = difference(ours, theirs)
            if distance is None:
                return f"{self.output_text(one)}; {self.output_text(other)}"
            if not distance[0] <= TOLERANCE * distance[1]:
                return (
                    f"{self.output_text(one)}; {self.output_text(other)}: the shape is the same,"
                    f" and the numbers differ by up to {distance[0]:.2g}"
                )
        return ""

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Yield the calls of A and B that correspond: in order, by the shapes of their weights."""
        sides = [
            [node for node in self.graph.nodes if node.name.startswith(f"{half}/")]
            for half in HALVES
        ]
        keys = [[self.key(node) for node in side] for side in sides]
        matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
        for block in matcher.get_matching_blocks():
            for index in range(block.size):
                yield sides[0][block.a + index], sides[1][block.b + index]

    def key(self, node: Node) -> object:
        shapes = self.weights.get(node.reuses or node.name)
        return tuple(shapes) if shapes else node.layer.type

    def output_text(self, node: Node) -> str:
        """Say what a call returns."""
        half, _, name = node.name.partition("/")
        row = next(row for row in self.report.rows if row.path == node.name)
        return f"{half}'s {name} ({node.layer.type}) returns {shape_text(row.outputs[0].symbolic)}"

    def remarks(
        self, params: tuple[int, int], ones: Sequence[Any], others: Sequence[Any]
    ) -> Iterator[str]:
        """Yield what else there is to know of two models that differ."""
        if self.unmatched:
            yield from self.unmatched[:3]
            if len(self.unmatched) > 3:
                yield f"and {len(self.unmatched) - 3} more weights without a counterpart"
        elif params[0]:
            yield (
                f"both have {params[0]:,} parameters, in weights of the same shapes: the number of"
                " parameters does not tell them apart"
            )
        if len(ones) == len(others) == 1 and not self.unmatched:
            for names, one, other in (
                (HALVES, ones[0], others[0]),
                (HALVES[::-1], others[0], ones[0]),
            ):
                relation = _relation(one, other)
                if relation:
                    yield f"{names[1]}'s output is {names[0]}'s output {relation}"
                    return


def _relation(one: Any, other: Any) -> str:
    """How one output is contained in another, which has steps."""
    if one.ndim == other.ndim + 1 and one.ndim > 2:
        for step, name in ((-1, "at the last step"), (0, "at the first step")):
            if are_close(one[:, step], other):
                return name
    if one.shape == other.shape and one.ndim > 2 and are_close(one[:, ::-1], other):
        return "with its steps in reversed order"
    return ""
