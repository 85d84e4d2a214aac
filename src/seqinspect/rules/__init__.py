"""The rule book: what each Keras layer does to shapes, weights and time, one function a layer."""

from seqinspect.rules import (
    activation,
    attention,
    convolution,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    preprocessing_images,
    recurrent,
    regularization,
    reshaping,
    wrappers,
)
from seqinspect.rules.registry import ALIASES, COMMON, RULES, Parameter, Rule, find_rule

__all__ = ["ALIASES", "COMMON", "RULES", "Parameter", "Rule", "find_rule"]

_FAMILIES = (
    reshaping,
    merging,
    attention,
    core,
    recurrent,
    wrappers,
    convolution,
    pooling,
    normalization,
    regularization,
    preprocessing,
    preprocessing_images,
    activation,
)
