"""What is written beside the rows of a scene, and below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.graph import Layer
from seqinspect.output.drawing.scene import Label, cone_of, slides
from seqinspect.output.report.folding import Group
from seqinspect.output.report.summary import summary, verdict
from seqinspect.output.report.time_notes import row_remarks, time_note
from seqinspect.output.text import both, counted, equation, symbolic
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.explain import Model
    from seqinspect.model.report import Report, Row, TensorReport
    from seqinspect.output.drawing.calls import Call, Calls
    from seqinspect.output.drawing.scene import SceneRow

MOST_LETTERS = 10
"""So much of a class is written in a box."""

MOST_WITHIN = 6
"""So many layers within a layer are named beside it."""


def call_labels(calls: Calls, call: Call) -> tuple[Label, ...]:
    """Return what is written beside a call: what it is, its shape, its count, a note."""
    row = call.row
    labels = [Label(f"{row.path}: {_type(calls, call)}", "name"), *shape_lines(row.outputs)]
    if row.reuses is not None:
        labels.append(Label(f"shares the weights of {row.reuses}", "count"))
    elif not row.complete:
        labels.append(Label("parameters not known", "count"))
    elif row.params:
        labels.append(Label(f"{equation(row.formula, row.params)} parameters", "count"))
    elif row.params is None:
        labels.append(Label(f"{equation(row.formula, None)} parameters", "count"))
    several = [each for each in call.within if not isinstance(each, Group)]
    if len(several) > 1:
        labels += [Label(f"  {within(each)}", "dim") for each in several[:MOST_WITHIN]]
        if len(several) > MOST_WITHIN:
            more = counted(len(several) - MOST_WITHIN, "more layer")
            labels.append(Label(f"  and {more} within", "dim"))
    notes = [each for each in (time_note(row), *row_remarks(row)) if each]
    if False in row.confirmed:
        notes.append("Keras disagrees")
    if notes:
        labels.append(Label("; ".join(notes), "note"))
    return tuple(labels)


def box_label(model: Model, row: Row) -> str:
    """Return what is written in a layer's boxes: its class, for a wrapper that of its layer."""
    name, traits = row.type, traits_of(row.type)
    node = model.call(row)
    inner = node.layer.arguments.get("layer") if node is not None else None
    if isinstance(inner, Layer) and (traits.applies_per_step or traits.both_directions):
        name, traits = inner.type, traits_of(inner.type)
    label = traits.label or name
    return label if len(label) <= MOST_LETTERS else label[: MOST_LETTERS - 1] + "…"


def _type(calls: Calls, call: Call) -> str:
    """Return the class of a layer, with that of the one layer within it."""
    inner = [each for each in call.within if not isinstance(each, Group)]
    types = {each.type for each in inner if each.depth == call.row.depth + 1}
    return f"{call.row.type}({types.pop()})" if len(types) == 1 else call.row.type


def within(row: Row) -> str:
    """Say what stands within a layer, on one line."""
    title = row.type if row.name == row.type.lower() else f"{row.name}: {row.type}"
    count = f", {row.params:,}" if row.complete and row.params else ""
    return f"{title} {'; '.join(map(symbolic, row.outputs))}{count}"


def shape_lines(tensors: Sequence[TensorReport]) -> tuple[Label, ...]:
    """Return shapes in names, then in numbers where those say more."""
    return tuple(Label(line, "shape") for line in both(tensors, "\n= ").split("\n"))


def caption_lines(report: Report) -> Iterator[str]:
    """Yield what is said of the model as a whole."""
    said = dict(summary(report))
    for label in ("Names", "Total", "Causal"):
        if said[label]:
            yield f"{label}: {said[label]}"
    asked = report.keras._replace(cached=False)  # a picture does not change with a cache
    _, sentence, differences = verdict(report._replace(keras=asked))
    yield " ".join((sentence, *differences))


def legend_lines(rows: Sequence[SceneRow], *, painted: bool = True) -> Iterator[str]:
    """Yield what the signs of a picture stand for; of one that is not `painted`, those of text."""
    shared = [row for row in rows if row.letter and not row.own and len(row.cells) > 1]
    ways = {reading.way for row in rows for reading in row.readings}
    forms = {row.form for row in rows}
    if shared:
        yield "The boxes of a row are the same weights, used again at every step."
    if any(row.own and row.form in ("slots", "boxes") for row in rows):
        yield "W0 W1 …: every step has weights of its own."
    if "chain" in forms:
        yield "Arrows along a row hand the state on from step to step."
    ends = any(row.form == "chain" and row.anchor != "steps" for row in rows)
    if painted and (ends or "none" in ways):
        yield "Dashed circles: steps that go no further."
    if "matrix" in ways or (
        not painted and any(slides(row, each) for row in rows for each in row.readings)
    ):
        yield "Dots: a line for each output step, in the columns of the input steps: ● is read."
    if painted and cone_of(rows):
        yield "Strong lines: all that the last output step depends on."
    if painted and "mask" in ways:
        yield "Thin broken lanes: a mask, which says what steps to skip."
    if "unknown" in ways or "unknown" in forms:
        yield "?: it is not known which steps are read."
