"""Mechanical remedies, as changes of text or of code; what one line does not show is left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.errors import Place
from seqinspect.model.finding import Edit
from seqinspect.readers.spec import is_code

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph, Layer

SCRIPT = ".py"
"""How the name of code ends that is changed: a notebook's lines are those of its cells."""

Value: TypeAlias = str | bool | int
"""What an argument is given: a word, true or false, a number."""

SCALAR = re.compile(r"[^\s,{}\[\]#\"'&*!|>%@`][^,{}\[\]#\"']*?(?=\s*(?:[,}\]]|$|\s#))")
QUOTED = re.compile(r"""(['"])\w+\1""")
IN_CODE = re.compile(r"""(?:(['"])\w+\1|\w+)(?=\s*[,)])""")
"""A value of an argument in Keras code that ends on its line: a string, a name, a number."""


def rest_of_line(graph: Graph, place: Place | None) -> str:
    """The text of the file from a place to the end of its line; empty where there is none."""
    if place is None or graph.lines is None:
        return ""
    return graph.lines(place)[place.column - 1 :]


def with_argument(graph: Graph, layer: Layer, name: str, value: Value) -> tuple[Edit, ...]:
    """Give a layer an argument; nothing where the text does not show where it would stand."""
    place, written = layer.place, layer.places.get(name)
    if place is None or graph.lines is None:
        return ()
    if is_code(place.file):
        own = place.file == graph.source and place.file.endswith(SCRIPT)
        return _in_code(graph, layer, name, value) if own else ()
    if written is not None:
        return _rewritten(graph.lines(written), written, value)
    rest = rest_of_line(graph, place)
    head = re.match(rf"([\"']?){re.escape(layer.type)}\1\s*:[ \t]*", rest)
    if head is None:
        return ()
    after = rest[head.end() :]
    at = Place(place.file, place.line, place.column + head.end())
    argument = f"{head[1]}{name}{head[1]}: {_text(value, head[1])}"
    if after.startswith("{"):
        return _added(after, at, argument)
    scalar = SCALAR.match(after)
    if scalar:
        first = next(iter(layer.arguments), "units")
        return (Edit(at, scalar[0], f"{{{head[1]}{first}{head[1]}: {scalar[0]}, {argument}}}"),)
    if not head[1] and (not after.strip() or after.lstrip().startswith("#")):
        below = graph.lines(place._replace(line=place.line + 1))
        indent = len(below) - len(below.lstrip())
        if indent >= place.column:
            start = Place(place.file, place.line + 1, indent + 1)
            return (Edit(start, "", f"{argument}\n{' ' * indent}"),)
    return ()


def _text(value: Value, quote: str = "") -> str:
    """A value as a spec writes it; words in quotes where those of the spec are."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{quote}{value}{quote}" if isinstance(value, str) else str(value)


def _rewritten(line: str, place: Place, value: Value) -> tuple[Edit, ...]:
    """Write another value where one stands; a word beside a key in quotes stays in quotes."""
    before, rest = line[: place.column - 1], line[place.column - 1 :]
    old = SCALAR.match(rest)
    if old is not None:
        key = re.search(r"([\"'])\s*:\s*$", before)
        return (Edit(place, old[0], _text(value, key[1] if key else "")),)
    quoted = QUOTED.match(rest)
    return (Edit(place, quoted[0], _text(value, quoted[1])),) if quoted else ()


def _in_code(graph: Graph, layer: Layer, name: str, value: Value) -> tuple[Edit, ...]:
    """Give a call of a layer class an argument, in Python."""
    written = layer.places.get(name)
    if written is not None:
        rest = rest_of_line(graph, written)
        head = re.match(rf"{re.escape(name)}\s*=\s*", rest)
        start = head.end() if head else 0
        old = IN_CODE.match(rest, start)
        at = written._replace(column=written.column + start)
        if old is None:
            return ()
        return (Edit(at, old[0], f"{old[1]}{value}{old[1]}" if old[1] else repr(value)),)
    place = layer.place
    rest = rest_of_line(graph, place)
    head = re.match(rf"(?:\w+\.)*{re.escape(layer.type)}\(", rest)
    end = _closing(rest, head.end()) if head is not None else 0
    if place is None or head is None or not end:
        return ()
    given = rest[head.end() : end].rstrip()
    between = "" if not given else " " if given.endswith(",") else ", "
    at = Place(place.file, place.line, place.column + head.end() + len(given))
    return (Edit(at, "", f"{between}{name}={value!r}"),)


def _added(after: str, at: Place, argument: str) -> tuple[Edit, ...]:
    """Add an argument to those in braces: as the last one, where the line has their end."""
    end = _closing(after, 1)
    given = after[1:end].rstrip() if end else ""
    if given and not given.endswith(","):
        last = Place(at.file, at.line, at.column + 1 + len(given))
        return (Edit(last, "", f", {argument}"),)
    empty = bool(end) and not given
    return (Edit(at, "{", f"{{{argument}" if empty else f"{{{argument}, "),)


def unwrapped(graph: Graph, place: Place | None, wrapper: str) -> tuple[Edit, ...]:
    """Take a wrapper away: `TimeDistributed: {Dense: n}` becomes `Dense: n`."""
    rest = rest_of_line(graph, place)
    head = re.match(rf"([\"']?){re.escape(wrapper)}\1\s*:\s*\{{\s*", rest)
    if head is None or place is None:
        return ()
    end = _closing(rest, head.end())
    inner = rest[head.end() : end].rstrip() if end else ""
    if not inner or "layer" in re.findall(r"\w+(?=[\"']?\s*:)", inner) or _several(inner):
        return ()
    return (Edit(place, rest[: end + 1], inner),)


def _several(text: str) -> bool:
    """Whether more than one key stands in braces: a comma is in none of those within them."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    while re.search(r"[\[{][^\[\]{}]*[\]}]", bare):
        bare = re.sub(r"[\[{][^\[\]{}]*[\]}]", "", bare)
    return "," in bare


def _closing(text: str, start: int) -> int:
    """Find the bracket that closes the one before `start`; 0 where the line has none."""
    depth, quote = 1, ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#":
            return 0
        elif character in "{[(":
            depth += 1
        elif character in "}])":
            depth -= 1
            if not depth:
                return index
    return 0


def applied(text: str, edits: tuple[Edit, ...]) -> str | None:
    """Return a text with changes made; None where one does not find what it is to replace."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda edit: (-edit.place.line, -edit.place.column)):
        if edit.place.line > len(lines):
            return None
        line, start = lines[edit.place.line - 1], edit.place.column - 1
        if not line.startswith(edit.old, start):
            return None
        lines[edit.place.line - 1] = line[:start] + edit.new + line[start + len(edit.old) :]
    return "".join(lines)
