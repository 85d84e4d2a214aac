"""Keras's named objects that a layer argument may ask for: activations, initializers, and so on.

This is the allowlist: what is not named here is never built. Names and arguments as in Keras 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVATIONS = frozenset(
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh"
    " leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink"
    " softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh"
    " tanh_shrink threshold".split()
)

DTYPES = (
    "float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16",
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
)  # fmt: skip
"""Dtypes of a layer, and Keras's mixed policies: compute in 16 bits, weights in 32."""

_SCALING = ("seed", "input_axes", "output_axes")

INITIALIZERS: Mapping[str, tuple[str, ...]] = {
    "Constant": ("value",),
    "GlorotNormal": _SCALING,
    "GlorotUniform": _SCALING,
    "HeNormal": _SCALING,
    "HeUniform": _SCALING,
    "Identity": ("gain",),
    "LecunNormal": _SCALING,
    "LecunUniform": _SCALING,
    "Ones": (),
    "Orthogonal": ("gain", "seed"),
    "RandomNormal": ("mean", "stddev", "seed"),
    "RandomUniform": ("minval", "maxval", "seed"),
    "STFT": ("side", "window", "scaling", "periodic"),
    "TruncatedNormal": ("mean", "stddev", "seed"),
    "VarianceScaling": ("scale", "mode", "distribution", *_SCALING),
    "Zeros": (),
}
REGULARIZERS: Mapping[str, tuple[str, ...]] = {
    "L1": ("l1",),
    "L1L2": ("l1", "l2"),
    "L2": ("l2",),
    "OrthogonalRegularizer": ("factor", "mode"),
}
CONSTRAINTS: Mapping[str, tuple[str, ...]] = {
    "MaxNorm": ("max_value", "axis"),
    "MinMaxNorm": ("min_value", "max_value", "rate", "axis"),
    "NonNeg": (),
    "UnitNorm": ("axis",),
}
FAMILIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "initializer": INITIALIZERS,
    "regularizer": REGULARIZERS,
    "constraint": CONSTRAINTS,
}

ALIASES: Mapping[str, str] = {
    "one": "Ones",
    "zero": "Zeros",
    "uniform": "RandomUniform",
    "normal": "RandomNormal",
    "identityinitializer": "Identity",
    "orthogonalinitializer": "Orthogonal",
    "stftinitializer": "STFT",
}
"""Keras's further names, without underscores and case."""


@dataclass(frozen=True, slots=True)
class Named:
    """A Keras object asked for by class name, with its arguments in order of name."""

    type: str
    arguments: tuple[tuple[str, object], ...] = ()


def canonical(family: str, name: str) -> str | None:
    """The class of a family that Keras means by `name` (`glorot_uniform` is GlorotUniform)."""
    folded = name.replace("_", "").lower()
    if folded in ALIASES and ALIASES[folded] in FAMILIES[family]:
        return ALIASES[folded]
    return next((known for known in FAMILIES[family] if known.lower() == folded), None)
