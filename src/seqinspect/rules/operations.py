"""Operations on tensors that configs hold as layers (tf.math.multiply, GetItem): shapes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.algebra import as_expr, prod
from seqinspect.facts import Tensor
from seqinspect.reach import each, everything
from seqinspect.rules.common import agree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqinspect.algebra import Expr
    from seqinspect.reach import Reach

    Constants = Mapping[str, object]
    Shape = tuple[Expr, ...]

ELEMENTWISE = frozenset(
    "abs absolute add add_v2 bias_add cast ceil clip clip_by_value cos div div_no_nan divide"
    " dropout elu erf exp floor floor_div floordiv gelu identity l2_normalize leaky_relu log log1p"
    " log_softmax maximum minimum mod mul multiply neg negative normalize ones_like pow power"
    " real_div reciprocal relu relu6 round rsqrt selu sigmoid sign silu sin softmax softplus sqrt"
    " square squared_difference stop_gradient sub subtract swish tanh truediv true_divide where"
    " zeros_like".split()
)
"""Operations whose output has the shape of their inputs, broadcast."""

COMPARISONS = frozenset(
    "equal greater greater_equal isfinite isnan less less_equal logical_and logical_not logical_or"
    " not_equal".split()
)
"""The same, with true and false as values."""

REDUCTIONS = frozenset(
    "all any argmax argmin l2_norm max mean min norm prod reduce_all reduce_any reduce_max"
    " reduce_mean reduce_min reduce_prod reduce_sum std sum var".split()
)
"""Operations that take axes away."""

DTYPES = ("bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64")


def computed(
    function: str, tensors: Sequence[Tensor], constants: Constants
) -> tuple[Tensor, tuple[Reach, ...]] | None:
    """Return what an operation makes and what it reads of each tensor; None if not known.

    `opaque` in the result: the shape is known, and how its steps come about is not.
    """
    if not tensors or any(tensor.unknown for tensor in tensors):
        return None
    if function in ELEMENTWISE or function in COMPARISONS:
        return _elementwise(function, tensors, constants)
    if function in REDUCTIONS:
        shape = _reduced(tensors[0].shape, constants)
    else:
        make = SHAPES.get(function)
        shape = make(tensors, constants) if make is not None else None
    if shape is None:
        return None
    made = Tensor(shape, _dtype(constants) or tensors[0].dtype, opaque=True)
    return made, tuple(everything(tensor.steps) for tensor in tensors)


def _elementwise(
    function: str, tensors: Sequence[Tensor], constants: Constants
) -> tuple[Tensor, tuple[Reach, ...]] | None:
    first = max(tensors, key=lambda tensor: tensor.rank)
    shape = list(first.shape)
    for tensor in tensors:
        for index in range(-1, -tensor.rank - 1, -1):
            size = tensor.shape[index]
            if shape[index] == 1:
                shape[index] = size
            elif size != 1 and not agree(size, shape[index]):
                return None
    dtype = "bool" if function in COMPARISONS else first.dtype
    if function == "cast":
        dtype = _dtype(constants) or first.dtype
    made = replace(first, shape=tuple(shape), dtype=dtype)
    reaches = tuple(
        each(tensor.steps) if tensor.stepped else everything(tensor.steps) for tensor in tensors
    )
    return made, reaches


def _dtype(constants: Constants) -> str:
    said = constants.get("dtype", constants.get("DstT"))
    return said if isinstance(said, str) and said in DTYPES else ""


def _axes(value: object, rank: int) -> list[int] | None:
    """Return axes counted from 0; None where one does not exist."""
    found = value if isinstance(value, list | tuple) else [value]
    axes = []
    for axis in found:
        if isinstance(axis, bool) or not isinstance(axis, int) or not -rank <= axis < rank:
            return None
        axes.append(axis % rank)
    return axes


def _reduced(shape: Shape, constants: Constants) -> Shape | None:
    said = constants.get("axis", constants.get("dim"))
    axes = list(range(len(shape))) if said is None else _axes(said, len(shape))
    if axes is None:
        return None
    if constants.get("keepdims") or constants.get("keep_dims"):
        return tuple(as_expr(1) if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def _expanded(tensors: Sequence[Tensor], constants: Constants) -> Shape | None:
    shape = tensors[0].shape
    axes = _axes(constants.get("axis"), len(shape) + 1)
    if axes is None or len(axes) != 1:
        return None
    return (*shape[: axes[0]], as_expr(1), *shape[axes[0] :])


def _squeezed(tensors: Sequence[Tensor], constants: Constants) -> Shape | None:
    shape = tensors[0].shape
    axes = _axes(constants.get("axis"), len(shape))
    if axes is None or not all(agree(shape[axis], 1) for axis in axes):
        return None
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def _concatenated(tensors: Sequence[Tensor], constants: Constants) -> Shape | None:
    first = tensors[0].shape
    axes = _axes(constants.get("axis", -1), len(first))
    if axes is None or len(axes) != 1 or any(tensor.rank != len(first) for tensor in tensors):
        return None
    joined = sum((tensor.shape[axes[0]] for tensor in tensors), as_expr(0))
    return (*first[: axes[0]], joined, *first[axes[0] + 1 :])


def _reshaped(tensors: Sequence[Tensor], constants: Constants) -> Shape | None:
    said = constants.get("shape", constants.get("newshape"))
    if not isinstance(said, list | tuple) or not said:
        return None
    if not all(isinstance(size, int) and not isinstance(size, bool) for size in said):
        return None
    batch, *sizes = said
    known = [as_expr(size) for size in sizes if size > 0]
    if batch not in (-1, None) or len(known) != len(sizes):
        return None
    given = prod(tensors[0].shape[1:])
    return (tensors[0].shape[0], *known) if agree(prod(known), given) else None


def _transposed(tensors: Sequence[Tensor], constants: Constants) -> Shape | None:
    shape = tensors[0].shape
    said = constants.get("perm", constants.get("axes"))
    axes = list(range(len(shape)))[::-1] if said is None else _axes(said, len(shape))
    if axes is None or sorted(axes) != list(range(len(shape))):
        return None
    return tuple(shape[axis] for axis in axes)


def _sliced(tensors: Sequence[Tensor], constants: Constants) -> Shape | None:
    """x[:, -1, 2:5], as a config writes it: numbers, and slices with start, stop and step."""
    said = constants.get("slice_spec")
    parts = said if isinstance(said, list | tuple) else [said]
    shape, rest, sizes = tensors[0].shape, list(tensors[0].shape), []
    if len(parts) > len(shape):
        return None
    for part in parts:
        size = rest.pop(0)
        if isinstance(part, int) and not isinstance(part, bool):
            continue
        if not isinstance(part, dict):
            return None
        bounds = [part.get(name) for name in ("start", "stop", "step")]
        if bounds == [None, None, None]:
            sizes.append(size)
            continue
        if size.value is None or any(
            bound is not None and (isinstance(bound, bool) or not isinstance(bound, int))
            for bound in bounds
        ):
            return None
        if bounds[2] == 0:
            return None
        sizes.append(as_expr(len(range(*slice(*bounds).indices(size.value)))))
    return (*sizes, *rest)


def _product(tensors: Sequence[Tensor], constants: Constants) -> Shape | None:
    if len(tensors) != 2 or any(tensor.rank < 2 for tensor in tensors):
        return None
    one, other = tensors
    rows, columns = one.shape[-2], other.shape[-1]
    if constants.get("transpose_a"):
        rows = one.shape[-1]
    if constants.get("transpose_b"):
        columns = other.shape[-2]
    longer = max(tensors, key=lambda tensor: tensor.rank)
    return (*longer.shape[:-2], rows, columns)


SHAPES: dict[str, Callable[[Sequence[Tensor], Constants], Shape | None]] = {
    "concat": _concatenated,
    "concat_v2": _concatenated,
    "concatenate": _concatenated,
    "expand_dims": _expanded,
    "get_item": _sliced,
    "getitem": _sliced,
    "matmul": _product,
    "reshape": _reshaped,
    "squeeze": _squeezed,
    "transpose": _transposed,
}
"""Operations by the shape that they make."""
