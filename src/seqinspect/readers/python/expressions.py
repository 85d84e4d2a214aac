"""Expressions of the source → values. Nothing runs: what is not understood is an `Unknown`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, FormulaTooLarge
from seqinspect.readers.keras_config.in_code import MERGE_FUNCTIONS, OLD_ARGUMENTS
from seqinspect.readers.python import arrays, builtin_calls, keras_names
from seqinspect.readers.python.access import attribute, item
from seqinspect.readers.python.arithmetic import combine, compare_values, operation_on
from seqinspect.readers.python.calls import call
from seqinspect.readers.python.run import (
    BIGGEST,
    LONGEST_STRING,
    MOST_ITEMS,
    Arguments,
    Run,
    plain_number,
)
from seqinspect.readers.python.sources import source_of
from seqinspect.readers.python.values import (
    Argument,
    Call,
    Class,
    External,
    Function,
    Scope,
    TensorValue,
    Unknown,
    is_too_large,
)

if TYPE_CHECKING:
    from collections.abc import Callable


TYPES = re.compile(r"(builtins|collections|keras|numpy|tensorflow|tf_keras|typing)(\.|$)")
"""What comes from these takes a subscript as a type only."""

DEEPEST_EXPRESSION = 200
"""Expressions within each other, those in functions that are called included."""


def evaluate(run: Run, node: ast.AST, scope: Scope) -> object:
    """Return the value of an expression."""
    run.spend()
    run.depth += 1
    try:
        if run.depth > DEEPEST_EXPRESSION:
            return Unknown("an expression that is nested too deeply")
        reader = READERS.get(type(node))
        try:
            value = reader(run, node, scope) if reader is not None else Unknown(source_of(node))
        except FormulaTooLarge:
            value = Unknown(source_of(node))
        if isinstance(value, Unknown):
            if run.given.get(value.text) is not None:
                return run.symbol(value.text)
            return run.answers.get(value.text, value)
        return value
    finally:
        run.depth -= 1


def _constant(run: Run, node: ast.Constant, scope: Scope) -> object:
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > BIGGEST:
        return Unknown("a very large number")
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if not isinstance(value, complex) else Unknown(source_of(node))


def _name(run: Run, node: ast.Name, scope: Scope) -> object:
    try:
        return scope.find(node.id)
    except KeyError:
        pass
    name = node.id
    if name in scope.assigned - scope.declared_global:
        return Unknown(name, unbound=True)
    if name in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[name]
    if name in builtin_calls.READERS or name in (
        "super",
        "getattr",
        "isinstance",
        "map",
        "reduce",
        "setattr",
        "vars",
        "type",
        "hasattr",
    ):
        return External(f"builtins.{name}")
    if keras_names.is_keras_word(name):
        return External(
            f"keras.layers.{name}" if name not in keras_names.MODEL_CLASSES else f"keras.{name}"
        )
    for star in run.stars:
        if keras_names.is_keras(star) and (name in MERGE_FUNCTIONS or name in ("merge", "backend")):
            return External(f"{star}.{name}")
    if name in _USUAL:
        return External(_USUAL[name])
    return Unknown(name)


_USUAL = {
    "K": "keras.backend",
    "concatenate": "keras.layers.concatenate",
    "initializers": "keras.initializers",
    "keras": "keras",
    "layers": "keras.layers",
    "losses": "keras.losses",
    "merge": "keras.layers.merge",
    "models": "keras.models",
    "np": "numpy",
    "numpy": "numpy",
    "pad_sequences": "keras.preprocessing.sequence.pad_sequences",
    "regularizers": "keras.regularizers",
    "tf": "tensorflow",
    "tfkl": "keras.layers",
    "to_categorical": "keras.utils.to_categorical",
}
"""Names by which everybody imports things, where a snippet leaves the import out."""


def _attribute(run: Run, node: ast.Attribute, scope: Scope) -> object:
    owner = evaluate(run, node.value, scope)
    return attribute(run, owner, node.attr, node)


def _subscript(run: Run, node: ast.Subscript, scope: Scope) -> object:
    owner = evaluate(run, node.value, scope)
    if isinstance(owner, Class) or (isinstance(owner, External) and TYPES.match(owner.path)):
        return owner  # Optional[int], list[int]
    key = evaluate(run, node.slice, scope)
    return item(run, owner, key, node)


def _slice(run: Run, node: ast.Slice, scope: Scope) -> object:
    parts = [
        None if part is None else evaluate(run, part, scope)
        for part in (node.lower, node.upper, node.step)
    ]
    return slice(*parts)


def _items(run: Run, nodes: list[ast.expr], scope: Scope) -> list[object]:
    found: list[object] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            value = evaluate(run, node.value, scope)
            several = builtin_calls.iterate(run, value)
            found += several if several is not None else [Unknown(source_of(node))]
        else:
            value = evaluate(run, node, scope)
            found.append(Unknown(source_of(node)) if is_too_large(value) else value)
        if len(found) > MOST_ITEMS:
            break
    return found


def _dict(run: Run, node: ast.Dict, scope: Scope) -> object:
    found: dict[object, object] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = evaluate(run, value, scope)
            if not isinstance(inner, dict) or run.is_open(inner):
                run.open_lists[id(found)] = found
            found |= inner if isinstance(inner, dict) else {}
            continue
        name = plain_number(evaluate(run, key, scope))
        if isinstance(name, str | int | float | bool | tuple | None):
            try:
                inner = evaluate(run, value, scope)
                found[name] = Unknown(source_of(value)) if is_too_large(inner) else inner
            except TypeError:
                continue
    return found


def _binary(run: Run, node: ast.BinOp, scope: Scope) -> object:
    left, right = evaluate(run, node.left, scope), evaluate(run, node.right, scope)
    return combine(run, type(node.op), left, right, node)


def _unary(run: Run, node: ast.UnaryOp, scope: Scope) -> object:
    value = evaluate(run, node.operand, scope)
    if isinstance(node.op, ast.Not):
        known = builtin_calls.truth(value)
        return Unknown(source_of(node)) if known is None else not known
    if isinstance(value, TensorValue) and isinstance(node.op, ast.USub):
        return operation_on(run, "negative", [value], {}, node)
    if isinstance(node.op, ast.USub):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return -value
        if isinstance(value, Expr):
            return -value.value if value.value is not None else -value
    if isinstance(node.op, ast.UAdd) and isinstance(value, int | float | Expr):
        return value
    return Unknown(source_of(node))


def _boolean(run: Run, node: ast.BoolOp, scope: Scope) -> object:
    last: object = Unknown(source_of(node))
    open_part = False
    for part in node.values:
        last = evaluate(run, part, scope)
        known = builtin_calls.truth(last)
        if known is None:
            open_part = True
        elif known is isinstance(node.op, ast.Or):
            return (
                last if not open_part or isinstance(node.op, ast.Or) else Unknown(source_of(node))
            )
    return Unknown(source_of(node)) if open_part else last


def _compare(run: Run, node: ast.Compare, scope: Scope) -> object:
    left = evaluate(run, node.left, scope)
    for kind, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(run, right_node, scope)
        if len(node.ops) == 1 and (isinstance(left, TensorValue) or isinstance(right, TensorValue)):
            return combine(run, type(kind), left, right, node)
        found = compare_values(kind, left, right)
        is_absent = isinstance(kind, ast.In | ast.NotIn) and found is isinstance(kind, ast.NotIn)
        if found is None or (is_absent and run.is_open(right)):
            return Unknown(source_of(node))
        if not found:
            return False
        left = right
    return True


def _conditional(run: Run, node: ast.IfExp, scope: Scope) -> object:
    known = builtin_calls.truth(evaluate(run, node.test, scope))
    if known is None:
        yes, no = evaluate(run, node.body, scope), evaluate(run, node.orelse, scope)
        if type(yes) is type(no) and isinstance(yes, str | int | float | bool) and yes == no:
            return yes
        known = run.decide(source_of(node.test))
        return yes if known else no
    return evaluate(run, node.body if known else node.orelse, scope)


def _text(run: Run, node: ast.JoinedStr, scope: Scope) -> object:
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            value = plain_number(evaluate(run, part.value, scope))
            if part.format_spec is not None or not isinstance(value, str | int | float | bool):
                return Unknown(source_of(node))
            parts.append(str(value))
        else:
            parts.append(str(evaluate(run, part, scope)))
        if sum(map(len, parts[-2:])) > LONGEST_STRING or len(parts) > 1000:
            return Unknown(source_of(node))
    text = "".join(parts)
    return text if len(text) <= LONGEST_STRING else Unknown(source_of(node))


def _comprehension(
    run: Run, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, scope: Scope
) -> object:
    found: list[object] = []
    inner = Scope({}, scope, scope.label)
    if not _each(run, node, node.generators, inner, found):
        whole = evaluate(run, node.generators[0].iter, scope)
        return Unknown(source_of(node), owner=run.as_open(whole))
    if isinstance(node, ast.DictComp):
        pairs = [pair for pair in found if isinstance(pair, tuple)]
        return {plain_number(key): value for key, value in pairs if not isinstance(key, Unknown)}
    return found


def _each(
    run: Run,
    node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp,
    generators: list[ast.comprehension],
    scope: Scope,
    found: list[object],
) -> bool:
    """Evaluate a comprehension; tell whether all of it is known."""
    if not generators:
        if isinstance(node, ast.DictComp):
            found.append((evaluate(run, node.key, scope), evaluate(run, node.value, scope)))
        else:
            found.append(evaluate(run, node.elt, scope))
        return len(found) <= MOST_ITEMS
    first, rest = generators[0], generators[1:]
    items = builtin_calls.iterate(run, evaluate(run, first.iter, scope))
    if items is None:
        return False
    for value in items:
        bind(run, first.target, value, scope)
        known = [builtin_calls.truth(evaluate(run, test, scope)) for test in first.ifs]
        if None in known:
            return False
        if all(known) and not _each(run, node, rest, scope, found):
            return False
    return True


def bind(run: Run, target: ast.AST, value: object, scope: Scope) -> None:
    """Bind the targets of a loop or of an unpacking to values, without naming sizes."""
    if isinstance(target, ast.Name):
        scope.names[target.id] = value
    elif isinstance(target, ast.Starred):
        bind(run, target.value, value, scope)
    elif isinstance(target, ast.Tuple | ast.List):
        for part, inner in zip(target.elts, unpack(run, target, value), strict=True):
            bind(run, part, inner, scope)


def unpack(run: Run, target: ast.Tuple | ast.List, value: object) -> list[object]:
    """Return a value for each target of an unpacking."""
    count = len(target.elts)
    items = builtin_calls.iterate(run, value)
    star = next((i for i, part in enumerate(target.elts) if isinstance(part, ast.Starred)), None)
    if items is not None and star is not None and len(items) >= count - 1:
        end = len(items) - (count - 1 - star)
        return [*items[:star], items[star:end], *items[end:]]
    if items is not None and len(items) == count:
        return items
    if isinstance(value, TensorValue) and isinstance(value.maker, Call):
        return [TensorValue(value.maker, index) for index in range(count)]
    return [Unknown(source_of(part)) for part in target.elts]


def _lambda(run: Run, node: ast.Lambda, scope: Scope) -> object:
    return Function(node, scope, "<lambda>")


def _named(run: Run, node: ast.NamedExpr, scope: Scope) -> object:
    value = evaluate(run, node.value, scope)
    bind(run, node.target, value, scope)
    return value


def _call(run: Run, node: ast.Call, scope: Scope) -> object:
    target = evaluate(run, node.func, scope)
    given = arguments(run, node, scope)
    if (
        isinstance(target, Unknown)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "reshape"
        and not given.open
    ):
        values = [each.value for each in given.positional]
        found = arrays.reshaped(run, None, values[0] if len(values) == 1 else values)
        if found is not None:
            return found
    return call(run, target, given, node, scope)


def arguments(run: Run, node: ast.Call, scope: Scope) -> Arguments:
    """Evaluate what a call passes."""
    given = Arguments()
    for part in node.args:
        at = run.at(part)
        if isinstance(part, ast.Starred):
            value = evaluate(run, part.value, scope)
            items = builtin_calls.iterate(run, value)
            if items is None:
                given.open = source_of(part.value)
            else:
                given.positional += [Argument(each, at, source_of(part)) for each in items]
        else:
            given.positional.append(Argument(evaluate(run, part, scope), at, source_of(part)))
    for keyword in node.keywords:
        value = evaluate(run, keyword.value, scope)
        at, text = run.at(keyword.value), source_of(keyword.value)
        if keyword.arg is not None:
            if keyword.arg in OLD_ARGUMENTS:
                run.legacy = run.keras1 = True
            given.named[keyword.arg] = Argument(value, at, text)
        elif isinstance(value, dict):
            given.named |= {str(key): Argument(inner, at, text) for key, inner in value.items()}
            if run.is_open(value):
                given.open = text
        else:
            given.open = text
    return given


READERS: dict[type, Callable[..., object]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.Subscript: _subscript,
    ast.Slice: _slice, ast.Dict: _dict, ast.BinOp: _binary, ast.UnaryOp: _unary,
    ast.BoolOp: _boolean, ast.Compare: _compare, ast.IfExp: _conditional, ast.JoinedStr: _text,
    ast.ListComp: _comprehension, ast.GeneratorExp: _comprehension, ast.SetComp: _comprehension,
    ast.DictComp: _comprehension, ast.Lambda: _lambda, ast.NamedExpr: _named, ast.Call: _call,
    ast.List: lambda run, node, scope: _items(run, node.elts, scope),
    ast.Tuple: lambda run, node, scope: tuple(_items(run, node.elts, scope)),
    ast.Set: lambda run, node, scope: _items(run, node.elts, scope),
    ast.Starred: lambda run, node, scope: evaluate(run, node.value, scope),
    ast.Await: lambda run, node, scope: evaluate(run, node.value, scope),
}  # fmt: skip
