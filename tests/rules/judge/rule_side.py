"""One side of the judgement: a configuration read and computed by seqinspect's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from seqinspect.algebra import Expr, literal
from seqinspect.errors import SpecError
from seqinspect.facts import Facts, Inner, Tensor, Tensors
from seqinspect.rules import COMMON, RULES, Rule, find_rule
from seqinspect.rules.arguments import read_argument
from seqinspect.spec.graph import Layer
from tests.rules.judge.draw import FLOATS


class Values:
    """What reading an option may ask of the file around it: here there is none."""

    def size(self, value: object) -> Expr:
        """A number is a size."""
        if not isinstance(value, int):
            raise TypeError(f"a draft writes sizes as numbers, not {value!r}")
        return literal(value)

    def layer(self, value: object) -> Layer:
        """A layer within a layer: {class: options}."""
        if not isinstance(value, Mapping):
            raise TypeError(f"a draft writes an inner layer as {{class: options}}, not {value!r}")
        ((name, options),) = value.items()
        return read(name, options)


def read(layer: str, options: Mapping[str, object]) -> Layer:
    """The configured layer, its options checked and typed by their kinds."""
    parameters = COMMON | dict(RULES[layer].options)
    arguments = {
        name: read_argument(name, parameters[name].kind, value, Values())
        for name, value in options.items()
    }
    name = arguments.get("name") or layer.lower()
    return Layer(layer, str(name), arguments)


def facts_of(layer: Layer, inputs: Mapping[str, object]) -> Facts:
    """What the layer's rule states when it is called on `inputs`, with the layer's dtype."""
    rule = find_rule(layer.type)
    if rule is None:
        raise LookupError(layer.type)
    options = {
        name: _usable(value) for name, value in layer.arguments.items() if name in rule.options
    }
    bound = {name: value for name, value in inputs.items() if value is not None}
    return _finished(rule.function(**bound, **options), layer, rule)


def _usable(value: object) -> object:
    if isinstance(value, Layer):
        return _inner(value)
    return tuple(map(_usable, value)) if isinstance(value, tuple) else value


def _inner(layer: Layer) -> Inner:
    def apply(inner: Inner, *inputs: Tensor | Tensors | None) -> Facts:
        rule = find_rule(layer.type)
        if rule is None:
            raise LookupError(layer.type)
        changed = replace(layer, name=inner.name, arguments=inner.arguments)
        return facts_of(changed, dict(zip(rule.calls, inputs, strict=False)))

    return Inner(layer.type, layer.name, layer.arguments, apply)


def _finished(facts: Facts, layer: Layer, rule: Rule) -> Facts:
    """With what every Keras layer adds: its dtype policy, and `trainable: false`."""
    policy = str(layer.arguments.get("dtype") or "float32")
    compute = policy.removeprefix("mixed_")
    variable = "float32" if policy.startswith("mixed_") else policy
    frozen = layer.arguments.get("trainable") is False
    weights = tuple(
        replace(weight, dtype=weight.dtype or variable, trainable=weight.trainable and not frozen)
        for weight in facts.weights
    )
    outputs = tuple(
        output
        if rule.keeps_dtype and output.dtype not in FLOATS
        else replace(output, dtype=compute)
        for output in facts.outputs
    )
    return replace(facts, weights=weights, outputs=outputs)


__all__ = ["SpecError", "facts_of", "read"]
