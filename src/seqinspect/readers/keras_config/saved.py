"""Where in a file the config of a model is, and which version of Keras wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.elements.context import is_null
from seqinspect.readers.keras_config.coercion import with_plain_lists
from seqinspect.readers.keras_config.keras2 import ORDERINGS
from seqinspect.readers.source.formats import GRAPH_MODEL, NO_LAYERS, REMEDY
from seqinspect.rules.index import SEQUENTIAL

if TYPE_CHECKING:
    from seqinspect.readers.elements.context import ReaderContext

WRAPPERS = ("architecture", "modelTopology", "model_config")
"""What stands around a config: frugally-deep, TensorFlow.js, HDF5 attributes written out."""

KERAS1_WORDS = re.compile(r"\b(border_mode|W_regularizer|b_regularizer|inner_init|nb_filter)\b")
"""Words of Keras 1 alone."""

KERAS3_WORDS = re.compile(r"\b(batch_shape|DTypePolicy)\b")
"""Words of Keras 3 alone."""

ORDERING = re.compile(r"\bdim_ordering\b\W+(th|tf)\b")


def as_sequential(root: Tree) -> Tree:
    """Return a bare list of configs, as Keras 1 wrote one, as the Sequential that it is."""
    if not isinstance(root, Sequence) or not root.items:
        return root
    if not all(isinstance(item, Mapping) and item.get("class_name") for item in root.items):
        return root
    kind = Scalar(SEQUENTIAL, SEQUENTIAL, True, root.line, root.column)
    return _mapping(root, {"class_name": kind, "config": root})


def find_config(context: ReaderContext, root: Mapping) -> Mapping:
    """Return the config of a model in a file; notes who wrote it."""
    if '"__tuple__"' in context.document.source.text:
        plain = with_plain_lists(root)
        root = plain if isinstance(plain, Mapping) else root
    model_config, version = root, root.get("keras_version")
    for name in WRAPPERS:
        inner = model_config.get(name)
        if inner is not None and is_null(inner):
            context.report(
                inner,
                f"`{name}` is empty: the file names weights, and says nothing of the layers",
                about="root",
                expected="a model saved with its architecture",
            )
        if isinstance(inner, Mapping):
            model_config = inner
            version = version or inner.get("keras_version")
    nodes = model_config.get("node")
    if model_config is not root and nodes is not None and model_config.get("class_name") is None:
        context.report(
            nodes,
            f"this is {GRAPH_MODEL}, and {NO_LAYERS}",
            about="root",
            received="operations",
            remedy=REMEDY,
        )
    config = model_config.get("config")
    if version is None and isinstance(config, Mapping):
        version = config.get("keras_version")
    text = context.document.source.text
    keras_version = version.text if isinstance(version, Scalar) else ""
    if not keras_version[:1].isdigit():
        is_keras3 = model_config.get("module") is not None or KERAS3_WORDS.search(text)
        keras_version = "3" if is_keras3 else "1" if KERAS1_WORDS.search(text) else "2"
    context.keras, context.saved = keras_version, True
    if keras_version.startswith("1"):
        ordering = ORDERING.search(text)
        context.data_format = ORDERINGS[ordering[1]] if ordering else ""
    return model_config


def with_build_shape(config: Mapping, build_config: Mapping) -> Mapping:
    """Return a config with the input shape that Keras 3 notes beside it."""
    shape = build_config.get("input_shape")
    if shape is None or config.get("build_input_shape") is not None:
        return config
    nodes = {key.text: value for key, value in config.entries}
    return _mapping(config, {**nodes, "build_input_shape": shape})


def _mapping(at: Tree, nodes: dict[str, Tree]) -> Mapping:
    entries = tuple(
        (Scalar(name, name, True, value.line, value.column), value) for name, value in nodes.items()
    )
    return Mapping(entries, nodes, at.line, at.column)
