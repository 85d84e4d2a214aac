"""Functions of Keras and TensorFlow that are called on symbolic tensors."""

from __future__ import annotations

from seqinspect.algebra.expression import Expr
from seqinspect.readers.python import keras_names as names
from seqinspect.readers.python.keras_calls import tensors_in
from seqinspect.readers.python.run import CallSite, Run, number_of
from seqinspect.readers.python.values import Call, External, Operation, TensorValue, Unknown

ALIASES = {
    "depth": "num_classes",
    "keep_dims": "keepdims",
    "multiples": "repeats",
    "n": "num",
    "num_or_size_splits": "indices_or_sections",
    "pattern": "axes",
    "perm": "axes",
    "rep": "repeats",
}
"""Arguments of operations by other names, and what Keras 3 calls them."""

POSITIONAL = {
    "argmax": ("axis",),
    "cast": ("dtype",),
    "clip": (
        "x_min",
        "x_max",
    ),
    "concatenate": ("axis",),
    "cumsum": ("axis",),
    "expand_dims": ("axis",),
    "flip": ("axis",),
    "pad": ("pad_width",),
    "take": (
        "indices",
        "axis",
    ),
    "gather": (
        "indices",
        "axis",
    ),
    "max": (
        "axis",
        "keepdims",
    ),
    "mean": (
        "axis",
        "keepdims",
    ),
    "min": (
        "axis",
        "keepdims",
    ),
    "normalize": ("axis",),
    "one_hot": ("num_classes",),
    "power": ("x2",),
    "prod": (
        "axis",
        "keepdims",
    ),
    "repeat": (
        "repeats",
        "axis",
    ),
    "reshape": ("newshape",),
    "reverse": ("axis",),
    "softmax": ("axis",),
    "split": (
        "indices_or_sections",
        "axis",
    ),
    "squeeze": ("axis",),
    "stack": ("axis",),
    "sum": (
        "axis",
        "keepdims",
    ),
    "tile": ("repeats",),
    "transpose": ("axes",),
    "unstack": (
        "num",
        "axis",
    ),
}
"""The further parameters of operations, in their order."""


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


def tensor_function(run: Run, name: str, site: CallSite) -> object | None:
    """Apply a function of Keras or TensorFlow to symbolic tensors; None where there is none."""
    given, at, text = site
    values = [argument.value for argument in given.positional]
    values += [argument.value for argument in given.named.values()]
    if not any(isinstance(each, TensorValue) for value in values for each in tensors_in(value)):
        return None
    function = names.OPERATIONS.get(name, "")
    if not function:
        return Unknown(text)
    if name == "squeeze" and not given.positional[1:] and not given.named:
        return Unknown(text)
    listed = bool(given.positional) and isinstance(given.positional[0].value, list | tuple)
    sources: list[TensorValue] = []
    constants: dict[str, object] = {}
    order = list(POSITIONAL.get(function, ()))
    for index, argument in enumerate(given.positional):
        found = list(tensors_in(argument.value))
        if function == "einsum" and index == 0 and isinstance(argument.value, str):
            constants["equation"] = argument.value
        elif found and all(isinstance(each, TensorValue) for each in found):
            sources += [each for each in found if isinstance(each, TensorValue)]
        elif index and order:
            constants[order.pop(0)] = argument.value
        elif index == 0 or isinstance(argument.value, Unknown):
            return Unknown(text)
    for key, argument in given.named.items():
        tensors = [each for each in tensors_in(argument.value) if isinstance(each, TensorValue)]
        if tensors:
            sources += tensors
            listed = listed or isinstance(argument.value, list | tuple)
        elif key != "name":
            constants[ALIASES.get(key, key)] = argument.value
    operation = Operation(function, constants, at, text)
    return apply_operation(run, operation, sources, listed=listed)


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
