"""Loops of the source: gone round as often as is known, else once, with what that leaves open."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python import keras_names
from seqinspect.readers.python.builtin_calls import iterate, truth
from seqinspect.readers.python.expressions import bind, evaluate
from seqinspect.readers.python.sources import builds, names_in, source_of
from seqinspect.readers.python.values import (
    Call,
    Class,
    External,
    Function,
    Instance,
    ModelValue,
    TensorValue,
    Unknown,
)

if TYPE_CHECKING:
    from seqinspect.readers.python.run import Run
    from seqinspect.readers.python.values import Scope, Signal

LONG_LOOP = 40
"""A longer loop is followed once, if no layer is mentioned in it: it goes through data."""

MOST_DATA_TURNS = 400
"""Nor are loops within each other followed beyond so many turns together."""

MOST_TURNS = 200
"""A loop whose condition is known goes round so often at the most."""


def follow_for(run: Run, node: ast.For, scope: Scope) -> Signal | None:
    """Follow a loop over items: over each that is known, else once."""
    value = evaluate(run, node.iter, scope)
    items = iterate(run, value)
    if items is None or (_is_long(run, len(items)) and not _mentions_layers(run, node.body, scope)):
        return _open_loop(run, node, scope, node.target, _loop_text(run, value, node.iter))
    outside = run.turns
    run.turns = outside * max(1, len(items))
    try:
        return _follow_items(run, node, items, scope)
    finally:
        run.turns = outside


def _is_long(run: Run, count: int) -> bool:
    """Tell whether a loop goes round too often to be followed where it makes no layers."""
    return count > LONG_LOOP or (run.turns > 1 and run.turns * count > MOST_DATA_TURNS)


def _follow_items(run: Run, node: ast.For, items: list[object], scope: Scope) -> Signal | None:
    for item in items:
        bind(run, node.target, item, scope)
        signal = run.execute(node.body, scope)
        if signal is not None and signal.kind == "break":
            return None
        if signal is not None and signal.kind != "continue":
            return signal
    return run.execute(node.orelse, scope)


def _loop_text(run: Run, value: object, node: ast.AST) -> str:
    """Return what decides how often a loop goes round: a size that is not known, or its source."""
    found = run.as_open(value)
    return run.count_text(found) if found is not None else source_of(node)


def _adds_layer(run: Run, statement: ast.stmt, scope: Scope) -> bool:
    """Tell whether a statement adds something to what may be a model, and is no set."""
    for node in ast.walk(statement):
        if not isinstance(node, ast.Attribute) or node.attr != "add":
            continue
        if not isinstance(node.value, ast.Name):
            return True
        owner = evaluate(run, node.value, scope)
        if not isinstance(owner, set | dict) and not (
            isinstance(owner, Instance) and owner.model is None and not owner.cls.external_bases()
        ):
            return True
    return False


def _mentions_layers(run: Run, body: list[ast.stmt], scope: Scope) -> bool:
    names = {name for statement in body for name in names_in(statement)}
    if any(keras_names.is_keras_word(name) for name in names):
        return True
    if "add" in names and any(_adds_layer(run, statement, scope) for statement in body):
        return True
    return any(f.name in names and builds(run, f) for f in run.functions)


def follow_while(run: Run, node: ast.While, scope: Scope) -> Signal | None:
    """Follow a loop as long as its condition is known to hold; once where it is not known."""
    if not _mentions_layers(run, node.body, scope):
        return _open_loop(run, node, scope, None, source_of(node.test))
    text = f"while {source_of(node.test)}"
    answered = len(run.conditions)
    for _ in range(MOST_TURNS):
        known = truth(evaluate(run, node.test, scope))
        if known is None or len(run.conditions) > answered:  # nobody knows when it ends
            return _open_loop(run, node, scope, None, text)
        if not known:
            return run.execute(node.orelse, scope)
        signal = run.execute(node.body, scope)
        if signal is not None and signal.kind == "break":
            guessed = len(run.conditions) > answered
            return _open_loop(run, node, scope, None, text) if guessed else None
        if signal is not None and signal.kind != "continue":
            return signal
    return _open_loop(run, node, scope, None, text)


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
        signal = run.execute(node.body, scope)
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
