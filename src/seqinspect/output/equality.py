"""Whether two models are the same function → a document, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.compare.equality import (
    HALVES,
    Contained,
    InputCounts,
    LeftOut,
    MoreUnmatched,
    OtherInput,
    OtherOutput,
    OutputCounts,
    Relation,
    SameCounts,
    Unmatched,
)
from seqinspect.model.json_text import json_text
from seqinspect.output.document import Document, Paragraph, Span, inline
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seqinspect.compare.equality import Equality, Parting, Remark, Returned

RELATIONS: Mapping[Relation, str] = {
    Relation.LAST_STEP: "at the last step",
    Relation.FIRST_STEP: "at the first step",
    Relation.REVERSED: "with its steps in reversed order",
}

LEFT_OUT: Mapping[LeftOut, str] = {
    LeftOut.EARLIER_BATCHES: "stateful layers start from zeros here, as in a first batch",
    LeftOut.NOISE: "as in inference, where dropout and noise do nothing",
}


def document(verdict: Equality, names: tuple[str, str]) -> Document:
    """Return the verdict on the models that are read from two specs."""
    said = "equal: the same function" if verdict.equal else "not equal: not the same function"
    first, second = (
        Paragraph((Span(f"{letter}  "), Span(name, "path")), indent=1)
        for letter, name in zip("AB", names, strict=True)
    )
    facts = (Paragraph(inline(fact), indent=1) for fact in _facts(verdict))
    heading = Paragraph(inline(said, "good" if verdict.equal else "bad"))
    return Document("equal", (heading, first, second, *facts))


def json(verdict: Equality, names: tuple[str, str]) -> str:
    """Return the verdict as JSON: the same sentences, and the numbers."""
    data = {
        "equal": verdict.equal,
        "a": names[0],
        "b": names[1],
        "params": list(verdict.params),
        "difference": verdict.difference,
        "parts": None if verdict.parting is None else parting_text(verdict.parting),
        "remarks": list(map(remark_text, verdict.remarks)),
        "tried": _tried(verdict) or None,
    }
    return json_text(data) + "\n"


def _facts(verdict: Equality) -> Iterator[str]:
    if verdict.equal:
        yield (
            f"with the same weights ({verdict.params[0]:,} parameters) and random inputs, the"
            f" largest difference is {amount(verdict.difference)}"
        )
    if verdict.parting is not None:
        yield f"they part here: {parting_text(verdict.parting)}"
    elif not verdict.equal and verdict.difference is not None:
        yield f"the outputs differ by up to {verdict.difference:.2g}"
    yield from map(remark_text, verdict.remarks)
    if verdict.tried:
        yield f"tried with smaller sizes: {_tried(verdict)}"


def parting_text(parting: Parting) -> str:
    """Say where two models part."""
    match parting:
        case InputCounts((a, b)):
            return f"A has {a} inputs, B has {b}"
        case OutputCounts((a, b)):
            return f"A has {a} outputs, B has {b}"
        case OtherInput(what, inputs):
            first, second = (model_input.tensor for model_input in inputs)
            one, other = inputs[0].name, inputs[1].name
            if what == "dtype":
                return f"A takes {first.dtype} as {one}, B takes {second.dtype}"
            shapes = [shape_text(tensor.symbolic) for tensor in (first, second)]
            if shapes[0] == shapes[1]:
                shapes = [str(tensor.shape) for tensor in (first, second)]
            return f"A takes {shapes[0]} as {one}, B takes {shapes[1]} as {other}"
        case OtherOutput(returned, by):
            sides = zip(HALVES, returned, strict=True)
            text = "; ".join(_returned(half, each) for half, each in sides)
            same = ": the shape is the same, and the numbers differ by up to"
            return text if by is None else f"{text}{same} {by:.2g}"


def _returned(half: str, returned: Returned) -> str:
    shape = shape_text(returned.shape)
    return f"{half}'s {returned.name} ({returned.type}) returns {shape}"


def remark_text(remark: Remark) -> str:
    """Say what else there is to know of the comparison."""
    match remark:
        case Unmatched(half, layer, name, shape):
            other = HALVES[half == "A"]
            weight = f"{layer} {name} {shape_text(shape)}"
            return f"{half} has {weight}, and {other} has no such weight"
        case MoreUnmatched(count):
            return f"and {count} more weights without a counterpart"
        case SameCounts(params):
            return (
                f"both have {params:,} parameters, in weights of the same shapes: the number of"
                " parameters does not tell them apart"
            )
        case Contained(half, relation):
            other = HALVES[half == "A"]
            return f"{other}'s output is {half}'s output {RELATIONS[relation]}"
        case LeftOut():
            return LEFT_OUT[remark]


def _tried(verdict: Equality) -> str:
    return ", ".join(f"{name} of {'×'.join(map(str, shape))}" for name, shape in verdict.tried)


def amount(difference: float | None) -> str:
    """Return a difference that is rounding, by its order: 0, below 1e-15."""
    if not difference:
        return "0"
    power = next((p for p in range(18, 0, -1) if difference < 10.0**-p), 0)
    return f"below 1e-{power}"
