"""Explanation → Markdown: headings, sentences, tables, and pictures as they are drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.output.drawing.steps import draw
from seqinspect.output.explanation.answers import answer_words, question_words
from seqinspect.output.explanation.count import counted, reasons, shapes, weight_cells
from seqinspect.output.explanation.legend import legend
from seqinspect.output.explanation.steps import steps_words
from seqinspect.output.explanation.text import trial_lines
from seqinspect.output.report.summary import verdict
from seqinspect.output.text import encodable, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seqinspect.explain.data import Explanation, LayerAnswer, Picture, Question

SIGNS = re.compile(r"([\\`*_<>#|\[\]~&])")
WIDTH = 80


def render(explanation: Explanation, *, encoding: str = "utf-8", short: bool = False) -> str:
    """Return the whole answer as a Markdown document."""
    return encodable("\n".join(_lines(explanation, encoding, short=short)) + "\n", encoding)


def escape(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return SIGNS.sub(r"\\\1", visible(text))


def _lines(explanation: Explanation, encoding: str, *, short: bool) -> Iterator[str]:
    report = explanation.report
    yield f"# {escape(report.model)}"
    yield ""
    yield escape(report.source)
    for asked in explanation.answers:
        yield from _answer(asked, "##")
    if explanation.picture is not None:
        yield from _picture(explanation.picture, encoding)
    for layer in () if short else explanation.layers:
        yield from _layer(layer, encoding)
    _, sentence, differences = verdict(report)
    yield ""
    yield " ".join(map(escape, (sentence, *differences)))


def _answer(asked: Question, heading: str) -> Iterator[str]:
    yield ""
    yield f"{heading} {escape(question_words(asked))}"
    yield from _prose(answer_words(asked))


def _prose(sentences: Iterable[str]) -> Iterator[str]:
    text = " ".join(sentences)
    if text:
        yield ""
        yield escape(text)


def _picture(picture: Picture, encoding: str) -> Iterator[str]:
    yield ""
    yield "```text"
    yield from draw(picture, encoding)
    yield from (visible(line) for line in legend(picture))
    yield "```"


def _layer(layer: LayerAnswer, encoding: str) -> Iterator[str]:
    row, why = layer.row, tuple(reasons(layer.row))
    yield ""
    yield f"## {escape(row.path)}: {escape(row.type)}"
    yield ""
    yield escape(shapes(layer))
    if why and not layer.weights:
        yield ""
        yield f"{escape(counted(layer))}."
        yield from _prose(why)
    if layer.weights:
        yield ""
        yield f"{escape(counted(layer))}:"
        yield ""
        yield "| weight | shape | count | |"
        yield "|---|---|---|---|"
        for weight in layer.weights:
            yield f"| {' | '.join(map(escape, weight_cells(weight)))} |"
        yield from _prose(why)
    yield from _prose(steps_words(layer.steps))
    if layer.picture is not None:
        yield from _picture(layer.picture, encoding)
    for asked in layer.otherwise:
        yield from _answer(asked, "###")
    tried = list(trial_lines(layer.trial, WIDTH))
    if tried:
        yield ""
        yield "```text"
        yield from tried
        yield "```"
