"""What the checks say of masks, held against the layers of Keras."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from seqinspect.checks.masks import DESTROYERS, USERS

pytestmark = pytest.mark.keras

ARGUMENTS: dict[str, dict[str, Any]] = {
    "AveragePooling": {"pool_size": 2},
    "Conv": {"filters": 2, "kernel_size": 2},
    "DepthwiseConv": {"kernel_size": 2},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": (None, 2)},
    "Permute": {"dims": (2, 1)},
    "Reshape": {"target_shape": (8, 10)},
    "SeparableConv": {"filters": 2, "kernel_size": 2},
}


@pytest.mark.parametrize("name", sorted(DESTROYERS))
def test_keras_warns_that_the_layer_destroys_a_mask(name: str) -> None:
    import keras

    arguments = next((value for key, value in ARGUMENTS.items() if name.startswith(key)), {})
    layer = getattr(keras.layers, name)(**arguments)
    assert not layer.supports_masking
    if "2D" in name:
        return
    masked = keras.layers.Masking()(keras.Input((10, 8)))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        layer(masked)
    assert any("destroy the mask" in str(each.message) for each in told)


@pytest.mark.parametrize("name", sorted(USERS))
def test_keras_gives_the_layer_a_mask(name: str) -> None:
    import inspect

    import keras

    layer = getattr(keras.layers, name)
    parameters = inspect.signature(layer.call).parameters
    assert {"mask", "attention_mask", "query_mask"} & set(parameters)
