"""Report → boxes with lines of text, and arrows between them, for languages that draw graphs.

The texts are those of the spec, as they are: each format makes them harmless in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.model.graph import Ref
from seqinspect.output.report.folding import Group, folded
from seqinspect.output.report.summary import summary, verdict
from seqinspect.output.report.time_notes import row_remarks, time_note
from seqinspect.output.text import both, counted, equation, symbolic
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seqinspect.model.graph import Graph, Node
    from seqinspect.model.report import InputReport, Report, Row, TensorReport

MOST_INNER = 8
"""So many layers within a layer are named in its box."""


class Box(NamedTuple):
    """A model input, a layer, a repeated block, or a target that an output is compared with."""

    kind: Literal["input", "layer", "block", "target"]
    title: str
    type: str
    lines: tuple[str, ...]
    note: str = ""


class Arrow(NamedTuple):
    """What goes from one box to another: their numbers, and a label where it is not plain."""

    start: int
    end: int
    label: str = ""


class Drawing(NamedTuple):
    """Boxes in execution order, arrows, and what is said of the model as a whole."""

    model: str
    source: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    caption: tuple[str, ...]


def drawing(graph: Graph, report: Report) -> Drawing:
    """Return the drawing of a model: what stands within a layer is named in its box."""
    boxes = [_input(given) for given in report.inputs]
    place = {given.name: index for index, given in enumerate(report.inputs)}
    for box, names in _layers(report):
        place |= dict.fromkeys(names, len(boxes))
        boxes.append(box)
    arrows = list(_merged(_arrows(graph.nodes, place)))
    for name, tensor in report.targets:
        stem, _, number = name.rpartition(".")
        start = place[name] if name in place else place.get(stem)
        if start is not None:
            label = "" if name in place else f"output {number}"
            arrows.append(Arrow(start, len(boxes), label))
            title = f"target {name if len(report.targets) > 1 else 'y'}"
            boxes.append(Box("target", title, "", _shape([tensor])))
    said = dict(summary(report))
    asked = report.keras._replace(cached=False)  # a picture does not change with a cache
    _, sentence, differences = verdict(report._replace(keras=asked))
    caption = [f"{label}: {said[label]}" for label in ("Names", "Total", "Causal") if said[label]]
    return Drawing(
        report.model,
        report.source,
        tuple(boxes),
        tuple(arrows),
        (*caption, " ".join((sentence, *differences))),
    )


def _layers(report: Report) -> Iterator[tuple[Box, list[str]]]:
    """Yield a box for every call, equal iterations of a block as one, with the calls in it."""
    parts: list[tuple[Row | Group, list[Row | Group]]] = []
    for item in folded(report.rows):
        row = item.rows[0] if isinstance(item, Group) else item
        if row.depth and parts:
            parts[-1][1].append(item)
        else:
            parts.append((item, []))
    for item, inner in parts:
        if isinstance(item, Group):
            yield _block(item), [row.name for turn in item.iterations for row in turn]
        else:
            yield _layer(item, inner), [item.name]


def _input(given: InputReport) -> Box:
    axis = given.time_axis
    size = None if axis is None else given.tensor.symbolic[axis]
    note = "no time steps" if size is None else f"{size.text()} steps"
    return Box("input", given.name, "Input", _shape([given.tensor]), note)


def _layer(row: Row, inner: Sequence[Row | Group]) -> Box:
    lines = [*_shape(row.outputs)]
    if row.reuses is not None:
        lines.append(f"shares the weights of {row.reuses}")
    elif not row.complete:
        lines.append("parameters not known")
    elif row.params:
        lines.append(f"{equation(row.formula, row.params)} parameters")
    lines += [f"  {_within(item)}" for item in inner[:MOST_INNER]]
    if len(inner) > MOST_INNER:
        lines.append(f"  and {counted(len(inner) - MOST_INNER, 'more layer')} within")
    notes = [each for each in (time_note(row), *row_remarks(row)) if each]
    if False in row.confirmed:
        notes.append("Keras disagrees")
    return Box("layer", row.name, row.type, tuple(lines), "; ".join(notes))


def _within(item: Row | Group) -> str:
    """Say what stands within a layer, on one line."""
    if isinstance(item, Group):
        return f"{item.block} ×{item.count}"
    title = item.type if item.name == item.type.lower() else f"{item.name}: {item.type}"
    count = f", {item.params:,}" if item.complete and item.params else ""
    return f"{title} {'; '.join(map(symbolic, item.outputs))}{count}"


def _block(group: Group) -> Box:
    lines = [*_shape(group.outputs)]
    if group.params:
        lines.append(f"{group.formula} = {group.params:,} parameters")
    lines += [f"  {_within(row)}" for row in group.own[:MOST_INNER]]
    if len(group.own) > MOST_INNER:
        lines.append(f"  and {counted(len(group.own) - MOST_INNER, 'more layer')}")
    note = f"{group.count} equal blocks, one after another"
    return Box("block", f"{group.block} ×{group.count}", "repeat", tuple(lines), note)


def _shape(tensors: Sequence[TensorReport]) -> tuple[str, ...]:
    """Return shapes in names, then in numbers where those say more, a line each."""
    return tuple(both(tensors, "\n= ").split("\n"))


def _arrows(nodes: Sequence[Node], place: dict[str, int]) -> Iterator[Arrow]:
    """Yield what each call reads, with the name of a call argument or the number of an output."""
    for node in nodes:
        named = [
            (ref, name)
            for name, value in node.call.items()
            for ref in (value if isinstance(value, tuple) else (value,))
            if isinstance(ref, Ref)
        ]
        for ref, name in [*((ref, "") for ref in node.sources), *named]:
            start, end = place.get(ref.name), place.get(node.name)
            if start is None or end is None or start == end:
                continue  # within one block
            output = f"output {ref.output}" if ref.output else ""
            yield Arrow(start, end, ", ".join(text for text in (name, output) if text))


def _merged(arrows: Iterable[Arrow]) -> Iterator[Arrow]:
    """Yield one arrow for all that go from one box to another."""
    labels: dict[tuple[int, int], list[str]] = {}
    for arrow in arrows:
        found = labels.setdefault((arrow.start, arrow.end), [])
        if arrow.label and arrow.label not in found:
            found.append(arrow.label)
    for (start, end), found in labels.items():
        yield Arrow(start, end, "; ".join(found))


def caption_of(drawn: Drawing) -> str:
    """Return what the drawing is of, in one line."""
    return drawn.model if drawn.source == drawn.model else f"{drawn.model} ({drawn.source})"
