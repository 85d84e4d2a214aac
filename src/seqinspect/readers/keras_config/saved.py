"""Where in a file the config of a model is, and which version of Keras wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.dialect.context import is_null
from seqinspect.readers.keras_config.keras2 import ORDERINGS
from seqinspect.rules.index import SEQUENTIAL

if TYPE_CHECKING:
    from seqinspect.readers.dialect.context import Reading

WRAPPERS = ("architecture", "modelTopology", "model_config")
"""What stands around a config: frugally-deep, TensorFlow.js, HDF5 attributes written out."""

FIRST = re.compile(r"\b(border_mode|W_regularizer|b_regularizer|inner_init|nb_filter)\b")
"""Words of Keras 1 alone."""

THIRD = re.compile(r"\b(batch_shape|DTypePolicy)\b")
"""Words of Keras 3 alone."""

ORDERING = re.compile(r"\bdim_ordering\b\W+(th|tf)\b")


def as_model(root: Tree) -> Tree:
    """Return a bare list of configs, as Keras 1 wrote one, as the Sequential that it is."""
    if not isinstance(root, Sequence) or not root.items:
        return root
    if not all(isinstance(item, Mapping) and item.get("class_name") for item in root.items):
        return root
    kind = Scalar(SEQUENTIAL, SEQUENTIAL, True, root.line, root.column)
    return _mapping(root, {"class_name": kind, "config": root})


def find_config(reading: Reading, root: Mapping) -> Mapping:
    """Return the config of a model in a file; notes who wrote it."""
    found, version = root, root.get("keras_version")
    for name in WRAPPERS:
        inner = found.get(name)
        if inner is not None and is_null(inner):
            reading.report(
                inner,
                f"`{name}` is empty: the file names weights, and says nothing of the layers",
                about="root",
                expected="a model saved with its architecture",
            )
        if isinstance(inner, Mapping):
            found = inner
            version = version or inner.get("keras_version")
    nodes = found.get("node")
    if found is not root and nodes is not None and found.get("class_name") is None:
        reading.report(
            nodes,
            "this is a TensorFlow graph, and no longer says which Keras layers it came from",
            about="root",
            received="modelTopology with nodes",
            expected="a layers model of TensorFlow.js",
        )
    config = found.get("config")
    if version is None and isinstance(config, Mapping):
        version = config.get("keras_version")
    text = reading.document.source.text
    known = version.text if isinstance(version, Scalar) else ""
    if not known[:1].isdigit():
        third = found.get("module") is not None or THIRD.search(text)
        known = "3" if third else "1" if FIRST.search(text) else "2"
    reading.keras = known
    if known.startswith("1"):
        ordering = ORDERING.search(text)
        reading.channels = ORDERINGS[ordering[1]] if ordering else ""
    return found


def with_built(config: Mapping, built: Mapping) -> Mapping:
    """Return a config with the input shape that Keras 3 notes beside it."""
    shape = built.get("input_shape")
    if shape is None or config.get("build_input_shape") is not None:
        return config
    nodes = {key.text: value for key, value in config.entries}
    return _mapping(config, {**nodes, "build_input_shape": shape})


def _mapping(at: Tree, nodes: dict[str, Tree]) -> Mapping:
    entries = tuple(
        (Scalar(name, name, True, value.line, value.column), value) for name, value in nodes.items()
    )
    return Mapping(entries, nodes, at.line, at.column)
