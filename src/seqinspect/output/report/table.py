"""Report → the table that answers the question: shapes, formulas, counts and time steps."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len

from seqinspect.output.layout import (
    BARE,
    GAP,
    HEADING,
    NARROWEST,
    RULE,
    Part,
    fitted,
    lines_of,
    wrap,
)
from seqinspect.output.report.columns import COLUMNS, DEPTH, TABLE
from seqinspect.output.report.entries import Entry, entries, structure
from seqinspect.output.report.summary import NAMES, Verdict, summary, verdict
from seqinspect.output.terminal import FILE, Screen
from seqinspect.output.text import encodable, inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.model.report import Report

LABEL = 10
GLUE = "\ue000=\ue000"
"""Stands for ` = ` where a line must not be broken; no text of a spec holds it (see `visible`)."""

VERDICTS = {Verdict.AGREES: "green", Verdict.DISAGREES: "bold red", Verdict.OPEN: "yellow"}


def render(
    reports: Sequence[Report],
    *,
    columns: Sequence[str] = TABLE,
    screen: Screen = FILE,
    depth: int | None = DEPTH,
) -> str:
    """Return the table of every report and what follows from it, whole, at the screen's width.

    `depth`: how many levels of layers within layers are opened; None opens all.
    """
    return "\n".join(
        _text(_lines(report, columns, screen, depth), screen) + closing(report, screen=screen)
        for report in reports
    )


def closing(report: Report, *, screen: Screen = FILE) -> str:
    """Return the last lines of what `render` shows of a report: what Keras said."""
    return _text(_said(report, screen), screen)


def _text(lines: Iterator[list[Part]], screen: Screen) -> str:
    return "".join(f"{_draw(parts, screen)}\n" for parts in lines)


def _lines(
    report: Report, columns: Sequence[str], screen: Screen, depth: int | None
) -> Iterator[list[Part]]:
    title, source = _shown(report.model, screen), _shown(report.source, screen)
    if screen.width is None or cell_len(title) + len(GAP) + cell_len(source) <= screen.width:
        yield [(title, HEADING), (GAP + source, RULE)]
    else:  # a path stays whole, to be copied
        yield [(title, HEADING)]
        yield [(source, RULE)]
    yield []
    found = [_ready(entry, screen) for entry in entries(report, columns, depth)]
    yield from _table(found, columns, screen)
    yield []
    for sentence in structure(report, depth):
        yield from _wrapped("", sentence, screen)
    for label, text in summary(report, columns):
        if text:
            yield from _wrapped(_shown(label, screen), _shown(text, screen), screen)


def _said(report: Report, screen: Screen) -> Iterator[list[Part]]:
    said, sentence, differences = verdict(report)
    yield from _wrapped("", _shown(sentence, screen), screen, VERDICTS[said])
    for difference in differences:
        yield from _wrapped("", f"  {_shown(difference, screen)}", screen, VERDICTS[said])


def _table(
    entries: Sequence[Entry], columns: Sequence[str], screen: Screen
) -> Iterator[list[Part]]:
    names = [name for name in columns if name != "time"]
    heading = Entry(tuple(COLUMNS[name].heading for name in names), COLUMNS["time"].heading)
    shown = [heading, *entries]
    if "time" not in columns or not any(entry.note for entry in entries):
        shown = [entry._replace(note="") for entry in shown]
    layout, shown = fitted(shown, names, screen.width)
    rule = encodable("─", screen.encoding) if screen.terminal else "-"
    for index, entry in enumerate(shown):
        yield from lines_of(entry, layout, "" if index else HEADING)
        if not index:
            yield [(GAP.join(rule * width for width in layout.widths), RULE)]


def _wrapped(label: str, text: str, screen: Screen, style: str = BARE) -> Iterator[list[Part]]:
    """Yield a sentence of the summary, with its label before it and its lines below each other."""
    margin = max(LABEL, cell_len(label)) + len(GAP) if label else 0
    width = None if screen.width is None else max(screen.width - margin, NARROWEST)
    # A name and its number stay on one line.
    glued = text.replace(" = ", GLUE) if label == NAMES else text
    for index, piece in enumerate(wrap(glued, width)):
        chunk = piece.replace(GLUE, " = ")
        if not margin:
            yield [(chunk, style)]
        elif index:
            yield [(" " * margin + chunk, style)]
        else:
            yield [(label + " " * (margin - cell_len(label)), HEADING), (chunk, style)]


def _ready(entry: Entry, screen: Screen) -> Entry:
    """Return an entry as this screen can show it."""
    return entry._replace(
        cells=tuple(_shown(cell, screen) for cell in entry.cells),
        note=_shown(entry.note, screen),
    )


def _shown(text: str, screen: Screen) -> str:
    """Return a spec's text as this screen can show it."""
    return _encoded(text, screen.encoding)


@lru_cache(maxsize=1024)
def _encoded(text: str, encoding: str) -> str:  # a long table says the same in many of its cells
    return encodable(visible(text), encoding)


def _draw(parts: Sequence[Part], screen: Screen) -> str:
    """Return a line of parts, with their styles where the screen shows them."""
    if not parts:
        return ""
    texts = [text for text, _ in parts]
    first = next((index for index, text in enumerate(texts) if text.strip()), 0)
    texts[first] = inert(texts[first])
    texts[-1] = texts[-1].rstrip()
    if not screen.colour:
        return "".join(texts).rstrip()
    from rich.color import ColorSystem  # noqa: PLC0415 - 12 ms, for a terminal only
    from rich.style import Style  # noqa: PLC0415

    return "".join(
        Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if text else ""
        for text, (_, style) in zip(texts, parts, strict=True)
    )
