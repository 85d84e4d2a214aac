"""What tf_keras makes of the arrays of an older Keras as it loads them; Keras 3 takes none of them.

`tf_keras/saving/legacy/hdf5_format.py`, `preprocess_weights_for_loading`: Keras 1 kept the kernels
of a convolution in Theano's order, or in one dimension with an axis of 1, and an array for each
gate of a recurrent layer; cuDNN has two biases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqinspect.model.graph import Layer
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Shape = tuple[int | None, ...]
LegacyOrder = Literal["kernels", "gates", "biases"]
"""What stands in a file otherwise than in Keras 3, and tf_keras converts."""


def legacy_orders(
    layer: Layer, stored: Sequence[Shape], expected: Sequence[Shape], *, keras1: bool
) -> frozenset[LegacyOrder] | None:
    """Return what tf_keras converts before the arrays of a layer fit; None where they do not.

    `keras1`: the file does not say which version wrote it, as those of Keras 1 do not.
    """
    traits = traits_of(layer.type)
    inner = layer.arguments.get("layer")
    if traits.both_directions and isinstance(inner, Layer):
        half = len(stored) // 2, len(expected) // 2
        forward = legacy_orders(inner, stored[: half[0]], expected[: half[1]], keras1=keras1)
        backward = legacy_orders(inner, stored[half[0] :], expected[half[1] :], keras1=keras1)
        return None if forward is None or backward is None else forward | backward
    if traits.applies_per_step and isinstance(inner, Layer):
        return legacy_orders(inner, stored, expected, keras1=keras1)
    orders: set[LegacyOrder] = set()
    shapes = list(stored)
    gates = len(traits.gates)
    if gates > 1 and keras1 and len(shapes) == 3 * gates:
        shapes = [_joined(shapes[part::3]) for part in range(3)]
        orders.add("gates")
    if gates > 1 and len(shapes) == len(expected) == 3 and shapes[2] != expected[2]:
        columns = expected[0][-1] or 0
        bias = (columns,) if traits.states > 1 else (2, columns)  # a GRU keeps both of them
        if shapes[2] == (2 * columns,) and expected[2] == bias:
            shapes[2] = bias
            orders.add("biases")
    if traits.convolves and shapes and expected:
        first = layer.arguments.get("data_format") == "channels_first"
        kernel = _kernel(shapes[0], expected[0], keras1=keras1, channels_first=first)
        if kernel != shapes[0]:
            shapes[0] = kernel
            orders.add("kernels")
    return frozenset(orders) if shapes == list(expected) else None


def _joined(parts: Sequence[Shape]) -> Shape:
    """Concatenate on the last axis."""
    *rest, _ = parts[0]
    return (*rest, sum(part[-1] or 0 for part in parts))


def _kernel(stored: Shape, expected: Shape, *, keras1: bool, channels_first: bool) -> Shape:
    kernel = stored
    if keras1 and len(expected) == 3 and len(kernel) == 4:
        length, filters = expected[0], expected[-1]
        if kernel[:2] != (length, 1) or kernel[3] != filters:
            kernel = (kernel[2], kernel[3], kernel[1], kernel[0])
        return (kernel[0], *kernel[2:]) if kernel[1] == 1 else stored
    if len(kernel) != len(expected) or len(kernel) < 4:
        return kernel
    if keras1 and channels_first:
        kernel = (*kernel[2:], kernel[1], kernel[0])
    if kernel != expected and len(kernel) == 4:
        kernel = (kernel[3], kernel[2], kernel[0], kernel[1])
    return kernel if kernel == expected else stored
