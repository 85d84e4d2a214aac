"""Keras code that was copied into a spec: the entry that says the same.

It is taken apart by its brackets and commas: a hostile spec is never given to Python's parser.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from seqinspect.rules import find_rule
from seqinspect.rules.index import INPUT_NAMES, LEGACY_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.rules import Rule

MAX_CHARACTERS = 300
"""Characters of code that are looked at, and of an entry that a remedy can show."""

OPTIONS = dict.fromkeys(INPUT_NAMES, ("shape", "batch_size", "dtype"))
"""The first arguments of classes that have no rule."""

CONSTANTS = {"None": "null", "True": "true", "False": "false"}
VALUES = frozenset({"true", "false", "null", "none"})
WORD = re.compile(r"[A-Za-z_][\w.-]*")
START = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)")
NAMED = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*(.+)", re.DOTALL)
TEXT = re.compile(r"'([^'\\]*)'|\"([^\"\\]*)\"")
NUMBER = re.compile(r"-?[\d.][\w.+-]*")
SIZE = re.compile(r"[\w\s+*/()-]+")
CALLED = re.compile(r"\w\s*\(")
BRACKETS = {"(": ")", "[": "]", "{": "}"}


def class_name_in(code: str) -> str:
    """Return the class in `keras.layers.LSTM(8)`; the text itself where it is no such code."""
    start = START.match(code)
    if start is None or (start.end() < len(code) and code[start.end()] not in "( "):
        return code
    return start[1]


def entry_for_code(code: str, others: Iterable[str] = ()) -> tuple[str, str]:
    """Return the class that code such as `LSTM(8)` names, and how a spec says it; or nothing.

    `others` are classes that an entry may name beside those with a rule: models and inputs.
    """
    name = class_name_in(code)
    rule = _rule(name)
    if name == code or (rule is None and name not in others and "(" not in code):
        return "", ""
    if code.endswith(f".{name}"):
        return name, f"write {name}"
    if rule is None and name not in others:
        name, remedy = "", ""
    else:
        remedy = f"write {entry_form(rule)}" if rule is not None else f"write {name}: …"
    exact = entry_of_call(code)
    return (name, remedy) if exact is None else (exact[0], f"write {exact[1]}")


def entry_of_call(code: str) -> tuple[str, str] | None:
    """Return the class and the entry of `LSTM(8)`; None where it is no call with plain values."""
    if len(code) > MAX_CHARACTERS:
        return None
    try:
        name, entry = _entry_of_call(code.strip().rstrip(",;"))
    except ValueError:
        return None
    return (name, entry) if len(entry) <= MAX_CHARACTERS else None


def entry_form(rule: Rule) -> str:
    """Return an entry of a class with the arguments that it needs."""
    needed = ", ".join(f"{parameter.name}: …" for parameter in rule.demanded)
    return f"{rule.name}: {{{needed}}}" if needed else f"{rule.name} alone"


def _entry_of_call(code: str) -> tuple[str, str]:
    """Return a class and the entry of a call. Raises ValueError where no spec can say it."""
    start = START.match(code)
    if start is None:
        raise ValueError
    parts, rest = _split_arguments(code[start.end() :])
    name = start[1]
    if name == "add" and "." in start[0] and len(parts) == 1 and not rest:
        return _entry_of_call(parts[0])  # model.add(LSTM(8))
    rule = _rule(name)
    options = tuple(rule.options) if rule is not None else OPTIONS.get(name)
    if options is None:
        raise ValueError
    keywords: dict[str, str] = {}
    for index, part in enumerate(parts):
        named = NAMED.fullmatch(part)
        if named is None and (len(keywords) < index or index >= len(options)):
            raise ValueError
        argument, value = named.groups() if named is not None else (options[index], part)
        if argument in keywords:
            raise ValueError
        keywords[argument] = _value(value)
    arguments = ", ".join(f"{argument}: {value}" for argument, value in keywords.items())
    entry = f"{name}: {{{arguments}}}" if arguments else name
    if rest:  # LSTM(8)(x)
        sources, more = _split_arguments(rest)
        if more:
            raise ValueError
        entry += f", and from: {', '.join(map(_value, sources))} beside it"
    return name, entry


def _split_arguments(code: str) -> tuple[list[str], str]:
    """Return what the commas part within the brackets that code begins with, and what follows."""
    parts, quote = [""], ""
    waiting: list[str] = []
    for index, character in enumerate(code):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in BRACKETS:
            waiting.append(BRACKETS[character])
            if len(waiting) == 1:
                continue
        elif waiting and character == waiting[-1]:
            waiting.pop()
            if not waiting:
                arguments = [part.strip() for part in parts]
                return arguments if arguments[-1] else arguments[:-1], code[index + 1 :].strip()
        elif len(waiting) == 1 and character == ",":
            parts.append("")
            continue
        if not waiting:
            break
        parts[-1] += character
    raise ValueError


def _value(code: str) -> str:
    """Return a value as YAML writes it. Raises ValueError where it would have to be run."""
    code = code.strip()
    if code in CONSTANTS:
        return CONSTANTS[code]
    if text := TEXT.fullmatch(code):
        return _text(text[1] or text[2] or "")
    if NUMBER.fullmatch(code):
        return code
    if code.startswith(("(", "[")):
        parts, rest = _split_arguments(code)
        if not rest:
            return f"[{', '.join(map(_value, parts))}]"
    start = START.fullmatch(code)
    if start is not None:
        return start[1]  # tf.nn.relu, n
    if not CALLED.search(code) and SIZE.fullmatch(code):
        return code
    name, entry = _entry_of_call(code)
    return f"{{{entry}}}" if ":" in entry else name


def _text(value: str) -> str:
    plain = WORD.fullmatch(value) is not None and value.lower() not in VALUES
    return value if plain else json.dumps(value, ensure_ascii=False)


def _rule(name: str) -> Rule | None:
    """Return the rule of a class that a spec can name."""
    return None if name in LEGACY_CLASSES else find_rule(name)
