"""Plain data as JSON text: what is not printed as itself is escaped, so that a terminal is safe."""

from __future__ import annotations

import json
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
    texts = [json_document(each, lists) for each in documents]
    return "[" + ",\n".join(texts) + "]\n" if many else "".join(f"{text}\n" for text in texts)


def json_document(data: Mapping[str, object], lists: Container[str]) -> str:
    """Return the JSON text of an object: a key a line, and of the named lists an entry a line."""
    lines = []
    for key, value in data.items():
        if key in lists and isinstance(value, list) and value:
            items = ",\n".join(f"  {json_text(item)}" for item in value)
            lines.append(f"{json_text(key)}: [\n{items}]")
        else:
            lines.append(f"{json_text(key)}: {json_text(value)}")
    return "{" + ",\n ".join(lines) + "}"
