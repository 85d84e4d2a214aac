"""Operations that configs hold as layers (tf.math.multiply, GetItem): what each of them makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.errors import SpecError
from seqinspect.model.facts import Weight
from seqinspect.rules import array_operations as arrays
from seqinspect.rules import product_operations as products
from seqinspect.rules.elementwise_operations import (
    ALONG_AXIS,
    COMPARISONS,
    ELEMENTWISE,
    along_axis,
    dtype_of,
    elementwise,
    with_dtype,
)
from seqinspect.rules.slicing import (
    expanded,
    from_sizes,
    reduced,
    sliced,
    split,
    squeezed,
    strided,
    unstacked,
    whole_reach,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seqinspect.model.facts import Tensor
    from seqinspect.rules.slicing import Constants, OperationOutputs

    Operation = Callable[[Sequence[Tensor], Constants], OperationOutputs]


REDUCTIONS = frozenset(
    "all any arg_max arg_min argmax argmin count_nonzero l2_norm logsumexp max mean median min norm"
    " prod reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean"
    " reduce_min reduce_prod reduce_std reduce_sum reduce_variance std sum var variance".split()
)
"""Operations that take axes away."""


INDEXES = {"arg_max": "int64", "arg_min": "int64", "argmax": "int32", "argmin": "int32"}
"""The dtype of places along an axis: TensorFlow's own operations have another one than Keras."""


LAYING_BESIDE = frozenset({"concat", "concat_v2", "concatenate", "pack", "stack"})
"""Operations that lay what several tensors have at one step beside each other."""


LAYING_OUT = frozenset({"depth_to_space", "ravel", "reshape", "space_to_depth"})
"""Operations that lay the same numbers out along other axes."""


AVERAGING = frozenset({"avg_pool", "avg_pool2d", "mean", "reduce_mean", "reduce_sum", "sum"})
"""Operations that take means, or add up."""


FIXED = frozenset({"constant", "weight"})
"""What code has beside tensors: an array, or a weight of a layer of its own."""


OF_ONE = frozenset("getitem get_item reshape slice strided_slice tile".split())
"""Operations whose further tensors are sizes and places."""


def operation_outputs(
    function: str, tensors: Sequence[Tensor], constants: Constants
) -> OperationOutputs:
    """Return the outputs of an operation on tensors, by its name and its constants.

    `unknown_time` in an output: its shape is known, and how its steps come about is not.
    """
    if function in FIXED:
        return arrays.constant(tensors, constants)
    read = tensors[:1] if function in OF_ONE else tensors
    if not read or any(tensor.unknown_shape for tensor in read):
        return None
    if function in ELEMENTWISE or function in COMPARISONS:
        return elementwise(function, tensors, constants)
    if function in ALONG_AXIS:
        return along_axis(function, tensors, constants)
    if function in REDUCTIONS:
        found = reduced(tensors, _with_last(constants) if function.startswith("arg") else constants)
        return with_dtype(found, INDEXES[function]) if found and function in INDEXES else found
    operation = OPERATIONS.get(function)
    if operation is None:
        return None
    try:
        found = operation(tensors, constants)
    except SpecError:  # the rule of the layer that does the same refuses it
        return None
    further = tuple(map(whole_reach, tensors[1:]))  # sizes that other tensors give
    return found and [(output, (*reach, *further)[: len(tensors)]) for output, reach in found]


def operation_weights(constants: Constants) -> tuple[Weight, ...]:
    """Return the weight that the operation `weight` is, by its constants; none without a shape."""
    name, shape = constants.get("name"), constants.get("shape")
    if not isinstance(name, str) or not isinstance(shape, list):
        return ()
    sizes = tuple(size for size in shape if isinstance(size, Expr))
    trainable = constants.get("trainable") is not False
    return (Weight(name, sizes, trainable=trainable, dtype=dtype_of(constants)),)


def _with_last(constants: Constants) -> Constants:
    """tf.argmax goes along the first axis by default, and all that is saved says an axis."""
    return {"axis": constants.get("dimension", -1), **constants}


OPERATIONS: dict[str, Operation] = {
    "avg_pool": arrays.pooled,
    "avg_pool2d": arrays.pooled,
    "batch_mat_mul": products.product,
    "batch_mat_mul_v2": products.product,
    "concat": arrays.concatenated,
    "concat_v2": arrays.concatenated,
    "concatenate": arrays.concatenated,
    "dot": products.dot,
    "depth_to_space": lambda tensors, known: arrays.to_space(tensors, known, deep=False),
    "einsum": products.einsum,
    "expand_dims": expanded,
    "gather": arrays.gathered,
    "gather_v2": arrays.gathered,
    "get_item": sliced,
    "getitem": sliced,
    "look_up": arrays.looked_up,
    "mat_mul": products.product,
    "matmul": products.product,
    "max_pool": arrays.pooled,
    "max_pool2d": arrays.pooled,
    "mirror_pad": arrays.padded,
    "one_hot": arrays.one_hot,
    "pack": arrays.stacked,
    "pad": arrays.padded,
    "pad_v2": arrays.padded,
    "ravel": arrays.flattened,
    "repeat": arrays.repeated,
    "reshape": arrays.reshaped,
    "resize": arrays.resized_image,
    "resize_bilinear": arrays.resized_image,
    "resize_nearest_neighbor": arrays.resized_image,
    "shape": arrays.shape_of,
    "slice": from_sizes,
    "space_to_depth": lambda tensors, known: arrays.to_space(tensors, known, deep=True),
    "split": split,
    "split_v": split,
    "squeeze": squeezed,
    "stack": arrays.stacked,
    "strided_slice": strided,
    "swapaxes": arrays.swapped,
    "take": arrays.gathered,
    "tile": arrays.tiled,
    "transpose": arrays.transposed,
    "unpack": unstacked,
    "unstack": unstacked,
}
"""Operations by what they make."""


OTHERS = frozenset(
    "average_pool bincount broadcast_to conv conv_transpose correlate cross depthwise_conv diag"
    " diagonal digitize dot_product_attention hstack in_top_k inner inv linspace meshgrid"
    " moveaxis multi_hot nonzero outer quantile rot90 scatter searchsorted segment_max segment_sum"
    " separable_conv slice_update solve svd tensordot top_k trace unfold vdot vstack".split()
)
"""Operations whose shapes no rule states."""


PRODUCTS = frozenset("batch_mat_mul batch_mat_mul_v2 einsum mat_mul matmul".split())
"""Operations that multiply and add up, beside those of OTHERS."""


KNOWN = frozenset({*OTHERS, *ELEMENTWISE, *COMPARISONS, *ALONG_AXIS, *REDUCTIONS, *OPERATIONS})
"""All operations by their names."""


def sums_products(function: str) -> bool:
    """Tell whether an operation may multiply and add up, which is counted of layers alone."""
    return function not in KNOWN or function in PRODUCTS or function in OTHERS
