"""A graph → a spec: what a person would have written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref
from seqinspect.readers.elements.context import plain_value
from seqinspect.readers.elements.inputs import DEFAULT_INPUT_NAME
from seqinspect.readers.keras_config.returned import output_count
from seqinspect.rules import find_rule
from seqinspect.rules.objects import Named
from seqinspect.rules.reason_text import translation_text
from seqinspect.writers.naming import WrittenNames
from seqinspect.writers.normalise import normalise
from seqinspect.writers.repeats import Repeat, find_repeats
from seqinspect.writers.yaml_text import COMMENT, Formula, document, flow

if TYPE_CHECKING:
    from collections.abc import Mapping

YamlEntry = dict[str, object]


def yaml_spec(graph: Graph, *, repeat: bool = True) -> str:
    """Return the text of a spec that reads as this graph. Raises SpecError on unsupported layers.

    `repeat`: write blocks that stand there several times once, where all names allow it.
    """
    graph = normalise(graph)
    writer = _Writer(graph, repeat=repeat)
    data: dict[str, object] = {"name": graph.name}
    if graph.dims:
        data["dims"] = {name: _dim(graph, name) for name in graph.dims}
    data.update(writer.body(graph))
    if graph.expect is not None:
        data["expect"] = plain_value(graph.expect.root)
    return document(data)


def _dim(graph: Graph, name: str) -> object:
    definition = graph.definitions.get(name)
    return graph.dims[name].value if definition is None else Formula(definition.python())


class _Writer:
    """One spec that is being written."""

    def __init__(self, graph: Graph, *, repeat: bool) -> None:
        self.dims: Mapping[str, Expr] = graph.dims
        self.repeat = repeat
        self.explicit = WrittenNames(graph)
        self.blocks: dict[int, list[Repeat]] = {}
        for _ in range(4):
            if not self.find_blocks(graph):
                break

    def find_blocks(self, graph: Graph) -> bool:
        """Find the blocks of a model and of those within; tell whether a name is now said."""
        if not self.repeat:
            return False
        blocks = find_repeats(graph.nodes, self.signature)
        written_blocks, changed = [], False
        for block in blocks:
            passes = block.size * block.times
            layers = [node.layer for node in graph.nodes[block.start : block.start + passes]]
            named = [self.has_automatic_names(layers[at :: block.size]) for at in range(block.size)]
            if all(made or label for made, label in zip(named, block.labels, strict=True)):
                labels = zip(named, block.labels, strict=True)
                written_blocks.append(
                    block._replace(labels=tuple(None if m else b for m, b in labels))
                )
                for at in range(block.size):
                    if not named[at]:
                        changed |= self.explicit.add(layers[at :: block.size])
        self.blocks[id(graph)] = written_blocks
        for node in graph.nodes:
            if node.layer.graph is not None and node.reuses is None:
                changed |= self.find_blocks(node.layer.graph)
        return changed

    def has_automatic_names(self, layers: list[Layer]) -> bool:
        """Tell whether the reader gives all of these layers their names by itself."""
        return not any(layer in self.explicit for layer in layers)

    def signature(self, node: Node) -> object:
        """Return what the same calls of all iterations have in common."""
        flags = {name: value for name, value in node.call.items() if isinstance(value, bool | int)}
        shape = [(name, isinstance(value, tuple)) for name, value in node.call.items()]
        return (
            node.layer.type,
            repr(self.arguments(node.layer)),
            node.layer.graph and id(node.layer),
            len(node.sources),
            node.listed,
            repr(flags),
            repr(shape),
        )

    def body(self, graph: Graph) -> dict[str, object]:
        """Return the inputs, layers and outputs of a model."""
        data: dict[str, object] = {}
        inputs = [one for one in graph.inputs if one.shape is not None]
        if len(inputs) == 1 and len(graph.inputs) == 1:
            data["input"] = self.input(inputs[0])
        elif inputs:
            data["inputs"] = {one.name: self.input(one, named=True) for one in inputs}
        previous = Ref(graph.inputs[0].name) if len(graph.inputs) == 1 else None
        layers: list[object] = []
        at = 0
        for block in [*self.blocks.get(id(graph), ()), None]:
            until = block.start if block is not None else len(graph.nodes)
            for node in graph.nodes[at:until]:
                layers.append(self.call(node, previous, {}))
                previous = Ref(node.name)
            if block is not None:
                layers.append(self.block(graph, block, previous))
                at = until + block.size * block.times
                previous = Ref(graph.nodes[at - 1].name)
        data["layers"] = layers
        several = bool(graph.nodes) and output_count(graph.nodes[-1].layer) > 1
        default = (previous,) if previous is not None else ()
        if not graph.sequential and (several or graph.outputs != default):
            names = [_ref(ref, {}) for ref in graph.outputs]
            data["outputs"] = names[0] if len(names) == 1 else names
        return data

    def input(self, model_input: Input, *, named: bool = False) -> object:
        """Return an input: its sizes, and beside them what is not usual."""
        batch, *sizes = model_input.shape or ()
        shape = [self.size(size) for size in sizes]
        further: YamlEntry = {}
        batch_size = self.size(batch)
        if batch_size is not None:
            further["batch"] = batch_size
        if model_input.dtype != "float32":
            further["dtype"] = model_input.dtype
        if model_input.says_time:
            further["time_axis"] = model_input.time_axis
        if not named and model_input.name != DEFAULT_INPUT_NAME:
            further["name"] = model_input.name
        return {"shape": shape, **further} if further else shape

    def block(self, graph: Graph, block: Repeat, previous: Ref | None) -> YamlEntry:
        """Return a block that is repeated."""
        nodes = graph.nodes[block.start : block.start + block.size]
        entry: YamlEntry = {"repeat": block.times}
        label = nodes[0].block
        if label is not None and not label.name.startswith("repeat"):
            entry["name"] = label.name
        if block.source != previous:
            entry["from"] = _ref(block.source, {})
        names = {block.source: DEFAULT_INPUT_NAME}
        names.update(
            (Ref(node.name), name)
            for node, name in zip(nodes, block.labels, strict=True)
            if name is not None
        )
        tensor_before: Ref | None = block.source
        parts: list[object] = []
        for node, name in zip(nodes, block.labels, strict=True):
            parts.append(self.call(node, tensor_before, names, name or ""))
            tensor_before = Ref(node.name)
        entry["layers"] = parts
        return entry

    def call(
        self, node: Node, previous: Ref | None, names: Mapping[Ref, str], label: str = ""
    ) -> object:
        """Return one entry; `names` are those by which a block knows its tensors."""
        entry: YamlEntry = {}
        layer = node.layer
        if layer.translated:
            entry[COMMENT] = _comment(translation_text(layer.translated))
        if node.reuses is not None:
            entry["reuse"] = node.reuses
            if node in self.explicit:
                entry["name"] = node.name
        else:
            entry.update(self.layer(layer, label, inside=False))
        if node.listed or node.sources != (previous,):
            sources = [_ref(ref, names) for ref in node.sources]
            entry["from"] = sources if node.listed or len(sources) > 1 else sources[0]
        if node.call:
            entry["call"] = {
                name: [_ref(ref, names) for ref in value]
                if isinstance(value, tuple)
                else _ref(value, names)
                if isinstance(value, Ref)
                else value
                for name, value in node.call.items()
            }
        return entry

    def layer(self, layer: Layer, label: str = "", *, inside: bool = True) -> YamlEntry:
        """Return a class with its arguments, and its name where the reader would give another."""
        name = label or (layer.name if layer in self.explicit else "")
        if layer.graph is not None:
            named = {"name": name} if name else {}
            return {layer.type: {**named, **self.body(layer.graph)}}
        arguments = self.arguments(layer)
        rule = find_rule(layer.type)
        first = next(iter(rule.options), "") if rule is not None else ""
        if not arguments and not name:
            return {layer.type: None}
        only = arguments.get(first)
        if len(arguments) == 1 and not name and isinstance(only, str | int | float):
            return {layer.type: only}
        value: YamlEntry = {**arguments, "name": name} if name else arguments
        if name and not inside and len(flow(value)) > 90:
            return {layer.type: arguments, "name": name}
        return {layer.type: value}

    def arguments(self, layer: Layer) -> YamlEntry:
        """Return the arguments of a layer as they are written."""
        written: YamlEntry = {}
        for name, value in layer.arguments.items():
            if isinstance(value, Layer) and name == "layer":
                inner = self.layer(value)
                kind, inner_arguments = next(iter(inner.items()))
                if inner_arguments is None:
                    written[name] = kind
                else:
                    written.update(inner)
            else:
                written[name] = self.value(value)
        return written

    def value(self, value: object) -> object:
        """Return the value of an argument as it is written."""
        if isinstance(value, Layer):
            inner = self.layer(value)
            kind, arguments = next(iter(inner.items()))
            return kind if arguments is None else inner
        if isinstance(value, Expr):
            return self.size(value)
        if isinstance(value, Named):
            return {value.type: dict(value.arguments)} if value.arguments else value.type
        if isinstance(value, tuple | list):
            return [self.value(item) for item in value]
        return value

    def size(self, size: Expr) -> object:
        """Return a size: a number, arithmetic over `dims`, or null where it is not known."""
        if size.is_constant:
            return size.value
        is_arithmetic = size.symbols() <= self.dims.keys()
        return Formula(size.python()) if is_arithmetic else size.value


def _ref(ref: Ref, names: Mapping[Ref, str]) -> str:
    """Return the name of a tensor, as it is known where it is read."""
    if ref in names:
        return names[ref]
    name = names.get(Ref(ref.name), ref.name)
    return f"{name}.{ref.output}" if ref.output else name


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
