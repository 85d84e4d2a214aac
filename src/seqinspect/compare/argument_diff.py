"""What two layers are configured to: the arguments that differ, and a form that compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.model.graph import Layer
from seqinspect.records import NamedTuple
from seqinspect.rules import COMMON, find_rule
from seqinspect.rules.arguments import ACTIVATION
from seqinspect.rules.objects import Named

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from seqinspect.rules import Parameter


NEUTRAL: Mapping[str, object] = {"gain": 1.0, "mean": 0.0}
"""Arguments of initializers that Keras writes out at their defaults; None is one of any."""


class ArgumentChange(NamedTuple):
    """An argument whose value changed; what is not given has its default."""

    name: str
    old: object
    new: object


def comparable_arguments(layer: Layer) -> tuple[tuple[str, Hashable], ...]:
    """Return the arguments of a layer in a form that compares: formulas by their numbers."""
    return tuple((name, comparable(value)) for name, value in sorted(layer.arguments.items()))


def comparable(value: object) -> Hashable:
    """Return the value of an argument in a form that compares and has a hash."""
    if isinstance(value, Expr):
        return value.python() if value.value is None else value.value
    if isinstance(value, tuple):
        return tuple(map(comparable, value))
    if isinstance(value, Layer):
        nodes = () if value.graph is None else value.graph.nodes
        within = tuple((node.layer.type, comparable_arguments(node.layer)) for node in nodes)
        return (value.type, comparable_arguments(value), within)
    return value if isinstance(value, str | int | float | None) else repr(value)


def argument_changes(old: Layer, new: Layer, prefix: str = "") -> Iterator[ArgumentChange]:
    """Yield the arguments that changed; what is not given has its default."""
    one_type = old.type == new.type
    for name in {**old.arguments, **new.arguments}:
        if name in ("name", "weights"):
            continue
        if not one_type and not (name in old.arguments and name in new.arguments):
            continue  # it is not an argument of both classes
        one, two = _value(old, name), _value(new, name)
        if comparable(_effective_value(name, one)) == comparable(_effective_value(name, two)):
            continue
        if isinstance(one, Layer) and isinstance(two, Layer):
            yield from _inner_changes(one, two, f"{prefix}{name}")
        else:
            yield ArgumentChange(prefix + name, one, two)


def without_neutral_arguments(named: Named) -> Named:
    """Return an object with the arguments that say something."""
    return Named(
        named.type,
        tuple(
            (key, item)
            for key, item in named.arguments
            if item is not None and NEUTRAL.get(key, without_neutral_arguments) != item
        ),
    )


def _effective_value(name: str, value: object) -> object:
    """Return what a value means: Keras writes out what nobody has to say."""
    if name == "dtype":
        return value or "float32"
    if name.endswith("activation"):
        return None if value == "linear" else value
    return without_neutral_arguments(value) if isinstance(value, Named) else value


def _inner_changes(old: Layer, new: Layer, name: str) -> Iterator[ArgumentChange]:
    """Yield what changed of a layer within a layer; those of a model have rows of their own."""
    if old.type != new.type:
        yield ArgumentChange(name, old, new)
    elif old.graph is None and new.graph is None:
        yield from argument_changes(old, new, f"{name}.")


def _value(layer: Layer, name: str) -> object:
    if name in layer.arguments:
        return layer.arguments[name]
    rule = find_rule(layer.type)
    parameter = COMMON.get(name) if rule is None else rule.options.get(name) or COMMON.get(name)
    return None if parameter is None else parameter.default


def is_default(parameter: Parameter, value: object) -> bool:
    """Tell whether an argument says nothing: its value is the default, or the layer's name."""
    if parameter.name == "name":
        return True
    if parameter.name == "dtype":
        return value in (None, "float32")
    if parameter.required:
        return False
    return _normal(parameter, value) == _normal(parameter, parameter.default)


def _normal(parameter: Parameter, value: object) -> object:
    """Return a value in the one form by which it is compared with a default."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, Expr):
        return value.value if value.is_constant else value
    if isinstance(value, Named):
        return without_neutral_arguments(value)
    if isinstance(value, tuple):
        items = [_normal(parameter, item) for item in value]
        return items[0] if items and all(item == items[0] for item in items) else tuple(items)
    if value == "linear" and parameter.kind == ACTIVATION:
        return None
    return value
