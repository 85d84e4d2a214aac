"""Conditions on rows, such as "params <= 1M and causal": parsed, never run as Python."""

from __future__ import annotations

import ast
import operator
import re
import warnings
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from seqinspect.errors import SpecError, refuse
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.space.amounts import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Row: TypeAlias = Sequence[Any]
    Compute: TypeAlias = Callable[[Row], Any]

MAX_CHARACTERS = 2_000
MAX_PARTS = 200
WORDS = {"true": True, "false": False, "null": None}
UNIT = re.compile(r"(?<![\w.'\"])([0-9][0-9_,]*(?:\.[0-9]+)?)([kKmMgGtTbB]i?[bB]?)(?![\w'\"])")

COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip


def condition(text: str, columns: Sequence[str]) -> Callable[[Row], bool]:
    """Return what tells whether a row keeps a condition on columns. Raises SpecError.

    It is made of names of columns, numbers with units, words in quotes, true, false, null, and, or,
    not, comparisons and arithmetic. What is not known keeps none, but `== null`.
    """
    if len(text) > MAX_CHARACTERS:
        _refuse("the condition is too long", text, f"at most {MAX_CHARACTERS:,} characters")
    try:
        with warnings.catch_warnings():  # such as of "\\d" in quotes
            warnings.simplefilter("ignore")
            tree = ast.parse(_with_amounts(text).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        _refuse("this is no condition", text, "such as: params <= 1M and causal")
    if sum(1 for _ in ast.walk(tree)) > MAX_PARTS * 4:
        _refuse("the condition has too many parts", text, f"at most {MAX_PARTS}")
    compute = _compiled(tree.body, {name: at for at, name in enumerate(columns)}, text)

    def kept(row: Row) -> bool:
        try:
            return bool(compute(row))
        except (TypeError, ZeroDivisionError, OverflowError):  # of what is not known
            return False

    return kept


def _with_amounts(text: str) -> str:
    """Write amounts with a unit as numbers."""

    def number(match: re.Match[str]) -> str:
        try:
            return str(amount(match[0], in_bytes=True))
        except SpecError:
            return match[0]

    return UNIT.sub(number, text)


def _compiled(node: ast.expr, columns: Mapping[str, int], text: str) -> Compute:
    match node:
        case ast.Name(name) if name in columns:
            return operator.itemgetter(columns[name])
        case ast.Name(name) if name in WORDS:
            return _always(WORDS[name])
        case ast.Name(name):
            refuse_column(name, columns, received=text, about="condition")
        case ast.Constant(value) if isinstance(value, bool | int | float | str | None):
            return _always(value)
        case ast.BoolOp(op, values):
            parts = [_compiled(each, columns, text) for each in values]
            decisive = isinstance(op, ast.Or)
            return lambda row: _joined(parts, row, decisive=decisive)
        case ast.UnaryOp(ast.Not(), operand):
            inner = _compiled(operand, columns, text)
            return lambda row: not _known(inner(row))
        case ast.UnaryOp(ast.USub(), operand):
            inner = _compiled(operand, columns, text)
            return lambda row: -_number(inner(row))
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC:
            one, other = _compiled(left, columns, text), _compiled(right, columns, text)
            apply = ARITHMETIC[type(op)]
            return lambda row: apply(_number(one(row)), _number(other(row)))
        case ast.Compare(left, ops, comparators) if all(type(op) in COMPARED for op in ops):
            sides = [_compiled(each, columns, text) for each in (left, *comparators)]
            tests = [COMPARED[type(op)] for op in ops]
            if len(tests) == 1:
                (first, second), (test,) = sides, tests
                return lambda row: test(first(row), second(row))
            return lambda row: all(
                test(one(row), other(row))
                for test, one, other in zip(tests, sides, sides[1:], strict=False)
            )
        case _:
            pass
    return _refuse(
        "this cannot stand in a condition",
        ast.unparse(node),
        "names of columns, numbers, words in quotes, and, or, not, comparisons, + - * / // %",
    )


def _known(value: Any) -> Any:
    """Return a value; TypeError where it is not known, as comparing it gives."""
    if value is None:
        raise TypeError
    return value


def _number(value: Any) -> Any:
    """Return a number; TypeError where it is none: words times a number would fill the memory."""
    if not isinstance(value, int | float):
        raise TypeError
    return value


def _joined(parts: Sequence[Compute], row: Row, *, decisive: bool) -> bool:
    """Return whether one part is true (or), or all are (and): one that is `decisive` decides.

    TypeError where what is not known decides.
    """
    unknown = False
    for part in parts:
        try:
            if bool(_known(part(row))) is decisive:
                return decisive
        except TypeError:
            unknown = True
    if unknown:
        raise TypeError
    return not decisive


def _always(value: object) -> Compute:
    return lambda _row: value


def refuse_column(name: str, columns: Iterable[str], *, received: str, about: str) -> NoReturn:
    """Refuse a name that no column has. Raises SpecError."""
    near = nearest(name, columns)
    refuse(
        f"there is no column `{truncate(name)}`",
        received=truncate(received),
        expected=join_names(columns),
        remedy=f"did you mean `{near}`?" if near else "",
        about=about,
    )


def _refuse(what: str, received: str, expected: str) -> NoReturn:
    refuse(what, received=truncate(received), expected=expected, about="condition")
