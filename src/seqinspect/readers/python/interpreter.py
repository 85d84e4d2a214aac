"""Statements, functions and classes of the source, followed over values; nothing of it runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.keras_config.in_code import BASES
from seqinspect.readers.python import keras_names
from seqinspect.readers.python import keras_objects as keras
from seqinspect.readers.python.builtin_calls import iterate, truth
from seqinspect.readers.python.custom import makes_weights
from seqinspect.readers.python.expressions import (
    bind,
    combine,
    evaluate,
    source_of,
    unpack,
)
from seqinspect.readers.python.run import (
    DEEPEST,
    MOST_STEPS,
    Arguments,
    Run,
    StepsExceeded,
    number_of,
)
from seqinspect.readers.python.values import (
    Argument,
    Array,
    At,
    Bound,
    Call,
    Class,
    External,
    Function,
    InputValue,
    Instance,
    LayerValue,
    Method,
    ModelValue,
    Scope,
    Signal,
    TensorValue,
    Unknown,
    is_too_large,
)
from seqinspect.rules.index import FUNCTIONAL, SEQUENTIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seqinspect.readers.python.code import Code

HARMLESS = frozenset(
    "print info debug warning error summary show plot savefig exit makedirs mkdir save save_weights"
    " write close".split()
)
"""Functions whose call changes nothing that is followed."""

LONG_LOOP = 40
"""A longer loop is followed once, if no layer is mentioned in it: it goes through data."""

MOST_TURNS = 200
"""A loop whose condition is known goes round so often at the most."""

OLD_MODULES = ("keras.layers.recurrent", "keras.layers.core", "keras.layers.embeddings",
               "keras.layers.convolutional", "keras.layers.wrappers", "keras.layers.normalization",
               "keras.layers.merge", "keras.engine", "keras.layers.extra")  # fmt: skip
"""Modules that only Keras 1 and 2 had: who imports from them wrote for those."""


def run_module(run: Run, code: Code) -> Scope:
    """Follow the statements of a source, then the functions and classes that nothing called."""
    run.invoke = lambda target, given, at: invoke(run, target, given, at)
    run.model_method = lambda model, name, given, at: _model_method(run, model, name, given, at)
    run.instance_method = lambda one, name, given, at: _instance_method(run, one, name, given, at)
    scope = Scope({"__name__": "__main__", "__file__": "source.py"}, None, "")
    try:
        execute(run, code.tree.body, scope)
        _follow_uncalled(run, scope)
        _trace_subclassed(run)
    except StepsExceeded:
        run.cut = f"more than {MOST_STEPS:,} steps"
    except RecursionError:
        run.cut = "calls that are nested too deeply"
    return scope


def execute(run: Run, body: Iterable[ast.stmt], scope: Scope) -> Signal | None:
    """Follow statements until one leaves the block."""
    for node in body:
        run.spend()
        run.line = node.lineno
        reader = STATEMENTS.get(type(node))
        signal = reader(run, node, scope) if reader is not None else None
        if signal is not None:
            return signal
    return None


def _expression(run: Run, node: ast.Expr, scope: Scope) -> Signal | None:
    evaluate(run, node.value, scope)
    return None


def _assign(run: Run, node: ast.Assign, scope: Scope) -> Signal | None:
    value = evaluate(run, node.value, scope)
    for target in node.targets:
        assign(run, target, value, scope, node.value)
    return None


def _assign_annotated(run: Run, node: ast.AnnAssign, scope: Scope) -> Signal | None:
    if node.value is not None:
        assign(run, node.target, evaluate(run, node.value, scope), scope, node.value)
    elif isinstance(node.target, ast.Name):
        scope.names.setdefault(f" {node.target.id}", None)
    return None


def _assign_more(run: Run, node: ast.AugAssign, scope: Scope) -> Signal | None:
    before = evaluate(run, node.target, scope)
    value = evaluate(run, node.value, scope)
    if isinstance(before, list) and isinstance(node.op, ast.Add):
        before.extend(iterate(run, value) or [])
        return None
    found = combine(run, type(node.op), before, value, node)
    number = number_of(found)
    if number is not None and isinstance(node.target, ast.Name):
        scope.names[node.target.id] = number
        return None
    assign(run, node.target, found, scope, node)
    return None


def assign(run: Run, target: ast.AST, value: object, scope: Scope, source: ast.AST) -> None:
    """Assign to a name, an attribute, an item or several of them; a size gets the name."""
    if isinstance(target, ast.Name):
        owner = scope
        if f"global {target.id}" in scope.names:
            while owner.parent is not None:
                owner = owner.parent
        owner.names[target.id] = _with_name(run, target.id, value)
    elif isinstance(target, ast.Attribute):
        _assign_attribute(run, target, value, scope)
    elif isinstance(target, ast.Subscript):
        _assign_item(run, target, value, scope)
    elif isinstance(target, ast.Tuple | ast.List):
        for part, inner in zip(target.elts, unpack(run, target, value), strict=True):
            inner_source = part.value if isinstance(part, ast.Starred) else part
            assign(run, inner_source, inner, scope, source)


def _with_name(run: Run, name: str, value: object) -> object:
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
        run.origins.setdefault(name, value.text)
        if run.given.get(name) is not None:
            return run.symbol(name)
        return Unknown(name, source=value.source or value.text)
    model = value.model if isinstance(value, Instance) else value
    if isinstance(model, ModelValue) and not model.variable:
        model.variable = name
    if isinstance(value, Instance) and not value.variable:
        value.variable = name
    if isinstance(value, LayerValue) and not value.variable:
        value.variable = name
    return value


def _assign_attribute(run: Run, target: ast.Attribute, value: object, scope: Scope) -> None:
    owner = evaluate(run, target.value, scope)
    if isinstance(owner, Instance):
        owner.attributes[target.attr] = _with_name(run, target.attr, value)
        if owner.model is not None:
            keras.set_attribute(owner.model, target.attr, value)
    elif isinstance(owner, Class):
        owner.scope.names[target.attr] = _with_name(run, target.attr, value)
    else:
        keras.set_attribute(owner, target.attr, value)


def _assign_item(run: Run, target: ast.Subscript, value: object, scope: Scope) -> None:
    owner = evaluate(run, target.value, scope)
    key = evaluate(run, target.slice, scope)
    if is_too_large(value):
        value = Unknown(source_of(target))
    if isinstance(owner, dict):
        name = number_of(key) if isinstance(key, Expr) else key
        if isinstance(name, str | int | float | tuple | None):
            owner[name] = value
    elif isinstance(owner, list):
        index = number_of(key)
        if index is not None and -len(owner) <= index < len(owner):
            owner[index] = value
    elif isinstance(owner, Array) and isinstance(target.value, ast.Name):
        scope.names[target.value.id] = Unknown(target.value.id)
    if isinstance(owner, dict | list) and run.open_loops:
        run.open_lists[id(owner)] = owner


def _if(run: Run, node: ast.If, scope: Scope) -> Signal | None:
    known = truth(evaluate(run, node.test, scope))
    if known is None:
        if not _matters(node.body) and not _matters(node.orelse):
            return None
        if _raises(node.body):
            known = False
        elif node.orelse and _raises(node.orelse):
            known = True
        elif _matters_for_models(node):
            known = run.decide(source_of(node.test))
        else:
            return _either(run, node, scope)
    return execute(run, node.body if known else node.orelse, scope)


def _either(run: Run, node: ast.If, scope: Scope) -> Signal | None:
    """Follow both branches of a condition that decides on no layer: what differs is not known."""
    before = dict(scope.names)
    first = execute(run, node.body, scope)
    after = dict(scope.names)
    scope.names.clear()
    scope.names.update(before)
    second = execute(run, node.orelse, scope)
    for name in {*after, *scope.names}:
        one, other = after.get(name), scope.names.get(name)
        if one is not other and (is_too_large(one) or one != other):
            scope.names[name] = Unknown(name)
    return first if first is not None and second is not None else None


def _matters(body: list[ast.stmt]) -> bool:
    """Tell whether statements can change what is known."""
    kinds = (
        ast.Assign,
        ast.AugAssign,
        ast.AnnAssign,
        ast.Return,
        ast.Raise,
        ast.Break,
        ast.Continue,
    )
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, kinds):
                return True
            if isinstance(node, ast.Call) and not _is_harmless(node.func):
                return True
    return False


def _is_harmless(func: ast.expr) -> bool:
    name = (
        func.id
        if isinstance(func, ast.Name)
        else func.attr
        if isinstance(func, ast.Attribute)
        else ""
    )
    return name in HARMLESS


def _raises(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Raise)


def _matters_for_models(node: ast.If) -> bool:
    """Tell whether a condition can decide on layers, tensors or what a function returns."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Return | ast.Break | ast.Continue):
            return True
        if isinstance(inner, ast.Call):
            return True
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            return True
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            return True
    return False


def _for(run: Run, node: ast.For, scope: Scope) -> Signal | None:
    value = evaluate(run, node.iter, scope)
    items = iterate(run, value)
    if items is None or (len(items) > LONG_LOOP and not _mentions_layers(run, node.body)):
        return _open_loop(run, node, scope, node.target, _loop_text(value, node.iter))
    for item in items:
        bind(run, node.target, item, scope)
        signal = execute(run, node.body, scope)
        if signal is not None and signal.kind == "break":
            return None
        if signal is not None and signal.kind != "continue":
            return signal
    return execute(run, node.orelse, scope)


def _loop_text(value: object, node: ast.AST) -> str:
    """Return what decides how often a loop goes round: a size that is not known, or its source."""
    size = value.size if isinstance(value, Unknown) else None
    if size is not None and size.symbols():
        return min(size.symbols())
    return value.text if isinstance(value, Unknown) else source_of(node)


def _mentions_layers(run: Run, body: list[ast.stmt]) -> bool:
    names = {name for statement in body for name in _names_in(statement)}
    if any(keras_names.is_keras_word(name) for name in names) or "add" in names:
        return True
    return any(f.name in names and _builds(run, f) for f in run.functions)


def _while(run: Run, node: ast.While, scope: Scope) -> Signal | None:
    if not _mentions_layers(run, node.body):
        return _open_loop(run, node, scope, None, source_of(node.test))
    for _ in range(MOST_TURNS):
        known = truth(evaluate(run, node.test, scope))
        if known is None or isinstance(node.test, ast.Constant):
            return _open_loop(run, node, scope, None, source_of(node.test))
        if not known:
            return execute(run, node.orelse, scope)
        signal = execute(run, node.body, scope)
        if signal is not None and signal.kind == "break":
            return None
        if signal is not None and signal.kind != "continue":
            return signal
    return None


def _open_loop(
    run: Run, node: ast.For | ast.While, scope: Scope, target: ast.AST | None, text: str
) -> Signal | None:
    """Follow a loop once that goes round nobody knows how often: what it carries is not known."""
    before = dict(scope.names)
    if target is not None:
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                scope.names[part.id] = Unknown(part.id)
    run.open_loops.append((run.at(node), text))
    try:
        signal = execute(run, node.body, scope)
    finally:
        where = run.open_loops.pop()
    for name, old in before.items():
        new = scope.names.get(name)
        if new is old or isinstance(new, ModelValue | Instance | Function | Class | External):
            continue
        if isinstance(new, TensorValue):
            if isinstance(old, TensorValue) and isinstance(new.maker, Call):
                new.maker.open = where
        elif not (isinstance(new, int | float | str | Expr) and new == old):
            scope.names[name] = Unknown(name)
    return signal if signal is not None and signal.kind == "return" else None


def _try(run: Run, node: ast.Try, scope: Scope) -> Signal | None:
    signal = execute(run, node.body, scope)
    if signal is not None and signal.kind == "raise":
        signal = execute(run, node.handlers[0].body, scope) if node.handlers else None
    elif signal is None:
        signal = execute(run, node.orelse, scope)
    return execute(run, node.finalbody, scope) or signal


def _with(run: Run, node: ast.With, scope: Scope) -> Signal | None:
    for item in node.items:
        value = evaluate(run, item.context_expr, scope)
        if item.optional_vars is not None:
            bind(run, item.optional_vars, value, scope)
    return execute(run, node.body, scope)


def _import(run: Run, node: ast.Import, scope: Scope) -> Signal | None:
    for alias in node.names:
        if alias.asname is not None:
            scope.names[alias.asname] = External(alias.name)
        else:
            root = alias.name.partition(".")[0]
            scope.names[root] = External(root)
        _mind_era(run, alias.name)
    return None


def _import_from(run: Run, node: ast.ImportFrom, scope: Scope) -> Signal | None:
    module = "." * node.level + (node.module or "")
    _mind_era(run, module)
    for alias in node.names:
        if alias.name == "*":
            run.stars.append(module)
        else:
            scope.names[alias.asname or alias.name] = External(f"{module}.{alias.name}")
    return None


def _mind_era(run: Run, module: str) -> None:
    if module.startswith(OLD_MODULES):
        run.legacy = True


def _define(run: Run, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Signal | None:
    function = Function(node, scope, node.name)
    for decorator in node.decorator_list:
        name = source_of(decorator).rpartition(".")[2]
        if name in ("property", "staticmethod", "classmethod", "cached_property"):
            function.static = {"staticmethod": "static", "classmethod": "class"}.get(
                name, "property"
            )
    scope.names[node.name] = function
    run.functions.append(function)
    return None


def _define_class(run: Run, node: ast.ClassDef, scope: Scope) -> Signal | None:
    bases = tuple(evaluate(run, base, scope) for base in node.bases)
    inner = Scope({}, scope, node.name)
    cls = Class(node.name, node, inner, bases)
    first = len(run.functions)
    execute(run, node.body, inner)
    fields = []
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            fields.append(statement.target.id)
    cls.fields = tuple(fields)
    for function in run.functions[first:]:
        if function.scope is inner:
            function.owner = cls
            function.scope = scope
    scope.names[node.name] = cls
    run.classes.append(cls)
    return None


def _return(run: Run, node: ast.Return, scope: Scope) -> Signal | None:
    return Signal("return", None if node.value is None else evaluate(run, node.value, scope))


def _global(run: Run, node: ast.Global, scope: Scope) -> Signal | None:
    for name in node.names:
        scope.names[f"global {name}"] = None
    return None


def _delete(run: Run, node: ast.Delete, scope: Scope) -> Signal | None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
    return None


STATEMENTS: dict[type, Callable[..., Signal | None]] = {
    ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _assign_annotated,
    ast.AugAssign: _assign_more, ast.If: _if, ast.For: _for, ast.AsyncFor: _for,
    ast.While: _while, ast.Try: _try, ast.With: _with, ast.AsyncWith: _with,
    ast.Import: _import, ast.ImportFrom: _import_from, ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define, ast.ClassDef: _define_class, ast.Return: _return,
    ast.Global: _global, ast.Delete: _delete,
    ast.Break: lambda *_: Signal("break"), ast.Continue: lambda *_: Signal("continue"),
    ast.Raise: lambda *_: Signal("raise"),
}  # fmt: skip


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
            signal = execute(run, function.node.body, scope)
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
                values[name] if name == "self" else _with_name(run, name, values[name])
            )
        elif name in defaults:
            scope.names[name] = _with_name(run, name, evaluate(run, defaults[name], function.scope))
        else:
            scope.names[name] = Unknown(name)
    if spec.vararg is not None:
        scope.names[spec.vararg.arg] = tuple(extra) if not given.open else Unknown(spec.vararg.arg)
    if spec.kwarg is not None:
        scope.names[spec.kwarg.arg] = dict(rest)


def kind_of(cls: Class) -> str:
    """Return whether a class of the source is a Keras Model, Sequential or Layer; else empty."""
    for path in cls.external_bases():
        name = path.rpartition(".")[2]
        if name in BASES:
            return BASES[name]
        if keras_names.is_keras(path) and keras_names.is_layer_name(name):
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
            {name: _with_name(run, name, value) for name, value in values.items()}
        )
    return made


def _call_instance(run: Run, one: Instance, given: Arguments, at: At) -> object:
    """Call an object: a model or layer of the source on tensors, else its `__call__`."""
    if one.model is not None:
        return keras.call_layer(run, one.model, given, at)
    kind = kind_of(one.cls)
    if kind == "Layer" and makes_weights(one.cls.node):
        return keras.call_layer(run, keras.custom_layer(run, one, at), given, at)
    if kind in ("Layer", "Model"):
        first = given.positional[0].value if given.positional else None
        count = len(first) if isinstance(first, list | tuple) else 0
        traced = trace(run, one, count=count)
        if traced is not None:
            return keras.call_layer(run, traced, given, at)
        return keras.call_layer(run, keras.custom_layer(run, one, at), given, at)
    try:
        found = one.cls.member("__call__")
    except KeyError:
        return Unknown(one.cls.name)
    return (
        invoke(run, Method(found, one), given, at)
        if isinstance(found, Function)
        else Unknown(one.cls.name)
    )


def trace(
    run: Run, one: Instance, shape: Argument | None = None, count: int = 0
) -> ModelValue | None:
    """Follow `call` of a model or layer of the source on symbolic inputs.

    None where it is not made of layers.
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
    spec = body.node.args
    required = [p.arg for p in spec.args[1 : len(spec.args) - len(spec.defaults)]] or [
        p.arg for p in spec.args[1:2]
    ]
    inputs: list[TensorValue] = []
    given = Arguments([])
    for name in required[:1]:
        made = [TensorValue(InputValue({"batch_shape": shape} if shape is not None else {}, one.at))
                for _ in range(max(1, count))]  # fmt: skip
        inputs += made
        given.positional.append(Argument(made if count else made[0], one.at, name))
    if "training" in [p.arg for p in spec.args]:
        given.named["training"] = Argument(False, one.at, "training")
    before = len(run.notes)
    result = invoke(run, Method(body, one), given, one.at)
    del run.notes[before:]
    one.tracing = False
    found = list(keras.tensors_in(result))
    if not found or not all(isinstance(each, TensorValue) for each in found):
        return None
    model = ModelValue(FUNCTIONAL, one.at, inputs=inputs, variable=one.variable, owner=one.cls.name)
    model.outputs = [each for each in found if isinstance(each, TensorValue)]
    model.subclass = one
    one.traced = model
    return model


def _instance_method(run: Run, one: Instance, name: str, given: Arguments, at: At) -> object:
    """Call a method that the base class in Keras has: `super().__init__`, `self.add`."""
    short = name.removeprefix("super.")
    kind = kind_of(one.cls)
    if short == "__init__" and kind == "Model":
        named = given.named
        if (
            "inputs" in named or "input" in named or len(given.positional) >= 2
        ) and one.model is None:
            made = keras.make_model(run, "Model", given, at)
            if isinstance(made, ModelValue):
                made.variable = one.cls.name
                one.model = made
        return None
    if one.model is not None:
        return _model_method(run, one.model, short, given, at)
    if short in ("add_weight", "add_variable"):
        one.weights.append(_weight(given))
        return Unknown(f"a weight of {one.cls.name}")
    if short == "build" and kind == "Model" and given.positional:
        trace(run, one, given.positional[0])
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


def _model_method(run: Run, model: ModelValue, name: str, given: Arguments, at: At) -> object:
    """Call a method of a Keras model."""
    first = given.positional[0] if given.positional else None
    if name == "add":
        layer = first or given.named.get("layer")
        if layer is not None:
            keras.add_layer(run, model, layer.value, layer.at)
        return None
    if name == "pop":
        return model.layers.pop() if model.layers else None
    if name == "compile":
        loss = given.named.get("loss") or (
            given.positional[1] if len(given.positional) > 1 else None
        )
        if loss is not None and isinstance(loss.value, str):
            model.loss = loss.value
        return None
    if name == "fit":
        _fit(model, first, at)
        return Unknown("the history of training")
    if name == "build":
        shape = first or given.named.get("input_shape")
        if shape is not None and model.is_sequential and not keras._has_input(model):
            model.layers.insert(0, InputValue({"batch_shape": shape}, at))
        return None
    if name == "get_layer":
        return _get_layer(run, model, given)
    if name == "call":
        return keras.call_layer(run, model, given, at)
    return Unknown(f"{model.variable or 'model'}.{name}()")


def _fit(model: ModelValue, data: Argument | None, at: At) -> None:
    """The data that a Sequential without an input is trained on decides its input."""
    if data is None or not model.is_sequential or keras._has_input(model) or not model.layers:
        return
    if isinstance(data.value, Array):
        shape = Argument((None, *data.value.shape[1:]), data.at, data.text)
        model.layers.insert(0, InputValue({"batch_shape": shape}, at))


def _get_layer(run: Run, model: ModelValue, given: Arguments) -> object:
    layers = keras.attribute(run, model, "layers", model.at, "layers")
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


def _follow_uncalled(run: Run, scope: Scope) -> None:
    """Call the functions that build something and that the source itself never calls."""
    waiting = [f for f in run.functions if not f.called and _builds(run, f)]
    used = {name for f in waiting for name in _names_in(f.node) if name != f.name}
    for function in [f for f in waiting if f.name not in used] + waiting:
        if function.called or (function.name.startswith("__")):
            continue
        if function.owner is not None:
            if kind_of(function.owner) in ("Model", "Layer", SEQUENTIAL):
                continue
            one = next(
                (made for made in reversed(run.instances) if made.cls is function.owner), None
            )
            if one is None and function.static not in ("static", "class"):
                one = instantiate(run, function.owner, Arguments(), run.at(function.node))
                if function.called:
                    continue
            target = function if function.static == "static" else Method(function, one)
            invoke(run, target, Arguments(), run.at(function.node))
        elif function.scope is scope or function.scope.parent is None:
            invoke(run, function, Arguments(), run.at(function.node))
    for cls in run.classes:
        if not cls.made and kind_of(cls) in ("Model", SEQUENTIAL):
            made = instantiate(run, cls, Arguments(), run.at(cls.node))
            made.variable = cls.name
            if made.model is not None and not made.model.variable:
                made.model.variable = cls.name


def _builds(run: Run, function: Function) -> bool:
    """Tell whether a function mentions a layer or a model, or calls one that does."""
    names = _names_in(function.node)
    if any(keras_names.is_keras_word(name) for name in names):
        return True
    return any(
        keras_names.is_keras_word(inner)
        for other in run.functions
        if other is not function and other.name in names
        for inner in _names_in(other.node)
    )


def _names_in(node: ast.AST) -> set[str]:
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
    return found


def _trace_subclassed(run: Run) -> None:
    """Follow `call` of every model whose class is the source's own."""
    for one in list(run.instances):
        if kind_of(one.cls) == "Model" and one.model is None:
            model = trace(run, one)
            if model is not None and model not in run.models:
                model.variable = one.variable or one.cls.name
                run.models.append(model)
            elif model is None:
                empty = ModelValue(FUNCTIONAL, one.at, variable=one.variable or one.cls.name)
                empty.owner = one.cls.name
                empty.problems.append(
                    (run.at(one.cls.node), "its `call`", "it is not made of layers that are known")
                )
                run.models.append(empty)


__all__ = ["Bound", "execute", "run_module"]
