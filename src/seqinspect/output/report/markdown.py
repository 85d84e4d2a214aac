"""Report → Markdown: a table that GitHub, GitLab and others show, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.markdown_text import escaped, table
from seqinspect.output.report.columns import COLUMNS, DEPTH, TABLE
from seqinspect.output.report.entries import entries, structure
from seqinspect.output.report.summary import summary, verdict
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Report

INDENT = "&nbsp;&nbsp;"


def render(
    reports: Sequence[Report],
    *,
    columns: Sequence[str] = TABLE,
    encoding: str = "utf-8",
    depth: int | None = DEPTH,
) -> str:
    """Return a section for every report: its table, and a list of what follows from it."""
    sections = ("".join(f"{line}\n" for line in _lines(each, columns, depth)) for each in reports)
    return encodable("\n".join(sections), encoding, lambda character: f"&#{ord(character)};")


def _lines(report: Report, columns: Sequence[str], depth: int | None) -> Iterator[str]:
    yield f"# {escaped(report.model)}"
    yield ""
    if report.source:
        yield f"From {escaped(report.source)}"
        yield ""
    names = [name for name in columns if name != "time"]
    noted = ["time"] if "time" in columns else []
    heading = [COLUMNS[name].heading for name in (*names, *noted)]
    rows = []
    for entry in entries(report, columns, depth):
        cells = [escaped(cell) for cell in entry.cells]
        if cells:
            cells[0] = INDENT * entry.depth + cells[0]
        rows.append([*cells, *([escaped(entry.note)] if noted else [])])
    yield from table(heading, rows, [COLUMNS[name].number for name in names])
    yield ""
    for sentence in structure(report, depth):
        yield sentence
        yield ""
    for label, text in summary(report, columns):
        if text:
            yield f"- {escaped(label)}: {escaped(text)}"
    _, sentence, differences = verdict(report)
    yield f"- {escaped(sentence[:1].upper() + sentence[1:])}"
    for difference in differences:
        yield f"  - {escaped(difference)}"
