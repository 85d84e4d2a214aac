"""Plain data → YAML that a person reads: short values on one line, layers below each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 100
PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_])?")
FORMULA = re.compile(r"[A-Za-z0-9_(](?:[A-Za-z0-9_+*/() -]*[A-Za-z0-9_)])?")
WORDS = frozenset("null true false yes no on off nan inf".split())
"""Words that are no texts to some reader of YAML; `n` and `y` are names of sizes here."""

COMMENT = "#"
"""What stands by this name in a mapping is a comment above it."""


class Formula(str):
    """Arithmetic over sizes."""

    __slots__ = ()


def document(data: dict[str, object]) -> str:
    """Return the text of a spec."""
    return "".join(f"{line}\n" for line in _pairs(data, ""))


def _pairs(data: dict[str, object], margin: str) -> Iterator[str]:
    for name, value in data.items():
        yield from _pair(name, value, margin, len(margin))


def _pair(name: str, value: object, start: str, indent: int) -> Iterator[str]:
    """Yield a name and its value; `start` is what stands before the name."""
    key, margin = scalar(name), " " * indent
    if name == "layers" and isinstance(value, list):
        yield f"{start}{key}:"
        for item in value:
            yield from _entry(item, indent + 2)
        return
    line = f"{start}{key}: {flow(value)}"
    if not _has_layers(value) and (len(line) <= WIDTH or not isinstance(value, dict | list)):
        yield line
        return
    yield f"{start}{key}:"
    if isinstance(value, dict):
        yield from _pairs(value, margin + "  ")
    elif isinstance(value, list):
        for item in value:
            yield from _entry(item, indent + 2)


def _entry(item: object, indent: int) -> Iterator[str]:
    """Yield an item of a list, with a dash before its first line."""
    margin = " " * indent
    if not isinstance(item, dict):
        yield f"{margin}- {flow(item)}"
        return
    pairs = dict(item)
    comment = pairs.pop(COMMENT, "")
    if comment:
        yield f"{margin}# {comment}"
    start = f"{margin}- "
    for name, value in pairs.items():
        if value is None and len(pairs) == 1:
            yield f"{start}{scalar(name)}"
        else:
            yield from _pair(name, value, start, indent + 2)
        start = margin + "  "


def _has_layers(value: object) -> bool:
    if isinstance(value, dict):
        return "layers" in value or any(map(_has_layers, value.values()))
    return isinstance(value, list) and any(map(_has_layers, value))


def flow(value: object) -> str:
    """Return a value on one line."""
    if isinstance(value, dict):
        pairs = (f"{scalar(name)}: {flow(item)}" for name, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def scalar(value: object) -> str:
    """Return a single value so that every reader of YAML takes it for what it is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        # YAML 1.1 takes 1e-05 for a text.
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    if isinstance(value, int):
        return str(value)
    text = str(value)
    form = FORMULA if isinstance(value, Formula) else PLAIN
    if form.fullmatch(text) and text.lower() not in WORDS:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
