"""Whether two models are the same function → a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.output.document import Document, Paragraph, Span, inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.keras_model.experiment.equal import Equality


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


def _facts(verdict: Equality) -> Iterator[str]:
    if verdict.equal:
        yield (
            f"with the same weights ({verdict.params[0]:,} parameters) and random inputs, the"
            f" largest difference is {amount(verdict.difference)}"
        )
    if verdict.parts:
        yield f"they part here: {verdict.parts}"
    elif not verdict.equal and verdict.difference is not None:
        yield f"the outputs differ by up to {verdict.difference:.2g}"
    yield from verdict.remarks
    if verdict.tried_model:
        yield f"tried with smaller sizes: {verdict.tried_model}"


def amount(difference: float | None) -> str:
    """Return a difference that is rounding, by its order: 0, below 1e-15."""
    if not difference:
        return "0"
    power = next((p for p in range(18, 0, -1) if difference < 10.0**-p), 0)
    return f"below 1e-{power}"
