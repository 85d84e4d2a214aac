"""Arguments and layers of code → the trees that Keras's configs are read from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.errors import Problem
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.keras_config.in_code import PLACEHOLDER
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python.values import (
    Argument,
    Array,
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
from seqinspect.rules import find_rule, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.readers.elements.context import ReaderContext
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.run import Run

    Layers = Iterable[LayerValue | ModelValue | InputValue]

SIZE_KINDS = re.compile(r"^(Sizes?|Counts?|Margins|Groups|Shape)\b")
HARMLESS = re.compile(
    r"^(Rate|Activation|Initializer|Regularizer|Constraint|Number|float|str|DType|int)\b"
)
"""Kinds of arguments that change no shape and no count."""

ANY_RATE = 0.5
"""What stands for a rate that is not known: it changes no shape and no count."""

DROPPED = frozenset(
    {"weights", "dynamic", "autocast", "embeddings_initializer", "trainable_weights"}
)
SHAPES = ("shape", "input_shape", "batch_shape", "batch_input_shape")
NAMES = {1: ("features",), 2: ("steps", "features"), 3: ("height", "width", "channels"),
         4: ("steps", "height", "width", "channels")}  # fmt: skip
"""Names of the sizes of an input that the code does not say, by their number."""


@dataclass
class Trees:
    """What makes trees of the values of one model.

    `used` are the names of sizes in them, `ranks` what is known of the input of some layers.
    """

    run: Run
    code: Code
    context: ReaderContext
    used: dict[str, None] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)

    def scalar(self, value: object, at: At, text: str = "") -> Scalar:
        """Return a tree of a single value."""
        if isinstance(value, Expr):
            value = value.substitute(self.run.aliases)
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

    def problem(self, at: At, what: str, why: str) -> None:
        """Report something of the model that is not known."""
        place = self.code.place(at.line, at.column)
        self.context.problems.found.append(
            Problem(
                f"{what} {why}" if why.startswith("is ") else f"{what}: {why}",
                place=place,
                line=self.code.line(at.line, at.column),
                expected="code that says it, or a value by --set",
                about="not read",
            )
        )

    def tree(self, name: str, kind: str, argument: Argument) -> Tree | None:
        """Return an argument as a tree; None where it is left out."""
        value, at = argument.value, argument.at
        if isinstance(value, Unknown) or _holds_unknown(value):
            return self.open_tree(name, kind, argument)
        return self.plain_tree(value, at)

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
        if isinstance(value, LayerValue):
            return self.layer_tree(value)
        if isinstance(value, slice):
            return None
        return None

    def open_tree(self, name: str, kind: str, argument: Argument) -> Tree | None:
        """Return an argument that is not known, or in parts: a size gets its name."""
        value, at = argument.value, argument.at
        if (
            SIZE_KINDS.match(kind)
            or name in SHAPES
            or name in ("input_dim", "input_length", "batch_size")
        ):
            if isinstance(value, list | tuple):
                items: list[Tree] = []
                for each in value:
                    if each is None or isinstance(each, int | Expr | Unknown):
                        size = None if each is None else self.run.size(each)
                        items.append(self.scalar(size, at))
                    else:
                        return None
                return Sequence(tuple(items), at.line, at.column)
            size = self.run.size(value)
            return self.scalar(size, at) if size is not None else None
        if HARMLESS.match(kind) or isinstance(value, list | tuple | dict):
            self.run.note(at, f"{name}={argument.text}", "its value is not known")
            return self.scalar(ANY_RATE, at) if kind == "Rate" else None
        if name in ("return_sequences", "return_state", "go_backwards", "padding", "data_format",
                    "merge_mode", "use_bias", "include_top"):  # fmt: skip
            self.problem(at, f"`{name}`", f"it comes from `{argument.text}`, which is not known")
            return None
        self.run.note(at, f"{name}={argument.text}", "its value is not known")
        return None

    def layer_tree(self, layer: LayerValue) -> Mapping | None:
        """Return a layer as Keras's configs have it: {class_name, config}."""
        at = layer.at
        kind = layer.type
        rule = find_rule(RENAMED.get(kind, kind)) if layer.path or layer.custom is None else None
        entries: dict[str, Tree] = {}
        for name, argument in layer.arguments.items():
            if name in DROPPED or (name == "name" and not isinstance(argument.value, str)):
                continue
            option = rule.options.get(name) if rule is not None else None
            parameter = option or (rule.common.get(name) if rule is not None else None)
            value = argument.value
            if isinstance(value, ModelValue | Instance) or (
                isinstance(value, LayerValue)
                and not (parameter and parameter.kind.startswith("Inner"))
            ):
                if parameter is not None and parameter.kind.startswith("Inner"):
                    entries[name] = self.mapping({"class_name": self.scalar(PLACEHOLDER, at),
                                                  "config": self.mapping({}, at)}, at)  # fmt: skip
                continue
            if isinstance(value, ConfigObject | Array):
                continue
            if name in SHAPES:
                tree = self.shape_tree(layer, name, argument)
            else:
                tree = self.tree(name, parameter.kind if parameter is not None else "", argument)
            if tree is not None:
                entries[name] = tree
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
                self.problem(
                    at, f"`{name}`", f"`{argument.text or value.text}` is not known, nor its length"
                )
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
        if base == "input":
            texts = list(NAMES.get(rank, tuple(f"size_{axis}" for axis in range(1, rank + 1))))
        else:
            texts = [f"{base}[{axis + first}]" for axis in range(rank)]
        if match:
            self.run.aliases[f"{base}[-1]"] = self.run.symbol(f"{base}[{rank}]")
        elif base != "input":
            self.run.aliases[f"{base}[-1]"] = self.run.symbol(texts[-1])
        items: list[Tree] = [self.scalar(None, at, "null")] if batch else []
        items += [self.scalar(self.run.symbol(each), at) for each in texts]
        return Sequence(tuple(items), at.line, at.column)

    def rank_of(self, layer: object) -> int:
        """Return how many sizes a sample has that a layer reads; 0 where it does not say."""
        if isinstance(layer, ModelValue):
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


def _holds_unknown(value: object) -> bool:
    return isinstance(value, list | tuple) and any(
        isinstance(each, Unknown) for each in leaves(value)
    )
