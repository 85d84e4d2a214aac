"""What a model costs: each quantity as a formula in the sizes of its spec, and as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from seqinspect.algebra.expression import Expr, const, maximum, total
from seqinspect.analysis.memory import (
    OPTIMIZER_SLOTS,
    bytes_at_batch,
    bytes_of_weights,
    forward_activations,
    forward_bytes,
    number_of_bytes,
    training_bytes,
    training_bytes_in_numbers,
    with_memory,
)
from seqinspect.model.report import sum_known
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.space.amounts import Quantity

    Place: TypeAlias = Callable[[Expr], Expr]

OPTIMIZERS = tuple(OPTIMIZER_SLOTS)


class Running(NamedTuple):
    """How a model is run, for its memory: samples at once, what trains it, and streams at once."""

    batch: int = 32
    optimizer: str = "adam"
    streams: int = 1


class Cost(NamedTuple):
    """A quantity as formulas: the sum of `parts`, and the largest of `peaks` where there are some.

    Sums are not added up: a model of many layers has many terms.
    """

    parts: tuple[Expr, ...]
    peaks: tuple[Expr, ...] = ()

    @property
    def shown(self) -> int | None:
        """Its number at the sizes at hand; None where one of them is not known."""
        parts = sum_known(part.shown for part in self.parts)
        peaks = [peak.shown for peak in self.peaks]
        known = [peak for peak in peaks if peak is not None]
        if parts is None or len(known) < len(peaks):
            return None
        return parts + max(known, default=0)

    def formula(self, place: Place) -> Expr:
        """Return one formula, of what `place` makes of every part of it.

        Raises FormulaTooLarge where it is too long.
        """
        whole = total(map(place, self.parts))
        peaks = undominated([*dict.fromkeys(map(place, self.peaks))])
        return whole + maximum(*peaks) if peaks else whole


def cost(graph: Graph, report: Report, quantity: Quantity, running: Running) -> Cost | None:
    """Return what a model costs, for all sizes; None where part of it is not known."""
    if quantity == "stream_bytes":
        kept = kept_bytes(graph, report)
        return None if kept is None else Cost((kept * running.streams,))
    counted = [row for row in report.counted if row.reuses is None]
    if quantity == "multiply_adds":
        top = [row for row in report.top if row.used]
        if not all(row.work_known for row in report.top):
            return None
        return Cost(tuple(row.multiply_adds.plain() for row in top))
    if not report.complete:
        return None
    if quantity == "params":
        return Cost(tuple(row.formula.plain() for row in counted))
    weights = tuple(bytes_of_weights(w for row in counted for w in row.weights))
    if quantity == "bytes":
        return Cost(weights)
    if quantity == "memory":
        peaks = forward_activations(graph, report)
        return None if peaks is None else _at_batch(Cost(weights, peaks), running.batch)
    trained = training_bytes(report, running.optimizer)
    if trained is None or report.stored:
        return None
    return _at_batch(Cost((*weights, *trained)), running.batch)


def numbers(
    graph: Graph, report: Report, quantities: Iterable[Quantity], running: Running
) -> dict[str, int | None]:
    """Return what a model costs at the sizes at hand, as `cost` at them; no formula is made."""
    counted = [row for row in report.counted if row.reuses is None]
    weights = sum_known(
        number_of_bytes(each.symbolic, each.dtype) for row in counted for each in row.weights
    )
    known = report.complete
    found: dict[str, int | None] = {}
    for quantity in quantities:
        beside: int | None = 0
        match quantity:
            case "multiply_adds":
                used = sum_known(row.multiply_adds.shown for row in report.top if row.used)
                found[quantity] = used if all(row.work_known for row in report.top) else None
                continue
            case "params":
                found[quantity] = sum_known(row.formula.shown for row in counted) if known else None
                continue
            case "memory":
                beside = forward_bytes(graph, report, running.batch)
            case "training_memory":
                beside = training_bytes_in_numbers(report, running.optimizer, running.batch)
                beside = None if report.stored else beside
            case "bytes":
                pass
        whole = sum_known((weights, beside))
        found[quantity] = whole if known else None
    return found


def number(graph: Graph, report: Report, quantity: Quantity, running: Running) -> int | None:
    """Return what a model costs at the sizes at hand, as its report has it; None if not known."""
    if quantity == "stream_bytes":
        kept = kept_bytes(graph, report)
        return None if kept is None or kept.value is None else kept.value * running.streams
    if quantity == "multiply_adds":
        known = all(row.work_known for row in report.top)
        return report.multiply_adds.value if known else None
    if not report.complete:
        return None
    if quantity == "params":
        return report.params
    if quantity == "bytes":
        return report.bytes
    measured = with_memory(graph, report, batch=running.batch, optimizer=running.optimizer)
    memory = measured.memory
    if memory is None:
        return None
    weights = total(size for _, size in memory.weights)
    if quantity == "memory":
        held = None if memory.forward is None else memory.forward.bytes + weights
    elif memory.training is None or report.stored:
        held = None
    else:
        held = total((weights, memory.gradients, memory.state, memory.training.bytes))
    return None if held is None else bytes_at_batch(held, memory.batch)


def kept_bytes(graph: Graph, report: Report) -> Expr | None:
    """Return what one stream keeps between steps; None where a model cannot be fed so."""
    from seqinspect.streaming.analyse import streaming  # noqa: PLC0415 - where it is asked for

    found = streaming(graph, report)
    return found.kept_bytes.plain() if found.answer == "yes" else None


def _at_batch(whole: Cost, batch: int) -> Cost:
    """Return a cost with the batch as a number."""
    numbers = {"batch": const(batch)}

    def placed(formulas: Sequence[Expr]) -> tuple[Expr, ...]:
        return tuple(each.substitute(numbers).plain() for each in formulas)

    return Cost(placed(whole.parts), placed(whole.peaks))


def undominated(formulas: Sequence[Expr]) -> list[Expr]:
    """Return the formulas that can be the largest: none that another one plainly exceeds."""
    kept: list[Expr] = []
    for formula in formulas:
        if any((each - formula).plainly_nonnegative for each in kept):
            continue
        kept = [each for each in kept if not (formula - each).plainly_nonnegative]
        kept.append(formula)
    return kept


def closed_in(sizes: Mapping[str, Expr]) -> Place:
    """Return what writes a formula in the names that are left once `sizes` take their places."""

    def placed(formula: Expr) -> Expr:
        return formula.expanded().substitute(sizes).plain()

    return placed
