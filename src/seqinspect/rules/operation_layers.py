"""Operations as the layers of Keras that do the same, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import as_expr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MERGING = {
    "add": "Add", "add_n": "Add", "add_v2": "Add", "maximum": "Maximum", "minimum": "Minimum",
    "mul": "Multiply", "multiply": "Multiply", "sub": "Subtract", "subtract": "Subtract",
}  # fmt: skip
"""Operations on several tensors, number by number."""

ACTIVATIONS = frozenset("elu exp gelu relu relu6 selu sigmoid silu softplus softsign tanh".split())

CONSTANTS: dict[str, Callable[[float], tuple[float, float]]] = {
    "add": lambda number: (1.0, number),
    "divide": lambda number: (1.0 / number, 0.0),
    "mul": lambda number: (number, 0.0),
    "multiply": lambda number: (number, 0.0),
    "real_div": lambda number: (1.0 / number, 0.0),
    "sub": lambda number: (1.0, -number),
    "subtract": lambda number: (1.0, -number),
    "truediv": lambda number: (1.0 / number, 0.0),
}
"""Scale and offset of an operation on a tensor and a number."""


def layer_for(
    function: str, constants: Mapping[str, object], tensors: int
) -> tuple[str, dict[str, object]]:
    """Return class and arguments of the layer that does what an operation does; empty if none."""
    number = constants.get("y")
    if tensors > 1 and number is None:
        if function in MERGING:
            return MERGING[function], {}
        axis = constants.get("axis")
        if function in ("concat", "concat_v2", "concatenate") and isinstance(axis, int):
            return "Concatenate", {"axis": axis}
        return "", {}
    if tensors != 1:
        return "", {}
    if function in ACTIVATIONS:
        return "Activation", {"activation": function}
    axis = constants.get("axis", -1)
    if function == "softmax" and isinstance(axis, int):
        return "Softmax", {"axis": axis}
    if function in CONSTANTS and isinstance(number, int | float) and number:
        scale, offset = CONSTANTS[function](number)
        return "Rescaling", {"scale": scale, "offset": offset}
    said = constants.get("shape", constants.get("newshape"))
    if function == "reshape" and isinstance(said, list) and said[:1] == [-1] and len(said) > 1:
        sizes = said[1:]
        if all(isinstance(size, int) and size > 0 for size in sizes):
            return "Reshape", {"target_shape": tuple(map(as_expr, sizes))}
    order = constants.get("perm", constants.get("axes"))
    if function == "transpose" and isinstance(order, list) and order[:1] == [0]:
        return "Permute", {"dims": tuple(order[1:])}
    return "", {}
