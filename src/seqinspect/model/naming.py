"""Layer names as Keras gives them in a fresh process: lstm, lstm_1, time_distributed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

Counters = dict[str, int]
"""How many layers of each class have been named so far."""


def automatic_name(kind: str, counters: Counters, reserved: Container[str]) -> str:
    """Return the next name of a layer of a class, passing over those that are taken."""
    base = snake_case(kind)
    while True:
        number = counters.get(base, 0)
        counters[base] = number + 1
        name = f"{base}_{number}" if number else base
        if name not in reserved:
            return name


def count_functional(counters: Counters) -> None:
    """Count the functional model that a Sequential makes of itself when it is called."""
    counters["functional"] = counters.get("functional", 0) + 1


def next_name(base: str, reserved: Container[str], number: int = 2) -> str:
    """Return the name of a further call: encoder_call_2, encoder_call_3."""
    while f"{base}_{number}" in reserved:
        number += 1
    return f"{base}_{number}"


@cache
def snake_case(name: str) -> str:
    """Return a class name in small letters with underscores, by Keras's own three steps."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
