"""Plain data as JSON text: what is not printed as itself is escaped, so that a terminal is safe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return the JSON text of a value, on one line unless it has an `indent`."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json_escape(c) for c in text)


def json_escape(character: str) -> str:
    r"""Return what stands for a character in JSON: \u6f22."""
    return json.dumps(character)[1:-1]


def json_documents(
    documents: Iterable[Mapping[str, object]], lists: Container[str], *, many: bool
) -> str:
    """Return the JSON text of one object or, for `many`, of an array of them."""
    return "".join(json_pieces(documents, lists, many=many))


def json_pieces(
    documents: Iterable[Mapping[str, object]], lists: Container[str], *, many: bool
) -> Iterator[str]:
    """Yield the pieces of that text.

    Documents and their entries are asked for one after another, so that none needs to be held.
    """
    before = "[" if many else ""
    for data in documents:
        yield before
        yield from _pieces(data, lists)
        before = ",\n"
        if not many:
            yield "\n"
            before = ""
    if many:
        yield "]\n" if before != "[" else "[]\n"


def json_document(data: Mapping[str, object], lists: Container[str]) -> str:
    """Return the JSON text of an object: a key a line, and of the named lists an entry a line.

    Such a list may be an iterator, whose entries are then made one at a time.
    """
    return "".join(_pieces(data, lists))


def _pieces(data: Mapping[str, object], lists: Container[str]) -> Iterator[str]:
    before = "{"
    for key, value in data.items():
        yield f"{before}{json_text(key)}: "
        before = ",\n "
        if key not in lists or not isinstance(value, list | Iterator):
            yield json_text(value)
            continue
        begin = "[\n"
        for item in value:
            yield f"{begin}  {json_text(item)}"
            begin = ",\n"
        yield "[]" if begin == "[\n" else "]"
    yield "}" if data else "{}"
