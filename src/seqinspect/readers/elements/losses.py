"""Losses as `expect:` names them: one for all outputs, or one for each by name or in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.records import NamedTuple
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


def read_losses(node: Tree, outputs: tuple[str, ...]) -> Iterator[OutputLoss]:
    """Yield the loss that stands there, or that of each output, by name or in their order."""
    loss = read_loss(node)
    if loss is None and isinstance(node, Sequence):
        for output, inner in zip(outputs, node.items, strict=False):
            yield _of_output(inner, output)
    elif loss is None and isinstance(node, Mapping):
        for key, inner in node.entries:
            yield _of_output(inner, key.text)
    else:
        yield _of_output(node, "")


def _of_output(node: Tree, output: str) -> OutputLoss:
    return OutputLoss(output, node, node.text if isinstance(node, Scalar) else "", read_loss(node))


def read_loss(node: Tree) -> Loss | None:
    """Return a loss of Keras; None where none stands there.

    It is a name, a name with arguments ({Huber: {delta: 2}}), or what Keras makes of it
    ({class_name: Huber, config: {delta: 2}}; a function has its name as config).
    """
    if isinstance(node, Scalar):
        name = find_loss(node.text)
        return Loss(name) if name else None
    if not isinstance(node, Mapping):
        return None
    kind, config = node.get("class_name"), node.get("config")
    if kind is None and len(node.entries) == 1:
        kind, config = node.entries[0]
        if not isinstance(config, Mapping):
            return None
    if isinstance(config, Scalar) and isinstance(config.value, str):
        return read_loss(config)
    name = find_loss(kind.text) if isinstance(kind, Scalar) else ""
    if not name:
        return None
    given = {word: _plain(config, word) for word in ("from_logits", "ignore_class", "axis")}
    numbers = {word: value for word, value in given.items() if type(value) is int}
    return Loss(name, given["from_logits"] is True, **numbers)


def _plain(config: Tree | None, word: str) -> object:
    """Return the value of an argument of a loss; None where it is not given."""
    value = config.get(word) if isinstance(config, Mapping) else None
    return value.value if isinstance(value, Scalar) else None


def sparse_outputs(expect: Document, outputs: tuple[str, ...]) -> frozenset[str]:
    """Return the outputs whose target holds numbers of classes, as `expect:` says."""
    node = expect.root.get("loss") if isinstance(expect.root, Mapping) else None
    if node is None:
        return frozenset()
    losses = {each.output: each.loss for each in read_losses(node, outputs) if each.loss}
    found = {name: losses.get(name, losses.get("")) for name in outputs}
    return frozenset(name for name, loss in found.items() if loss is not None and loss.sparse)
