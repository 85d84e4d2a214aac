"""What belongs to layers and models of the source: their tensors, calls and attributes."""

from __future__ import annotations

from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python.foreign import part_of
from seqinspect.readers.python.keras_calls import call_layer, tensors_in
from seqinspect.readers.python.run import Arguments, Run
from seqinspect.readers.python.values import (
    Argument,
    At,
    Bound,
    Call,
    InputValue,
    LayerValue,
    ModelValue,
    Operation,
    TensorValue,
    Unknown,
)
from seqinspect.rules import traits_of


def chain_tensors(run: Run, model: ModelValue) -> list[TensorValue]:
    """Return the tensors along a Sequential, its input first, as functional models reuse them."""
    if not model.is_sequential:
        return [*model.inputs[:1], *model.outputs[:1]]
    layers = list(model.layers)
    if model.chain and model.chain[0] == layers:
        return model.chain[1]
    first = layers[0] if layers else None
    if isinstance(first, InputValue):
        source = TensorValue(first)
        layers = layers[1:]
    elif isinstance(first, LayerValue):
        source = TensorValue(InputValue(_own_input(first), first.at))
    else:
        return []
    tensors = [source]
    for layer in layers:
        if isinstance(layer, InputValue):
            continue
        out = call_layer(run, layer, Arguments([Argument(tensors[-1], layer.at, "")]), layer.at)
        if isinstance(out, list):
            out = out[0]
        if not isinstance(out, TensorValue):
            break
        tensors.append(out)
    model.chain = (list(model.layers), tensors)
    return tensors


def _own_input(layer: LayerValue) -> dict[str, Argument]:
    """Return the arguments of a first layer that say its input."""
    named = ("input_shape", "batch_input_shape", "input_dim", "input_length", "dtype")
    own = {name: layer.arguments[name] for name in named if name in layer.arguments}
    if traits_of(RENAMED.get(layer.type, layer.type)).looks_up:  # input_dim is its vocabulary
        own.pop("input_dim", None)
        length = own.pop("input_length", None)
        if not own.keys() & {"input_shape", "batch_input_shape"}:
            lengths = length.value if length is not None else None
            lengths = lengths if isinstance(lengths, list | tuple) else (lengths,)
            own["shape"] = Argument(tuple(lengths), length.at if length else layer.at, "")
    return own


def keras_attribute(run: Run, owner: object, name: str, at: At, text: str) -> object:
    """Return an attribute of a layer, model or tensor."""
    if name in ("input_shape", "output_shape") and not isinstance(owner, TensorValue):
        tensor = keras_attribute(run, owner, name.removesuffix("_shape"), at, text)
        shape = run.shape_of(tensor) if isinstance(tensor, TensorValue) else None
        if shape is not None:
            return shape
    if isinstance(owner, ModelValue):
        if name in ("add", "pop", "compile", "fit", "build", "get_layer", "summary", "call"):
            return Bound(name, owner)
        if name == "layers":
            return _layers_in_row(owner) if owner.is_sequential else _layers_of(owner)
        if name in ("input", "output", "inputs", "outputs"):
            return _tensors_of(run, owner, name)
        if name == "name":
            return owner.name or Unknown(text)
    if isinstance(owner, InputValue) and name in ("input", "output"):
        return TensorValue(owner)
    if isinstance(owner, LayerValue):
        if name in ("input", "output") and (made := _first_call(run, owner)) is not None:
            if name == "output":
                every = [TensorValue(made, index) for index in range(made.outputs)]
                return every[0] if len(every) == 1 else every
            return made.sources[0] if len(made.sources) == 1 else list(made.sources)
        if name == "name":
            return owner.name or Unknown(text)
        if name in ("get_input_at", "get_output_at"):
            return Bound(name, owner)
        if name in owner.arguments:
            return owner.arguments[name].value
    if isinstance(owner, TensorValue):
        if name in ("get_shape", "reshape", "astype"):
            return Bound(name, owner)
        made = owner.maker if isinstance(owner.maker, Call) else None
        target = made.target if made is not None else None
        if made is not None and isinstance(target, LayerValue) and target.foreign:
            return part_of(run, made, name)  # an object of several tensors
    return Unknown(text)


def _first_call(run: Run, layer: LayerValue) -> Call | None:
    """Return the first call of a layer: its own, or that in the Sequential that holds it."""
    made = next((call for call in run.calls if call.target is layer), None)
    if made is None:
        for model in run.models:
            if any(each is layer for each in model.layers) and chain_tensors(run, model):
                return next((call for call in run.calls if call.target is layer), None)
    return made


def tensor_at(run: Run, layer: LayerValue, name: str, index: int) -> object | None:
    """Return what a layer reads or returns at one of its calls, from 0; None if it is not made."""
    calls = [call for call in run.calls if call.target is layer]
    if not 0 <= index < len(calls):
        return None
    made = calls[index]
    every = [TensorValue(made, number) for number in range(made.outputs)]
    found = every if name == "get_output_at" else list(made.sources)
    return found[0] if len(found) == 1 else found


def _layers_in_row(model: ModelValue) -> list[object]:
    """Return the layers of a Sequential as Keras lists them: its input is none."""
    return [layer for layer in model.layers if not isinstance(layer, InputValue)]


def _layers_of(model: ModelValue) -> list[object]:
    found: dict[int, object] = {}
    for call in calls_of(model):
        if not isinstance(call.target, Operation):
            found.setdefault(id(call.target), call.target)
    inputs: list[object] = [tensor.maker for tensor in model.inputs]
    return [*inputs, *found.values()]


def _tensors_of(run: Run, model: ModelValue, name: str) -> object:
    if model.is_sequential:
        tensors = chain_tensors(run, model)
        if not tensors:
            return Unknown(f"{model.variable or 'model'}.{name}")
        one = tensors[0] if name.startswith("input") else tensors[-1]
        return [one] if name.endswith("s") else one
    found = model.inputs if name.startswith("input") else model.outputs
    return found[0] if len(found) == 1 and not name.endswith("s") else list(found)


def calls_of(model: ModelValue) -> list[Call]:
    """Return the calls between a functional model's inputs and outputs, in the order made."""
    given = set(model.inputs)
    found: dict[int, Call] = {}
    waiting = [tensor for tensor in model.outputs if tensor not in given]
    while waiting:
        tensor = waiting.pop()
        call = tensor.maker
        if not isinstance(call, Call) or id(call) in found:
            continue
        found[id(call)] = call
        needed = [*call.sources]
        for value in call.further.values():
            needed += [each for each in tensors_in(value) if isinstance(each, TensorValue)]
        waiting += [each for each in needed if each not in given]
    return sorted(found.values(), key=lambda call: call.number)


def set_attribute(owner: object, name: str, value: object) -> None:
    """Assign to an attribute of a layer or model: `trainable` and `name` mean something."""
    if name == "trainable" and isinstance(owner, ModelValue):
        owner.frozen = value is False
    elif name == "trainable" and isinstance(owner, LayerValue):
        owner.arguments["trainable"] = Argument(bool(value), owner.at, "trainable")
    elif name in ("_name", "name") and isinstance(owner, ModelValue) and isinstance(value, str):
        owner.name = value


def first_output(tensor: TensorValue) -> TensorValue:
    """Return the first tensor of the call that makes one."""
    return TensorValue(tensor.maker, 0) if isinstance(tensor.maker, Call) else tensor


def tensors_read(call: Call) -> list[TensorValue]:
    """Return all tensors that a call reads, those in further arguments included."""
    found = list(call.sources)
    for value in call.further.values():
        found += [each for each in tensors_in(value) if isinstance(each, TensorValue)]
    return found


def free_inputs(calls: list[Call], model: ModelValue) -> list[TensorValue]:
    """Return the inputs that calls read and the model does not name."""
    named = set(model.inputs)
    read = (tensor for call in calls for tensor in tensors_read(call))
    return [
        tensor for tensor in read if isinstance(tensor.maker, InputValue) and tensor not in named
    ]


def consumers(calls: list[Call]) -> dict[TensorValue, object]:
    """Return for each tensor the first layer that says what rank it has, also through others."""
    found: dict[TensorValue, object] = {}
    for call in reversed(calls):
        target = call.target
        if isinstance(target, ModelValue) and not target.is_sequential:
            found.update(_readers_within(target, call))
            continue
        says: object = target
        if isinstance(target, LayerValue) and target.path:
            traits = traits_of(RENAMED.get(target.type, target.type))
            if traits.keeps_shape or not traits.axes:
                inner = found.get(TensorValue(call))
                if inner is not None and not (
                    traits.attention or traits.step_by_step or traits.looks_up
                ):
                    says = inner
        elif isinstance(target, Operation):
            says = found.get(TensorValue(call), target)
        for tensor in tensors_read(call):
            found[tensor] = says
    return found


def _readers_within(model: ModelValue, call: Call) -> dict[TensorValue, object]:
    """Return what reads the tensors on which a model is called, those within it where it opens."""
    inner = consumers(calls_of(model))
    found: dict[TensorValue, object] = dict.fromkeys(tensors_read(call), model)
    for tensor, given in zip(call.sources, model.inputs, strict=False):
        if isinstance(given.maker, InputValue) and given.maker.shape() is None and given in inner:
            found[tensor] = inner[given]
    return found


def explicit_names(calls: list[Call]) -> dict[str, None]:
    """Return the names that the source gives layers."""
    found: dict[str, None] = {}
    for call in calls:
        name = getattr(call.target, "name", "")
        if name:
            found[name] = None
    return found
