"""Functions, classes and objects of the source: they are called, made and traced."""

from __future__ import annotations

import ast

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python.expressions import evaluate
from seqinspect.readers.python.keras_calls import call_layer
from seqinspect.readers.python.keras_objects import custom_layer, make_layer
from seqinspect.readers.python.run import DEEPEST, Arguments, Run, with_partial
from seqinspect.readers.python.sources import assigned_in
from seqinspect.readers.python.tracing import call_own, kind_of, layer_set_by
from seqinspect.readers.python.values import (
    Argument,
    At,
    Class,
    Function,
    Instance,
    LayerValue,
    Method,
    ModelValue,
    Partial,
    Scope,
    Unknown,
)
from seqinspect.rules.index import SEQUENTIAL

OBJECT_STEPS = 100
"""So much work it counts to make an object, whose `call` may be followed, too."""


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
    if isinstance(model, ModelValue):
        model.variable = model.variable or name
        model.further_names[name] = None
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
    if isinstance(target, Partial):
        return invoke(run, target.target, with_partial(target, given), at)
    if isinstance(target, Class):
        return instantiate(run, target, given, at)
    if isinstance(target, Instance):
        return _call_instance(run, target, given, at)
    return Unknown("a call")


def _call_function(run: Run, function: Function, given: Arguments) -> object:
    function.called = True
    if len(run.active) >= DEEPEST or run.active.count(function.node) > 2:
        return Unknown(function.name)
    assigned = assigned_in(function.node)
    scope = Scope({}, function.scope, function.name, assigned=assigned)
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


def instantiate(run: Run, cls: Class, given: Arguments, at: At) -> Instance:
    """Make an object of a class of the source."""
    cls.made = True
    run.spend(OBJECT_STEPS)
    made = Instance(cls)
    made.at = at
    run.instances.append(made)
    if kind_of(cls) == SEQUENTIAL:
        made.model = ModelValue(SEQUENTIAL, at, owner=run.owners[-1] if run.owners else "")
        run.enter_model(made.model)
    try:
        start = cls.member("__init__")
    except KeyError:
        start = None
    if isinstance(start, Function):
        run.layers_made += kind_of(cls) == "Layer"
        invoke(run, Method(start, made), given, at)
        run.layers_made -= kind_of(cls) == "Layer"
    elif path := layer_set_by(cls):
        made.layer = make_layer(run, path.rpartition(".")[2], path, given, at)
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
        return call_own(run, one, given, at)
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
