"""Operations that sum products: matrix products and einsum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.records import replace
from seqinspect.rules.shapes import agree
from seqinspect.rules.slicing import whole_reach
from seqinspect.time.reach import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Tensor
    from seqinspect.rules.slicing import Constants, OperationOutputs


def product(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Rows of one matrix times columns of the other."""
    if len(tensors) != 2 or any(tensor.rank < 2 for tensor in tensors):
        return None
    turned = [
        any(constants.get(name) for name in names)
        for names in (("transpose_a", "adjoint_a", "adj_x"), ("transpose_b", "adjoint_b", "adj_y"))
    ]
    rank = max(tensor.rank for tensor in tensors)
    letters = "abcdefghijklmnop"[: rank - 2]
    first, second = (
        letters[rank - tensor.rank :] + (pair[::-1] if turn else pair)
        for tensor, turn, pair in zip(tensors, turned, ("xy", "yz"), strict=True)
    )
    return _summed(tensors, [first, second], f"{letters}xz")


def dot(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The last axis of one tensor with the first one of a matrix: `matmul` with it."""
    matrix = len(tensors) == 2 and tensors[1].rank == 2
    return product(tensors, {}) if matrix and not constants else None


def einsum(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Products summed over the letters that the output leaves out."""
    equation = constants.get("equation", constants.get("subscripts"))
    if not isinstance(equation, str):
        return None
    inputs, arrow, result = equation.replace(" ", "").partition("->")
    parts = inputs.split(",")
    if not arrow or "." in equation or len(parts) != len(tensors):
        return None
    if not all(part.isalpha() for part in (*parts, result or "x")):
        return None
    return _summed(tensors, parts, result)


def _summed(tensors: Sequence[Tensor], parts: list[str], result: str) -> OperationOutputs:
    """Return an einsum of tensors whose axes have letters."""
    sizes: dict[str, Expr] = {}
    for tensor, part in zip(tensors, parts, strict=True):
        if tensor.rank != len(part):
            return None
        for letter, size in zip(part, tensor.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if not (known.equals(1) or size.equals(1) or agree(known, size)):
                return None
            if known.shown is None or known.equals(1):
                sizes[letter] = size
    if any(letter not in sizes for letter in result) or len(set(result)) != len(result):
        return None
    steps = [
        part[tensor.time] if tensor.time is not None else ""
        for tensor, part in zip(tensors, parts, strict=True)
    ]
    letter = next((letter for letter in steps if letter and letter in result), "")
    shape = tuple(sizes[name] for name in result)
    x = tensors[0]
    stepped = any(tensor.stepped for tensor in tensors)
    output = replace(
        x,
        shape=shape,
        time=result.index(letter) if letter else None,
        fold=None,
        time_summary="all" if stepped and not letter else "" if letter else x.time_summary,
        unknown_time=any(tensor.fold is not None for tensor in tensors),
    )
    reaches = tuple(
        each(tensor.steps) if own and own == letter else whole_reach(tensor)
        for tensor, own in zip(tensors, steps, strict=True)
    )
    return [(output, reaches)]
