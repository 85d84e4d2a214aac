"""Operations that a config holds as layers: TFOpLambda, SlicingOpLambda, NotEqual, GetItem."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seqinspect.model.graph import Unsupported
from seqinspect.model.naming import snake_case
from seqinspect.model.reasons import Operation
from seqinspect.model.tree import Mapping, Scalar, Sequence
from seqinspect.readers.elements.context import plain_value
from seqinspect.readers.source.limits import truncate
from seqinspect.rules.operations import KNOWN, sums_products

if TYPE_CHECKING:
    from seqinspect.model.tree import Tree

OPERATION_CLASSES = ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod",
                     "InstanceProperty", "TensorFlowOpLayer")  # fmt: skip
"""Layers that tf.keras made of operations on tensors."""

BARE_CLASSES = (
    "NotEqual",
    "GetItem",
    "Cast",
    "ExpandDims",
    "AddV2",
    "Sub",
    "Mul",
    "RealDiv",
    "Mean",
)
"""Operations that configs hold without a module."""


NUMBER = re.compile(r"-?[0-9]{1,9}")

AXIS = {"1": "axis"}
PADDINGS = {"1": "paddings"}
SIZE = {"1": "size"}
INPUTS = {
    **dict.fromkeys(("all", "any", "arg_max", "arg_min", "cumsum", "expand_dims", "max", "mean",
                     "min", "prod", "reverse_v2", "sum"), AXIS),
    **dict.fromkeys(("mirror_pad", "pad", "pad_v2"), PADDINGS),
    **dict.fromkeys(("resize_bilinear", "resize_nearest_neighbor"), SIZE),
    "gather_v2": {"1": "indices", "2": "axis"},
    "one_hot": {"1": "depth"},
    "reshape": {"1": "shape"},
    "slice": {"1": "begin", "2": "size"},
    "split": {"0": "axis"},
    "split_v": {"1": "size_splits", "2": "axis"},
    "strided_slice": {"1": "begin", "2": "end", "3": "strides"},
    "tile": {"1": "multiples"},
    "transpose": {"1": "perm"},
}  # fmt: skip
"""The inputs of TensorFlow's operations, by place."""


def operation_of(kind: str, config: Mapping, origin: str, *, bare: bool) -> Unsupported | None:
    """Return the operation that a layer of a config is; None where it is none.

    `bare`: it stands there as Keras 3 writes an operation into HDF5, without a module.
    """
    if kind in OPERATION_CLASSES:
        name = _function(kind, config)
    elif origin == "ops" or (
        origin != "custom" and (kind in BARE_CLASSES or (bare and snake_case(kind) in KNOWN))
    ):
        name = kind
    else:
        return None
    function = snake_case(name.rpartition(".")[2]).strip("_")
    constants = constants_of(config)
    if kind == "TensorFlowOpLayer":
        constants = {**_attributes(config), **_constant_inputs(function, config)}
    reason = Operation(truncate(name, 60), sums_products=sums_products(function))
    return Unsupported(reason, (), True, function, constants)


def constants_of(config: Mapping) -> dict[str, object]:
    """Return what a config says in numbers, texts and lists of them."""
    return {key.text: plain_value(value) for key, value in config.entries if _is_plain(value)}


def _is_plain(value: Tree) -> bool:
    """Whether a value is a number, a text or a list of such, and nothing to be built."""
    return isinstance(value, Scalar) or (
        isinstance(value, Sequence) and all(map(_is_plain, value.items))
    )


def _attributes(config: Mapping) -> dict[str, object]:
    """Return the attributes of a TensorFlow operation: {axis: {i: "1"}}, {keep_dims: {b: true}}."""
    definition = config.get("node_def")
    definitions = definition.get("attr") if isinstance(definition, Mapping) else None
    attributes: dict[str, object] = {}
    for key, value in definitions.entries if isinstance(definitions, Mapping) else ():
        list_value = value.get("list") if isinstance(value, Mapping) else None
        holder = list_value if isinstance(list_value, Mapping) else value
        kind, inner = holder.entries[0] if isinstance(holder, Mapping) and holder.entries else (
            None, None)  # fmt: skip
        if kind is None or inner is None or not _is_plain(inner):
            continue
        items = inner.items if isinstance(inner, Sequence) else (inner,)
        read = [_attribute(kind.text, item) for item in items]
        attributes[key.text] = read if isinstance(inner, Sequence) else read[0]
    return attributes


def _attribute(kind: str, value: Tree) -> object:
    text = value.text if isinstance(value, Scalar) else ""
    if kind == "i" and NUMBER.fullmatch(text):
        return int(text)
    if kind == "type":
        name = text.removeprefix("DT_").lower()
        return {"float": "float32", "double": "float64", "half": "float16"}.get(name, name)
    if kind == "s":
        return {"TkhXQw==": "NHWC", "TkNIVw==": "NCHW"}.get(text, text)
    return plain_value(value)


def _constant_inputs(function: str, config: Mapping) -> dict[str, object]:
    """Return the inputs of a TensorFlow operation that are constants, by name."""
    constants = config.get("constants")
    inputs: dict[str, object] = {}
    names = INPUTS.get(function, {})
    for key, value in constants.entries if isinstance(constants, Mapping) else ():
        if _is_plain(value):
            inputs[names.get(key.text, "axis" if function == "concat_v2" else key.text)] = (
                plain_value(value)
            )
    return inputs


def _function(kind: str, config: Mapping) -> str:
    """Return the name of the operation."""
    function: Tree | None = config.get("function")
    definition = config.get("node_def")
    if isinstance(definition, Mapping):
        function = definition.get("op")
    for name in ("method_name", "attr_name"):
        function = function if function is not None else config.get(name)
    text = function.text if isinstance(function, Scalar) and isinstance(function.value, str) else ""
    return text or kind
