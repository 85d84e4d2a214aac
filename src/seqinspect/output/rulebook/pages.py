"""What every form of the rule book says: a page's facts in words, in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.report.time_notes import time_note
from seqinspect.output.text import CONVENTION
from seqinspect.rulebook.pages import changed_facts
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.report import Row
    from seqinspect.rulebook.pages import Argument, CallArgument, Page, Variant


def outputs(row: Row) -> str:
    """Return the shapes of all outputs."""
    return ", ".join(shape_text(output.symbolic) for output in row.outputs)


def called_on(received: CallArgument) -> str:
    """Say what a call argument is, with the shape that the page shows it with."""
    if received.shapes:
        shapes = ", ".join(map(shape_text, received.shapes))
        return f"[{shapes}]" if received.listed else shapes
    return received.takes if received.required else f"optional: {received.takes}"


def argument_text(argument: Argument) -> str:
    """Say what an argument does, and each of its values that is a word."""
    choices = "; ".join(f"{value}: {words}" for value, words in argument.choices)
    return " ".join(filter(None, (argument.words, choices and f"{choices}.")))


def common(page: Page) -> str:
    """Say which arguments of all layers the class takes, and which it refuses."""
    taken = f"Like other layers it takes {', '.join(page.common)}."
    return f"{taken} Unlike them it has no {', '.join(page.lacks)}." if page.lacks else taken


def given(page: Page) -> str:
    """Return the arguments that the page needed to show anything."""
    return ", ".join(f"{name}: {value}" for name, value in page.example_arguments)


def facts(page: Page) -> list[tuple[str, str]]:
    """Return what follows from the weights and shapes: labels and sentences."""
    row = page.row
    found = [("Parameters", row.formula.text() if row.weights else "none")]
    found.append(("Multiply-adds", _multiply_adds(row)))
    found.append(("Output shape", outputs(row)))
    found.append(("Time steps", _time(row)))
    return found


def effects(page: Page, variant: Variant) -> Iterator[str]:
    """Say what an option changes, fact by fact."""
    row, other = page.row, variant.row
    differences = changed_facts(row, other)
    if variant.shapes is not None:
        shapes = ", ".join(map(shape_text, variant.shapes))
        yield f"called on [{shapes}]" if len(variant.shapes) > 1 else f"called on {shapes}"
    if "weights" in differences:
        yield from _weights(row, other)
    if "parameters" in differences:
        yield f"parameters {other.formula.text() if other.weights else 'none'}"
    if "multiply-adds" in differences:
        yield f"multiply-adds {other.multiply_adds.plain().text()}"
    if "output" in differences:
        yield f"output {outputs(other)}"
    if "time steps" in differences:
        yield f"time: {_time(other)}"


def _weights(row: Row, other: Row) -> Iterator[str]:
    before = {weight.name: weight for weight in row.weights}
    after = {weight.name: weight for weight in other.weights}
    gone = [name for name in before if name not in after]
    if gone:
        yield f"without {', '.join(gone)}"
    for name, weight in after.items():
        old = before.get(name)
        if old is None or old.symbolic != weight.symbolic:
            yield f"{name} {shape_text(weight.symbolic)}"
        elif old.trainable != weight.trainable:
            yield f"{name} is {'' if weight.trainable else 'not '}trained"


def _multiply_adds(row: Row) -> str:
    text = row.multiply_adds.plain().text()
    return text if text == "0" else f"{text}  ({CONVENTION})"


def _time(row: Row) -> str:
    if row.time is None:
        return "no time steps on this input"
    return time_note(row, in_names=True) or "nothing is said"
