"""The values in two locks of one model: which of them differ, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.model.finding import LockedChange, Missing
from seqinspect.model.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seqinspect.compare.lock import LockEntry
    from seqinspect.model.finding import LockedValue

NONE = ("reads", "depends", "mask", "stored", "reuses", "call", "arguments", "class")
"""Where null says that there is none; elsewhere it says that a value is not known."""


def is_same_formula(old: LockedValue, new: LockedValue) -> bool:
    """Tell whether two values are one formula of named sizes: they differ as those do."""
    if isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new):
        pairs = zip(map(str, old), map(str, new), strict=True)
        return all(before == after or is_same_formula(before, after) for before, after in pairs)
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    before, equals, _ = old.partition(" = ")
    return bool(equals) and new.partition(" = ")[0] == before


def value_changes(old: LockEntry, new: LockEntry, keys: Iterable[str]) -> Iterator[LockedChange]:
    """Yield the values that changed under keys; of tables only the entries that did."""
    for key in keys:
        before, after = old.get(key), new.get(key)
        if before == after or (not before and not after and key in NONE):
            continue
        if isinstance(before, dict) or isinstance(after, dict):
            if None in (before, after) and key not in NONE:
                yield LockedChange(key, "", _value(old, key), _value(new, key))
                continue
            yield from entry_changes(key, table_at(old, key), table_at(new, key))
        else:
            yield LockedChange(key, "", _value(old, key), _value(new, key))


def entry_changes(
    key: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[LockedChange]:
    """Yield the entries of a table that changed; `key` is that of the table."""
    for name in dict.fromkeys([*old, *new]):
        was, is_ = _value(old, name, key), _value(new, name, key)
        if was != is_ or type(was) is not type(is_):
            yield LockedChange(key, name, was, is_)


def _value(table: Mapping[str, Any], key: str, of: str = "") -> LockedValue:
    """Return a value of a lock as a fact: someone may have written another one into the file."""
    value = table.get(key)
    if value is None:
        if of == "arguments":
            return Missing("default") if key not in table else "null"
        return Missing("unknown") if key in table and key not in NONE else None
    if isinstance(value, list):
        return tuple(map(_text, value))
    return value if isinstance(value, str | int | float) else _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json_text(value)


def table_at(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a table within another one; empty where there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def texts_of(value: object) -> list[str]:
    """Return the entries of a list as texts; none where it is no list."""
    return list(map(str, value)) if isinstance(value, list) else []
