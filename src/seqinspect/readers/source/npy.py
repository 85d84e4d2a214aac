"""`.npy` arrays: the header, read strictly, and a bounded sample of the values; no pickle is read.

The format is numpy's own (`numpy.lib.format`): a magic word, a version, the length of a header, and
a Python dictionary of three entries, which is read by its grammar and never evaluated.
"""

from __future__ import annotations

import re
import struct
from math import prod
from typing import TYPE_CHECKING, NoReturn, Protocol

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model.data import DataArray, Sample
from seqinspect.readers.source.limits import truncate
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.data import Kind

MAGIC = b"\x93NUMPY"
LENGTHS = {1: "<H", 2: "<I", 3: "<I"}
"""How the length of the header is written, by version."""

MAX_HEADER = 1 << 16
MAX_AXES = 64
MAX_DIGITS = 18

SAMPLE = 1 << 16
"""So many values of an array are looked at, at most."""

BLOCKS = 16
"""In so many places, from its begin to its end."""

STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
ENTRY = re.compile(
    rf"\s*(?P<key>{STRING})\s*:\s*(?P<value>{STRING}|True|False"
    r"|\(\s*(?:\d+L?\s*,\s*)*(?:\d+L?\s*)?\)|\[)"
)
"""A key and a value; the list of a record's columns begins with [ and is passed over."""

DTYPE = re.compile(r"([<>|=]?)([?biufcSUaVOMm])(\d*)(?:\[[^\]]{0,20}\])?")
KINDS: dict[str, Kind] = {
    "?": "bool", "i": "integer", "u": "integer", "f": "float", "c": "complex",
    "S": "text", "a": "text", "U": "text", "V": "records", "O": "object", "M": "time", "m": "time",
}  # fmt: skip
NAMES: dict[Kind, str] = {
    "integer": "int", "float": "float", "complex": "complex", "text": "strings", "time": "dates",
    "object": "object", "records": "records",
}  # fmt: skip
WIDTHS = {"i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8, 12, 16), "c": (8, 16, 24, 32)}
"""How many bytes numbers of a kind have."""

CODES = {
    "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
    "f2": "e", "f4": "f", "f8": "d",
}  # fmt: skip
"""How the values of a type are unpacked; those of others are not looked at."""

SAVE = "save it again: numpy.save(FILE, array, allow_pickle=False)"


class Stream(Protocol):
    """What is read from: a file, or an entry of an archive, which only goes forwards."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""

    def seek(self, offset: int, /) -> int:
        """Go to a place from the start."""


class Dtype(NamedTuple):
    """The type of an array: what it holds, what it is called, and how its values are unpacked."""

    kind: Kind
    name: str
    width: int
    code: str


class Header(NamedTuple):
    """What the header of an array says; `start` is where its values begin."""

    dtype: Dtype
    fortran_order: bool
    shape: tuple[int, ...]
    start: int

    @property
    def values(self) -> int:
        """How many values it has."""
        return prod(self.shape)

    @property
    def size(self) -> int:
        """Bytes of its values; those of objects are a pickle of any length."""
        return self.values * self.dtype.width


def read_npy(file: Stream, size: int, name: str, *, jumps: bool = True) -> DataArray:
    """Return an array of `size` bytes, header included; `jumps`: it can be read from anywhere.

    Raises SpecError where it is no array, or not whole.
    """
    header = _header(file, name)
    if header.dtype.kind != "object" and header.start + header.size > size:
        refuse_array(
            name,
            "the array is cut off",
            received=f"{size - header.start:,} bytes of values",
            expected=f"{header.size:,} for {header.dtype.name} of shape {header.shape}",
            remedy="copy or save the file again",
        )
    if not header.shape:
        refuse_array(
            name,
            "the array has no axes: it is a single number",
            expected="samples on its first axis",
            remedy="give an array with one entry a sample",
        )
    sample = _sample(file, header, jumps=jumps) if header.dtype.code else None
    return DataArray(name, header.shape, header.dtype.kind, header.dtype.name, sample)


def _header(file: Stream, name: str) -> Header:
    start = file.read(8)
    if start[:6] != MAGIC or len(start) < 8:
        refuse_array(name, "it is no .npy array", received=_shown(start), remedy=SAVE)
    form = LENGTHS.get(start[6])
    if form is None or start[7] != 0:
        version = f"{start[6]}.{start[7]}"
        refuse_array(name, f"numpy has no version {version} of .npy", expected="1.0, 2.0 or 3.0")
    raw = file.read(struct.calcsize(form))
    if len(raw) < struct.calcsize(form):
        refuse_array(name, "the header is cut off", remedy="copy or save the file again")
    (length,) = struct.unpack(form, raw)
    if length > MAX_HEADER:
        refuse_array(
            name,
            "the header is too long",
            received=f"{length:,} bytes",
            expected=f"at most {MAX_HEADER:,}",
            remedy=SAVE,
        )
    text = file.read(length)
    if len(text) < length:
        refuse_array(
            name,
            "the header is cut off",
            received=f"{len(text):,} bytes",
            expected=f"{length:,}",
            remedy="copy or save the file again",
        )
    entries = _entries(text.decode("utf-8" if start[6] == 3 else "latin-1", "replace"), name)
    return Header(*entries, 8 + len(raw) + length)


def _entries(text: str, name: str) -> tuple[Dtype, bool, tuple[int, ...]]:
    """Read `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, in any order."""
    found: dict[str, str] = {}
    body = text.strip()
    at, end = 1, len(body) - 1
    while body[:1] == "{" and body[-1:] == "}":
        match = ENTRY.match(body, at, end)
        if match is None:
            break
        key, value = match["key"][1:-1], match["value"]
        at = match.end()
        if value == "[":
            at = _end_of_list(body, at, end)
        if key in found:
            at = end + 1
            break
        found[key] = value
        rest = re.compile(r"\s*,?\s*").match(body, at, end)
        at = rest.end() if rest is not None else at
    if at != end or set(found) != {"descr", "fortran_order", "shape"}:
        _unreadable(text, name)
    if found["fortran_order"] not in ("True", "False") or found["shape"][0] != "(":
        _unreadable(text, name)
    numbers = re.findall(r"\d+", found["shape"])
    if len(numbers) > MAX_AXES or any(len(each) > MAX_DIGITS for each in numbers):
        _unreadable(text, name)
    return (
        read_dtype(found["descr"].strip("'\""), name),
        found["fortran_order"] == "True",
        tuple(map(int, numbers)),
    )


def _end_of_list(body: str, at: int, end: int) -> int:
    """Return where the list that was opened ends; brackets in names of columns do not count."""
    depth = 1
    for match in re.compile(rf"{STRING}|[\[\]]").finditer(body, at, end):
        depth += {"[": 1, "]": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return end + 1


def read_dtype(text: str, name: str) -> Dtype:
    """Read a type as numpy writes it (`<f4`), `[` for records. Raises SpecError for no type."""
    if text == "[":
        return Dtype("records", "records", 0, "")
    match = DTYPE.fullmatch(text)
    if match is None or len(match[3]) > 6:
        refuse_array(
            name,
            "the header names a type that numpy does not have",
            received=truncate(text),
            remedy=SAVE,
        )
    order, letter, digits = match.groups()
    width = int(digits or 0)
    kind = KINDS["?" if letter == "b" else letter]
    if kind == "bool":
        return Dtype(kind, "bool", 1, "<?")
    if letter not in WIDTHS:
        sizes = {"U": 4 * width, "O": 8, "M": 8, "m": 8}
        return Dtype(kind, NAMES[kind], sizes.get(letter, width), "")
    if width not in WIDTHS[letter]:
        refuse_array(
            name,
            "the header names a type that numpy does not have",
            received=truncate(text),
            remedy=SAVE,
        )
    code = CODES.get(f"{letter}{width}", "")
    if (letter == "f" and width > 8) or width > 16:
        kind = "wide"
    word = "u" * (letter == "u") + NAMES[KINDS[letter]]
    byte_order = ">" if order == ">" else "<"
    return Dtype(kind, f"{word}{width * 8}", width, code and byte_order + code)


def _sample(file: Stream, header: Header, *, jumps: bool) -> Sample:
    """Read values in a few places, the first and the last ones among them."""
    code, width = header.dtype.code, header.dtype.width
    count = header.values
    complete = count <= SAMPLE
    last = header.shape[-1]
    row = last if len(header.shape) > 1 and not header.fortran_order else 1
    values: list[float] = []
    rows: list[tuple[float, ...]] = []
    for start, length in _blocks(count, row) if jumps else ((0, min(count, SAMPLE)),):
        if jumps:
            file.seek(header.start + start * width)
        data = file.read(length * width)
        found = struct.unpack(f"{code[0]}{len(data) // width}{code[1]}", data)
        if row > 1:
            rows += [found[at : at + row] for at in range(0, len(found) - row + 1, row)]
        values += found
    return Sample(tuple(values), tuple(rows), complete=complete)


def _blocks(count: int, row: int) -> Iterator[tuple[int, int]]:
    """Yield where to read how many values; each begins with a run along the last axis."""
    if count <= SAMPLE:
        yield 0, count
        return
    runs = count // row
    each = max(SAMPLE // BLOCKS // row, 1)
    length = min(each * row, SAMPLE // BLOCKS)
    for index in range(BLOCKS - 1):
        yield (runs - each) * index // (BLOCKS - 1) * row, length
    yield count - length, length


def _shown(data: bytes) -> str:
    return truncate(repr(data)[1:], 40)


def _unreadable(text: str, name: str) -> NoReturn:
    refuse_array(
        name,
        "the header of the array cannot be read",
        received=truncate(text.strip()),
        expected="{'descr': '<f4', 'fortran_order': False, 'shape': (8, 6, 3), }",
        remedy=SAVE,
    )


def refuse_array(
    name: str,
    what: str,
    *,
    received: str = "",
    expected: str = "",
    remedy: str = "",
    line: int = 1,
    column: int = 1,
) -> NoReturn:
    """Refuse a file of data. Raises SpecError."""
    place = Place(name, line, column)
    raise SpecError(Problem(what, received, expected, remedy, place=place, about="data"))
