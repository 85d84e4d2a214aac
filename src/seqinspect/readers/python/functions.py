"""Functions, classes and objects of the source: they are called, made and traced."""

from __future__ import annotations

import ast

from seqinspect.algebra.expression import Expr
from seqinspect.readers.keras_config.in_code import BASES
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.python import keras_names
from seqinspect.readers.python.custom import makes_weights
from seqinspect.readers.python.expressions import evaluate
from seqinspect.readers.python.keras_calls import call_layer, tensors_in
from seqinspect.readers.python.keras_objects import custom_layer
from seqinspect.readers.python.keras_parts import calls_of
from seqinspect.readers.python.run import DEEPEST, Arguments, Run
from seqinspect.readers.python.values import (
    Argument,
    At,
    Class,
    Function,
    InputValue,
    Instance,
    LayerValue,
    Method,
    ModelValue,
    Scope,
    TensorValue,
    Unknown,
)
from seqinspect.rules import traits_of
from seqinspect.rules.index import FUNCTIONAL, SEQUENTIAL


def with_name(run: Run, name: str, value: object) -> object:
    """Return a value under a name of the source: a size, a model and what is not known take it."""
    if name == "_":
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return run.symbol(name, value)
    if isinstance(value, Expr):
        if value.value is None or value.is_constant or value in run.sizes.values():
            return value
        return run.symbol(name, formula=value)
    if isinstance(value, Unknown):
        if value.size is not None:
            return value
        if run.given.get(name) is not None:
            return run.symbol(name)
        return Unknown(name, source=value.source or value.text, owner=value.owner)
    model = value.model if isinstance(value, Instance) else value
    if isinstance(model, ModelValue) and not model.variable:
        model.variable = name
    if isinstance(value, Instance) and not value.variable:
        value.variable = name
    if isinstance(value, LayerValue) and not value.variable:
        value.variable = name
    return value


def invoke(run: Run, target: object, given: Arguments, at: At) -> object:
    """Call a function, method, class or object of the source."""
    if isinstance(target, Method):
        first = Argument(target.instance, at, "self")
        if target.function.static == "class":
            first = Argument(target.function.owner, at, "cls")
        return _call_function(
            run, target.function, Arguments([first, *given.positional], given.named, given.open)
        )
    if isinstance(target, Function):
        return _call_function(run, target, given)
    if isinstance(target, Class):
        return instantiate(run, target, given, at)
    if isinstance(target, Instance):
        return _call_instance(run, target, given, at)
    return Unknown("a call")


def _call_function(run: Run, function: Function, given: Arguments) -> object:
    function.called = True
    if len(run.active) >= DEEPEST or run.active.count(function.node) > 2:
        return Unknown(function.name)
    scope = Scope({}, function.scope, function.name)
    if function.owner is not None:
        scope.names["__class__"] = function.owner
    _bind_parameters(run, function, given, scope)
    run.active.append(function.node)
    try:
        if isinstance(function.node, ast.Lambda):
            return evaluate(run, function.node.body, scope)
        run.owners.append(_label(function))
        try:
            signal = run.execute(function.node.body, scope)
        finally:
            run.owners.pop()
    finally:
        run.active.pop()
    return signal.value if signal is not None and signal.kind == "return" else None


def _label(function: Function) -> str:
    return f"{function.owner.name}.{function.name}" if function.owner is not None else function.name


def _bind_parameters(run: Run, function: Function, given: Arguments, scope: Scope) -> None:
    """Bind what is passed to the parameters; a parameter without a value is a size by its name."""
    spec = function.node.args
    names = [parameter.arg for parameter in (*spec.posonlyargs, *spec.args)]
    values: dict[str, object] = {}
    positional = [argument.value for argument in given.positional]
    values.update(zip(names, positional, strict=False))
    extra = positional[len(names) :]
    keywords = {name: argument.value for name, argument in given.named.items()}
    every = [*names, *(parameter.arg for parameter in spec.kwonlyargs)]
    rest = {name: keywords.pop(name) for name in list(keywords) if name not in every}
    values.update(keywords)
    defaults = dict(zip(reversed(names), reversed(spec.defaults), strict=False))
    defaults |= {
        p.arg: d for p, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None
    }
    for name in every:
        if name in values:
            scope.names[name] = (
                values[name] if name == "self" else with_name(run, name, values[name])
            )
        elif name in defaults and not given.open:
            scope.names[name] = with_name(run, name, evaluate(run, defaults[name], function.scope))
        else:
            scope.names[name] = Unknown(name)
    if spec.vararg is not None:
        scope.names[spec.vararg.arg] = tuple(extra) if not given.open else Unknown(spec.vararg.arg)
    if spec.kwarg is not None:
        scope.names[spec.kwarg.arg] = more = dict(rest)
        if given.open:
            run.open_lists[id(more)] = more


OLD_BASES = frozenset({"MaskedLayer", "Recurrent"})
"""Layers of Keras 1 and 2 that were only derived from."""


def kind_of(cls: Class) -> str:
    """Return whether a class of the source is a Keras Model, Sequential or Layer; else empty."""
    for path in cls.external_bases():
        name = path.rpartition(".")[2]
        if name in BASES:
            return BASES[name]
        if keras_names.layer_class(path) or (keras_names.is_keras(path) and name in OLD_BASES):
            return "Layer"
    return ""


def instantiate(run: Run, cls: Class, given: Arguments, at: At) -> Instance:
    """Make an object of a class of the source."""
    cls.made = True
    made = Instance(cls)
    made.at = at
    run.instances.append(made)
    if kind_of(cls) == SEQUENTIAL:
        made.model = ModelValue(SEQUENTIAL, at, owner=run.owners[-1] if run.owners else "")
        run.models.append(made.model)
    try:
        start = cls.member("__init__")
    except KeyError:
        start = None
    if isinstance(start, Function):
        invoke(run, Method(start, made), given, at)
    else:
        values = dict(zip(cls.fields, (a.value for a in given.positional), strict=False))
        values |= {name: argument.value for name, argument in given.named.items()}
        made.attributes.update(
            {name: with_name(run, name, value) for name, value in values.items()}
        )
    return made


def _call_instance(run: Run, one: Instance, given: Arguments, at: At) -> object:
    """Call an object: a model or layer of the source on tensors, else its `__call__`."""
    if one.model is not None:
        return call_layer(run, one.model, given, at)
    if kind_of(one.cls) in ("Layer", "Model"):
        first = given.positional[0].value if given.positional else None
        tensors = list(first) if isinstance(first, list | tuple) else [first]
        shapes = [_shape_of(run, each) for each in tensors]
        if isinstance(first, list | tuple):
            traced = trace_layer(run, one, shapes, count=len(shapes))
        else:
            traced = trace_layer(run, one, shapes[0])
        if traced is not None and not _on_other_shapes(traced, shapes):
            return call_layer(run, traced, given, at)
        return call_layer(run, custom_layer(run, one, at), given, at)
    try:
        found = one.cls.member("__call__")
    except KeyError:
        if one.cls.external_bases():  # a class that is not read may be a layer's
            return call_layer(run, custom_layer(run, one, at), given, at)
        return Unknown(one.cls.name)
    return (
        invoke(run, Method(found, one), given, at)
        if isinstance(found, Function)
        else Unknown(one.cls.name)
    )


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


def _on_other_shapes(traced: ModelValue, shapes: list[object]) -> bool:
    """Tell whether a layer asked for the shape of its input, and is called on another one now."""
    makers = [tensor.maker for tensor in traced.inputs]
    return any(
        isinstance(maker, InputValue) and maker.looked_at and maker.seen != shape
        for maker, shape in zip(makers, shapes, strict=False)
    )


def _says_more_than(one: Instance, model: ModelValue) -> bool:
    """Tell whether a layer is better known as a whole than by the calls in it."""
    calls = calls_of(model)
    unread = any(isinstance(c.target, LayerValue) and c.target.foreign for c in calls)
    try:
        one.cls.member("compute_output_shape")
    except KeyError:
        unread = False
    return unread or any(call.open is not None for call in calls)


def _shape_of(run: Run, value: object) -> object:
    shape = run.shape_of(value) if isinstance(value, TensorValue) else None
    return shape if shape is not None else Unknown("input_shape")


def trace_layer(run: Run, one: Instance, built_for: object, count: int = 0) -> ModelValue | None:
    """Follow a model or layer that is called in a model; None where it has weights of its own."""
    kind = kind_of(one.cls)
    if kind not in ("Layer", "Model") or (kind == "Layer" and makes_weights(one.cls.node)):
        return None
    return trace(run, one, built_for, count=count)


def trace(
    run: Run,
    one: Instance,
    built_for: object,
    shape: Argument | None = None,
    count: int = 0,
) -> ModelValue | None:
    """Follow `build` and `call` of a model or layer of the source on symbolic inputs.

    `built_for` is what `build` receives. None where it is not made of layers.
    """
    if one.traced is not None or one.tracing:
        return one.traced
    try:
        body = one.cls.member("call")
    except KeyError:
        return None
    if not isinstance(body, Function):
        return None
    one.tracing = True
    build = one.cls.scope.names.get("build")
    if isinstance(build, Function):
        invoke(run, Method(build, one), Arguments([Argument(built_for, one.at, "")]), one.at)
    spec = body.node.args
    required = [p.arg for p in spec.args[1 : len(spec.args) - len(spec.defaults)]] or [
        p.arg for p in spec.args[1:2]
    ]
    inputs: list[TensorValue] = []
    given = Arguments([])
    for name in required[:1]:
        seen = built_for if count and isinstance(built_for, list) else [built_for]
        made = [TensorValue(InputValue({"batch_shape": shape} if shape is not None else {}, one.at,
                                       seen=each if isinstance(each, tuple) else None))
                for each in seen]  # fmt: skip
        inputs += made
        given.positional.append(Argument(made if count else made[0], one.at, name))
    if "training" in [p.arg for p in spec.args]:
        given.named["training"] = Argument(False, one.at, "training")
    before, unread = list(run.traced_inputs), len(run.unread_calls)
    run.traced_inputs += inputs[:1]
    result = invoke(run, Method(body, one), given, one.at)
    run.traced_inputs = before
    one.tracing = False
    found = list(tensors_in(result))
    if not found or not all(isinstance(each, TensorValue) for each in found):
        return None
    model = ModelValue(FUNCTIONAL, one.at, inputs=inputs, variable=one.variable, owner=one.cls.name)
    model.outputs = [each for each in found if isinstance(each, TensorValue)]
    lost = _without_input(model, run.unread_calls[unread:])
    if kind_of(one.cls) == "Layer" and (lost or _says_more_than(one, model)):
        return None
    for layer in lost:
        model.problems.append((layer.at, "what a layer is called on", "it is not read"))
    model.subclass, model.loss, model.target = one, one.loss, one.target
    one.traced = model
    return model
