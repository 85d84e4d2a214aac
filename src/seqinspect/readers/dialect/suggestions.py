"""What to say of a tensor that is not there: by its name, by its number, or as a state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.model.tree import Scalar, Sequence, Tree
from seqinspect.readers.dialect.names import listing, nearest
from seqinspect.readers.source.limits import shown
from seqinspect.rules import traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seqinspect.model.graph import Layer, Node, Ref
    from seqinspect.readers.dialect.context import Reading

INDEX = re.compile(r"(.+)\[([0-9]{1,5})\]")
FURTHER = re.compile(r"(?:_call)?_[0-9]{1,5}$")
"""What Keras and people put behind the name of a layer for its further calls."""


def other_name(
    text: str, sources: Tree | None, known: Mapping[str, Ref], calls: Iterable[Node]
) -> str:
    """Say how a tensor is named that was probably meant by a name that stands for none."""
    index = INDEX.fullmatch(text)
    if index is not None and index[1] in known:
        return f"write {shown(index[1])}.{index[2]}"
    base = FURTHER.sub("", text)
    ref = known.get(base) if base != text else None
    again = [call.name for call in calls if ref is not None and call.reuses == ref.name]
    if again:
        return (
            f"a further call of `{shown(base)}` is named {listing(again)}:"
            " write that, or give it a name of its own with `name:`"
        )
    # Who lists two tensors means two: what is there already is not what is missing.
    others = sources.items if isinstance(sources, Sequence) else ()
    beside = {other.text for other in others if isinstance(other, Scalar)}
    near = nearest(text, [name for name in known if name not in beside])
    return f"did you mean `{near}`?" if near else ""


def check_state(reading: Reading, node: Tree, name: str, output: int, maker: Layer) -> None:
    """Report an output that a recurrent layer does not have, though it returns its states."""
    states = states_of(maker)
    if states is None or output <= states:
        return
    called = shown(name)
    reading.report(
        node,
        f"output {output} of `{called}` does not exist",
        about="from",
        expected=", ".join([called, *(f"{called}.{number + 1}" for number in range(states))]),
        remedy=f"`{called}` has the outputs 0 to {states}",
    )


def check_all_states(reading: Reading, node: Tree, layer: Layer, maker: Node | None) -> None:
    """Report one tensor where a layer has several states, and say how they are named."""
    due = states_of(layer)
    if due is None or due == 1:
        return
    name = shown(node.text.partition(".")[0]) if isinstance(node, Scalar) else ""
    remedy = ""
    if maker is not None and states_of(maker.layer) == due:
        states = ", ".join(f"{name}.{number + 1}" for number in range(due))
        remedy = f"write initial_state: [{states}]"
        if not maker.layer.arguments.get("return_state"):
            remedy += f", and give `{name}` return_state: true"
    reading.report(
        node,
        f"{layer.type} `{layer.name}` has {due} states, and `initial_state` gives 1",
        about="shape",
        expected=f"{due} of shape (batch, units)",
        remedy=remedy,
    )


def states_of(layer: Layer) -> int | None:
    """Return how many states a recurrent layer with one cell passes on; None of another."""
    traits = traits_of(layer.type)
    return traits.states if traits.recurrent and traits.states else None
