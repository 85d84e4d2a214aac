"""What a layer states on other steps than those of its call, as on a single one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import FormulaTooLarge, as_expr, const
from seqinspect.errors import SpecError
from seqinspect.model.facts import Tensor
from seqinspect.model.remarks import Peculiarity
from seqinspect.records import replace
from seqinspect.rules import traits_of
from seqinspect.streaming.keeping import is_window
from seqinspect.streaming.schedule import Stepwise
from seqinspect.time.reach import moves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.analysis.application import Applier
    from seqinspect.analysis.model_pass import Call
    from seqinspect.model.facts import Facts
    from seqinspect.streaming.schedule import Read


def runs_on_one_step(applier: Applier, call: Call, read: Sequence[Read]) -> bool:
    """Whether a layer that is made for all steps can be called on one alone.

    It can where its weights, the arrays that it makes and its output stay, but for the steps.
    """
    own, facts = call.facts, facts_on(applier, call, read, 1)
    if facts is None or _runs_wider(facts) is not _runs_wider(own):
        return False
    time = own.outputs[0].time
    due = [const(1) if axis == time else s for axis, s in enumerate(own.outputs[0].shape)]
    return due == [*facts.outputs[0].shape] and [*_arrays(own)] == [*_arrays(facts)]


def has_numbers_of_steps(applier: Applier, call: Call, read: Sequence[Read]) -> bool:
    """Whether what a layer makes of one step may hang on which one it is.

    So it is where it has weights or numbers for each step, and cannot be called on one alone.
    """
    fed = [each for each in read if isinstance(each.form, Stepwise) and each.reach]
    windows = any(is_window(span) for each in fed for span in each.reach.spans)
    if not fed or windows or traits_of(call.node.layer.type).rearranges:
        return False
    return not runs_on_one_step(applier, call, read)


def facts_on(applier: Applier, call: Call, read: Sequence[Read], steps: int) -> Facts | None:
    """Return what a layer states on so many steps of what comes step by step; None if nothing."""
    fed = {id(each.traced) for each in read if _comes_by_step(each)}

    def cut(value: object, name: str, index: int = 0) -> object:
        if isinstance(value, tuple):
            return tuple(cut(each, name, at) for at, each in enumerate(value))
        group = call.sources.get(name, ())
        if not isinstance(value, Tensor) or value.time is None or index >= len(group):
            return value
        if id(group[index]) not in fed:
            return value
        shape = (*value.shape[: value.time], const(steps), *value.shape[value.time + 1 :])
        return replace(value, shape=shape)

    arguments = {name: cut(value, name) for name, value in call.arguments.items()}
    try:
        return applier.evaluate_rule(call.node.layer, arguments)
    except (SpecError, FormulaTooLarge):
        return None


def _comes_by_step(read: Read) -> bool:
    """Whether a call gets new steps of a tensor alone, also of one that is there as a whole."""
    return isinstance(read.form, Stepwise) or any(moves(span.last) for span in read.reach.spans)


def _arrays(facts: Facts) -> Iterator[tuple[Expr, ...]]:
    """Yield the shapes of all arrays that a layer has, also of layers within it."""
    yield from (tuple(map(as_expr, weight.shape)) for weight in facts.weights)
    yield from _constants(facts)


def _constants(facts: Facts) -> Iterator[tuple[Expr, ...]]:
    yield from (tuple(map(as_expr, shape)) for shape in facts.constants)
    for part in facts.parts:
        yield from _constants(part.facts)


def _runs_wider(facts: Facts) -> bool:
    parts = (part.facts for part in facts.parts)
    return Peculiarity.RUNS_WIDER in facts.remarks or any(map(_runs_wider, parts))
