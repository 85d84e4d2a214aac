"""Operations on tensors, as Keras does them: the function of `keras.ops` that each of them is."""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

from seqinspect.algebra.expression import Expr
from seqinspect.errors import refuse
from seqinspect.keras_model.build import runtime
from seqinspect.rules.operations import FIXED
from seqinspect.rules.slicing import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seqinspect.model.graph import Layer, Unsupported

SLICES = frozenset({"get_item", "getitem"})
LISTS = frozenset({"concatenate", "hstack", "stack", "vstack"})
"""Functions of `keras.ops` that take their tensors in a list."""

SIDES = {"x": 0, "x1": 0, "y": 1, "x2": 1, "x3": 2}
"""Where an operand stands that is a number, by the name under which an operation keeps it."""

OTHERWISE = frozenset({"dropout", "fill", "identity", "select", "shape"})
"""Operations by whose name `keras.ops` has something else, or nothing that makes one tensor."""


def is_buildable(unsupported: Unsupported) -> bool:
    """Tell whether `keras.ops` has what an operation does, with arguments by the same names."""
    function, constants = unsupported.function, unsupported.constants
    if function in SLICES:
        return _slices(constants.get("slice_spec")) is not None
    if function in FIXED:
        return None not in _numbers(constants)
    if function == "einsum":
        return isinstance(constants.get("equation"), str) and len(constants) == 1
    if function in OTHERWISE or not hasattr(runtime.load().ops, function):
        return False
    parameters = inspect.signature(getattr(runtime.load().ops, function)).parameters
    return all(name in SIDES or name in parameters for name in constants)


def operation_layer(layer: Layer) -> Any:
    """Return a layer of Keras that applies an operation; what this raises, the caller places."""
    if layer.unsupported is None or not is_buildable(layer.unsupported):
        refuse(f"{layer.type} is no operation of Keras's own", received=layer.type)
    return _layer_class()(layer.unsupported, name=layer.name.replace("/", "_"))


@cache
def _layer_class() -> Any:
    """Return the Keras class of an operation, made when Keras is there."""
    keras: Any = runtime.load()

    class OperationLayer(keras.layers.Layer):  # type: ignore[misc] # Keras is untyped
        """A function of `keras.ops`; masks end at it, as they do in Keras."""

        def __init__(self, unsupported: Unsupported, name: str) -> None:
            super().__init__(name=name)
            self._convert_input_args = False  # integers stay what they are
            self.supports_masking = True  # it says nothing of a mask that it leaves out
            self.constants = unsupported.constants
            self.weight: Any = None
            self.is_weight = unsupported.function == "weight"
            self.apply = _applied(unsupported.function, unsupported.constants)

        def build(self, input_shape: Any) -> None:
            if self.is_weight:
                self.weight = self.add_weight(
                    shape=_numbers(self.constants),
                    name=self.constants["name"],
                    trainable=self.constants["trainable"],
                )

        def call(self, inputs: Any) -> Any:
            if self.weight is not None:
                return keras.ops.convert_to_tensor(self.weight)
            return self.apply(list(inputs) if isinstance(inputs, list | tuple) else [inputs])

        def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
            return None

    return OperationLayer


def _applied(function: str, constants: Mapping[str, object]) -> Callable[[list[Any]], Any]:
    """Return what does an operation to tensors."""
    ops: Any = runtime.load().ops
    if function in SLICES:
        slices = _slices(constants.get("slice_spec"))
        return lambda tensors: tensors[0][slices]
    if function in FIXED:
        return lambda tensors: ops.ones(_numbers(constants), dtype=constants["dtype"])
    apply = getattr(ops, function)
    named = {name: value for name, value in constants.items() if name not in SIDES}
    numbers = sorted((SIDES[name], value) for name, value in constants.items() if name in SIDES)

    def on_tensors(tensors: list[Any]) -> Any:
        if function in LISTS:
            return apply(tensors, **named)
        if function == "einsum":
            return apply(named["equation"], *tensors)
        operands = list(tensors)
        for place, value in numbers:
            operands.insert(place, value)
        return apply(*operands, **named)

    return on_tensors


def _sizes(constants: Mapping[str, object]) -> Sequence[object]:
    shape = constants.get("shape")
    return shape if isinstance(shape, list | tuple) else ()


def _numbers(constants: Mapping[str, object]) -> tuple[int | None, ...]:
    return tuple(size.value for size in _sizes(constants) if isinstance(size, Expr))


def _slices(spec: object) -> tuple[object, ...] | None:
    """Return the key of `x[…]` as Python has it; None where a part of it is not known."""
    if not isinstance(spec, list | tuple):
        return None
    found: list[object] = []
    for part in spec:
        if isinstance(part, dict):
            bounds = [part.get(name) for name in ("start", "stop", "step")]
            if not all(isinstance(bound, int | None) for bound in bounds):
                return None
            found.append(slice(*bounds))
        elif part == ELLIPSIS:
            found.append(Ellipsis)
        elif part is None or isinstance(part, int):
            found.append(part)
        else:
            return None
    return tuple(found)
