"""The experiment on a layer: what is claimed, and beside it what moved in the real model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.single_layer import shown
from seqinspect.output.document import GAP, Code, Paragraph, Section, inline
from seqinspect.output.drawing.canvas import in_signs
from seqinspect.output.text import cell_count, visible
from seqinspect.output.unconfirmed_words import untried_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seqinspect.explain.data import LayerAnswer, TrialTable
    from seqinspect.output.document import Block, Role

HEADING = "Tried on a real Keras model of random weights, one input step after the other"

MOST_SHOWN = 7
"""How many steps of a table are shown, so that two tables fit side by side."""

AGREEMENT: Mapping[bool | None, tuple[str, Role]] = {
    True: ("The claim and the experiment agree.", "good"),
    False: ("THE EXPERIMENT DISAGREES with the claim: please report it, with the spec.", "bad"),
    None: ("Fewer steps moved it, which shows nothing: something may hide them.", "warning"),
}


def tried(layers: Sequence[LayerAnswer], encoding: str = "utf-8") -> Iterator[Block]:
    """Yield the experiments on layers, where there are any: a section, and an empty line."""
    blocks: list[Block] = []
    for layer in layers:
        blocks += _of_layer(layer, encoding)
    if blocks:
        yield Section(inline(HEADING), tuple(blocks))
        yield GAP


def _of_layer(layer: LayerAnswer, encoding: str) -> Iterator[Block]:
    """Yield what is claimed of a layer, and beside it what moved in the real model."""
    trial, name = layer.trial, layer.row.path
    if trial.reason is not None:
        yield Paragraph(inline(f"{name}: not tried, {untried_text(trial.reason)}."))
    for number, table in enumerate(trial.tables):
        if not number:
            yield Paragraph(inline(f"{name}, on an input of {trial.size}:"))
        yield Code(tuple(in_signs(_lines(table), encoding)), "text")
        yield Paragraph(inline(*AGREEMENT[table.agrees]))


def _lines(table: TrialTable) -> Iterator[str]:
    columns, rows = shown(len(table.claim[0]), MOST_SHOWN), shown(len(table.claim), MOST_SHOWN)
    heads = "".join(f"{mark:<4}" for mark in _marks(columns, len(table.claim[0])))
    name = visible(table.input)
    titles = (f"claimed: y depends on {name}", f"moved with {name}")
    width = max(5 + len(heads), 22, cell_count(titles[0]) + 3)
    yield titles[0] + " " * (width - cell_count(titles[0])) + titles[1]
    head = f"     {heads}"
    yield f"{head:<{width}}{head}".rstrip()
    for step in rows:
        if step and step - 1 not in rows:
            yield "…"
        label = f"{f'y{step}' if table.stepped else 'y':<5}"
        claim, moved = (label + _dots(each[step], columns) for each in (table.claim, table.moved))
        yield f"{claim:<{width}}{moved}".rstrip()


def _dots(row: Sequence[bool], columns: Sequence[int]) -> str:
    dots = ["●" if row[each] else "·" for each in columns]
    if len(columns) < len(row):
        hidden = any(row[each] for each in range(len(row)) if each not in columns)
        dots.insert(-1, "●" if hidden else "…")
    return "".join(f"{dot:<4}" for dot in dots)


def _marks(columns: Sequence[int], count: int) -> list[str]:
    marks = [f"x{each}" for each in columns]
    if len(columns) < count:
        marks.insert(-1, "…")
    return marks
