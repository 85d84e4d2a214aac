"""Axes of a space: which numbers each size takes, and which words each choice of a spec."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from seqinspect.errors import refuse
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Value: TypeAlias = int | str

MAX_POINTS = 10**10
"""A space of more points is not gone through."""

MAX_VALUES = 10**6
"""So many values of an axis may be listed, or be in several ranges: they are kept."""

MOST_POINTS = 20_000
"""So many points are computed at once."""

FEWEST_POINTS = 200
"""So many are computed at once in a small space."""

PARTS = 64
"""A space is computed in about so many parts, or in more where they would be too large."""

RANGE = re.compile(r"([0-9]{1,18}):([0-9]{1,18})(?::([0-9]{1,18}))?")
INTEGER = re.compile(r"[0-9]{1,18}")


class Axis(NamedTuple):
    """One name of a spec and the values that it takes, in order.

    All are integers where it is a size; else they are what --set takes: a choice, a formula, a
    number with a fraction.
    """

    name: str
    values: Sequence[Value]

    @property
    def is_size(self) -> bool:
        """Whether all values are integers."""
        return isinstance(self.values, range) or all(isinstance(x, int) for x in self.values)

    def column(self, stride: int, first: int, count: int) -> list[Value]:
        """Return its value at each of `count` points, where it changes with each `stride` of them.

        The first point is number `first` of the space, counted from 0.
        """
        number = len(self.values)
        if stride == 1:
            start = first % number
            found = list(self.values[start : start + count])
            missing = count - len(found)
            if missing:
                whole, rest = divmod(missing, number)
                found += list(self.values) * whole
                found += self.values[:rest]
            return found
        found = []
        while len(found) < count:
            at, within = divmod(first + len(found), stride)
            found += [self.values[at % number]] * min(stride - within, count - len(found))
        return found


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

    @property
    def part_size(self) -> int:
        """How many points are computed at once."""
        return min(MOST_POINTS, max(FEWEST_POINTS, self.size // PARTS))

    def parts(self) -> Iterator[tuple[int, int]]:
        """Yield parts of it in order: the number of the first point, and how many they are."""
        for first in range(0, self.size, self.part_size):
            yield first, min(self.part_size, self.size - first)

    def for_names(
        self, source: str, names: Sequence[str], choices: Mapping[str, Sequence[str]]
    ) -> Space:
        """Return the space for a spec with some names, of which `choices` have these values.

        Raises SpecError where it has no such name, or a choice has no such value.
        """
        return Space(tuple(_axis_of_spec(source, names, choices, axis) for axis in self.axes))

    def columns(self, first: int, count: int) -> dict[str, list[Value]]:
        """Return the values of `count` points, from number `first` on, by axis."""
        found, stride = {}, 1
        for axis in reversed(self.axes):
            found[axis.name] = axis.column(stride, first, count)
            stride *= len(axis.values)
        return {name: found[name] for name in self.names}

    def point(self, number: int) -> dict[str, Value]:
        """Return a point by its number, counted from 0."""
        return {name: column[0] for name, column in self.columns(number, 1).items()}


def _axis_of_spec(
    source: str, names: Sequence[str], choices: Mapping[str, Sequence[str]], axis: Axis
) -> Axis:
    if axis.name not in names:
        near = nearest(axis.name, names)
        refuse(
            f"{source} has no size and no choice `{truncate(axis.name)}`",
            received=truncate(axis.name),
            expected=join_names(names) or "a spec with `dims` or `choices`",
            remedy=f"did you mean `{near}`?" if near else "name it under `dims` first",
            about="axis",
        )
    if axis.name not in choices:
        return axis
    for value in axis.values:
        if str(value) not in choices[axis.name]:
            near = nearest(str(value), choices[axis.name])
            refuse(
                f"`{axis.name}` is no such choice of {source}",
                received=truncate(f"{axis.name}={value}"),
                expected=join_names(choices[axis.name]),
                remedy=f"did you mean `{near}`?" if near else "",
                about="axis",
            )
    return axis._replace(values=tuple(map(str, axis.values)))


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
    parts = [_values(name, part) for part in split_at_commas(text)]
    if len(parts) == 1 and isinstance(parts[0], range):
        return Axis(name, parts[0])
    number = sum(map(len, parts))
    if number > MAX_VALUES:
        refuse(
            f"`{truncate(name)}` lists too many values: {number:,}",
            received=truncate(text),
            expected=f"at most {MAX_VALUES:,}, or one range",
            remedy=f"wider steps, or one range such as {name}=1:{number}",
            about="limit",
        )
    values = [value for part in parts for value in part]
    if len({*values}) < len(values):
        refuse(f"`{truncate(name)}` has a value twice", received=truncate(text), about="axis")
    mixed = any(isinstance(value, str) for value in values)
    return Axis(name, tuple(map(str, values) if mixed else values))


def _values(name: str, text: str) -> Sequence[Value]:
    """Return the values of a range, or the one that a text is. Raises SpecError."""
    found = RANGE.fullmatch(text)
    if found is None:
        return (int(text) if INTEGER.fullmatch(text) else text,)
    first, last, step = (int(each or 1) for each in found.groups())
    if first > last or not step:
        refuse(
            f"`{truncate(name)}` takes no value",
            received=text,
            expected="first:last or first:last:step, such as 8:256:8",
            about="axis",
        )
    return range(first, last + 1, step)


def split_at_commas(text: str) -> list[str]:
    """Split at the commas outside of parentheses: n,u=max(n,8)."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:])]
