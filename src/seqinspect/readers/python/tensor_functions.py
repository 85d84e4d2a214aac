"""Functions of Keras and TensorFlow that are called on symbolic tensors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python import keras_names as names
from seqinspect.readers.python.arrays import take_arrays
from seqinspect.readers.python.keras_calls import tensors_in
from seqinspect.readers.python.run import CallSite, Run, number_of
from seqinspect.readers.python.values import (
    Array,
    Call,
    External,
    Operation,
    TensorValue,
    Unknown,
)
from seqinspect.rules.elementwise_operations import COMPARISONS, ELEMENTWISE

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIASES = {
    "depth": "num_classes",
    "keep_dims": "keepdims",
    "multiples": "repeats",
    "n": "num",
    "num_or_size_splits": "indices_or_sections",
    "paddings": "pad_width",
    "pattern": "axes",
    "perm": "axes",
    "reduction_indices": "axis",
    "rep": "repeats",
    "shape": "newshape",
}
"""Arguments of operations by other names, and what Keras 3 calls them."""

AXIS = ("axis",)
REDUCED = ("axis", "keepdims")
PARAMETERS = {
    "all": REDUCED,
    "any": REDUCED,
    "argmax": ("axis", "keepdims"),
    "argmin": ("axis", "keepdims"),
    "argsort": AXIS,
    "concatenate": AXIS,
    "count_nonzero": AXIS,
    "cumprod": AXIS,
    "cumsum": AXIS,
    "dot": (),
    "einsum": ("equation",),
    "expand_dims": AXIS,
    "flip": AXIS,
    "gather": ("indices", "axis"),
    "l2_normalize": AXIS,
    "log_softmax": AXIS,
    "logsumexp": REDUCED,
    "matmul": ("transpose_a", "transpose_b"),
    "max": REDUCED,
    "mean": REDUCED,
    "median": REDUCED,
    "min": REDUCED,
    "norm": ("ord", "axis", "keepdims"),
    "normalize": AXIS,
    "one_hot": ("num_classes",),
    "pad": ("pad_width",),
    "prod": REDUCED,
    "ravel": (),
    "repeat": ("repeats", "axis"),
    "reshape": ("newshape",),
    "resize": ("size", "method", "antialias"),
    "reverse": AXIS,
    "roll": ("shift", "axis"),
    "slice": ("begin", "size"),
    "softmax": AXIS,
    "sort": AXIS,
    "split": ("indices_or_sections", "axis"),
    "squeeze": AXIS,
    "stack": AXIS,
    "std": REDUCED,
    "sum": REDUCED,
    "swapaxes": ("axis1", "axis2"),
    "take": ("indices", "axis"),
    "tile": ("repeats",),
    "transpose": ("axes",),
    "unstack": ("num", "axis"),
    "var": REDUCED,
}
"""Functions that the rule book states, with their further parameters in order; those that work
number by number take any."""

DEFAULT_AXES = {
    "argmax": (-1, 0),
    "argmin": (-1, 0),
    "cumprod": (0, 0),
    "cumsum": (0, 0),
}
"""The axis of functions where none is said, of Keras's backend and of TensorFlow; `keras.ops` takes
all of them in a row."""

NO_TENSORS = frozenset(
    "count_params dtype eval function get_value gradients int_shape is_keras_tensor is_tensor ndim"
    " rank shape size".split()
)
"""Functions that are called on tensors and return something else."""

HARMLESS = frozenset({"alpha", "dtype", "epsilon", "max_value", "negative_slope", "seed"})
"""Arguments that change no shape and no reach, in the functions that have them."""


def shape_function(run: Run, name: str, site: CallSite) -> object | None:
    """Return what `K.int_shape(x)`, `K.ndim(x)` or `tf.shape(x)` tell; None where that is open."""
    tensor = site.given.positional[0].value if len(site.given.positional) == 1 else None
    if name not in ("int_shape", "ndim", "shape") or not isinstance(tensor, TensorValue):
        return None
    shape = run.shape_of(tensor)
    if not isinstance(shape, tuple):
        return None
    if name == "ndim":
        return len(shape)
    if name == "int_shape":
        return shape
    sizes = enumerate(shape)
    return tuple(Unknown(f"{site.text}[{i}]") if size is None else size for i, size in sizes)


def tensor_function(run: Run, path: str, site: CallSite) -> object | None:
    """Apply a function of Keras or TensorFlow to symbolic tensors; None where there is none."""
    given, at, text = site
    name = path.rpartition(".")[2]
    values = [argument.value for argument in given.positional]
    values += [argument.value for argument in given.named.values()]
    if not any(isinstance(each, TensorValue) for value in values for each in tensors_in(value)):
        return None
    function = names.RENAMED_OPERATIONS.get(name, name)
    if "resize" in name:
        function = "resize" if re.search(r"\.image\.resize(_images|_bilinear)?$", path) else name
    by_number = function in ELEMENTWISE or function in COMPARISONS
    if name in NO_TENSORS or not name[:1].islower():
        return Unknown(text)
    if (not by_number and function not in PARAMETERS) or (
        name == "squeeze" and not given.positional[1:] and not given.named
    ):
        return open_operation(run, function, values, site)
    listed = bool(given.positional) and isinstance(given.positional[0].value, list | tuple)
    sources: list[TensorValue] = []
    constants: dict[str, object] = {}
    order = list(PARAMETERS.get(function, ()))
    for index, argument in enumerate(given.positional):
        found = list(tensors_in(argument.value))
        if function == "einsum" and index == 0:
            constants[order.pop(0)] = argument.value
        elif found and all(isinstance(each, TensorValue) for each in found):
            sources += [each for each in found if isinstance(each, TensorValue)]
        elif by_number:
            constants[f"x{index + 1}"] = argument.value
        elif index and order:
            constants[order.pop(0)] = argument.value
        else:
            return open_operation(run, function, values, site)
    for key, argument in given.named.items():
        tensors = [each for each in tensors_in(argument.value) if isinstance(each, TensorValue)]
        if tensors:
            sources += tensors
            listed = listed or isinstance(argument.value, list | tuple)
            continue
        named = ALIASES.get(key, key)
        if key == "name":
            continue
        if not by_number and named not in {*PARAMETERS[function], *HARMLESS}:
            return open_operation(run, function, values, site)
        constants[named] = argument.value
    if not sources:  # they stand among other things in a list
        return open_operation(run, function, values, site)
    if by_number:
        sources += take_arrays(run, constants, sources[0], at)
    if function in DEFAULT_AXES and "axis" not in constants:
        if names.OPERATIONS.search(path):
            return open_operation(run, function, values, site)
        constants["axis"] = DEFAULT_AXES[function][0 if ".backend." in path else 1]
    if any(isinstance(value, Unknown | Array) for value in constants.values()):
        return open_operation(run, function, values, site)
    operation = Operation(function, constants, at, text)
    return apply_operation(run, operation, sources, listed=listed)


def open_operation(
    run: Run, function: str, values: Iterable[object], site: CallSite
) -> TensorValue:
    """Return what an operation makes that is not understood: a tensor of an unknown shape."""
    found = [each for value in values for each in tensors_in(value)]
    sources = [each for each in found if isinstance(each, TensorValue)]
    operation = Operation(function, {}, site.at, site.text, stated=False)
    call = Call(operation, sources, False, {}, site.at)
    run.enter(call)
    return TensorValue(call)


def apply_operation(
    run: Run, operation: Operation, sources: list[TensorValue], *, listed: bool = False
) -> object:
    """Return what an operation makes of tensors."""
    function, constants = operation.function, operation.constants
    constants = {name: _constant(value) for name, value in constants.items()}
    operation.constants = constants
    call = Call(operation, sources, listed, {}, operation.at)
    if function in ("split", "unstack"):
        pieces = constants.get("indices_or_sections", constants.get("num"))
        count = number_of(pieces)
        call.outputs = len(pieces) if isinstance(pieces, list) else count or 1
        run.enter(call)
        return [TensorValue(call, index) for index in range(min(call.outputs, 1000))]
    run.enter(call)
    return TensorValue(call)


def _constant(value: object) -> object:
    if isinstance(value, Expr):
        return value.value if value.value is not None else value.text()
    if isinstance(value, tuple | list):
        return [_constant(each) for each in value]
    if isinstance(value, External):
        return value.path.rpartition(".")[2]
    return value
