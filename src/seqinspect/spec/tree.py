"""What a spec file says, before anybody asks what it means: values that know their places."""

from __future__ import annotations

from functools import cached_property
from typing import Final, TypeAlias

from seqinspect.errors import Place

Value: TypeAlias = bool | int | float | str | None

# Columns of a source line that an error shows.
WIDTH = 160
# Columns that it shows before the trouble where the line is longer.
BEFORE = 60


class Scalar:
    """A single value of the YAML 1.2 core: nothing, a boolean, a number or a text.

    `text` is what was written, without quotes: `010`, `0x10`, `1:30`, `1_000` and `yes` mean
    different things to different YAML readers, so they stay texts for whoever needs a number.
    """

    __slots__ = ("column", "line", "quoted", "text", "value")

    def __init__(self, value: Value, text: str, quoted: bool, line: int, column: int) -> None:
        self.value: Final = value
        self.text: Final = text
        self.quoted: Final = quoted
        self.line: Final = line
        self.column: Final = column

    def at(self, line: int, column: int) -> Scalar:
        """Return the same value at another place, where an alias repeats it."""
        return Scalar(self.value, self.text, self.quoted, line, column)

    def __repr__(self) -> str:
        return f"Scalar({self.value!r} at {self.line}:{self.column})"


class Sequence:
    """A list of values."""

    __slots__ = ("column", "items", "line")

    def __init__(self, items: tuple[Tree, ...], line: int, column: int) -> None:
        self.items: Final = items
        self.line: Final = line
        self.column: Final = column

    def at(self, line: int, column: int) -> Sequence:
        """Return the same list at another place, where an alias repeats it."""
        return Sequence(self.items, line, column)

    def __repr__(self) -> str:
        return f"Sequence({len(self.items)} items at {self.line}:{self.column})"


class Mapping:
    """Values by name, in the order in which they were written; every name is there once."""

    __slots__ = ("_nodes", "column", "entries", "line")

    def __init__(
        self,
        entries: tuple[tuple[Scalar, Tree], ...],
        nodes: dict[str, Tree],
        line: int,
        column: int,
    ) -> None:
        self.entries: Final = entries
        self.line: Final = line
        self.column: Final = column
        self._nodes: Final = nodes  # the same by name: made while reading, for duplicates

    def get(self, name: str) -> Tree | None:
        """Return the value of a name; None where it is missing (a written null is a Scalar)."""
        return self._nodes.get(name)

    def key(self, name: str) -> Scalar | None:
        """Return the name as it was written, for its place."""
        return next((key for key, _ in self.entries if key.value == name), None)

    def at(self, line: int, column: int) -> Mapping:
        """Return the same mapping at another place, where an alias repeats it."""
        return Mapping(self.entries, self._nodes, line, column)

    def __repr__(self) -> str:
        return f"Mapping({', '.join(self._nodes)} at {self.line}:{self.column})"


Tree: TypeAlias = Scalar | Sequence | Mapping


class Source:
    """A text that somebody wrote, by lines."""

    def __init__(self, text: str, file: str) -> None:
        self.text: Final = text
        self.file: Final = file

    @cached_property
    def lines(self) -> list[str]:
        """The lines; only LF, CR LF and CR end one, as in YAML."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def excerpt(self, place: Place) -> str:
        """Return the line at a place, cut to what an error can show."""
        return excerpt(self.line(place.line), place.column)


class Document:
    """A spec file that was read: its values and, for errors, its text."""

    __slots__ = ("root", "source")

    def __init__(self, root: Tree, source: Source) -> None:
        self.root: Final = root
        self.source: Final = source

    def place(self, node: Tree) -> Place:
        """Say where a value stands."""
        return Place(self.source.file, node.line, node.column)

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1; empty where there is none."""
        return self.source.line(number)

    def excerpt(self, place: Place) -> str:
        """Return the line at a place, cut to what an error can show."""
        return self.source.excerpt(place)


def excerpt(line: str, column: int) -> str:
    """Cut a line to what an error can show; where its begin is cut off, it starts with an ellipsis.

    Then the character at `column` is at `BEFORE + 1`, counted from 0.
    """
    if column <= WIDTH:
        return line if len(line) <= WIDTH else f"{line[:WIDTH]}…"
    start = column - 1 - BEFORE
    rest = line[start : start + WIDTH]
    return f"…{rest}…" if start + WIDTH < len(line) else f"…{rest}"
