"""A sample of the random models with masks; `python -m tests.keras.masked_models` draws others."""

from __future__ import annotations

import pytest

from tests.keras.masked_models import judge

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("seed", range(2000, 2024))
@pytest.mark.filterwarnings("ignore")
def test_what_is_said_of_masks_is_what_keras_does(seed: int) -> None:
    assert not judge(seed)
