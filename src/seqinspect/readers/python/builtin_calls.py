"""Python's own functions on values of the source, such as `range` and `len`."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, maximum, minimum, prod
from seqinspect.readers.python.run import (
    BIGGEST,
    MOST_ITEMS,
    number_of,
    plain_number,
)
from seqinspect.readers.python.values import Array, Unknown

if TYPE_CHECKING:
    from seqinspect.readers.python.run import Arguments, Run

Reader = Callable[["Run", list[object], dict[str, object], str], object]

ITEMS_A_STEP = 100
"""So many items of a list are copied in the time of one step."""

MISSING = object()
"""A call that is not understood."""


def iterate(run: Run, value: object) -> list[object] | None:
    """Return the items of a value; None where they are not known."""
    found: list[object] | None = None
    if run.is_open(value):
        return None
    if isinstance(value, list | tuple | dict):
        found = list(value)
    elif isinstance(value, str):
        found = list(value[:MOST_ITEMS])
    elif isinstance(value, Array) and value.items is not None:
        found = list(value.items[:MOST_ITEMS])
    elif isinstance(value, set | frozenset):
        found = sorted(value, key=repr)
    elif (whole := run.as_open(value)) is not None:
        count = run.given.get(f"len({whole.text})")
        if count is not None:
            each = (f"{whole.text}[{index}]" for index in range(min(count, MOST_ITEMS)))
            found = [Unknown(text, owner=whole) for text in each]
    if found is not None:
        run.spend(len(found) // ITEMS_A_STEP)
    return found


def call_builtin(run: Run, name: str, given: Arguments, text: str) -> object:
    """Return what a function of Python returns; MISSING for one that is not read."""
    values = [argument.value for argument in given.positional]
    named = {key: argument.value for key, argument in given.named.items()}
    reader = READERS.get(name)
    if reader is None or given.open:
        return MISSING
    try:
        found = reader(run, values, named, text)
        big = isinstance(found, int) and abs(found) > BIGGEST
        return Unknown(text) if big else found
    except (TypeError, ValueError, IndexError, KeyError, OverflowError, AttributeError):
        return Unknown(text)


def _range(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    numbers = [number_of(value) for value in values]
    if None in numbers:
        open_value = next(v for v, n in zip(values, numbers, strict=True) if n is None)
        return Unknown(text, run.size(open_value))
    found = range(*[number for number in numbers if number is not None])
    if len(found) > MOST_ITEMS:
        return Unknown(text)
    run.spend(len(found) // ITEMS_A_STEP)
    return list(found)


def _len(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    value = values[0]
    if run.is_open(value):
        return Unknown(text)
    if isinstance(value, list | tuple | dict | str | set):
        return len(value)
    if isinstance(value, Array):
        return value.shape[0]
    return Unknown(text)


def _int(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    value = values[0] if values else 0
    if isinstance(value, bool | int | float | str) and len(values) < 2:
        return int(value)
    return value if isinstance(value, Expr | Unknown) and len(values) == 1 else Unknown(text)


def _float(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    value = plain_number(values[0])
    return float(value) if isinstance(value, int | float | str) else Unknown(text)


def _round(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    value = plain_number(values[0])
    digits = plain_number(values[1]) if len(values) > 1 else None
    if isinstance(value, int | float) and (digits is None or isinstance(digits, int)):
        return round(value, digits) if digits is not None else round(value)
    return value if isinstance(value, Expr) else Unknown(text)


def _extreme(which: str) -> Reader:
    def read(run: Run, values: list[object], named: dict[str, object], text: str) -> object:
        items = iterate(run, values[0]) if len(values) == 1 else values
        if named or not items:
            return Unknown(text)
        numbers = [plain_number(item) for item in items]
        if all(isinstance(number, int | float) for number in numbers):
            pick = max if which == "max" else min
            return pick(items, key=plain_number)  # type: ignore[arg-type]  # numbers, as was seen
        sizes = [run.size(item) for item in items]
        known = [size for size in sizes if size is not None]
        if len(known) != len(sizes):
            return Unknown(text)
        return (maximum if which == "max" else minimum)(*known)

    return read


def _sum(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    items = iterate(run, values[0])
    if items is None:
        return Unknown(text)
    found: object = 0
    for item in items:
        size = run.size(item)
        if isinstance(item, float) and isinstance(found, int | float):
            found = found + item
        elif size is not None and isinstance(found, int | Expr):
            found = size + found
        else:
            return Unknown(text)
    return plain_number(found) if isinstance(found, Expr) and found.is_constant else found


def _list(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    found = iterate(run, values[0]) if values else []
    return Unknown(text) if found is None else found


def _tuple(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    found = iterate(run, values[0]) if values else []
    if found is None and isinstance(values[0], Unknown):
        return values[0]
    return Unknown(text) if found is None else tuple(found)


def _set(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    found = iterate(run, values[0]) if values else []
    return Unknown(text) if found is None else set(map(plain_number, found))


def _dict(run: Run, values: list[object], named: dict[str, object], text: str) -> object:
    found: dict[object, object] = {}
    if values:
        if isinstance(values[0], dict):
            found |= values[0]
        else:
            items = iterate(run, values[0])
            if items is None:
                return Unknown(text)
            for pair in items:
                if not isinstance(pair, list | tuple) or len(pair) != 2:
                    return Unknown(text)
                found[plain_number(pair[0])] = pair[1]
    found.update(named)
    return found


def _enumerate(run: Run, values: list[object], named: dict[str, object], text: str) -> object:
    items = iterate(run, values[0])
    start = number_of(named.get("start", values[1] if len(values) > 1 else 0))
    if items is None or start is None:
        return run.as_open(values[0]) or Unknown(text)
    return [(index, item) for index, item in enumerate(items, start)]


def _zip(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    lists = [iterate(run, value) for value in values]
    open_list = next((v for v, found in zip(values, lists, strict=True) if found is None), None)
    if open_list is not None:
        return run.as_open(open_list) or Unknown(text)
    return [tuple(row) for row in zip(*(found or [] for found in lists), strict=False)]


def _reversed(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    items = iterate(run, values[0])
    return Unknown(text) if items is None else items[::-1]


def _sorted(run: Run, values: list[object], named: dict[str, object], text: str) -> object:
    items = iterate(run, values[0])
    if items is None or "key" in named:
        return Unknown(text)
    ordered = sorted(items, key=plain_number)  # type: ignore[arg-type]  # unlike ones raise
    return ordered[::-1] if named.get("reverse") is True else ordered


def _str(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    value = plain_number(values[0]) if values else ""
    return str(value) if isinstance(value, str | int | float | bool | None) else Unknown(text)


def _bool(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    known = truth(values[0]) if values else False
    return Unknown(text) if known is None else known


def _abs(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    value = plain_number(values[0])
    return abs(value) if isinstance(value, int | float) else Unknown(text)


def _pow(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    base, power = (plain_number(value) for value in values[:2])
    if isinstance(base, int | float) and isinstance(power, int | float) and abs(power) < 64:
        found: object = base**power
        return found if isinstance(found, int | float) else Unknown(text)
    return Unknown(text)


def _any(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    items = [truth(item) for item in iterate(run, values[0]) or [None]]
    return True if True in items else Unknown(text) if None in items else False


def _all(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    items = [truth(item) for item in iterate(run, values[0]) or [None]]
    return False if False in items else Unknown(text) if None in items else True


def _nothing(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    return None


READERS: dict[str, Reader] = {
    "range": _range, "xrange": _range, "len": _len, "int": _int, "float": _float, "round": _round,
    "max": _extreme("max"), "min": _extreme("min"), "sum": _sum, "list": _list, "tuple": _tuple,
    "set": _set, "dict": _dict, "OrderedDict": _dict, "enumerate": _enumerate, "zip": _zip,
    "reversed": _reversed, "sorted": _sorted, "str": _str, "bool": _bool, "abs": _abs, "pow": _pow,
    "any": _any, "all": _all, "print": _nothing,
}  # fmt: skip


def _product_of(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    items = iterate(run, values[0])
    sizes = [run.size(item) for item in items] if items is not None else [None]
    known = [size for size in sizes if size is not None]
    if len(known) != len(sizes) or len(values) > 1:
        return Unknown(text)
    found = prod(known)
    return found.value if found.is_constant else found


def _pairs(run: Run, values: list[object], named: dict[str, object], text: str) -> object:
    lists = [iterate(run, value) for value in values]
    known = [items for items in lists if items is not None]
    count = 1
    for items in known:
        count *= len(items)
    if len(known) != len(lists) or named or count > MOST_ITEMS:
        return Unknown(text)
    run.spend(count // ITEMS_A_STEP)
    rows: list[tuple[object, ...]] = [()]
    for items in known:
        rows = [(*row, item) for row in rows for item in items]
    return list(rows)


def _chain(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    lists = [iterate(run, value) for value in values]
    if any(items is None for items in lists):
        return Unknown(text)
    return [item for items in lists for item in items or []]


OF_NUMBERS: dict[str, Reader] = {
    "prod": _product_of, "product": _product_of, "sum": _sum, "max": _extreme("max"),
    "amax": _extreme("max"), "min": _extreme("min"), "amin": _extreme("min"), "power": _pow,
    "int8": _int, "int16": _int, "int32": _int, "int64": _int, "intp": _int, "abs": _abs,
}  # fmt: skip
"""Functions of numpy and math on known numbers."""

OF_LISTS: dict[str, Reader] = {"product": _pairs, "chain": _chain}
"""Functions of itertools."""


def call_numbers(run: Run, root: str, name: str, given: Arguments, text: str) -> object | None:
    """Return what a function of numpy, math or itertools makes of known values; else None."""
    table = OF_LISTS if root == "itertools" else OF_NUMBERS if root in ("numpy", "math") else {}
    reader = table.get(name)
    values = [argument.value for argument in given.positional]
    if reader is None or given.open or given.named or not values:
        return None
    if any(isinstance(value, Array) for value in values):
        return None
    try:
        found = reader(run, values, {}, text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return None if isinstance(found, Unknown) else found


def truth(value: object) -> bool | None:
    """Return whether a value is true; None where that is not known."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Expr):
        return None if value.value is None else value.value != 0
    if isinstance(value, bool | int | float | str | list | tuple | dict | set) or value is None:
        return bool(value)
    return True


def path_function(path: str, values: list[object]) -> object:
    """Return what `os.path.join` and its kin make of strings."""
    if path == "os.path.join" and values and all(isinstance(value, str) for value in values):
        return os.path.join(*map(str, values))  # noqa: PTH118 - it stands in for the author's call
    return MISSING
