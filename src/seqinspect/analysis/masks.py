"""Masks: which layer says which steps are padding, who leaves them out, and where that is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.model.report import MaskReport
from seqinspect.rules import find_rule, per_step_chain, traits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.facts import Facts, Tensor
    from seqinspect.model.graph import Layer
    from seqinspect.model.report import Row


class MaskTrace(NamedTuple):
    """The mask of a tensor: which call made it and, where it is lost, at which call that was."""

    made: str
    ended: str = ""


def trace_mask(
    path: str, layer: Layer, facts: Facts, incoming: Sequence[tuple[Tensor, MaskTrace | None]]
) -> tuple[MaskReport | None, tuple[MaskTrace | None, ...]]:
    """Return what a call does with the masks of what it reads, and the masks of its outputs."""
    incoming_mask = next((trace for x, trace in incoming if x.masked and trace is not None), None)
    lost = next((trace for _, trace in incoming if trace is not None and trace.ended), None)
    carries = facts.outputs[0].masked
    if carries and (incoming_mask is None or traits_of(layer.type).makes_mask):
        trace = MaskTrace(path)
    elif incoming_mask is not None:
        trace = incoming_mask if carries else incoming_mask._replace(ended=path)
    elif lost is not None:
        trace = lost
    else:
        return None, (None,) * len(facts.outputs)
    ended = trace._replace(ended=trace.ended or path)
    traces = tuple(trace._replace(ended="") if x.masked else ended for x in facts.outputs)
    if incoming_mask is None and not carries and not _makes_steps(facts, incoming):
        return None, traces
    report = MaskReport(
        made=trace.made,
        uses=incoming_mask is not None and uses_masks(layer),
        carries=carries,
        ended=trace.ended,
        warned=incoming_mask is None or not traits_of(layer.type).drops_mask_silently,
    )
    return report, traces


def mask_of_model(trace: MaskTrace | None, rows: Sequence[Row]) -> MaskReport | None:
    """Return what a model within the model does with a mask, from the rows of its layers."""
    if trace is None:
        return None
    uses = any(row.mask is not None and row.mask.uses for row in rows)
    return MaskReport(trace.made, uses, carries=not trace.ended, ended=trace.ended)


def uses_masks(layer: Layer) -> bool:
    """Whether a layer, or what it applies to each step, leaves out masked steps, by a mask."""
    rule = find_rule(per_step_chain(layer)[-1].type)
    calls = rule.calls if rule is not None else {}
    return any(name == "mask" or name.endswith("_mask") for name in calls if "causal" not in name)


def _makes_steps(facts: Facts, incoming: Sequence[tuple[Tensor, MaskTrace | None]]) -> bool:
    """Whether the output counts steps and nothing that is read does (RepeatVector)."""
    return facts.outputs[0].time is not None and all(x.time is None for x, _ in incoming)
