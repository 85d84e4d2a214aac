"""What to say of a tensor that is not there: by its name, by its number, or as a state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.model.tree import Scalar, Sequence, Tree
from seqinspect.readers.source.limits import truncate
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seqinspect.model.graph import Layer, Node, Ref
    from seqinspect.readers.elements.context import ReaderContext

INDEX = re.compile(r"(.+)\[([0-9]{1,5})\]")
CALL_SUFFIX = re.compile(r"(?:_call)?_[0-9]{1,5}$")
"""What Keras and people put behind the name of a layer for its further calls."""


def tensor_name_remedy(
    text: str, sources: Tree | None, tensors: Mapping[str, Ref], calls: Iterable[Node]
) -> str:
    """Say how a tensor is named that was probably meant by a name that stands for none."""
    index = re.fullmatch(INDEX, text)
    if index is not None and index[1] in tensors:
        return f"write {truncate(index[1])}.{index[2]}"
    base = CALL_SUFFIX.sub("", text)
    ref = tensors.get(base) if base != text else None
    again = [call.name for call in calls if ref is not None and call.reuses == ref.name]
    if again:
        return (
            f"a further call of `{truncate(base)}` is named {join_names(again)}:"
            " write that, or give it a name of its own with `name:`"
        )
    # Who lists two tensors means two: what is there already is not what is missing.
    others = sources.items if isinstance(sources, Sequence) else ()
    listed_names = {other.text for other in others if isinstance(other, Scalar)}
    near = nearest(text, [name for name in tensors if name not in listed_names])
    return f"did you mean `{near}`?" if near else ""


def check_state(context: ReaderContext, node: Tree, name: str, output: int, maker: Layer) -> None:
    """Report an output that a recurrent layer does not have, though it returns its states."""
    states = state_count(maker)
    if states is None or output <= states:
        return
    layer_name = truncate(name)
    context.report(
        node,
        f"output {output} of `{layer_name}` does not exist",
        about="from",
        expected=", ".join(
            [layer_name, *(f"{layer_name}.{number + 1}" for number in range(states))]
        ),
        remedy=f"`{layer_name}` has the outputs 0 to {states}",
    )


def check_all_states(context: ReaderContext, node: Tree, layer: Layer, maker: Node | None) -> None:
    """Report one tensor where a layer has several states, and say how they are named."""
    due = state_count(layer)
    if due is None or due == 1:
        return
    name = truncate(node.text.partition(".")[0]) if isinstance(node, Scalar) else ""
    remedy = ""
    if maker is not None and state_count(maker.layer) == due:
        states = ", ".join(f"{name}.{number + 1}" for number in range(due))
        remedy = f"write initial_state: [{states}]"
        if not maker.layer.arguments.get("return_state"):
            remedy += f", and give `{name}` return_state: true"
    context.report(
        node,
        f"{layer.type} `{layer.name}` has {due} states, and `initial_state` gives 1",
        about="shape",
        expected=f"{due} of shape (batch, units)",
        remedy=remedy,
    )


def state_count(layer: Layer) -> int | None:
    """Return how many states a recurrent layer with one cell passes on; None of another."""
    traits = traits_of(layer.type)
    return traits.states if traits.recurrent and traits.states else None
