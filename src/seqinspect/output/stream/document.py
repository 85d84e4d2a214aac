"""Streaming → the document: the answer, a table of what is kept, and the sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.document import (
    GAP,
    Column,
    Document,
    Pairs,
    Paragraph,
    Section,
    Table,
    TableRow,
    inline,
)
from seqinspect.output.stream import words
from seqinspect.output.text import equation, legend, memory, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.output.document import Block, Inline, Role
    from seqinspect.streaming.data import LayerStream, Streaming

COLUMNS = (
    Column("Layer", role="name"),
    Column("Type"),
    Column("Step by step"),
    Column("Keeps", below="always"),
    Column("Bytes", right=True),
    Column("Multiply-adds", right=True),
    Column("Ready with", role="formula"),
)
LOOKS: dict[str, Role] = {"yes": "good", "no": "bad", "not known": "warning"}
FED = {"once": "once", "waits": "waits"}


def document(found: Streaming, streams: int = 1) -> Document:
    """Return whether a model can be fed step by step, for so many streams at once."""
    report = found.report
    blocks = tuple(_blocks(found, streams))
    return Document(report.model, (Section(inline(report.model), blocks, aside=report.source),))


def _blocks(found: Streaming, streams: int) -> Iterator[Block]:
    first, *others = words.whole(found)
    yield Paragraph(inline(first, LOOKS.get(found.answer, "")))
    for sentence in others:
        yield Paragraph(inline(sentence))
    yield GAP
    yield Table(COLUMNS, tuple(map(_row, found.layers)))
    yield GAP
    unknown = [layer for layer in found.layers if layer.reason is not None]
    pairs = [(layer.path, inline(words.reason(layer))) for layer in unknown]
    pairs += [(label, inline(text)) for label, text in _sums(found, streams) if text]
    yield Pairs(tuple(pairs))


def _row(layer: LayerStream) -> TableRow:
    fed = inline(FED.get(layer.answer, layer.answer), LOOKS.get(layer.answer, "quiet"))
    kept = "; ".join(map(words.kept, layer.kept))
    number = sum(each.bytes.value or 0 for each in layer.kept)
    known = all(each.bytes.value is not None for each in layer.kept)
    cells: list[Inline] = [
        inline(layer.path),
        inline(layer.type),
        fed,
        inline(kept),
        inline("" if not layer.kept else f"{number:,}" if known else "?"),
        inline(_number(layer.multiply_adds)),
        inline(words.layer_ready(layer)),
    ]
    return TableRow(tuple(cells))


def _number(size: Expr | None) -> str:
    if size is None:
        return ""
    return "?" if size.value is None else f"{size.value:,}"


def _sums(found: Streaming, streams: int) -> Iterator[tuple[str, str]]:
    report = found.report
    yield "Names", ", ".join(legend(report.dims, report.definitions, report.size_texts))
    for output in found.outputs:
        yield f"Output {output.name}", words.ready(output)
    if found.answer == "yes":
        yield "Kept", f"{_bytes(found.kept_bytes)} a stream"
        if found.growing_bytes != 0:
            yield "", f"{_bytes(found.growing_bytes)} more with each step"
        if streams > 1:
            yield f"{streams:,} streams", _bytes(found.kept_bytes * streams)
        yield "Weights", memory(report.bytes)
    yield "Multiply-adds", "; ".join(_work(found))


def _work(found: Streaming) -> Iterator[str]:
    step, once = found.multiply_adds, found.once_multiply_adds
    window = found.report.multiply_adds
    if found.answer == "yes" and step is not None:
        yield f"{_equation(step)} for a new step"
    if found.answer == "yes" and once is not None and once != 0:
        yield f"{_equation(once)} once before"
    if all(row.work_known for row in found.report.top):
        yield f"{_equation(window)} for the window"


def _equation(formula: Expr) -> str:
    return equation(formula, formula.value)


def _bytes(formula: Expr) -> str:
    text = formula.text()
    if formula.value is None:
        return f"{sized(formula)} bytes"
    number = memory(formula.value)
    return number if formula.is_constant else f"{text} = {number}"
