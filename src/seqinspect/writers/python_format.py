"""Python expressions as the usual formatter lays them out: on one line, or one part a line."""

from __future__ import annotations

from typing import TypeAlias

from seqinspect.records import dataclass

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Bracketed:
    """Parts between brackets: `layers.LSTM(`, …, `)`; `tail` follows it: `(x)` calls it.

    `display`: these are the parts of a list, a tuple or a dictionary, and not of a call.
    """

    start: str
    parts: tuple[tuple[str, Code], ...]
    end: str
    tail: Bracketed | None = None
    display: bool = False


Code: TypeAlias = str | Bracketed


def call(function: str, *positional: Code, **named: Code) -> Bracketed:
    """Return a call."""
    parts = [("", value) for value in positional]
    parts += [(f"{name}=", value) for name, value in named.items()]
    return Bracketed(f"{function}(", tuple(parts), ")")


def list_of(*items: Code) -> Bracketed:
    """Return a list."""
    return Bracketed("[", tuple(("", item) for item in items), "]", display=True)


def tuple_of(*items: Code) -> Bracketed:
    """Return a tuple."""
    return Bracketed("(", tuple(("", item) for item in items), ")", display=True)


def flat(code: Code) -> str:
    """Return an expression on one line."""
    if isinstance(code, str):
        return code
    parts = [f"{name}{flat(value)}" for name, value in code.parts]
    only = "," if code.display and code.start == "(" and len(parts) == 1 else ""
    tail = flat(code.tail) if code.tail is not None else ""
    return f"{code.start}{', '.join(parts)}{only}{code.end}{tail}"


def lay_out(before: str, code: Code, after: str = "", indent: int = 0) -> list[str]:
    """Return the lines of `before`, an expression and `after`; only `before` begins indented."""
    margin = " " * indent
    line = f"{margin}{before}{flat(code)}{after}"
    if len(line) <= WIDTH or isinstance(code, str) or not (code.parts or code.tail):
        return [line]
    if code.tail is not None:
        # The last brackets are opened first, where what stands before them fits.
        head = flat(Bracketed(code.start, code.parts, code.end)) + code.tail.start
        if len(f"{margin}{before}{head}") <= WIDTH:
            return lay_out(before, Bracketed(head, code.tail.parts, code.tail.end), after, indent)
        lines = _open_brackets(before, Bracketed(code.start, code.parts, code.end), "", indent)
        return [*lines[:-1], *lay_out(code.end, code.tail, after, indent)]
    return _open_brackets(before, code, after, indent)


def _open_brackets(before: str, code: Bracketed, after: str, indent: int) -> list[str]:
    """Return the lines of an expression whose brackets are opened."""
    margin = " " * indent
    inner = [f"{name}{flat(value)}" for name, value in code.parts]
    body = f"{margin}    {', '.join(inner)}"
    if not code.display and len(body) <= WIDTH:
        return [f"{margin}{before}{code.start}", body, f"{margin}{code.end}{after}"]
    lines = [f"{margin}{before}{code.start}"]
    for name, value in code.parts:
        lines += lay_out(name, value, ",", indent + 4)
    return [*lines, f"{margin}{code.end}{after}"]


def string_literal(value: str) -> str:
    """Return a text as a literal, in double quotes unless it holds more of them than of single."""
    literal = ascii(value) if not value.isprintable() else repr(value)
    body = literal[1:-1]
    if literal[0] == '"':
        return literal  # it holds a single quote, and no double one
    if '"' not in body:
        return f'"{body}"'
    single = body.replace("\\'", "'")
    if single.count("'") >= single.count('"'):
        return '"' + single.replace('"', '\\"') + '"'
    return literal
