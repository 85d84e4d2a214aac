"""Axes of a space: which numbers each size takes, and which words each choice of a spec."""

from __future__ import annotations

import re
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.errors import refuse
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

Value: TypeAlias = int | str

MAX_POINTS = 10**10
"""A space of more points is not gone through."""

MAX_VALUES = 10**7
"""So many values one axis may have: they are kept."""

RANGE = re.compile(r"([0-9]{1,18}):([0-9]{1,18})(?::([0-9]{1,18}))?")
INTEGER = re.compile(r"[0-9]{1,18}")


class Axis(NamedTuple):
    """One name of a spec and the values that it takes, in order.

    All are integers where it is a size; else they are what --set takes: a choice, a formula, a
    number with a fraction.
    """

    name: str
    values: tuple[Value, ...]

    @property
    def is_size(self) -> bool:
        """Whether all values are integers."""
        return all(isinstance(value, int) for value in self.values)


class Space(NamedTuple):
    """All combinations of the values of axes; the last axis changes first."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """How many points it has."""
        return prod(len(axis.values) for axis in self.axes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its axes."""
        return tuple(axis.name for axis in self.axes)

    def for_names(self, source: str, names: Sequence[str], choices: Container[str]) -> Space:
        """Return the space for a spec with some names, of which `choices` are no sizes.

        Raises SpecError where it has no such name.
        """
        for axis in self.axes:
            if axis.name not in names:
                near = nearest(axis.name, names)
                refuse(
                    f"{source} has no size and no choice `{truncate(axis.name)}`",
                    received=truncate(axis.name),
                    expected=join_names(names) or "a spec with `dims` or `choices`",
                    remedy=f"did you mean `{near}`?" if near else "name it under `dims` first",
                    about="axis",
                )
        return Space(
            tuple(
                axis._replace(values=tuple(map(str, axis.values))) if axis.name in choices else axis
                for axis in self.axes
            )
        )

    def points(self) -> Iterator[tuple[Value, ...]]:
        """Yield its points, each a value for every axis."""
        return product(*(axis.values for axis in self.axes))

    def point(self, number: int) -> dict[str, Value]:
        """Return a point by its number, counted from 0."""
        found: dict[str, Value] = {}
        for axis in reversed(self.axes):
            number, at = divmod(number, len(axis.values))
            found[axis.name] = axis.values[at]
        return {name: found[name] for name in self.names}


def space_of(settings: Sequence[tuple[str, str]]) -> Space:
    """Return the space of settings such as n=8:256:8 and cell=LSTM,GRU. Raises SpecError."""
    axes = [axis(name, text) for name, text in settings]
    twice = next((a.name for at, a in enumerate(axes) if a.name in [b.name for b in axes[:at]]), "")
    if twice:
        refuse(
            f"`{truncate(twice)}` is set twice",
            expected="all of its values in one --set",
            about="axis",
        )
    space = Space(tuple(axes))
    if space.size > MAX_POINTS:
        sizes = " × ".join(f"{len(each.values):,}" for each in space.axes)
        refuse(
            f"the space has {space.size:,} points",
            received=sizes,
            expected=f"at most {MAX_POINTS:,}",
            remedy="wider steps, such as n=8:256:16, or fewer names",
            about="limit",
        )
    return space


def axis(name: str, text: str) -> Axis:
    """Read the values of a name: integers, ranges first:last:step, or words; with commas between.

    Both ends of a range are in it. Raises SpecError.
    """
    values: list[Value] = []
    for part in split_at_commas(text):
        found = RANGE.fullmatch(part)
        if found is not None:
            numbers = range(int(found[1]), int(found[2]) + 1, int(found[3] or 1) or MAX_VALUES)
            _check_range(name, part, numbers, len(values))
            values += numbers
        else:
            values.append(int(part) if INTEGER.fullmatch(part) else part)
    if len({*values}) < len(values):
        refuse(f"`{truncate(name)}` has a value twice", received=truncate(text), about="axis")
    mixed = any(isinstance(value, str) for value in values)
    return Axis(name, tuple(map(str, values) if mixed else values))


def _check_range(name: str, text: str, numbers: range, before: int) -> None:
    """Refuse a range without numbers, or with too many."""
    if not numbers or text.endswith(":0"):
        refuse(
            f"`{truncate(name)}` takes no value",
            received=text,
            expected="first:last or first:last:step, such as 8:256:8",
            about="axis",
        )
    if len(numbers) + before > MAX_VALUES:
        wider = max(2, len(numbers) * numbers.step // 1000)
        refuse(
            f"`{truncate(name)}` takes too many values: {len(numbers):,}",
            received=text,
            expected=f"at most {MAX_VALUES:,}",
            remedy=f"a wider step, such as {numbers[0]}:{numbers[-1]}:{wider}",
            about="limit",
        )


def split_at_commas(text: str) -> list[str]:
    """Split at the commas outside of parentheses: n,u=max(n,8)."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:])]
