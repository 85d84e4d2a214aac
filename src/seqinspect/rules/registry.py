"""The rule book: one function for each Keras layer, found by class name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeVar

from seqinspect.model.facts import Facts
from seqinspect.model.nesting import wrapper_chain
from seqinspect.records import dataclass
from seqinspect.rules.index import LEGACY_CLASSES, MODULES
from seqinspect.rules.signature import Form, Parameter, read_signature
from seqinspect.rules.traits import Traits

if TYPE_CHECKING:
    from seqinspect.model.graph import Layer

Function = TypeVar("Function", bound=Callable[..., Facts])

UNKNOWN = Traits()
"""The traits of a class without a rule."""


@dataclass(eq=False)
class Rule:
    """A layer's rule; its signature is the schema of the layer.

    `calls` are the arguments of the layer's call (tensors first, then flags), `options` those of
    its constructor, in Keras's order. `keeps_dtype`: the output has its input's dtype, not the
    layer's compute dtype. `casts`: floats that it returns have its compute dtype; where layers
    within it make them, Keras leaves them as they are. `freezes`: `trainable: false` freezes its
    weights; where they belong to layers within it, Keras goes on training them. `lacks`: what other
    layers take and its constructor refuses. `traits`: what the class is besides.
    """

    name: Final[str]
    family: Final[str]
    function: Final[Callable[..., Facts]]
    calls: Final[Mapping[str, Parameter]]
    options: Final[Mapping[str, Parameter]]
    keeps_dtype: Final[bool] = False
    freezes: Final[bool] = True
    casts: Final[bool] = True
    lacks: Final[tuple[str, ...]] = ()
    traits: Final[Traits] = UNKNOWN

    @cached_property
    def common(self) -> Mapping[str, Parameter]:
        """The arguments of all layers that it takes besides its own options."""
        return {
            name: parameter
            for name, parameter in COMMON.items()
            if name not in self.options and name not in self.lacks
        }

    @cached_property
    def takes_list(self) -> bool:
        """Whether the layer is called on a list of tensors (Add, Concatenate, Attention)."""
        return next(iter(self.calls.values())).kind == "Tensors"

    @cached_property
    def tensors(self) -> Mapping[str, bool]:
        """The tensors among the arguments of its call; True for a list of them."""
        kinds = {name: parameter.kind for name, parameter in self.calls.items()}
        return {
            name: kind.startswith("Tensors")
            for name, kind in kinds.items()
            if kind.startswith("Tensor")
        }

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The arguments without which it cannot be called."""
        return tuple(name for name, parameter in self.calls.items() if parameter.required)

    @cached_property
    def demanded(self) -> tuple[Parameter, ...]:
        """The options without a default."""
        return tuple(parameter for parameter in self.options.values() if parameter.required)

    @property
    def summary(self) -> str:
        """The first line of the rule's docstring: the layer's mathematics."""
        return (self.function.__doc__ or "").split("\n")[0]


RULES: dict[str, Rule] = {}
"""All rules by Keras class name."""

ALIASES: dict[str, str] = {}
"""Keras's second names of a class (MaxPool1D) to the first."""

LEGACY: dict[str, Rule] = {}
"""Rules of classes that Keras 3 no longer has; configs of their time are read by them."""

COMMON = {
    "name": Parameter("name", "str | None"),
    "trainable": Parameter("trainable", "bool", True),
    "dtype": Parameter("dtype", "str | None"),
    "activity_regularizer": Parameter("activity_regularizer", "Regularizer"),
}
"""Arguments of all Keras layers; the few that a class refuses stand in its rule's `lacks`."""


def rule(
    name: str,
    *aliases: str,
    keeps_dtype: bool = False,
    freezes: bool = True,
    casts: bool = True,
    lacks: tuple[str, ...] = (),
    traits: Traits = UNKNOWN,
    form: Form | None = None,
) -> Callable[[Function], Function]:
    """Enter a function into the rule book as the rule of the Keras class `name`.

    Its family is named by its module, or by `FAMILY` in it. Where it is the rule of several classes
    that differ in their spatial axes, it is entered once for each `form`.
    """
    if form is not None:
        # Before the spatial axes comes the batch, after them the channels.
        axes = form.spatial + (3 if traits.recurrent else 2)
        traits = traits._replace(axes=axes)

    def enter_function(function: Function) -> Function:
        calls, options = read_signature(function, form)
        stated = function if form is None else form.bound(function)
        module = function.__module__.rpartition(".")[2]
        family = function.__globals__.get("FAMILY", module)
        entered = Rule(
            name, family, stated, calls, options, keeps_dtype, freezes, casts, lacks, traits
        )
        enter(entered, *aliases, module=module)
        return function

    return enter_function


def enter(entered: Rule, *aliases: str, module: str) -> None:
    """Enter a rule of a module into the rule book, under its name and its aliases.

    Raises ValueError where a class has a rule already, or is not listed under the module.
    """
    for known in (entered.name, *aliases):
        if known in RULES or known in ALIASES:
            raise ValueError(f"two rules for {known}")
        if MODULES.get(known) != module:
            raise ValueError(f"{known} is not listed under {module} in rules/index.py")
    RULES[entered.name] = entered
    ALIASES.update(dict.fromkeys(aliases, entered.name))


def legacy(
    name: str, *, traits: Traits = UNKNOWN, form: Form | None = None
) -> Callable[[Function], Function]:
    """Enter a function as the rule of a class that Keras 3 no longer has."""

    def enter_function(function: Function) -> Function:
        calls, options = read_signature(function, form)
        stated = function if form is None else form.bound(function)
        LEGACY[name] = Rule(name, "legacy", stated, calls, options, traits=traits)
        return function

    return enter_function


def find_rule(name: str) -> Rule | None:
    """The rule of a Keras class, by its name or one of its aliases; None if it has none."""
    found = RULES.get(ALIASES.get(name, name))
    if found is None and name in MODULES:
        load(MODULES[name])
        found = RULES.get(ALIASES.get(name, name))
    if found is None and name in LEGACY_CLASSES:
        load("legacy")
        found = LEGACY[name]
    return found


@lru_cache(maxsize=1024)  # a foreign config may name any number of classes
def traits_of(name: str) -> Traits:
    """What a class is, by its name or one of its aliases; nothing is known of one without a rule.

    It imports the rule of the class, which is there already where the class is in a graph.
    """
    found = find_rule(name)
    return UNKNOWN if found is None else found.traits


def per_step_chain(layer: Layer) -> list[Layer]:
    """Return a layer, what it applies to each step, what that applies, …: the last one to none."""
    found = []
    for each in wrapper_chain(layer):
        found.append(each)
        if not traits_of(each.type).applies_per_step:
            break
    return found


def load(module: str) -> None:
    """Import a module of rules, which enter themselves into the rule book."""
    import_module(f"seqinspect.rules.keras.{module}")
