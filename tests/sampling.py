"""What the fast part of the check leaves to the whole: `pytest.mark.long`, and most examples."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def sampled(items: Iterable[object], fast: int) -> list[object]:
    """Return the parameters of a test, of which the fast part takes the first so many."""
    return [
        item if number < fast else pytest.param(item, marks=pytest.mark.long)
        for number, item in enumerate(items)
    ]


def examples(count: int) -> int:
    """Return with how many examples a property is tried: a fifth of them by `./check --fast`."""
    return count // 5 if os.environ.get("FAST_CHECK") else count
