"""Code with several inputs, shared layers, states and helpers says what Keras builds of it."""

from __future__ import annotations

import pytest

from tests.python.wide_code import disagreement, wide_code


@pytest.mark.keras
@pytest.mark.parametrize("seed", range(1, 9))
def test_keras_builds_what_is_read(seed: int) -> None:
    assert not disagreement(wide_code(seed))
