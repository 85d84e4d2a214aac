"""Multiply-adds of one step of a layer that is fed step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, FormulaTooLarge, as_expr, const, symbol, total
from seqinspect.errors import SpecError
from seqinspect.model.facts import Tensor
from seqinspect.records import NamedTuple, replace
from seqinspect.streaming.data import Role
from seqinspect.streaming.schedule import Stepwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.analysis.application import Applier
    from seqinspect.analysis.model_pass import Call
    from seqinspect.model.facts import Facts
    from seqinspect.streaming.data import Kept
    from seqinspect.streaming.schedule import Read

FED, ATTENDED = "steps fed", "steps attended to"  # no names that a spec can have
"""The numbers of steps of what comes step by step, while a rule says what they cost."""


class Work(NamedTuple):
    """Multiply-adds of one output step, and of what is made once for a window."""

    step: Expr
    once: Expr


def step_work(
    applier: Applier, call: Call, read: Sequence[Read], kept: Sequence[Kept]
) -> Work | None:
    """Return the multiply-adds of one output step; None where they are not known.

    Where steps are attended to, they are those at the end of the window.
    """
    marks = _marks(call, read)
    arguments = {name: _marked(x, marks.get(name, ())) for name, x in call.arguments.items()}
    try:
        facts = applier.evaluate_rule(call.node.layer, arguments)
    except (SpecError, FormulaTooLarge):
        return None
    steps = _steps_of_one(facts, read)
    keys = next((each.steps for each in kept if each.role is Role.CACHE), None)
    grows = any(each.grows for each in kept)
    attended = const(1) if keys is None else keys if grows else keys + 1
    one = {FED: steps, ATTENDED: const(1)}
    fed = any(mark is not None for group in marks.values() for mark in group)
    in_step: list[Expr] = []
    once: list[Expr] = []
    for weight in facts.weights:
        used = as_expr(weight.used)
        each_step = not fed or not {FED, ATTENDED}.isdisjoint(used.symbols())
        (in_step if each_step else once).append(weight.count * used.substitute(one))
    products = as_expr(facts.products).substitute({FED: steps, ATTENDED: attended})
    return Work(total([*in_step, products]).simplified(), total(once).simplified())


def _marks(call: Call, read: Sequence[Read]) -> dict[str, tuple[Expr | None, ...]]:
    """Return what stands for the number of steps of each tensor that comes step by step."""
    each = iter(read)
    return {name: tuple(_mark(next(each)) for _ in group) for name, group in call.sources.items()}


def _mark(read: Read) -> Expr | None:
    if not isinstance(read.form, Stepwise):
        return None
    attended = read.carried and read.role in ("key", "value")
    return symbol(ATTENDED if attended else FED, read.traced.tensor.steps.value)


def _marked(value: object, marks: Sequence[Expr | None]) -> object:
    """Return an argument of a call with the steps of what comes step by step marked."""
    if isinstance(value, tuple):
        return tuple(_marked(each, (mark,)) for each, mark in zip(value, marks, strict=False))
    mark = marks[0] if marks else None
    if not isinstance(value, Tensor) or value.time is None or mark is None:
        return value
    return replace(value, shape=(*value.shape[: value.time], mark, *value.shape[value.time + 1 :]))


def _steps_of_one(facts: Facts, read: Sequence[Read]) -> Expr:
    """Return how many input steps make one output step, with padding where there is some."""
    output = facts.outputs[0]
    widths = [
        span.last - span.first + 1
        for each in read
        if isinstance(each.form, Stepwise) and not each.carried
        for span in each.reach.spans
    ]
    for steps in (const(1), *widths):
        if output.time is None or output.steps.substitute({FED: steps}) == 1:
            return steps
    return const(1)
