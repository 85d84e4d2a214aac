"""Shapes of arrays that the code fixes: `np.zeros((100, 10, 8))`, `reshape`, `pad_sequences`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import prod
from seqinspect.readers.python.run import number_of
from seqinspect.readers.python.values import Argument, Array, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seqinspect.algebra.expression import Expr
    from seqinspect.readers.python.run import Arguments, Run

SHAPED = frozenset({"zeros", "ones", "empty", "full"})
DRAWN = frozenset("random rand randn normal uniform randint random_sample standard_normal".split())
FILLED = SHAPED | DRAWN
"""Functions that make an array of a shape that is passed."""

ROOTS = ("numpy", "np", "tensorflow", "jax.numpy", "torch")
SAME = frozenset(
    "array asarray copy astype float32 zeros_like ones_like abs log exp convert_to_tensor constant"
    " ascontiguousarray nan_to_num".split()
)
"""Functions whose array has the shape of the one that is passed."""


def call_array(run: Run, path: str, given: Arguments, text: str) -> object | None:
    """Return the array that a function makes where its shape is known; None for other functions."""
    name = path.rpartition(".")[2]
    if given.open:
        return None
    if name == "pad_sequences":
        length = given.named.get("maxlen") or _at(given, 1)
        if length is not None and run.size(length.value) is not None:
            return Array((Unknown(f"len({_text(given)})"), length.value))
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
    if path.partition(".")[0] not in ROOTS:
        return None
    if name in FILLED:
        return _filled(run, name, path, given)
    if name == "reshape":
        shape = given.named.get("newshape") or given.named.get("shape") or _at(given, 1)
        source = given.positional[0].value if given.positional else None
        return reshaped(run, source, shape.value if shape is not None else None)
    if name == "expand_dims":
        return _expanded(given)
    if name in SAME and given.positional:
        return array_of(run, given.positional[0].value)
    del text
    return None


def _filled(run: Run, name: str, path: str, given: Arguments) -> object | None:
    shape = given.named.get("shape") or given.named.get("size")
    if shape is None and name in SHAPED | {"random", "random_sample", "standard_normal"}:
        shape = _at(given, 0)
    if shape is None and name in ("rand", "randn") and given.positional:
        shape = Argument(tuple(each.value for each in given.positional), given.positional[0].at, "")
    if shape is None and name in ("normal", "uniform", "randint"):
        shape = _at(given, 2) if "numpy" in path else _at(given, 0)
    if shape is None:
        return None
    return _array(run, shape.value)


def _array(run: Run, shape: object) -> Array | None:
    sizes = shape if isinstance(shape, list | tuple) else (shape,)
    if all(run.size(size) is not None for size in sizes):
        return Array(tuple(sizes))
    return None


def _at(given: Arguments, index: int) -> Argument | None:
    return given.positional[index] if index < len(given.positional) else None


def _text(given: Arguments) -> str:
    return given.positional[0].text if given.positional else "sequences"


def reshaped(run: Run, source: object, shape: object) -> Array | None:
    """Return an array in another shape; -1 follows from the others where that is known."""
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
    keys = key if isinstance(key, tuple) else (key,)
    if any(each is Ellipsis for each in keys):
        return None
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
