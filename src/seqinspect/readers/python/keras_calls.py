"""Layers and models called on tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.keras_config.returned import RETURNED
from seqinspect.readers.python.arrays import constant_tensor
from seqinspect.readers.python.foreign import foreign_tensor
from seqinspect.readers.python.run import Arguments, Run, plain_number
from seqinspect.readers.python.values import (
    Argument,
    Array,
    At,
    Call,
    Function,
    InputValue,
    LayerValue,
    Method,
    ModelValue,
    Partial,
    TensorValue,
    Unknown,
    leaves,
)
from seqinspect.rules import find_rule, traits_of
from seqinspect.rules.index import FUNCTIONAL

if TYPE_CHECKING:
    from collections.abc import Iterator


def tensors_in(value: object) -> Iterator[object]:
    """Yield the tensors in a value, in the order in which Keras flattens them."""
    for each in leaves(value):
        if isinstance(each, TensorValue | Unknown):
            yield each
        elif isinstance(each, ModelValue) and each.is_sequential:
            yield Unknown("a model")


def outputs_of(target: object) -> int:
    """Return how many tensors a call of a layer or model returns."""
    if isinstance(target, LayerValue) and target.traced is not None:
        target = target.traced
    if isinstance(target, ModelValue):
        return max(1, len(target.outputs)) if not target.is_sequential else 1
    if not isinstance(target, LayerValue):
        return 1
    if _flag(target, "return_state"):
        cell = target.arguments.get("cell")
        return RETURNED.get(target.type, 1) if cell is None else 1 + _cell_states(cell.value)
    if _is_cell(target):
        return 1 + _cell_states(target)
    if traits_of(target.type).both_directions:
        inner = target.arguments.get("layer")
        if (
            inner is not None
            and isinstance(inner.value, LayerValue)
            and _flag(inner.value, "return_state")
        ):
            states = RETURNED.get(inner.value.type, 1) - 1
            apart = target.arguments.get("merge_mode")
            first = 2 if apart is not None and apart.value is None else 1
            return first + 2 * states
    return 1


def _is_cell(layer: LayerValue) -> bool:
    kind = layer.type.removesuffix("Cell")
    return kind != layer.type and kind in RETURNED and bool(layer.path)


def _cell_states(cell: object) -> int:
    """Return how many states a cell has, or several cells in a list; 1 where that is not known."""
    if isinstance(cell, list | tuple):
        return sum(map(_cell_states, cell))
    kind = cell.type.removesuffix("Cell") if isinstance(cell, LayerValue) else ""
    return RETURNED.get(kind, 2) - 1


def _flag(layer: LayerValue, name: str) -> bool:
    argument = layer.arguments.get(name)
    return (
        argument is not None
        and bool(plain_number(argument.value))
        and not isinstance(argument.value, Unknown)
    )


IGNORED = frozenset({"training", "name"})


def call_layer(run: Run, target: LayerValue | ModelValue, given: Arguments, at: At) -> object:
    """Call a layer or a model on tensors; return its output, or several in a list."""
    positional = [argument.value for argument in given.positional]
    named = {name: argument.value for name, argument in given.named.items()}
    first = positional[0] if positional else named.pop("inputs", named.pop("query", None))
    if first is None and named:
        first = named.pop(next(iter(named)))
    listed = isinstance(first, list | tuple | dict)
    sources = [foreign_tensor(run, each, at) or each for each in tensors_in(first)]
    rule = (
        find_rule(RENAMED.get(target.type, target.type)) if isinstance(target, LayerValue) else None
    )
    further: dict[str, object] = {}
    order = list(rule.calls)[1:] if rule is not None else ["training", "mask"]
    if rule is None:  # a class of the author's own reads whichever tensors it is called on
        tensors_after = [isinstance(each, TensorValue) for each in positional[1:]]
        order = [
            f"argument_{at}" if each else "training" for at, each in enumerate(tensors_after, 2)
        ]
    for name, value in [*zip(order, positional[1:], strict=False), *named.items()]:
        if name not in IGNORED:
            further[name] = value
    if isinstance(first, Array) and run.traced_inputs:
        sources = [constant_tensor(run, first, run.traced_inputs[-1], at)]
        first = sources[0]
    tensors = [tensor for tensor in sources if isinstance(tensor, TensorValue)]
    wrong = next((tensor for tensor in sources if not isinstance(tensor, TensorValue)), None)
    if isinstance(first, Array) or first is None or wrong is not None or not tensors:
        if isinstance(first, Array | Unknown) and isinstance(target, ModelValue):
            return _model_on_data(target, first, at)
        run.unread_calls.append(target)
        return wrong if isinstance(wrong, Unknown) else Unknown("a call on data")
    if isinstance(target, LayerValue):
        traced = trace_lambda(run, target, tensors if listed else tensors[0])
        if traced is not None and _reads_more(traced):
            target.traced = None
            passed = Argument(tensors if listed else tensors[0], at, "")
            function = target.arguments["function"].value
            return run.invoke(function, Arguments([passed], _constants(target)), at)
        _declare_shape(run, target, tensors if listed else tensors[0], at)
    target.calls += 1
    if isinstance(target, ModelValue):
        target.nested = True
        target.built_on = target.built_on or tensors[0]
    call = Call(target, tensors, listed or len(tensors) > 1, further, at, outputs_of(target))
    call.unread = given.open
    run.enter(call)
    if further.get("return_attention_scores") is True:
        call.outputs = 2
    if call.outputs == 1:
        return TensorValue(call)
    made = [TensorValue(call, index) for index in range(call.outputs)]
    if isinstance(target, LayerValue) and _is_cell(target):
        return [made[0], made[1:]]
    return made


def trace_lambda(
    run: Run, layer: LayerValue, given: list[TensorValue] | TensorValue | None
) -> ModelValue | None:
    """Follow the function of a Lambda on symbolic inputs, once; None where it is not understood.

    `given` is what it is called on; without, its input is not known.
    """
    function = layer.arguments.get("function")
    if function is None or not isinstance(function.value, Function | Method | Partial):
        return None
    if layer.traced is not None or layer.tracing:
        return layer.traced
    layer.tracing = True
    sources = given if isinstance(given, list) else [given]
    inputs = [TensorValue(_input_like(run, source, layer.at)) for source in sources]
    passed = Argument(inputs if isinstance(given, list) else inputs[0], layer.at, "")
    arguments = Arguments([passed], _constants(layer))
    found = list(tensors_in(run.invoke(function.value, arguments, layer.at)))
    if not found or not all(isinstance(each, TensorValue) for each in found):
        return None
    model = ModelValue(FUNCTIONAL, layer.at, inputs=inputs, name=layer.name)
    model.outputs = [each for each in found if isinstance(each, TensorValue)]
    layer.traced = model
    return model


def _reads_more(traced: ModelValue) -> bool:
    """Tell whether the function of a Lambda reads tensors that it is not called on."""
    waiting, seen = list(traced.outputs), set(traced.inputs)
    while waiting:
        tensor = waiting.pop()
        if tensor in seen:
            continue
        seen.add(tensor)
        if isinstance(tensor.maker, InputValue):
            return True
        waiting += tensor.maker.sources
    return False


def _declare_shape(
    run: Run, layer: LayerValue, given: list[TensorValue] | TensorValue, at: At
) -> None:
    """Call the function that tells the output shape of a Lambda from that of its input."""
    declared = layer.arguments.get("output_shape")
    if declared is None or not isinstance(declared.value, Function | Method | Partial):
        return
    shapes = [run.shape_of(each) for each in (given if isinstance(given, list) else [given])]
    if any(shape is None for shape in shapes):
        return
    shape = Argument(shapes if isinstance(given, list) else shapes[0], at, "")
    found = run.invoke(declared.value, Arguments([shape]), at)
    if isinstance(found, list | tuple) and found and not isinstance(found[0], list | tuple):
        layer.arguments["output_shape"] = Argument(tuple(found[1:]), declared.at, declared.text)


def _input_like(run: Run, source: TensorValue | None, at: At) -> InputValue:
    """Return an input of the shape of a tensor, as far as it is known."""
    shape = run.shape_of(source) if source is not None else None
    known = isinstance(shape, tuple) and bool(shape)
    return InputValue({"batch_shape": Argument(shape, at, "")} if known else {}, at)


def _constants(layer: LayerValue) -> dict[str, Argument]:
    """Return the further arguments that a Lambda passes to its function."""
    passed = layer.arguments.get("arguments")
    values = passed.value if passed is not None and isinstance(passed.value, dict) else {}
    return {str(name): Argument(value, layer.at, "") for name, value in values.items()}


def _model_on_data(model: ModelValue, data: object, at: At) -> Unknown:
    """A Sequential called on an array of a known shape is built for it."""
    if isinstance(data, Array) and model.is_sequential and not has_input(model):
        shape = Argument((None, *data.shape[1:]), at, "")
        model.layers.insert(0, InputValue({"batch_shape": shape}, at))
    return Unknown("the output of a model on data")


def has_input(model: ModelValue) -> bool:
    """Tell whether a Sequential says what it is called on."""
    first = model.layers[0] if model.layers else None
    if isinstance(first, LayerValue):
        looks_up = traits_of(RENAMED.get(first.type, first.type)).looks_up
        said = ("input_shape", "batch_input_shape", "input_length" if looks_up else "input_dim")
        return any(name in first.arguments for name in said)
    return isinstance(first, InputValue)
