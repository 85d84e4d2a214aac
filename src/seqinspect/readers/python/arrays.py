"""Shapes of arrays that the code fixes: `np.zeros((100, 10, 8))`, `reshape`, `pad_sequences`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, prod, total
from seqinspect.readers.python.run import number_of
from seqinspect.readers.python.values import (
    START,
    Argument,
    Array,
    Call,
    Operation,
    TensorValue,
    Unknown,
    leaves,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.readers.python.run import Arguments, Run
    from seqinspect.readers.python.values import At

SHAPED = frozenset({"zeros", "ones", "empty", "full"})
DRAWN = frozenset(
    "random rand randn normal uniform randint random_sample standard_normal random_normal"
    " random_uniform random_binomial random_bernoulli truncated_normal".split()
)
FILLED = SHAPED | DRAWN
"""Functions that make an array of a shape that is passed."""

ROOTS = ("numpy", "np", "tensorflow", "jax", "torch")
KERAS_ARRAYS = re.compile(r"keras\.(ops|backend|random)\.")
"""Where arrays are made: the libraries, and the parts of Keras."""

COUNTED = frozenset({"arange", "range"})
SAME = frozenset(
    "array asarray copy astype float32 zeros_like ones_like abs log exp convert_to_tensor constant"
    " ascontiguousarray nan_to_num cast cos sin sqrt stop_gradient".split()
)
"""Functions whose array has the shape of the one that is passed."""

NUMBER = re.compile(
    r"(float|int|len|max|min)\(.+\)|(np|numpy)\.(max|min|amax|amin|mean|std)\([\w.]+\)"
    r"|[\w.]+\.(max|min|mean|std)\(\)",
    re.DOTALL,
)
"""The source of a value that is not known and is one number."""

ONE_SIZE = re.compile(r"len\(.+\)|.+\]|\w+", re.DOTALL)
"""The source of what is most likely one size where a shape is asked for: no sum of two shapes."""

NUMBERS = frozenset({"cast", "constant", "convert_to_tensor", "float32"})
"""Functions that return a number as it is."""


def call_array(run: Run, path: str, given: Arguments, text: str) -> object | None:
    """Return the array that a function makes where its shape is known; None for other functions."""
    name = path.rpartition(".")[2]
    if given.open or any(isinstance(each, TensorValue) for each in leaves(_values(given))):
        return None
    if name == "pad_sequences":
        length = given.named.get("maxlen") or _at(given, 1)
        if length is not None and run.size(length.value) is not None:
            sizes = (Unknown(f"len({_text(given)})"), length.value)
            return Array(sizes, rank_known=False)
        return None
    if name == "to_categorical":
        classes = given.named.get("num_classes") or given.named.get("nb_classes") or _at(given, 1)
        if classes is not None and run.size(classes.value) is not None:
            source = given.positional[0].value if given.positional else None
            first = (
                source.shape if isinstance(source, Array) else (Unknown(f"len({_text(given)})"),)
            )
            last = run.size(first[-1]) if len(first) > 1 else None
            kept = first[:-1] if last is not None and last.value == 1 else first
            return Array((*kept, classes.value))
        return None
    if path.partition(".")[0] not in ROOTS and not KERAS_ARRAYS.match(path):
        return None
    if name in COUNTED:
        return _counted(run, given)
    if name in FILLED:
        return _filled(run, name, path, given)
    if name == "reshape":
        shape = given.named.get("newshape") or given.named.get("shape") or _at(given, 1)
        source = given.positional[0].value if given.positional else None
        return reshaped(run, source, shape.value if shape is not None else None)
    if name == "expand_dims":
        return _expanded(given)
    if name in ("concat", "concatenate"):
        return _joined(run, given)
    if name in SAME and given.positional:
        value = given.positional[0].value
        if name in NUMBERS and isinstance(value, int | float | Expr):
            return value
        return array_of(run, value)
    del text
    return None


def _values(given: Arguments) -> list[object]:
    """Return what a call passes, by position and by name."""
    return [each.value for each in (*given.positional, *given.named.values())]


def _filled(run: Run, name: str, path: str, given: Arguments) -> object | None:
    shape = given.named.get("shape") or given.named.get("size")
    if shape is None and (name in SHAPED | {"random", "standard_normal"} or "random_" in name):
        shape = _at(given, 0)
    if shape is None and name in ("rand", "randn") and given.positional:
        shape = Argument(tuple(each.value for each in given.positional), given.positional[0].at, "")
    if shape is None and name in ("normal", "uniform", "randint", "truncated_normal"):
        shape = _at(given, 2) if "numpy" in path else _at(given, 0)
    if shape is None:
        return None
    return _array(run, shape.value)


def _counted(run: Run, given: Arguments) -> Array | None:
    """Return the integers of a range, of which numpy, TensorFlow and Keras name the ends alike."""
    named = {"limit": "stop", "delta": "step"}
    found = {named.get(name, name): argument.value for name, argument in given.named.items()}
    values = [argument.value for argument in given.positional]
    if len(values) == 1 and "stop" not in found and "start" not in found:
        found["stop"] = values.pop()
    found |= dict(zip(("start", "stop", "step"), values, strict=False))
    start, stop, step = found.get("start", 0), found.get("stop"), found.get("step", 1)
    first, last, by = number_of(start), number_of(stop), number_of(step)
    items = range(first, last, by) if first is not None and last is not None and by else None
    if first == 0 and by == 1 and run.size(stop) is not None:
        return Array((stop,), "int32", items=items)
    return Array((len(items),), "int32", items=items) if items is not None else None


def _array(run: Run, shape: object) -> Array | None:
    sizes = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    if sizes and sizes[0] is None:  # that of a tensor begins with the batch
        sizes = (Unknown("batch"), *sizes[1:])
    if all(run.size(size) is not None for size in sizes):
        return Array(sizes)
    return None


def _at(given: Arguments, index: int) -> Argument | None:
    return given.positional[index] if index < len(given.positional) else None


def _text(given: Arguments) -> str:
    return given.positional[0].text if given.positional else "sequences"


def reshaped(run: Run, source: object, shape: object) -> Array | None:
    """Return an array in another shape; -1 follows from the others where that is known."""
    if isinstance(shape, Unknown) and not ONE_SIZE.fullmatch(shape.text):
        return None  # it may be several sizes
    if not isinstance(shape, list | tuple):
        shape = (shape,)
    if any(run.size(size) is None for size in shape):
        return None
    open_axes = [index for index, size in enumerate(shape) if number_of(size) == -1]
    if not open_axes:
        return Array(tuple(shape))
    rest = [size for size in shape if number_of(size) != -1]
    missing: object = Unknown("samples")
    whole = _count(run, source.shape) if isinstance(source, Array) else None
    part = _count(run, rest)
    if part is None or part.value == 0:
        return None
    if whole is not None:
        missing = whole // part
        if open_axes[0] == 0 and number_of(missing) is None:
            missing = Unknown("samples")
    elif open_axes[0] != 0:
        return None
    return Array(tuple(missing if index in open_axes else size for index, size in enumerate(shape)))


def _count(run: Run, shape: Iterable[object]) -> Expr | None:
    """Return how many numbers an array of a shape has; None where it is not known."""
    sizes = [run.size(size) for size in shape]
    known = [size for size in sizes if size is not None]
    return prod(known) if len(known) == len(sizes) else None


def broadcast(left: object, right: object) -> Array | None:
    """Return what two arrays make, or an array and a number, number by number."""
    if not (isinstance(left, Array) and isinstance(right, Array)):
        array, other = (left, right) if isinstance(left, Array) else (right, left)
        number = isinstance(other, int | float | Expr) or (
            isinstance(other, Unknown) and NUMBER.fullmatch(other.source or other.text)
        )
        if not isinstance(array, Array) or not number:
            return None
        return Array(array.shape)
    rank = max(len(left.shape), len(right.shape))
    pairs = zip(
        *((1,) * (rank - len(each.shape)) + each.shape for each in (left, right)), strict=True
    )
    sizes = [_common(one, other) for one, other in pairs]
    return None if any(size is None for size in sizes) else Array(tuple(sizes))


def _common(one: object, other: object) -> object | None:
    """Return the size of an axis of two arrays, of which one may be repeated along it."""
    if one == other or number_of(other) == 1:
        return one
    first, second = number_of(one), number_of(other)
    if first == 1 or (first is not None and first == second):
        return other
    return None


def _joined(run: Run, given: Arguments) -> Array | None:
    """Return arrays one after another along an axis, the first one by default."""
    several = given.positional[0].value if given.positional else None
    axis = given.named.get("axis") or _at(given, 1)
    along = 0 if axis is None else number_of(axis.value)
    if not isinstance(several, list | tuple) or not several or along is None:
        return None
    arrays = [each for each in several if isinstance(each, Array)]
    rank = len(arrays[0].shape) if arrays else 0
    if len(arrays) != len(several) or any(len(each.shape) != rank for each in arrays):
        return None
    if not -rank <= along < rank:
        return None
    sizes = [run.size(each.shape[along]) for each in arrays]
    known = [size for size in sizes if size is not None]
    if len(known) != len(sizes):
        return None
    shape = list(arrays[0].shape)
    shape[along] = total(known)
    return Array(tuple(shape), arrays[0].dtype)


def _expanded(given: Arguments) -> Array | None:
    source = given.positional[0].value if given.positional else None
    axis = given.named.get("axis") or _at(given, 1)
    where = number_of(axis.value) if axis is not None else None
    if not isinstance(source, Array) or where is None:
        return None
    rank = len(source.shape) + 1
    if not -rank <= where < rank:
        return None
    shape = list(source.shape)
    shape.insert(where % rank, 1)
    return Array(tuple(shape))


def array_of(run: Run, value: object) -> Array | None:
    """Return the array of nested lists of numbers; an array stays what it is."""
    if isinstance(value, Array):
        return value
    shape: list[object] = []
    while isinstance(value, list | tuple):
        if run.is_open(value):
            return None
        shape.append(len(value))
        if not value:
            break
        value = value[0]
        run.spend()
    if shape and isinstance(value, int | float | str):
        return Array(tuple(shape))
    return None


def item_of(array: Array, key: object) -> object | None:
    """Return the shape of a slice of an array; None where it is not known."""
    keys = list(key) if isinstance(key, tuple) else [key]
    for index, each in enumerate(keys):
        if each is Ellipsis:
            taken = sum(other is not None for other in keys) - 1
            keys[index : index + 1] = [slice(None)] * (len(array.shape) - taken)
            break
    shape: list[object] = []
    rest = list(array.shape)
    for each in keys:
        if each is None:
            shape.append(1)
            continue
        if not rest:
            return None
        size = rest.pop(0)
        if isinstance(each, slice):
            shape.append(size if each == slice(None) else _sliced(size, each))
        elif number_of(each) is None:
            return None
    return Array((*shape, *rest)) if shape or rest else Unknown("a number of an array")


def _sliced(size: object, piece: slice) -> object:
    start, stop, step = (number_of(each) for each in (piece.start, piece.stop, piece.step))
    length = number_of(size)
    numbers_known = all(
        given is None or number is not None
        for given, number in ((piece.start, start), (piece.stop, stop), (piece.step, step))
    )
    if length is not None and numbers_known and step != 0:
        return len(range(*slice(start, stop, step).indices(length)))
    return Unknown("the length of a slice")


def any_number(run: Run, value: object, tensor: TensorValue) -> object:
    """Return a number for an array of the batch that changes no shape: each of it has its own."""
    if not isinstance(value, Array):
        return value
    shape = run.shape_of(tensor)
    if not isinstance(shape, tuple) or len(value.shape) != len(shape):
        return value
    own = [run.size(size) for size in value.shape[1:]]
    pairs = zip(own, shape[1:], strict=True)
    fits = all(one is not None and (one.value == 1 or one == other) for one, other in pairs)
    return 1.0 if fits else value


def take_arrays(
    run: Run, constants: dict[str, object], beside: TensorValue, at: At
) -> list[TensorValue]:
    """Take the arrays out of the constants of an operation, and return them as tensors beside one.

    One that only has a number for each sample leaves that number.
    """
    found = []
    for key, given in list(constants.items()):
        value = constants[key] = any_number(run, given, beside)
        if isinstance(value, Array):
            found.append(constant_tensor(run, value, beside, at))
            del constants[key]
    return found


def weight_array(run: Run, weight: tuple[str, object, bool]) -> Array | None:
    """Return a weight of a layer of the source; None where its shape is not known."""
    name, shape, trainable = weight
    sizes = shape if isinstance(shape, list | tuple) else (shape,)
    if any(run.size(size) is None for size in sizes):
        return None
    return Array(tuple(sizes), weight=name, trainable=trainable)


def weight_tensor(run: Run, array: Array) -> TensorValue:
    """Return a weight as a tensor of the layer that is being followed."""
    known = run.weight_tensors.get(id(array))
    if known is None:
        made = constant_tensor(run, array, run.traced_inputs[-1], START)
        known = run.weight_tensors[id(array)] = (array, made)
    return known[1]


def constant_tensor(run: Run, array: Array, beside: TensorValue, at: At) -> TensorValue:
    """Return an array as a tensor of a graph in which another one stands; it reads none of it."""
    shape = [run.size(size) for size in array.shape]
    constants: dict[str, object] = {"shape": shape, "dtype": array.dtype}
    if array.weight:
        constants |= {"name": array.weight, "trainable": array.trainable}
    operation = Operation("weight" if array.weight else "constant", constants, at)
    call = Call(operation, [beside], False, {}, at)
    run.enter(call)
    return TensorValue(call)
