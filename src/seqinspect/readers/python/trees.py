"""Arguments and layers of code → the trees that Keras's configs are read from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.errors import Problem
from seqinspect.model.graph import UnknownValue
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.keras_config.in_code import PLACEHOLDER
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.keras_config.keras2 import find_parameter
from seqinspect.readers.python.run import plain_number
from seqinspect.readers.python.values import (
    Argument,
    At,
    ConfigObject,
    External,
    InputValue,
    Instance,
    LayerValue,
    ModelValue,
    Unknown,
    is_too_large,
    leaves,
)
from seqinspect.records import dataclass, field
from seqinspect.rules import find_rule, traits_of
from seqinspect.rules.arguments import samples_of
from seqinspect.rules.objects import FAMILIES, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.readers.elements.context import ReaderContext
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.run import Run

    Layers = Iterable[LayerValue | ModelValue | InputValue]

SIZE_KINDS = re.compile(r"^(Sizes?|Counts?|Margins|Groups|Shape)\b")
DROPPED = frozenset(
    {"weights", "dynamic", "autocast", "embeddings_initializer", "trainable_weights"}
)
SHAPES = ("shape", "input_shape", "batch_shape", "batch_input_shape")


@dataclass
class Trees:
    """What makes trees of the values of one model.

    `used` are the names of sizes in them, `ranks` what is known of the input of some layers,
    `unknown` the arguments of the layer that
    is read that are not known, and on which its shapes or counts may hang.
    """

    run: Run
    code: Code
    context: ReaderContext
    used: dict[str, None] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def scalar(self, value: object, at: At, text: str = "") -> Scalar:
        """Return a tree of a single value."""
        if isinstance(value, Expr):
            value = self.run.without_aliases(value)
            self.use(value)
            if value.value is not None and value.is_constant:
                value = value.value
        shown = text or (value.text() if isinstance(value, Expr) else str(value))
        quoted = isinstance(value, str)
        return Scalar(value, shown, quoted, at.line, at.column)  # type: ignore[arg-type]  # a formula is a value, too

    def use(self, size: Expr) -> None:
        """Note the names that a formula uses."""
        for name in size.symbols():
            if name in self.used:
                continue
            formula = self.run.formulas.get(name)
            if formula is not None:
                self.use(formula)
            self.used[name] = None

    def mapping(self, entries: dict[str, Tree], at: At) -> Mapping:
        """Return a tree of values by name."""
        pairs = tuple(
            (Scalar(name, name, False, tree.line, tree.column), tree)
            for name, tree in entries.items()
        )
        return Mapping(pairs, dict(entries), at.line, at.column)

    def problem(self, at: At, what: str, why: str, path: str = "") -> None:
        """Report something of the model that is not known; `path` names it as a Python object."""
        place = self.code.place(at.line, at.column)
        self.context.problems.found.append(
            Problem(
                f"{what} {why}" if why.startswith("is ") else f"{what}: {why}",
                place=place,
                line=self.code.line(at.line, at.column),
                expected="code that says it, or a value by --set",
                remedy=f"name the object, where it can be imported: {path}" if path else "",
                about="not read",
            )
        )

    def tree(self, name: str, kind: str, argument: Argument) -> Tree | None:
        """Return an argument as a tree; None where it is left out."""
        value, at = argument.value, argument.at
        if kind and not SIZE_KINDS.match(kind) and name not in SHAPES:
            value = _plain(value)
            argument = Argument(value, at, argument.text)
        if kind == "bool" and isinstance(value, str | int | None):
            value = bool(value)  # as Python takes what is no bool
        if isinstance(value, External) and SIZE_KINDS.match(kind):
            argument = Argument(self.run.as_open(value) or Unknown(value.path), at, argument.text)
            return self.open_tree(name, kind, argument)
        if isinstance(value, Unknown) or _holds_unknown(value):
            return self.open_tree(name, kind, argument)
        if isinstance(value, ConfigObject):
            tree = self.object_tree(value, kind, at)
        else:
            tree = self.plain_tree(value, at)
        return tree if tree is not None else self.open_tree(name, kind, argument)

    def object_tree(self, value: ConfigObject, kind: str, at: At) -> Tree | None:
        """Return an initializer, regularizer or constraint; None where not all of it is known."""
        family = FAMILIES.get(kind.lower(), {})
        name = canonical(kind.lower(), value.path.rpartition(".")[2]) if family else None
        if name is None or len(value.positional) > len(family[name]):
            return None
        arguments = dict(zip(family[name], map(plain_number, value.positional), strict=False))
        arguments |= {key: plain_number(each) for key, each in value.named.items()}
        if not all(isinstance(each, int | float | str | None) for each in arguments.values()):
            return None
        if not arguments.keys() <= set(family[name]):
            return None
        config: dict[str, Tree] = {key: self.scalar(each, at) for key, each in arguments.items()}
        whole: dict[str, Tree] = {"class_name": self.scalar(name, at)}
        whole["config"] = self.mapping(config, at)
        return self.mapping(whole, at)

    def plain_tree(self, value: object, at: At) -> Tree | None:
        """Return a value whose parts are known as a tree."""
        if isinstance(value, bool | int | float | str | Expr) or value is None:
            return self.scalar(value, at)
        if isinstance(value, list | tuple) and not is_too_large(value):
            items = [self.plain_tree(each, at) for each in value]
            if any(item is None for item in items):
                return None
            return Sequence(tuple(item for item in items if item is not None), at.line, at.column)
        if isinstance(value, External):
            word = value.path.rpartition(".")[2]
            return self.scalar(word, at) if re.fullmatch(r"[a-z_0-9]+", word) else None
        return self.layer_tree(value) if isinstance(value, LayerValue) else None

    def inner_tree(self, name: str, kind: str, argument: Argument) -> Tree | None:
        """Return a layer that is an argument; a model or the author's own is entered later."""
        value, at = argument.value, argument.at
        if not kind.startswith("Inner"):
            if isinstance(value, LayerValue) and traits_of(value.type).weightless:
                return self.open_tree(name, kind, argument)
            self.problem(at, f"`{name}`", f"`{argument.text}` may have weights of its own")
            return None
        if isinstance(value, LayerValue):
            return self.layer_tree(value)
        inner: dict[str, Tree] = {
            "class_name": self.scalar(PLACEHOLDER, at),
            "config": self.mapping({}, at),
        }
        return self.mapping(inner, at)

    def open_tree(self, name: str, kind: str, argument: Argument) -> Tree | None:
        """Return an argument that is not known, or in parts: a size gets its name."""
        value, at = argument.value, argument.at
        if (
            SIZE_KINDS.match(kind)
            or name in SHAPES
            or name in ("input_dim", "input_length", "batch_size")
        ):
            parts = value if isinstance(value, list | tuple) else [value]
            sizes = [None if each is None else self.run.size(each) for each in parts]
            if all(s is not None or each is None for s, each in zip(sizes, parts, strict=True)):
                items = tuple(self.scalar(size, at) for size in sizes)
                whole = isinstance(value, list | tuple)
                return Sequence(items, at.line, at.column) if whole else items[0]
        if kind == "bool" and not isinstance(value, list | tuple | dict):
            answer = self.run.decide(argument.text)
            return self.scalar(answer, at)
        if samples_of(kind):
            self.run.open_values[argument.text] = None
            return Scalar(UnknownValue(_origin(argument)), argument.text, False, at.line, at.column)  # type: ignore[arg-type]  # no value of YAML
        if kind:
            self.unknown.append(f"{name}={argument.text or _origin(argument).strip('`')}")
            return None
        return self.scalar(argument.text, at)  # what no parameter has a name for, is refused by it

    def layer_tree(self, layer: LayerValue) -> Mapping | None:
        """Return a layer as Keras's configs have it: {class_name, config}."""
        at = layer.at
        kind = layer.type
        rule = find_rule(RENAMED.get(kind, kind)) if layer.path or layer.custom is None else None
        entries: dict[str, Tree] = {}
        for name, argument in layer.arguments.items():
            if name in DROPPED or (name == "name" and not isinstance(argument.value, str)):
                continue
            parameter = find_parameter(rule, kind, name) if rule is not None else None
            parameter_kind = parameter.kind if parameter is not None else ""
            if name in SHAPES:
                tree = self.shape_tree(layer, name, argument)
            elif isinstance(argument.value, LayerValue | ModelValue | Instance):
                tree = self.inner_tree(name, parameter_kind, argument)
            else:
                tree = self.tree(name, parameter_kind, argument)
            if tree is not None:
                entries[name] = tree
        if rule is not None and layer.unread:
            for option in rule.options.values():
                if option.required and samples_of(option.kind):
                    unknown: object = UnknownValue(layer.unread)
                    entries.setdefault(option.name, self.scalar(unknown, at, layer.unread))
        module = self.scalar("keras.layers", at)
        return self.mapping(
            {
                "module": module,
                "class_name": self.scalar(kind, at),
                "config": self.mapping(entries, at),
            },
            at,
        )

    def shape_tree(self, layer: object, name: str, argument: Argument) -> Tree | None:
        """Return the shape of an input; of one that is not known, the layer says the rank."""
        value, at = argument.value, argument.at
        if isinstance(value, Unknown):
            rank = self.ranks.get(id(layer), 0) or self.rank_of(layer)
            if not rank:
                return None
            return self.named_shape(value.text, rank, at, batch="batch" in name)
        if isinstance(value, int | Expr) and not isinstance(value, bool):
            value = (value,)
        if isinstance(value, list | tuple):
            items: list[Tree] = []
            for each in value:
                if each is None:
                    items.append(self.scalar(None, at, "null"))
                    continue
                size = self.run.size(each)
                if size is None:
                    self.problem(at, f"`{name}`", f"`{argument.text}` is not known")
                    return None
                items.append(self.scalar(size, at))
            return Sequence(tuple(items), at.line, at.column)
        self.problem(at, f"`{name}`", f"`{argument.text}` is not known")
        return None

    def named_shape(self, text: str, rank: int, at: At, *, batch: bool = False) -> Sequence:
        """Return a shape of so many sizes, each with a name made of a text of the source."""
        match = re.fullmatch(r"(.+\.shape)\[1:\]", text)
        base, first = (match[1], 1) if match else (text, 1 if batch else 0)
        texts = [f"{base}[{axis + first}]" for axis in range(rank)]
        if match:
            self.run.aliases[f"{base}[-1]"] = self.run.symbol(f"{base}[{rank}]")
        else:
            self.run.aliases[f"{base}[-1]"] = self.run.symbol(texts[-1])
        items: list[Tree] = [self.scalar(None, at, "null")] if batch else []
        items += [self.scalar(self.run.symbol(each), at) for each in texts]
        return Sequence(tuple(items), at.line, at.column)

    def rank_of(self, layer: object) -> int:
        """Return how many sizes a sample has that a layer reads; 0 where it does not say."""
        if isinstance(layer, ModelValue):
            maker = layer.inputs[0].maker if layer.inputs else None
            if isinstance(maker, InputValue):
                shape = maker.shape()
                return len(shape) - 1 if isinstance(shape, tuple) else 0
            first = next((each for each in layer.layers if not isinstance(each, InputValue)), None)
            return self.rank_of(first) if first is not None else 0
        if not isinstance(layer, LayerValue):
            return 0
        inner = layer.arguments.get("layer")
        traits = traits_of(RENAMED.get(layer.type, layer.type))
        if inner is not None and traits.applies_per_step:
            below = self.rank_of(inner.value)
            return below + 1 if below else 2
        if inner is not None and isinstance(inner.value, LayerValue):
            return self.rank_of(inner.value)
        if traits.looks_up:
            return 1
        if traits.recurrent and not traits.axes:
            return 2
        if traits.attention:
            return 2
        return max(0, traits.axes - 1)


def _origin(argument: Argument) -> str:
    """Return where a value comes from, as the source has it."""
    value = argument.value
    source = value.source if isinstance(value, Unknown) else ""
    text = argument.text or (value.text if isinstance(value, Unknown) else "")
    return f"`{text}` (`{source}`)" if source and source != text else f"`{text}`"


def _plain(value: object) -> object:
    """Return a value whose sizes are numbers, or not known: it is none that has a name."""
    if isinstance(value, list | tuple) and not is_too_large(value):
        return type(value)(map(_plain, value))
    if isinstance(value, Expr):
        return value.value if value.value is not None else Unknown(value.text())
    return value


def _holds_unknown(value: object) -> bool:
    return isinstance(value, list | tuple) and any(
        isinstance(each, Unknown) for each in leaves(value)
    )
