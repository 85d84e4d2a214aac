"""What is within a call: the rows of a wrapper's layers, and what a model states as one layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr, total
from seqinspect.analysis.time_report import (
    holes_of_model,
    reach_of_model,
    reads_of_model,
    time_report,
)
from seqinspect.analysis.tracing import trace_output
from seqinspect.model.facts import Facts, Part, Weight
from seqinspect.model.report import Row, reachable_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seqinspect.analysis.application import FactsReport
    from seqinspect.analysis.tracing import Sources, TracedTensor
    from seqinspect.model.facts import Inner, Tensor
    from seqinspect.model.graph import Graph


def part_rows(
    parts: Sequence[Part],
    parent: Row,
    first: Tensor,
    groups: Sources,
    report_of: Callable[[Facts], FactsReport],
    *,
    masked: bool,
) -> Iterator[Row]:
    """Yield the rows of the layers within a wrapper; what a `masked` one hands on is open."""
    for part in parts:
        facts, time = part.facts, None
        report = report_of(facts)
        if part.same_input:
            traced = trace_output(facts.outputs[0], facts.reaches[0], groups)
            shared = True if facts.weights else None
            time = time_report(facts, first, traced, shared=shared)
        mask = None if masked or part.mask is None else part.mask.below(parent.path)
        row = Row(
            name=part.layer.name,
            path=f"{parent.path}/{part.layer.name}",
            depth=parent.depth + 1,
            type=part.layer.type,
            place=parent.place,
            sources=parent.sources if part.same_input else (),
            reuses=parent.reuses,
            outputs=report.outputs,
            weights=report.weights,
            formula=as_expr(0) if parent.reuses else report.formula,
            multiply_adds=report.multiply_adds,
            time=time,
            block=parent.block,
            mask=mask,
            remarks=facts.remarks,
        )
        yield row
        yield from part_rows(facts.parts, row, first, groups, report_of, masked=masked)


def facts_as_layer(
    graph: Graph,
    tensors: Sequence[Tensor],
    outputs: Sequence[TracedTensor],
    rows: Sequence[Row],
    calls: Iterable[tuple[Inner, Facts]],
) -> Facts:
    """Return what a model states as one layer that is called on tensors.

    `outputs` are traced to its inputs. `rows` are those of its own calls, `calls` its layers with
    what each states at its first call.
    """
    top = reachable_rows(rows)
    masks = {row.name: row.mask for row in rows}
    names = [model_input.name for model_input in graph.inputs]
    reads = reads_of_model(names[0], tensors[0], outputs[0])
    reaches = tuple(reach_of_model(traced, names) for traced in outputs)
    holes = holes_of_model(outputs[0], names[0], reaches[0][names[0]])
    return Facts(
        outputs=tuple(traced.tensor for traced in outputs),
        reads=reads,
        reaches=reaches,
        weights=tuple(
            Weight(f"{row.name}/{w.name}", w.symbolic, trainable=bool(w.trainable), dtype=w.dtype)
            for row in top
            if row.reuses is None
            for w in row.weights
        ),
        products=total(row.multiply_adds for row in top),
        parts=tuple(Part(layer, facts, mask=masks.get(layer.name)) for layer, facts in calls),
        remarks=holes if reads == "window" else (),
        unsupported=next((row.unsupported for row in top if not row.complete), None),
    )
