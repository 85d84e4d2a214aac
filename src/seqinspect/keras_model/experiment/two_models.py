"""Two models as halves of one graph → real Keras layers with the same weights, run and compared.

Weights are matched by order and shape. It computes in float64, as in inference.
"""

from __future__ import annotations

import math
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from seqinspect.analysis.call_arguments import call_arguments, flatten_outputs
from seqinspect.compare.equality import (
    HALVES,
    Contained,
    Equality,
    LeftOut,
    MoreUnmatched,
    OtherOutput,
    OutputCounts,
    Relation,
    Returned,
    SameCounts,
    Unmatched,
)
from seqinspect.errors import Problem, SpecError
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
from seqinspect.model.graph import Graph, Layer, Node, Ref
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of
from seqinspect.rules.index import FUNCTIONAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.compare.equality import Half, Parting, Remark
    from seqinspect.model.report import Report

SAMPLES = 16
"""Random inputs that are run through both models."""

DRAWS, FEW_DRAWS = 10, 3
"""So many times weights and inputs are drawn: with some, a relu may let nothing through."""

MANY_WEIGHTS = 100_000
"""With more, they are drawn few times."""

MAX_NAMED = 3
"""So many weights without a counterpart are named."""


class _LayerWeight(NamedTuple):
    """A weight of a layer of one half, as Keras has it."""

    layer: str
    name: str
    variable: Any

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.variable.shape)


class TwoModels:
    """The two halves as real Keras layers, with what each call returns.

    Raises SpecError where Keras cannot compute with them.
    """

    def __init__(self, graph: Graph, report: Report, first: Graph, second: Graph) -> None:
        inner = in_float64(Layer(FUNCTIONAL, "both", {}, graph=graph)).graph
        self.graph = inner if inner is not None else graph
        self.report = report
        self.models = (first, second)
        self.weights: dict[str, list[tuple[int, ...]]] = {}
        self.unmatched: list[Unmatched] = []
        try:
            with runtime.weightless():
                runtime.load().config.set_dtype_policy("float64")  # for cells that it stacks
                self.draws = self.compute()
        except SpecError:
            raise
        except Exception as error:
            problem = Problem(
                f"Keras cannot compute with it: {one_line_reason(error)}", about="keras"
            )
            raise SpecError(problem) from error

    def compute(self) -> list[dict[Ref, Any]]:
        """Build both halves, give them the same weights, and run random inputs through them.

        Returns what each call returns, for every draw of weights and inputs.
        """
        keras: Any = runtime.load()
        layers = {node.name: make_layer(node.layer) for node in self.graph.nodes if not node.reuses}
        samples = list(random_inputs(self.graph, self.report, SAMPLES))
        names = [each.name for each in self.graph.inputs]
        symbolic = [keras.KerasTensor(array.shape, dtype=str(array.dtype)) for array in samples]
        self.run(layers, dict(zip(map(Ref, names), symbolic, strict=True)))
        count = sum(math.prod(each.shape) for layer in layers.values() for each in layer.weights)
        draws = []
        for draw in range(DRAWS if count <= MANY_WEIGHTS else FEW_DRAWS):
            samples = list(random_inputs(self.graph, self.report, SAMPLES, draw))
            tensors = [keras.ops.convert_to_tensor(array) for array in samples]
            with keras.StatelessScope(self.match_weights(layers, draw)):
                known = self.run(layers, dict(zip(map(Ref, names), tensors, strict=True)))
                draws.append({ref: keras.ops.convert_to_numpy(x) for ref, x in known.items()})
        return draws

    def run(self, layers: Mapping[str, Any], tensors: dict[Ref, Any]) -> dict[Ref, Any]:
        """Call all layers, one after another."""
        for node in self.graph.nodes:
            first, others = call_arguments(node, tensors.__getitem__)
            outputs = layers[node.reuses or node.name](first, **others)
            for index, output in enumerate(flatten_outputs(outputs)):
                tensors[Ref(node.name, index)] = output
        return tensors

    def match_weights(self, layers: Mapping[str, Any], draw: int) -> list[tuple[Any, Any]]:
        """Pair every weight with its values: those of A random, those of B copied by shape."""
        import numpy as np  # noqa: PLC0415 # it comes with Keras

        random = np.random.default_rng(draw)
        self.unmatched = []
        sides: dict[str, list[_LayerWeight]] = {half: [] for half in HALVES}
        for path, layer in layers.items():
            half, _, name = path.partition("/")
            weights = [
                _LayerWeight(name, known.name, variable)
                for known, variable in zip(weights_of(layer), layer.weights, strict=True)
            ]
            self.weights[path] = [weight.shape for weight in weights]
            sides[half] += weights
        values, waiting = [], []
        for weight in sides["A"]:
            value = weight_value(random, weight.name, weight.shape)
            values.append((weight.variable, value))
            waiting.append((weight, value))
        for weight in sides["B"]:
            index = next((i for i, (w, _) in enumerate(waiting) if w.shape == weight.shape), None)
            if index is None:
                self.unmatched.append(_unmatched("B", weight))
                value = weight_value(random, weight.name, weight.shape)
            else:
                value = waiting.pop(index)[1]
            values.append((weight.variable, value))
        self.unmatched += [_unmatched("A", weight) for weight, _ in waiting]
        convert = runtime.load().ops.convert_to_tensor
        return [(variable, convert(value, dtype=variable.dtype)) for variable, value in values]

    def verdict(self, params: tuple[int, int]) -> Equality:
        """Compare what comes out of all draws, or of the first where it is not the same."""
        verdicts = []
        for draw in self.draws:
            verdicts.append(self.verdict_of(draw, params))
            if not verdicts[-1].equal:
                return verdicts[-1]
        largest = [each.difference for each in verdicts if each.difference is not None]
        return verdicts[0]._replace(difference=max(largest, default=None))

    def verdict_of(self, draw: Mapping[Ref, Any], params: tuple[int, int]) -> Equality:
        """Compare what comes out of one draw."""
        ones, others = self.outputs(draw)
        differences = [difference(one, other) for one, other in zip(ones, others, strict=False)]
        computed = [each for each in differences if each is not None]
        largest = max((each[0] for each in computed), default=None)
        same = (
            len(ones) == len(others)
            and len(computed) == len(differences)
            and all(most <= TOLERANCE * scale for most, scale in computed)
        )
        if same and not self.unmatched:
            return Equality(True, params, largest, remarks=tuple(self.left_out()))
        parting: Parting | None = self.first_difference(draw)
        if parting is None and len(ones) != len(others):
            parting = OutputCounts((len(ones), len(others)))
        remarks = (*self.remarks(params, ones, others), *self.left_out())
        if len(computed) < len(differences):
            largest = None
        return Equality(False, params, largest, parting, remarks)

    def left_out(self) -> Iterator[LeftOut]:
        """Yield what was left out of the comparison."""
        layers = [node.layer for graph in self.models for node in graph.nodes]
        if any(layer.arguments.get("stateful") for layer in layers):
            yield LeftOut.EARLIER_BATCHES
        if any(traits_of(layer.type).noise for layer in layers):
            yield LeftOut.NOISE

    def outputs(self, draw: Mapping[Ref, Any]) -> tuple[list[Any], list[Any]]:
        """Return the outputs of both halves."""
        refs, count = self.graph.outputs, len(self.models[0].outputs)
        return [draw[ref] for ref in refs[:count]], [draw[ref] for ref in refs[count:]]

    def first_difference(self, draw: Mapping[Ref, Any]) -> OtherOutput | None:
        """Return at which calls, that correspond to each other, the two part first."""
        for one, other in self.pairs():
            distance = difference(draw[Ref(one.name)], draw[Ref(other.name)])
            if distance is None or not distance[0] <= TOLERANCE * distance[1]:
                returned = (self.returned(one), self.returned(other))
                return OtherOutput(returned, None if distance is None else distance[0])
        return None

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
        """Return by what calls correspond: the shapes of their weights, or the class."""
        shapes = self.weights.get(node.reuses or node.name)
        return tuple(shapes) if shapes else node.layer.type

    def returned(self, node: Node) -> Returned:
        """Return what a call returns, as the report has it."""
        row = next(row for row in self.report.rows if row.path == node.name)
        name = node.name.partition("/")[2]
        return Returned(name, node.layer.type, row.outputs[0].symbolic)

    def remarks(
        self, params: tuple[int, int], ones: Sequence[Any], others: Sequence[Any]
    ) -> Iterator[Remark]:
        """Yield what else there is to know of two models that differ."""
        if self.unmatched:
            yield from self.unmatched[:MAX_NAMED]
            if len(self.unmatched) > MAX_NAMED:
                yield MoreUnmatched(len(self.unmatched) - MAX_NAMED)
            return
        if params[0]:
            yield SameCounts(params[0])
        if len(ones) == len(others) == 1:
            pairs = ((ones[0], others[0]), (others[0], ones[0]))
            for half, (one, other) in zip(HALVES, pairs, strict=True):
                relation = _relation(one, other)
                if relation is not None:
                    yield Contained(half, relation)
                    return


def _unmatched(half: Half, weight: _LayerWeight) -> Unmatched:
    return Unmatched(half, weight.layer, weight.name, weight.shape)


def _relation(one: Any, other: Any) -> Relation | None:
    """Return how one output is contained in another, which has steps."""
    if one.ndim == other.ndim + 1 and one.ndim > 2:
        for step, relation in ((-1, Relation.LAST_STEP), (0, Relation.FIRST_STEP)):
            if are_close(one[:, step], other):
                return relation
    if one.shape == other.shape and one.ndim > 2 and are_close(one[:, ::-1], other):
        return Relation.REVERSED
    return None
