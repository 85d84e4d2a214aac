"""Application: a configured layer applied to tensors, by its rule and what all layers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from seqinspect.algebra.expression import Expr, FormulaTooLarge, as_expr, symbol
from seqinspect.analysis.equal_calls import EqualCalls
from seqinspect.errors import SpecError, refuse
from seqinspect.model.facts import FLOATS, SIDE_BY_SIDE, Facts, Inner, Tensor, Tensors, Weight
from seqinspect.model.graph import Graph, Layer, UnknownValue, map_entries
from seqinspect.model.nesting import layers_within
from seqinspect.model.reasons import UnknownArguments
from seqinspect.model.report import TensorReport, WeightReport
from seqinspect.records import NamedTuple, replace
from seqinspect.rules import Rule, find_rule, per_step_chain, traits_of
from seqinspect.rules.arguments import samples_of
from seqinspect.time.reach import Reach
from seqinspect.time.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from seqinspect.algebra.shared_results import SharedResults
    from seqinspect.analysis.tracing import Features
    from seqinspect.model.facts import Reading


STEPS_MARK = "steps of the input"
"""The name of the number of steps while a rule is evaluated to see which weights contain it."""

MAX_FORMULAS = 2_000_000
"""The size (`Expr.size`) of all formulas of parameters; that of most layers is below 20."""


BoundArguments = Mapping[str, object]
"""The arguments of a call by name: tensors, tuples of tensors, flags."""


class FactsReport(NamedTuple):
    """What a report shows of a layer's facts; found by their identity, so it keeps them alive."""

    facts: Facts
    outputs: tuple[TensorReport, ...]
    weights: tuple[WeightReport, ...]
    formula: Expr
    multiply_adds: Expr


class Applier:
    """Applies layers; a rule is evaluated once for equal layers on equal tensors.

    `facts_of_model` returns what a model within the model states as one layer. `work` is what
    reasoning on the steps of the whole graph may cost. `shared`: results of other graphs whose
    sizes have the same numbers.
    """

    def __init__(
        self,
        facts_of_model: Callable[[Applier, Graph, Sequence[Tensor]], Facts],
        shared: SharedResults | None = None,
    ) -> None:
        self.facts_of_model: Final = facts_of_model
        self.shared: Final = shared
        self.facts: dict[object, Facts] = {}
        self.sharing: dict[object, bool] = {}
        self._reports: dict[int, FactsReport] = {}
        self._formulas = 0
        self.work: Final = Work(shared)
        self.equal_calls: Final = EqualCalls()

    def apply(self, layer: Layer, bound: BoundArguments) -> Facts:
        """Return what a layer states when it is called with these arguments."""
        key = _facts_key(layer, bound)
        facts = self.facts.get(key) if key is not None else None
        if facts is None:
            if key is None or self.shared is None:
                facts = self.evaluate_rule(layer, bound)
            else:
                facts = self.shared_facts(self.shared, key, layer, bound)
            if key is not None:
                self.facts[key] = facts
        return facts

    def shared_facts(
        self, shared: SharedResults, key: Hashable, layer: Layer, bound: BoundArguments
    ) -> Facts:
        """Return what a layer states, from another graph if it was evaluated there."""

        def evaluate() -> FactsReport:
            return facts_report(self.evaluate_rule(layer, bound))

        report = shared.get(key, evaluate)
        facts = report.facts._replace(reaches=tuple(map(anew, report.facts.reaches)))
        self._reports[id(facts)] = report._replace(facts=facts)
        return facts

    def evaluate_rule(self, layer: Layer, bound: BoundArguments) -> Facts:
        """Evaluate the layer's rule, always anew."""
        rule = rule_of(layer)
        if UnknownValue in map(type, layer.arguments.values()):
            name, samples = next(iter(unknown_arguments(layer).items()))
            return self.evaluate_samples(layer, bound, name, samples)
        options = {
            name: map_entries(value, Layer, self.inner_layer)
            for name, value in layer.arguments.items()
            if name in rule.options
        }
        return _with_dtype_policy(rule.function(**bound, **options), layer.arguments, rule)

    def evaluate_samples(
        self, layer: Layer, bound: BoundArguments, name: str, samples: Sequence[object]
    ) -> Facts:
        """Evaluate a rule with an argument that is not known: what all its values leave is said."""
        found: list[Facts] = []
        refused: SpecError | None = None
        for value in samples:
            sample = replace(layer, arguments={**layer.arguments, name: value})
            try:
                found.append(self.evaluate_rule(sample, bound))
            except SpecError as error:
                refused = error
        if not found and refused is not None:
            raise refused
        first, *others = found
        remarks = tuple(each for each in first.remarks if all(each in o.remarks for o in others))
        facts = first._replace(remarks=remarks)
        if any((each.outputs, each.weights) != (first.outputs, first.weights) for each in others):
            nothing = Tensor((), unknown_shape=True, unknown_time=True)
            return facts._replace(
                outputs=(nothing,) * len(facts.outputs),
                weights=(),
                unsupported=UnknownArguments((name,)),
            )
        if any((each.reads, each.reaches) != (first.reads, first.reaches) for each in others):
            outputs = tuple(replace(each, unknown_time=True) for each in facts.outputs)
            facts = facts._replace(outputs=outputs, reads=None)
        return facts

    def inner_layer(self, layer: Layer) -> Inner:
        """Return a layer within a layer, ready to be applied by its wrapper's rule."""

        def apply(inner: Inner, *inputs: Tensor | Tensors | None, **named: Tensor) -> Facts:
            if layer.graph is not None:
                tensors = [value for value in inputs if isinstance(value, Tensor)]
                return self.facts_of_model(self, layer.graph, tensors)
            renamed = replace(layer, name=inner.name, arguments=inner.arguments)
            arguments = {
                name: value
                for name, value in zip(rule_of(layer).calls, inputs, strict=False)
                if value is not None
            }
            try:
                return self.apply(renamed, {**arguments, **named})
            except SpecError as error:
                raise error.at(layer.place, dict(layer.places)) from None

        keeps_state = any(
            each.arguments.get("stateful") is True for each in (layer, *layers_within(layer))
        )
        return Inner(layer.type, layer.name, layer.arguments, apply, keeps_state)

    def facts_report(self, facts: Facts) -> FactsReport:
        """Return what a report shows of facts, made once. Raises FormulaTooLarge."""
        report = self._reports.get(id(facts))
        if report is None:
            report = self._reports[id(facts)] = facts_report(facts)
            self._formulas += report.formula.size
            if self._formulas > MAX_FORMULAS:
                raise FormulaTooLarge(
                    "formulas too large: the length of those of all layers is limited to"
                    f" {MAX_FORMULAS:,}"
                )
        return report

    def shares_weights(self, layer: Layer, bound: BoundArguments, facts: Facts) -> bool | None:
        """Whether all steps share the layer's weights: no weight's shape contains their number.

        None for a layer without weights.
        """
        if not facts.weights:
            return None
        tensors = list(tensors_of(bound))
        if not any(tensor.stepped for tensor in tensors):
            return all(tensor.time_summary not in SIDE_BY_SIDE for tensor in tensors)
        if layer.graph is not None:
            return True
        names = {name for tensor in tensors if tensor.stepped for name in tensor.steps.symbols()}
        if names and not _contains_size(facts.weights, names):
            return True  # by names first: what is asked of numbers holds for these numbers alone
        if facts.reads == "each" and not _has_multiple_of_steps(facts.weights, tensors):
            return True
        key = _facts_key(layer, bound)
        if key is None or key not in self.sharing:
            steps = {name: map_entries(each, Tensor, mark_steps) for name, each in bound.items()}
            marked = self.evaluate_rule(layer, steps)
            sharing = not holds_steps(marked.weights)
            if key is None:
                return sharing
            self.sharing[key] = sharing
        return self.sharing[key]


def _has_multiple_of_steps(weights: Sequence[Weight], tensors: Sequence[Tensor]) -> bool:
    """Whether a size of a weight is a multiple of a number of steps, or may be."""
    steps = {tensor.steps.value for tensor in tensors if tensor.stepped}
    values = [as_expr(size).value for weight in weights for size in weight.shape]
    return any(
        not number or value is None or value % number == 0 for number in steps for value in values
    )


def _contains_size(weights: Sequence[Weight], names: set[str]) -> bool:
    """Whether the shape of a weight has one of these sizes in it."""
    sizes = (as_expr(size) for weight in weights for size in weight.shape)
    return any(not names.isdisjoint(size.symbols()) for size in sizes)


def unknown_arguments(layer: Layer) -> dict[str, tuple[object, ...]]:
    """Return the arguments whose values are not known, each with values to take instead."""
    unknown = [name for name, value in layer.arguments.items() if isinstance(value, UnknownValue)]
    if not unknown:
        return {}
    rule = rule_of(layer)
    options = {**rule.common, **rule.options}
    return {name: samples_of(options[name].kind) for name in unknown}


def rule_of(layer: Layer) -> Rule:
    """Return the rule of a layer's class. Raises SpecError where it has none."""
    rule = find_rule(layer.type)
    if rule is None:
        refuse(f"{layer.type} has no rule", received=layer.type, expected="a Keras layer")
    return rule


def tensors_of(bound: BoundArguments) -> Tensors:
    """Return the tensors among the arguments of a call, in order."""
    tensors: list[Tensor] = []
    for value in bound.values():
        if isinstance(value, Tensor):
            tensors.append(value)
        elif isinstance(value, tuple):
            tensors += [item for item in value if isinstance(item, Tensor)]
    return tuple(tensors)


def _facts_key(layer: Layer, bound: BoundArguments) -> Hashable:
    """What decides a layer's facts, to find them again; None where it has no hash."""
    key = (layer.type, tuple(layer.arguments.items()), tuple(bound.items()))
    try:
        hash(key)
    except TypeError:  # an argument is a layer itself
        return None
    return key


def _with_dtype_policy(facts: Facts, arguments: Mapping[str, object], rule: Rule) -> Facts:
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
    return apply_trainable(finished, arguments) if rule.freezes else finished


def apply_trainable(facts: Facts, arguments: Mapping[str, object]) -> Facts:
    """Return the facts with no weight trained, also within, if `trainable: false` is given."""
    if arguments.get("trainable") is not False:
        return facts
    return facts._replace(
        weights=tuple(weight._replace(trainable=False) for weight in facts.weights),
        parts=tuple(
            part._replace(facts=apply_trainable(part.facts, arguments)) for part in facts.parts
        ),
    )


def holds_steps(weights: Sequence[Weight]) -> bool:
    """Whether the shape of a weight contains the number of steps that is marked."""
    return any(STEPS_MARK in as_expr(size).symbols() for each in weights for size in each.shape)


def mark_steps(x: Tensor) -> Tensor:
    """The same tensor with its number of steps marked."""
    if not x.stepped:
        return x
    mark = symbol(STEPS_MARK, x.steps.value)
    axis, size = x.rank - 1, mark
    if x.time is not None:
        axis = x.time
    elif x.fold is not None:
        size = x.fold.outer * mark * x.fold.inner
    shape: list[Expr] = [*x.shape]
    shape[axis] = size
    fold = None if x.fold is None else x.fold._replace(steps=mark)
    return replace(x, shape=tuple(shape), fold=fold)


def features_of(layer: Layer, output: Tensor, index: int = 0) -> Features:
    """Return what a layer does with what lies at one step, for one of its outputs."""
    inner = per_step_chain(layer)[-1]
    if inner.graph is not None or inner.unsupported is not None:
        return _of_operation(inner)
    traits = traits_of(inner.type)
    if traits.attention and index:
        return "apart"  # the scores of a query step, one for each step of the value
    if traits.both_directions and not index:
        return "halves" if inner.arguments.get("merge_mode", "concat") == "concat" else "mixed"
    sees_all = traits.convolves and inner is layer and _sees_all_channels(layer)
    if traits.dense or traits.recurrent or traits.both_directions or sees_all:
        return "mixed"
    if traits.evens and inner is layer and _evens_each(layer, output):
        return "evened"
    if traits.averages:
        return "averaged"
    if traits.rearranges == "reshape":
        return "laid out"
    if traits.mask == "lays beside":
        return "beside"
    return "unmoved" if traits.keeps_shape or traits.rearranges or traits.makes_mask else "kept"


def _of_operation(layer: Layer) -> Features:
    function = "" if layer.unsupported is None else layer.unsupported.function
    if not function:
        return "unknown"
    from seqinspect.rules import operations  # noqa: PLC0415 - only configs need it

    if function in operations.LAYING_BESIDE:
        return "beside"
    if function in operations.AVERAGING:
        return "averaged"
    return "laid out" if function in operations.LAYING_OUT else "kept"


def _evens_each(layer: Layer, x: Tensor) -> bool:
    """Whether each feature is evened by itself, not in a group with others."""
    groups = layer.arguments.get("groups")
    return groups in (None, -1) or groups in (x.features, x.features.value)


def _sees_all_channels(layer: Layer) -> bool:
    """Whether each feature that a convolution makes is made of all that lie on the last axis."""
    groups = layer.arguments.get("groups", 1)
    return groups == 1 and layer.arguments.get("data_format") != "channels_first"


def facts_report(facts: Facts) -> FactsReport:
    """Return what a report shows of facts."""
    outputs, weights = map(tensor_report, facts.outputs), map(weight_report, facts.weights)
    return FactsReport(facts, tuple(outputs), tuple(weights), *facts.costs)


def anew(reading: Reading) -> Reading:
    """Return the same reading, without what was found out of it when it was asked before."""
    if isinstance(reading, Reach):
        return reading.anew()
    return {
        name: value.anew() if isinstance(value, Reach) else tuple([each.anew() for each in value])
        for name, value in reading.items()
    }


def tensor_report(tensor: Tensor) -> TensorReport:
    """Return what a report shows of a tensor."""
    shape = tuple(size.plain() for size in tensor.shape)
    return TensorReport(shape, tensor.dtype, tensor.unknown_shape, tensor.unknown_time)


def weight_report(weight: Weight) -> WeightReport:
    """Return what a report shows of a weight."""
    sizes = tuple(as_expr(size) for size in weight.shape)
    return WeightReport(weight.name, sizes, weight.trainable, weight.dtype)
