"""The rule book: what each Keras layer does to shapes, weights and time, one function a layer."""

from seqinspect.rules import (
    activation,
    convolution,
    core,
    normalization,
    pooling,
    recurrent,
    regularization,
    wrappers,
)
from seqinspect.rules.registry import ALIASES, COMMON, RULES, Parameter, Rule, find_rule

__all__ = ["ALIASES", "COMMON", "RULES", "Parameter", "Rule", "find_rule"]

_FAMILIES = (
    core,
    recurrent,
    wrappers,
    convolution,
    pooling,
    normalization,
    regularization,
    activation,
)
