"""Graph → what Keras makes of it: every layer called on symbolic tensors, and no weight allocated.

Layers are called one after another, without `keras.Model`, which recurses from layer to layer and
dies near 1,000 of them. Equal layers on equal tensors are called once: a call's outputs and weights
follow from the class, the arguments, and the shapes, dtypes and masks that come in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr
from seqinspect.analysis.call_arguments import call_arguments, flatten_outputs, input_dtypes
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import KerasWeight, make_layer, model_class, weights_of
from seqinspect.keras_model.build.operations import is_buildable
from seqinspect.keras_model.build.refusals import beyond_keras, one_line_reason, refused
from seqinspect.model.graph import Graph, Layer, Node, Ref, Unsupported
from seqinspect.model.nesting import layers_within
from seqinspect.model.traversal import needed
from seqinspect.model.unconfirmed import (
    BeyondKeras,
    InnerUnbuilt,
    NoKeras3Class,
    RefusedNow,
    SourceUnbuilt,
    Unbuilt,
)
from seqinspect.records import dataclass, replace
from seqinspect.rules.index import LEGACY_CLASSES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from seqinspect.model.unconfirmed import UnbuiltReason

    KnownOutputs = Mapping[str, tuple["KerasOutput", ...]]

Shape = tuple[int | None, ...]
NOTHING: KnownOutputs = {}


@dataclass(frozen=True, slots=True)
class KerasOutput:
    """A tensor as Keras knows it; `mask` is the shape of its mask, if it carries one."""

    shape: Shape
    dtype: str
    mask: Shape | None = None


@dataclass(frozen=True, slots=True)
class KerasCall:
    """What Keras made of one call; `parts` are the layers within its layer, by path below it.

    Where Keras cannot compute with sizes this large, there is a `reason` and nothing else; where a
    layer is not built, a `reason` and the outputs that were said of it.
    """

    outputs: tuple[KerasOutput, ...]
    weights: tuple[KerasWeight, ...]
    parts: tuple[tuple[str, KerasCall], ...] = ()
    reason: UnbuiltReason | None = None


def build(graph: Graph, known_outputs: KnownOutputs = NOTHING) -> dict[str, KerasCall]:
    """Return what Keras made of every call, by the path that a Report gives its row.

    `known_outputs`, by the same path, are of layers that cannot be built; what reads them can.
    Raises SpecError, with the place, where Keras refuses a layer of a spec, and KerasUnavailable.
    """
    with runtime.weightless():
        walk = _Walk(graph, _Builder(known_outputs), "", "", keep=False)
        walk.run(
            [
                KerasOutput(shape_numbers(model_input.shape or ()), model_input.dtype)
                for model_input in graph.inputs
            ]
        )
        return walk.calls


def shape_numbers(shape: Sequence[Expr]) -> Shape:
    """Return a shape in numbers, None where a size is not known."""
    return tuple(size.value for size in shape)


def unbuilt_reason(layer: Layer) -> UnbuiltReason | None:
    """Return why a layer is not built; None if it is, or is a model, built call by call."""
    reason = _unbuilt_reason(layer)
    if reason is not None or layer.graph is not None:
        return reason
    reasons = ((inner, _unbuilt_reason(inner)) for inner in layers_within(layer))
    return next((InnerUnbuilt(inner.type, why) for inner, why in reasons if why is not None), None)


def _unbuilt_reason(layer: Layer) -> UnbuiltReason | None:
    """Return why a layer is not built, whatever is within it."""
    if layer.unsupported is not None and layer.unsupported.function:
        return None if is_buildable(layer.unsupported) else Unbuilt.OPERATION
    if layer.unsupported is not None and layer.unsupported.ask is not None:
        return Unbuilt.SAID_BY_KERAS
    if layer.unsupported is not None:
        return Unbuilt.NOT_RUN
    return NoKeras3Class(layer.type) if layer.type in LEGACY_CLASSES else None


class _Builder:
    """Layers that are called again, and what came of the calls so far."""

    def __init__(self, known_outputs: KnownOutputs) -> None:
        self.known_outputs = known_outputs
        self.layers: dict[str, Any] = {}
        self.calls: dict[Hashable, KerasCall] = {}


class _Walk:
    """One pass through a graph, in execution order.

    `path` is where its rows stand, `home` where those of the first pass through the same model do.
    `keep`: the model is called again, so its layers are kept.
    """

    def __init__(
        self, graph: Graph, builder: _Builder, path: str, home: str, *, keep: bool
    ) -> None:
        self.graph = graph
        self.builder = builder
        self.path = path
        self.home = home
        self.keep = keep
        self.again = {node.reuses for node in graph.nodes if node.reuses is not None}
        self.known: dict[Ref, KerasOutput] = {}
        self.lost: dict[str, SourceUnbuilt] = {}
        self.calls: dict[str, KerasCall] = {}

    def run(self, inputs: Sequence[KerasOutput]) -> None:
        self.known.update(
            (Ref(model_input.name), tensor)
            for model_input, tensor in zip(self.graph.inputs, inputs, strict=True)
        )
        for node in self.graph.nodes:
            call = self.call(node)
            self.calls[self.path + node.name] = call
            for path, part in call.parts:
                self.calls[f"{self.path}{node.name}/{path}"] = part
            self.known.update(
                (Ref(node.name, index), output) for index, output in enumerate(call.outputs)
            )
            if call.reason is not None and not call.outputs:
                self.lost.setdefault(node.name, SourceUnbuilt(node.name, call.reason))

    def call(self, node: Node) -> KerasCall:
        lost = next((self.lost[ref.name] for ref in node.refs if ref.name in self.lost), None)
        if lost is not None:
            self.lost[node.name] = lost
            return KerasCall((), (), reason=lost)
        if node.layer.graph is not None:
            return self.call_model(node, node.layer.graph)
        missing = unbuilt_reason(node.layer)
        if missing is not None:
            return self.unbuilt_call(node, missing)
        shared = self.home + (node.reuses or node.name)
        keeps_layer = self.keep or node.reuses is not None or node.name in self.again
        key = (
            shared if keeps_layer else _key(node.layer, top=True),
            tuple(map(self.known.get, node.sources)),
            tuple(node.map_call(self.known.get).items()),
        )
        known_call = self.builder.calls.get(key)
        if known_call is None:
            try:
                known_call = self.make(node, shared if keeps_layer else None)
            except Exception as error:
                if node.layer.unsupported is not None:
                    return self.unbuilt_call(node, Unbuilt.OPERATION)
                if not beyond_keras(error):
                    refusal = refused(error, node, self.graph)
                    if not self.graph.keras:
                        raise refusal from None
                    return self.unbuilt_call(node, RefusedNow(refusal.problems[0].what))
                known_call = KerasCall((), (), reason=BeyondKeras(one_line_reason(error)))
            self.builder.calls[key] = known_call
        return known_call

    def unbuilt_call(self, node: Node, reason: UnbuiltReason) -> KerasCall:
        """Return what was said of a layer that Keras does not build."""
        return KerasCall(
            self.builder.known_outputs.get(self.home + node.name, ()), (), reason=reason
        )

    def make(self, node: Node, shared: str | None) -> KerasCall:
        """Call the layer: a new one or, under its path, the one that is called again."""
        layers = self.builder.layers
        layer = layers.get(shared) if shared is not None else None
        if layer is None:
            layer = make_layer(node.layer)
            if shared is not None:
                layers[shared] = layer
        tensors: dict[Ref, Any] = {}

        def get(ref: Ref) -> Any:
            if ref not in tensors:
                tensors[ref] = _symbolic(self.known[ref])
            return tensors[ref]

        first, others = call_arguments(node, get)
        outputs = tuple(map(_output, flatten_outputs(layer(first, **others))))
        parts = tuple(_parts(layer, first.shape)) if hasattr(first, "shape") else ()
        return KerasCall(outputs, weights_of(layer), parts)

    def call_model(self, node: Node, graph: Graph) -> KerasCall:
        """Walk through a model within the model; its rows stand below its own."""
        walk = _Walk(
            graph,
            self.builder,
            path="",
            home=f"{self.home}{node.reuses or node.name}/",
            keep=self.keep or node.reuses is not None or node.name in self.again,
        )
        inputs = [self.known[ref] for ref in node.sources]
        walk.run(
            [
                replace(tensor, dtype=dtype)
                if isinstance(tensor, KerasOutput) and dtype
                else tensor
                for tensor, dtype in zip(inputs, input_dtypes(graph), strict=True)
            ]
        )
        called_names = needed(graph)
        kept_names = {
            inner.reuses or inner.name for inner in graph.nodes if inner.name in called_names
        }
        weights = [
            replace(weight, name=f"{inner.name}/{weight.name}")
            for inner in graph.nodes
            if inner.reuses is None and inner.name in kept_names
            for weight in walk.calls[inner.name].weights
        ]
        parts = tuple(walk.calls.items())
        reasons = (inner.reason for inner in walk.calls.values())
        reason = next((each for each in reasons if each is not None), None)
        outputs = tuple(walk.known[ref] for ref in graph.outputs if ref in walk.known)
        if reason is not None:
            whole = len(outputs) == len(graph.outputs)
            return KerasCall(outputs if whole else (), (), parts, reason)
        return KerasCall(outputs, tuple(weights), parts)


def _key(value: object, *, top: bool = False) -> Hashable:
    """Return a value by which equal layers are found.

    Numbers of one argument are of one type, so that 1 and True do not meet. The name of the layer
    itself changes nothing that is reported; those of layers within are parts of weights' names.
    """
    if isinstance(value, Expr):
        return value.value
    if isinstance(value, tuple | list):
        return tuple(map(_key, value))
    if isinstance(value, dict):
        return tuple((name, _key(each)) for name, each in value.items())
    if isinstance(value, Unsupported):
        return (value.function, _key(dict(value.constants)))
    if isinstance(value, Layer):
        return (
            value.type,
            _key(value.unsupported),
            "" if top else value.name,
            id(value.graph),  # alive as long as the graph around it
            tuple((name, _key(each)) for name, each in value.arguments.items()),
        )
    return value  # words, numbers, flags and Named


def _symbolic(output: KerasOutput) -> Any:
    """Return a symbolic tensor of Keras without a history, which would keep every layer alive."""
    keras = runtime.load()
    tensor = keras.KerasTensor(output.shape, dtype=output.dtype)
    if output.mask is not None:
        tensor._keras_mask = keras.KerasTensor(output.mask, dtype="bool")
    return tensor


def _output(tensor: Any) -> KerasOutput:
    mask = getattr(tensor, "_keras_mask", None)
    return KerasOutput(
        tuple(tensor.shape), str(tensor.dtype), None if mask is None else tuple(mask.shape)
    )


def _cells(layer: Any, shape: Shape) -> Iterator[tuple[str, KerasCall]]:
    """Yield the cells of a layer that was given cells, and those of a stack of them.

    A list of cells is a stack in Keras that has no row of its own: they stand below the layer.
    """
    layers = runtime.load().layers
    if type(layer) is layers.RNN:
        stacked = isinstance(layer.cell, layers.StackedRNNCells)
        cells = [layer.cell, *(layer.cell.cells if stacked else ())]
    elif isinstance(layer, layers.StackedRNNCells):
        cells = layer.cells
    else:
        return
    for cell in cells:
        states = runtime.load().tree.flatten(cell.state_size)
        outputs = [
            KerasOutput((shape[0], size), cell.compute_dtype)
            for size in (cell.output_size, *states)
        ]
        yield cell.name, KerasCall(tuple(outputs), weights_of(cell))
        for path, below in _cells(cell, shape):
            yield f"{cell.name}/{path}", below


def _calls(model: Any, shape: Shape) -> Iterator[tuple[str, KerasCall]]:
    """Yield the layers of a model within a wrapper."""
    for node, first, outputs in model.calls(shape):
        if node.reuses is None:
            layer = model.parts[node.name]
            yield node.name, KerasCall(tuple(map(_output, outputs)), weights_of(layer))
            if hasattr(first, "shape"):
                for path, below in _parts(layer, tuple(first.shape)):
                    yield f"{node.name}/{path}", below


def _parts(layer: Any, shape: Shape) -> Iterator[tuple[str, KerasCall]]:
    """Yield the layers within a wrapper, with what they return when it is called on `shape`."""
    layers = runtime.load().layers
    if isinstance(layer, layers.Bidirectional):
        inner, given = [layer.forward_layer, layer.backward_layer], shape
    elif isinstance(layer, layers.TimeDistributed):
        inner, given = [layer.layer], (shape[0], *shape[2:])
    elif isinstance(layer, model_class()):
        yield from _calls(layer, shape)
        return
    else:
        yield from _cells(layer, shape)
        return
    for part in inner:
        shapes = part.compute_output_shape(given)
        one = not shapes or not isinstance(shapes[0], list | tuple)
        outputs = tuple(
            KerasOutput(tuple(each), part.compute_dtype) for each in ([shapes] if one else shapes)
        )
        yield part.name, KerasCall(outputs, weights_of(part))
        for path, below in _parts(part, given):
            yield f"{part.name}/{path}", below
