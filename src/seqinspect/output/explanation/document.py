"""Explanation → the document of the long answer: what people ask first, then layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.document import (
    GAP,
    Code,
    Column,
    Document,
    Paragraph,
    Section,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.explanation.answers import answer_words, question_words
from seqinspect.output.explanation.count import counted, reasons, shapes, weight_cells
from seqinspect.output.explanation.picture import legend, lines, scene_of
from seqinspect.output.explanation.steps import steps_words
from seqinspect.output.explanation.trial import tried
from seqinspect.output.report.document import closing
from seqinspect.output.screen import PROSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.explain.data import Explanation, LayerAnswer, Picture, Question, WeightFact
    from seqinspect.output.document import Block

WEIGHTS = (
    Column("Weight", role="name"),
    Column("Shape"),
    Column("Count", role="formula"),
    Column("What it is for", below="always"),
)

MORE_OF_A_LAYER, MORE_DRAWN = "More: seqinspect explain SPEC LAYER", "seqinspect draw SPEC"

MOST_NAMES = 8
"""So many layers are named that are not explained."""


def document(
    explanation: Explanation,
    *,
    short: bool = False,
    encoding: str = "utf-8",
    with_keras: bool = True,
) -> Document:
    """Return the whole answer or, for `short`, what fits on one screen.

    `encoding`: pictures are drawn with signs that it has. Without `with_keras`, that which needs no
    Keras; the rest stands below it.
    """
    report = explanation.report
    blocks = list(_words(explanation, encoding, short=short))
    if with_keras:
        if not short:
            blocks += tried(explanation.layers, encoding)
        blocks += closing(report)
    return Document(
        report.model, (Section(inline(report.model), tuple(blocks), aside=report.source),)
    )


def _words(explanation: Explanation, encoding: str, *, short: bool) -> Iterator[Block]:
    yield from answers(explanation)
    if explanation.picture is not None:
        yield GAP
        yield from _picture(explanation.picture, encoding)
    if not short:
        yield from layers(explanation, encoding)
        yield GAP
    yield from _further(explanation, short=short)


def answers(explanation: Explanation) -> Iterator[Block]:
    """Yield what people ask first, and the answers."""
    yield from map(_answer, explanation.answers)


def layers(explanation: Explanation, encoding: str = "utf-8") -> Iterator[Block]:
    """Yield what is said layer by layer, without the experiments."""
    for layer in explanation.layers:
        yield GAP
        yield _layer(layer, encoding)


def _layer(layer: LayerAnswer, encoding: str) -> Section:
    row = layer.row
    blocks = tuple(_of_layer(layer, encoding))
    return Section(inline(f"{row.path}: {row.type}"), blocks, aside=str(row.place or ""))


def facts(layer: LayerAnswer) -> Iterator[Block]:
    """Yield what is known of a layer by itself: shapes, weights one by one, steps."""
    why = tuple(reasons(layer.row))
    yield from _prose([shapes(layer)])
    if layer.weights or why:
        yield GAP
        yield from _prose([counted(layer)])
        if layer.weights:
            yield _weights(layer.weights)
        yield from _prose(why)
    yield GAP
    yield from _prose(steps_words(layer.steps))


def _of_layer(layer: LayerAnswer, encoding: str) -> Iterator[Block]:
    yield from facts(layer)
    if layer.picture is not None:
        yield GAP
        yield from _picture(layer.picture, encoding)
    for asked in layer.otherwise:
        yield GAP
        yield _answer(asked)


def _answer(asked: Question) -> Section:
    return Section(inline(question_words(asked)), tuple(_prose(answer_words(asked))))


def _weights(weights: Sequence[WeightFact]) -> Table:
    """Return the weights one by one; what they are for only where something is said of one."""
    rows = [weight_cells(each) for each in weights]
    columns = WEIGHTS if any(row[-1] for row in rows) else WEIGHTS[:-1]
    count = len(columns)
    return Table(columns, tuple(TableRow(tuple(map(inline, row[:count]))) for row in rows))


def _picture(picture: Picture, encoding: str) -> Iterator[Block]:
    """Yield a picture as lines of text, and what its letters stand for."""
    scene = scene_of(picture)
    yield Code(tuple(lines(scene, encoding)), "text")
    yield from _prose(["; ".join(legend(picture, scene))])


def _further(explanation: Explanation, *, short: bool) -> Iterator[Block]:
    """Yield how to ask for what was left out."""
    names = [layer.row.path for layer in explanation.layers]
    others = [*explanation.others]
    if short and names:
        room = PROSE - len(f"{MORE_OF_A_LAYER} (, …), {MORE_DRAWN}")
        listed = _listed([*names, *others], room)
        yield from _prose([f"{MORE_OF_A_LAYER} ({listed}), {MORE_DRAWN}"])
    elif others:
        listed = _listed(others)
        yield from _prose(
            [f"Not explained here: {listed}. Name one: seqinspect explain SPEC LAYER"]
        )


def _listed(names: Sequence[str], room: int | None = None) -> str:
    """Return some names, the first in any case, and no more than there is room for."""
    some = [*names[:MOST_NAMES]]
    while room is not None and len(some) > 1 and len(", ".join(some)) > room:
        some.pop()
    return ", ".join(some) + (", …" if len(some) < len(names) else "")


def _prose(sentences: Iterable[str]) -> Iterator[Paragraph]:
    text = " ".join(sentences)
    if text:
        yield Paragraph(inline(text))
