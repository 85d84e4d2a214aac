"""Operators on values of the source: numbers, sizes, strings, lists and tensors."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python.arrays import any_number, broadcast, take_arrays
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
from seqinspect.readers.python.sources import source_of
from seqinspect.readers.python.tensor_functions import apply_operation, open_operation
from seqinspect.readers.python.values import Array, Operation, TensorValue, Unknown, is_too_large

if TYPE_CHECKING:
    from collections.abc import Callable


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
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal",
    ast.Eq: "equal", ast.NotEq: "not_equal", ast.BitAnd: "bitwise_and", ast.BitOr: "bitwise_or",
}  # fmt: skip


def operation_on(
    run: Run,
    function: str,
    tensors: list[TensorValue],
    constants: dict[str, object],
    node: ast.AST,
) -> object:
    """Apply an operation to tensors, at a node of the source."""
    operation = Operation(function, constants, run.at(node), source_of(node))
    return apply_operation(run, operation, tensors)


def combine(run: Run, kind: type, left: object, right: object, node: ast.AST) -> object:
    """Return what an operator makes of two values."""
    text = source_of(node)
    if isinstance(left, TensorValue) or isinstance(right, TensorValue):
        return _tensor_arithmetic(run, kind, left, right, node)
    if isinstance(left, str) and kind is ast.Mod:
        return _percent(left, right, text)
    if isinstance(left, dict) and isinstance(right, dict) and kind is ast.BitOr:
        is_known = not (run.is_open(left) or run.is_open(right) or is_too_large([left, right]))
        return {**left, **right} if is_known else Unknown(text)
    if isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple):
        return _joined(kind, left, right, text)
    if isinstance(left, Array) or isinstance(right, Array):
        found = broadcast(left, right)
        return found if found is not None else Unknown(text)
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
    if kind is ast.MatMult:
        constants = {key: any_number(run, value, tensors[0]) for key, value in constants.items()}
    else:
        tensors += take_arrays(run, constants, tensors[0], run.at(node))
    if any(isinstance(value, Array | Unknown) for value in constants.values()):
        site = CallSite(Arguments(), run.at(node), source_of(node))
        return open_operation(run, function, tensors, site)
    return operation_on(run, function, tensors, constants, node)


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
    counted = next((side for side in (left, right) if isinstance(side, Unknown)), None)
    return Unknown(text, owner=counted.owner if counted is not None else None)


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


def compare_values(kind: ast.cmpop, left: object, right: object) -> bool | None:
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
