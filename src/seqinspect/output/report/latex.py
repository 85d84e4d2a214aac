"""Report → LaTeX: a table for a paper, with nothing but what LaTeX itself brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.report.columns import COLUMNS, DEPTH, TABLE
from seqinspect.output.report.entries import entries, structure
from seqinspect.output.report.summary import summary, verdict
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Report

HEAD = "% Text is UTF-8: \\input it into a document, with any LaTeX.\n"

NOTES = r"p{.35\linewidth}"
END = r" \\"

MATHEMATICS = {
    "×": r"\times", "−": "-", "·": r"\cdot", "⌈": r"\lceil", "⌉": r"\rceil", "⌊": r"\lfloor",
    "⌋": r"\rfloor", "≤": r"\leq", "≥": r"\geq", "→": r"\rightarrow", "←": r"\leftarrow",
    "÷": r"\div", **{digit: f"^{number}" for number, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}  # fmt: skip
SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    "…": r"\ldots{}", "–": "--", "—": "---", '"': "''",
    "-": "-{}", "[": "{[}", "]": "{]}", "*": "{*}", "\N{NO-BREAK SPACE}": "~",
    **{character: f"\\{character}" for character in "{}$&#_%"},
    **{character: f"\\ensuremath{{{command}}}" for character, command in MATHEMATICS.items()},
}  # fmt: skip


def render(
    reports: Sequence[Report],
    *,
    columns: Sequence[str] = TABLE,
    encoding: str = "utf-8",
    depth: int | None = DEPTH,
) -> str:
    """Return a table for every report, and a list of what follows from it."""
    sections = ("".join(f"{line}\n" for line in _lines(each, columns, depth)) for each in reports)
    return encodable(HEAD + "\n".join(sections), encoding, lambda c: f"U+{ord(c):04X}")


def escaped(text: str) -> str:
    """Return text in which no character means anything to LaTeX, nor two to a log reader."""
    shown = "".join(SPECIAL.get(character, character) for character in visible(text))
    return shown.replace("::", ":{}:")


def _lines(report: Report, columns: Sequence[str], depth: int | None) -> Iterator[str]:
    names = [name for name in columns if name != "time"]
    noted = "time" in columns
    kinds = "".join("r" if COLUMNS[name].number else "l" for name in names)
    kinds += NOTES if noted else ""
    heading = [COLUMNS[name].heading for name in (*names, *(["time"] if noted else []))]
    yield f"\\subsection*{{{escaped(report.model)}}}"
    yield f"\\begin{{tabular}}{{{kinds}}}"
    yield r"\hline"
    yield " & ".join(map(escaped, heading)) + END
    yield r"\hline"
    for entry in entries(report, columns, depth):
        cells = list(map(escaped, entry.cells))
        if cells and entry.depth:
            cells[0] = f"\\hspace*{{{entry.depth}em}}{cells[0]}"
        yield " & ".join([*cells, *([escaped(entry.note)] if noted else [])]) + END
    yield r"\hline"
    yield r"\end{tabular}"
    yield r"\begin{description}"
    for sentence in structure(report, depth):
        yield f"\\item {escaped(sentence)}"
    for label, text in summary(report, columns):
        if text:
            yield f"\\item[{{{escaped(label)}}}] {escaped(text)}"
    _, sentence, differences = verdict(report)
    for line in (sentence, *differences):
        yield f"\\item {escaped(line)}"
    yield r"\end{description}"
