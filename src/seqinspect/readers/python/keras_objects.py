"""Keras's names called in code: layers, inputs and models are made, layers called on tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from seqinspect.readers.keras_config.in_code import (
    BACKEND_LAYERS,
    DENSE_PER_STEP,
    KERNEL_SIZES,
    MERGE,
    MERGE_FUNCTIONS,
    PARAMETERS,
)
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python import keras_names as names
from seqinspect.readers.python.foreign import foreign_layer, foreign_tensor
from seqinspect.readers.python.keras_calls import call_layer, tensors_in
from seqinspect.readers.python.keras_parts import chain_tensors
from seqinspect.readers.python.run import Arguments, CallSite, Run
from seqinspect.readers.python.tensor_functions import shape_function, tensor_function
from seqinspect.readers.python.values import (
    Argument,
    At,
    ConfigObject,
    External,
    InputValue,
    Instance,
    LayerValue,
    ModelValue,
    TensorValue,
    Unknown,
    is_too_large,
)
from seqinspect.records import replace
from seqinspect.rules import find_rule
from seqinspect.rules.index import FUNCTIONAL, INPUT_LAYER, TIME_DISTRIBUTED, model_class

if TYPE_CHECKING:
    from collections.abc import Sequence

INPUT = ("shape", "batch_size", "dtype", "sparse", "batch_shape", "name", "tensor")
"""The parameters of `Input`, in an order that serves all eras for the first one."""


def call_external(run: Run, path: str, site: CallSite) -> object:
    """Return what a call of something of Keras or TensorFlow makes; Unknown if it is not read."""
    given, at, text = site
    name = path.rpartition(".")[2]
    if names.is_keras(path) or "." not in path:
        if name in names.MODEL_CLASSES and not names.PARTS.search(path):
            return make_model(run, name, given, at)
        if name in names.INPUT_FUNCTIONS:
            return TensorValue(InputValue(_input_arguments(given), at))
        if name == INPUT_LAYER:
            return InputValue(_named(given, PARAMETERS[INPUT_LAYER]), at)
        if names.layer_class(path) or (path == name and names.is_layer_name(name)):
            return make_layer(run, name, path, given, at)
        if name in run.settings and not given.positional:
            return run.settings[name]
        if name.removeprefix("set_") in run.settings:
            run.settings[name.removeprefix("set_")] = Unknown(text)
        if name == "clone_model" and given.positional:
            return copied(run, given.positional[0].value)
        merged = merge_function(run, name, given, at)
        if merged is not None:
            return merged
        if names.CONFIG_PARTS.search(path) and name[:1].isalpha():
            values = tuple(argument.value for argument in given.positional)
            named = {key: argument.value for key, argument in given.named.items()}
            return ConfigObject(path, values, named)
    if name == "TensorShape" and len(given.positional) == 1:
        return given.positional[0].value
    made = _backend_layer(run, path, site)
    found = made or shape_function(run, name, site) or tensor_function(run, path, site)
    return found if found is not None else Unknown(text)


def _input_arguments(given: Arguments) -> dict[str, Argument]:
    return _named(given, INPUT)


def _named(given: Arguments, order: Sequence[str]) -> dict[str, Argument]:
    """Return arguments by name; those by position in the order of the constructor."""
    found = dict(zip(order, given.positional, strict=False))
    return {**found, **given.named}


def make_layer(run: Run, name: str, path: str, given: Arguments, at: At) -> LayerValue:
    """Return a layer with its arguments by their names."""
    if name == DENSE_PER_STEP:
        return _time_distributed_dense(run, path, given, at)
    rule = find_rule(RENAMED.get(name, name))
    problem = ""
    order = PARAMETERS.get(name) or (tuple(rule.options) if rule is not None else ())
    positional = list(given.positional)
    found: dict[str, Argument] = {}
    sizes = KERNEL_SIZES.get(name, 0)
    if sizes and len(positional) > sizes and (name.startswith("Convolution") or run.legacy):
        kernel = positional[1 : 1 + sizes]
        if all(run.size(each.value) is not None for each in kernel):
            whole = Argument(tuple(each.value for each in kernel), kernel[0].at, "")
            found["kernel_size"] = whole if sizes > 1 else kernel[0]
            found["filters"] = positional[0]
            if len(positional) > 1 + sizes:
                found["activation"] = positional[1 + sizes]
            positional = []
    if len(positional) > len(order) and order:
        problem = f"{name} has {len(order)} arguments, and {len(positional)} are passed"
    found.update(zip(order, positional, strict=False))
    found |= given.named
    for argument in found.values():
        if isinstance(argument.value, ModelValue):
            argument.value.nested = True
    layer = LayerValue(name, path, found, at, problem, unread=given.open)
    named = found.get("name")
    if named is not None and isinstance(named.value, str):
        layer.name = named.value
    run.layers.append(layer)
    return layer


def copied(run: Run, value: object) -> object:
    """Return a copy of a value: layers in it are made anew, also those of a Sequential."""
    if isinstance(value, LayerValue):
        inner = {
            name: replace(argument, value=copied(run, argument.value))
            if isinstance(argument.value, LayerValue)
            else argument
            for name, argument in value.arguments.items()
        }
        made = LayerValue(
            value.type,
            value.path,
            inner,
            value.at,
            value.problem,
            value.custom,
            value.name,
            foreign=value.foreign,
            unread=value.unread,
        )
        run.layers.append(made)
        return made
    if isinstance(value, ModelValue) and value.is_sequential:
        layers = [copied(run, layer) for layer in value.layers]
        found = [each for each in layers if isinstance(each, LayerValue | ModelValue | InputValue)]
        model = ModelValue(value.kind, value.at, found, name=value.name, owner=value.owner)
        model.problems += value.problems
        run.enter_model(model)
        return model
    if isinstance(value, Instance):
        attributes = {name: copied(run, each) for name, each in value.attributes.items()}
        one = Instance(value.cls, attributes, at=value.at)
        run.instances.append(one)
        return one
    if isinstance(value, list | tuple) and not is_too_large(value):
        return type(value)([copied(run, each) for each in value])
    if isinstance(value, ModelValue | dict):
        return Unknown("a copy")
    return value


def _time_distributed_dense(run: Run, path: str, given: Arguments, at: At) -> LayerValue:
    """Keras 1's TimeDistributedDense is TimeDistributed around Dense."""
    rest = Arguments(given.positional, dict(given.named), given.open)
    size, length = rest.named.pop("input_dim", None), rest.named.pop("input_length", None)
    around: dict[str, Argument] = {
        key: rest.named.pop(key)
        for key in ("input_shape", "batch_input_shape", "name")
        if key in rest.named
    }
    if len(rest.positional) > 1 and size is None:  # Keras 0: (input_dim, output_dim)
        size, *rest.positional = rest.positional
    if size is not None:
        shape = (None if length is None else length.value, size.value)
        around["input_shape"] = Argument(shape, size.at, size.text)
    dense = make_layer(run, RENAMED[DENSE_PER_STEP], path, rest, at)
    around["layer"] = Argument(dense, at, "")
    layer = LayerValue(TIME_DISTRIBUTED, path, around, at)
    run.layers.append(layer)
    return layer


def make_model(run: Run, kind: str, given: Arguments, at: At) -> object:
    """Return a model: of a list of layers, or of inputs and outputs."""
    named = given.named
    model = ModelValue(model_class(kind), at)
    model.owner = run.owners[-1] if run.owners else ""
    model.loops = len(run.open_loops)
    name = named.get("name")
    if name is not None and isinstance(name.value, str):
        model.name = name.value
    if model.is_sequential:
        layers = named.get("layers") or (given.positional[0] if given.positional else None)
        if len(given.positional) > 1 and isinstance(given.positional[1].value, str):
            model.name = given.positional[1].value
        if layers is not None:
            if isinstance(layers.value, list | tuple):
                for each in layers.value:
                    add_layer(run, model, each, layers.at)
            elif layers.value is not None:
                model.problems.append((layers.at, *_unknown_layers(run, layers)))
        run.enter_model(model)
        return model
    inputs = named.get("inputs") or named.get("input")
    outputs = named.get("outputs") or named.get("output")
    positional = list(given.positional)
    if inputs is None and positional:
        inputs = positional.pop(0)
    if outputs is None and positional:
        outputs = positional.pop(0)
    if inputs is None or outputs is None:
        model.problems.append((at, "a model", "it is made without inputs or outputs"))
    else:
        for side, argument in ((model.inputs, inputs), (model.outputs, outputs)):
            found = [
                foreign_tensor(run, each, argument.at) or each
                for each in tensors_in(argument.value)
            ]
            if not found:
                model.problems.append((argument.at, "its tensors", _why(argument)))
            side += [tensor for tensor in found if isinstance(tensor, TensorValue)]
            for wrong in (tensor for tensor in found if not isinstance(tensor, TensorValue)):
                model.problems.append((argument.at, "one of its tensors", _from(wrong)))
                model.unbound |= isinstance(wrong, Unknown) and wrong.unbound
    run.enter_model(model)
    return model


def _unknown_layers(run: Run, layers: Argument) -> tuple[str, str]:
    """Return what of a list of layers is not known, and why: how many, or all of them."""
    counted = layers.value.owner if isinstance(layers.value, Unknown) else None
    if counted is not None:
        return "the number of its layers", run.open_count(run.count_text(counted))
    return "its layers", _why(layers)


def _why(argument: Argument) -> str:
    return f"`{argument.text}` is not known" if argument.text else "they are not known"


def _from(value: object) -> str:
    return f"it comes from `{value.text}`" if isinstance(value, Unknown) else "it is no tensor"


def add_layer(run: Run, model: ModelValue, layer: object, at: At) -> None:
    """Add a layer to a Sequential, as `add` does."""
    if len(run.open_loops) > model.loops:
        where, text = run.open_loops[-1]
        model.problems.append(
            (
                where,
                "the number of its layers",
                run.open_count(text),
            )
        )
    if isinstance(layer, TensorValue) and isinstance(layer.maker, InputValue):
        layer = layer.maker
    if isinstance(layer, Instance):
        layer = layer.model or layer.layer or layer
    if isinstance(layer, External):  # a class without parentheses, or a function
        layer = LayerValue(layer.path.rpartition(".")[2], layer.path, {}, at)
    if isinstance(layer, LayerValue | ModelValue | InputValue):
        if layer is model:
            model.problems.append((at, "a layer", "the model is added to itself"))
            return
        if _merges_models(layer, model):
            _start_with_merge(run, model, layer, at)
            return
        if not model.is_sequential:
            if not model.outputs or not model.merges or isinstance(layer, InputValue):
                model.problems.append((at, "a layer", "it is added to what is no Sequential"))
                return
            made = call_layer(run, layer, Arguments([Argument(model.outputs[0], at, "")]), at)
            model.outputs = [each for each in tensors_in(made) if isinstance(each, TensorValue)]
            return
        model.layers.append(layer)
        if isinstance(layer, ModelValue):
            layer.nested = True
    elif isinstance(layer, Instance):
        chain = chain_tensors(run, model) if model.layers else []
        shape = run.shape_of(chain[-1]) if chain else None
        traced = run.trace(layer, shape)
        model.layers.append(traced if traced is not None else custom_layer(run, layer, at))
    elif (foreign := foreign_layer(run, layer, at)) is not None:
        model.layers.append(foreign)
    else:
        model.problems.append((at, "a layer", _from(layer)))


def _merges_models(layer: object, model: ModelValue) -> TypeGuard[LayerValue]:
    """Tell whether a Sequential of Keras 1 begins with what it makes of other models."""
    if not isinstance(layer, LayerValue) or layer.type != MERGE or model.layers:
        return False
    merged = layer.arguments.get("layers")
    return merged is not None and isinstance(merged.value, list | tuple) and model.is_sequential


def _start_with_merge(run: Run, model: ModelValue, layer: LayerValue, at: At) -> None:
    """Make the Sequential a graph: Keras 1 has one whose first layer merges other models."""
    model.kind, model.merges = FUNCTIONAL, True
    for each in layer.arguments.pop("layers").value:  # type: ignore[attr-defined]  # a list, as was seen
        part = each.model if isinstance(each, Instance) else each
        chain = chain_tensors(run, part) if isinstance(part, ModelValue) else []
        if not isinstance(part, ModelValue) or not chain:
            model.problems.append((at, "a layer", "what it merges has no input that is known"))
            return
        model.inputs += part.inputs or chain[:1]
        model.outputs.append(chain[-1])
    merged = Argument(model.outputs, at, "")
    made = call_layer(run, layer, Arguments([merged]), at)
    model.inputs = list(dict.fromkeys(model.inputs))
    model.outputs = [each for each in tensors_in(made) if isinstance(each, TensorValue)]


def custom_layer(run: Run, instance: Instance, at: At) -> LayerValue:
    """Return the layer that an object of a class of the source is."""
    if instance.layer is None:
        instance.layer = LayerValue(instance.cls.name, "", {}, at, custom=instance)
        run.layers.append(instance.layer)
    return instance.layer


def _backend_layer(run: Run, path: str, site: CallSite) -> object | None:
    """Return what a function of Keras's backend makes that does what a layer does, else None."""
    owner, _, name = path.rpartition(".")
    kind, order = BACKEND_LAYERS.get(name, ("", ()))
    given = site.given
    passed = _named(given, ("x", "y", *order) if name == "batch_dot" else ("x", *order))
    tensors = [passed.pop(key).value for key in ("x", "y") if key in passed]
    whole = all(isinstance(each, TensorValue) for each in tensors) and bool(tensors)
    if not kind or not owner.endswith(".backend") or given.open or not whole:
        return None
    if passed.keys() > set(order) or (name == "batch_dot" and "axes" not in passed):
        return None
    if name == "resize_images":
        factors = [passed.pop(key, None) for key in order[:2]]
        if None in factors:
            return None
        sizes = tuple(each.value for each in factors if each is not None)
        passed["size"] = Argument(sizes, site.at, site.text)
    layer = make_layer(run, kind, f"keras.layers.{kind}", Arguments([], passed), site.at)
    source = Argument(tensors if name == "batch_dot" else tensors[0], site.at, "")
    return call_layer(run, layer, Arguments([source]), site.at)


def merge_function(run: Run, name: str, given: Arguments, at: At) -> object | None:
    """Return what `concatenate([a, b])`, `add`, … or Keras 1's `merge` make; None for others."""
    if name == "merge":
        rest = Arguments([], {k: v for k, v in given.named.items() if k != "inputs"})
        layer = make_layer(run, MERGE, "keras.layers.Merge", rest, at)
        tensors = given.named.get("inputs") or (given.positional[0] if given.positional else None)
        layer.arguments |= dict(zip(PARAMETERS[MERGE][1:], given.positional[1:], strict=False))
    elif name in MERGE_FUNCTIONS:
        tensors = given.named.get("inputs") or (given.positional[0] if given.positional else None)
        if tensors is None or not isinstance(tensors.value, list | tuple):
            return None
        rest = Arguments(
            given.positional[1:], {k: v for k, v in given.named.items() if k != "inputs"}
        )
        layer = make_layer(run, MERGE_FUNCTIONS[name], "keras.layers", rest, at)
    else:
        return None
    return call_layer(run, layer, Arguments([tensors] if tensors else []), at)
