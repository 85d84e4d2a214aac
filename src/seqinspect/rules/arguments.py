"""The kinds of value that a layer argument takes; a rule's annotations name them.

Every value of a spec passes through here before anything is computed or built from it.
A kind is written in a rule as its annotation: `units: Size`, `padding: Literal["valid", "same"]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Protocol

from seqinspect.algebra import Expr
from seqinspect.algebra import Size as Size
from seqinspect.errors import refuse
from seqinspect.rules.objects import ACTIVATIONS, FAMILIES, Named, canonical

Count = Size
"""A size that may be zero (a cropping, a padding)."""
Sizes = Size | tuple[Size, ...]
"""One size, or one for each spatial axis."""
Counts = Size | tuple[Size, ...]
Shape = tuple[Expr | int | None, ...]
"""Sizes of axes, with −1 (infer) and None (not known) where Keras allows them."""
Axes = int | tuple[int, ...]
Groups = Expr | int
"""A number of groups, or −1 for as many as there are channels."""
Clipping = Mapping[str, float | None]
"""Limits by name."""
Rate = float
Real = float
Activation = str | None
Initializer = Named | None
Regularizer = Named | None
Constraint = Named | None


class Surroundings(Protocol):
    """What reading a value may need of the file around it."""

    def size(self, value: object) -> Expr:
        """The size that a number, a name or an expression stands for."""

    def layer(self, value: object) -> object:
        """The layer that an entry describes."""


Reader = Callable[[str, object, Surroundings], object]


def read_argument(name: str, kind: str, value: object, surroundings: Surroundings) -> object:
    """The value of argument `name`, checked and typed as its annotation `kind` says."""
    return _reader(kind)(name, value, surroundings)


def describe_kind(kind: str) -> str:
    """What a kind expects, in words for a person."""
    optional = kind.endswith(" | None")
    bare = kind.removesuffix(" | None")
    choices = _choices(bare)
    words = " or ".join(map(repr, choices)) if choices else _WORDS.get(bare, bare)
    return f"{words} or null" if optional else words


@cache
def _reader(kind: str) -> Reader:
    bare = kind.removesuffix(" | None")
    reader = _READERS.get(bare)
    if reader is None:
        choices = _choices(bare)
        if not choices:
            raise TypeError(f"no reader for the kind {kind!r}")
        reader = _choice(kind, choices)
    if bare == kind and kind not in _NULLABLE:
        return reader

    def optional(name: str, value: object, surroundings: Surroundings) -> object:
        return None if value is None else reader(name, value, surroundings)

    return optional


def _choices(kind: str) -> tuple[object, ...]:
    if not kind.startswith("Literal["):
        return ()
    found = re.findall(r"""["']([^"']*)["']|(True|False|None)""", kind)
    return tuple(text or {"True": True, "False": False}.get(word) for text, word in found)


def _choice(kind: str, choices: tuple[object, ...]) -> Reader:
    def read(name: str, value: object, _: Surroundings) -> object:
        for choice in choices:
            if value == choice and type(value) is type(choice):
                return choice
            if isinstance(value, str) and isinstance(choice, str) and value.lower() == choice:
                return choice
        wrong(name, value, describe_kind(kind))
        return None

    return read


def show(value: object) -> str:
    """A received value as its author wrote it, short enough for one line."""
    if isinstance(value, Expr):
        text = value.text()
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def wrong(name: str, value: object, expected: str, remedy: str = "") -> None:
    """Refuse a value: says the argument, what was received and what was expected."""
    refuse(
        f"`{name}` cannot be {show(value)}",
        received=show(value),
        expected=expected,
        remedy=remedy,
        argument=name,
        about="value",
    )


def _size(name: str, value: object, surroundings: Surroundings) -> Expr:
    size = _count(name, value, surroundings)
    if size.value == 0:
        wrong(name, value, "a positive whole number")
    return size


def _count(name: str, value: object, surroundings: Surroundings) -> Expr:
    if isinstance(value, bool) or not isinstance(value, int | str | Expr):
        wrong(name, value, "a whole number, a name from `dims`, or arithmetic over them")
    size = value if isinstance(value, Expr) else surroundings.size(value)
    if size.value is None:
        refuse(
            f"`{name}` needs a number, and {show(value)} is not known",
            received=show(value),
            expected="a size whose number is known",
            remedy="give the name a number under `dims`, or with --set",
            argument=name,
            about="value",
        )
    if size.value < 0:
        wrong(name, value, "a whole number that is not negative")
    return size


def _sizes(name: str, value: object, surroundings: Surroundings) -> Sizes:
    if isinstance(value, list | tuple):
        return tuple(_size(name, item, surroundings) for item in value)
    return _size(name, value, surroundings)


def _counts(name: str, value: object, surroundings: Surroundings) -> Counts:
    if isinstance(value, list | tuple):
        return tuple(_count(name, item, surroundings) for item in value)
    return _count(name, value, surroundings)


def _margins(name: str, value: object, surroundings: Surroundings) -> Margins:
    if isinstance(value, list | tuple):
        return tuple(_counts(name, item, surroundings) for item in value)
    return _count(name, value, surroundings)


def _shape(name: str, value: object, surroundings: Surroundings) -> Shape:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(
        item if item is None or item in (-1, "-1") else _count(name, item, surroundings)
        for item in items
    )


def _flag(name: str, value: object, _: Surroundings) -> bool:
    if not isinstance(value, bool):
        remedy = f"write {_YES_NO[str(value)]}" if str(value).lower() in _YES_NO else ""
        wrong(name, value, "true or false", remedy)
    return bool(value)


_YES_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def _integer(name: str, value: object, _: Surroundings) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        wrong(name, value, "a whole number")
    return int(value)  # type: ignore[call-overload,no-any-return]  # just checked


def _axes(name: str, value: object, surroundings: Surroundings) -> Axes:
    if isinstance(value, list | tuple):
        return tuple(_integer(name, item, surroundings) for item in value)
    return _integer(name, value, surroundings)


def _groups(name: str, value: object, surroundings: Surroundings) -> Groups:
    if value == -1 and not isinstance(value, bool):
        return -1
    return _size(name, value, surroundings)


def _clipping(name: str, value: object, surroundings: Surroundings) -> Clipping:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        wrong(name, value, "limits by name")
        return {}
    return {
        key: None if limit is None else _real(f"{name}.{key}", limit, surroundings)
        for key, limit in value.items()
    }


def _real(name: str, value: object, _: Surroundings) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        wrong(name, value, "a number")
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  # nan is not itself
        wrong(name, value, "a finite number")
    return value  # type: ignore[return-value]  # just checked


def _rate(name: str, value: object, surroundings: Surroundings) -> float | int:
    number = _real(name, value, surroundings)
    if not 0 <= number <= 1:
        wrong(name, value, "a number from 0 to 1")
    return number


def _text(name: str, value: object, _: Surroundings) -> str:
    if not isinstance(value, str):
        wrong(name, value, "a word")
    return str(value)


def _activation(name: str, value: object, _: Surroundings) -> str:
    if isinstance(value, Mapping) and value.get("module") in ("builtins", "keras.activations"):
        value = value.get("config")  # how Keras 3 writes a function
    if not isinstance(value, str):
        wrong(name, value, "the name of a Keras activation")
    if value not in ACTIVATIONS:
        _unknown(name, str(value), "activation", sorted(ACTIVATIONS))
    return str(value)


def _named(family: str) -> Reader:
    def read(name: str, value: object, _: Surroundings) -> Named:
        kind, arguments = _class_and_arguments(name, value, family)
        known = canonical(family, kind)
        if known is None:
            _unknown(name, kind, family, sorted(FAMILIES[family]))
        allowed = FAMILIES[family][known or ""]
        for key, item in arguments.items():
            if key not in allowed:
                refuse(
                    f"`{name}`: {known} has no argument `{key}`",
                    received=show(key),
                    expected=", ".join(allowed) or "no arguments",
                    argument=name,
                    about="value",
                )
            if not isinstance(item, int | float | str | None):
                wrong(f"{name}.{key}", item, "a number or a word")
        return Named(known or "", tuple(sorted(arguments.items())))

    return read


def _class_and_arguments(name: str, value: object, family: str) -> tuple[str, Mapping[str, object]]:
    """`Zeros`, {Constant: {value: 1}} and Keras's {class_name: …, config: …} mean the same."""
    if isinstance(value, str):
        return value, {}
    if isinstance(value, Mapping):
        if "class_name" in value:
            kind, arguments = value["class_name"], value.get("config")
        elif len(value) == 1:
            kind, arguments = next(iter(value.items()))
        else:
            kind, arguments = None, None
        arguments = {} if arguments is None else arguments
        if isinstance(kind, str) and isinstance(arguments, Mapping):
            return kind, arguments
    wrong(name, value, f"the name of a Keras {family}, or {{name: {{arguments}}}}")
    return "", {}


def _unknown(name: str, value: str, family: str, known: list[str]) -> None:
    from difflib import get_close_matches  # late: only a mistake needs it

    close = get_close_matches(value, known, 1, 0.5)
    refuse(
        f"`{name}`: unknown {family} {show(value)}",
        received=show(value),
        expected=f"one of Keras's own: {', '.join(known)}",
        remedy=f"did you mean {close[0]}?" if close else "",
        argument=name,
        about="value",
    )


def _nothing(name: str, value: object, _: Surroundings) -> object:
    wrong(name, value, "null", "this option is not understood yet; leave it out")
    return None


_READERS: dict[str, Reader] = {
    "Size": _size,
    "Count": _count,
    "Sizes": _sizes,
    "Counts": _counts,
    "Margins": _margins,
    "Shape": _shape,
    "bool": _flag,
    "int": _integer,
    "Axes": _axes,
    "Groups": _groups,
    "Clipping": _clipping,
    "Real": _real,
    "Rate": _rate,
    "str": _text,
    "None": _nothing,
    "Activation": _activation,
    "Initializer": _named("initializer"),
    "Regularizer": _named("regularizer"),
    "Constraint": _named("constraint"),
    "Inner": lambda _name, value, surroundings: surroundings.layer(value),
}
_NULLABLE = frozenset({"Activation", "Initializer", "Regularizer", "Constraint", "None"})
_WORDS = {
    "Size": "a positive whole number",
    "Count": "a whole number, 0 or more",
    "Sizes": "a positive whole number, or a list with one for each axis",
    "Counts": "a whole number, or a list of them",
    "Margins": "a whole number, or a list with a number or a pair for each axis",
    "Shape": "a list of sizes",
    "bool": "true or false",
    "int": "a whole number",
    "Axes": "an axis, or a list of axes",
    "Groups": "a positive whole number, or -1 for one group a channel",
    "Clipping": "limits by name",
    "Real": "a number",
    "Rate": "a number from 0 to 1",
    "str": "a word",
    "Activation": "the name of a Keras activation",
    "Initializer": "a Keras initializer",
    "Regularizer": "a Keras regularizer",
    "Constraint": "a Keras constraint",
    "Inner": "a layer",
}
