"""Losses as `expect:` names them: one for all outputs, or one for each by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seqinspect.model.tree import Mapping, Scalar, Tree
from seqinspect.rules.losses import Loss, find_loss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.tree import Document


class OutputLoss(NamedTuple):
    """The loss of an output, or of all of them (""); None where `name` names none of Keras's."""

    output: str
    node: Tree
    name: str
    loss: Loss | None


def read_losses(node: Tree, output: str = "") -> Iterator[OutputLoss]:
    """Yield what stands there: a name, {name: {from_logits: true}}, or one for each output."""
    name, logits = node, None
    if isinstance(node, Mapping):
        first, value = node.entries[0] if len(node.entries) == 1 else (None, None)
        if first is None or not find_loss(first.text) or not isinstance(value, Mapping):
            for key, inner in () if output else node.entries:
                yield from read_losses(inner, key.text)
            return
        name, logits = first, value.get("from_logits")
    text = name.text if isinstance(name, Scalar) else ""
    found = find_loss(text)
    from_logits = isinstance(logits, Scalar) and logits.value is True
    yield OutputLoss(output, node, text, Loss(found, from_logits) if found else None)


def sparse_outputs(expect: Document | None, outputs: tuple[str, ...]) -> frozenset[str]:
    """Return the outputs whose target holds numbers of classes, as `expect:` says."""
    root = None if expect is None else expect.root
    node = root.get("loss") if isinstance(root, Mapping) else None
    if node is None:
        return frozenset()
    losses = {each.output: each.loss for each in read_losses(node) if each.loss is not None}
    found = {name: losses.get(name, losses.get("")) for name in outputs}
    return frozenset(name for name, loss in found.items() if loss is not None and loss.sparse)
