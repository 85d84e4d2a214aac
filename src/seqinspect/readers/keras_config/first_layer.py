"""The input of a model as Keras 1 and 2 wrote it: among the arguments of the first layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.graph import Input
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.entry import Body, Entry
from seqinspect.readers.elements.inputs import BATCH_SHAPES as WITH_BATCH
from seqinspect.readers.elements.inputs import (
    BATCHES,
    DEFAULT_INPUT_NAME,
    SHAPES,
    free_input_name,
    read_full_shape,
)
from seqinspect.records import replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from seqinspect.readers.elements.context import ReaderContext


def input_of_first_layer(context: ReaderContext, body: Body, *, nested: bool = False) -> None:
    """Give a model without inputs the one that its first layer describes, if it does.

    A model that looks up indexes has (batch, T) of them where nobody says more; a `nested` one
    takes what it is called on.
    """
    first = body.entries[0] if body.entries else None
    if first is None or first.input is not None:
        return
    described = _described_input(first)
    if body.inputs:
        if context.keras:
            return  # what a later version left there is not looked at
        _check_agreement(context, body.inputs[0], described)
        return
    names = [*SHAPES, *WITH_BATCH]
    if not any(name in described for name in names):
        described |= _shape_from_sizes(first, described, nested=nested)
    if not any(name in described for name in names):
        model_input = _input_of_model(first) if context.keras else None
        if model_input is not None:
            body.inputs.append(replace(model_input, name=free_input_name(body.entries)))
        return
    indexes = traits_of(first.type).looks_up
    shape = read_full_shape(
        context, _mapping(described, first.node), DEFAULT_INPUT_NAME, steps=indexes
    )
    if shape is not None:
        place = next(context.place(described[name]) for name in names if name in described)
        dtype = "int32" if indexes else "float32"
        body.inputs.append(Input(free_input_name(body.entries), shape, dtype, place=place))


def _input_of_model(entry: Entry) -> Input | None:
    """Return the one input of the model that a Sequential begins with."""
    if entry.body is None:
        return None
    inputs = [*entry.body.inputs, *(each.input for each in entry.body.entries if each.input)]
    return inputs[0] if len(inputs) == 1 and inputs[0].shape is not None else None


def _described_input(entry: Entry) -> dict[str, Tree]:
    """Return what a layer says of the input; Bidirectional may leave it to the layer inside."""
    inner = entry.arguments.get("layer")
    if (
        not entry.input_arguments
        and traits_of(entry.type).both_directions
        and isinstance(inner, Entry)
    ):
        return dict(inner.input_arguments)
    return dict(entry.input_arguments)


def _shape_from_sizes(entry: Entry, described: dict[str, Tree], *, nested: bool) -> dict[str, Tree]:
    """Return the shape that `input_dim` and `input_length` make."""
    node = entry.node
    unknown = Scalar(None, "", False, node.line, node.column)
    length, features = described.get("input_length"), described.get("input_dim")
    traits = traits_of(entry.type)
    if traits.looks_up and (length is not None or not nested):
        items: list[Tree] = [length or unknown]
    elif length is not None or (features is not None and traits.step_by_step):
        items = [length or unknown, features or unknown]
    elif features is not None:
        items = [features]
    else:
        return {}
    start = length or features or node
    return {"input_shape": Sequence(tuple(items), start.line, start.column)}


def _check_agreement(
    context: ReaderContext, model_input: Input, described: dict[str, Tree]
) -> None:
    """Report a first layer that contradicts the model's own input."""
    names = [name for name in (*SHAPES, *WITH_BATCH) if name in described]
    if not names or model_input.shape is None:
        return
    node = described[names[0]]
    problems_before = context.problem_count
    mapping = _mapping({names[0]: node}, node)
    shape = read_full_shape(context, mapping, DEFAULT_INPUT_NAME)
    if shape is None or context.problem_count > problems_before:
        return
    pairs = zip(shape[1:], model_input.shape[1:], strict=False)
    differ = len(shape) != len(model_input.shape) or any(
        one.value is not None and other.value is not None and one.value != other.value
        for one, other in pairs
    )
    if differ:
        sizes = ", ".join(size.text() for size in model_input.shape[1:])
        context.report(
            node,
            f"`{names[0]}` contradicts the model's input",
            about="input",
            expected=f"[{sizes}], or nothing: the input is given already",
            remedy=f"remove `{names[0]}`",
        )


def _mapping(described: dict[str, Tree], node: Tree) -> Mapping:
    nodes = {
        name: described[name] for name in (*SHAPES, *WITH_BATCH, *BATCHES) if name in described
    }
    entries = tuple(
        (Scalar(name, name, False, tree.line, tree.column), tree) for name, tree in nodes.items()
    )
    return Mapping(entries, nodes, node.line, node.column)
