"""The picture of a part of a model: as lines of text, and in words what its letters stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.drawing.calls import Calls
from seqinspect.output.drawing.scene import HIDDEN, slides
from seqinspect.output.drawing.text import fitting, picture_lines
from seqinspect.output.explanation.phrases import number
from seqinspect.output.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.explain.data import Picture
    from seqinspect.model.report import Row
    from seqinspect.output.drawing.scene import Scene, SceneRow

WIDTH = 78
"""A picture stands among sentences, which are no wider."""

SHARED = ", shared by all steps"


def scene_of(picture: Picture) -> Scene:
    """Return the scene of a picture, with as many columns as its lines have room for."""
    return fitting(Calls(picture.graph, picture.report), WIDTH)


def lines(scene: Scene, encoding: str = "utf-8") -> list[str]:
    """Return a scene as lines of text, in ASCII where an encoding has no more."""
    return picture_lines(scene, width=WIDTH, encoding=encoding)


def legend(picture: Picture, scene: Scene) -> Iterator[str]:
    """Yield what stands in a picture, a few words each."""
    source = picture.source
    rows = {row.path: row for row in picture.report.rows} | {row.name: row for row in picture.rows}
    lettered = [row for row in scene.rows if row.letter]
    all_shared = bool(lettered) and all(map(_is_shared, lettered))
    if source.row is not None or source.name != "input":
        yield f"x: {source.name}"
    for row in scene.rows:
        yield from _besides(scene, row)
    for row in lettered:
        shared = "" if all_shared or not _is_shared(row) else SHARED
        yield _weights(row, rows[row.name]) + shared
    if all_shared:
        yield SHARED.removeprefix(", ")


def _besides(scene: Scene, row: SceneRow) -> Iterator[str]:
    """Say what a layer reads that is not drawn."""
    crossing = any(each.way == "matrix" or slides(row, each) for each in row.readings)
    also = [scene.rows[each.source].name for each in row.readings[1:] if each.way in DRAWN]
    if also and not crossing:
        yield f"{row.name} also reads {', '.join(dict.fromkeys(also))}"
    given = [scene.rows[each.source].name for each in row.readings if each.way == "state"]
    states = [name.partition(".")[0] for name in given]
    if states:
        yield f"{row.name} starts from the state of {listed(list(dict.fromkeys(states)))}"
    if crossing and any(step == HIDDEN for each in row.readings for step, _ in each.pairs):
        yield "● below …: reads steps that are not drawn"


DRAWN = ("steps", "whole", "unknown")
"""How a layer reads what goes into its boxes."""


def _weights(row: SceneRow, facts: Row) -> str:
    letter, owner = row.letter, facts.reuses or facts.name
    if row.own:
        return f"{letter}0 {letter}1 …: {owner}'s {facts.weights[0].name}, rows for every step"
    if row.flow == "both":
        return f"{letter}, {letter}': {owner}'s weights, one set for each direction"
    return f"{letter}: {owner}'s {_one(facts)}"


def _is_shared(row: SceneRow) -> bool:
    """Whether the weights of a layer are applied to every step anew."""
    return not row.own and row.form in ("boxes", "chain")


def _one(row: Row) -> str:
    kernels = [weight for weight in row.weights if len(weight.symbolic) > 1]
    if len(kernels) == 1 and kernels[0].name == "kernel":
        return f"{'×'.join(map(number, kernels[0].symbolic))} kernel"
    return "weights"
