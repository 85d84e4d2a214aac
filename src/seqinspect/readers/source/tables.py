"""Tables as text (`.csv`): a row a sample, a column a feature; a line of names may come first."""

from __future__ import annotations

import codecs
import csv
import math
from typing import TYPE_CHECKING

from seqinspect.model.data import DataArray, Sample
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.npy import SAMPLE, refuse_array

if TYPE_CHECKING:
    from typing import BinaryIO

    from seqinspect.model.data import Kind

MAX_TEXT = 4 << 20
"""So many bytes are read as text; what follows is only searched for line ends."""

MAX_COUNTED = 1 << 30
CHUNK = 1 << 20
SEPARATORS = ",;\t"
MARKS = {
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
    codecs.BOM_UTF32_BE: "UTF-32",
}
TRUTH = {"true": 1.0, "false": 0.0}


def read_table(file: BinaryIO, name: str) -> DataArray:
    """Return a table as an array (rows, columns). Raises SpecError where it is none."""
    raw = file.read(MAX_TEXT)
    whole = len(raw) < MAX_TEXT
    text = _decoded(raw if whole else raw[: raw.rfind(b"\n") + 1], name)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        refuse_array(name, "the table is empty", expected="a row a sample")
    separator = max(SEPARATORS, key=lambda each: (lines[0].count(each), each == ","))
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error as error:
        refuse_array(name, "the table cannot be read", received=truncate(str(error)))
    names = [] if all(_number(cell) is not None for cell in rows[0]) else rows.pop(0)
    columns = len(names or rows[0])
    for number, row in enumerate(rows, 1 + bool(names)):
        if len(row) != columns:
            refuse_array(
                name,
                f"row {number} of the table has {len(row):,} cells",
                expected=f"{columns:,}, as in its first row",
                remedy="mend the row, or save the table again",
                line=number,
            )
    count: int | None = len(rows)
    if not whole:
        count = None if '"' in text else _counted(file, raw, bool(names))
    return _array(name, rows[: SAMPLE // max(columns, 1) + 1], names, (count, columns))


def _array(
    name: str, rows: list[list[str]], names: list[str], shape: tuple[int | None, int]
) -> DataArray:
    found: list[tuple[float, ...]] = []
    words: set[int] = set()
    whole, truth = True, bool(rows)
    for row in rows:
        numbers = [_number(cell) for cell in row]
        words |= {index for index, number in enumerate(numbers) if number is None}
        truth = truth and all(cell.strip().lower() in TRUTH for cell in row)
        whole = whole and all(_is_whole(cell) for cell in row)
        found.append(tuple(math.nan if number is None else number for number in numbers))
    kind: Kind = "text" if words else "bool" if truth else "integer" if whole else "float"
    dtype = {"text": "strings", "bool": "bool", "integer": "int64"}.get(kind, "float64")
    titles = tuple(names[index] if names else f"column {index + 1}" for index in sorted(words))
    values = tuple(number for row in found for number in row)
    sample = Sample(values, tuple(found) if shape[1] > 1 else (), len(found) == shape[0])
    return DataArray(name, shape, kind, dtype, None if words else sample, titles)


def _decoded(raw: bytes, name: str) -> str:
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            refuse_array(
                name,
                f"the table is encoded as {encoding}",
                expected="UTF-8",
                remedy="save it as CSV in UTF-8",
            )
    if b"\0" in raw:
        refuse_array(
            name,
            "the table holds bytes that are no text",
            expected="a table as text in UTF-8",
            remedy="save it as CSV in UTF-8, or as .npy",
            line=raw[: raw.index(b"\0")].count(b"\n") + 1,
        )
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        refuse_array(
            name,
            "the table is not encoded as UTF-8",
            received=f"the byte {error.object[error.start]:#04x}",
            remedy="save it as CSV in UTF-8",
            line=before.count(b"\n") + 1,
            column=len(before) - (before.rfind(b"\n") + 1) + 1,
        )


def _counted(file: BinaryIO, raw: bytes, titled: bool) -> int | None:
    """Return how many rows there are; None in a file that is too large to count them."""
    lines, size, last = raw.count(b"\n"), len(raw), raw[-1:]
    while chunk := file.read(CHUNK):
        lines += chunk.count(b"\n")
        size += len(chunk)
        last = chunk[-1:]
        if size > MAX_COUNTED:
            return None
    return lines + (last != b"\n") - titled


def _number(cell: str) -> float | None:
    """Return the number of a cell, not a number where it is empty; None for a word."""
    text = cell.strip()
    if not text:
        return math.nan
    if text.lower() in TRUTH:
        return TRUTH[text.lower()]
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def _is_whole(cell: str) -> bool:
    return cell.strip().lstrip("+-").isdecimal()
