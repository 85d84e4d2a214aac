"""What Python takes for the same in a config, and a spec does not: 1 for true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.model.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from seqinspect.model.tree import Tree, Value

DTYPES = {"double": "float64", "float": "float32", "half": "float16", "int": "int32"}
"""Names of dtypes that TensorFlow knows beside Keras's."""


LISTS = ("__tuple__", "TensorShape")
"""What a SavedModel of tf.keras has around lists that were tuples."""


WINDOWS = ("pool_size", "strides", "dilation_rate")
"""Lists of sizes in which Keras takes 23.0 for 23; elsewhere it refuses the layer."""


def coerce_value(name: str, kind: str, node: Tree) -> Tree:
    """Return a value of a config as its kind of argument is written in a spec."""
    if name in WINDOWS and isinstance(node, Sequence):
        return Sequence(tuple(map(_whole, node.items)), node.line, node.column)
    kind = kind.removesuffix(" | None")
    while kind in {"int", "WholeInt"} and isinstance(node, Sequence) and len(node.items) == 1:
        node = node.items[0]  # how Keras 2 saved the axis of BatchNormalization
    if isinstance(node, Scalar) and kind == "bool" and node.value in (0, 1, None):
        return _scalar(bool(node.value), node)
    return node


def with_keras_dtype(config: Mapping) -> Mapping:
    """Return a config whose dtype has the name that Keras gives it."""
    dtype_node = config.get("dtype")
    name = DTYPES.get(dtype_node.text) if isinstance(dtype_node, Scalar) else None
    if name is None or dtype_node is None:
        return config
    dtype = _scalar(name, dtype_node)
    entries = tuple((k, dtype if k.text == "dtype" else v) for k, v in config.entries)
    return Mapping(entries, {k.text: v for k, v in entries}, config.line, config.column)


def with_plain_lists(node: Tree) -> Tree:
    """Return a config with lists where tf.keras wrote tuples and shapes as objects."""
    if isinstance(node, Sequence):
        return Sequence(tuple(map(with_plain_lists, node.items)), node.line, node.column)
    if not isinstance(node, Mapping):
        return node
    kind, items = node.get("class_name"), node.get("items")
    if isinstance(kind, Scalar) and kind.text in LISTS and isinstance(items, Sequence):
        return with_plain_lists(items)
    entries = tuple((key, with_plain_lists(value)) for key, value in node.entries)
    return Mapping(entries, {key.text: value for key, value in entries}, node.line, node.column)


def _whole(node: Tree) -> Tree:
    value = node.value if isinstance(node, Scalar) else None
    return _scalar(int(value), node) if isinstance(value, float) and value.is_integer() else node


def _scalar(value: Value, at: Tree) -> Scalar:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Scalar(value, text, isinstance(value, str), at.line, at.column)
