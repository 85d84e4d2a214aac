"""The input of a model as Keras 1 and 2 wrote it: among the arguments of the first layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seqinspect.model.graph import Input
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.dialect.entry import Body, Entry
from seqinspect.readers.dialect.inputs import BATCH_SHAPES as WITH_BATCH
from seqinspect.readers.dialect.inputs import BATCHES, NAME, SHAPES, read_full_shape
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from seqinspect.readers.dialect.context import Reading


def input_of_first_layer(reading: Reading, body: Body) -> None:
    """Give a model without inputs the one that its first layer describes, if it does."""
    first = body.entries[0] if body.entries else None
    if first is None or first.input is not None:
        return
    said = _said(first)
    if body.inputs:
        if reading.keras:
            return  # what a later version left there is not looked at
        _check_agreement(reading, body.inputs[0], said)
        return
    names = [*SHAPES, *WITH_BATCH]
    if not any(name in said for name in names):
        said |= _from_sizes(first, said)
    if not any(name in said for name in names):
        given = _of_model(first) if reading.keras else None
        if given is not None:
            body.inputs.append(replace(given, name=NAME))
        return
    indexes = traits_of(first.type).looks_up
    shape = read_full_shape(reading, _mapping(said, first.node), NAME, steps=indexes)
    if shape is not None:
        place = next(reading.place(said[name]) for name in names if name in said)
        dtype = "int32" if indexes else "float32"
        body.inputs.append(Input(NAME, shape, dtype, place=place))


def _of_model(entry: Entry) -> Input | None:
    """Return the one input of the model that a Sequential begins with."""
    if entry.body is None:
        return None
    given = [*entry.body.inputs, *(each.input for each in entry.body.entries if each.input)]
    return given[0] if len(given) == 1 and given[0].shape is not None else None


def _said(entry: Entry) -> dict[str, Tree]:
    """Return what a layer says of the input; Bidirectional may leave it to the layer inside."""
    inner = entry.arguments.get("layer")
    if not entry.first and traits_of(entry.type).both_directions and isinstance(inner, Entry):
        return dict(inner.first)
    return dict(entry.first)


def _from_sizes(entry: Entry, said: dict[str, Tree]) -> dict[str, Tree]:
    """Return the shape that `input_dim` and `input_length` make."""
    node = entry.node
    unknown = Scalar(None, "", False, node.line, node.column)
    length, features = said.get("input_length"), said.get("input_dim")
    traits = traits_of(entry.type)
    if traits.looks_up:
        items: list[Tree] = [length or unknown]
    elif length is not None or (features is not None and traits.step_by_step):
        items = [length or unknown, features or unknown]
    elif features is not None:
        items = [features]
    else:
        return {}
    start = length or features or node
    return {"input_shape": Sequence(tuple(items), start.line, start.column)}


def _check_agreement(reading: Reading, given: Input, said: dict[str, Tree]) -> None:
    """Report a first layer that contradicts the model's own input."""
    names = [name for name in (*SHAPES, *WITH_BATCH) if name in said]
    if not names or given.shape is None:
        return
    node = said[names[0]]
    before = reading.count
    mapping = _mapping({names[0]: node}, node)
    shape = read_full_shape(reading, mapping, NAME)
    if shape is None or reading.count > before:
        return
    pairs = zip(shape[1:], given.shape[1:], strict=False)
    differ = len(shape) != len(given.shape) or any(
        one.value is not None and other.value is not None and one.value != other.value
        for one, other in pairs
    )
    if differ:
        own = ", ".join(size.text() for size in given.shape[1:])
        reading.report(
            node,
            f"`{names[0]}` contradicts the model's input",
            about="input",
            expected=f"[{own}], or nothing: the input is given already",
            remedy=f"take `{names[0]}` out",
        )


def _mapping(said: dict[str, Tree], node: Tree) -> Mapping:
    known = {name: said[name] for name in (*SHAPES, *WITH_BATCH, *BATCHES) if name in said}
    entries = tuple(
        (Scalar(name, name, False, tree.line, tree.column), tree) for name, tree in known.items()
    )
    return Mapping(entries, known, node.line, node.column)
