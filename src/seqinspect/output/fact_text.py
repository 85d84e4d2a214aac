"""A fact as text: how a formula, a layer, a list or a difference is written, whoever shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.printing import tuple_text
from seqinspect.model.finding import (
    Argument,
    ArrayName,
    ExpectKey,
    Formula,
    KerasDifference,
    LayerName,
    LockedChange,
    MaskDifference,
    Missing,
    TimeDifference,
    Windows,
)
from seqinspect.model.masks import LEAVES_OUT
from seqinspect.output.text import listed
from seqinspect.readers.source.limits import truncate
from seqinspect.rules.reason_text import translation_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.finding import Difference, Fact, KerasValue, LockedValue, Shape
    from seqinspect.model.reasons import Translation

MISSING = {
    "unknown": "not known",
    "default": "its default",
    "no steps": "not known, or no output has time steps",
    "no weights": "it has no weights that steps could share",
    "no layer": "there is no layer `{}`",
    "no output": "there is no output `{}`",
    "many outputs": "there are several outputs: {}",
}
"""Why there is nothing to compare."""

LOCKED = {
    "type": "its class",
    "class": "the class that it imports",
    "arguments": "",
    "reuses": "whose weights it has",
    "stored": "where its weights are stored",
    "mask": "its mask",
    "params": "parameters",
    "trainable": "trainable parameters",
    "multiply_adds": "multiply-adds",
    "output": "output shape",
    "from": "its input",
    "reads": "what it reads",
    "depends": "what it depends on in",
    "weights": "weight",
    "inputs": "input",
    "dims": "size",
}
"""What the keys of a lock are called."""

FORMS = ("", "equation", "list", "and", "or")
"""The forms that are no nouns."""


def fact_text(fact: Fact, form: str = "") -> str:
    """Return a fact as text.

    `form` says how a number, a formula or a list is written: the noun that a number counts (`step`:
    "1 step", "10 steps"), `equation` for a formula with its number ("n×(n+1) = 72"), `list` for a
    shape as YAML has it ("[batch, T]"), or the word before the last entry of a list (`and`).
    """
    match fact:
        case bool():
            return str(fact).lower()
        case int() | Formula():
            return _number(fact, form)
        case str() | float():
            return str(fact)
        case LayerName():
            return f"{' in '.join(fact.classes)} `{fact.name}`"
        case ArrayName():
            return fact.name if fact.source == fact.name else f"{fact.name} ({fact.source})"
        case Windows():
            return _windows_text(fact)
        case ExpectKey():
            what = f"{fact.what} {fact.output}" if fact.output else fact.what
            return f"`{what}` of `{fact.layer}`" if fact.layer else f"`{what}`"
        case Missing():
            return MISSING[fact.reason].format(", ".join(map(truncate, fact.names)))
        case KerasDifference() | TimeDifference() | MaskDifference():
            return difference_text(fact)
    if all(isinstance(each, Formula | None) for each in fact):
        return shape_text(fact, form)  # type: ignore[arg-type]  # a tuple of these is a shape
    entries = [_entry(each) for each in fact if not isinstance(each, Formula | None)]
    if form:
        return listed(entries, form)
    separator = ", " if isinstance(fact[0], str | Argument) else "; "
    return separator.join(entries)


def _windows_text(windows: Windows) -> str:
    name, steps, column, features = windows
    after = {"own": ".swapaxes(1, 2)", "new": "[..., numpy.newaxis]", "": ""}[features]
    read = f"{name}[:, 0]" if column else name
    view = "numpy.lib.stride_tricks.sliding_window_view"
    return f"{name} = {view}({read}, {steps.text}, axis=0){after}"


def _number(number: int | Formula, form: str) -> str:
    if isinstance(number, int):
        text = f"{number:,}"
    else:
        text, value = number
        if form == "equation" and value is not None:
            return f"{value:,}" if text == str(value) else f"{text} = {value:,}"
        number = 0 if value is None else value
    return text if form in FORMS else f"{text} {form}{'' if number == 1 else 's'}"


def _entry(entry: str | Argument | LockedChange | Translation) -> str:
    match entry:
        case Argument():
            return f"{entry.name}: {fact_text(entry.value)}"
        case LockedChange():
            what = LOCKED.get(entry.key, entry.key)
            if entry.entry:
                what = f"{what} {entry.entry}".lstrip()
            return f"{what} was {_locked(entry.old)}, is {_locked(entry.new)}"
        case str():
            return entry
    return translation_text([entry])


def _locked(value: LockedValue) -> str:
    if value is None:
        return "none"
    return "nothing" if value == () else fact_text(value)


def shape_text(shape: Shape, form: str = "", unknown: str = "null") -> str:
    """Return a shape: (batch, T, n), or as a `list` [batch, T, n]."""
    sizes = [unknown if size is None else size.text for size in shape]
    return f"[{', '.join(sizes)}]" if form == "list" else tuple_text(sizes)


def difference_text(difference: Difference) -> str:
    """Return what seqinspect says of an output, a weight or a step, and what Keras says."""
    if isinstance(difference, TimeDifference):
        return _time_difference_text(difference)
    if isinstance(difference, MaskDifference):
        if difference.use in LEAVES_OUT:
            return (
                "seqinspect says that masked steps are left out, and in the experiment what stands"
                " at one moves an output"
            )
        return "seqinspect says that the mask marks no step, and in the experiment it marks some"
    _, of, name, ours, theirs = difference
    mine, its = _side(of, ours), _side(of, theirs)
    if theirs is None:
        return f"seqinspect says {name} {mine}, Keras has none"
    if ours is None:
        return f"Keras has {name} {its}, seqinspect does not"
    match of:
        case "outputs":
            return f"seqinspect says {mine}, Keras says {its}"
        case "output shape" | "output dtype":
            return f"{name}{': ' * bool(name)}seqinspect says {mine}, Keras says {its}"
        case "weight shape":
            return f"seqinspect says {name} {mine}, Keras says {its}"
        case "weight dtype" | "trainable":
            return f"seqinspect says {name} is {mine}, Keras says {its}"


def _time_difference_text(difference: TimeDifference) -> str:
    _, name, step, ours, theirs, inputs = difference
    at = "its output" if step is None else f"step {step}"
    sizes = ", ".join(f"{each} with {fact_text(steps, 'step')}" for each, steps in inputs if steps)
    return (
        f"seqinspect says that {at} depends on {_steps(ours)} of {name}, and the experiment moves"
        f" it with {_steps(theirs)} ({sizes})"
    )


def _steps(steps: Sequence[int]) -> str:
    if not steps:
        return "no step"
    return f"step {steps[0]}" if len(steps) == 1 else f"steps {steps[0]}…{steps[-1]}"


def _side(of: str, value: KerasValue) -> str:
    if isinstance(value, bool):
        return "trained" if value else "not trained"
    if isinstance(value, tuple):
        return shape_text(value, unknown="None")
    return "" if value is None else fact_text(value, "output" if of == "outputs" else "")
