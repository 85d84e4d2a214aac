"""The loss that a saved model was compiled with, as `expect:` of a spec has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.tree import Document, Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.losses import read_loss
from seqinspect.readers.keras_config.saved import WRAPPERS

if TYPE_CHECKING:
    from seqinspect.model.graph import Ref

COMPILED = ("compile_config", "training_config")
"""What Keras 3 and Keras 2 call what `compile` was given."""


def compiled_loss(root: Mapping, outputs: tuple[Ref, ...], document: Document) -> Document | None:
    """Return the losses of Keras that a config names; others are passed over."""
    wrapped = [node for node in map(root.get, WRAPPERS) if isinstance(node, Mapping)]
    for around in (root, *wrapped):
        for name in COMPILED:
            config = around.get(name)
            loss = config.get("loss") if isinstance(config, Mapping) else None
            found = None if loss is None else _losses(loss, tuple(map(str, outputs)))
            if loss is not None and found is not None:
                return Document(_mapping(loss, {"loss": found}), document.source)
    return None


def _losses(node: Tree, outputs: tuple[str, ...]) -> Tree | None:
    """Return one loss, or those of several outputs by name."""
    if isinstance(node, Sequence):
        if len(node.items) == 1:
            return _loss(node.items[0])
        named = dict(zip(outputs, map(_loss, node.items), strict=False))
    elif isinstance(node, Mapping) and node.get("class_name") is None:
        named = {key.text: _loss(value) for key, value in node.entries if key.text in outputs}
    else:
        return _loss(node)
    known = {name: loss for name, loss in named.items() if loss is not None}
    return _mapping(node, known) if known else None


def _loss(node: Tree) -> Tree | None:
    """Return a loss of Keras; by its name alone, it takes probabilities. None for another one."""
    loss = read_loss(node)
    if loss is None or loss.from_logits is not None:
        return node if loss is not None else None
    flag = Scalar(False, "false", False, node.line, node.column)
    return _mapping(node, {loss.name: _mapping(node, {"from_logits": flag})})


def _mapping(at: Tree, nodes: dict[str, Tree]) -> Mapping:
    entries = tuple(
        (Scalar(name, name, True, at.line, at.column), value) for name, value in nodes.items()
    )
    return Mapping(entries, dict(nodes), at.line, at.column)
