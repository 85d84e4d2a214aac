"""A graph → Python source that builds the same model: Sequential where it can be."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, symbol
from seqinspect.analysis.call_arguments import call_arguments
from seqinspect.model.graph import Graph, Input, Layer, Node, Ref
from seqinspect.rules import find_rule
from seqinspect.rules.objects import Named
from seqinspect.rules.reason_text import translation_text
from seqinspect.writers.keras_json import family
from seqinspect.writers.normalise import normalise
from seqinspect.writers.python_format import (
    Bracketed,
    Code,
    call,
    lay_out,
    list_of,
    string_literal,
    tuple_of,
)
from seqinspect.writers.tensors import tensors_of, tensors_read_by, with_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.report import TensorReport
    from seqinspect.writers.tensors import Tensors

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "keras", "layers"})
"""Names that a variable of the source cannot have."""


def python_source(graph: Graph) -> str:
    """Return Python source that builds a model named `model`.

    Where a layer needs a size that is not known, it is a parameter of a function `build_model`.
    Raises SpecError on unsupported layers.
    """
    graph = normalise(graph)
    writer = _Writer(graph, frozenset())
    source = writer.source()
    return _Writer(graph, frozenset(writer.missing)).source() if writer.missing else source


class _Writer:
    """One source that is being written.

    `parameters` are sizes that are not known and stand by their names; `missing` are those that
    were written as None where Keras takes none.
    """

    def __init__(self, graph: Graph, parameters: frozenset[str]) -> None:
        self.graph = graph
        self.parameters = parameters
        self.missing: set[str] = set()
        self.lines: list[str] = []
        self.taken = {*RESERVED, "model", "build_model"}
        self.dims = {name: self.variable(name) for name in graph.dims}
        self.sizes = {
            name: symbol(self.dims[name], size.value) for name, size in graph.dims.items()
        }

    def source(self) -> str:
        """Return the whole source."""
        graph = self.graph
        for name, size in graph.dims.items():
            if name in self.parameters:
                continue
            definition = graph.definitions.get(name)
            value = str(size.value) if definition is None else self.size(definition, needed=False)
            self.lines += lay_out(f"{self.dims[name]} = ", value)
        if self.lines:
            self.lines.append("")
        self.model(graph, graph.name, "model")
        if self.parameters:
            names = ", ".join(self.dims[name] for name in graph.dims if name in self.parameters)
            inner = [f"    {line}" if line else "" for line in self.lines]
            self.lines = ["", f"def build_model({names}):", *inner, "    return model"]
        uses = any("layers." in line for line in self.lines)
        imports = ["import keras", *(["from keras import layers"] if uses else [])]
        return "".join(f"{line}\n" for line in [*imports, "", *self.lines])

    def variable(self, name: str) -> str:
        """Return a name for a variable that no other has."""
        base = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if not base or base[0].isdigit() or base.startswith("__"):
            base = f"layer_{base}"
        variable, number = base, 1
        while variable in self.taken:
            number += 1
            variable = f"{base}_{number}" if number > 2 else f"{base}_"
        self.taken.add(variable)
        return variable

    def model(
        self,
        graph: Graph,
        name: str,
        target: str,
        input_tensors: Sequence[TensorReport] | None = None,
    ) -> None:
        """Write the statements that build a model."""
        self.remark(graph)
        if graph.sequential:
            parts: list[Code] = [self.input(one) for one in graph.inputs if one.shape is not None]
            parts += [self.layer(node.layer) for node in graph.nodes]
            sequential = call("keras.Sequential", list_of(*parts), name=string_literal(name))
            self.lines += lay_out(f"{target} = ", sequential)
            return
        graph = with_inputs(graph, input_tensors)
        tensors = tensors_of(graph)
        names = {one.name: self.variable(one.name) for one in graph.inputs}
        for one in graph.inputs:
            self.lines += lay_out(f"{names[one.name]} = ", self.input(one))
        again = {node.reuses for node in graph.nodes if node.reuses is not None}
        made_layers: dict[str, str] = {}

        def tensor(ref: Ref) -> Code:
            several = len(tensors[ref.name]) > 1
            return f"{names[ref.name]}[{ref.output}]" if several else names[ref.name]

        for node in graph.nodes:
            layer = self.callee(node, again, made_layers, tensors)
            first, others = call_arguments(node, tensor)
            names[node.name] = self.variable(node.name)
            arguments = call("", _code(first), **{k: _code(v) for k, v in others.items()})
            if isinstance(layer, str):
                sequential = Bracketed(f"{layer}(", arguments.parts, ")")
            else:
                sequential = Bracketed(layer.start, layer.parts, layer.end, arguments)
            self.lines += lay_out(f"{names[node.name]} = ", sequential)
        inputs = [names[one.name] for one in graph.inputs]
        outputs = [tensor(ref) for ref in graph.outputs]
        result = call(
            "keras.Model",
            inputs[0] if len(inputs) == 1 else list_of(*inputs),
            outputs[0] if len(outputs) == 1 else list_of(*outputs),
            name=string_literal(name),
        )
        self.lines += lay_out(f"{target} = ", result)

    def remark(self, graph: Graph) -> None:
        """Say what was called otherwise, and which axis counts steps where Keras cannot say it."""
        for one in graph.inputs:
            if one.says_time:
                where = "no axis" if one.time_axis is None else f"axis {one.time_axis}"
                self.lines.append(f"# {_comment(one.name)}: {where} counts time steps.")
        for node in graph.nodes:
            if node.layer.translated and node.reuses is None:
                text = f"{node.name}: {translation_text(node.layer.translated)}"
                self.lines.append(f"# {_comment(text)}")

    def callee(
        self, node: Node, again: set[str], variables: dict[str, str], tensors: Tensors
    ) -> str | Bracketed:
        """Return what is called: the variable of a layer, or the layer itself."""
        if node.reuses is not None:
            return variables[node.reuses]
        if node.name not in again and node.layer.graph is None:
            code = self.layer(node.layer)
            return code if isinstance(code, Bracketed) else f"({code})"
        name = variables[node.name] = self.variable(f"{node.name}_layer")
        if node.layer.graph is not None:
            self.model(node.layer.graph, node.layer.name, name, tensors_read_by(node, tensors))
        else:
            self.lines += lay_out(f"{name} = ", self.layer(node.layer))
        return name

    def input(self, model_input: Input) -> Code:
        """Return an input."""
        batch, *sizes = model_input.shape or ()
        features = 0 if model_input.time_axis == len(sizes) else len(sizes)
        further: dict[str, Code] = {}
        if batch.value is not None:
            further["batch_size"] = self.size(batch)
        if model_input.dtype != "float32":
            further["dtype"] = string_literal(model_input.dtype)
        return call(
            "keras.Input",
            tuple_of(*(self.size(one, needed=at == features) for at, one in enumerate(sizes, 1))),
            **further,
            name=string_literal(model_input.name),
        )

    def layer(self, layer: Layer) -> Code:
        """Return a layer with its arguments; a model within it is built before."""
        if layer.graph is not None:
            name = self.variable(layer.name)
            self.model(layer.graph, layer.name, name)
            return name
        arguments = {name: self.value(value) for name, value in layer.arguments.items()}
        rule = find_rule(layer.type)
        first = next(iter(rule.options), "") if rule is not None else ""
        positional = [arguments.pop(first)] if first in arguments else []
        return call(
            f"layers.{layer.type}", *positional, **arguments, name=string_literal(layer.name)
        )

    def value(self, value: object) -> Code:
        """Return the value of an argument."""
        if isinstance(value, Layer):
            return self.layer(value)
        if isinstance(value, Expr):
            return self.size(value)
        if isinstance(value, Named):
            arguments = {name: self.value(item) for name, item in value.arguments}
            return call(f"keras.{family(value)}s.{value.type}", **arguments)
        if isinstance(value, tuple | list):
            items = [self.value(item) for item in value]
            inside = [item for item in value if isinstance(item, Layer)]
            return list_of(*items) if inside else tuple_of(*items)
        if isinstance(value, dict):
            pairs = tuple(
                (f"{string_literal(str(key))}: ", self.value(item)) for key, item in value.items()
            )
            return Bracketed("{", pairs, "}", display=True)
        return string_literal(value) if isinstance(value, str) else repr(value)

    def size(self, size: Expr, *, needed: bool = True) -> str:
        """Return a size as arithmetic over the variables of the source.

        `needed`: None, the size that is not known, cannot stand for it.
        """
        if size.is_constant:
            return str(size.value)
        open_names = self.open_names(size)
        if not size.symbols() <= self.sizes.keys() or not open_names <= self.parameters:
            self.missing |= open_names if needed else set()
            return str(size.value)
        return _spaced(size.substitute(self.sizes).python())

    def open_names(self, size: Expr) -> set[str]:
        """Return the names in a size, and in what defines them, that have no number."""
        found: set[str] = set()
        for name in size.symbols() & self.graph.dims.keys():
            definition = self.graph.definitions.get(name)
            if definition is not None:
                found |= self.open_names(definition)
            elif self.graph.dims[name].value is None:
                found.add(name)
        return found


def _spaced(arithmetic: str) -> str:
    """Return arithmetic with the spaces that the formatter writes."""
    spaced = re.sub(r"(?<!\*)\*(?!\*)|//", r" \g<0> ", arithmetic)
    return re.sub(r"\)\*\*", ") ** ", spaced)


def _code(value: object) -> Code:
    """Return an argument of a call: a tensor, a list of them, or a flag."""
    if isinstance(value, str | Bracketed):
        return value
    if isinstance(value, list | tuple):
        return list_of(*map(_code, value))
    return repr(value)


def _comment(line: str) -> str:
    return "".join(c if c.isprintable() else " " for c in line)
