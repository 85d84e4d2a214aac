"""Model inputs: shapes, batch, dtype and time axis, in every form that Keras has had."""

from __future__ import annotations

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.errors import SpecError
from seqinspect.model.graph import Input
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.dialect.context import Reading, is_null, written
from seqinspect.readers.dialect.names import as_list, nearest
from seqinspect.readers.source.limits import shown

NAME = "input"
"""The name of the only input where the spec gives none."""

DTYPES = (
    "float32", "float16", "bfloat16", "float64", "int32", "int64", "int16", "int8",
    "uint8", "uint16", "uint32", "uint64", "bool", "string", "complex64", "complex128",
)  # fmt: skip
SHAPES = ("shape", "input_shape")
BATCH_SHAPES = ("batch_shape", "batch_input_shape")
BATCHES = ("batch", "batch_size")
KNOWN = ("shape", "batch", "dtype", "time_axis", "name", "batch_shape", "batch_input_shape")
ALSO = (*SHAPES, *BATCHES, "sparse", "ragged", "optional", "trainable", "input_dtype")
"""Further arguments of Keras's InputLayer, now or in the past."""


def read_inputs(reading: Reading, node: Mapping) -> list[Input]:
    """Read `input` or `inputs` of a model; none where it has neither."""
    one, several = node.get("input"), node.get("inputs")
    if one is not None and several is not None:
        key = node.key("inputs")
        reading.report(
            key or node,
            "the model has both `input` and `inputs`",
            about="input",
            received="input, inputs",
            expected="one of the two",
        )
    if one is not None:
        if _has_names(one):
            reading.report(
                node.key("input") or one,
                "`input` is one shape, and here are names with shapes",
                about="input",
                received=written(one),
                expected="input: [T, n], or inputs: {history: [T, n], static: [k]}",
                remedy=f"write inputs: {written(one, 3)}",
            )
            return []
        found = read_input(reading, one, NAME)
        return [found] if found else []
    if several is None:
        return []
    if not isinstance(several, Mapping) or not several.entries:
        reading.report(
            several,
            "`inputs` must be names with shapes",
            about="input",
            expected="inputs: {history: [T, n], static: [k]}",
            remedy=_named_shapes(several) if isinstance(several, Sequence) else "",
        )
        return []
    inputs: list[Input] = []
    for key, value in several.entries:
        name = reading.name_of(key, "the name of an input")
        found = read_input(reading, value, name or key.text, prefix=True)
        if found is not None:
            inputs.append(found)
    return inputs


def _has_names(node: Tree) -> bool:
    """Tell whether an input is written as names with shapes: {x: [T, n]}."""
    if not isinstance(node, Mapping) or not node.entries:
        return False
    shapes = (s.get("shape") if isinstance(s, Mapping) else s for _, s in node.entries)
    names = [key.text for key, _ in node.entries]
    unknown = not any(name in ALSO or nearest(name, KNOWN[:1]) for name in names)
    return unknown and not set(names) & {*KNOWN} and all(isinstance(s, Sequence) for s in shapes)


def _named_shapes(node: Sequence) -> str:
    """Say how inputs that were given as a list are written: one shape, or shapes with names."""
    items = node.items
    if not any(isinstance(item, Sequence | Mapping) for item in items):
        return f"write input: {written(node)}"
    pairs: list[str] = []
    for number, item in enumerate(items[:4]):
        name, shape = f"{'abcd'[number]}", item
        if isinstance(item, Mapping) and item.get("shape") is not None:
            given, shape = item.get("name"), item.get("shape") or item
            name = given.text if isinstance(given, Scalar) else name
        elif isinstance(item, Mapping) and len(item.entries) == 1:
            name, shape = item.entries[0][0].text, item.entries[0][1]
        pairs.append(f"{shown(name, 30)}: {written(shape)}")
    return f"write inputs: {{{', '.join(pairs)}{', …' * (len(items) > 4)}}}"


def read_input(reading: Reading, node: Tree, name: str, *, prefix: bool = False) -> Input | None:
    """Read one input: a shape without the batch, or what Keras's Input takes."""
    before = reading.count
    if not isinstance(node, Mapping):
        shape = read_shape(reading, node, name, prefix=prefix)
        if shape is None:
            return None
        return Input(name, (open_batch(reading), *shape), place=reading.place(node))
    reading.unknown_keys(node, KNOWN, "an input", also=ALSO)
    _check_unused(reading, node)
    given = node.get("name")
    if given is not None and not is_null(given):
        name = reading.name_of(given, "the name of an input") or name
    dtype = _dtype(reading, node.get("dtype"))
    steps = "int" in dtype or _means_time(node)
    full = read_full_shape(reading, node, name, prefix=prefix, steps=steps)
    if full is None:
        if reading.count == before:
            reading.report(
                node,
                f"the input `{name}` has no shape",
                about="input",
                expected="shape: [T, n]",
                remedy="the batch is not part of it; for a fixed one add batch: 32",
            )
        return None
    axis = node.get("time_axis")
    time_axis = None if axis is None else _time_axis(reading, axis, len(full))
    if reading.count > before:
        return None
    return Input(
        name,
        full,
        dtype=dtype,
        time_axis=time_axis,
        place=reading.place(node),
        says_time=axis is not None,
    )


def read_full_shape(
    reading: Reading, node: Mapping, name: str, *, prefix: bool = False, steps: bool = False
) -> tuple[Expr, ...] | None:
    """Read a shape with the batch first, from whichever of Keras's arguments is there."""
    written_as = [key for key in (*SHAPES, *BATCH_SHAPES) if node.get(key) is not None]
    if len(written_as) > 1:
        reading.report(
            node.key(written_as[1]) or node,
            "the input has two shapes",
            about="input",
            received=", ".join(written_as),
            expected="one of them",
        )
        return None
    batches = [key for key in BATCHES if node.get(key) is not None]
    batch = node.get(batches[0]) if batches else None
    if not written_as:
        return None
    tree = node.get(written_as[0])
    if tree is None:
        return None
    if written_as[0] in BATCH_SHAPES:
        if batch is not None:
            reading.report(
                node.key(batches[0]) or node,
                f"`{batches[0]}` stands beside `{written_as[0]}`, which has the batch already",
                about="input",
                expected="one of the two",
            )
            return None
        return _batch_shape(reading, tree, name, prefix=prefix, steps=steps)
    shape = read_shape(reading, tree, name, prefix=prefix, steps=steps)
    first = _batch(reading, batch)
    return None if shape is None or first is None else (first, *shape)


def read_shape(
    reading: Reading, node: Tree, name: str, *, prefix: bool = False, steps: bool = False
) -> tuple[Expr, ...] | None:
    """Read the sizes of a shape without the batch; those that are not known get a name."""
    items = _items(reading, node)
    if items is None:
        return None
    if len(items) > 1 and _is_batch(reading, items[0]):
        rest = Sequence(items[1:], node.line, node.column)
        reading.report(
            items[0],
            "an input is written without the batch",
            about="input",
            expected="the sizes of one sample, such as [T, n]",
            remedy=f"write {written(rest)}",
        )
        return None
    before = reading.count
    rank = len(items) + 1
    sizes = [
        _size(reading, item, _open_name(name if prefix else "", axis, rank, steps=steps))
        for axis, item in enumerate(items, 1)
    ]
    return tuple(size for size in sizes if size is not None) if reading.count == before else None


def read_known_shape(
    reading: Reading, node: Tree | None, *, batch: bool = True
) -> tuple[Expr, ...] | None:
    """Return the shape that a config notes of a tensor; None, and no problem, if it is none."""
    items = node.items if isinstance(node, Sequence) else ()
    values = [item.value if isinstance(item, Scalar) else "" for item in items]
    for value in values:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            return None
        if isinstance(value, int) and value < 1:
            return None
    if not values:
        return None
    first = [] if batch else [open_batch(reading)]
    sizes = [
        (open_batch(reading) if batch and axis == 0 else _made_up(reading, f"size_{axis}"))
        if value is None
        else literal(int(value))
        for axis, value in enumerate(values)
    ]
    return (*first, *sizes)


def open_batch(reading: Reading) -> Expr:
    """Return the size of a batch that is not fixed, under a name that no other size has."""
    name = "batch"
    while name in reading.sizes:
        name += "_size"
    return symbol(name)


def _batch(reading: Reading, node: Tree | None) -> Expr | None:
    """Read the size of the batch, which may be open."""
    if node is None or is_null(node):
        return open_batch(reading)
    return _size(reading, node, "")


def _batch_shape(
    reading: Reading, node: Tree, name: str, *, prefix: bool, steps: bool
) -> tuple[Expr, ...] | None:
    items = _items(reading, node)
    if items is None:
        return None
    if not items:
        reading.report(
            node,
            "a shape with the batch cannot be empty",
            about="input",
            expected="the batch (null if it is not fixed), then the sizes of one sample",
        )
        return None
    first = _batch(reading, items[0])
    rest = Sequence(tuple(items[1:]), node.line, node.column)
    shape = read_shape(reading, rest, name, prefix=prefix, steps=steps)
    return None if shape is None or first is None else (first, *shape)


def _is_batch(reading: Reading, node: Tree) -> bool:
    """Tell whether a size is called the batch, and is not a size that the author named."""
    named = isinstance(node, Scalar) and node.text in BATCHES
    return named and isinstance(node, Scalar) and node.text not in reading.sizes


def _items(reading: Reading, node: Tree) -> tuple[Tree, ...] | None:
    if isinstance(node, Sequence):
        return node.items
    text = node.text.strip("()[] ").rstrip(",") if isinstance(node, Scalar) else ""
    text = as_list(text) if text else ""
    reading.report(
        node,
        "a shape must be a list of sizes",
        about="input",
        expected="a list without the batch, such as [T, n]",
        remedy=f"write {text}" if text else "",
    )
    return None


def _size(reading: Reading, node: Tree, name: str) -> Expr | None:
    """Read one size of a shape; null, where it may be, gives one that is not known a name."""
    if isinstance(node, Scalar):
        if node.value is None and not node.quoted and name:
            return _made_up(reading, name)
        if not isinstance(node.value, bool | float | None):
            try:
                size = reading.size(node.value)
            except SpecError as error:
                reading.take(error, node, "a size of the shape")
                return None
            if size.value is None or size.value > 0:
                return size
            how = "" if size.is_constant else f" = {size.value}"
            reading.report(
                node,
                f"a size of the shape is below 1: {written(node)}{how}",
                about="input",
                expected="an integer above 0, or null if it is not known",
            )
            return None
    reading.report(
        node,
        "a size of the shape is no integer",
        about="input",
        expected="an integer, a name from `dims`, arithmetic over them, or null if not known",
        remedy="the sizes stand side by side: [T, n]" if isinstance(node, Sequence) else "",
    )
    return None


def _open_name(name: str, axis: int, rank: int, *, steps: bool) -> str:
    """Return what formulas call a size that the spec leaves open: T for the number of steps."""
    clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    end = f"_{clean}" if clean else ""
    if axis == 1 and (rank == 3 or (rank == 2 and steps) or (rank > 3 and steps)):
        return f"T{end}"
    return f"size_{axis}{end}"


def _made_up(reading: Reading, name: str) -> Expr:
    """Return a size with a name that no other size has."""
    unique, number = name, 1
    while unique in reading.sizes or unique in reading.taken:
        number += 1
        unique = f"{name}_{number}"
    reading.taken.add(unique)
    return symbol(unique)


def _means_time(node: Mapping) -> bool:
    axis = node.get("time_axis")
    return isinstance(axis, Scalar) and axis.value == 1


def _dtype(reading: Reading, node: Tree | None) -> str:
    if node is None or is_null(node):
        return "float32"
    text = node.text if isinstance(node, Scalar) else ""
    if text in DTYPES:
        return text
    near = nearest(text, DTYPES)
    reading.report(
        node,
        "the dtype of an input is none that Keras knows",
        about="input",
        expected=", ".join(DTYPES),
        remedy=f"did you mean {near}?" if near else "",
    )
    return "float32"


def _time_axis(reading: Reading, node: Tree, rank: int) -> int | None:
    value = node.value if isinstance(node, Scalar) else ""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 < value < rank:
            return value
        if -rank < value < 0:
            return value + rank
    reading.report(
        node,
        "`time_axis` is no axis of the input",
        about="input",
        expected=f"a number from 1 (0 is the batch) to {rank - 1}, or null for no time"
        if rank > 1
        else "null: this input has no axis beside the batch",
    )
    return None


def _check_unused(reading: Reading, node: Mapping) -> None:
    for name in ("sparse", "ragged", "optional"):
        value = node.get(name)
        if value is not None and not (isinstance(value, Scalar) and not value.value):
            reading.report(
                value,
                f"`{name}` inputs are not understood yet",
                about="input",
                expected="false, or nothing",
            )
