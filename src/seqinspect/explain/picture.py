"""The picture of which steps feed which, as people draw it: from the steps that come in, down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from seqinspect.explain.data import Picture, Stage
from seqinspect.explain.lookup import Model, Source, backwards, parent_is_model, states_from
from seqinspect.explain.single_layer import members, relations, shown
from seqinspect.explain.steps import alike
from seqinspect.model.graph import Layer
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from seqinspect.model.report import Row

MOST_STAGES = 3
"""How many layers one picture shows: more where the steps come from further up."""

FEWER_STAGES = (2, 1)
"""How many it shows where there is less room: the layer and what it reads, or the layer alone."""

FARTHEST = 6

LETTERS = "WVUABC"
"""What the weights of the layers are called, from the last layer up."""

LINES = 7
"""How many input steps and output steps are shown where each output step has a line."""

LONGEST = 10


def picture_of(model: Model, row: Row, most: int = MOST_STAGES) -> Picture | None:
    """Return the picture of a layer, below the layers that its steps come from, `most` in all."""
    stages: list[Stage] = []
    current: Row | None = row
    top: Source | None = None
    while current is not None and len(stages) < FARTHEST:
        source = model.source(current)
        stage = _stage(model, current, source) if source is not None else None
        if stage is None or source is None or (stages and stage.kind == "lines"):
            break
        stages.insert(0, replace(stage, states=states_from(current)))
        top = source
        many = len(stages) >= most and source.axis is not None
        if many or stage.kind == "lines" or len(current.sources) > 1:
            break
        current = source.row
    if top is None or top.steps is None or not stages:
        return None
    made = [stage.row for stage in stages if stage.kind == "spread"] or [row]
    time = made[-1].time
    return Picture(top, top.steps, _lettered(stages), time.steps if time is not None else None)


def _stage(model: Model, row: Row, source: Source | None) -> Stage | None:
    """Return how a row is drawn below what it reads; None where that cannot be drawn."""
    time = row.time
    if time is None or source is None or not (row.depth == 0 or _in_model_or_half(model, row)):
        return None
    label = label_of(model, row)
    kernel: Literal["", "shared", "own"] = ""
    if row.weights:
        kernel = "own" if time.shared is False else "shared"
    before, after = source.axis is not None, time.axis is not None
    traits = traits_of(row.type)
    if traits.step_by_step:
        return _recurrent(model, row, label, sequences=after) if before else None
    if before and after:
        if time.reads == "each" and alike(source.steps, time.steps):
            return Stage(row, label, "steps", kernel=kernel)
        edges = _edges(model, row, source)
        return Stage(row, label, "lines", kernel=kernel, edges=edges) if edges else None
    if before:
        return Stage(row, label, "gather", emits="one", kernel=kernel)
    if after:
        repeats = traits.rearranges == "repeat"
        return Stage(row, label, "spread", kernel=kernel) if repeats else None
    return Stage(row, label, "vector", emits="one", kernel=kernel)


def _in_model_or_half(model: Model, row: Row) -> bool:
    """Whether a row within another is of a model, or one direction of a Bidirectional."""
    parent = model.rows.get(_parent(row))
    return parent_is_model(model, _parent(row)) or (
        parent is not None
        and traits_of(parent.type).both_directions
        and traits_of(row.type).recurrent
    )


def _recurrent(model: Model, row: Row, label: str, *, sequences: bool) -> Stage:
    if traits_of(row.type).both_directions:
        return Stage(row, label, "steps", "both", "all" if sequences else "ends", kernel="shared")
    if backwards(model, row):
        return Stage(
            row, label, "steps", "backward", "reversed" if sequences else "first", "shared"
        )
    return Stage(row, label, "steps", "forward", "all" if sequences else "last", "shared")


def _edges(model: Model, row: Row, source: Source) -> tuple[tuple[int, range], ...] | None:
    """Return for each shown output step the shown input steps that it reads."""
    found = next((each for each in relations(model, row) if each.input == source.name), None)
    outputs = row.time.steps.value if row.time is not None and row.time.steps is not None else None
    steps = source.steps.value if source.steps is not None else None
    if found is None or outputs is None or steps is None:
        return None
    edges = []
    for step in shown(outputs, LINES):
        read = members(found, step)
        if read is None:
            return None
        edges.append((step, read))
    return tuple(edges)


def label_of(model: Model, row: Row) -> str:
    """Return what is written in a layer's boxes: its class, for a wrapper that of its layer."""
    name, traits = row.type, traits_of(row.type)
    node = model.call(row)
    inner = node.layer.arguments.get("layer") if node is not None else None
    if isinstance(inner, Layer) and (traits.applies_per_step or traits.both_directions):
        name, traits = inner.type, traits_of(inner.type)
    label = traits.label or name
    return label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"


def _lettered(stages: list[Stage]) -> tuple[Stage, ...]:
    """Give the weights of every layer a letter: W for the last layer that has any."""
    letters = iter(LETTERS)
    found = [replace(stage, letter=next(letters) if stage.kernel else "") for stage in stages[::-1]]
    return tuple(found[::-1])


def _parent(row: Row) -> str:
    return row.path.rpartition("/")[0]
