"""Model inputs: shapes, batch, dtype and time axis, in every form that Keras has had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.errors import SpecError
from seqinspect.model.graph import Input
from seqinspect.model.naming import next_name
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.context import ReaderContext, format_node, is_null
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import as_yaml_list, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_INPUT_NAME = "input"
"""The name of the only input where the spec gives none."""

DTYPES = (
    "float32", "float16", "bfloat16", "float64", "int32", "int64", "int16", "int8",
    "uint8", "uint16", "uint32", "uint64", "bool", "string", "complex64", "complex128",
)  # fmt: skip
SHAPES = ("shape", "input_shape")
BATCH_SHAPES = ("batch_shape", "batch_input_shape")
BATCHES = ("batch", "batch_size")
INPUT_KEYS = ("shape", "batch", "dtype", "time_axis", "name", "batch_shape", "batch_input_shape")
IGNORED_KEYS = (*SHAPES, *BATCHES, "sparse", "ragged", "optional", "trainable", "input_dtype")
"""Further arguments of Keras's InputLayer, now or in the past."""


def free_input_name(layers: Iterable[object]) -> str:
    """Return the name of an input that nobody named, beside layers that have names."""
    names = {getattr(layer, "name", "") for layer in layers}
    taken = DEFAULT_INPUT_NAME in names
    return next_name(DEFAULT_INPUT_NAME, names, 1) if taken else DEFAULT_INPUT_NAME


def read_inputs(context: ReaderContext, node: Mapping) -> list[Input]:
    """Read `input` or `inputs` of a model; none where it has neither."""
    one, several = node.get("input"), node.get("inputs")
    if one is not None and several is not None:
        key = node.key("inputs")
        context.report(
            key or node,
            "the model has both `input` and `inputs`",
            about="input",
            received="input, inputs",
            expected="one of the two",
        )
    if one is not None:
        if _has_names(one):
            context.report(
                node.key("input") or one,
                "`input` is one shape, and here are names with shapes",
                about="input",
                received=format_node(one),
                expected="input: [T, n], or inputs: {history: [T, n], static: [k]}",
                remedy=f"write inputs: {format_node(one, 3)}",
            )
            return []
        model_input = read_input(context, one, DEFAULT_INPUT_NAME)
        return [model_input] if model_input else []
    if several is None:
        return []
    if not isinstance(several, Mapping) or not several.entries:
        context.report(
            several,
            "`inputs` must be names with shapes",
            about="input",
            expected="inputs: {history: [T, n], static: [k]}",
            remedy=_named_shapes_remedy(several) if isinstance(several, Sequence) else "",
        )
        return []
    inputs: list[Input] = []
    for key, value in several.entries:
        name = context.checked_name(key, "the name of an input")
        model_input = read_input(context, value, name or key.text, prefix=True)
        if model_input is not None:
            inputs.append(model_input)
    return inputs


def _has_names(node: Tree) -> bool:
    """Tell whether an input is written as names with shapes: {x: [T, n]}."""
    if not isinstance(node, Mapping) or not node.entries:
        return False
    shapes = (s.get("shape") if isinstance(s, Mapping) else s for _, s in node.entries)
    names = [key.text for key, _ in node.entries]
    unknown = not any(name in IGNORED_KEYS or nearest(name, INPUT_KEYS[:1]) for name in names)
    return (
        unknown and not set(names) & {*INPUT_KEYS} and all(isinstance(s, Sequence) for s in shapes)
    )


def _named_shapes_remedy(node: Sequence) -> str:
    """Say how inputs that were given as a list are written: one shape, or shapes with names."""
    items = node.items
    if not any(isinstance(item, Sequence | Mapping) for item in items):
        return f"write input: {format_node(node)}"
    pairs: list[str] = []
    for number, item in enumerate(items[:4]):
        name, shape = f"{'abcd'[number]}", item
        if isinstance(item, Mapping) and item.get("shape") is not None:
            name_node, shape = item.get("name"), item.get("shape") or item
            name = name_node.text if isinstance(name_node, Scalar) else name
        elif isinstance(item, Mapping) and len(item.entries) == 1:
            name, shape = item.entries[0][0].text, item.entries[0][1]
        pairs.append(f"{truncate(name, 30)}: {format_node(shape)}")
    return f"write inputs: {{{', '.join(pairs)}{', …' * (len(items) > 4)}}}"


def read_input(
    context: ReaderContext, node: Tree, name: str, *, prefix: bool = False
) -> Input | None:
    """Read one input: a shape without the batch, or what Keras's Input takes."""
    problems_before = context.problem_count
    if not isinstance(node, Mapping):
        shape = read_shape(context, node, name, prefix=prefix)
        if shape is None:
            return None
        return Input(name, (unknown_batch(context), *shape), place=context.place(node))
    context.report_unknown_keys(node, INPUT_KEYS, "an input", ignored=IGNORED_KEYS)
    _check_unused(context, node)
    named = node.get("name")
    if named is not None and not is_null(named):
        name = context.checked_name(named, "the name of an input") or name
    dtype = _dtype(context, node.get("dtype"))
    steps = "int" in dtype or _means_time(node)
    full = read_full_shape(context, node, name, prefix=prefix, steps=steps)
    if full is None:
        if context.problem_count == problems_before:
            context.report(
                node,
                f"the input `{name}` has no shape",
                about="input",
                expected="shape: [T, n]",
                remedy="the batch is not part of it; for a fixed one add batch: 32",
            )
        return None
    axis = node.get("time_axis")
    time_axis = None if axis is None else _time_axis(context, axis, len(full))
    if context.problem_count > problems_before:
        return None
    return Input(
        name,
        full,
        dtype=dtype,
        time_axis=time_axis,
        place=context.place(node),
        says_time=axis is not None,
    )


def read_full_shape(
    context: ReaderContext, node: Mapping, name: str, *, prefix: bool = False, steps: bool = False
) -> tuple[Expr, ...] | None:
    """Read a shape with the batch first, from whichever of Keras's arguments is there."""
    written_as = [key for key in (*SHAPES, *BATCH_SHAPES) if node.get(key) is not None]
    if len(written_as) > 1:
        context.report(
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
            context.report(
                node.key(batches[0]) or node,
                f"`{batches[0]}` stands beside `{written_as[0]}`, which has the batch already",
                about="input",
                expected="one of the two",
            )
            return None
        return _batch_shape(context, tree, name, prefix=prefix, steps=steps)
    shape = read_shape(context, tree, name, prefix=prefix, steps=steps)
    first = _batch(context, batch)
    return None if shape is None or first is None else (first, *shape)


def read_shape(
    context: ReaderContext, node: Tree, name: str, *, prefix: bool = False, steps: bool = False
) -> tuple[Expr, ...] | None:
    """Read the sizes of a shape without the batch; those that are not known get a name."""
    items = _items(context, node)
    if items is None:
        return None
    if len(items) > 1 and _is_batch(context, items[0]):
        rest = Sequence(items[1:], node.line, node.column)
        context.report(
            items[0],
            "an input is written without the batch",
            about="input",
            expected="the sizes of one sample, such as [T, n]",
            remedy=f"write {format_node(rest)}",
        )
        return None
    problems_before = context.problem_count
    rank = len(items) + 1
    sizes = [
        _size(context, item, _unknown_size_name(name if prefix else "", axis, rank, steps=steps))
        for axis, item in enumerate(items, 1)
    ]
    return (
        tuple(size for size in sizes if size is not None)
        if context.problem_count == problems_before
        else None
    )


def read_known_shape(
    context: ReaderContext, node: Tree | None, *, batch: bool = True
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
    first = [] if batch else [unknown_batch(context)]
    sizes = [
        (
            unknown_batch(context)
            if batch and axis == 0
            else _generated_size(context, f"size_{axis}")
        )
        if value is None
        else literal(int(value))
        for axis, value in enumerate(values)
    ]
    return (*first, *sizes)


def unknown_batch(context: ReaderContext) -> Expr:
    """Return the size of a batch that is not fixed, under a name that no other size has."""
    name = "batch"
    while name in context.sizes:
        name += "_size"
    return symbol(name, unfixed=True)


def _batch(context: ReaderContext, node: Tree | None) -> Expr | None:
    """Read the size of the batch, which may be open."""
    if node is None or is_null(node):
        return unknown_batch(context)
    return _size(context, node, "")


def _batch_shape(
    context: ReaderContext, node: Tree, name: str, *, prefix: bool, steps: bool
) -> tuple[Expr, ...] | None:
    items = _items(context, node)
    if items is None:
        return None
    if not items:
        context.report(
            node,
            "a shape with the batch cannot be empty",
            about="input",
            expected="the batch (null if it is not fixed), then the sizes of one sample",
        )
        return None
    first = _batch(context, items[0])
    rest = Sequence(tuple(items[1:]), node.line, node.column)
    shape = read_shape(context, rest, name, prefix=prefix, steps=steps)
    return None if shape is None or first is None else (first, *shape)


def _is_batch(context: ReaderContext, node: Tree) -> bool:
    """Tell whether a size is called the batch, and is not a size that the author named."""
    named = isinstance(node, Scalar) and node.text in BATCHES
    return named and isinstance(node, Scalar) and node.text not in context.sizes


def _items(context: ReaderContext, node: Tree) -> tuple[Tree, ...] | None:
    if isinstance(node, Sequence):
        return node.items
    text = node.text.strip("()[] ").rstrip(",") if isinstance(node, Scalar) else ""
    text = as_yaml_list(text) if text else ""
    context.report(
        node,
        "a shape must be a list of sizes",
        about="input",
        expected="a list without the batch, such as [T, n]",
        remedy=f"write {text}" if text else "",
    )
    return None


def _size(context: ReaderContext, node: Tree, name: str) -> Expr | None:
    """Read one size of a shape; null, where it may be, gives one that is not known a name."""
    if isinstance(node, Scalar):
        if node.value is None and not node.quoted and name:
            return _generated_size(context, name)
        if not isinstance(node.value, bool | float | None):
            try:
                size = context.size(node.value)
            except SpecError as error:
                context.report_error(error, node, "a size of the shape")
                return None
            if not size.is_below(1):
                return size
            how = "" if size.is_constant else f" = {size.shown}"
            context.report(
                node,
                f"a size of the shape is below 1: {format_node(node)}{how}",
                about="input",
                expected="an integer above 0, or null if it is not known",
            )
            return None
    context.report(
        node,
        "a size of the shape is no integer",
        about="input",
        expected="an integer, a name from `dims`, arithmetic over them, or null if not known",
        remedy="the sizes stand side by side: [T, n]" if isinstance(node, Sequence) else "",
    )
    return None


def _unknown_size_name(name: str, axis: int, rank: int, *, steps: bool) -> str:
    """Return what formulas call a size that the spec leaves open: T for the number of steps."""
    clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    end = f"_{clean}" if clean else ""
    if axis == 1 and (rank == 3 or (rank == 2 and steps) or (rank > 3 and steps)):
        return f"T{end}"
    return f"size_{axis}{end}"


def _generated_size(context: ReaderContext, name: str) -> Expr:
    """Return a size with a name that no other size has."""
    unique, number = name, 1
    while unique in context.sizes or unique in context.generated_names:
        number += 1
        unique = f"{name}_{number}"
    context.generated_names.add(unique)
    return symbol(unique, unfixed=True)


def _means_time(node: Mapping) -> bool:
    axis = node.get("time_axis")
    return isinstance(axis, Scalar) and axis.value == 1


def _dtype(context: ReaderContext, node: Tree | None) -> str:
    if node is None or is_null(node):
        return "float32"
    text = node.text if isinstance(node, Scalar) else ""
    if text in DTYPES:
        return text
    near = nearest(text, DTYPES)
    context.report(
        node,
        "the dtype of an input is none that Keras knows",
        about="input",
        expected=", ".join(DTYPES),
        remedy=f"did you mean {near}?" if near else "",
    )
    return "float32"


def _time_axis(context: ReaderContext, node: Tree, rank: int) -> int | None:
    value = node.value if isinstance(node, Scalar) else ""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 < value < rank:
            return value
        if -rank < value < 0:
            return value + rank
    context.report(
        node,
        "`time_axis` is no axis of the input",
        about="input",
        expected=f"a number from 1 (0 is the batch) to {rank - 1}, or null for no time"
        if rank > 1
        else "null: this input has no axis beside the batch",
    )
    return None


def _check_unused(context: ReaderContext, node: Mapping) -> None:
    for name in ("sparse", "ragged", "optional"):
        value = node.get(name)
        if value is not None and not (isinstance(value, Scalar) and not value.value):
            context.report(
                value,
                f"`{name}` inputs are not understood yet",
                about="input",
                expected="false, or nothing",
            )
