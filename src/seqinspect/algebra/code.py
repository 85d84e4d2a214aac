"""Formulas as Python code, to compute them at many sizes at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from seqinspect.algebra.polynomial import FLOOR, SYMBOL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.algebra.polynomial import Atom, Terms

    Column = Sequence[int]
    Compute = Callable[..., list[Any]]


def compute(formula: Expr, names: Sequence[str], after: str = "") -> Compute:
    """Return what computes a formula, given a column of numbers for each name.

    `after` is Python that follows the formula in parentheses, such as `< 0`. The code is made of
    numbers and of names that are made here: no text of a user's is in it.
    """
    variables = {name: f"v{index}" for index, name in enumerate(names)}
    return _compiled(f"({_terms(formula.plain()._terms, variables)}){after}", len(names))


@cache
def _compiled(source: str, count: int) -> Compute:
    names = ", ".join(f"v{index}" for index in range(count))
    columns = ", ".join(f"c{index}" for index in range(count))
    pairs = f"zip({columns})" if count > 1 else "c0"
    code = compile(f"lambda {columns}: [{source} for {names} in {pairs}]", "<formula>", "eval")
    return cast("Compute", eval(code, {"__builtins__": {}, "max": max, "min": min, "zip": zip}))


def _terms(terms: Terms, names: dict[str, str]) -> str:
    """Write a sum."""
    parts = []
    for monomial, number in terms.items():
        factors = [_atom(atom, names) for atom in monomial]
        if number != 1 or not factors:
            factors.insert(0, f"({number})" if number < 0 else str(number))
        parts.append("*".join(factors))
    return "+".join(parts) or "0"


def _atom(atom: Atom, names: dict[str, str]) -> str:
    if atom.kind == SYMBOL:
        return names[atom.name]
    parts = [f"({_terms(argument, names)})" for argument in atom.arguments]
    return f"({parts[0]}//{parts[1]})" if atom.kind == FLOOR else f"{atom.kind}({','.join(parts)})"
