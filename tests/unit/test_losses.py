"""Losses as `keras.losses.get` takes them, and what each says of the last activation, by hand."""

from __future__ import annotations

import pytest

from seqinspect.analysis.walk import output_shape
from seqinspect.lint.expectations import read_expectations
from seqinspect.readers.spec import read_spec
from seqinspect.rules.losses import LOSSES, Loss, find_loss


def expected(loss: str) -> Loss | None:
    text = f"input: [10, 8]\nlayers: [LSTM: 4]\nexpect: {{loss: {loss}}}\n".encode()
    return read_expectations(read_spec(text, name="a.yaml", infer=output_shape)).loss("lstm")


@pytest.mark.parametrize(
    ("text", "name", "from_logits"),
    [
        ("bce", "binary_crossentropy", None),
        ("KLD", "kl_divergence", None),
        ("Huber", "huber", None),
        ("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", None),
        ("cosine_proximity", "cosine_similarity", None),
        ("{Huber: {delta: 2}}", "huber", False),
        ("{BinaryCrossentropy: {from_logits: true}}", "binary_crossentropy", True),
        ("{class_name: Dice, config: {axis: 1}}", "dice", False),
        ("{class_name: Tversky, config: {alpha: 0.3, beta: 0.7}}", "tversky", False),
        ("{class_name: function, config: mean_squared_error}", "mean_squared_error", None),
        ("[mse]", "mean_squared_error", None),
        ("{lstm: ctc}", "ctc", None),
    ],
)  # fmt: skip
def test_a_loss_is_read_as_keras_takes_it(text: str, name: str, from_logits: bool | None) -> None:
    found = expected(text)
    assert found is not None
    assert (found.name, found.from_logits) == (name, from_logits)


def test_arguments_that_say_how_a_target_is_read_are_kept() -> None:
    text = "{SparseCategoricalCrossentropy: {ignore_class: -1, axis: 1}}"
    assert expected(text) == Loss("sparse_categorical_crossentropy", False, -1, 1)


@pytest.mark.parametrize(
    ("loss", "activation", "fits"),
    [
        (Loss("binary_crossentropy", False), "hard_sigmoid", True),
        (Loss("binary_crossentropy", False), "softmax", True),
        (Loss("binary_crossentropy", False), "", False),
        (Loss("binary_crossentropy"), "", True),  # it may be from logits
        (Loss("binary_crossentropy"), "tanh", False),  # neither probabilities nor logits
        (Loss("binary_crossentropy", True), "sigmoid", False),
        (Loss("categorical_crossentropy", True), "log_softmax", True),  # its softmax is the softmax
        (Loss("categorical_crossentropy", False), "log_softmax", False),
        (Loss("mean_squared_error"), "softmax", False),
        (Loss("mean_squared_error"), "gelu", True),
        (Loss("poisson"), "exponential", True),
        (Loss("poisson"), "tanh", False),
        (Loss("ctc"), "relu", True),  # nothing is said of it
    ],
)
def test_a_loss_takes_what_an_activation_returns(loss: Loss, activation: str, fits: bool) -> None:
    assert loss.takes(activation) is fits


@pytest.mark.keras
def test_every_loss_of_keras_is_known() -> None:
    from keras.src.losses import ALL_OBJECTS_DICT

    names = {name for name in ALL_OBJECTS_DICT if name not in ("Loss", "LossFunctionWrapper")}
    assert {find_loss(name) for name in names} == {*LOSSES}
