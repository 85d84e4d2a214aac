"""What the fast part of the check leaves to the whole: `pytest.mark.long`."""

from __future__ import annotations

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
