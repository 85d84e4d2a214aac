"""In words: what the letters and signs of a picture stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.picture import LINES
from seqinspect.explain.single_layer import shown
from seqinspect.output.explanation.phrases import number
from seqinspect.output.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.explain.data import Picture, Stage
    from seqinspect.model.report import WeightReport


def legend(picture: Picture) -> Iterator[str]:
    """Yield what stands in a picture, a few words each."""
    stages, top = picture.stages, picture.source
    with_weights = [stage for stage in stages if stage.kernel]
    all_shared = bool(with_weights) and all(map(_is_shared, with_weights))
    if top.row is not None or top.name != "input":
        yield f"x: {top.name}"
    for stage in stages:
        yield from _besides(stage, picture.steps.value or 0)
    for stage in with_weights:
        yield _weights(stage, "" if all_shared or not _is_shared(stage) else SHARED)
    if all_shared:
        yield "shared by all steps"


SHARED = ", shared by all steps"


def _besides(stage: Stage, steps: int) -> Iterator[str]:
    """Say what a layer reads that is not drawn."""
    row = stage.row
    if len(row.sources) > 1 and stage.kind != "lines":
        yield f"{row.name} also reads {', '.join(dict.fromkeys(row.sources[1:]))}"
    if stage.states:
        yield f"{row.name} starts from the state of {listed(stage.states)}"
    if any(each not in shown(steps, LINES) for _, read in stage.edges for each in read):
        yield "● below …: reads steps that are not drawn"


def _weights(stage: Stage, shared: str) -> str:
    letter, owner = stage.letter, stage.row.reuses or stage.row.name
    if stage.flow == "both":
        return f"{letter}, {letter}': {owner}'s weights, one set for each direction{shared}"
    if stage.kernel == "shared":
        return f"{letter}: {owner}'s {_one(stage.row.weights)}{shared}"
    return f"{letter}0 {letter}1 …: {owner}'s {stage.row.weights[0].name}, rows for every step"


def _is_shared(stage: Stage) -> bool:
    """Whether the weights of a stage are applied to every step anew."""
    return stage.kernel == "shared" and stage.kind in ("steps", "lines")


def _one(weights: tuple[WeightReport, ...]) -> str:
    kernels = [weight for weight in weights if len(weight.symbolic) > 1]
    if len(kernels) == 1 and kernels[0].name == "kernel":
        return f"{'×'.join(map(number, kernels[0].symbolic))} kernel"
    return "weights"
