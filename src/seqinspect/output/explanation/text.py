"""Explanation → text for a terminal: the short answers on one screen, then layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from seqinspect.explain.single_layer import shown
from seqinspect.output.drawing.steps import draw
from seqinspect.output.explanation.answers import answer_words, question_words
from seqinspect.output.explanation.count import counted, reasons, shapes, weight_cells
from seqinspect.output.explanation.legend import legend
from seqinspect.output.explanation.steps import steps_words
from seqinspect.output.renderers.fold import wrap
from seqinspect.output.report.summary import verdict
from seqinspect.output.screen import FILE, Screen
from seqinspect.output.text import encodable, inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.explain.data import (
        Explanation,
        LayerAnswer,
        Picture,
        Question,
        Trial,
        TrialTable,
    )

MARGIN = "  "
WIDTH = 80
WIDEST = 100
MOST_SHOWN = 7
"""How many steps of an experiment's table are shown, so that two tables fit side by side."""

BOLD, NORMAL = "\x1b[1m", "\x1b[0m"


def render(explanation: Explanation, *, screen: Screen = FILE, short: bool = False) -> str:
    """Return the whole answer or, for `short`, what fits on one screen."""
    width = min(screen.width or WIDTH, WIDEST)
    lines: list[tuple[str, bool]] = []
    report = explanation.report
    title = f"{report.model}  {report.source}"
    lines.append((visible(title), True))
    for asked in explanation.answers:
        lines += [*_answer(asked, width)]
    if explanation.picture is not None:
        lines.append(("", False))
        lines += [(line, False) for line in picture(explanation.picture, screen)]
    if not short:
        for layer in explanation.layers:
            lines.append(("", False))
            lines += _layer(layer, width, screen)
    if not short:
        lines.append(("", False))
    lines += [(line, False) for line in _end(explanation, width, short=short)]
    return "".join(f"{_shown(text, screen, bold=bold)}\n" for text, bold in lines)


def _shown(text: str, screen: Screen, *, bold: bool) -> str:
    line = inert(encodable(text, screen.encoding))
    return f"{BOLD}{line}{NORMAL}" if bold and screen.colour and line else line


def picture(drawn: Picture, screen: Screen) -> Iterator[str]:
    """Yield the lines of a picture and of what its letters stand for."""
    for line in draw(drawn, screen.encoding):
        yield f"{MARGIN}{line}".rstrip()
    yield from _prose(["; ".join(legend(drawn))], min(screen.width or WIDTH, WIDEST))


def _answer(asked: Question, width: int) -> Iterator[tuple[str, bool]]:
    yield visible(question_words(asked)), True
    yield from ((line, False) for line in _prose(answer_words(asked), width))


def _prose(sentences: Iterable[str], width: int, margin: str = MARGIN) -> list[str]:
    text = visible(" ".join(sentences))
    return [margin + line for line in wrap(text, width - len(margin))] if text else []


def _layer(layer: LayerAnswer, width: int, screen: Screen) -> Iterator[tuple[str, bool]]:
    row, why = layer.row, tuple(reasons(layer.row))
    place = f"  {row.place}" if row.place is not None else ""
    head = visible(f"{row.path}: {row.type}")
    yield head + (visible(place) if cell_len(head + place) <= width else ""), True
    yield from ((line, False) for line in _prose([shapes(layer)], width))
    if layer.weights or why:
        yield "", False
        yield from ((line, False) for line in _prose([counted(layer)], width))
        rows = [tuple(map(visible, weight_cells(each))) for each in layer.weights]
        if rows:
            yield from ((line, False) for line in _columns(rows, width))
        yield from ((line, False) for line in _prose(why, width))
    yield "", False
    yield from ((line, False) for line in _prose(steps_words(layer.steps), width))
    if layer.picture is not None:
        yield "", False
        yield from ((line, False) for line in picture(layer.picture, screen))
    for asked in layer.otherwise:
        yield "", False
        yield f"{MARGIN}{visible(question_words(asked))}", True
        yield from ((line, False) for line in _prose(answer_words(asked), width, MARGIN * 2))
    tried = list(trial_lines(layer.trial, width))
    if tried:
        yield "", False
        yield from ((line, False) for line in tried)


def _columns(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[str]:
    """Yield rows in columns; the last one below the others where it does not fit beside them."""
    widths = [max(cell_len(row[i]) for row in rows) for i in range(3)]
    start = sum(widths) + 2 * 3 + 4
    beside = all(start + cell_len(row[3]) <= width for row in rows)
    for row in rows:
        cells = [
            cell + " " * (size - cell_len(cell)) for cell, size in zip(row, widths, strict=False)
        ]
        line = MARGIN * 2 + "  ".join(cells)
        yield (f"{line}  {row[3]}" if beside else line).rstrip()
        if not beside and row[3]:
            yield from _prose([row[3]], width, MARGIN * 4)


def trial_lines(trial: Trial, width: int) -> Iterator[str]:
    """Yield the experiment: the claim, and beside it what moved in the real model."""
    if trial.reason:
        yield from _prose([f"Not tried on a real model: {trial.reason}."], width)
        return
    if not trial.tables:
        return
    said = f"Tried on a real Keras model with random weights (input {trial.size}): the steps of"
    yield from _prose([f"{said} the input are changed one by one."], width)
    for table in trial.tables:
        yield from _table(table)
        yield f"{MARGIN}{AGREEMENT[table.agrees]}"


AGREEMENT = {
    True: "the claim and the experiment agree",
    False: "THE EXPERIMENT DISAGREES with the claim: please report it, with the spec",
    None: "fewer steps moved it: its layers may well hide the others",
}


def _table(table: TrialTable) -> Iterator[str]:
    columns, rows = shown(len(table.claim[0]), MOST_SHOWN), shown(len(table.claim), MOST_SHOWN)
    heads = ["".join(f"{mark:<4}" for mark in _marks(columns, len(table.claim[0]), "x"))]
    width = max(5 + len(heads[0]), 22)
    titles = (f"claimed: y depends on {visible(table.input)}", f"moved with {visible(table.input)}")
    width = max(width, cell_len(titles[0]) + 3)
    yield f"{MARGIN}{titles[0]}{' ' * (width - cell_len(titles[0]))}{titles[1]}"
    head = f"     {heads[0]}"
    yield f"{MARGIN}{head:<{width}}{head}".rstrip()
    for step in rows:
        label = f"{f'y{step}' if table.stepped else 'y':<5}"
        if step and step - 1 not in rows:
            yield f"{MARGIN}…"
        halves = []
        for part in (table.claim[step], table.moved[step]):
            dots = ["●" if part[each] else "·" for each in columns]
            if len(columns) < len(part):
                hidden = any(part[each] for each in range(len(part)) if each not in columns)
                dots.insert(-1, "●" if hidden else "…")
            halves.append(label + "".join(f"{dot:<4}" for dot in dots))
        yield f"{MARGIN}{halves[0]:<{width}}{halves[1]}".rstrip()


def _marks(columns: Sequence[int], count: int, letter: str) -> list[str]:
    marks = [f"{letter}{each}" for each in columns]
    if len(columns) < count:
        marks.insert(-1, "…")
    return marks


def _end(explanation: Explanation, width: int, *, short: bool) -> Iterator[str]:
    report = explanation.report
    names = [layer.row.path for layer in explanation.layers]
    if short and names:
        names += explanation.others
        more = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        yield from _prose([f"More: seqinspect explain SPEC LAYER ({more})"], width, "")
    elif explanation.others:
        more = ", ".join(explanation.others[:8]) + (", …" if len(explanation.others) > 8 else "")
        yield from _prose(
            [f"Not explained here: {more}. Name one: seqinspect explain SPEC LAYER"], width, ""
        )
    _, sentence, differences = verdict(report)
    yield from _prose([sentence], width, "")
    for difference in differences:
        yield from _prose([difference], width)
