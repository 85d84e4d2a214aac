"""Sizes, formulas and steps as the long answer writes them, a few words each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod
from seqinspect.output.report.time_notes import ordinal
from seqinspect.output.text import factor, size_text, sized
from seqinspect.time.reach import STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Depends

NAME = re.compile(r"[^\W\d²³¹⁰⁴-⁹][^\W²³¹⁰⁴-⁹]*+(?!\()")
"""A name in a formula: no exponent is part of it, and it is not the name of a function."""


def named(size: Expr) -> str:
    """Return a size with its number: T = 10; 10; T."""
    return sized(size.plain())


def number(size: Expr) -> str:
    """Return a size as a number, or as its formula where it has none."""
    return size_text(size) if size.value is None else f"{size.value:,}"


def last_of(steps: Expr) -> str:
    """Return the index of the last of some steps: 9, or T−1."""
    return number(steps - 1)


def times(count: Expr) -> str:
    """Return how often something happens."""
    return "once" if count.value == 1 else f"{number(count)} times"


def counted_steps(steps: Expr) -> str:
    """Return a number of steps: all T = 10 steps; the one step."""
    return "the one step" if steps.value == 1 else f"all {named(steps)} steps"


def span_of(depends: Depends) -> str:
    """Return which steps output step t depends on: step t, the steps 0…t."""
    if depends.first is None or depends.last is None:
        return "some steps"
    first, last = size_text(depends.first), size_text(depends.last)
    if first == last:
        return f"step {first}"
    if depends.every > 1:
        return f"every {ordinal(str(depends.every))} step of {first}…{last}"
    if depends.every == 0:
        return f"steps between {first} and {last}"
    return f"the steps {first}…{last}"


def is_own_step(depends: Depends) -> bool:
    """Whether output step t depends on step t and on no other."""
    return depends.first == depends.last == STEP


def substituted(formula: Expr) -> str:
    """Return a formula, with numbers for its names, and its value: n×(n+1) = 8×(8+1) = 72."""
    parts = [formula.text(), _in_numbers(formula)]
    if formula.value is not None:
        parts.append(f"{formula.value:,}")
    kept = [part for i, part in enumerate(parts) if i == 0 or part != parts[i - 1]]
    if len(kept) > 1 and kept[-1].replace(",", "") == kept[-2]:
        kept.pop(-2)
    return " = ".join(kept)


def product(sizes: Sequence[Expr]) -> str:
    """Return the sizes of a weight multiplied, as written: n×(4×n) = 8×(4×8) = 256."""
    if len(sizes) < 2:
        return substituted(prod(sizes))
    texts = [
        "×".join(factor(size.text()) for size in sizes),
        "×".join(factor(_in_numbers(size)) for size in sizes),
    ]
    value = prod(sizes).value
    texts += [f"{value:,}"] if value is not None else []
    return " = ".join(dict.fromkeys(texts))


def sentence(text: str) -> str:
    """Return a few words as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def _in_numbers(formula: Expr) -> str:
    """Return a formula's text with numbers in place of the names that have one."""
    numbers = formula.numbers()
    return NAME.sub(lambda name: str(numbers.get(name[0], name[0])), formula.text())
