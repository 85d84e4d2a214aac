"""The rows of a sweep → a table for people, with a line of bars for each column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqinspect.output.document import (
    GAP,
    Column,
    Document,
    Pairs,
    Paragraph,
    Span,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.report.columns import cell_text
from seqinspect.output.text import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.output.sweep.rows import Heading

SHOWN = 40
"""So many rows a table shows, where nobody says how many."""

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 24
"""So many bars a line has."""


def document(heading: Heading, rows: Sequence[tuple[Any, ...]], shown: int = SHOWN) -> Document:
    """Return the first rows, and how the numbers of all of them are spread."""
    said = f"{counted(heading.points, 'point')}, {counted(len(rows), 'row')}"
    head = Paragraph((Span(heading.source, "path"), Span(f"  {said}")))
    columns = [name for name in heading.columns if _is_used(heading, rows, name)]
    at = [heading.columns.index(name) for name in columns]
    table = Table(
        tuple(_column(heading, rows, index) for index in at),
        tuple(TableRow(tuple(inline(_cell(row[i])) for i in at)) for row in rows[:shown]),
    )
    rest = len(rows) - shown
    more = (Paragraph(inline(f"and {counted(rest, 'more row')}", "quiet")),) if rest > 0 else ()
    spread = tuple(_spread(heading, rows)) if len(rows) > 1 else ()
    below = (GAP, Pairs(spread)) if spread else ()
    return Document(heading.source, (head, GAP, table, *more, *below))


def _is_used(heading: Heading, rows: Sequence[tuple[Any, ...]], name: str) -> bool:
    """Whether a column says something: `refused` where a row is, others always."""
    at = heading.columns.index(name)
    return name != "refused" or any(row[at] is not None for row in rows)


def shown_name(heading: Heading, name: str) -> str:
    """Return a column's name as people read it; that of a size is the author's own."""
    return name if name in heading.axes else name.replace("_", " ")


def _column(heading: Heading, rows: Sequence[tuple[Any, ...]], at: int) -> Column:
    number = any(isinstance(row[at], int) and not isinstance(row[at], bool) for row in rows[:100])
    return Column(
        shown_name(heading, heading.columns[at]), right=number, role="number" if number else ""
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return cell_text(value) if isinstance(value, bool | str) else str(value)


def confirmation(said: Sequence[str | None]) -> str:
    """Say what Keras said at points; None where there is no model."""
    asked = [each for each in said if each is not None]
    agreed = asked.count("agrees")
    if not asked:
        return "not asked: there is no model at these points"
    text = f"agrees at {agreed:,} of {counted(len(asked), 'point')}"
    unavailable = len(asked) - agreed - asked.count("disagrees")
    return f"{text}; {unavailable:,} could not be asked" if unavailable else text


def stopped(points: int, size: int, file: str) -> str:
    """Say after how many points it was stopped, and in which file their rows are, if in one."""
    text = f"stopped after {points:,} of {counted(size, 'point')}"
    return f"{text}: what was computed is in {visible(file)}" if file else text


def _spread(heading: Heading, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, Any]]:
    for at, name in enumerate(heading.columns):
        numbers = [
            row[at] for row in rows if isinstance(row[at], int) and not isinstance(row[at], bool)
        ]
        if numbers and min(numbers) < max(numbers) and name not in heading.axes:
            text = f"{bars(numbers)}  {min(numbers):,} … {max(numbers):,}"
            yield shown_name(heading, name), inline(text)


def bars(numbers: Sequence[int]) -> str:
    """Return how often numbers are in each of equal parts between the least and the largest."""
    low, high = min(numbers), max(numbers)
    counts = [0] * WIDTH
    for number in numbers:
        counts[min(WIDTH - 1, (number - low) * WIDTH // max(1, high - low))] += 1
    most = max(counts)
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] for count in counts)
