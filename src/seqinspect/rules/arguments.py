"""The kinds of value that a layer argument takes; a rule's annotations name them.

Every value of a spec passes through here before anything is computed or built from it.
A kind is written in a rule as its annotation: `units: Size`, `padding: Literal["valid", "same"]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Protocol

from seqinspect.algebra.expression import Expr
from seqinspect.algebra.expression import Size as Size  # noqa: PLC0414 - a kind of argument, for rules
from seqinspect.errors import SpecError
from seqinspect.model.facts import Inner
from seqinspect.model.graph import UnknownValue
from seqinspect.rules.objects import Named, named_reader, read_activation, read_dtype
from seqinspect.rules.wrong_values import close_word, show, wrong

Count = Size
"""A size that may be zero (a cropping, a padding)."""
Whole = Size
"""A size for which Keras takes 16000.0 as well as 16000."""
WholeInt = int
"""An integer for which Keras takes 3.0 as well as 3."""
Sizes = Size | tuple[Size, ...]
"""One size, or one for each spatial axis."""
Counts = Size | tuple[Size, ...]
Margins = Size | tuple[Size | tuple[Size, ...], ...]
"""What is cut off or added: one number, or a number or a pair (start, end) for each axis."""
Shape = tuple[Expr | int | None, ...]
"""Sizes of axes, with −1 (infer) and None (not known) where Keras allows them."""
Axes = int | tuple[int, ...]
Groups = Expr | int
"""A number of groups, or −1 for as many as there are channels."""
Clipping = Mapping[str, float | None]
"""Limits by name."""
Rate = float
Real = float
Numbers = float | tuple["Numbers", ...]
"""A number, or a list of numbers or of such lists."""
DType = str
"""A dtype, or the name of one of Keras's mixed policies."""
Inners = tuple[Inner, ...]
"""Layers within a layer, in order."""
Activation = str | None
Initializer = Named | None
Regularizer = Named | None
Constraint = Named | None

ACTIVATION = "Activation"
"""The name of a kind that is a class's name, too."""


class Surroundings(Protocol):
    """What reading a value may need of the file around it."""

    def size(self, value: object) -> Expr:
        """The size that a number, a name or an expression stands for."""

    def number(self, name: str) -> float | int | None:
        """The number that a name stands for; None where there is none."""

    def layer(self, value: object) -> object:
        """The layer that an entry describes."""


Reader = Callable[[str, object, Surroundings], object]


def read_argument(name: str, kind: str, value: object, surroundings: Surroundings) -> object:
    """The value of argument `name`, checked and typed as its annotation `kind` says."""
    if isinstance(value, UnknownValue):
        if not samples_of(kind):
            wrong(name, value.text, describe_kind(kind))
        return value
    return _reader(kind)(name, value, surroundings)


def describe_kind(kind: str) -> str:
    """What a kind expects, in words for a person."""
    optional = kind.endswith(" | None")
    bare = kind.removesuffix(" | None")
    choices = choices_of(bare)
    if choices:
        words = " or ".join(map(show, choices))
    else:
        words = " or ".join(_WORDS.get(part, part) for part in bare.split(" | "))
    return f"{words} or null" if optional else words


@cache
def _reader(kind: str) -> Reader:
    bare = kind.removesuffix(" | None")
    reader = _READERS.get(bare)
    if reader is None:
        choices = choices_of(bare)
        if choices:
            reader = _choice(kind, choices, any_case=bare.startswith("AnyCase["))
        elif " | " in bare:
            reader = _either(kind, [_reader(part) for part in bare.split(" | ")])
        else:
            raise TypeError(f"no reader for the kind {kind!r}")
    if bare == kind and kind not in NULLABLE:
        return reader

    def optional(name: str, value: object, surroundings: Surroundings) -> object:
        return None if value is None else reader(name, value, surroundings)

    return optional


def choices_of(kind: str) -> tuple[object, ...]:
    """Return the values that a kind such as Literal["valid", "same"] lists; none of another.

    AnyCase["valid", "same"] lists words that Keras takes in capitals, too.
    """
    if not kind.startswith(("Literal[", "AnyCase[")) or not kind.endswith("]"):
        return ()
    found = re.findall(r"""["']([^"']*)["']|(True|False|None)|(-?[0-9]+)""", kind)
    return tuple(
        text or (int(number) if number else {"True": True, "False": False}.get(word))
        for text, word, number in found
    )


def _either(kind: str, readers: list[Reader]) -> Reader:
    """Try the kinds of a union in turn."""

    def read(name: str, value: object, surroundings: Surroundings) -> object:
        for reader in readers:
            try:
                return reader(name, value, surroundings)
            except SpecError:
                continue
        wrong(name, value, describe_kind(kind))
        return None

    return read


def _choice(kind: str, choices: tuple[object, ...], *, any_case: bool) -> Reader:
    def read(name: str, value: object, _: Surroundings) -> object:
        written = value.lower() if any_case and isinstance(value, str) else value
        for choice in choices:
            if written == choice and type(written) is type(choice):
                return choice
        near = close_word(value, [choice for choice in choices if isinstance(choice, str)])
        wrong(name, value, describe_kind(kind), f"did you mean {near}?" if near else "")
        return None

    return read


def _size(name: str, value: object, surroundings: Surroundings) -> Expr:
    return _at_least(1, name, value, surroundings)


def _count(name: str, value: object, surroundings: Surroundings) -> Expr:
    return _at_least(0, name, value, surroundings)


def _at_least(least: int, name: str, value: object, surroundings: Surroundings) -> Expr:
    if isinstance(value, bool) or not isinstance(value, int | str | Expr):
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        wrong(
            name,
            value,
            "an integer, a name from `dims`, or arithmetic over them",
            f"write {int(value)}" if isinstance(value, float) and whole else "",
        )
    size = value if isinstance(value, Expr) else surroundings.size(value)
    if size.is_below(least):
        computed = show(value) != str(size.shown)
        wrong(
            name,
            f"{show(value)} = {size.shown}" if computed else value,
            "a positive integer" if least else "an integer that is not negative",
        )
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
    return tuple(_axis_size(name, item, surroundings) for item in items)


def _axis_size(name: str, value: object, surroundings: Surroundings) -> Expr | int | None:
    """One size of a shape: −1 is what is left over, null what is not known."""
    if value is None:
        return None
    if isinstance(value, int | str) and str(value).strip() == "-1":
        return -1
    return _count(name, value, surroundings)


def _flag(name: str, value: object, _: Surroundings) -> bool:
    if not isinstance(value, bool):
        meant = _YES_NO.get(str(value).lower(), "") if isinstance(value, str | int) else ""
        remedy = f"write {meant}" if meant else ""
        remedy += ", without quotes" if value == meant else ""
        wrong(name, value, "true or false", remedy)
    return bool(value)


_YES_NO = {
    **dict.fromkeys(["yes", "on", "y", "true", "1"], "true"),
    **dict.fromkeys(["no", "off", "n", "false", "0"], "false"),
}


def _integer(name: str, value: object, _: Surroundings) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        wrong(name, value, "an integer")
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


def _numbers(name: str, value: object, surroundings: Surroundings) -> Numbers:
    if isinstance(value, list | tuple):
        return tuple(_numbers(name, item, surroundings) for item in value)
    return _real(name, value, surroundings)


def _real(name: str, value: object, surroundings: Surroundings) -> float | int:
    if isinstance(value, str):
        number = surroundings.number(value)
        value = value if number is None else number
    if isinstance(value, bool) or not isinstance(value, int | float):
        wrong(name, value, "a number")
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  # nan is not itself
        wrong(name, value, "a finite number")
    return value  # type: ignore[return-value]  # just checked


def _rate(name: str, value: object, surroundings: Surroundings) -> float | int:
    number = _real(name, value, surroundings)
    if not 0 <= number <= 1:
        part = f"write {number / 100:g}: it is a part of 1" if 1 < number <= 100 else ""
        wrong(name, number, "a number from 0 to 1", part)
    return number


def _text(name: str, value: object, _: Surroundings) -> str:
    if not isinstance(value, str):
        wrong(name, value, "a word")
    return str(value)


def _layers(name: str, value: object, surroundings: Surroundings) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        wrong(name, value, "a list of layers")
        return ()
    return tuple(map(surroundings.layer, value))


def _nothing(name: str, value: object, _: Surroundings) -> object:
    wrong(name, value, "null", "this option is not understood yet; leave it out")
    return None


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole_size(name: str, value: object, surroundings: Surroundings) -> Expr:
    return _size(name, _whole(value), surroundings)


def _whole_integer(name: str, value: object, surroundings: Surroundings) -> int:
    return _integer(name, _whole(value), surroundings)


_READERS: dict[str, Reader] = {
    "Size": _size,
    "Whole": _whole_size,
    "WholeInt": _whole_integer,
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
    "Numbers": _numbers,
    "Rate": _rate,
    "str": _text,
    "DType": read_dtype,
    "None": _nothing,
    ACTIVATION: read_activation,
    "Initializer": named_reader("initializer"),
    "Regularizer": named_reader("regularizer"),
    "Constraint": named_reader("constraint"),
    "Inner": lambda _name, value, surroundings: surroundings.layer(value),
    "Inners": _layers,
}
SAMPLES: Mapping[str, tuple[object, ...]] = {
    ACTIVATION: ("linear", "softmax"),
    "Constraint": (None,),
    "Initializer": (None,),
    "Numbers": (1.0,),
    "Rate": (0.0, 0.5),
    "Real": (0.0, 0.5, 1.0),
    "Regularizer": (None,),
    "int | None": (None, 1),
}
"""Kinds that may be unknown, each with values for which a rule is evaluated instead: a rule uses
them for checks and remarks only. `int | None` is a seed."""

TRAINING_KINDS = frozenset({"Rate", "Constraint", "Initializer", "Regularizer", "int | None"})
"""Those of them that mean nothing where a trained model is run."""


def samples_of(kind: str) -> tuple[object, ...]:
    """Return values in place of one of a kind that is not known; none where it must be known."""
    bare = kind.removesuffix(" | None")
    if kind in SAMPLES:
        return SAMPLES[kind]
    return (None, *SAMPLES[bare]) if bare in SAMPLES else ()


NULLABLE = frozenset({ACTIVATION, "Initializer", "Regularizer", "Constraint", "None"})
"""Kinds that take null without saying so."""
_WORDS = {
    "Size": "a positive integer",
    "Whole": "a positive integer",
    "WholeInt": "an integer",
    "Count": "an integer, 0 or more",
    "Sizes": "a positive integer, or a list with one for each axis",
    "Counts": "an integer, or a list of them",
    "Margins": "an integer, or a list with a number or a pair for each axis",
    "Shape": "a list of sizes",
    "bool": "true or false",
    "int": "an integer",
    "Axes": "an axis, or a list of axes",
    "Groups": "a positive integer, or -1 for one group a channel",
    "Clipping": "limits by name",
    "Real": "a number",
    "Numbers": "a number, or a list of numbers",
    "Rate": "a number from 0 to 1",
    "str": "a word",
    "DType": "a dtype, such as float32 or mixed_float16",
    ACTIVATION: "the name of a Keras activation",
    "Initializer": "a Keras initializer",
    "Regularizer": "a Keras regularizer",
    "Constraint": "a Keras constraint",
    "Inner": "a layer",
    "Inners": "a list of layers",
}
