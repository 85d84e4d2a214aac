"""Python's own functions and methods on values of the source, such as `range` and `list.append`."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, maximum, minimum
from seqinspect.readers.python.run import (
    BIGGEST,
    LONGEST_STRING,
    MOST_ITEMS,
    number_of,
    plain_number,
)
from seqinspect.readers.python.values import Array, Unknown, is_too_large

if TYPE_CHECKING:
    from seqinspect.readers.python.run import Arguments, Run

Reader = Callable[["Run", list[object], dict[str, object], str], object]

Passed = tuple[list[object], dict[str, object]]
"""What a method is called with: by position and by name."""

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
    elif isinstance(value, set | frozenset):
        found = sorted(value, key=repr)
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
        return values[0] if isinstance(values[0], Unknown) else Unknown(text)
    return [(index, item) for index, item in enumerate(items, start)]


def _zip(run: Run, values: list[object], _: dict[str, object], text: str) -> object:
    lists = [iterate(run, value) for value in values]
    if any(found is None for found in lists):
        return Unknown(text)
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


def truth(value: object) -> bool | None:
    """Return whether a value is true; None where that is not known."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Expr):
        return None if value.value is None else value.value != 0
    if isinstance(value, bool | int | float | str | list | tuple | dict | set) or value is None:
        return bool(value)
    return True


def call_method(run: Run, owner: object, name: str, given: Arguments, text: str) -> object:
    """Return what a method of a list, dictionary or string returns; MISSING if it is not read."""
    values = [argument.value for argument in given.positional]
    named = {key: argument.value for key, argument in given.named.items()}
    try:
        if isinstance(owner, list):
            return _list_method(run, owner, name, values, text)
        if isinstance(owner, dict):
            return _dict_method(run, owner, name, (values, named), text)
        if isinstance(owner, str):
            return _text_method(run, owner, name, (values, named), text)
        if isinstance(owner, tuple) and name in ("index", "count"):
            return getattr(owner, name)(values[0])
        if isinstance(owner, set):
            return _set_method(run, owner, name, values, text)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return Unknown(text)
    return MISSING


def _list_method(
    run: Run, owner: list[object], name: str, values: list[object], text: str
) -> object:
    if run.open_loops and name in ("append", "extend", "insert", "pop"):
        run.open_lists[id(owner)] = owner
    if name == "append":
        if len(owner) >= MOST_ITEMS:
            return None
        owner.append(Unknown(text) if is_too_large(values[0]) else values[0])
        return None
    if name == "extend":
        items = iterate(run, values[0])
        if items is None:
            run.open_lists[id(owner)] = owner
        owner.extend((items or [])[: MOST_ITEMS - len(owner)])
        return None
    if name == "insert":
        if len(owner) < MOST_ITEMS and not is_too_large(values[1]):
            owner.insert(number_of(values[0]) or 0, values[1])
        return None
    if name == "pop":
        return owner.pop(*[number_of(value) or 0 for value in values])
    if name == "reverse":
        owner.reverse()
        return None
    if name == "copy":
        return list(owner)
    if name == "clear":
        owner.clear()
        return None
    if name in ("index", "count"):
        return getattr(owner, name)(values[0])
    return Unknown(text)


def _set_method(run: Run, owner: set[object], name: str, values: list[object], text: str) -> object:
    if run.open_loops:
        run.open_lists[id(owner)] = owner
    if name == "add" and len(owner) < MOST_ITEMS:
        owner.add(plain_number(values[0]))
        return None
    if name == "update":
        items = iterate(run, values[0])
        if items is None:
            run.open_lists[id(owner)] = owner
        owner.update(map(plain_number, items or []))
        return None
    return Unknown(text)


def _dict_method(
    run: Run, owner: dict[object, object], name: str, passed: Passed, text: str
) -> object:
    values, named = passed
    key = plain_number(values[0]) if values else None
    if run.open_loops and name in ("update", "setdefault", "pop"):
        run.open_lists[id(owner)] = owner
    if run.is_open(owner) and name in ("items", "keys", "values"):
        return Unknown(text)
    if run.is_open(owner) and name in ("get", "pop", "setdefault") and key not in owner:
        return Unknown(text)
    if name == "get":
        return owner.get(key, values[1] if len(values) > 1 else None)
    if name == "items":
        return list(owner.items())
    if name == "keys":
        return list(owner)
    if name == "values":
        return list(owner.values())
    if name == "pop":
        return owner.pop(key, values[1]) if len(values) > 1 else owner.pop(key)
    if name == "setdefault":
        return owner.setdefault(key, values[1] if len(values) > 1 else None)
    if name == "update":
        for given in values:
            if not isinstance(given, dict) or run.is_open(given):
                run.open_lists[id(owner)] = owner
            owner.update(given if isinstance(given, dict) else {})
        owner.update(named)
        return None
    if name == "copy" and not run.is_open(owner):
        return dict(owner)
    return Unknown(text)


def _text_method(run: Run, owner: str, name: str, passed: Passed, text: str) -> object:
    values, named = passed
    plain = [plain_number(value) for value in values]
    if name == "format":
        words = {key: plain_number(value) for key, value in named.items()}
        if all(isinstance(each, str | int | float | bool) for each in (*plain, *words.values())):
            return _formatted(owner, plain, words, text)
        return Unknown(text)
    if name == "join":
        items = iterate(run, values[0])
        if items is not None and all(isinstance(item, str) for item in items):
            length = sum(map(len, map(str, items))) + len(owner) * len(items)
            return owner.join(map(str, items)) if length <= LONGEST_STRING else Unknown(text)
        return Unknown(text)
    if name in ("lower", "upper", "strip", "title", "capitalize", "lstrip", "rstrip", "split",
                "replace", "startswith", "endswith", "isdigit", "zfill"):  # fmt: skip
        most = len(owner) * max([1, *(len(each) for each in plain if isinstance(each, str))])
        if name == "zfill" or most > LONGEST_STRING * 10:
            return Unknown(text)
        return getattr(owner, name)(*plain)
    return Unknown(text)


def _formatted(owner: str, values: list[object], words: dict[str, object], text: str) -> object:
    """Fill in `{}` and `{name}`; what reads attributes or sets a width is not known."""
    if any(sign in owner for sign in (".", "[")) and "{" in owner:
        for piece in owner.split("{")[1:]:
            if any(sign in piece.partition("}")[0] for sign in ".[:"):
                return Unknown(text)
    if any(":" in piece.partition("}")[0] for piece in owner.split("{")[1:]):
        return Unknown(text)
    longest = max([0, *(len(str(value)) for value in (*values, *words.values()))])
    if len(owner) + owner.count("{") * longest > LONGEST_STRING:
        return Unknown(text)
    return owner.format(*values, **words)


def path_function(path: str, values: list[object]) -> object:
    """Return what `os.path.join` and its kin make of strings."""
    if path == "os.path.join" and values and all(isinstance(value, str) for value in values):
        return os.path.join(*map(str, values))  # noqa: PTH118 - it stands in for the author's call
    return MISSING
