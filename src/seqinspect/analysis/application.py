"""Application: a configured layer applied to tensors, by its rule and what all layers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seqinspect.algebra.expression import Expr, as_expr, symbol
from seqinspect.errors import SpecError, refuse
from seqinspect.model.facts import FLOATS, Facts, Inner, Tensor, Tensors, Weight
from seqinspect.model.graph import Graph, Layer
from seqinspect.model.report import TensorReport, WeightReport
from seqinspect.rules import Rule, find_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


MARK = "steps of the input"
"""A size of this name stands for the number of steps where it is asked which weights contain it."""


Bound = Mapping[str, object]
"""The arguments of a call by name: tensors, tuples of tensors, flags."""


class Shown(NamedTuple):
    """What a report shows of a layer's facts, which it keeps so that they can be known again."""

    facts: Facts
    outputs: tuple[TensorReport, ...]
    weights: tuple[WeightReport, ...]
    formula: Expr
    multiply_adds: Expr


class Applier:
    """Applies layers; equal layers on equal tensors are asked once.

    `facts_of_model` tells what a model within the model states as one layer.
    """

    def __init__(self, facts_of_model: Callable[[Graph, Sequence[Tensor]], Facts]) -> None:
        self.facts_of_model = facts_of_model
        self.facts: dict[object, Facts] = {}
        self.sharing: dict[object, bool] = {}
        self._shown: dict[int, Shown] = {}

    def apply(self, layer: Layer, bound: Bound) -> Facts:
        """Return what a layer states when it is called with these arguments."""
        key = _key(layer, bound)
        found = self.facts.get(key) if key is not None else None
        if found is None:
            found = self.asked(layer, bound)
            if key is not None:
                self.facts[key] = found
        return found

    def asked(self, layer: Layer, bound: Bound) -> Facts:
        """Ask the layer's rule."""
        rule = rule_of(layer)
        options = {
            name: self.ready(value)
            for name, value in layer.arguments.items()
            if name in rule.options
        }
        return _finished(rule.function(**bound, **options), layer.arguments, rule)

    def ready(self, value: object) -> object:
        """Return the value of an argument as a rule gets it: layers ready to be applied."""
        if isinstance(value, tuple):
            return tuple(map(self.ready, value))
        return self.inner(value) if isinstance(value, Layer) else value

    def inner(self, layer: Layer) -> Inner:
        """Return a layer within a layer, ready to be applied by its wrapper's rule."""

        def apply(inner: Inner, *inputs: Tensor | Tensors | None) -> Facts:
            if layer.graph is not None:
                return self.facts_of_model(
                    layer.graph, [value for value in inputs if isinstance(value, Tensor)]
                )
            changed = replace(layer, name=inner.name, arguments=inner.arguments)
            given = {
                name: value
                for name, value in zip(rule_of(layer).calls, inputs, strict=False)
                if value is not None
            }
            try:
                return self.apply(changed, given)
            except SpecError as error:
                raise error.at(layer.place, dict(layer.places)) from None

        return Inner(layer.type, layer.name, layer.arguments, apply)

    def shown(self, facts: Facts) -> Shown:
        """Return what a report shows of facts, made once."""
        found = self._shown.get(id(facts))
        if found is None:
            found = self._shown[id(facts)] = Shown(
                facts,
                tuple(map(tensor_report, facts.outputs)),
                tuple(map(weight_report, facts.weights)),
                *facts.costs,
            )
        return found

    def shared(self, layer: Layer, bound: Bound, facts: Facts) -> bool | None:
        """Whether all steps share the layer's weights: no weight's shape contains their number.

        None for a layer without weights.
        """
        if not facts.weights:
            return None
        tensors = list(tensors_of(bound))
        if not any(tensor.stepped for tensor in tensors):
            return all(tensor.time_summary != "folded" for tensor in tensors)
        if layer.graph is not None:
            return True
        if facts.reads == "each" and not _multiple(facts.weights, tensors):
            return True
        names = {name for tensor in tensors if tensor.stepped for name in tensor.steps.symbols()}
        if names and not _named(facts.weights, names):
            return True
        key = _key(layer, bound)
        if key is None or key not in self.sharing:
            marked = self.asked(layer, {name: _marked(value) for name, value in bound.items()})
            sharing = not any(
                MARK in as_expr(size).symbols()
                for weight in marked.weights
                for size in weight.shape
            )
            if key is None:
                return sharing
            self.sharing[key] = sharing
        return self.sharing[key]


def _multiple(weights: Sequence[Weight], tensors: Sequence[Tensor]) -> bool:
    """Whether a size of a weight is a multiple of a number of steps, or may be."""
    steps = {tensor.steps.value for tensor in tensors if tensor.stepped}
    values = [as_expr(size).value for weight in weights for size in weight.shape]
    return any(
        not number or value is None or value % number == 0 for number in steps for value in values
    )


def _named(weights: Sequence[Weight], names: set[str]) -> bool:
    """Whether the shape of a weight has one of these sizes in it."""
    sizes = (as_expr(size) for weight in weights for size in weight.shape)
    return any(not names.isdisjoint(size.symbols()) for size in sizes)


def rule_of(layer: Layer) -> Rule:
    """Return the rule of a layer's class. Raises SpecError where it has none."""
    rule = find_rule(layer.type)
    if rule is None:
        refuse(f"{layer.type} has no rule", received=layer.type, expected="a Keras layer")
    return rule


def tensors_of(bound: Bound) -> Tensors:
    """Return the tensors among the arguments of a call, in order."""
    found: list[Tensor] = []
    for value in bound.values():
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, tuple):
            found += [item for item in value if isinstance(item, Tensor)]
    return tuple(found)


def _key(layer: Layer, bound: Bound) -> object:
    """What decides a layer's facts, to find them again; None where it has no hash."""
    key = (layer.type, tuple(layer.arguments.items()), tuple(bound.items()))
    try:
        hash(key)
    except TypeError:  # an argument is a layer itself
        return None
    return key


def _finished(facts: Facts, arguments: Mapping[str, object], rule: Rule) -> Facts:
    """The facts with what every Keras layer adds: its dtype policy, and `trainable: false`."""
    policy = str(arguments.get("dtype") or "float32")
    compute = policy.removeprefix("mixed_")
    variable = "float32" if policy.startswith("mixed_") else policy
    weights = tuple(
        [
            Weight(each.name, each.shape, each.used, each.trainable, each.dtype or variable)
            for each in facts.weights
        ]
    )
    outputs = tuple(
        [
            output
            if output.dtype == compute
            or not rule.casts
            or (rule.keeps_dtype and output.dtype not in FLOATS)
            else replace(output, dtype=compute)
            for output in facts.outputs
        ]
    )
    finished = facts._replace(weights=weights, outputs=outputs)
    return frozen(finished, arguments) if rule.freezes else finished


def frozen(facts: Facts, arguments: Mapping[str, object]) -> Facts:
    """Return the facts with no weight trained, also within, if `trainable: false` is given."""
    if arguments.get("trainable") is not False:
        return facts
    return facts._replace(
        weights=tuple(weight._replace(trainable=False) for weight in facts.weights),
        parts=tuple(replace(part, facts=frozen(part.facts, arguments)) for part in facts.parts),
    )


def _marked(value: object) -> object:
    """The same argument with the number of steps of its tensors marked."""
    if isinstance(value, tuple):
        return tuple(_marked(item) for item in value)
    if not isinstance(value, Tensor) or not value.stepped:
        return value
    mark = symbol(MARK, value.steps.value)
    axis, size = value.rank - 1, mark
    if value.time is not None:
        axis = value.time
    elif value.fold is not None:
        size = value.fold.outer * mark * value.fold.inner
    shape: list[Expr] = [*value.shape]
    shape[axis] = size
    fold = None if value.fold is None else replace(value.fold, steps=mark)
    return replace(value, shape=tuple(shape), fold=fold)


def tensor_report(tensor: Tensor) -> TensorReport:
    """Return what a report shows of a tensor."""
    shape = tuple(size.plain() for size in tensor.shape)
    return TensorReport(
        shape, tensor.dtype, tensor.unknown_shape, tensor.unknown_time, tensor.masked
    )


def weight_report(weight: Weight) -> WeightReport:
    """Return what a report shows of a weight."""
    sizes = tuple(as_expr(size) for size in weight.shape)
    return WeightReport(weight.name, sizes, weight.trainable, weight.dtype)
