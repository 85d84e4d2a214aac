"""Methods that a model or layer has from Keras: `add`, `compile`, `build`, `add_weight`."""

from __future__ import annotations

from seqinspect.readers.python.arrays import weight_array
from seqinspect.readers.python.keras_calls import call_layer, has_input
from seqinspect.readers.python.keras_objects import add_layer, make_layer, make_model
from seqinspect.readers.python.keras_parts import keras_attribute
from seqinspect.readers.python.run import Arguments, Run, number_of
from seqinspect.readers.python.tracing import kind_of, layer_set_by, trace_alone
from seqinspect.readers.python.training import compile_model, fit_model
from seqinspect.readers.python.values import (
    Argument,
    Array,
    At,
    InputValue,
    Instance,
    ModelValue,
    Unknown,
)


def instance_method(run: Run, one: Instance, name: str, given: Arguments, at: At) -> object:
    """Call a method that the base class in Keras has: `super().__init__`, `self.add`."""
    short = name.removeprefix("super.")
    kind = kind_of(one.cls)
    if short == "__init__" and kind == "Model":
        named = given.named
        if (
            "inputs" in named or "input" in named or len(given.positional) >= 2
        ) and one.model is None:
            made = make_model(run, "Model", given, at)
            if isinstance(made, ModelValue):
                made.variable = one.cls.name
                one.model = made
        return None
    if short == "__init__" and one.layer is None and (path := layer_set_by(one.cls)):
        one.layer = make_layer(run, path.rpartition(".")[2], path, given, one.at)
        return None
    if one.model is not None:
        return model_method(run, one.model, short, given, at)
    if short in ("add_weight", "add_variable"):
        weight = _weight(given)
        one.weights.append(weight)
        return weight_array(run, weight) or Unknown(f"a weight of {one.cls.name}")
    if short == "compile" and kind == "Model":
        compile_model(one, given)
        return None
    if short == "fit" and kind == "Model":
        data = fit_model(one, given)
        if data is not None and isinstance(data.value, Array):
            shape = (None, *data.value.shape[1:])
            trace_alone(run, one, Argument(shape, data.at, data.text))
        return Unknown("the history of training")
    if short == "build" and kind == "Model" and given.positional:
        trace_alone(run, one, given.positional[0])
    return None if short.startswith("__") else Unknown(short)


def _weight(given: Arguments) -> tuple[str, object, bool]:
    """Return name, shape and whether it is trained of a weight that `add_weight` makes."""
    named = {name: argument.value for name, argument in given.named.items()}
    positional = [argument.value for argument in given.positional]
    if positional and isinstance(positional[0], str):
        named.setdefault("name", positional.pop(0))
    if positional:
        named.setdefault("shape", positional.pop(0))
    name = named.get("name")
    return (
        str(name) if isinstance(name, str) else "weight",
        named.get("shape", ()),
        named.get("trainable") is not False,
    )


def model_method(run: Run, model: ModelValue, name: str, given: Arguments, at: At) -> object:
    """Call a method of a Keras model."""
    first = given.positional[0] if given.positional else None
    if name == "add":
        layer = first or given.named.get("layer")
        if layer is not None:
            add_layer(run, model, layer.value, layer.at)
        return None
    if name == "pop":
        return model.layers.pop() if model.layers else None
    if name == "compile":
        compile_model(model, given)
        return None
    if name == "fit":
        _fit(model, fit_model(model, given), at)
        return Unknown("the history of training")
    if name == "build":
        shape = first or given.named.get("input_shape")
        if shape is not None and model.is_sequential and not has_input(model):
            model.layers.insert(0, InputValue({"batch_shape": shape}, at))
        return None
    if name == "get_layer":
        return _get_layer(run, model, given)
    if name == "call":
        return call_layer(run, model, given, at)
    return Unknown(f"{model.variable or 'model'}.{name}()")


def _fit(model: ModelValue, data: Argument | None, at: At) -> None:
    """The data that a Sequential without an input is trained on decides its input."""
    if data is None or not model.is_sequential or has_input(model) or not model.layers:
        return
    if isinstance(data.value, Array):
        shape = Argument((None, *data.value.shape[1:]), data.at, data.text)
        model.layers.insert(0, InputValue({"batch_shape": shape}, at))


def _get_layer(run: Run, model: ModelValue, given: Arguments) -> object:
    layers = keras_attribute(run, model, "layers", model.at, "layers")
    index = given.named.get("index")
    wanted = given.named.get("name") or (given.positional[0] if given.positional else None)
    if isinstance(layers, list):
        number = number_of(index.value) if index is not None else None
        if number is not None and -len(layers) <= number < len(layers):
            return layers[number]
        for layer in layers:
            if wanted is not None and getattr(layer, "name", None) == wanted.value:
                return layer
    return Unknown("get_layer()")
