"""Operations that keep the shape: on each number by itself, or along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr
from seqinspect.records import replace
from seqinspect.rules.shapes import agree
from seqinspect.rules.slicing import axes_of, whole_reach
from seqinspect.time.reach import Reach, at_step, each, everything, prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.model.facts import Tensor
    from seqinspect.rules.slicing import Constants, OperationOutput, OperationOutputs


ELEMENTWISE = frozenset(
    "abs absolute acos add add_n add_v2 arccos arccosh arcsin arcsinh arctan arctan2 arctanh"
    " asin atan band_part bias_add bitwise_and bitwise_not bitwise_or bitwise_xor cast cbrt"
    " ceil celu clip clip_by_value conj conjugate convert_to_tensor copy cos cosh deg2rad div"
    " div_no_nan divide"
    " dropout elu erf erfc erfinv exp exp2 expm1 fill floor floor_div floor_divide floor_mod"
    " floordiv full_like gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh"
    " heaviside hypot identity leaky_relu left_shift log log10 log1p log2 log_sigmoid"
    " logaddexp logaddexp2 maximum minimum mish mod mul multiply multiply_no_nan nan_to_num"
    " neg negative ones_like pow power rand_like real real_div realdiv reciprocal relu relu6"
    " right_shift rint round rsqrt select select_v2 selu sigmoid sign silu sin sinc sinh"
    " soft_plus soft_shrink soft_sign softplus softsign sparse_plus sqrt square"
    " squared_difference squareplus stop_gradient sub subtract swish tan tanh tanh_shrink"
    " threshold tril triu true_divide truediv trunc where where_v2 xdivy zeros_like".split()
)
"""Operations whose output has the shape of their inputs, broadcast."""


COMPARISONS = frozenset(
    "equal greater greater_equal is_finite is_inf is_nan isfinite isinf isnan isneginf isposinf"
    " less less_equal logical_and logical_not logical_or logical_xor not_equal".split()
)
"""The same, with true and false as values."""


ALONG_AXIS = frozenset(
    "argsort cumprod cumsum flip l2_normalize log_softmax normalize reverse reverse_v2 roll softmax"
    " sort sparsemax".split()
)
"""Operations that keep the shape, and mix or move what lies along an axis."""


DTYPES = ("bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64")


def elementwise(function: str, tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Every number by itself; axes of size 1 are repeated."""
    shapes = [tensor.shape for tensor in tensors] + [
        tuple(map(as_expr, shape)) for shape in map(constant_shape, constants.values()) if shape
    ]
    rank = max(map(len, shapes))
    shape = [as_expr(1)] * rank
    for each_shape in shapes:
        for index in range(-1, -len(each_shape) - 1, -1):
            size, known = each_shape[index], shape[index]
            if known.equals(1):
                shape[index] = size
            elif not size.equals(1) and not agree(size, known):
                return None
            elif known.shown is None and size.equals(1) is False:
                shape[index] = size
    first = max(tensors, key=lambda tensor: tensor.rank)
    times = {rank - tensor.rank + tensor.time for tensor in tensors if tensor.time is not None}
    folded = any(tensor.fold is not None for tensor in tensors)
    dtype = "bool" if function in COMPARISONS else _wider(tensors)
    if function == "cast":
        dtype = dtype_of(constants) or dtype
    time = next(iter(times), None)
    unknown_time = len(times) > 1 or (folded and (time is not None or rank != first.rank))
    fold = next((tensor.fold for tensor in tensors if tensor.fold is not None), None)
    output = replace(
        first,
        shape=tuple(shape),
        dtype=dtype,
        time=None if unknown_time else time,
        fold=None if unknown_time else fold,
        unknown_time=unknown_time,
    )
    return [(output, tuple(_each_or_all(tensor, output) for tensor in tensors))]


def _wider(tensors: Sequence[Tensor]) -> str:
    """Return the dtype of numbers of several: decimal ones before integers, and true or false."""
    return max((x.dtype for x in tensors), key=lambda dtype: ("float" in dtype) - (dtype == "bool"))


def _each_or_all(tensor: Tensor, output: Tensor) -> Reach:
    """What is read of a tensor of which every output step takes its own step, if it has any."""
    if tensor.time is None or output.time is None:
        return each(tensor.steps) if tensor.fold is not None else whole_reach(tensor)
    steps = output.shape[output.time]
    if tensor.steps.equals(1) and not steps.equals(1):
        return at_step(0, tensor.steps, steps)
    return each(tensor.steps)


def constant_shape(value: object) -> tuple[int, ...]:
    """Return the shape of a constant; none for a single number."""
    shape: list[int] = []
    while isinstance(value, list | tuple):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape) if isinstance(value, int | float) else ()


def dtype_of(constants: Constants) -> str:
    """Return the dtype that an operation names."""
    dtype = constants.get("dtype", constants.get("DstT"))
    return dtype if isinstance(dtype, str) and dtype in DTYPES else ""


def with_dtype(outputs: list[OperationOutput], dtype: str) -> list[OperationOutput]:
    """Return the same outputs with another dtype."""
    return [(replace(tensor, dtype=dtype), reaches) for tensor, reaches in outputs]


def along_axis(function: str, tensors: Sequence[Tensor], constants: Constants) -> OperationOutputs:
    """Sums and softmax along an axis, sorting, turning round: the shape stays."""
    x = tensors[0]
    default = None if function in ("l2_normalize", "normalize", "flip", "roll") else -1
    axis = constants.get("axis", constants.get("dim", constants.get("dims", default)))
    axes = list(range(x.rank)) if axis is None else axes_of(axis, x.rank)
    if axes is None:
        return None
    output = replace(x, dtype="int32") if function == "argsort" else x
    on_steps = x.time in axes or (x.fold is not None and x.rank - 1 in axes)
    if 0 in axes or (on_steps and (x.fold is not None or function == "roll")):
        return [(replace(output, time=None, fold=None, unknown_time=True), (whole_reach(x),))]
    if not on_steps:
        return [(output, (each(x.steps),))]
    if function in ("cumprod", "cumsum") and not constants.get("reverse"):
        return [(output, (prefix(x.steps),))]
    if function in ("flip", "reverse", "reverse_v2"):
        return [(output, (each(x.steps).reversed(),))]
    return [(output, (everything(x.steps, x.steps),))]
