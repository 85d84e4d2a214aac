"""The rule book: what each Keras layer does to shapes, weights and time, one function a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.rules.index import CLASSES, MODULES
from seqinspect.rules.registry import COMMON, Rule, find_rule, per_step_chain, traits_of
from seqinspect.rules.signature import Parameter
from seqinspect.rules.traits import Traits

if TYPE_CHECKING:
    from seqinspect.rules.registry import ALIASES, RULES

__all__ = [
    "ALIASES",
    "COMMON",
    "MODULES",
    "RULES",
    "Parameter",
    "Rule",
    "Traits",
    "find_rule",
    "per_step_chain",
    "traits_of",
]


def __getattr__(name: str) -> object:
    """Load the whole rule book for whoever asks for all RULES or ALIASES."""
    if name not in {"RULES", "ALIASES"}:
        raise AttributeError(name)
    from seqinspect.rules import registry  # noqa: PLC0415 - part of the late import of all rules

    for module in CLASSES:
        registry.load(module)
    found: object = getattr(registry, name)
    return found
