"""Statements, functions and classes of the source, followed over values; nothing of it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.readers.python.functions import instantiate, invoke
from seqinspect.readers.python.imports import FOLDER
from seqinspect.readers.python.methods import instance_method, model_method
from seqinspect.readers.python.run import MOST_STEPS, Arguments, Run, StepsExceeded
from seqinspect.readers.python.sources import builds, names_in
from seqinspect.readers.python.statements import execute
from seqinspect.readers.python.tracing import kind_of, trace_alone, trace_in_chain
from seqinspect.readers.python.values import Method, ModelValue, Scope
from seqinspect.rules.index import FUNCTIONAL, SEQUENTIAL

if TYPE_CHECKING:
    from seqinspect.readers.python.code import Code
    from seqinspect.readers.python.values import Class


def run_module(run: Run, code: Code) -> Scope:
    """Follow the statements of a source, then the functions and classes that nothing called."""
    run.execute = lambda body, scope: execute(run, body, scope)
    run.invoke = lambda target, given, at: invoke(run, target, given, at)
    run.trace = lambda one, shape: trace_in_chain(run, one, shape)
    run.model_method = lambda model, name, given, at: model_method(run, model, name, given, at)
    run.instance_method = lambda one, name, given, at: instance_method(run, one, name, given, at)
    scope = Scope({"__name__": "__main__", "__file__": "source.py", FOLDER: code.folder}, None, "")
    run.legacy = code.python2
    try:
        execute(run, code.tree.body, scope)
        if run.models_beside:
            said = names_in(code.tree)
            named = {id(value) for name, value in scope.names.items() if name in said}
            run.models += [model for model in run.models_beside if id(model) in named]
        _follow_uncalled(run, scope)
        _trace_subclassed(run)
    except StepsExceeded:
        run.cut = f"more than {MOST_STEPS:,} steps"
    except RecursionError:
        run.cut = "calls that are nested too deeply"
    return scope


def _follow_uncalled(run: Run, scope: Scope) -> None:
    """Call the functions that build something and that the source itself never calls."""
    waiting = [f for f in run.functions if not (f.called or f.imported) and builds(run, f)]
    used = {name for f in waiting for name in names_in(f.node) if name != f.name}
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
    starting = [f.owner for f in waiting if f.name == "__init__" and not f.called]
    for cls in run.classes:
        if cls.made or cls.imported or kind_of(cls) == "Layer":
            continue
        if kind_of(cls) in ("Model", SEQUENTIAL) or cls in starting:
            made = instantiate(run, cls, Arguments(), run.at(cls.node))
            made.variable = cls.name
            if made.model is not None and not made.model.variable:
                made.model.variable = cls.name


def _has_call(cls: Class) -> bool:
    """Tell whether a model of the source can be called: one without only holds others."""
    try:
        cls.member("call")
    except KeyError:
        return False
    return True


def _trace_subclassed(run: Run) -> None:
    """Follow `call` of every model whose class is the source's own."""
    for one in list(run.instances):
        if kind_of(one.cls) == "Model" and one.model is None and _has_call(one.cls):
            model = trace_alone(run, one)
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
