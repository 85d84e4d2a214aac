"""Shapes that a config states beside its layers: of inputs and of unsupported layers' outputs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from seqinspect.model.graph import Input
from seqinspect.model.tree import Mapping, Scalar, Sequence
from seqinspect.readers.elements.inputs import free_input_name, read_known_shape
from seqinspect.records import replace
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.model.tree import Tree
    from seqinspect.readers.elements.context import ReaderContext
    from seqinspect.readers.elements.entry import Body, Entry


def complete_sequential(context: ReaderContext, body: Body, node: Tree) -> None:
    """Take from a Sequential's config what its layers do not say themselves."""
    _join_branches(body)
    entries = body.entries
    for entry, following in pairwise(entries):
        if entry.unsupported is not None and not entry.unsupported.outputs:
            declare_outputs(entry, {0: read_known_shape(context, following.build_shape)})
    first = entries[0]
    if body.inputs or first.input is not None or first.branches:
        return
    inner = first.arguments.get("layer")
    described = {*first.input_arguments, *getattr(inner, "input_arguments", ())}
    if described & {"batch_input_shape", "input_shape", "batch_shape", "input_dim"}:
        return
    built = node.get("build_input_shape") if isinstance(node, Mapping) else None
    for tree in (built, first.build_shape):
        shape = read_known_shape(context, tree)
        if shape is not None and tree is not None:
            dtype = "int32" if traits_of(first.type).looks_up else "float32"
            name = free_input_name(body.entries)
            body.inputs.append(Input(name, shape, dtype, place=context.place(tree)))
            return


def declare_outputs(entry: Entry, shapes: dict[int, tuple[Expr, ...] | None]) -> None:
    """Give an unsupported entry the shapes that others say it returns."""
    if entry.unsupported is None or not any(shapes.values()):
        return
    declared = list(entry.unsupported.outputs)
    declared += [None] * (max(shapes) + 1 - len(declared))
    for index, shape in shapes.items():
        declared[index] = declared[index] or shape
    entry.unsupported = entry.unsupported._replace(outputs=tuple(declared))


def _join_branches(body: Body) -> None:
    """Write a Merge of Keras 1 that begins a Sequential as calls of its branches."""
    first = body.entries[0]
    if not first.branches:
        return
    at = first.node
    names: list[Scalar] = []
    for number, branch in enumerate(first.branches):
        branch_body = branch.body
        if branch_body is None:
            continue
        branch.name = branch.name or f"branch_{number + 1}"
        inputs = [replace(each, name=f"{branch.name}_{each.name}") for each in branch_body.inputs]
        body.inputs += inputs
        sources = tuple(_string_node(each.name, at) for each in inputs)
        branch.sources = sources[0] if len(sources) == 1 else Sequence(sources, at.line, at.column)
        names.append(_string_node(branch.name, at))
    first.sources = Sequence(tuple(names), at.line, at.column)
    body.entries[:0] = first.branches


def _string_node(text: str, at: Scalar) -> Scalar:
    return Scalar(text, text, True, at.line, at.column)
