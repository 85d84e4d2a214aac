"""A model found in code → its entries, by the readers of the dialect and of Keras's configs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model import reasons
from seqinspect.model.graph import Unsupported
from seqinspect.model.naming import next_name
from seqinspect.model.tree import Scalar, Sequence, Tree
from seqinspect.readers.dialect.entries import read_entry
from seqinspect.readers.elements.entry import Body, Entry
from seqinspect.readers.elements.inputs import free_input_name
from seqinspect.readers.keras_config.first_layer import input_of_first_layer
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python.custom import custom_facts
from seqinspect.readers.python.keras_calls import trace_lambda
from seqinspect.readers.python.keras_parts import (
    calls_of,
    consumers,
    explicit_names,
    first_output,
    free_inputs,
)
from seqinspect.readers.python.no_model import object_path
from seqinspect.readers.python.values import (
    Argument,
    At,
    Call,
    InputValue,
    Instance,
    LayerValue,
    ModelValue,
    Operation,
    TensorValue,
)
from seqinspect.records import dataclass, field
from seqinspect.rules import traits_of
from seqinspect.rules.index import model_class
from seqinspect.rules.operations import sums_products

if TYPE_CHECKING:
    from seqinspect.readers.elements.context import ReaderContext
    from seqinspect.readers.python.model_inputs import ModelInputs
    from seqinspect.readers.python.run import Run
    from seqinspect.readers.python.trees import Trees

NESTED_TOO_DEEPLY = 30


@dataclass
class Builder:
    """One model that becomes a graph; `entered` are the layers that have a row or are in one."""

    run: Run
    context: ReaderContext
    trees: Trees
    inputs: ModelInputs
    entered: set[int] = field(default_factory=set)

    def entry(self, layer: LayerValue) -> Entry:
        """Return the entry of a layer."""
        self.run.count_layer()
        traced = layer.traced or trace_lambda(self.run, layer, None)
        if traced is not None and not self.says_more(layer, traced):
            return self.lambda_entry(layer, traced)
        if (shared := self.shared_part(layer)) is not None:
            made = Entry(self.node(layer), layer.type, name=layer.name or None)
            text = f"{shared.variable or shared.type}, whose weights another layer has, too"
            made.unsupported = Unsupported(reasons.NotRead(text))
            return made
        self.trees.unknown = []
        tree = self.trees.layer_tree(layer)
        unknown = tuple(self.trees.unknown)
        node = self.node(layer)
        if layer.problem:
            self.trees.problem(layer.at, layer.type, layer.problem)
        if layer.custom is not None or tree is None or not layer.path:
            made = Entry(node, layer.type, name=layer.name or None)
            ask = custom_facts(self.run, layer) if layer.custom is not None else None
            why = reasons.NotRead(layer.foreign) if layer.foreign else reasons.CustomClass()
            made.unsupported = Unsupported(why, ask=ask)
            return made
        if layer.unread and not self.changes_nothing(layer):
            unknown = (*unknown, layer.unread)
        if unknown:
            made = Entry(node, layer.type, name=layer.name or None)
            made.unsupported = Unsupported(reasons.UnknownArguments(unknown))
            return made
        made = read_entry(self.context, tree) or Entry(node, layer.type)
        if made.unsupported is not None:  # nothing of it would be run: it is the author's own code
            made.unsupported = made.unsupported._replace(unsafe=False)
        for name, argument in layer.arguments.items():
            if isinstance(argument.value, ModelValue | Instance) and name in made.arguments:
                made.arguments[name] = self.inner_entry(argument.value, layer.at)
                made.nested = True
        return made

    @staticmethod
    def node(layer: LayerValue) -> Scalar:
        """Return the place of a layer, under its class."""
        return Scalar(layer.type, layer.type, False, layer.at.line, layer.at.column)

    def shared_part(self, layer: LayerValue) -> LayerValue | None:
        """Return what of a layer, or in it, has a row already: its weights are no further ones."""
        values = (layer, *(argument.value for argument in layer.arguments.values()))
        parts = [value for value in values if isinstance(value, LayerValue)]
        shared = next((part for part in parts if id(part) in self.entered), None)
        self.entered.update(map(id, parts))
        return shared

    @staticmethod
    def changes_nothing(layer: LayerValue) -> bool:
        """Tell whether no argument of a layer changes a shape or a count."""
        traits = traits_of(RENAMED.get(layer.type, layer.type))
        return traits.weightless and traits.keeps_shape

    @staticmethod
    def says_more(layer: LayerValue, traced: ModelValue) -> bool:
        """Tell whether the shape that a Lambda declares is known, and its function not all."""
        declared = layer.arguments.get("output_shape")
        if declared is None or not isinstance(declared.value, list | tuple | int):
            return False
        targets = [call.target for call in calls_of(traced)]
        return any(isinstance(each, Operation) and not each.stated for each in targets)

    def lambda_entry(self, layer: LayerValue, traced: ModelValue) -> Entry:
        """Return the entry of a Lambda whose function is understood: an operation, or several."""
        calls = calls_of(traced)
        only = calls[0].target if len(calls) == 1 else None
        if isinstance(only, Operation) and calls[0].sources == traced.inputs:
            only.layer = layer
            return self.operation_entry(only)
        entry = self.model_entry(traced, layer.at)
        entry.type = layer.type
        return entry

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
        self.inputs.depth += 1
        if self.inputs.depth > NESTED_TOO_DEEPLY:
            self.trees.problem(at, "a model", "models are nested too deeply")
            entry.body = Body(entry.node, kind)
        else:
            entry.body = self.body(model)
        self.inputs.depth -= 1
        return entry

    def operation_entry(self, operation: Operation) -> Entry:
        """Return the entry of an operation on tensors."""
        kind = "".join(word.capitalize() for word in operation.function.split("_"))
        layer, at = operation.layer, operation.at
        shown = layer.type if isinstance(layer, LayerValue) else kind
        entry = Entry(Scalar(shown, shown, False, at.line, at.column), shown)
        entry.name = (layer.name or None) if layer is not None else None
        constants = dict(operation.constants)
        function = operation.function.replace("get_item", "getitem") if operation.stated else ""
        text = "" if operation.stated else f"`{operation.text}`"
        reason = reasons.Operation(kind, text, sums_products(function))
        entry.unsupported = Unsupported(reason, (), True, function, constants)
        return entry

    def body(self, model: ModelValue) -> Body:
        """Return a model as entries."""
        node = Scalar(model.kind, model.kind, False, model.at.line, model.at.column)
        body = Body(node, model.kind, frozen=model.frozen)
        body.name = model.name or None
        for at, what, why in model.problems:
            path = object_path(self.trees.code.file, "" if model.owner else model.variable)
            self.trees.problem(at, what, why, path)
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
        own = free_input_name(each for each in layers if not isinstance(each, InputValue))
        if isinstance(first, InputValue):
            rest = [layer for layer in layers if not isinstance(layer, InputValue)]
            given = self.inputs.read(
                first, own, self.inputs.deciding(rest) or self.inputs.first_reader(rest)
            )
            body.inputs += [given] if given is not None else []
            layers = layers[1:]
        elif not self.inputs.depth and (built := self.inputs.built_input(model, own)) is not None:
            body.inputs.append(built)
        if layers:
            self.trees.ranks[id(layers[0])] = self.inputs.chain_rank(layers)
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
            consumer = self.inputs.deciding(layers)
            if consumer is not None:
                given = self.inputs.read(InputValue({}, model.at), own, consumer)
                body.inputs += [given] if given is not None else []
        if not body.inputs and not self.nested_input(body):
            reader = self.inputs.first_reader(layers)
            body.inputs.append(self.inputs.open_input(own, model.at, "", reader))

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

    def fill_functional(self, model: ModelValue, body: Body) -> None:
        """Enter the calls between inputs and outputs, in the order in which they were made."""
        calls = calls_of(model)
        readers = consumers(calls)
        reserved = explicit_names(calls)
        names: dict[object, str] = {}
        inputs = list(dict.fromkeys(model.inputs))
        given_makers = {id(tensor.maker) for tensor in inputs}
        for tensor in free_inputs(calls, model):
            if id(tensor.maker) not in given_makers:
                inputs.append(tensor)
                given_makers.add(id(tensor.maker))
                self.trees.problem(
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
                shape = self.run.shape_of(tensor)
                known = isinstance(shape, tuple) and bool(shape)
                value = InputValue({"batch_shape": Argument(shape, at, "")} if known else {}, at)
            reserved[name] = None
            names[tensor] = name
            made = self.inputs.read(value, name, consumer)
            if made is not None:
                body.inputs.append(made)
        entries: dict[int, str] = {}
        for call in calls:
            if call.open is not None:
                where, text = call.open
                self.trees.problem(
                    where,
                    "the number of its layers",
                    self.run.open_count(text),
                )
            if call.unread:
                why = f"some of its arguments come from `{call.unread}`"
                self.trees.problem(call.at, "a call", why)
            self.enter_call(body, call, names, entries)
        trees = [self.reference(names.get(tensor), tensor, model.at) for tensor in model.outputs]
        if all(tree is not None for tree in trees) and trees:
            found = tuple(tree for tree in trees if tree is not None)
            body.outputs = (
                found[0] if len(found) == 1 else Sequence(found, model.at.line, model.at.column)
            )

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
            self.reference(names.get(first_output(tensor)), tensor, call.at)
            for tensor in call.sources
        ]
        if any(source is None for source in sources):
            self.trees.problem(call.at, "a call", "a tensor that it reads is not known")
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
            entry.call = self.trees.mapping(further, call.at)
        for index in range(call.outputs):
            names[TensorValue(call, index)] = entry.label
        body.entries.append(entry)

    def further_tree(self, value: object, names: dict[object, str], at: At) -> Tree | None:
        """Return a further argument of a call: tensors by name, or a flag."""
        if isinstance(value, TensorValue):
            return self.reference(names.get(first_output(value)), value, at)
        if isinstance(value, list | tuple):
            items = [self.further_tree(each, names, at) for each in value]
            if any(item is None for item in items) or not items:
                return None
            return Sequence(tuple(item for item in items if item is not None), at.line, at.column)
        if isinstance(value, bool | int | str):
            return self.trees.scalar(value, at)
        return None

    def reference(self, name: str | None, tensor: TensorValue, at: At) -> Scalar | None:
        """Return the name of a tensor: `encoder`, or `encoder.1` for a second output."""
        if name is None:
            return None
        text = f"{name}.{tensor.index}" if tensor.index else name
        return Scalar(text, text, True, at.line, at.column)
