"""What layers with an `axis` share: which axes they mean, and weights that differ along them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, prod
from seqinspect.errors import refuse
from seqinspect.model.remarks import OwnWeights
from seqinspect.records import replace
from seqinspect.rules.shapes import agree, axis_index, need_known, on_axes
from seqinspect.time.reach import Reach, each, everything

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from seqinspect.model.facts import Tensor
    from seqinspect.model.remarks import Remark
    from seqinspect.rules.arguments import Axes


def need_float(x: Tensor) -> None:
    """Refuse integers, which Keras does not convert and the backend cannot compute with."""
    if "float" not in x.dtype:
        refuse(
            f"cannot compute with {x.dtype}",
            received=x.dtype,
            expected="a float dtype",
            remedy="convert it first, by Embedding or Rescaling",
            about="dtype",
        )


def axis_list(axis: Axes) -> tuple[int, ...]:
    """The axes as a list, as they were written."""
    return axis if isinstance(axis, tuple) else (axis,)


def axes_of(axis: Axes, rank: int) -> tuple[int, ...]:
    """The axes counted from 0, in Keras's order: sorted as they were written."""
    axes = tuple(axis_index(one, rank) for one in sorted(axis_list(axis)))
    if len(set(axes)) < len(axes):
        refuse(
            "`axis` names an axis twice: Keras cannot sum over it",
            received=", ".join(map(str, axis_list(axis))),
            expected="different axes",
            argument="axis",
            about="value",
        )
    return axes


def known_sizes(x: Tensor, axes: Iterable[int]) -> tuple[Expr, ...]:
    """The sizes of the axes along which a layer has weights; refuses those that are not known."""
    for axis in axes:
        if axis == 0:
            need_known(x.shape[0], "the batch size", "name another `axis`, or fix the batch size")
        else:
            need_known(x.shape[axis], f"the size of axis {axis}")
    return tuple(x.shape[axis] for axis in axes)


def other_positions(x: Tensor, axes: Collection[int]) -> Expr:
    """At how many places one sample applies what works along `axes`."""
    return prod(size for axis, size in enumerate(x.shape) if axis > 0 and axis not in axes)


def with_weights(x: Tensor, axes: Iterable[int]) -> Tensor:
    """The tensor after weights that differ along `axes`: no copies of one vector any more."""
    if x.time_summary == "copies" and on_axes(x, axes):
        return replace(x, time_summary="")
    return x


def own_weights(x: Tensor, axes: Iterable[int], *names: str) -> tuple[Remark, ...]:
    """The remark that every step has its own weights, where the steps lie along `axes`."""
    return (OwnWeights(names),) if on_axes(x, axes) else ()


def equal_numbers(x: Tensor, axes: Iterable[int]) -> bool:
    """Whether all numbers along `axes` are one, or copies of it: less their mean they are 0."""
    copied = x.time if x.time_summary == "copies" else None
    return prod(x.shape[axis] for axis in axes if axis != copied).equals(1) is True


def fits_over(shape: Sequence[Expr], over: Sequence[Expr]) -> bool:
    """Whether a tensor can be laid over the last axes of another, as in a broadcast."""
    pairs = zip(reversed(shape), reversed(over), strict=False)
    return len(shape) <= len(over) and all(a.equals(1) or agree(a, b) for a, b in pairs)


def mask_reach(x: Tensor, mask: Tensor, *, mixed: bool) -> Reach:
    """Which steps of a mask the output reads; as Keras does, the mask lies along the last axes."""
    aligned = (
        mask.time is not None
        and x.time is not None
        and mask.time - mask.rank == x.time - x.rank
        and agree(mask.steps, x.steps)
    )
    if aligned and not mixed:
        return each(x.steps)
    return everything(mask.steps, x.steps)
