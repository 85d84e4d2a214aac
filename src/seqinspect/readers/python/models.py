"""A model found in code → its Graph, by the readers of the dialect and of Keras's configs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, FormulaTooLarge
from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model import reasons
from seqinspect.model.graph import Input, Unsupported
from seqinspect.model.naming import next_name
from seqinspect.model.tree import Document, Mapping, Scalar, Sequence, Tree
from seqinspect.readers.dialect.entries import count_calls, read_entry
from seqinspect.readers.dialect.wiring import wire
from seqinspect.readers.elements.context import ReaderContext
from seqinspect.readers.elements.entry import Body, Entry
from seqinspect.readers.elements.inputs import read_input
from seqinspect.readers.keras_config.first_layer import input_of_first_layer
from seqinspect.readers.keras_config.in_code import PLACEHOLDER
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python import keras_names
from seqinspect.readers.python.custom import custom_facts
from seqinspect.readers.python.keras_objects import calls_of, tensors_in
from seqinspect.readers.python.run import StepsExceeded, refuse_at
from seqinspect.readers.python.values import (
    Argument,
    Array,
    At,
    Call,
    ConfigObject,
    External,
    InputValue,
    Instance,
    LayerValue,
    ModelValue,
    Operation,
    TensorValue,
    Unknown,
    is_too_large,
    leaves,
)
from seqinspect.rules import find_rule, traits_of
from seqinspect.rules.index import model_class

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.model.graph import Graph
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.run import Run
    from seqinspect.readers.source.limits import Limits

    Layers = Iterable[LayerValue | ModelValue | InputValue]

SIZE_KINDS = re.compile(r"^(Sizes?|Counts?|Margins|Groups|Shape)\b")
HARMLESS = re.compile(
    r"^(Rate|Activation|Initializer|Regularizer|Constraint|Number|float|str|DType|int)\b"
)
"""Kinds of arguments that change no shape and no count."""

DROPPED = frozenset(
    {"weights", "dynamic", "autocast", "embeddings_initializer", "trainable_weights"}
)
SHAPES = ("shape", "input_shape", "batch_shape", "batch_input_shape")
NAMES = {1: ("features",), 2: ("steps", "features"), 3: ("height", "width", "channels"),
         4: ("steps", "height", "width", "channels")}  # fmt: skip
"""Names of the sizes of an input that the code does not say, by their number."""

NESTED_TOO_DEEPLY = 30


class CodeDocument(Document):
    """The source behind the trees that are made of code: it knows cells of notebooks."""

    __slots__ = ("code",)

    def __init__(self, root: Tree, code: Code) -> None:
        from seqinspect.model.tree import Source  # noqa: PLC0415

        super().__init__(root, Source("\n".join(code.lines), code.file))
        self.code = code

    def place(self, node: Tree) -> Place:
        """Say where a value stands."""
        return self.code.place(node.line, node.column)


@dataclass
class Builder:
    """One model that becomes a graph."""

    run: Run
    code: Code
    context: ReaderContext
    used: dict[str, None] = field(default_factory=dict)
    depth: int = 0
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

    # arguments

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
            return None
        if name in ("return_sequences", "return_state", "go_backwards", "padding", "data_format",
                    "merge_mode", "use_bias", "include_top"):  # fmt: skip
            self.problem(at, f"`{name}`", f"it comes from `{argument.text}`, which is not known")
            return None
        self.run.note(at, f"{name}={argument.text}", "its value is not known")
        return None

    # layers

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

    def entry(self, layer: LayerValue) -> Entry:
        """Return the entry of a layer."""
        tree = self.layer_tree(layer)
        node = Scalar(layer.type, layer.type, False, layer.at.line, layer.at.column)
        if layer.problem:
            self.problem(layer.at, layer.type, layer.problem)
        if (
            layer.custom is not None
            or tree is None
            or (not layer.path and not keras_names.is_layer_name(layer.type))
        ):
            made = Entry(node, layer.type, name=layer.name or None)
            ask = custom_facts(self.run, layer) if layer.custom is not None else None
            made.unsupported = Unsupported(reasons.CustomClass(), ask=ask)
            return made
        made = read_entry(self.context, tree) or Entry(node, layer.type)
        for name, argument in layer.arguments.items():
            if isinstance(argument.value, ModelValue | Instance) and name in made.arguments:
                made.arguments[name] = self.inner_entry(argument.value, layer.at)
                made.nested = True
        return made

    def inner_entry(self, value: ModelValue | Instance, at: At) -> Entry:
        """Return the entry of a model or custom layer that is the argument of a layer."""
        if isinstance(value, Instance):
            value = value.model or value.traced or value
        if isinstance(value, ModelValue):
            return self.model_entry(value, at)
        made = Entry(
            Scalar(value.cls.name, value.cls.name, False, at.line, at.column), value.cls.name
        )
        made.unsupported = Unsupported(reasons.CustomClass())
        return made

    def model_entry(self, model: ModelValue, at: At) -> Entry:
        """Return the entry of a model within a model."""
        kind = model_class(model.kind)
        if model.subclass is not None:
            kind = model.subclass.cls.name
        entry = Entry(Scalar(kind, kind, False, at.line, at.column), kind, name=model.name or None)
        self.depth += 1
        if self.depth > NESTED_TOO_DEEPLY:
            self.problem(at, "a model", "models are nested too deeply")
            entry.body = Body(entry.node, kind)
        else:
            entry.body = self.body(model)
        self.depth -= 1
        return entry

    def operation_entry(self, operation: Operation) -> Entry:
        """Return the entry of an operation on tensors."""
        kind = "".join(word.capitalize() for word in operation.function.split("_"))
        entry = Entry(Scalar(kind, kind, False, operation.at.line, operation.at.column), kind)
        constants = dict(operation.constants)
        entry.unsupported = Unsupported(
            reasons.Operation(kind),
            (),
            True,
            operation.function.replace("get_item", "getitem"),
            constants,
        )
        return entry

    # models

    def body(self, model: ModelValue) -> Body:
        """Return a model as entries."""
        node = Scalar(model.kind, model.kind, False, model.at.line, model.at.column)
        body = Body(node, model.kind, frozen=model.frozen)
        body.name = model.name or None
        for at, what, why in model.problems:
            self.problem(at, what, why)
        if model.is_sequential:
            self.fill_sequential(model, body)
        else:
            self.fill_functional(model, body)
        return body

    def fill_sequential(self, model: ModelValue, body: Body) -> None:
        """Enter the layers one after another."""
        first_names: dict[int, str] = {}
        layers = list(model.layers)
        first = layers[0] if layers else None
        if isinstance(first, InputValue):
            rest = [layer for layer in layers if not isinstance(layer, InputValue)]
            given = self.input(first, "input", self.deciding(rest))
            body.inputs += [given] if given is not None else []
            layers = layers[1:]
        if layers:
            self.ranks[id(layers[0])] = self.chain_rank(layers)
        for layer in layers:
            if isinstance(layer, InputValue):
                continue
            known = first_names.get(id(layer))
            if known is not None:
                again = Scalar(known, known, True, layer.at.line, layer.at.column)
                body.entries.append(Entry(again, "", reuse=again))
                continue
            entry = (
                self.entry(layer)
                if isinstance(layer, LayerValue)
                else self.model_entry(layer, layer.at)
            )
            entry.label = f"#{len(body.entries)}"
            first_names[id(layer)] = entry.label
            body.entries.append(entry)
        if not body.inputs:
            input_of_first_layer(self.context, body)
        if (
            not body.inputs
            and body.entries
            and not self.context.problem_count
            and not self.nested_input(body)
        ):
            consumer = self.deciding(layers)
            if consumer is not None:
                value = InputValue({"shape": Argument(Unknown("input"), model.at, "")}, model.at)
                given = self.input(value, "input", consumer)
                body.inputs += [given] if given is not None else []
        if not body.inputs and not self.nested_input(body):
            body.inputs.append(
                Input("input", None, place=self.code.place(model.at.line, model.at.column))
            )

    def deciding(self, layers: Layers) -> object:
        """Return the first layer that says the rank of what all before it keep as it is."""
        for layer in layers:
            if self.rank_of(layer):
                return layer
            if not isinstance(layer, LayerValue):
                return None
            traits = traits_of(RENAMED.get(layer.type, layer.type))
            if not (traits.keeps_shape or traits.dense):
                return None
        return None

    def chain_rank(self, layers: Layers) -> int:
        """Return how many sizes a sample has that a chain of layers reads; 0 if it does not say."""
        found = self.deciding(layers)
        return self.rank_of(found) if found is not None else 0

    @staticmethod
    def nested_input(body: Body) -> bool:
        """Tell whether a Sequential begins with a model that says its input."""
        first = body.entries[0] if body.entries else None
        return (
            first is not None
            and first.body is not None
            and bool(first.body.inputs)
            and (first.body.inputs[0].shape is not None)
        )

    def input(self, value: InputValue, name: str, consumer: object) -> Input | None:
        """Return a model input."""
        entries: dict[str, Tree] = {}
        for key, argument in value.arguments.items():
            if key in SHAPES:
                if argument.value is None:
                    continue
                shape = argument.value
                if isinstance(shape, Unknown) and not self.rank_of(consumer):
                    self.problem(
                        argument.at, "the input", f"`{shape.text}` says its shape, and is not known"
                    )
                    return None
                tree = self.shape_tree(consumer, key, argument)
            elif key in ("batch_size", "dtype", "input_dim", "input_length"):
                tree = self.tree(key, "Size" if key != "dtype" else "DType", argument)
            else:
                continue
            if tree is not None:
                entries[key] = tree
        if isinstance(consumer, LayerValue) and traits_of(consumer.type).looks_up:
            entries.setdefault("dtype", self.scalar("int32", value.at))
        if not any(key in SHAPES for key in entries):
            if "input_dim" in entries:
                size = entries.pop("input_dim")
                length = entries.pop("input_length", None)
                items = (length, size) if length is not None else (size,)
                entries["shape"] = Sequence(tuple(items), value.at.line, value.at.column)
            else:
                place = self.code.place(value.at.line, value.at.column)
                rank = self.rank_of(consumer)
                if not rank:
                    return Input(name, None, place=place)
                entries["shape"] = self.named_shape("input", rank, value.at)
        return read_input(self.context, self.mapping(entries, value.at), name)

    def fill_functional(self, model: ModelValue, body: Body) -> None:
        """Enter the calls between inputs and outputs, in the order in which they were made."""
        calls = calls_of(model)
        readers = _consumers(calls)
        reserved = _explicit_names(model, calls)
        names: dict[object, str] = {}
        inputs = list(dict.fromkeys(model.inputs))
        given_makers = {id(tensor.maker) for tensor in inputs}
        for tensor in self.free_inputs(calls, model):
            if id(tensor.maker) not in given_makers:
                inputs.append(tensor)
                given_makers.add(id(tensor.maker))
                self.problem(
                    model.at, "an input", "an output depends on it, and the model does not name it"
                )
        for tensor in inputs:
            value = tensor.maker
            if isinstance(value, InputValue):
                explicit = value.arguments.get("name")
                name = explicit.value if explicit is not None else value.name
                name = str(name) if isinstance(name, str) and name else "input"
                name = name if name not in reserved else next_name(name, reserved, 1)
                at, consumer = value.at, readers.get(tensor)
            else:  # a model that starts from the tensor of another one
                name, at, consumer = next_name("input", reserved, 1), model.at, readers.get(tensor)
                value = InputValue({"shape": Argument(self.known_shape(tensor), at, "")}, at)
            reserved[name] = None
            names[tensor] = name
            made = self.input(value, name, consumer)
            if made is not None:
                body.inputs.append(made)
        entries: dict[int, str] = {}
        for call in calls:
            if call.open is not None:
                where, text = call.open
                self.problem(where, "the number of its layers", f"is not fixed ({text})")
            self.enter_call(body, call, names, entries)
        trees = [self.reference(names.get(tensor), tensor, model.at) for tensor in model.outputs]
        if all(tree is not None for tree in trees) and trees:
            found = tuple(tree for tree in trees if tree is not None)
            body.outputs = (
                found[0] if len(found) == 1 else Sequence(found, model.at.line, model.at.column)
            )

    def known_shape(self, tensor: TensorValue) -> object:
        """Return the shape of a tensor without the batch, where it is known."""
        shape = self.run.shape_of(tensor)
        return tuple(shape[1:]) if isinstance(shape, tuple) and shape else Unknown("input")

    @staticmethod
    def free_inputs(calls: list[Call], model: ModelValue) -> list[TensorValue]:
        """Return the inputs that calls read and the model does not name."""
        found = []
        for call in calls:
            for tensor in _tensors_of(call):
                if isinstance(tensor.maker, InputValue) and tensor not in model.inputs:
                    found.append(tensor)
        return found

    def enter_call(
        self,
        body: Body,
        call: Call,
        names: dict[object, str],
        entries: dict[int, str],
    ) -> None:
        """Enter one call of a functional model."""
        target = call.target
        known = entries.get(id(target))
        if known is not None:
            again = Scalar(known, known, True, call.at.line, call.at.column)
            entry = Entry(again, "", reuse=again)
        elif isinstance(target, Operation):
            entry = self.operation_entry(target)
        elif isinstance(target, ModelValue):
            entry = self.model_entry(target, call.at)
        else:
            entry = self.entry(target)
        entry.label = f"#{len(body.entries)}"
        if known is None and not isinstance(target, Operation):
            entries[id(target)] = entry.label
        sources = [
            self.reference(names.get(_first(tensor)), tensor, call.at) for tensor in call.sources
        ]
        if any(source is None for source in sources):
            self.problem(call.at, "a call", "a tensor that it reads is not known")
            return
        found = tuple(source for source in sources if source is not None)
        entry.sources = (
            found[0]
            if len(found) == 1 and not call.listed
            else Sequence(found, call.at.line, call.at.column)
        )
        further = {name: tree for name, value in call.further.items()
                   if (tree := self.further_tree(value, names, call.at)) is not None}  # fmt: skip
        if further:
            entry.call = self.mapping(further, call.at)
        for index in range(call.outputs):
            names[TensorValue(call, index)] = entry.label
        body.entries.append(entry)

    def further_tree(self, value: object, names: dict[object, str], at: At) -> Tree | None:
        """Return a further argument of a call: tensors by name, or a flag."""
        if isinstance(value, TensorValue):
            return self.reference(names.get(_first(value)), value, at)
        if isinstance(value, list | tuple):
            items = [self.further_tree(each, names, at) for each in value]
            if any(item is None for item in items) or not items:
                return None
            return Sequence(tuple(item for item in items if item is not None), at.line, at.column)
        if isinstance(value, bool | int | str):
            return self.scalar(value, at)
        return None

    def reference(self, name: str | None, tensor: TensorValue, at: At) -> Scalar | None:
        """Return the name of a tensor: `encoder`, or `encoder.1` for a second output."""
        if name is None:
            return None
        text = f"{name}.{tensor.index}" if tensor.index else name
        return Scalar(text, text, True, at.line, at.column)


def _first(tensor: TensorValue) -> TensorValue:
    return TensorValue(tensor.maker, 0) if isinstance(tensor.maker, Call) else tensor


def _tensors_of(call: Call) -> list[TensorValue]:
    found = list(call.sources)
    for value in call.further.values():
        found += [each for each in tensors_in(value) if isinstance(each, TensorValue)]
    return found


def _consumers(calls: list[Call]) -> dict[TensorValue, object]:
    """Return for each tensor the first layer that says what rank it has, also through others."""
    found: dict[TensorValue, object] = {}
    for call in reversed(calls):
        target = call.target
        says: object = target
        if isinstance(target, LayerValue):
            traits = traits_of(RENAMED.get(target.type, target.type))
            if traits.keeps_shape or not traits.axes:
                inner = found.get(TensorValue(call))
                if inner is not None and not (
                    traits.attention or traits.step_by_step or traits.looks_up
                ):
                    says = inner
        elif isinstance(target, Operation):
            says = found.get(TensorValue(call), target)
        for tensor in _tensors_of(call):
            found[tensor] = says
    return found


def _explicit_names(model: ModelValue, calls: list[Call]) -> dict[str, None]:
    found: dict[str, None] = {}
    for call in calls:
        name = getattr(call.target, "name", "")
        if name:
            found[name] = None
    del model
    return found


def _holds_unknown(value: object) -> bool:
    return isinstance(value, list | tuple) and any(
        isinstance(each, Unknown) for each in leaves(value)
    )


def graph_of(run: Run, code: Code, model: ModelValue, limits: Limits) -> Graph:
    """Return the graph of a model. Raises SpecError with what is not known or not right."""
    node = Scalar(model.kind, model.kind, False, model.at.line, model.at.column)
    context = ReaderContext(CodeDocument(node, code), limits)
    context.keras = "2" if run.legacy else "3"
    builder = Builder(run, code, context)
    try:
        body = builder.body(model)
        if not body.entries and not context.problem_count:
            builder.problem(model.at, "the model", "it has no layers")
        if context.problem_count:
            raise SpecError(*context.problems.found)
        for name in run.sizes:
            if name in builder.used:
                context.sizes[name] = run.sizes[name]
        count_calls(context, body.entries)
        graph = wire(context, body, {})
        if context.problem_count:
            raise SpecError(*context.problems.found)
        definitions = {name: run.formulas[name] for name in builder.used if name in run.formulas}
        graph = replace(graph, definitions=definitions)
    except SpecError as error:
        raise SpecError(*(_placed(code, problem) for problem in error.problems)) from None
    except (FormulaTooLarge, RecursionError, StepsExceeded) as error:
        why = str(error) or "it takes too many steps to follow"
        raise refuse_at(
            code, model.at, "the model is too large to be read", received=why, about="limit"
        ) from None
    return graph


def _placed(code: Code, problem: Problem) -> Problem:
    """Return a problem at its place in the source: in a notebook, in a cell."""
    place = problem.place
    if place is None or place.file != code.file:
        return problem
    return replace(problem, place=code.place(place.line, place.column))
