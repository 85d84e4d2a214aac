"""Methods of lists, sets, dictionaries and strings of the source, such as `append` and `get`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.readers.python.builtin_calls import MISSING, iterate
from seqinspect.readers.python.run import (
    LONGEST_STRING,
    MOST_ITEMS,
    number_of,
    plain_number,
)
from seqinspect.readers.python.values import Unknown, is_too_large

if TYPE_CHECKING:
    from seqinspect.readers.python.run import Arguments, Run

Passed = tuple[list[object], dict[str, object]]
"""What a method is called with: by position and by name."""


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
