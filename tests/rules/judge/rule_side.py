"""One side of the judgement: a configuration read and computed by seqinspect's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, literal
from seqinspect.analysis.application import Applier
from seqinspect.errors import refuse
from seqinspect.model.graph import Layer
from seqinspect.rules import COMMON, RULES
from seqinspect.rules.arguments import read_argument

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts


class Values:
    """What reading an option may ask of the file around it: here there is none."""

    def size(self, value: object) -> Expr:
        """A number is a size."""
        if not isinstance(value, int):
            raise TypeError(f"a draft writes sizes as numbers, not {value!r}")
        return literal(value)

    def number(self, name: str) -> None:
        """No number has a name here."""

    def layer(self, value: object) -> Layer:
        """A layer within a layer: {class: options}."""
        if not isinstance(value, Mapping):
            refuse("a list stands where a layer is due")
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
    """What the layer's rule states when it is called on `inputs`."""
    bound = {name: value for name, value in inputs.items() if value is not None}
    return Applier(_no_models).evaluate_rule(layer, bound)


def _no_models(_applier: object, graph: object, _: object) -> Facts:
    raise TypeError(f"a draft holds no model within a layer: {graph}")
