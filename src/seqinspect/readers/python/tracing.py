"""Layers and models whose class the source defines: their `call` is followed on symbolic inputs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from seqinspect.readers.keras_config.in_code import BASES
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python import keras_names
from seqinspect.readers.python.custom import makes_variables
from seqinspect.readers.python.keras_calls import call_layer, tensors_in
from seqinspect.readers.python.keras_objects import custom_layer
from seqinspect.readers.python.keras_parts import calls_of
from seqinspect.readers.python.run import Arguments
from seqinspect.readers.python.values import (
    Argument,
    Array,
    Class,
    External,
    Function,
    InputValue,
    LayerValue,
    Method,
    ModelValue,
    Operation,
    TensorValue,
    Unknown,
    is_too_large,
)
from seqinspect.records import NamedTuple
from seqinspect.rules import traits_of
from seqinspect.rules.index import FUNCTIONAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seqinspect.readers.python.run import Run
    from seqinspect.readers.python.values import At, Instance

OLD_BASES = frozenset({"MaskedLayer", "Recurrent"})
"""Layers of Keras 1 and 2 that were only derived from."""

FIRST_SHAPE = "input_shape"
"""What `build` receives where nobody says it."""


class Passed(NamedTuple):
    """What a `call` receives: its arguments with symbolic inputs in place of tensors."""

    arguments: Mapping[str, object]
    inputs: tuple[TensorValue, ...]
    pattern: object


def kind_of(cls: Class) -> str:
    """Return whether a class of the source is a Keras Model, Sequential or Layer; else empty."""
    for path in cls.external_bases():
        name = path.rpartition(".")[2]
        if name in BASES:
            return BASES[name]
        if keras_names.layer_class(path) or (keras_names.is_keras(path) and name in OLD_BASES):
            return "Layer"
    return ""


SETTERS = frozenset({"__init__", "__repr__", "__str__", "from_config", "get_config"})
"""Methods of a layer that change nothing of what it does."""


def layer_set_by(cls: Class) -> str:
    """Return the path of the Keras layer that a class only sets arguments of; empty for others."""
    base = cls.bases[0] if len(cls.bases) == 1 else None
    names = {name for name, value in cls.scope.names.items() if isinstance(value, Function)}
    if not names <= SETTERS:
        return ""
    if isinstance(base, Class):
        return layer_set_by(base)
    path = base.path if isinstance(base, External) else ""
    return path if keras_names.layer_class(path) and path.rpartition(".")[2] not in BASES else ""


def call_own(run: Run, one: Instance, given: Arguments, at: At) -> object:
    """Call a layer or model whose class the source defines on tensors."""
    body = _call_method(one)
    arguments = _by_name(body, given) if body is not None else None
    if arguments is None:
        return call_layer(run, custom_layer(run, one, at), given, at)
    tensors: list[TensorValue] = []
    _replace_tensors(list(arguments.values()), tensors.append)
    if not tensors and kind_of(one.cls) == "Model":
        _call_on_data(run, one, given)
        return Unknown("the output of a model on data")
    passed = _passed(run, arguments, at)
    traced = _trace_layer(run, one, passed, _built_for(run, arguments)) if tensors else None
    if traced is None or not _fits(run, traced, passed, tensors):
        return call_layer(run, custom_layer(run, one, at), given, at)
    whole = tensors if len(tensors) > 1 else tensors[0]
    return call_layer(run, traced, Arguments([Argument(whole, at, "")]), at)


def _call_on_data(run: Run, one: Instance, given: Arguments) -> None:
    """A model that is called on an array of a known shape is built for it."""
    first = given.positional[0] if given.positional else None
    if first is not None and isinstance(first.value, Array):
        shape = (None, *first.value.shape[1:])
        trace_alone(run, one, Argument(shape, first.at, first.text))


def trace_alone(run: Run, one: Instance, shape: Argument | None = None) -> ModelValue | None:
    """Follow a model of the source that is called nowhere, on inputs that its `call` asks for.

    `shape` is that of its first input, with the batch. None where it is not made of layers.
    """
    body = _call_method(one)
    if body is None:
        return one.traced
    arguments: dict[str, object] = {}
    for name in _needed(body):
        count = _unpacked(body, name)
        first = shape if shape is not None and not arguments else None
        made = [TensorValue(InputValue({"batch_shape": first} if first is not None else {}, one.at))
                for _ in range(count or 1)]  # fmt: skip
        arguments[name] = made if count else made[0]
    inputs: list[TensorValue] = []
    _replace_tensors(list(arguments.values()), inputs.append)
    passed = Passed(arguments, tuple(inputs), None)
    return trace(run, one, passed, shape.value if shape is not None else Unknown(FIRST_SHAPE))


def trace_in_chain(run: Run, one: Instance, shape: object) -> ModelValue | None:
    """Follow a layer of the source that stands in a Sequential, on a tensor of a shape."""
    body = _call_method(one)
    names = _needed(body) if body is not None else []
    if len(names) != 1:
        return one.traced
    made = TensorValue(InputValue({}, one.at, seen=shape if isinstance(shape, tuple) else None))
    built_for = shape if shape is not None else Unknown(FIRST_SHAPE)
    return _trace_layer(run, one, Passed({names[0]: made}, (made,), None), built_for)


def _call_method(one: Instance) -> Function | None:
    try:
        body = one.cls.member("call")
    except KeyError:
        return None
    return body if isinstance(body, Function) else None


def _needed(body: Function) -> list[str]:
    """Return the parameters without a default, or the first one."""
    spec = body.node.args
    names = [p.arg for p in (*spec.posonlyargs, *spec.args)]
    needed = names[1 : len(names) - len(spec.defaults)]
    return [name for name in needed if name != "training"] or names[1:2]


def _unpacked(body: Function, name: str) -> int:
    """Return how many tensors a parameter is unpacked into: `x, y = inputs`; 0 if it is not."""
    for node in ast.walk(body.node):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            target = node.targets[0]
            if node.value.id == name and isinstance(target, ast.Tuple | ast.List):
                starred = any(isinstance(each, ast.Starred) for each in target.elts)
                return 0 if starred else len(target.elts)
    return 0


def _by_name(body: Function, given: Arguments) -> dict[str, object] | None:
    """Return what a call passes by the names of the parameters; None where that is not known."""
    spec = body.node.args
    names = [p.arg for p in (*spec.posonlyargs, *spec.args)][1:]
    if given.open or len(given.positional) > len(names):
        return None
    found = dict(zip(names, given.positional, strict=False)) | given.named
    values = {name: argument.value for name, argument in found.items() if name != "training"}
    if any(is_too_large(value) for value in values.values()):
        return None
    tensors = [each for value in values.values() for each in tensors_in(value)]
    return values if all(isinstance(each, TensorValue) for each in tensors) else None


def _replace_tensors(value: object, change: Callable[[TensorValue], object]) -> object:
    """Return a value with something else in place of each tensor, also within each other."""
    if isinstance(value, TensorValue):
        return change(value)
    if isinstance(value, list | tuple):
        return type(value)([_replace_tensors(each, change) for each in value])
    if isinstance(value, dict):
        return {key: _replace_tensors(each, change) for key, each in value.items()}
    return value


def _passed(run: Run, arguments: Mapping[str, object], at: At) -> Passed:
    """Return symbolic inputs like the tensors that a call passes, with the shapes these have."""
    inputs: list[TensorValue] = []

    def symbolic(tensor: TensorValue) -> TensorValue:
        shape = run.shape_of(tensor)
        made = TensorValue(InputValue({}, at, seen=shape if isinstance(shape, tuple) else None))
        inputs.append(made)
        return made

    changed = {name: _replace_tensors(value, symbolic) for name, value in arguments.items()}
    pattern = {name: _replace_tensors(value, lambda _: "") for name, value in arguments.items()}
    return Passed(changed, tuple(inputs), pattern)


def _built_for(run: Run, arguments: Mapping[str, object]) -> object:
    """Return what `build` receives: the shape of the first tensor, or the shapes in a list."""
    first = next(iter(arguments.values()), None)

    def shape_of(tensor: object) -> object:
        shape = run.shape_of(tensor) if isinstance(tensor, TensorValue) else None
        return shape if shape is not None else Unknown(FIRST_SHAPE)

    return list(map(shape_of, first)) if isinstance(first, list | tuple) else shape_of(first)


def _fits(run: Run, traced: ModelValue, passed: Passed, tensors: list[TensorValue]) -> bool:
    """Tell whether what was followed for a first call holds for another one.

    It does for the same arguments besides the tensors, and for the same shapes where it asked.
    """
    if len(tensors) != len(traced.inputs) or traced.pattern not in (None, passed.pattern):
        return False
    makers = [tensor.maker for tensor in traced.inputs]
    return not any(
        isinstance(maker, InputValue) and maker.looked_at and maker.seen != run.shape_of(tensor)
        for maker, tensor in zip(makers, tensors, strict=True)
    )


def _trace_layer(run: Run, one: Instance, passed: Passed, built_for: object) -> ModelValue | None:
    """Follow a model or layer that is called in a model; None where its weights are not known."""
    kind = kind_of(one.cls)
    if kind not in ("Layer", "Model") or (kind == "Layer" and makes_variables(one.cls.node)):
        return None
    return trace(run, one, passed, built_for)


def trace(run: Run, one: Instance, passed: Passed, built_for: object) -> ModelValue | None:
    """Follow `build` and `call` of a model or layer of the source, once.

    `built_for` is what `build` receives. None where it is not made of layers.
    """
    body = _call_method(one)
    if one.traced is not None or one.tracing or body is None:
        return one.traced
    one.tracing = True
    build = one.cls.scope.names.get("build")
    if isinstance(build, Function):
        run.layers_made += kind_of(one.cls) == "Layer"
        run.invoke(Method(build, one), Arguments([Argument(built_for, one.at, "")]), one.at)
        run.layers_made -= kind_of(one.cls) == "Layer"
    named = {name: Argument(value, one.at, name) for name, value in passed.arguments.items()}
    if "training" in [p.arg for p in (*body.node.args.args, *body.node.args.kwonlyargs)]:
        named["training"] = Argument(False, one.at, "training")
    before, unread = list(run.traced_inputs), len(run.unread_calls)
    run.traced_inputs += passed.inputs[:1]
    result = run.invoke(Method(body, one), Arguments([], named), one.at)
    run.traced_inputs = before
    one.tracing = False
    found = list(tensors_in(result))
    outputs = [each for each in found if isinstance(each, TensorValue)]
    if not found or len(outputs) != len(found):
        return None
    model = ModelValue(FUNCTIONAL, one.at, inputs=list(passed.inputs), outputs=outputs)
    model.variable, model.owner, model.pattern = one.variable, one.cls.name, passed.pattern
    lost = _without_input(model, run.unread_calls[unread:])
    if kind_of(one.cls) == "Layer" and (lost or _says_more_than(one, model)):
        return None
    if one.weights and not _has_all_weights(one, model):
        return None
    for layer in lost:
        model.problems.append((layer.at, "what a layer is called on", "it is not read"))
    model.subclass, model.loss, model.fitted = one, one.loss, one.fitted
    one.traced = model
    return model


def _without_input(
    model: ModelValue, called: list[LayerValue | ModelValue]
) -> list[LayerValue | ModelValue]:
    """Return what was called on something that is not read, and is no part of a model so far."""
    parts = {id(call.target) for call in calls_of(model)}
    return [
        each
        for each in called
        if id(each) not in parts
        and not (
            isinstance(each, LayerValue) and traits_of(RENAMED.get(each.type, each.type)).weightless
        )
    ]


def _has_all_weights(one: Instance, model: ModelValue) -> bool:
    """Tell whether all is known of what a layer of the source does with its own weights."""
    operations = [c.target for c in calls_of(model) if isinstance(c.target, Operation)]
    weights = [each for each in operations if each.function == "weight"]
    return len(weights) == len(one.weights) and all(each.stated for each in operations)


def _says_more_than(one: Instance, model: ModelValue) -> bool:
    """Tell whether a layer is better known as a whole than by the calls in it."""
    calls = calls_of(model)
    unread = any(isinstance(c.target, LayerValue) and c.target.foreign for c in calls)
    try:
        one.cls.member("compute_output_shape")
    except KeyError:
        unread = False
    return unread or any(call.open is not None for call in calls)
