"""Expressions of the source → values. Nothing runs: what is not understood is an `Unknown`."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, FormulaTooLarge
from seqinspect.readers.keras_config.in_code import MERGE_FUNCTIONS
from seqinspect.readers.python import arrays, builtin_calls, keras_names
from seqinspect.readers.python import keras_objects as keras
from seqinspect.readers.python.run import (
    BIGGEST,
    LONGEST_STRING,
    MOST_ITEMS,
    Arguments,
    CallSite,
    Run,
    number_of,
    plain_number,
)
from seqinspect.readers.python.values import (
    Argument,
    Array,
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
    Operation,
    Scope,
    Super,
    TensorValue,
    Unknown,
    is_too_large,
)
from seqinspect.rules.slicing import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Callable

    from seqinspect.readers.python.values import At

DEEPEST_EXPRESSION = 200
"""Expressions within each other, those in functions that are called included."""

LONGEST_SOURCE = 200
"""A value that is not known is named by at most so many characters of the source."""

FLOATS: dict[type, Callable[..., object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
COMPARED: dict[type, Callable[..., object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
TENSOR_OPERATIONS: dict[type, str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
    ast.Pow: "power", ast.MatMult: "matmul", ast.Mod: "mod", ast.FloorDiv: "floor_divide",
}  # fmt: skip


def source_of(node: ast.AST) -> str:
    """Return a node as source text, cut where it is long; it is kept with the node."""
    kept = vars(node).get("source_text")
    if isinstance(kept, str):
        return kept
    text = _unparsed(node)
    vars(node)["source_text"] = text
    return text


def _unparsed(node: ast.AST) -> str:
    if _depth(node) > 40:
        return "an expression"
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):
        return "an expression"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SOURCE else f"{text[:LONGEST_SOURCE]}…"


def _depth(node: ast.AST) -> int:
    """Return how deep a node is nested, counted to 41 at the most."""
    level, depth, count = [node], 0, 0
    while level and depth <= 40:
        depth += 1
        level = [child for each in level for child in ast.iter_child_nodes(each)]
        count += len(level)
        if count > 2000:
            return 41
    return depth


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
        if isinstance(value, Unknown) and run.given.get(value.text) is not None:
            return run.symbol(value.text)
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
    if name in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[name]
    if name in builtin_calls.READERS or name in (
        "super",
        "getattr",
        "isinstance",
        "map",
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


def attribute(run: Run, owner: object, name: str, node: ast.AST) -> object:
    """Return an attribute of a value."""
    text = source_of(node)
    if isinstance(owner, External):
        return External(f"{owner.path}.{name}")
    if isinstance(owner, Instance):
        return instance_attribute(run, owner, name, text)
    if isinstance(owner, Super):
        return _super_attribute(owner, name)
    if isinstance(owner, Class):
        try:
            found = owner.member(name)
        except KeyError:
            return Unknown(text)
        return found
    if isinstance(owner, Array):
        if name == "shape":
            return owner.shape
        if name == "T":
            return Array(owner.shape[::-1])
        if name == "ndim":
            return len(owner.shape)
        if name == "size" and len(owner.shape) == 1:
            return owner.shape[0]
        return Bound(name, owner)
    if isinstance(owner, TensorValue) and name == "shape":
        return _tensor_shape(run, owner)
    if isinstance(owner, ModelValue | LayerValue | TensorValue):
        return keras.attribute(run, owner, name, run.at(node), text)
    if isinstance(owner, list | dict | str | tuple | set):
        return Bound(name, owner)
    return Unknown(text)


def instance_attribute(run: Run, owner: Instance, name: str, text: str) -> object:
    """Return an attribute of an object of a class of the source."""
    if name in owner.attributes:
        return owner.attributes[name]
    try:
        found = owner.cls.member(name)
    except KeyError:
        if owner.model is not None:
            return keras.attribute(run, owner.model, name, owner.model.at, text)
        return (
            Bound(name, owner)
            if name in INHERITED and owner.cls.external_bases()
            else Unknown(text)
        )
    if isinstance(found, Function):
        if found.static == "property":
            return run.invoke(Method(found, owner), Arguments(), run.at(found.node))
        return found if found.static == "static" else Method(found, owner)
    return found


INHERITED = frozenset({"add_weight", "add_variable", "build", "compile", "fit"})
"""Methods that a class of the source has from Keras."""


def _super_attribute(owner: Super, name: str) -> object:
    for base in owner.cls.bases:
        if isinstance(base, Class):
            try:
                found = base.member(name)
            except KeyError:
                continue
            if isinstance(found, Function):
                return Method(found, owner.instance)
            return found
    return Bound(f"super.{name}", owner.instance)


def _tensor_shape(run: Run, tensor: TensorValue) -> object:
    """Return the shape of a symbolic tensor where the source itself says it."""
    return run.shape_of(tensor)


def _subscript(run: Run, node: ast.Subscript, scope: Scope) -> object:
    owner = evaluate(run, node.value, scope)
    if isinstance(owner, Class | External):
        return owner  # Optional[int], list[int]
    key = evaluate(run, node.slice, scope)
    return item(run, owner, key, node)


def item(run: Run, owner: object, key: object, node: ast.AST) -> object:
    """Return an item or a slice of a value."""
    text = source_of(node)
    if isinstance(owner, TensorValue):
        return _tensor_item(run, owner, key, node)
    if isinstance(owner, Array):
        found = arrays.item_of(owner, key)
        return found if found is not None else Unknown(text)
    if isinstance(owner, dict):
        plain = plain_number(key)
        try:
            return owner[plain] if plain in owner else Unknown(text)
        except TypeError:
            return Unknown(text)
    if isinstance(owner, list | tuple | str):
        if isinstance(key, slice):
            bounds = [
                None if each is None else number_of(each)
                for each in (key.start, key.stop, key.step)
            ]
            asked = [key.start, key.stop, key.step]
            if (
                any(a is not None and b is None for a, b in zip(asked, bounds, strict=True))
                or bounds[2] == 0
            ):
                return Unknown(text)
            return owner[slice(*bounds)]
        index = number_of(key)
        if index is None or not -len(owner) <= index < len(owner):
            return Unknown(text)
        return owner[index]
    if isinstance(owner, ModelValue):
        return Unknown(text)
    if isinstance(owner, Unknown) and owner.size is None and isinstance(key, int):
        whole = owner.text.removesuffix("[1:]") if owner.text.endswith(".shape[1:]") else owner.text
        index = key + 1 if whole != owner.text and key >= 0 else key
        return Unknown(f"{whole}[{index}]")
    return Unknown(text)


def _tensor_item(run: Run, owner: TensorValue, key: object, node: ast.AST) -> object:
    """A slice of a symbolic tensor is an operation: `x[:, -1, :]`."""
    keys = key if isinstance(key, tuple) else (key,)
    written: list[object] = []
    for each in keys:
        if isinstance(each, slice):
            bounds = [
                None if part is None else number_of(part)
                for part in (each.start, each.stop, each.step)
            ]
            parts = (each.start, each.stop, each.step)
            if any(p is not None and b is None for p, b in zip(parts, bounds, strict=True)):
                return Unknown(source_of(node))
            written.append(dict(zip(("start", "stop", "step"), bounds, strict=True)))
        elif each is None or each is Ellipsis:
            written.append(each if each is None else ELLIPSIS)
        else:
            number = number_of(each)
            if number is None:
                return Unknown(source_of(node))
            written.append(number)
    return _operation(run, "get_item", [owner], {"slice_spec": written}, node)


def _operation(
    run: Run,
    function: str,
    tensors: list[TensorValue],
    constants: dict[str, object],
    node: ast.AST,
) -> object:
    operation = Operation(function, constants, run.at(node), source_of(node))
    return keras.apply_operation(run, operation, tensors)


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


def combine(run: Run, kind: type, left: object, right: object, node: ast.AST) -> object:
    """Return what an operator makes of two values."""
    text = source_of(node)
    if isinstance(left, TensorValue) or isinstance(right, TensorValue):
        return _tensor_arithmetic(run, kind, left, right, node)
    if isinstance(left, str) and kind is ast.Mod:
        return _percent(left, right, text)
    if isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple):
        return _joined(kind, left, right, text)
    if isinstance(left, Array) or isinstance(right, Array):
        found = left if isinstance(left, Array) else right
        return found if isinstance(found, Array) else Unknown(text)
    if isinstance(left, float) or isinstance(right, float) or kind is ast.Div:
        return _float_arithmetic(run, kind, left, right, text)
    return _size_arithmetic(run, kind, left, right, text)


def _tensor_arithmetic(run: Run, kind: type, left: object, right: object, node: ast.AST) -> object:
    function = TENSOR_OPERATIONS.get(kind, "")
    sides = [left, right]
    tensors = [side for side in sides if isinstance(side, TensorValue)]
    if not function:
        return Unknown(source_of(node))
    constants: dict[str, object] = {}
    if len(tensors) == 1:
        constants = {"x": left} if isinstance(right, TensorValue) else {"y": right}
    if any(isinstance(value, Array) for value in constants.values()):
        return Unknown(source_of(node))
    if any(isinstance(value, Unknown) for value in constants.values()):
        return Unknown(source_of(node))
    return _operation(run, function, tensors, constants, node)


def _percent(left: str, right: object, text: str) -> object:
    values = right if isinstance(right, tuple) else (right,)
    plain = tuple(plain_number(value) for value in values)
    if len(left) > 1000 or not all(isinstance(value, str | int | float) for value in plain):
        return Unknown(text)
    if sum(len(str(value)) for value in plain) > LONGEST_STRING:
        return Unknown(text)
    if any(sign.isdigit() or sign == "*" for piece in left.split("%")[1:] for sign in piece[:1]):
        return Unknown(text)
    try:
        return left % plain
    except (TypeError, ValueError):
        return Unknown(text)


def _joined(kind: type, left: object, right: object, text: str) -> object:
    if kind is ast.Add and type(left) is type(right) and isinstance(left, str | list | tuple):
        if len(left) + len(right) > MOST_ITEMS:  # type: ignore[arg-type]  # of the same type as left
            return Unknown(text)
        return left + right  # type: ignore[operator]  # likewise
    if kind is ast.Add and isinstance(left, list) and isinstance(right, tuple):
        return Unknown(text)
    if kind is ast.Mult:
        some, count = (left, right) if isinstance(left, str | list | tuple) else (right, left)
        number = number_of(count)
        if (
            number is not None
            and isinstance(some, str | list | tuple)
            and len(some) * number <= (LONGEST_STRING if isinstance(some, str) else MOST_ITEMS)
            and not is_too_large(some)
        ):
            return some * number
    return Unknown(text)


def _float_arithmetic(run: Run, kind: type, left: object, right: object, text: str) -> object:
    first, second = plain_number(left), plain_number(right)
    reader = FLOATS.get(kind)
    if isinstance(first, int | float) and isinstance(second, int | float):
        try:
            if kind is ast.Pow and abs(second) < 1000:
                found: object = float(first) ** second
            else:
                found = reader(first, second) if reader is not None else Unknown(text)
        except (ArithmeticError, ValueError):
            return Unknown(text)
        return found if isinstance(found, int | float | Unknown) else Unknown(text)
    if kind is ast.Div:
        top, bottom = run.size(left), run.size(right)
        if top is not None and bottom is not None and bottom.value != 0:
            return Unknown(text, top // bottom)
    return Unknown(text)


def _size_arithmetic(run: Run, kind: type, left: object, right: object, text: str) -> object:
    a, b = number_of(left), number_of(right)
    named = isinstance(left, Expr | Unknown) or isinstance(right, Expr | Unknown)
    if not named:
        return _integers(kind, a, b, text)
    one, other = run.size(left), run.size(right)
    if one is None or other is None:
        return Unknown(text)
    try:
        found = _formula(kind, one, other)
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        found = None
    if found is None:
        if a is not None and b is not None:
            return _integers(kind, a, b, text)
        return Unknown(text)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown(text, found)
    return found


def _formula(kind: type, one: Expr, other: Expr) -> Expr | None:
    if kind is ast.Add:
        return one + other
    if kind is ast.Sub:
        return one - other
    if kind is ast.Mult:
        return one * other
    if kind is ast.FloorDiv and other.value != 0:
        return one // other
    if kind is ast.Pow and other.is_constant and other.value is not None and 0 <= other.value <= 8:
        return one**other.value
    return None


def _integers(kind: type, a: int | None, b: int | None, text: str) -> object:
    if a is None or b is None:
        return Unknown(text)
    if kind is ast.Pow:
        if abs(a) > 10**6 or not 0 <= b <= 64:
            return Unknown(text)
        found: object = a**b
    elif kind is ast.LShift and 0 <= b <= 60 and abs(a) < 10**6:
        found = a << b
    elif kind is ast.RShift and b >= 0:
        found = a >> min(b, 100)
    else:
        reader = FLOATS.get(kind)
        if reader is None or (kind in (ast.FloorDiv, ast.Mod, ast.Div) and b == 0):
            return Unknown(text)
        found = reader(a, b)
    return (
        found
        if isinstance(found, float) or (isinstance(found, int) and abs(found) <= BIGGEST)
        else Unknown(text)
    )


def _unary(run: Run, node: ast.UnaryOp, scope: Scope) -> object:
    value = evaluate(run, node.operand, scope)
    if isinstance(node.op, ast.Not):
        known = builtin_calls.truth(value)
        return Unknown(source_of(node)) if known is None else not known
    if isinstance(value, TensorValue) and isinstance(node.op, ast.USub):
        return _operation(run, "negative", [value], {}, node)
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
        found = _compared(kind, left, right)
        if found is None:
            return Unknown(source_of(node))
        if not found:
            return False
        left = right
    return True


def _compared(kind: ast.cmpop, left: object, right: object) -> bool | None:
    """Compare two values; None where that is not known."""
    one, other = plain_number(left), plain_number(right)
    unknown = isinstance(one, Unknown | Expr) or isinstance(other, Unknown | Expr)
    if isinstance(kind, ast.Is | ast.IsNot):
        if unknown:
            return None
        same = one is other or (isinstance(one, str | int | bool) and one == other)
        return same if isinstance(kind, ast.Is) else not same
    if isinstance(kind, ast.In | ast.NotIn):
        if unknown or not isinstance(other, list | tuple | dict | str | set):
            return None
        items = [plain_number(each) for each in other]
        if any(isinstance(each, Unknown) for each in items):
            return None
        found = one in other if isinstance(other, str) and isinstance(one, str) else one in items
        return found if isinstance(kind, ast.In) else not found
    reader = COMPARED.get(type(kind))
    if unknown or reader is None:
        return None
    plain = (str, int, float, bool, list, tuple, type(None))
    if is_too_large(one) or is_too_large(other):
        return None
    if not isinstance(one, plain) or not isinstance(other, plain):
        return None
    try:
        return bool(reader(one, other))
    except TypeError:
        return None


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
        return Unknown(source_of(node))
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
            given.named[keyword.arg] = Argument(value, at, text)
        elif isinstance(value, dict):
            given.named |= {str(key): Argument(inner, at, text) for key, inner in value.items()}
        else:
            given.open = text
    return given


def call(run: Run, target: object, given: Arguments, node: ast.AST, scope: Scope) -> object:
    """Return what a call returns."""
    at, text = run.at(node), source_of(node)
    if isinstance(target, External):
        return _call_external(run, target.path, CallSite(given, at, text), scope)
    if isinstance(target, Instance):
        return run.invoke(target, given, at)
    if isinstance(target, Function | Method | Class):
        return run.invoke(target, given, at)
    if isinstance(target, LayerValue | ModelValue):
        return keras.call_layer(run, target, given, at)
    if isinstance(target, Bound):
        return _call_bound(run, target, given, at, text)
    tensors = [a.value for a in given.positional if any(map(_is_tensor, keras.tensors_in(a.value)))]
    foreign = keras.foreign_layer(run, target, at) if tensors else None
    if foreign is not None:
        return keras.call_layer(run, foreign, given, at)
    return Unknown(text)


def _is_tensor(value: object) -> bool:
    return isinstance(value, TensorValue)


def _call_external(run: Run, path: str, site: CallSite, scope: Scope) -> object:
    given, _, text = site
    root, _, name = path.partition(".")
    if root == "builtins":
        if name == "super":
            return _super(scope)
        if name == "getattr" and len(given.positional) >= 2:
            return _getattr(run, given, text)
        if name in ("isinstance", "hasattr", "type", "map"):
            return Unknown(text)
    short = path.rpartition(".")[2]
    if root in ("builtins", "collections", "six") or short in ("ceil", "floor"):
        if short in ("ceil", "floor"):
            return _rounded(run, short, given, text)
        found = builtin_calls.call_builtin(run, short, given, text)
        if found is not builtin_calls.MISSING:
            return found
    if root in ("math", "numpy") and short in MATH:
        found = _mathematics(short, given)
        return found if found is not None else Unknown(text)
    if root == "functools" and short == "partial":
        return Unknown(text)
    if root == "os":
        found = builtin_calls.path_function(path, [each.value for each in given.positional])
        return found if found is not builtin_calls.MISSING else Unknown(text)
    array = arrays.call_array(run, path, given, text)
    if array is not None:
        return array
    if keras_names.is_keras(path) or root in ("tensorflow", "keras"):
        return keras.call_external(run, path, site)
    return Unknown(text)


def _rounded(run: Run, name: str, given: Arguments, text: str) -> object:
    value = given.positional[0].value if given.positional else None
    if isinstance(value, int | float):
        import math  # noqa: PLC0415 - part of Python, and few sources need it

        return math.ceil(value) if name == "ceil" else math.floor(value)
    if isinstance(value, Expr):
        return value
    if isinstance(value, Unknown) and value.size is not None and name == "floor":
        return value
    return Unknown(text)


MATH = frozenset({"log10", "log2", "log", "sqrt", "exp"})


def _mathematics(name: str, given: Arguments) -> float | None:
    """Return a function of `math` of a known number."""
    import math  # noqa: PLC0415 - part of Python, and few sources need it

    value = plain_number(given.positional[0].value) if len(given.positional) == 1 else None
    if not isinstance(value, int | float):
        return None
    try:
        found: float = getattr(math, name)(value)
    except (ValueError, OverflowError):
        return None
    return found


def _super(scope: Scope) -> object:
    try:
        owner, cls = scope.find("self"), scope.find("__class__")
    except KeyError:
        return Unknown("super()")
    if isinstance(owner, Instance) and isinstance(cls, Class):
        return Super(owner, cls)
    return Unknown("super()")


def _getattr(run: Run, given: Arguments, text: str) -> object:
    owner, name = given.positional[0].value, given.positional[1].value
    default = given.positional[2].value if len(given.positional) > 2 else Unknown(text)
    if isinstance(owner, External) and isinstance(name, str):
        return External(f"{owner.path}.{name}")
    if isinstance(owner, Instance) and isinstance(name, str):
        found = instance_attribute(run, owner, name, text)
        return default if isinstance(found, Unknown) else found
    return Unknown(text)


def _call_bound(run: Run, target: Bound, given: Arguments, at: At, text: str) -> object:
    owner, name = target.owner, target.name
    if isinstance(owner, ModelValue):
        return run.model_method(owner, name, given, at)
    if isinstance(owner, Instance):
        return run.instance_method(owner, name, given, at)
    if isinstance(owner, Array):
        if name == "reshape":
            values = [each.value for each in given.positional]
            shape = values[0] if len(values) == 1 else values
            array = arrays.reshaped(run, owner, shape)
            return array if array is not None else Unknown(text)
        if name in ("astype", "copy", "to_numpy", "numpy"):
            return owner
        return Unknown(text)
    if isinstance(owner, TensorValue):
        if name == "get_shape":
            return run.shape_of(owner)
        return Unknown(text)
    found = builtin_calls.call_method(run, owner, name, given, text)
    return Unknown(text) if found is builtin_calls.MISSING else found


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

__all__ = [
    "InputValue",
    "arguments",
    "attribute",
    "bind",
    "call",
    "combine",
    "evaluate",
    "source_of",
    "unpack",
]
