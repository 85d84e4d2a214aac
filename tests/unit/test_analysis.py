"""What the analysis says of a model as a whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.output.report.time_notes import time_note
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.model.report import Report


def report(text: str) -> Report:
    return analyse(read_spec(text.encode()))


def test_a_layer_called_again_must_fit_its_weights() -> None:
    with pytest.raises(SpecError) as caught:
        report(
            "dims: {T: 5, n: 3}\ninput: [T, n]\nlayers:\n"
            "  - LSTM: {units: 4, return_sequences: true, name: encoder}\n"
            "  - reuse: encoder\n"
        )
    (problem,) = caught.value.problems
    assert "calls `encoder` again, whose kernel is (n, 16)" in problem.what
    assert problem.received == "a tensor that would need (4, 16)"
    assert problem.place is not None
    assert problem.place.line == 5


def test_a_model_called_again_must_fit_its_weights() -> None:
    with pytest.raises(SpecError, match="calls `part` again, whose dense/kernel is"):
        report(
            "inputs: {a: [5, 3], b: [5, 4]}\nlayers:\n"
            "  - Sequential: {name: part, layers: [{Dense: 2}]}\n    from: a\n"
            "  - reuse: part\n    from: b\n"
        )


def test_a_normalization_called_again_must_have_as_many_axes() -> None:
    with pytest.raises(SpecError, match="again, which was made for 3 axes") as caught:
        report(
            "input: [5, 3]\nlayers:\n  - BatchNormalization: {name: norm}\n"
            "  - GlobalMaxPooling1D\n  - reuse: norm\n"
        )
    assert caught.value.problems[0].received == "a tensor that would need 2 axes"


def test_a_reshape_called_again_works_out_its_sizes_anew() -> None:
    """Keras returns (2, 4, 3) and (2, 4, 5)."""
    found = report(
        "inputs: {a: [12], b: [20]}\nlayers:\n  - Reshape: {target_shape: [4, -1], name: r}\n"
        "    from: a\n  - reuse: r\n    from: b\n"
    )
    shapes = [[size.value for size in row.outputs[0].symbolic[1:]] for row in found.rows]
    assert shapes == [[4, 3], [4, 5]]


def test_a_layer_called_again_may_have_other_steps() -> None:
    found = report(
        "inputs: {a: [5, 3], b: [7, 3]}\nlayers:\n"
        "  - LSTM: {units: 2, name: encoder}\n    from: a\n"
        "  - reuse: encoder\n    from: b\n"
    )
    assert found.params == 4 * 2 * (3 + 2 + 1)


def test_as_many_steps_in_another_writing_are_as_many() -> None:
    found = report("dims: {T: 10}\ninput: [T, 3]\nlayers:\n  - Reshape: [10, 3, 1]\n  - Dense: 2\n")
    assert found.causal is True


def test_two_lengths_that_are_equal_by_chance_are_not_compared() -> None:
    """A decoder sees the whole of another sequence: it looks ahead only in its own."""
    text = (
        "dims: {S: %d, T: 4}\ninputs: {source: [S, 3], target: [T, 3]}\nlayers:\n"
        "  - LSTM: {units: 3, return_state: true, name: encoder}\n    from: source\n"
        "  - LSTM: {units: 3, return_sequences: true, name: decoder}\n    from: target\n"
        "    call: {initial_state: [encoder.1, encoder.2]}\n"
    )
    assert report(text % 4).causal is True
    assert report(text % 9).causal is True


def test_steps_of_one_part_of_a_concatenation_do_not_read_the_others() -> None:
    """Beside T steps stand 4 features of an LSTM that runs along another axis: they saw all T."""
    found = report(
        "dims: {T: 6}\ninput: [T, 3]\nlayers:\n  - Permute: {dims: [2, 1], name: turned}\n"
        "  - LSTM: {units: 4, return_sequences: true, name: across}\n"
        "  - Concatenate: {axis: 2, name: both}\n    from: [across, turned]\n"
    )
    time = found.rows[-1].time
    assert time is not None
    (depends,) = time.depends
    ends = [tuple(bound.evaluate({"T": 6, "t": t}) for bound in depends.ends) for t in range(10)]
    assert ends == [(0, 5)] * 4 + [(t, t) for t in range(6)]


def test_both_ways_over_a_convolution_is_the_whole_sequence() -> None:
    """The backward half sees from t−4 on, or from the edge: with the forward half, all."""
    found = report(
        "dims: {T: 248}\ninput: [T, 8]\nlayers:\n"
        "  - Conv1D: {filters: 8, kernel_size: 3, padding: causal, dilation_rate: 2}\n"
        "  - Bidirectional: {LSTM: {units: 8, return_sequences: true}}\n    name: both\n"
    )
    (time,) = [row.time for row in found.rows if row.path == "both"]
    assert time is not None
    assert [bound.python() for each in time.depends for bound in each.ends] == ["0", "T - 1"]


BLOCK = (
    "dims: {T: 12, n: 3}\ninput: [T, n]\nlayers:\n"
    "  - Functional:\n      name: block\n      inputs: {x: [T, n]}\n      layers:\n"
)


@pytest.mark.parametrize(
    ("layers", "reads", "note"),
    [
        ("        - {Dense: 3}\n", "each", "each of the T steps by itself"),
        (
            "        - Conv1D: {filters: n, kernel_size: 3, padding: causal}\n",
            "window",
            "step t reads steps max(0, t−2)…t",
        ),
        (
            "        - LSTM: {units: 3, return_sequences: true}\n",
            "prefix",
            "step t has seen steps 0…t",
        ),
        ("        - Cropping1D: [2, 0]\n", "window", "step t reads step t+2"),
        (
            "        - Cropping1D: {cropping: [0, 3], name: a}\n"
            "        - Cropping1D: {cropping: [3, 0], name: b}\n          from: x\n"
            "        - Add: {}\n          from: [a, b]\n",
            "window",
            "step t reads every 3rd step of steps t…t+3",
        ),
        (
            "        - Cropping1D: {cropping: [0, 4], name: a}\n"
            "        - Cropping1D: {cropping: [1, 3], name: b}\n          from: x\n"
            "        - Cropping1D: {cropping: [4, 0], name: c}\n          from: x\n"
            "        - Add: {}\n          from: [a, b, c]\n",
            "window",
            "step t reads steps t…t+4; steps between them are left out",
        ),
        (  # {t−4, t−3, t−1, t} and {t−2, t−1, t}: all of t−4…t
            "        - Conv1D: {filters: n, kernel_size: 2, padding: causal}\n"
            "        - Conv1D: {filters: n, kernel_size: 2, padding: causal, dilation_rate: 3}\n"
            "          name: a\n"
            "        - Conv1D: {filters: n, kernel_size: 3, padding: causal, name: b}\n"
            "          from: x\n"
            "        - Add: {}\n          from: [a, b]\n",
            "window",
            "step t reads steps max(0, t−4)…t",
        ),
    ],
)
def test_a_model_within_reads_what_its_layers_read(layers: str, reads: str, note: str) -> None:
    """What t−2…t, 0…t and {t, t+3} are for one layer, they are for a model made of it."""
    row = report(BLOCK + layers).rows[0]
    assert row.time is not None
    assert (row.time.reads, time_note(row)) == (reads, note)


def test_steps_that_come_back_to_their_number_count_the_steps_of_the_input() -> None:
    """4×⌊T/4⌋ steps are the T of the input where T = 8; where T = 9 they are others."""
    text = (
        "dims: {{T: {}}}\ninput: [T, 1]\nlayers:\n  - MaxPooling1D: 4\n"
        "  - UpSampling1D: 4\n"
    )  # fmt: skip
    assert report(text.format(8)).causal is False  # step 0 sees the largest of steps 0…3
    assert report(text.format(9)).causal is None


def test_a_prelu_called_again_must_have_as_many_axes() -> None:
    with pytest.raises(SpecError, match=r"again, whose alpha is \(3, 4\)") as caught:
        report(
            "inputs: {a: [3, 4], b: [3]}\nlayers:\n  - PReLU: {name: p}\n    from: a\n"
            "  - reuse: p\n    from: b\n"
        )
    assert caught.value.problems[0].received == "a tensor that would need (3,)"


@pytest.mark.long
def test_a_sum_of_too_many_terms_is_the_number_alone() -> None:
    """Every layer's formula can be shown; that of all 2,999 cannot."""
    layers = "".join(f"  - Dense: max(n, k*{index})\n" for index in range(1, 3000))
    found = report(f"dims: {{n: 2, k: 4}}\ninput: [n]\nlayers:\n{layers}")
    widths = [2, *(4 * index for index in range(1, 3000))]
    params = sum((a + 1) * b for a, b in pairwise(widths))
    assert (found.formula.value, found.params) == (params, params)
    assert not found.formula.symbols()


def test_a_vector_says_which_steps_it_has_seen_and_only_a_recurrent_layer_has_a_state() -> None:
    """After the crop step 4 = T−5 is the last."""
    text = (
        "dims: {T: 9}\ninput: [T, 2]\nlayers:\n  - Cropping1D: [0, 4]\n  - LSTM: 3\n"
        "  - Dense: {units: 1, name: one}\n  - Dense: {units: 1, name: two}\n"
    )  # fmt: skip
    notes = {row.name: time_note(row) for row in report(text).rows if row.time is not None}
    assert notes["one"].startswith("the last step only of lstm, whose state has seen steps 0…T−5")
    assert notes["two"].startswith("the last step only of one, which has seen steps 0…T−5")


def test_steps_with_weights_of_their_own_do_not_share_them() -> None:
    text = "dims: {{T: 5, d: 8}}\ninput: [T, d]\nlayers:\n  - {}\n"
    for layer, shared in (
        ("EinsumDense: {equation: 'btd,tdu->btu', output_shape: [T, 3]}", False),
        ("EinsumDense: {equation: 'btd,du->btu', output_shape: [T, 3]}", True),
        ("PReLU", False),
        ("PReLU: {shared_axes: [1]}", True),
        ("BatchNormalization: {axis: 1}", False),
        ("Dense: 5", True),
        ("Dense: T", True),
    ):
        (row,) = report(text.format(layer)).rows
        assert row.time is not None
        assert row.time.shared is shared, layer
