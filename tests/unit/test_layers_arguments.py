"""Arguments of all layers, for the classes whose constructors refuse some of them."""

from __future__ import annotations

import json

import pytest

from seqinspect import SpecError, analyse, read_spec

HEAD = "input: [10, 8]\nlayers:\n"


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        ("SpatialDropout1D: {rate: 0.5, trainable: false}", "trainable"),
        ("SpatialDropout1D: {rate: 0.5, activity_regularizer: l2}", "activity_regularizer"),
        ("Discretization: {num_bins: 4, trainable: true}", "trainable"),
        ("Discretization: {num_bins: 4, activity_regularizer: l2}", "activity_regularizer"),
        ("ActivityRegularization: {activity_regularizer: l2}", "activity_regularizer"),
        ("Pipeline: {layers: [{Dense: 3}], trainable: false}", "trainable"),
        ("Pipeline: {layers: [{Dense: 3}], dtype: float16}", "dtype"),
        ("Pipeline: {layers: [{Dense: 3}], activity_regularizer: l2}", "activity_regularizer"),
    ],
)
def test_an_argument_that_the_constructor_refuses_is_refused(entry: str, refused: str) -> None:
    with pytest.raises(SpecError, match=f"has no argument `{refused}`") as error:
        read_spec(f"{HEAD}  - {entry}\n".encode(), name="spec.yaml")
    (problem,) = error.value.problems
    assert problem.received == refused


@pytest.mark.parametrize(
    "entry",
    [
        "SpatialDropout1D: {rate: 0.5, dtype: float16, name: x}",
        "ActivityRegularization: {l1: 0.1, trainable: false, dtype: float16}",
        "Dense: {units: 3, trainable: false, dtype: float16, activity_regularizer: l2}",
        "Dropout: {rate: 0.5, trainable: false, dtype: float16, activity_regularizer: l2}",
    ],
)
def test_the_others_are_taken(entry: str) -> None:
    assert read_spec(f"{HEAD}  - {entry}\n".encode(), name="spec.yaml").nodes


def test_a_config_of_an_older_keras_may_hold_it() -> None:
    """tf.keras 2 wrote `trainable` into the config of every layer."""
    options = {"rate": 0.5, "trainable": True, "noise_shape": None, "seed": None}
    config = {
        "class_name": "Sequential",
        "keras_version": "2.2.4",
        "config": [
            {
                "class_name": "SpatialDropout1D",
                "config": {"batch_input_shape": [None, 10, 8], **options},
            }
        ],
    }
    report = analyse(read_spec(json.dumps(config).encode(), name="model.json"))
    (output,) = report.rows[-1].outputs
    assert output.shape == (None, 10, 8)
    assert not report.rows[-1].unsupported
