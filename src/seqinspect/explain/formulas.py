"""A layer's count, weight by weight: the formula, with numbers, and what each weight is for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod, total
from seqinspect.explain.data import WeightLine
from seqinspect.rules import traits_of
from seqinspect.rules.shapes import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Report, Row, WeightReport

NAME = re.compile(r"[^\W\d²³¹⁰⁴-⁹][^\W²³¹⁰⁴-⁹]*+(?!\()")
"""A name in a formula: no exponent is part of it, and it is not the name of a function."""


def equation(formula: Expr) -> str:
    """Return a formula, with numbers for its names, and its value: n×(n+1) = 8×(8+1) = 72."""
    parts = [formula.text(), substituted(formula)]
    if formula.value is not None:
        parts.append(f"{formula.value:,}")
    kept = [part for i, part in enumerate(parts) if i == 0 or part != parts[i - 1]]
    if len(kept) > 1 and kept[-1].replace(",", "") == kept[-2]:
        kept.pop(-2)
    return " = ".join(kept)


def _product(sizes: Sequence[Expr]) -> str:
    """Return the sizes of a weight multiplied, as written: n×(4×n) = 8×(4×8) = 256."""
    if len(sizes) < 2:
        return equation(prod(sizes))
    texts = [
        "×".join(map(factor, sizes)),
        "×".join(factor(size, substituted(size)) for size in sizes),
    ]
    value = prod(sizes).value
    texts += [f"{value:,}"] if value is not None else []
    return " = ".join(dict.fromkeys(texts))


def factor(size: Expr, text: str = "") -> str:
    """Return a size as it stands in a product: in brackets where it is a formula."""
    text = text or size.text()
    return f"({text})" if any(sign in text for sign in "+−×") else text


def substituted(formula: Expr) -> str:
    """Return a formula's text with numbers in place of the names that have one."""
    numbers = formula.numbers()
    return NAME.sub(lambda name: str(numbers.get(name[0], name[0])), formula.text())


def weight_lines(report: Report, row: Row) -> tuple[WeightLine, ...]:
    """Return the weights of a row one by one."""
    kinds = {
        inner.name: inner.type
        for inner in report.rows
        if inner.depth == row.depth + 1 and inner.path.startswith(f"{row.path}/")
    }
    lines = []
    said = set()
    for weight in row.weights:
        meaning = _meaning(weight, row, kinds)
        shape = shape_text(weight.symbolic)
        again = (meaning, shape) in said  # the other direction of a Bidirectional
        said.add((meaning, shape))
        lines.append(
            WeightLine(weight.name, shape, _product(weight.symbolic), "" if again else meaning)
        )
    return tuple(lines)


def reasons(row: Row) -> Iterator[str]:
    """Yield why the count is what it is, where people wonder."""
    if row.unsupported:
        yield f"No rule states this layer: {row.unsupported}."
    if row.translated:
        yield f"{row.translated[0].upper()}{row.translated[1:]}."
    if row.reuses is not None:
        yield f"These are the weights of {row.reuses}, which is called again: 0 new ones."
        return
    kinds = {weight.name.rpartition("/")[2]: weight for weight in row.weights}
    biases = [weight for weight in row.weights if weight.name.rpartition("/")[2] == "bias"]
    if traits_of(row.type).step_by_step and biases and len(biases[0].symbolic) == 2:
        more = total(bias.symbolic[1] for bias in biases)
        yield (
            "Every gate has two biases, one with the input and one with the state (reset_after:"
            " true, the default since TensorFlow 2). Older texts count one bias:"
            f" {equation(more)} fewer here."
        )
    if traits_of(row.type).both_directions:
        yield "Two layers of the same size, one for each direction, with weights of their own."
    if any(name in kinds for name in ("moving_mean", "moving_variance")):
        yield "Moving mean and variance are kept, not trained: they count as non-trainable."


def _meaning(weight: WeightReport, row: Row, kinds: dict[str, str]) -> str:
    """What a weight connects, for the layers that people ask about."""
    part, _, name = weight.name.rpartition("/")
    traits = traits_of(kinds.get(part, row.type))
    if (traits.applies_per_step or traits.both_directions) and len(kinds) == 1:
        traits = traits_of(next(iter(kinds.values())))
    sizes = [size.text() for size in weight.symbolic]
    if traits.gates:
        return _recurrent(traits.gates, name, weight.symbolic)
    match name:
        case "kernel" if traits.on_last_axis:
            return f"a row for each of {sizes[0]} features, a column for each of {sizes[1]} units"
        case "bias" if traits.on_last_axis:
            return "one for each unit"
        case "embeddings" if traits.looks_up:
            return f"a row of {sizes[1]} numbers for each of the {sizes[0]} words"
        case "kernel" if traits.convolves and len(sizes) == 3:
            return f"{sizes[0]} steps wide, {sizes[1]} channels in, {sizes[2]} filters"
        case "bias" if traits.convolves:
            return "one for each filter"
        case "gamma":
            return "a scale for each feature"
        case "beta":
            return "a shift for each feature"
    return ""


def _recurrent(gates: Sequence[str], name: str, sizes: Sequence[Expr]) -> str:
    several = len(gates) > 1
    width = f"{len(gates)} gates ({', '.join(gates)})" if several else gates[0]
    match name:
        case "kernel":
            return f"from the {sizes[0].text()} features of a step to the {width}"
        case "recurrent_kernel":
            to = "the same gates" if several else "the next"
            return f"from the state of the step before, of {sizes[0].text()}, to {to}"
        case "bias" if len(sizes) == 2:
            return "two for each gate and unit"
        case "bias":
            return "one for each gate and unit" if several else "one for each unit"
    return ""
