"""What names of Keras stand for in code of every era: layers, models, functions, operations."""

from __future__ import annotations

import re

from seqinspect.readers.keras_config.in_code import MERGE
from seqinspect.readers.keras_config.keras2 import CLASSES as RENAMED
from seqinspect.readers.keras_config.layer_config import NEVER, TABLES
from seqinspect.rules import find_rule
from seqinspect.rules.index import INPUT_LAYER, LEGACY_CLASSES, MODEL_NAMES

KERAS = re.compile(
    r"(tf_keras|keras_core|keras|tensorflow\.keras|tensorflow\.python\.keras"
    r"|tensorflow\.contrib\.keras(\.python\.keras)?|tensorflow\.compat\.v[12]\.keras"
    r"|tensorflow_core\.keras|tensorflow_core\.python\.keras|tf\.keras)(\.|$)"
)
"""How the path of something of Keras begins."""

PARTS = re.compile(
    r"\.(optimizers?|losses|metrics|callbacks|datasets|utils|preprocessing|applications"
    r"|(?<!layers\.)wrappers|scikit_learn|objectives)(\.|$)"
)
"""Parts of Keras that hold no layers."""

CONFIG_PARTS = re.compile(r"\.(initializers|regularizers|constraints|init|losses|objectives)(\.|$)")

OPERATIONS = re.compile(r"\.ops(\.|$)")
"""Keras 3's own functions on tensors."""

MODEL_CLASSES = frozenset(MODEL_NAMES)
INPUT_FUNCTIONS = frozenset({"Input"})

RENAMED_OPERATIONS = {
    "abs": "absolute",
    "clip_by_value": "clip",
    "concat": "concatenate",
    "l2_normalize": "normalize",
    "mul": "multiply",
    "permute_dimensions": "transpose",
    "pow": "power",
    "reduce_max": "max",
    "reduce_mean": "mean",
    "reduce_min": "min",
    "reduce_sum": "sum",
    "repeat_elements": "repeat",
    "swish": "silu",
    "reduce_all": "all",
    "reduce_any": "any",
    "reduce_logsumexp": "logsumexp",
    "reduce_prod": "prod",
    "reduce_std": "std",
    "reduce_variance": "var",
    "truediv": "divide",
}
"""Functions of TensorFlow and of Keras's backend, and what Keras 3 calls them."""


def is_keras(path: str) -> bool:
    """Tell whether a path leads into Keras."""
    return KERAS.match(path) is not None


def layer_class(path: str) -> str:
    """Return the class of layer that a path names; empty where it names none.

    A name with a capital in `keras.layers` that no rule has is a layer all the same.
    """
    name = path.rpartition(".")[2]
    if not is_keras(path) or PARTS.search(path) or CONFIG_PARTS.search(path):
        return ""
    if is_layer_name(name):
        return name
    return name if ".layers" in path and re.match(r"[A-Z]\w*[a-z]", name) else ""


def is_layer_name(name: str) -> bool:
    """Tell whether a class name is one of Keras's layers, of any era."""
    if name in MODEL_CLASSES or name in INPUT_FUNCTIONS:
        return False
    return (
        find_rule(name) is not None
        or name in RENAMED
        or name in LEGACY_CLASSES
        or name in NEVER
        or name in TABLES
        or name == MERGE
    )


def is_keras_word(name: str) -> bool:
    """Tell whether a name that the source never defines must be one of Keras."""
    return (
        name in MODEL_CLASSES
        or name in INPUT_FUNCTIONS
        or name == INPUT_LAYER
        or is_layer_name(name)
    )
