"""What rules of several families share: ranks, axes, sizes, and layers that keep their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, Size, as_expr, prod
from seqinspect.algebra.printing import tuple_text
from seqinspect.errors import refuse
from seqinspect.model.facts import SIDE_BY_SIDE, Facts, Reads, Tensor, TimeSummary
from seqinspect.records import replace
from seqinspect.time.reach import Reach, each, everything

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.model.remarks import Remark


def shape_text(shape: Iterable[Size]) -> str:
    """A shape as a person reads it: (batch, T, n)."""
    return tuple_text(as_expr(size).plain().text() for size in shape)


def need_rank(x: Tensor, rank: int, axes: str) -> None:
    """Refuse a tensor that has not exactly `rank` axes; `axes` names the ones that are due."""
    if x.rank != rank:
        _wrong_rank(x, f"{rank} axes {axes}")


def need_min_rank(x: Tensor, rank: int, axes: str) -> None:
    """Refuse a tensor with fewer than `rank` axes."""
    if x.rank < rank:
        _wrong_rank(x, f"at least {rank} axes {axes}")


def _wrong_rank(x: Tensor, due: str) -> None:
    refuse(
        f"needs {due} and receives {x.rank}: {shape_text(x.shape)}",
        received=shape_text(x.shape),
        expected=due,
        about="rank",
    )


def need_known(size: Expr, what: str, remedy: str = "") -> None:
    """Refuse a size that is None in Keras, where Keras must know it to make a weight."""
    if size.is_unfixed:
        refuse(
            f"needs to know {what}, and it is not fixed ({size.text()})",
            received=size.text(),
            expected="a number",
            remedy=remedy or "give it a number under `dims` or in the input's shape",
            about="unknown size",
        )


def agree(a: Size, b: Size) -> bool:
    """Whether two sizes may be equal: they are, as numbers, or one of them is not known."""
    return as_expr(a).equals(b) is not False


def as_known(a: Expr, b: Expr) -> bool:
    """Whether two sizes are the same to Keras: equal as numbers, or both of them not known."""
    equal = a.equals(b)
    return (a.shown is None and b.shown is None) if equal is None else equal


def axis_index(axis: int, rank: int, name: str = "axis") -> int:
    """The axis counted from 0, from one that may be counted from the end."""
    if not -rank <= axis < rank:
        refuse(
            f"`{name}` {axis} does not exist in a tensor of {rank} axes",
            received=str(axis),
            expected=f"{-rank} to {rank - 1}",
            argument=name,
            about="value",
        )
    return axis % rank


def positions(x: Tensor) -> Expr:
    """At how many places one sample applies a kernel that works on the last axis."""
    return prod(x.shape[1:-1])


def summary_of(x: Tensor) -> TimeSummary:
    """What is left of time in a tensor that loses its time axis by mixing all of its steps."""
    return "all" if x.time is not None else mixed_summary(x.time_summary)


def mixed_summary(summary: TimeSummary) -> TimeSummary:
    """What a tensor knows of time once its features are mixed: of folded steps, one summary."""
    return "all" if summary in SIDE_BY_SIDE else summary


def every_step(
    x: Tensor, output: Tensor, *, applications: Size | None = None, remarks: tuple[Remark, ...] = ()
) -> Facts:
    """Facts of a layer without weights whose output step t reads step t of its input."""
    return Facts(
        outputs=(output,),
        reads="each",
        reaches=(each(x.steps),),
        applications=x.steps if applications is None else applications,
        remarks=remarks,
    )


def over_axes(x: Tensor, axes: Iterable[int]) -> tuple[Reads, Reach]:
    """What is read by a layer that keeps its shape and mixes along `axes` (softmax, a norm)."""
    if on_axes(x, axes):
        return "all", everything(x.steps)
    return "each", each(x.steps)


def on_axes(x: Tensor, axes: Iterable[int]) -> bool:
    """Whether the steps of a tensor lie along one of the axes: on it, or folded into it."""
    along = x.rank - 1 if x.fold is not None else x.time
    return along is not None and along in axes


def replace_axis(x: Tensor, axis: int, size: Size) -> Tensor:
    """The tensor with one axis made anew; if its steps lay along that axis, they are mixed."""
    shape = (*x.shape[:axis], as_expr(size), *x.shape[axis + 1 :])
    if on_axes(x, (axis,)):
        return replace(x, shape=shape, time=None, fold=None, time_summary="all")
    summary = mixed_summary(x.time_summary) if axis == x.rank - 1 else x.time_summary
    return replace(x, shape=shape, time_summary=summary)
