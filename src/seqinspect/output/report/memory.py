"""Memory → words: each amount as a formula and a number, and what is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import total_to_show
from seqinspect.analysis.memory import OPTIMIZER_SLOTS, bytes_at_batch
from seqinspect.output.text import memory as shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.memory import Activations, Memory
    from seqinspect.model.report import Report

CONVENTION = (
    "activations are what layers return and what the model reads; a forward pass keeps each until"
    " the last layer that reads it has run, training keeps all. What layers need within themselves"
    " and what the backend adds is not counted."
)


def lines(report: Report) -> Iterator[tuple[str, str]]:
    """Yield labels and sentences on the memory of a model, if it was measured."""
    memory = report.memory
    if memory is None:
        return
    weights = total_to_show(size for _, size in memory.weights)
    least = "" if report.complete else "at least "
    least_trained = "at least " if report.stored else least
    yield "Memory", f"for a batch of {memory.batch:,}; {CONVENTION}"
    yield (
        "Weights",
        least
        + (
            "; ".join(f"{dtype}: {_amount(size, memory)}" for dtype, size in memory.weights)
            or "none"
        ),
    )
    slots = OPTIMIZER_SLOTS[memory.optimizer]
    own = (memory.state - memory.gradients * slots).text()
    kept = ("nothing", "1 number", "2 numbers")[slots]
    numbers = f"{kept} for each trained weight, and {own} bytes of its own"
    yield "Gradients", least_trained + _amount(memory.gradients, memory)
    state = least_trained + _amount(memory.state, memory)
    yield "Optimizer", f"{memory.optimizer} keeps {numbers}: {state}"
    yield "Forward", _activations(memory.forward, memory, weights, least)
    training = total_to_show((weights, memory.gradients, memory.state))
    yield "Training", _activations(memory.training, memory, training, least_trained)


def _activations(activations: Activations | None, memory: Memory, rest: Expr, least: str) -> str:
    if activations is None:
        return "not known: a size is not known"
    text = f"activations {_amount(activations.bytes, memory)}"
    if activations.at:
        text += f", while `{activations.at}` runs"
    whole = bytes_at_batch(total_to_show((rest, activations.bytes)), memory.batch)
    return text if whole is None else f"{text}; in all {least}{shown(whole)}"


def _amount(size: Expr, memory: Memory) -> str:
    """Return bytes as a formula and a number."""
    number, text = bytes_at_batch(size, memory.batch), size.text()
    if number is None:
        return f"{text} bytes"
    return shown(number) if text in (str(number), f"{number:,}") else f"{text} = {shown(number)}"
