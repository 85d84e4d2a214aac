"""Operations that configs hold as layers (tf.math.multiply, GetItem): shapes and time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr, prod, total
from seqinspect.algebra.proof import same
from seqinspect.errors import SpecError
from seqinspect.model.facts import Tensor
from seqinspect.rules.registry import find_rule
from seqinspect.rules.shapes import agree
from seqinspect.rules.slicing import (
    all_of,
    axes_of,
    expanded,
    from_sizes,
    reduced,
    sliced,
    split,
    squeezed,
    strided,
    unstacked,
)
from seqinspect.time.reach import Reach, at_step, each, everything, prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.facts import Reading
    from seqinspect.rules.slicing import Constants, Made

    Operation = Callable[[Sequence[Tensor], Constants], list[Made] | None]

ELEMENTWISE = frozenset(
    "abs absolute acos add add_n add_v2 arccos arccosh arcsin arcsinh arctan arctan2 arctanh"
    " asin atan band_part bias_add bitwise_and bitwise_not bitwise_or bitwise_xor cast cbrt"
    " ceil celu clip clip_by_value conj conjugate copy cos cosh deg2rad div div_no_nan divide"
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

ALONG = frozenset(
    "argsort cumprod cumsum flip l2_normalize log_softmax normalize reverse reverse_v2 roll softmax"
    " sort sparsemax".split()
)
"""Operations that keep the shape, and mix or move what lies along an axis."""

REDUCTIONS = frozenset(
    "all any arg_max arg_min argmax argmin count_nonzero l2_norm logsumexp max mean median min norm"
    " prod reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean"
    " reduce_min reduce_prod reduce_std reduce_sum reduce_variance std sum var variance".split()
)
"""Operations that take axes away."""

OF_ONE = frozenset("getitem get_item reshape slice strided_slice tile".split())
"""Operations whose further tensors are sizes and places."""

DTYPES = ("bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64")


def computed(function: str, tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    """Return what an operation makes, and what each of that reads of each tensor; None if unknown.

    `unknown_time` in what is made: the shape is known, and how its steps come about is not.
    """
    read = tensors[:1] if function in OF_ONE else tensors
    if not read or any(tensor.unknown_shape for tensor in read):
        return None
    if function in ELEMENTWISE or function in COMPARISONS:
        return _elementwise(function, tensors, constants)
    if function in ALONG:
        return _along(function, tensors, constants)
    if function in REDUCTIONS:
        found = reduced(tensors, _with_last(constants) if function.startswith("arg") else constants)
        return _as(found, "int64") if found and function.startswith("arg") else found
    make = OPERATIONS.get(function)
    if make is None:
        return None
    try:
        found = make(tensors, constants)
    except SpecError:  # the rule of the layer that does the same refuses it
        return None
    further = tuple(map(all_of, tensors[1:]))  # sizes that other tensors give
    return found and [(made, (*reach, *further)[: len(tensors)]) for made, reach in found]


def _with_last(constants: Constants) -> Constants:
    """tf.argmax goes along the first axis by default, and all that is saved says an axis."""
    return {"axis": constants.get("dimension", -1), **constants}


def _as(made: list[Made], dtype: str) -> list[Made]:
    return [(replace(tensor, dtype=dtype), reaches) for tensor, reaches in made]


def _elementwise(
    function: str, tensors: Sequence[Tensor], constants: Constants
) -> list[Made] | None:
    """Every number by itself; axes of size 1 are repeated."""
    shapes = [tensor.shape for tensor in tensors] + [
        tuple(map(as_expr, shape)) for shape in map(_shape_of, constants.values()) if shape
    ]
    rank = max(map(len, shapes))
    shape = [as_expr(1)] * rank
    for given in shapes:
        for index in range(-1, -len(given) - 1, -1):
            size, known = given[index], shape[index]
            if known.value == 1:
                shape[index] = size
            elif size.value != 1 and not agree(size, known):
                return None
            elif known.value is None and size.value not in (None, 1):
                shape[index] = size
    first = max(tensors, key=lambda tensor: tensor.rank)
    times = {rank - tensor.rank + tensor.time for tensor in tensors if tensor.time is not None}
    folded = any(tensor.fold is not None for tensor in tensors)
    dtype = "bool" if function in COMPARISONS else first.dtype
    if function == "cast":
        dtype = dtype_of(constants) or first.dtype
    time = next(iter(times), None)
    unknown_time = len(times) > 1 or (folded and (time is not None or rank != first.rank))
    fold = next((tensor.fold for tensor in tensors if tensor.fold is not None), None)
    made = replace(
        first,
        shape=tuple(shape),
        dtype=dtype,
        time=None if unknown_time else time,
        fold=None if unknown_time else fold,
        unknown_time=unknown_time,
        masked=any(tensor.masked for tensor in tensors),
    )
    return [(made, tuple(_each_or_all(tensor, made) for tensor in tensors))]


def _each_or_all(tensor: Tensor, made: Tensor) -> Reach:
    """What is read of a tensor of which every output step takes its own step, if it has any."""
    if tensor.time is None or made.time is None:
        return each(tensor.steps) if tensor.fold is not None else all_of(tensor)
    steps = made.shape[made.time]
    if tensor.steps.value == 1 != steps.value:
        return at_step(0, tensor.steps, steps)
    return each(tensor.steps)


def _shape_of(value: object) -> tuple[int, ...]:
    """Return the shape of a constant; none for a single number."""
    shape: list[int] = []
    while isinstance(value, list | tuple):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape) if isinstance(value, int | float) else ()


def dtype_of(constants: Constants) -> str:
    """Return the dtype that an operation names."""
    said = constants.get("dtype", constants.get("DstT"))
    return said if isinstance(said, str) and said in DTYPES else ""


def _along(function: str, tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    x = tensors[0]
    default = None if function in ("l2_normalize", "normalize", "flip", "roll") else -1
    said = constants.get("axis", constants.get("dim", constants.get("dims", default)))
    axes = list(range(x.rank)) if said is None else axes_of(said, x.rank)
    if axes is None:
        return None
    made = replace(x, dtype="int32") if function == "argsort" else x
    on_steps = x.time in axes or (x.fold is not None and x.rank - 1 in axes)
    if 0 in axes or (on_steps and (x.fold is not None or function == "roll")):
        return [(replace(made, time=None, fold=None, unknown_time=True), (all_of(x),))]
    if not on_steps:
        return [(made, (each(x.steps),))]
    if function in ("cumprod", "cumsum") and not constants.get("reverse"):
        return [(made, (prefix(x.steps),))]
    if function in ("flip", "reverse", "reverse_v2"):
        return [(made, (each(x.steps).reversed(),))]
    return [(made, (everything(x.steps, x.steps),))]


def _by_rule(name: str, argument: str, value: object, tensors: Sequence[Tensor]) -> list[Made]:
    """Return what the layer of Keras that does the same makes."""
    rule = find_rule(name)
    if rule is None:
        return []
    given = tuple(tensors) if rule.takes_list else tensors[0]
    facts = rule.function(given, **{argument: value})
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


def _concatenated(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    axis = constants.get("axis", constants.get("concat_dim", -1))
    if not isinstance(axis, int) or isinstance(axis, bool) or axis % tensors[0].rank == 0:
        return None
    return _by_rule("Concatenate", "axis", axis, tensors)


def _reshaped(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    """The same numbers in other axes; None among the sizes is one that another tensor gives."""
    names = ("shape", "newshape", "target_shape")
    said = next((constants[name] for name in names if name in constants), None)
    if not isinstance(said, list | tuple) or not said:
        return None
    if any(isinstance(size, bool) or not isinstance(size, int | None) for size in said):
        return None
    x, (batch, *rest) = tensors[0], said
    sizes = [-1 if size is None else size for size in rest]
    if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
        return None
    if batch not in (-1, None, x.shape[0].value):
        return None
    given, wanted = prod(x.shape[1:]), prod(sizes)
    if -1 in sizes or same(given, wanted):
        return _by_rule("Reshape", "target_shape", tuple(map(_size_or_rest, sizes)), tensors)
    if wanted == 0:
        return None
    made = Tensor((x.shape[0] * given // wanted, *map(as_expr, sizes)), x.dtype, unknown_time=True)
    return [(made, (all_of(x),))]


def _size_or_rest(size: int) -> Expr | int:
    """Return a size as a rule takes it: -1 stays."""
    return size if size == -1 else as_expr(size)


def _transposed(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    x = tensors[0]
    said = constants.get("perm", constants.get("axes", constants.get("pattern")))
    order = list(range(x.rank))[::-1] if said is None else axes_of(said, x.rank)
    return _in_order(x, order)


def _swapped(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    x = tensors[0]
    pair = axes_of([constants.get("axis1"), constants.get("axis2")], x.rank)
    if pair is None:
        return None
    order = list(range(x.rank))
    order[pair[0]], order[pair[1]] = pair[1], pair[0]
    return _in_order(x, order)


def _in_order(x: Tensor, order: list[int] | None) -> list[Made] | None:
    """Return the tensor with its axes in another order, the batch first."""
    if order is None or sorted(order) != list(range(x.rank)) or order[0] != 0:
        return None
    return _by_rule("Permute", "dims", tuple(order[1:]), [x]) if x.rank > 1 else None


def _stacked(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    """The tensors beside each other along a new axis."""
    x = tensors[0]
    axes = axes_of(constants.get("axis", 0), x.rank + 1)
    if axes is None or axes[0] == 0 or any(tensor.fold is not None for tensor in tensors):
        return None
    made = _elementwise("add", tensors, {})
    if made is None or any(tensor.rank != x.rank for tensor in tensors):
        return None
    ((one, reaches),) = made
    shape = list(one.shape)
    shape.insert(axes[0], as_expr(len(tensors)))
    time = one.time if one.time is None or one.time < axes[0] else one.time + 1
    return [(replace(one, shape=tuple(shape), time=time), reaches)]


def _product(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
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


def _einsum(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    """Products summed over the letters that the output leaves out."""
    said = constants.get("equation", constants.get("subscripts"))
    if not isinstance(said, str):
        return None
    given, arrow, made = said.replace(" ", "").partition("->")
    parts = given.split(",")
    if not arrow or "." in said or len(parts) != len(tensors):
        return None
    if not all(part.isalpha() for part in (*parts, made or "x")):
        return None
    return _summed(tensors, parts, made)


def _summed(tensors: Sequence[Tensor], parts: list[str], made: str) -> list[Made] | None:
    """Return an einsum of tensors whose axes have letters."""
    sizes: dict[str, Expr] = {}
    for tensor, part in zip(tensors, parts, strict=True):
        if tensor.rank != len(part):
            return None
        for letter, size in zip(part, tensor.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if 1 not in (known.value, size.value) and not agree(known, size):
                return None
            if known.value in (None, 1):
                sizes[letter] = size
    if any(letter not in sizes for letter in made) or len(set(made)) != len(made):
        return None
    steps = [
        part[tensor.time] if tensor.time is not None else ""
        for tensor, part in zip(tensors, parts, strict=True)
    ]
    letter = next((letter for letter in steps if letter and letter in made), "")
    shape = tuple(sizes[name] for name in made)
    x = tensors[0]
    stepped = any(tensor.stepped for tensor in tensors)
    output = replace(
        x,
        shape=shape,
        time=made.index(letter) if letter else None,
        fold=None,
        time_summary="all" if stepped and not letter else "" if letter else x.time_summary,
        masked=False,
        unknown_time=any(tensor.fold is not None for tensor in tensors),
    )
    reaches = tuple(
        each(tensor.steps) if own and own == letter else all_of(tensor)
        for tensor, own in zip(tensors, steps, strict=True)
    )
    return [(output, reaches)]


def _one_hot(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    x = tensors[0]
    depth = constants.get("depth", constants.get("num_classes"))
    if not isinstance(depth, int) or isinstance(depth, bool) or depth < 1 or x.fold is not None:
        return None
    if constants.get("axis", -1) != -1:
        return None
    dtype = dtype_of(constants) or "float32"
    return [(replace(x, shape=(*x.shape, as_expr(depth)), dtype=dtype), (each(x.steps),))]


def _resized(tensors: Sequence[Tensor], sizes: Sequence[Expr] | None) -> list[Made] | None:
    """Return the tensor with other sizes; where its steps are among them, nothing is followed."""
    x = tensors[0]
    if sizes is None or len(sizes) != x.rank or sizes[0] != x.shape[0]:
        return None
    same = x.fold is None and (x.time is None or sizes[x.time] == x.shape[x.time])
    if same:
        return [(replace(x, shape=tuple(sizes)), (each(x.steps) if x.stepped else all_of(x),))]
    made = replace(x, shape=tuple(sizes), time=None, fold=None, unknown_time=True)
    return [(made, (all_of(x),))]


def _tiled(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    counts = constants.get("multiples", constants.get("repeats"))
    x = tensors[0]
    if not isinstance(counts, list) or len(counts) != x.rank or not _whole(counts):
        return None
    return _resized(tensors, [size * n for size, n in zip(x.shape, counts, strict=True)])


def _repeated(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    x, count = tensors[0], constants.get("repeats")
    axes = axes_of(constants.get("axis"), x.rank)
    if axes is None or not _whole([count]) or not isinstance(count, int):
        return None
    sizes = list(x.shape)
    sizes[axes[0]] = sizes[axes[0]] * count
    return _resized(tensors, sizes)


def _padded(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    margins = constants.get("paddings", constants.get("pad_width"))
    x = tensors[0]
    if not isinstance(margins, list) or len(margins) != x.rank:
        return None
    if not all(isinstance(pair, list) and len(pair) == 2 and _whole(pair) for pair in margins):
        return None
    sizes = [size + total(pair) for size, pair in zip(x.shape, margins, strict=True)]
    return _resized(tensors, sizes)


def _gathered(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    x, said = tensors[0], constants.get("indices")
    axes = axes_of(constants.get("axis"), x.rank)
    if axes is None or not isinstance(said, int | list) or len(tensors) > 1:
        return None
    taken = [as_expr(size) for size in _shape_of(said)]
    sizes = [*x.shape[: axes[0]], *taken, *x.shape[axes[0] + 1 :]]
    if len(taken) == 1:
        return _resized(tensors, sizes)
    made = Tensor(tuple(sizes), x.dtype, unknown_time=True)
    return [(made, (all_of(x),))] if axes[0] else None


def _to_space(tensors: Sequence[Tensor], constants: Constants, *, deep: bool) -> list[Made] | None:
    """Channels become places, or places channels."""
    x, block = tensors[0], constants.get("block_size")
    if x.rank != 4 or not _whole([block]) or not isinstance(block, int) or block < 1:
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


def _image(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    said, x = constants.get("size"), tensors[0]
    if not isinstance(said, list) or len(said) != 2 or not _whole(said) or x.rank != 4:
        return None
    if constants.get("data_format") == "channels_first":
        return None
    return _resized(tensors, (x.shape[0], *map(as_expr, said), x.shape[3]))


def _pooled(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    """Windows of an image, as a pooling layer takes them."""
    sizes = [constants.get(name) for name in ("ksize", "strides")]
    padding, x = constants.get("padding"), tensors[0]
    pair = [size if isinstance(size, list) else [size, size] for size in sizes]
    pair = [size[1:3] if len(size) == 4 else size for size in pair]
    if x.rank != 4 or not all(len(size) == 2 and _whole(size) and all(size) for size in pair):
        return None
    if padding not in ("SAME", "VALID") or constants.get("data_format") not in (None, "NHWC"):
        return None
    rule = find_rule("MaxPooling2D")
    if rule is None:
        return None
    window, strides = (tuple(map(as_expr, size)) for size in pair)
    facts = rule.function(x, pool_size=window, strides=strides, padding=padding.lower())
    return [(facts.outputs[0], _reaches(facts.reaches[0], 1))]


def _shape(tensors: Sequence[Tensor], _: Constants) -> list[Made] | None:
    x = tensors[0]
    return [(Tensor((as_expr(x.rank),), "int32", unknown_time=True), (all_of(x),))]


def _looked_up(tensors: Sequence[Tensor], constants: Constants) -> list[Made] | None:
    """A number for each word, or, of a TextVectorization, for the words of a text."""
    x, length = tensors[0], constants.get("output_sequence_length")
    if constants.get("output_mode", "int") != "int" or constants.get("invert"):
        return None
    if "output_sequence_length" not in constants:
        return _as(_elementwise("identity", tensors, {}) or [], "int64")
    if not isinstance(length, int):
        return None
    made = Tensor((x.shape[0], as_expr(length)), "int64", unknown_time=True)
    return [(made, (all_of(x),))]


def _flattened(tensors: Sequence[Tensor], _: Constants) -> list[Made] | None:
    x = tensors[0]
    return [(Tensor((prod(x.shape),), x.dtype, unknown_time=True), (all_of(x),))]


def _whole(values: Sequence[object]) -> bool:
    return all(
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
        for value in values
    )


MOST = 10**9
"""A number that a config repeats or pads with is no larger."""


OPERATIONS: dict[str, Operation] = {
    "avg_pool": _pooled,
    "avg_pool2d": _pooled,
    "batch_mat_mul": _product,
    "batch_mat_mul_v2": _product,
    "concat": _concatenated,
    "concat_v2": _concatenated,
    "concatenate": _concatenated,
    "depth_to_space": lambda tensors, known: _to_space(tensors, known, deep=False),
    "einsum": _einsum,
    "expand_dims": expanded,
    "gather": _gathered,
    "gather_v2": _gathered,
    "get_item": sliced,
    "getitem": sliced,
    "look_up": _looked_up,
    "mat_mul": _product,
    "matmul": _product,
    "max_pool": _pooled,
    "max_pool2d": _pooled,
    "mirror_pad": _padded,
    "one_hot": _one_hot,
    "pack": _stacked,
    "pad": _padded,
    "pad_v2": _padded,
    "ravel": _flattened,
    "repeat": _repeated,
    "reshape": _reshaped,
    "resize": _image,
    "resize_bilinear": _image,
    "resize_nearest_neighbor": _image,
    "shape": _shape,
    "slice": from_sizes,
    "space_to_depth": lambda tensors, known: _to_space(tensors, known, deep=True),
    "split": split,
    "split_v": split,
    "squeeze": squeezed,
    "stack": _stacked,
    "strided_slice": strided,
    "swapaxes": _swapped,
    "take": _gathered,
    "tile": _tiled,
    "transpose": _transposed,
    "unpack": unstacked,
    "unstack": unstacked,
}
"""Operations by what they make."""

OTHERS = frozenset(
    "average_pool bincount broadcast_to conv conv_transpose correlate cross depthwise_conv diag"
    " diagonal digitize dot dot_product_attention hstack in_top_k inner inv linspace meshgrid"
    " moveaxis multi_hot nonzero outer quantile rot90 scatter searchsorted segment_max segment_sum"
    " separable_conv slice_update solve svd tensordot top_k trace unfold vdot vstack".split()
)
"""Operations whose shapes no rule states."""

KNOWN = frozenset({*OTHERS, *ELEMENTWISE, *COMPARISONS, *ALONG, *REDUCTIONS, *OPERATIONS})
"""All operations by their names."""
