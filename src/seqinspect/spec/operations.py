"""Operations that a config holds as layers: TFOpLambda, SlicingOpLambda, NotEqual, GetItem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.spec.graph import Opaque
from seqinspect.spec.limits import shown
from seqinspect.spec.naming import snake_case
from seqinspect.spec.tree import Mapping, Scalar

if TYPE_CHECKING:
    from seqinspect.spec.tree import Tree

LAYERS = ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty",
          "TensorFlowOpLayer")  # fmt: skip
"""Layers that tf.keras made of operations on tensors."""

BARE = ("NotEqual", "GetItem", "Cast", "ExpandDims", "AddV2", "Sub", "Mul", "RealDiv", "Mean")
"""Operations that configs hold without a module."""


def operation_of(kind: str, config: Mapping, origin: str) -> Opaque | None:
    """Return the operation that a layer of a config is; None where it is none."""
    if kind in LAYERS:
        name = _function(kind, config)
    elif origin == "ops" or (kind in BARE and origin != "own"):
        name = kind
    else:
        return None
    function = snake_case(name.rpartition(".")[2]).strip("_")
    said = f": {shown(name, 60)}"
    constants = {
        key.text: value.value for key, value in config.entries if isinstance(value, Scalar)
    }
    return Opaque(f"an operation{said}", (), True, function, constants)


def _function(kind: str, config: Mapping) -> str:
    """Return the name of the operation."""
    found: Tree | None = config.get("function")
    definition = config.get("node_def")
    if isinstance(definition, Mapping):
        found = definition.get("op")
    for name in ("method_name", "attr_name"):
        found = found if found is not None else config.get(name)
    text = found.text if isinstance(found, Scalar) and isinstance(found.value, str) else ""
    return text or kind
