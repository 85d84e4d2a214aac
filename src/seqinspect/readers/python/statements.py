"""Statements of the source, followed over values; nothing of it runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python import keras_names
from seqinspect.readers.python.arithmetic import combine, compare_values
from seqinspect.readers.python.builtin_calls import iterate, truth
from seqinspect.readers.python.expressions import bind, evaluate, unpack
from seqinspect.readers.python.functions import with_name
from seqinspect.readers.python.imports import find_module, member_of
from seqinspect.readers.python.keras_parts import set_attribute
from seqinspect.readers.python.loops import follow_for, follow_while
from seqinspect.readers.python.run import Run, number_of
from seqinspect.readers.python.sources import names_in, source_of
from seqinspect.readers.python.values import (
    Array,
    Call,
    Class,
    External,
    Function,
    Instance,
    Namespace,
    Scope,
    Signal,
    TensorValue,
    Unknown,
    is_too_large,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


HARMLESS = frozenset(
    "print info debug warning error summary show plot savefig exit makedirs mkdir save save_weights"
    " write close".split()
)
"""Functions whose call changes nothing that is followed."""


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
        scope.holder(node.target.id).names[node.target.id] = number
        return None
    assign(run, node.target, found, scope, node)
    return None


def assign(run: Run, target: ast.AST, value: object, scope: Scope, source: ast.AST) -> None:
    """Assign to a name, an attribute, an item or several of them; a size gets the name."""
    if isinstance(target, ast.Name):
        scope.holder(target.id).names[target.id] = with_name(run, target.id, value)
    elif isinstance(target, ast.Attribute):
        _assign_attribute(run, target, value, scope)
    elif isinstance(target, ast.Subscript):
        _assign_item(run, target, value, scope)
    elif isinstance(target, ast.Tuple | ast.List):
        for part, inner in zip(target.elts, unpack(run, target, value), strict=True):
            inner_source = part.value if isinstance(part, ast.Starred) else part
            assign(run, inner_source, inner, scope, source)


def _assign_attribute(run: Run, target: ast.Attribute, value: object, scope: Scope) -> None:
    owner = evaluate(run, target.value, scope)
    if isinstance(owner, Instance):
        owner.attributes[target.attr] = with_name(run, target.attr, value)
        if owner.model is not None:
            set_attribute(owner.model, target.attr, value)
    elif isinstance(owner, Namespace):
        owner.values[target.attr] = with_name(run, target.attr, value)
    elif isinstance(owner, Class):
        owner.scope.names[target.attr] = with_name(run, target.attr, value)
    else:
        set_attribute(owner, target.attr, value)


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
        elif run.open_loops and not any(map(keras_names.is_keras_word, names_in(node))):
            return _either(run, node, scope)
        elif _matters_for_models(node):
            known = run.decide(source_of(node.test))
        else:
            return _either(run, node, scope)
    return execute(run, node.body if known else node.orelse, scope)


def _match(run: Run, node: ast.Match, scope: Scope) -> Signal | None:
    """Follow the case that a value matches; where that is not known, a condition decides."""
    subject = evaluate(run, node.subject, scope)
    for case in node.cases:
        known = _matches(run, case.pattern, subject, scope)
        if known is not False and case.guard is not None:
            guard = truth(evaluate(run, case.guard, scope))
            known = None if guard is None else known and guard
        if known is None:
            known = run.decide(f"{source_of(node.subject)} is {source_of(case.pattern)}")
        if known:
            return execute(run, case.body, scope)
    return None


def _matches(run: Run, pattern: ast.pattern, subject: object, scope: Scope) -> bool | None:
    """Tell whether a value matches a pattern; None where that is not known."""
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        if pattern.name is not None:
            scope.names[pattern.name] = subject
        return True
    if isinstance(pattern, ast.MatchValue):
        return compare_values(ast.Eq(), subject, evaluate(run, pattern.value, scope))
    if isinstance(pattern, ast.MatchSingleton):
        return compare_values(ast.Is(), subject, pattern.value)
    if isinstance(pattern, ast.MatchOr):
        found = [_matches(run, each, subject, scope) for each in pattern.patterns]
        return True if True in found else None if None in found else False
    return None


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
        if one is other or not (is_too_large(one) or one != other):
            continue
        if isinstance(one, TensorValue) and isinstance(one.maker, Call) and run.open_loops:
            one.maker.open = run.open_loops[-1]
            scope.names[name] = one
        else:
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


EXITS = frozenset({"exit", "os._exit", "quit", "sys.exit"})


def _raises(body: list[ast.stmt]) -> bool:
    """Tell whether statements end the program, or what Python does of it."""
    last = body[-1] if body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return source_of(last.value.func) in EXITS
    return isinstance(last, ast.Raise)


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
        root = alias.name.partition(".")[0]
        name = alias.asname or root
        found = find_module(run, alias.name if alias.asname else root, 0, scope)
        whole = External(alias.name if alias.asname else root)
        scope.names[name] = found if found is not None else whole
        run.mind_era(f"{alias.name}.")
    return None


def _import_from(run: Run, node: ast.ImportFrom, scope: Scope) -> Signal | None:
    module = "." * node.level + (node.module or "")
    beside = find_module(run, node.module or "", node.level, scope)
    for alias in node.names:
        if alias.name == "*" and beside is not None:
            names = beside.scope.names.items()
            scope.names.update({k: v for k, v in names if k.isidentifier() and k[0] != "_"})
        elif alias.name == "*":
            run.stars.append(module)
        else:
            found = member_of(run, beside, alias.name) if beside is not None else None
            path = External(f"{module}.{alias.name}")
            run.mind_era(path.path)
            scope.names[alias.asname or alias.name] = path if found is None else found
    return None


def _define(run: Run, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Signal | None:
    function = Function(node, scope, node.name, imported=run.importing)
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            return None  # the property stays what it is
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
    cls = Class(node.name, node, inner, bases, imported=run.importing)
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
    scope.declared_global.update(node.names)
    return None


def _nonlocal(run: Run, node: ast.Nonlocal, scope: Scope) -> Signal | None:
    scope.declared_outer.update(node.names)
    return None


def _delete(run: Run, node: ast.Delete, scope: Scope) -> Signal | None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
    return None


STATEMENTS: dict[type, Callable[..., Signal | None]] = {
    ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _assign_annotated,
    ast.AugAssign: _assign_more, ast.If: _if, ast.For: follow_for, ast.AsyncFor: follow_for,
    ast.While: follow_while, ast.Try: _try, ast.With: _with, ast.AsyncWith: _with,
    ast.Import: _import, ast.ImportFrom: _import_from, ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define, ast.ClassDef: _define_class, ast.Return: _return,
    ast.Global: _global, ast.Nonlocal: _nonlocal, ast.Delete: _delete, ast.Match: _match,
    ast.Break: lambda *_: Signal("break"), ast.Continue: lambda *_: Signal("continue"),
    ast.Raise: lambda *_: Signal("raise"),
}  # fmt: skip
