"""Which activation a call ends with, and along which axes a softmax is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seqinspect.lint.model_index import Use
from seqinspect.model.graph import UnknownValue
from seqinspect.rules import find_rule

if TYPE_CHECKING:
    from seqinspect.lint.model_index import Tensor

LINEAR: Final = ("", "linear")
SOFTMAX: Final = ("softmax", "log_softmax", "sparsemax")
"""Activations that compare the numbers along an axis with each other."""


def activation_of(use: Use) -> str | None:
    """The activation that a layer ends with, empty for none; None where that is not known.

    A layer with gates has none: what it returns went through several.
    """
    if use.layer.unsupported is not None:  # code gives it arguments that are not known
        return None
    if use.traits.activation:
        return use.traits.activation
    rule = find_rule(use.layer.type)
    if rule is None or "activation" not in rule.options or rule.traits.recurrent:
        return None
    if isinstance(use.layer.arguments.get("activation"), UnknownValue):
        return None
    activation = str(use.get("activation") or "")
    return "" if activation in LINEAR else activation


def is_activation(use: Use) -> bool:
    """Whether a layer is an activation and nothing else."""
    return bool(use.traits.activation) or (
        use.traits.keeps_shape and use.traits.weightless and activation_of(use) is not None
    )


def _is_identity(use: Use) -> bool:
    """Whether a layer is the linear activation and nothing else."""
    return is_activation(use) and activation_of(use) == "" and bool(use.call.sources)


def last_activation(output: Tensor) -> tuple[Use | None, str]:
    """The activation that a model ends with, and the layer that has it; none is linear."""
    call = output.maker
    while call is not None and (
        call.traits.passes_on or call.traits.rearranges or _is_identity(Use(call.layer, call))
    ):
        call = call.sources[0].maker
    if call is None:
        return None, ""
    use = Use(call.layer, call)
    activation = activation_of(use)
    return (None, "") if activation is None else (use, activation)


def softmax_axes(use: Use) -> tuple[int, ...]:
    """The axes of its output, the batch being 0, along which a layer takes a softmax at the end."""
    rank = use.call.outputs[0].rank if use.call.outputs else 0
    if activation_of(use) not in SOFTMAX or not rank:
        return ()
    axis = use.get("axis", -1) if use.traits.activation else -1
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(each % rank for each in axes if isinstance(each, int) and -rank <= each < rank)
