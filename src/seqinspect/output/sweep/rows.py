"""The rows of a sweep → CSV, JSON lines, JSON: written as they come, so that none is kept."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from seqinspect.model.json_text import json_text
from seqinspect.output.report.columns import cell_text
from seqinspect.output.report.csv import cell_of, record
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SCHEMA = "seqinspect.sweep/1"
AT_ONCE = 4096
"""At most so many rows are written at once."""


class Heading(NamedTuple):
    """What is swept: the spec, and its axes with their numbers of values."""

    version: str
    source: str
    axes: Mapping[str, int]
    points: int
    columns: tuple[str, ...]
    words: frozenset[str] = frozenset()
    """The axes whose values are no integers."""
    at_once: int = AT_ONCE
    """So many rows are written at once."""


def csv(heading: Heading, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield CSV: a heading, then a row a line; empty where something is not known."""
    yield record(heading.columns)
    plain = frozenset({int, bool, type(None)})
    texts = {True: cell_text(True), False: cell_text(False), None: ""}
    for chunk in chunks(rows, heading.at_once):
        lines = []
        for row in chunk:
            if plain.issuperset(map(type, row)):
                cells = [texts[v] if v is None or v is True or v is False else str(v) for v in row]
                lines.append(",".join(cells) + "\r\n")
            else:
                lines.append(record(_csv_cell(value) for value in row))
        yield "".join(lines)


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    return cell_of(value, "utf-8") if isinstance(value, bool | int | str) else str(value)


def jsonl(heading: Heading, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield JSON, one object a line: keys are the columns."""
    for chunk in chunks(rows, heading.at_once):
        yield "".join(f"{json_text(_object(heading.columns, row))}\n" for row in chunk)


def json(heading: Heading, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield one JSON document with all rows."""
    data = {
        "schema": SCHEMA,
        "seqinspect": heading.version,
        "source": heading.source,
        "axes": dict(heading.axes),
        "points": heading.points,
        "columns": list(heading.columns),
    }
    lines = (f"{json_text(name)}: {json_text(value)}" for name, value in data.items())
    yield "{" + ",\n ".join(lines) + ',\n "rows": ['
    separator = "\n  "
    for chunk in chunks(rows, heading.at_once):
        yield separator + ",\n  ".join(json_text(_object(heading.columns, row)) for row in chunk)
        separator = ",\n  "
    yield "]}\n"


WRITERS: dict[str, Callable[[Heading, Iterable[tuple[Any, ...]]], Iterator[str]]] = {
    "csv": csv, "jsonl": jsonl, "json": json,
}  # fmt: skip


def _object(columns: Sequence[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(columns, row, strict=True))


def chunks(rows: Iterable[tuple[Any, ...]], at_once: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield some rows at once."""
    several = iter(rows)
    while chunk := list(islice(several, at_once)):
        yield chunk
