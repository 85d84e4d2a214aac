"""Reshaping: the same values arranged otherwise; nothing is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, Size, as_expr, prod, symbol
from seqinspect.errors import refuse
from seqinspect.model.facts import Facts, Fold, Reads, Tensor, TimeSummary
from seqinspect.model.remarks import Peculiarity
from seqinspect.records import dataclass, replace
from seqinspect.rules.registry import rule
from seqinspect.rules.shapes import need_rank, shape_text
from seqinspect.rules.traits import Traits
from seqinspect.time.reach import STEP, Reach, at_most, each, everything, window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal as AnyCase

    from seqinspect.rules.arguments import Axes, Shape


@rule("Flatten", keeps_dtype=True, traits=Traits(rearranges="flatten", weightless=True))
def flatten(
    inputs: Tensor, *, data_format: AnyCase["channels_last", "channels_first"] | None = None
) -> Facts:
    """All values of a sample side by side in one vector: every step's features after each other.

    (batch, T, features) gives (batch, T×features).

    Source: keras.layers.Flatten.
    """
    axes = [*range(1, inputs.rank)]
    if data_format == "channels_first":
        axes = axes[1:] + axes[:1]
    fold, reach = Grid.of(inputs, axes).fold, each(inputs.steps)
    if inputs.time is not None and inputs.steps == 1:  # an item's id: one step counts no time
        fold, inputs, reach = None, replace(inputs, time_summary="last"), everything(inputs.steps)
    return Facts(
        outputs=(
            inputs.to(
                inputs.shape[0],
                prod(inputs.shape[1:]),
                time=None,
                fold=fold,
                time_summary="folded" if fold else inputs.time_summary,
            ),
        ),
        reads="each" if inputs.time is None else "all",
        reaches=(reach,),
    )


@rule(
    "Reshape",
    keeps_dtype=True,
    traits=Traits(rearranges="reshape", hides_steps=True, weightless=True),
)
def reshape(inputs: Tensor, *, target_shape: Shape) -> Facts:
    """The same values, in the same order, in axes of other sizes.

    target_shape: without the batch; −1 for one size that follows from the others.

    Source: keras.layers.Reshape.
    """
    sizes = _resolved(inputs, target_shape)
    grid = Grid.of(inputs, range(1, inputs.rank))
    output, reads, reach = _rearranged(inputs, grid, sizes)
    return Facts(
        outputs=(output,),
        reads=reads,
        reaches=(reach,),
        applications=output.steps if output.time is not None else 1,
        remarks=() if reach.exact else (Peculiarity.AT_MOST,),
    )


@rule(
    "Permute",
    keeps_dtype=True,
    traits=Traits(rearranges="permute", hides_steps=True, weightless=True),
)
def permute(inputs: Tensor, *, dims: Axes) -> Facts:
    """The axes in another order.

    dims: for each axis of the output, which axis of the input it is, counted from 1.

    Source: keras.layers.Permute.
    """
    if not isinstance(dims, tuple) or sorted(dims) != list(range(1, len(dims) + 1)):
        axes = dims if isinstance(dims, tuple) else (dims,)
        refuse(
            "`dims` must name every axis once, counted from 1 (0 is the batch)",
            received=str(list(axes)),
            expected=f"an order of {list(range(1, len(axes) + 1))}",
            argument="dims",
            about="value",
        )
    shown = [f"axis {axis}" for axis in range(1, min(len(dims), 8) + 1)]
    names = ", ".join(["batch", *shown, *(["…"] if len(dims) > 8 else [])])
    need_rank(inputs, len(dims) + 1, f"({names})")
    order = (0, *dims)
    moved = replace(inputs, shape=tuple(inputs.shape[axis] for axis in order))
    reads: Reads = "each"
    reach = each(inputs.steps)
    if inputs.time is not None:
        moved = replace(moved, time=order.index(inputs.time))
    elif inputs.fold is not None and order[-1] != inputs.rank - 1:
        moved = replace(moved, fold=None, time_summary="all")
        reads, reach = "all", everything(inputs.steps)
    return Facts(
        outputs=(moved,),
        reads=reads,
        reaches=(reach,),
        applications=inputs.steps,
    )


@rule(
    "RepeatVector",
    traits=Traits(
        axes=2,
        keeps_features=True,
        rearranges="repeat",
        hides_steps=True,
        weightless=True,
        label="Repeat",
    ),
)
def repeat_vector(inputs: Tensor, *, n: Size) -> Facts:
    """The vector n times, one copy after the other: n steps that are all the same.

    (batch, features) gives (batch, n, features).

    Source: keras.layers.RepeatVector.
    """
    need_rank(inputs, 2, "(batch, features)")
    batch, features = inputs.shape
    copies = inputs.to(batch, n, features, time=1, fold=None, time_summary="copies")
    return Facts(
        outputs=(copies,),
        reads="all",
        reaches=(everything(inputs.steps, as_expr(n)),),
        applications=n,
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """The values of a sample as axes in order, and which of these axes counts the steps.

    Steps that are folded into an axis are laid out: outer, steps, inner.
    """

    sizes: tuple[Expr, ...]
    time: int | None

    @classmethod
    def of(cls, x: Tensor, axes: Iterable[int]) -> Grid:
        """The axes of a tensor, in the order given."""
        sizes: list[Expr] = []
        time = None
        for axis in axes:
            if x.fold is not None and axis == x.rank - 1:
                time = len(sizes) + 1
                sizes += [x.fold.outer, x.fold.steps, x.fold.inner]
                continue
            if axis == x.time:
                time = len(sizes)
            sizes.append(x.shape[axis])
        return cls(tuple(sizes), time)

    @property
    def fold(self) -> Fold | None:
        """Where the steps lie when all axes are made one."""
        if self.time is None:
            return None
        before, after = self.sizes[: self.time], self.sizes[self.time + 1 :]
        return Fold(prod(before), self.sizes[self.time], prod(after))


def _resolved(x: Tensor, target: Shape) -> tuple[Expr, ...]:
    """The sizes that a Reshape returns, without the batch."""
    open_axes = [axis for axis, size in enumerate(target) if size is None or _infer(size)]
    if len(open_axes) > 1:
        refuse(
            "`target_shape` leaves more than one size open",
            received=_target_text(target),
            expected="−1 or null for at most one size",
            argument="target_shape",
            about="value",
        )
    count = prod(x.shape[1:])
    rest = prod(as_expr(size) for size in target if size is not None and not _infer(size))
    if count.shown is not None and rest.shown is not None:
        if open_axes:
            fits = not rest.equals(0) and (count - count // rest * rest).equals(0)
        else:
            fits = count.equals(rest)
        if not fits:
            _refuse_size(x, target, count)
    if not open_axes:
        return tuple(as_expr(size) for size in target if size is not None)
    (axis,) = open_axes
    inferred = symbol("unknown_size") if rest.equals(0) else count // rest
    if target[axis] is None and count.shown is not None:
        inferred = symbol("unknown_size", unfixed=True)  # Keras leaves it open
    return tuple(inferred if size is None or _infer(size) else as_expr(size) for size in target)


def _refuse_size(x: Tensor, target: Shape, count: Expr) -> None:
    values = count.plain().text()
    number = "" if count.is_constant else f" = {count.shown}"
    refuse(
        f"cannot put the {values}{number} values of {shape_text(x.shape[1:])}"
        f" into {_target_text(target)}",
        received=_target_text(target),
        expected=f"sizes whose product is {count.shown}",
        remedy="write −1 for one size, and it follows from the others",
        argument="target_shape",
        about="shape",
    )


def _infer(size: Expr | int | str | None) -> bool:
    return not isinstance(size, Expr) and size in (-1, "-1")


def _target_text(target: Shape) -> str:
    words = ["null" if size is None else as_expr(size).plain().text() for size in target]
    return f"[{', '.join(words)}]"


def _rearranged(x: Tensor, grid: Grid, sizes: tuple[Expr, ...]) -> tuple[Tensor, Reads, Reach]:
    """Where the steps of a tensor are after a Reshape, and which of them each output step reads."""
    rank = len(sizes) + 1
    output = x.to(x.shape[0], *sizes, time=None, fold=None, time_summary="")
    fold = grid.fold
    if fold is None:
        sequence = rank == 3 or (rank > 3 and x.time_summary != "")
        summary: TimeSummary = "" if sequence else x.time_summary
        output = replace(output, time=1 if sequence else None, time_summary=summary)
        return output, "all", everything(x.steps, output.steps)
    for axis, size in enumerate(sizes):
        if (
            equal(size, fold.steps)
            and equal(prod(sizes[:axis]), fold.outer)
            and equal(prod(sizes[axis + 1 :]), fold.inner)
        ):
            summary = x.time_summary if x.time is not None else ""
            return replace(output, time=axis + 1, time_summary=summary), "each", each(x.steps)
    if rank == 2:
        reads: Reads = "each" if x.time is None else "all"
        return replace(output, fold=fold, time_summary="folded"), reads, each(x.steps)
    if rank == 1:
        return replace(output, time_summary="all"), "all", everything(x.steps)
    output = replace(output, time=1)
    outer = fold.outer.value
    if outer is None or outer > MOST_TURNS:
        return output, "all", at_most(x.steps, sizes[0])
    reach = Reach()
    for turn in range(outer):
        reach |= _regrouped(fold, prod(sizes[1:]), sizes[0], turn * fold.steps)
    return output, "window", reach


MOST_TURNS = 6
"""So often the steps may come one after the other in a sample, to be followed exactly."""


def _regrouped(fold: Fold, inner: Expr, outputs: Expr, before: Expr) -> Reach:
    """Output step t holds values t·inner…(t+1)·inner−1 of a sample; a step has `fold.inner`.

    `before`: how many steps come before these, where all steps come several times.
    """
    old, new = fold.inner.plain(), inner.plain()
    if old.equals(0) or new.equals(0):
        return everything(fold.steps, outputs)
    if equal(old, new):
        return window(STEP - before, STEP - before, fold.steps, outputs)
    several, part = new // old, old // new
    if equal(several * old, new):
        first = several * STEP - before
        return window(first, first + several - 1, fold.steps, outputs)
    if equal(part * new, old):
        first = STEP // part - before
        return window(first, first, fold.steps, outputs)
    first, last = STEP * new // old, ((STEP + 1) * new - 1) // old
    return window(first - before, last - before, fold.steps, outputs)


def equal(a: Expr, b: Expr) -> bool:
    """Whether two sizes are the same: as formulas, or at the numbers of the sizes at hand."""
    same = a.equals(b)
    if same is not None:
        return same
    return a.substitute(a.numbers()).plain() == b.substitute(b.numbers()).plain()
