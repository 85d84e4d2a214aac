"""A row of a report → what a page says of it besides: weights, steps, findings, its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain import layer_facts
from seqinspect.output.document import Paragraph, Section, Span, inline
from seqinspect.output.explanation.document import facts
from seqinspect.output.report.folding import Group, folded
from seqinspect.output.text import both
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.explain import Model
    from seqinspect.model.report import InputReport, Row
    from seqinspect.output.document import Block, Role
    from seqinspect.output.findings.shared import FindingView

MOST_ROWS = 400
"""Of a model with more layers, the first ones have details."""

LEVELS: dict[str, Role] = {"error": "bad", "warning": "warning", "note": "note"}


class Detail(NamedTuple):
    """What is said of an input or a call, by its path."""

    path: str
    section: Section


def details(model: Model, findings: Sequence[FindingView]) -> Iterator[Detail]:
    """Yield what is said of every input and call that the table shows."""
    for given in model.report.inputs:
        yield Detail(given.name, _input(given))
    found = [row for item in folded(model.report.rows) for row in _rows(item)]
    for row in found[:MOST_ROWS]:
        yield Detail(row.path, _layer(model, row, findings))


def finding_blocks(view: FindingView) -> Iterator[Block]:
    """Yield a finding with its line and its remedy."""
    place = Span(f"{view.path}:{view.line}: ", "path")
    yield Paragraph((place, Span(f"{view.level} {view.code} ", LEVELS[view.level]),
                     Span(view.message)))  # fmt: skip
    if line := view.finding.line.strip():
        yield Paragraph(inline(line, "code"))
    if view.remedy:
        yield Paragraph((Span("remedy: ", "quiet"), Span(view.remedy)))


def _rows(item: Row | Group) -> tuple[Row, ...]:
    return item.rows if isinstance(item, Group) else (item,)


def _input(given: InputReport) -> Section:
    tensor, axis = given.tensor, given.time_axis
    steps = "It has no time axis." if axis is None else f"Its time steps are on axis {axis}."
    shape = f"{both([tensor])}, {tensor.dtype}. {steps}"
    return Section(inline(f"{given.name}: Input"), (Paragraph(inline(shape)),))


def _layer(model: Model, row: Row, findings: Sequence[FindingView]) -> Section:
    blocks = [*facts(layer_facts(model, row))]
    for view in findings:
        if view.layer == row.path:
            blocks += finding_blocks(view)
    if row.place is not None and (line := model.graph.line(row.place).strip()):
        place = f"{row.place.file}:{row.place.line}"
        blocks.append(Paragraph((Span(f"{place}: ", "quiet"), Span(line, "code"))))
    return Section(inline(f"{row.path}: {row.type}"), tuple(blocks))
