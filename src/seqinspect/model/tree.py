"""What a spec file says, before anybody asks what it means: values that know their places."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from seqinspect.errors import Place, cut

if TYPE_CHECKING:
    from seqinspect.model.reasons import SourceNote

Value: TypeAlias = bool | int | float | str | None


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
    """A text that someone wrote, by lines."""

    def __init__(self, text: str, file: str) -> None:
        self.text: Final = text
        self.file: Final = file
        self._seen = (1, 0)  # a line, and where it begins

    @cached_property
    def _unix(self) -> str:
        """The text where LF alone ends a line; LF, CR LF and CR do, as in YAML."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n")

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1; empty where there is none."""
        start, end = self._bounds(number)
        return self._unix[start:end]

    def excerpt(self, place: Place) -> str:
        """Return the line at a place, cut to what an error can show."""
        return cut(self._unix, *self._bounds(place.line), place.column)

    def _bounds(self, number: int) -> tuple[int, int]:
        """Return where a line begins and ends; lines are mostly asked for from top to bottom."""
        line, start = self._seen if self._seen[0] <= number else (1, 0)
        while line < number:
            start = self._unix.find("\n", start) + 1
            if start == 0:
                return 0, 0
            line += 1
        self._seen = line, start
        end = self._unix.find("\n", start)
        return start, end if end >= 0 else len(self._unix)


class Document:
    """A spec file that was read: its values and, for errors, its text; `notes` on how."""

    __slots__ = ("notes", "root", "source")

    def __init__(self, root: Tree, source: Source, notes: tuple[SourceNote, ...] = ()) -> None:
        self.root: Final = root
        self.source: Final = source
        self.notes: Final = notes

    def place(self, node: Tree) -> Place:
        """Say where a value stands."""
        return Place(self.source.file, node.line, node.column)

    def line_at(self, place: Place) -> str:
        """Return the text of the line at a place; empty where it is none of the file."""
        return self.source.line(place.line) if place.file == self.source.file else ""

    def excerpt(self, place: Place) -> str:
        """Return the line at a place, cut to what an error can show."""
        return self.source.excerpt(place)
