"""What would change: the same graph with one argument the other way, analysed and compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.compare.row_facts import differing_facts
from seqinspect.errors import SpecError
from seqinspect.explain.data import Answer
from seqinspect.explain.formulas import equation
from seqinspect.explain.lookup import Model, sequences
from seqinspect.explain.single_layer import analysed
from seqinspect.explain.steps import named, number, times
from seqinspect.model.graph import Graph, Layer, Node
from seqinspect.rules import traits_of
from seqinspect.rules.index import TIME_DISTRIBUTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.report import Report, Row, TensorReport

MOST_ROWS = 4
"""How many layers that change are told one by one."""


def with_layer(graph: Graph, name: str, layer: Layer) -> Graph:
    """Return the graph with another layer in one place, and wherever it is called again."""
    return replace(
        graph,
        nodes=tuple(
            replace(node, layer=layer) if name in (node.name, node.reuses) else node
            for node in graph.nodes
        ),
    )


def turned(layer: Layer) -> Layer:
    """Return a recurrent layer with `return_sequences` the other way, also within Bidirectional."""
    arguments = dict(layer.arguments)
    if traits_of(layer.type).both_directions:
        for name in ("layer", "backward_layer"):
            inner = arguments.get(name)
            if isinstance(inner, Layer):
                arguments[name] = turned(inner)
    else:
        arguments["return_sequences"] = not sequences(layer)
    return replace(layer, arguments=arguments)


def distributed(layer: Layer) -> Layer:
    """Return a layer within TimeDistributed."""
    return Layer(TIME_DISTRIBUTED, layer.name, {"layer": layer}, layer.place)


def refusal(error: SpecError) -> str:
    """Return in one sentence why a changed graph does not work."""
    return error.problems[0].what


def sequences_turned(model: Model, row: Row) -> Answer | None:
    """Say what if the recurrent layer before a row, or itself, had return_sequences otherwise."""
    node = model.recurrent_before(row)
    if node is None:
        return None
    before = sequences(node.layer)
    name = node.reuses or node.name  # all calls of a layer have the same arguments
    flag = "false" if before else "true"
    question = f"And with return_sequences: {flag} in {name}?"
    layer = turned(node.layer)
    other = analysed(with_layer(model.graph, name, layer))
    if isinstance(other, SpecError):
        return Answer(question, (f"The model would not work: {refusal(other)}.",))
    return Answer(question, tuple(_differences(model.report, other)))


def undistributed(layer: Layer) -> Layer | None:
    """Return the Dense within a TimeDistributed; None for any other layer."""
    inner = layer.arguments.get("layer")
    if not traits_of(layer.type).applies_per_step or not isinstance(inner, Layer):
        return None
    return replace(inner, name=layer.name) if traits_of(inner.type).dense else None


def _differences(ours: Report, theirs: Report) -> Iterator[str]:
    """Yield what is different in another report on a graph with the same calls."""
    pairs = [
        (one, other) for one, other in zip(ours.top, theirs.top, strict=True) if _differ(one, other)
    ]
    for one, other in pairs[:MOST_ROWS]:
        yield _row_difference(one, other)
    if len(pairs) > MOST_ROWS:
        yield f"{len(pairs) - MOST_ROWS} more layers change with them."
    yield _counts(ours, theirs)


def _differ(one: Row, other: Row) -> bool:
    return bool(differing_facts(one, other, "symbolic_shapes", "params", "reads", "applications"))


def _row_difference(one: Row, other: Row) -> str:
    parts = []
    if differing_facts(one, other, "symbolic_shapes"):
        parts.append(
            f"return {shape_text(other.outputs[0])} instead of {shape_text(one.outputs[0])}"
        )
    if one.time is not None and other.time is not None:
        if one.time.reads != other.time.reads and traits_of(one.type).per_step:
            parts.append(f"read {_reads(other)} instead of {_reads(one)}")
        before, after = one.time.applications, other.time.applications
        if before != after and one.weights:
            parts.append(f"be applied {times(after)} instead of {times(before)}")
    if not parts:
        parts.append(f"have {other.params:,} parameters")
    return f"{one.name} would {_joined(parts)}."


def _reads(row: Row) -> str:
    reads = row.time.reads if row.time is not None else "none"
    if row.time is not None and row.time.note.startswith("both ends"):
        return "both ends"
    return {"each": "every step", "last": "the last step", "first": "step 0 only"}.get(
        reads, "all steps at once" if reads == "all" else f"“{reads}”"
    )


def _counts(ours: Report, theirs: Report) -> str:
    """Why the count stays, or where it does not."""
    changed = [
        (one, other)
        for one, other in zip(ours.top, theirs.top, strict=True)
        if differing_facts(one, other, "symbolic_weights")
    ]
    if not changed:
        known = "" if all(row.complete for row in ours.top) else " that are known"
        return (
            f"All {ours.params:,} parameters{known} would stay the same: no weight has the number"
            " of steps in its shape. A kernel is as large as what it connects, however often it is"
            " applied."
        )
    said = "; ".join(
        f"{one.name} from {equation(one.formula)} to {equation(other.formula)}"
        for one, other in changed[:MOST_ROWS]
    )
    return (
        f"The parameters would change from {ours.params:,} to {theirs.params:,}: {said}."
        " Its kernel has rows for what comes in, and that would be another number."
    )


def time_distributed(model: Model, row: Row) -> Answer | None:
    """Say what TimeDistributed changes around this Dense, or what if it were left out."""
    node = model.node(row)
    if node is None or node.reuses is not None or row.time is None or not row.complete:
        return None
    layer, name = node.layer, node.name
    if traits_of(layer.type).dense:
        question = f"What would TimeDistributed change around {name}?"
        other_layer = distributed(layer)
    elif (inner := undistributed(layer)) is not None:
        question = f"What does TimeDistributed change around the {inner.type} in {name}?"
        other_layer = inner
    else:
        return None
    other = analysed(with_layer(model.graph, name, other_layer))
    if isinstance(other, SpecError):
        return Answer(question, _refused(model, row, node, other))
    return Answer(question, tuple(_compared(model.report, other, row, layer.type)))


def _refused(model: Model, row: Row, node: Node, error: SpecError) -> tuple[str, ...]:
    """Where there are no steps to distribute: what it would change if there were."""
    read = model.source(row)
    sentence = f"It cannot be used here: {refusal(error)}."
    if read is not None and read.axis is None and read.row is not None:
        shape = shape_text(read.row.outputs[0])
        sentence = f"It cannot be used here: the {shape} of {read.name} has no steps to go through."
    before = model.recurrent_before(row)
    if before is None or sequences(before.layer):
        return (sentence,)
    graph = with_layer(model.graph, before.name, turned(before.layer))
    one, other = analysed(graph), analysed(with_layer(graph, row.name, distributed(node.layer)))
    if isinstance(one, SpecError) or isinstance(other, SpecError):
        return (sentence,)
    if any(_differ(each, its) for each, its in zip(one.top, other.top, strict=True)):
        return (sentence,)
    return (sentence, f"With return_sequences: true in {before.name} it would change nothing.")


def _compared(ours: Report, theirs: Report, row: Row, kind: str) -> Iterator[str]:
    """Yield what is different between a Dense and the same in TimeDistributed."""
    found = {each.name: each for each in theirs.top}
    other = found[row.name]
    differences = []
    for one, its in zip(ours.top, theirs.top, strict=True):
        if _differ(one, its):
            differences.append(_row_difference(one, its))
    if differences:
        yield from differences[:MOST_ROWS]
        return
    plain, wrapped = (row, other) if traits_of(kind).dense else (other, row)
    often = times(wrapped.time.applications) if wrapped.time is not None else "once"
    kernel = "×".join(number(size) for size in plain.weights[0].symbolic) if plain.weights else ""
    where = ""
    if row.time is not None and row.time.reads == "each":
        where = ", to every step"
    elif row.time is not None and row.time.shared is False:
        where = ", each time to all steps of one feature"
    yield (
        f"Nothing: with it and without it, one {kernel} kernel is applied {often}{where};"
        f" {plain.params:,} parameters, and {shape_text(plain.outputs[0])} comes out."
    )


def shape_text(tensor: TensorReport) -> str:
    """Return a shape in the user's names: (batch, T, n)."""
    if tensor.unknown_shape:
        return "(not known)"
    texts = [size.text() for size in tensor.symbolic]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _joined(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


__all__ = ["Answer", "named", "number", "sequences_turned", "time_distributed"]
