"""Keras code that was copied into a spec: the entry that says the same."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import TYPE_CHECKING

from seqinspect.rules import find_rule
from seqinspect.rules.index import LEGACY_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.rules import Rule

MOST = 300
"""Characters of code that are looked at, and of an entry that a remedy can show."""

OPTIONS = dict.fromkeys(("Input", "InputLayer"), ("shape", "batch_size", "dtype"))
"""The first arguments of classes that have no rule."""

SIZE = (ast.Name, ast.Constant, ast.BinOp, ast.operator, ast.expr_context)
VALUES = frozenset({"true", "false", "null", "none"})
WORD = re.compile(r"[A-Za-z_][\w.-]*")
START = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)")


def base_of(code: str) -> str:
    """Return the class in `keras.layers.LSTM(8)`; the text itself where it is no such code."""
    start = START.match(code)
    if start is None or (start.end() < len(code) and code[start.end()] not in "( "):
        return code
    return start[1]


def meant_by(code: str, others: Iterable[str] = ()) -> tuple[str, str]:
    """Return the class that code such as `LSTM(8)` names, and how a spec says it; or nothing.

    `others` are classes that an entry may name beside those with a rule: models and inputs.
    """
    name = base_of(code)
    rule = _rule(name)
    if name == code or (rule is None and name not in others and "(" not in code):
        return "", ""
    if code.endswith(f".{name}"):
        return name, f"write {name}"
    if rule is None and name not in others:
        name, remedy = "", ""
    else:
        remedy = f"write {form_of(rule)}" if rule is not None else f"write {name}: …"
    if len(code) <= MOST:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = ast.parse(code.strip().rstrip(",;"), mode="eval").body
            called, entry = _of_call(found)
            if len(entry) <= MOST:
                return called, f"write {entry}"
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass  # it is no call of a layer with plain values
    return name, remedy


def form_of(rule: Rule) -> str:
    """Return an entry of a class with the arguments that it needs."""
    needed = ", ".join(f"{parameter.name}: …" for parameter in rule.demanded)
    return f"{rule.name}: {{{needed}}}" if needed else f"{rule.name} alone"


def _of_call(node: ast.expr) -> tuple[str, str]:
    """Return a class and the entry of a call. Raises ValueError where no spec can say it."""
    if not isinstance(node, ast.Call):
        raise ValueError
    if isinstance(node.func, ast.Call):  # LSTM(8)(x)
        name, entry = _of_call(node.func)
        sources = ", ".join(map(_value, node.args))
        return name, f"{entry}, and from: {sources} beside it"
    if isinstance(node.func, ast.Attribute) and node.func.attr == "add" and len(node.args) == 1:
        return _of_call(node.args[0])  # model.add(LSTM(8))
    name = _last(node.func)
    rule = _rule(name)
    options = tuple(rule.options) if rule is not None else OPTIONS.get(name)
    if options is None or len(node.args) > len(options):
        raise ValueError
    given = dict(zip(options, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in given:
            raise ValueError
        given[keyword.arg] = keyword.value
    arguments = ", ".join(f"{argument}: {_value(value)}" for argument, value in given.items())
    return name, f"{name}: {{{arguments}}}" if arguments else name


def _value(node: ast.expr) -> str:
    """Return a value as YAML writes it. Raises ValueError where it would have to be run."""
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.Tuple | ast.List):
        return f"[{', '.join(map(_value, node.elts))}]"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"-{_value(node.operand)}"
    if isinstance(node, ast.Attribute):
        return node.attr  # tf.nn.relu
    if isinstance(node, ast.Call):
        name, entry = _of_call(node)
        return f"{{{entry}}}" if ":" in entry else name
    if all(isinstance(part, SIZE) for part in ast.walk(node)):
        return ast.unparse(node)
    raise ValueError


def _constant(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        plain = WORD.fullmatch(value) is not None and value.lower() not in VALUES
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return repr(value)
    raise ValueError


def _rule(name: str) -> Rule | None:
    """Return the rule of a class that a spec can name."""
    return None if name in LEGACY_CLASSES else find_rule(name)


def _last(node: ast.expr) -> str:
    """Return the last name of `keras.layers.LSTM`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
