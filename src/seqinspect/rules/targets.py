"""How a loss of Keras meets a target: shapes are made equal, refused, or laid over each other.

All shapes have the batch first and are numbers. Source: keras.losses.loss, keras.losses.losses and
the TensorFlow backend's crossentropies.
"""

from __future__ import annotations

from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias

from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from seqinspect.rules.losses import Loss

Shape: TypeAlias = tuple[int, ...]
Verdict: TypeAlias = Literal["fits", "refused", "broadcast"]
"""refused: `fit` raises; broadcast: it trains, and compares numbers more than once."""


class Meeting(NamedTuple):
    """What becomes of two shapes: how they meet, as they are compared, and what comes out."""

    verdict: Verdict
    first: Shape
    second: Shape
    result: Shape = ()


def to_same_rank(first: Shape, second: Shape) -> tuple[Shape, Shape]:
    """Drop or add a last axis of size 1 where the ranks differ by one."""
    if len(first) == len(second) + 1 and first[-1] == 1:
        return (first, (*second, 1)) if len(second) == 1 else (first[:-1], second)
    if len(second) == len(first) + 1 and second[-1] == 1:
        return ((*first, 1), second) if len(first) == 1 else (first, second[:-1])
    return first, second


def broadcast(first: Shape, second: Shape) -> Shape | None:
    """Return the shape of two tensors laid over each other from their last axis on, or None."""
    sizes = []
    for one, other in zip_longest(reversed(first), reversed(second), fillvalue=1):
        if one != other and 1 not in (one, other):
            return None
        sizes.append(other if one == 1 else one)
    return tuple(reversed(sizes))


def meet(first: Shape, second: Shape) -> Meeting:
    """Lay two tensors over each other; each number should meet one of the other's."""
    first, second = to_same_rank(first, second)
    result = broadcast(first, second)
    if result is None:
        return Meeting("refused", first, second)
    once = prod(result) == prod(first) == prod(second)
    return Meeting("fits" if once else "broadcast", first, second, result)


def compare(loss: Loss, target: Shape, output: Shape) -> Meeting | None:
    """Compare a target with an output as a loss does; the result is the shape of its losses.

    None where nothing is known of the loss.
    """
    first, second = to_same_rank(target, output)
    match loss.meets:
        case "equal":
            equal = first == second
            return Meeting("fits" if equal else "refused", first, second, second[:-1])
        case "sparse":
            if len(first) == len(second) and first[-1] == 1:
                first = first[:-1]
            fits = first == second[:-1]
            return Meeting("fits" if fits else "refused", first, second, second[:-1])
        case "broadcast":
            met = meet(target, output)
            return met._replace(result=met.result[:-1])
        case "sum":
            return meet(target, output)._replace(result=())
        case "sequences":
            fits = len(first) == 2 and len(second) == 3
            return Meeting("fits" if fits else "refused", first, second, second[:1])
        case "":
            return None


def weigh(weights: Shape, losses: Shape, *, batch: int) -> Meeting:
    """Multiply losses with weights or a mask; each sample's with its own.

    Weights may be one for all steps of a sample, and losses are never repeated.
    """
    second, first = to_same_rank(losses, weights)
    result = broadcast(first, second)
    if result is None:
        return Meeting("refused", first, second)
    while len(first) > len(second) and first[0] == 1:
        first = first[1:]
    aligned = len(first) == len(second) or batch == 1
    fits = not second or (aligned and prod(result) == prod(second))
    return Meeting("fits" if fits else "broadcast", first, second, result)
