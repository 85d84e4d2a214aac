"""What is said of usual models is the same at any number of steps, and what a hand derives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect import describe
from tests.effort import lines
from tests.keras.time_judge import usual_models as usual

if TYPE_CHECKING:
    from seqinspect.api import Description
    from tests.keras.time_judge.real_model import Spec

LENGTHS = (50, 500, 5_000, 50_000)

WINDOWS = {
    # 1 + Σ dilation × (k − 1) over all convolutions on the longest way; how many of them are read;
    # how many steps ahead.
    "tcn": (1 + 2 * 2 * (1 + 2 + 4), 29, 0),
    "tcn_by_names": (1 + 2 * 2 * (2 + 4 + 8), 29, 0),  # all dilations are even
    "deep_tcn": (1 + 2 * 2 * 127, 509, 0),
    "long_dilations": (1 + 2 * (4 + 12), 9, 0),  # every fourth: 4a + 12b, a and b up to 2
    "wavenet": (1 + 1 + 2 * 31, 64, 0),
    # The right half of a window of two is the larger one where the dilation is odd.
    "noncausal_wavenet": (1 + 1 + 15, 17, 1 + 1 + 2 + 4),
    "inception": (1 + 2 * 8, 17, 8),
    "causal_inception": (8, 8, 0),
    "resnet": (1 + 2 * (7 + 4 + 2), 27, 2 * (4 + 2 + 1)),
    "dilated_same": (1 + 2 + 4 + 8, 15, 7),  # ±1, ±2, ±4 and what is beside them
    "context_network": (1 + 2 * 9, 19, 18),
    "cropped_residual": (1 + 2 + 4, 7, 6),
    "depthwise_tcn": (1 + 2 + 4, 7, 0),
    "nested_tcn": (1 + 2 * 7, 15, 0),
    "averages": (25, 25, 12),
    "time_distributed": (4, 4, 0),
}

CAUSAL = {
    True: ("deep_lstm", "decoder", "causal_conv_lstm", "seq2seq_of_two", "attention_seq2seq",
           "shifted"),
    False: ("deep_bilstm", "encoder", "conformer", "seq2seq", "repeated_vector", "conv_lstm",
            "backwards", "squeezed", "unet_with_skips"),
    None: ("pooled_lstm", "strided_resnet", "patches", "forecast", "transposed_valid"),
}  # fmt: skip
"""None: the steps of the output are those of no input."""


def described(name: str, steps: int | None) -> Description:
    spec: Spec = getattr(usual, name)()
    sizes = {each: steps for each in ("T", "S") if each in spec["dims"]}
    return describe({**spec, "dims": {**spec["dims"], **sizes}}, static=True)


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_is_as_wide_at_any_number_of_steps(name: str) -> None:
    size, read, ahead = WINDOWS[name]
    for steps in LENGTHS:
        report = described(name, steps)
        field = report.fields[0]
        assert report.causal is (ahead == 0)
        assert field.ahead == ahead
        if steps >= 2 * size:
            assert (field.size, field.reads) == (size, read)
    assert described(name, None).causal is (ahead == 0)


@pytest.mark.parametrize(("causal", "name"), [(c, name) for c in CAUSAL for name in CAUSAL[c]])
def test_causality_is_the_same_at_any_number_of_steps(causal: bool | None, name: str) -> None:
    assert {described(name, steps).causal for steps in (*LENGTHS, None)} == {causal}


@pytest.mark.long
def test_200_layers_that_leave_out_steps_are_followed_exactly() -> None:
    """Residual windows of two steps: ±2, ±4, …, ±128, and again: only even distances are read."""
    dilations = tuple(2 ** (2 + block % 7) for block in range(100))
    far = sum(dilations) // 2
    for steps in LENGTHS:
        spec = usual.dilated_same(dilations)
        report = describe({**spec, "dims": {"T": steps}}, static=True)
        (field,) = report.fields
        size = min(2 * far + 1, steps - 1 + steps % 2)
        assert (report.causal, field.size, field.reads) == (False, size, (size + 1) // 2)


@pytest.mark.long
def test_following_them_costs_little_at_any_number_of_steps() -> None:
    def cost(steps: int) -> int:
        spec = usual.dilated_same(tuple(2 ** (2 + block % 7) for block in range(40)))
        return lines(lambda: describe({**spec, "dims": {"T": steps}}, static=True))

    few, many = cost(500), cost(50_000)
    assert max(few, many) < 1_900_000
    assert many < 1.3 * few
