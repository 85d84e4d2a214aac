"""Operations that lay tensors out anew: reshape, transpose, stack, pad, gather, resize."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, as_expr, prod, total
from seqinspect.algebra.proof import prove_equal
from seqinspect.model.facts import Tensor
from seqinspect.records import replace
from seqinspect.rules.elementwise_operations import (
    constant_shape,
    dtype_of,
    elementwise,
    with_dtype,
)
from seqinspect.rules.registry import find_rule
from seqinspect.rules.slicing import axes_of, whole_reach
from seqinspect.time.reach import Reach, each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.facts import Reading
    from seqinspect.rules.slicing import Constants, OperationOutput, OperationOutputs


def by_rule(
    name: str, argument: str, value: object, tensors: Sequence[Tensor]
) -> list[OperationOutput]:
    """Return what the layer of Keras that does the same makes."""
    rule = find_rule(name)
    if rule is None:
        return []
    inputs = tuple(tensors) if rule.takes_list else tensors[0]
    facts = rule.function(inputs, **{argument: value})
    return [
        (output, _reaches(reading, len(tensors)))
        for output, reading in zip(facts.outputs, facts.reaches, strict=True)
    ]


def _reaches(reading: Reading, count: int) -> tuple[Reach, ...]:
    """Return one reach for each of a rule's tensors."""
    if isinstance(reading, Reach):
        return (reading,) * count
    inner = next(iter(reading.values()))
    return inner if isinstance(inner, tuple) else (inner,) * count


def constant(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The same numbers whatever the tensors are, beside which an array of code stands."""
    shape = constants.get("shape")
    if not isinstance(shape, list | tuple) or not all(isinstance(size, Expr) for size in shape):
        return None
    return [(Tensor(tuple(shape), dtype_of(constants)), tuple(Reach() for _ in tensors))]


def concatenated(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Tensors one after the other along an axis."""
    axis = constants.get("axis", constants.get("concat_dim", -1))
    if not isinstance(axis, int) or isinstance(axis, bool) or axis % tensors[0].rank == 0:
        return None
    return by_rule("Concatenate", "axis", axis, tensors)


def reshaped(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The same numbers in other axes; None among the sizes is one that another tensor gives."""
    names = ("shape", "newshape", "target_shape")
    shape = next((constants[name] for name in names if name in constants), None)
    if not isinstance(shape, list | tuple) or not shape:
        return None
    if any(isinstance(size, bool) or not isinstance(size, int | None) for size in shape):
        return None
    x, (batch, *rest) = tensors[0], shape
    sizes = [-1 if size is None else size for size in rest]
    if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
        return None
    if batch not in (-1, None, x.shape[0].value):
        return None
    old_count, new_count = prod(x.shape[1:]), prod(sizes)
    if -1 in sizes or prove_equal(old_count, new_count):
        return by_rule("Reshape", "target_shape", tuple(map(_size_or_rest, sizes)), tensors)
    if new_count == 0:
        return None
    batch_size = x.shape[0] * old_count // new_count
    output = Tensor((batch_size, *map(as_expr, sizes)), x.dtype, unknown_time=True)
    return [(output, (whole_reach(x),))]


def _size_or_rest(size: int) -> Expr | int:
    """Return a size as a rule takes it: -1 stays."""
    return size if size == -1 else as_expr(size)


def transposed(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The axes in another order, or in the reverse one."""
    x = tensors[0]
    axes = constants.get("perm", constants.get("axes", constants.get("pattern")))
    order = list(range(x.rank))[::-1] if axes is None else axes_of(axes, x.rank)
    return _in_order(x, order)


def swapped(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Two axes in each other's place."""
    x = tensors[0]
    pair = axes_of([constants.get("axis1"), constants.get("axis2")], x.rank)
    if pair is None:
        return None
    order = list(range(x.rank))
    order[pair[0]], order[pair[1]] = pair[1], pair[0]
    return _in_order(x, order)


def _in_order(x: Tensor, order: list[int] | None) -> OperationOutputs:
    """Return the tensor with its axes in another order, the batch first."""
    if order is None or sorted(order) != list(range(x.rank)) or order[0] != 0:
        return None
    return by_rule("Permute", "dims", tuple(order[1:]), [x]) if x.rank > 1 else None


def stacked(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The tensors beside each other along a new axis."""
    x = tensors[0]
    axes = axes_of(constants.get("axis", 0), x.rank + 1)
    if axes is None or axes[0] == 0 or any(tensor.fold is not None for tensor in tensors):
        return None
    summed = elementwise("add", tensors, {})
    if summed is None or any(tensor.rank != x.rank for tensor in tensors):
        return None
    ((one, reaches),) = summed
    shape = list(one.shape)
    shape.insert(axes[0], as_expr(len(tensors)))
    time = one.time if one.time is None or one.time < axes[0] else one.time + 1
    return [(replace(one, shape=tuple(shape), time=time), reaches)]


def one_hot(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """A vector for each number: one more axis, the last."""
    x = tensors[0]
    depth = constants.get("depth", constants.get("num_classes"))
    if not isinstance(depth, int) or isinstance(depth, bool) or depth < 1 or x.fold is not None:
        return None
    if constants.get("axis", -1) != -1:
        return None
    dtype = dtype_of(constants) or "float32"
    return [(replace(x, shape=(*x.shape, as_expr(depth)), dtype=dtype), (each(x.steps),))]


def _resized(tensors: Sequence[Tensor], sizes: Sequence[Expr] | None) -> OperationOutputs:
    """Return the tensor with other sizes; where its steps are among them, nothing is followed."""
    x = tensors[0]
    if sizes is None or len(sizes) != x.rank or sizes[0] != x.shape[0]:
        return None
    same = x.fold is None and (x.time is None or sizes[x.time] == x.shape[x.time])
    if same:
        return [(replace(x, shape=tuple(sizes)), (each(x.steps) if x.stepped else whole_reach(x),))]
    output = replace(x, shape=tuple(sizes), time=None, fold=None, unknown_time=True)
    return [(output, (whole_reach(x),))]


def tiled(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The tensor several times along each axis."""
    counts = constants.get("multiples", constants.get("repeats"))
    x = tensors[0]
    if not isinstance(counts, list) or len(counts) != x.rank or not _are_counts(counts):
        return None
    return _resized(tensors, [size * n for size, n in zip(x.shape, counts, strict=True)])


def repeated(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Every place of an axis several times."""
    x, count = tensors[0], constants.get("repeats")
    axes = axes_of(constants.get("axis"), x.rank)
    if axes is None or not _are_counts([count]) or not isinstance(count, int):
        return None
    sizes = list(x.shape)
    sizes[axes[0]] = sizes[axes[0]] * count
    return _resized(tensors, sizes)


def padded(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """More places before and after each axis."""
    margins = constants.get("paddings", constants.get("pad_width"))
    x = tensors[0]
    if not isinstance(margins, list) or len(margins) != x.rank:
        return None
    if not all(isinstance(pair, list) and len(pair) == 2 and _are_counts(pair) for pair in margins):
        return None
    sizes = [size + total(pair) for size, pair in zip(x.shape, margins, strict=True)]
    return _resized(tensors, sizes)


def gathered(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Places of an axis, picked by their numbers."""
    x, indices = tensors[0], constants.get("indices")
    axes = axes_of(constants.get("axis"), x.rank)
    if axes is None or not isinstance(indices, int | list) or len(tensors) > 1:
        return None
    counts = [as_expr(size) for size in constant_shape(indices)]
    sizes = [*x.shape[: axes[0]], *counts, *x.shape[axes[0] + 1 :]]
    if len(counts) == 1:
        return _resized(tensors, sizes)
    output = Tensor(tuple(sizes), x.dtype, unknown_time=True)
    return [(output, (whole_reach(x),))] if axes[0] else None


def to_space(tensors: Sequence[Tensor], constants: Constants, *, deep: bool) -> OperationOutputs:
    """Channels become places, or places channels."""
    x, block = tensors[0], constants.get("block_size")
    if x.rank != 4 or not _are_counts([block]) or not isinstance(block, int) or block < 1:
        return None
    batch, rows, columns, channels = x.shape
    if constants.get("data_format") not in (None, "NHWC"):
        return None
    square = block * block
    if deep:
        sizes = (batch, rows // block, columns // block, channels * square)
    else:
        sizes = (batch, rows * block, columns * block, channels // square)
    return _resized(tensors, sizes)


def resized_image(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """The image in another height and width."""
    size, x = constants.get("size"), tensors[0]
    if not isinstance(size, list) or len(size) != 2 or not _are_counts(size) or x.rank != 4:
        return None
    if constants.get("data_format") == "channels_first":
        return None
    return _resized(tensors, (x.shape[0], *map(as_expr, size), x.shape[3]))


def pooled(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Windows of an image, as a pooling layer takes them."""
    sizes = [constants.get(name) for name in ("ksize", "strides")]
    padding, x = constants.get("padding"), tensors[0]
    pair = [size if isinstance(size, list) else [size, size] for size in sizes]
    pair = [size[1:3] if len(size) == 4 else size for size in pair]
    if x.rank != 4 or not all(len(size) == 2 and _are_counts(size) and all(size) for size in pair):
        return None
    if padding not in ("SAME", "VALID") or constants.get("data_format") not in (None, "NHWC"):
        return None
    rule = find_rule("MaxPooling2D")
    if rule is None:
        return None
    window, strides = (tuple(map(as_expr, size)) for size in pair)
    facts = rule.function(x, pool_size=window, strides=strides, padding=padding.lower())
    return [(facts.outputs[0], _reaches(facts.reaches[0], 1))]


def shape_of(tensors: Sequence[Tensor], _: Constants) -> OperationOutputs:
    """The sizes of the tensor, as a vector."""
    x = tensors[0]
    return [(Tensor((as_expr(x.rank),), "int32", unknown_time=True), (whole_reach(x),))]


def looked_up(tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """A number for each word, or, of a TextVectorization, for the words of a text."""
    x, length = tensors[0], constants.get("output_sequence_length")
    if constants.get("output_mode", "int") != "int" or constants.get("invert"):
        return None
    if "output_sequence_length" not in constants:
        return with_dtype(elementwise("identity", tensors, {}) or [], "int64")
    if not isinstance(length, int):
        return None
    output = Tensor((x.shape[0], as_expr(length)), "int64", unknown_time=True)
    return [(output, (whole_reach(x),))]


def flattened(tensors: Sequence[Tensor], _: Constants) -> OperationOutputs:
    """All numbers in one vector, the batch included."""
    x = tensors[0]
    return [(Tensor((prod(x.shape),), x.dtype, unknown_time=True), (whole_reach(x),))]


def _are_counts(values: Sequence[object]) -> bool:
    return all(
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
        for value in values
    )


MOST = 10**9
"""A number that a config repeats or pads with is no larger."""
