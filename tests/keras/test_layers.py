"""A configured layer is the call of a Keras constructor with real objects."""

from __future__ import annotations

from typing import Any

import pytest

from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.layers import make_layer, weights_of
from seqinspect.rules.objects import CONSTRAINTS, INITIALIZERS, REGULARIZERS, Named

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def keras() -> Any:
    return runtime.load()


def test_arguments_reach_the_constructor_as_keras_takes_them(hand: Any, keras: Any) -> None:
    layer = make_layer(
        hand.layer(
            "LSTM",
            "memory",
            units=3,
            activation="relu",
            kernel_regularizer=Named("L2", (("l2", 0.5),)),
            bias_initializer=Named("Constant", (("value", 2.0),)),
            kernel_constraint=Named("MaxNorm", (("max_value", 7.0),)),
            dtype="mixed_float16",
            return_sequences=True,
        )
    )
    assert type(layer) is keras.layers.LSTM
    assert (layer.name, layer.units, layer.return_sequences) == ("memory", 3, True)
    assert type(layer.units) is int
    assert layer.activation is keras.activations.relu
    assert layer.kernel_regularizer.get_config() == {"l2": 0.5}
    assert layer.bias_initializer.get_config() == {"value": 2.0}
    assert layer.kernel_constraint.get_config() == {"max_value": 7.0, "axis": 0}
    assert layer.dtype_policy.name == "mixed_float16"


def test_a_layer_within_a_layer_is_made_too(hand: Any, keras: Any) -> None:
    inner = hand.layer("Dense", "inner", units=3)
    layer = make_layer(hand.layer("TimeDistributed", "each", layer=inner))
    assert type(layer.layer) is keras.layers.Dense
    assert (layer.layer.name, layer.layer.units) == ("inner", 3)


def test_keras_has_every_object_that_a_spec_may_name(keras: Any) -> None:
    for family in (INITIALIZERS, REGULARIZERS, CONSTRAINTS):
        for name in family:
            module = {id(INITIALIZERS): "initializers", id(REGULARIZERS): "regularizers"}.get(
                id(family), "constraints"
            )
            assert isinstance(getattr(getattr(keras, module), name), type), name


def test_a_name_with_a_slash_is_no_obstacle(hand: Any, keras: Any) -> None:
    with runtime.weightless():
        layer = make_layer(hand.layer("Dense", "block/dense", units=3))
        layer(keras.KerasTensor((None, 2)))
    assert [weight.name for weight in weights_of(layer)] == ["kernel", "bias"]


def test_an_object_outside_the_list_is_not_built(hand: Any) -> None:
    layer = hand.layer("Dense", "dense", units=3, kernel_initializer=Named("Initializer"))
    with pytest.raises(SpecError, match="Initializer is not an object that can be built"):
        make_layer(layer)
