"""The weights of a layer one by one, each with what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.explain.data import Role, WeightFact
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqinspect.model.report import Report, Row, WeightReport
    from seqinspect.rules import Traits


def weights_of(report: Report, row: Row) -> tuple[WeightFact, ...]:
    """Return the weights of a row one by one."""
    kinds = {
        inner.name: inner.type
        for inner in report.rows
        if inner.depth == row.depth + 1 and inner.path.startswith(f"{row.path}/")
    }
    found = []
    said = set()
    for weight in row.weights:
        traits = _traits(weight, row, kinds)
        role = _role(weight, traits)
        key = (role, traits.gates, weight.symbolic)
        again = key in said  # the other direction of a Bidirectional
        said.add(key)
        found.append(WeightFact(weight, None if again else role, traits.gates))
    return tuple(found)


def _traits(weight: WeightReport, row: Row, kinds: Mapping[str, str]) -> Traits:
    """Return what the layer is that a weight belongs to: a wrapper's is that of its layer."""
    traits = traits_of(kinds.get(weight.name.rpartition("/")[0], row.type))
    if (traits.applies_per_step or traits.both_directions) and len(kinds) == 1:
        return traits_of(next(iter(kinds.values())))
    return traits


def _role(weight: WeightReport, traits: Traits) -> Role | None:
    """Return what a weight connects, for the layers that people ask about."""
    name, axes = weight.name.rpartition("/")[2], len(weight.symbolic)
    match name:
        case "kernel" if traits.gates:
            return Role.INPUT_KERNEL
        case "recurrent_kernel" if traits.gates:
            return Role.STATE_KERNEL
        case "bias" if traits.gates:
            if axes > 1:
                return Role.GATE_BIASES
            return Role.GATE_BIAS if len(traits.gates) > 1 else Role.UNIT_BIAS
        case "kernel" if traits.on_last_axis:
            return Role.DENSE_KERNEL
        case "bias" if traits.on_last_axis:
            return Role.UNIT_BIAS
        case "embeddings" if traits.looks_up:
            return Role.EMBEDDINGS
        case "kernel" if traits.convolves and axes == 3:
            return Role.WINDOW_KERNEL
        case "bias" if traits.convolves:
            return Role.FILTER_BIAS
        case "gamma" if not traits.gates:
            return Role.SCALE
        case "beta" if not traits.gates:
            return Role.SHIFT
    return None
