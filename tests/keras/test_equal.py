"""Two specs are the same function, or not: answers that follow from the mathematics of layers."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqinspect.compare.equality import (
    Contained,
    Equality,
    LeftOut,
    MoreUnmatched,
    OtherOutput,
    Relation,
    SameCounts,
    Unmatched,
)
from seqinspect.errors import SpecError
from seqinspect.keras_model.experiment.equal import compare_functions
from seqinspect.output.equality import parting_text
from seqinspect.readers.spec import read_spec

pytestmark = pytest.mark.keras

HEAD = "dims: {T: 6, n: 4}\ninput: [T, n]\nlayers:\n"


def verdict(first: str, second: str, head: str = HEAD) -> Equality:
    graphs = [
        read_spec((head + text).encode(), name=name)
        for name, text in zip("AB", (first, second), strict=True)
    ]
    return compare_functions(*graphs)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # y = x·W + b at every step, with and without the wrapper
        ("  - LSTM: {units: n, return_sequences: true}\n  - Dense: n\n",
         "  - LSTM: {units: n, return_sequences: true}\n  - TimeDistributed: {Dense: n}\n"),
        ("  - LSTM: n\n  - Dropout: 0.5\n  - Dense: n\n", "  - LSTM: n\n  - Dense: n\n"),
        ("  - Dense: {units: n, activation: relu}\n", "  - Dense: n\n  - Activation: relu\n"),
        ("  - GRU: {units: n, unroll: true}\n", "  - GRU: {units: n, unroll: false}\n"),
        # the last output of a sequence is the output without sequences
        ("  - LSTM: {units: n, return_sequences: true}\n  - Cropping1D: [5, 0]\n  - Flatten\n",
         "  - LSTM: n\n"),
        ("  - Sequential: [{LSTM: n}, {Dense: n}]\n", "  - LSTM: n\n  - Dense: n\n"),
        # addition does not know an order
        ("  - {Add: , from: [input, input]}\n", "  - {Add: , from: [input, input]}\n"),
    ],
)  # fmt: skip
def test_the_same_function(first: str, second: str) -> None:
    found = verdict(first, second)
    assert found.equal, found
    assert found.difference is not None
    assert found.difference < 1e-12


WORDS = "input: {shape: [8], dtype: int32}\nlayers:\n"


def test_units_that_are_dead_with_some_weights_live_with_others() -> None:
    layers = (
        "  - Embedding: {input_dim: 9, output_dim: 3%s}\n  - LSTM: {units: 1, activation: relu}\n"
    )
    assert not verdict(layers % "", layers % ", mask_zero: true", WORDS).equal


def test_masked_cells_that_a_layer_stacks_compute_in_float64() -> None:
    layers = "  - Embedding: {input_dim: 7, output_dim: 3, mask_zero: true}\n"
    layers += "  - RNN: {cell: [{LSTMCell: 2}, {LSTMCell: 2}], return_sequences: true}\n"
    assert verdict(layers, layers, WORDS).equal


def test_the_last_step_only_is_another_function_with_the_same_count() -> None:
    every = "  - LSTM: {units: n, return_sequences: true}\n  - Dense: n\n"
    found = verdict(every, "  - LSTM: n\n  - Dense: n\n")
    assert not found.equal
    assert found.params == (164, 164)  # 4×4×(4+4+1) + 4×(4+1)
    assert isinstance(found.parting, OtherOutput)
    assert [each.name for each in found.parting.returned] == ["lstm", "lstm"]
    assert parting_text(found.parting) == (
        "A's lstm (LSTM) returns (batch, T, n); B's lstm (LSTM) returns (batch, n)"
    )
    assert found.remarks == (SameCounts(164), Contained("A", Relation.LAST_STEP))


def test_the_first_layer_with_other_numbers_is_named() -> None:
    first = "  - Dense: {units: n, name: one}\n  - Dense: {units: n, name: two}\n"
    second = (
        "  - Dense: {units: n, name: one}\n  - Dense: {units: n, name: two, activation: tanh}\n"
    )
    found = verdict(first, second)
    assert not found.equal
    assert isinstance(found.parting, OtherOutput)
    assert [each.name for each in found.parting.returned] == ["two", "two"]
    assert found.parting.by
    assert parting_text(found.parting).startswith(
        "A's two (Dense) returns (batch, T, n); B's two (Dense) returns (batch, T, n): the shape"
    )


def test_a_sequence_read_backwards_is_not_the_same() -> None:
    first = "  - LSTM: {units: n, return_sequences: true}\n"
    second = "  - LSTM: {units: n, return_sequences: true, go_backwards: true}\n"
    assert not verdict(first, second).equal


def test_flatten_changes_the_weights() -> None:
    found = verdict("  - Dense: n\n", "  - Flatten\n  - Dense: n\n")
    assert not found.equal
    assert found.params == (20, 100)  # 4×(4+1) and 4×(6×4+1)
    assert found.remarks == (
        Unmatched("B", "dense", "kernel", (24, 4)),
        Unmatched("A", "dense", "kernel", (4, 4)),
    )


def test_three_weights_without_a_counterpart_are_named_and_the_others_counted() -> None:
    found = verdict("  - LSTM: 3\n  - Dense: 7\n", "  - LSTM: 5\n  - Dense: 2\n")
    # kernel, recurrent kernel and bias of the LSTM, kernel and bias of the Dense: none fits
    assert len(found.remarks) == 4
    assert found.remarks[3] == MoreUnmatched(7)


def test_what_the_comparison_leaves_out() -> None:
    text = "  - LSTM: {units: n, stateful: true}\n  - Dropout: 0.5\n"
    head = HEAD.replace("input: [T, n]", "input: {shape: [T, n], batch: 16}")
    assert verdict(text, text, head).remarks == (LeftOut.EARLIER_BATCHES, LeftOut.NOISE)


def test_other_inputs_are_told_at_once() -> None:
    a, b = "input: [6, 4]\nlayers: [{Dense: 2}]\n", "input: [5, 4]\nlayers: [{Dense: 2}]\n"
    found = compare_functions(read_spec(a.encode()), read_spec(b.encode()))
    assert not found.equal
    assert found.parting is not None
    assert parting_text(found.parting) == (
        "A takes (batch, 6, 4) as input, B takes (batch, 5, 4) as input"
    )


def test_a_mask_makes_a_difference() -> None:
    head = "input: {shape: [6], dtype: int32}\nlayers:\n"
    first = "  - Embedding: {input_dim: 9, output_dim: 3, mask_zero: true}\n  - LSTM: 2\n"
    assert not verdict(first, first.replace("true", "false"), head).equal
    assert verdict(first, first, head).equal


def test_what_is_too_large_is_made_smaller_in_both_alike() -> None:
    head = "dims: {T: 4096, n: 20000}\ninput: [T, n]\nlayers:\n"
    every = "  - LSTM: {units: n, return_sequences: true}\n"
    found = verdict(every + "  - Dense: n\n", every + "  - TimeDistributed: {Dense: n}\n", head)
    assert found.equal
    assert [name for name, _ in found.tried] == ["input"]
    assert found.params == (3_600_100_000,) * 2  # 4n(2n+1) + n(n+1) = 9n² + 5n


def test_sizes_that_are_not_known_get_a_number() -> None:
    head = "dims: {T: null, n: 4}\ninput: [T, n]\nlayers:\n"
    assert verdict("  - Dense: n\n", "  - TimeDistributed: {Dense: n}\n", head).equal


def test_one_name_with_two_numbers_cannot_be_made_smaller() -> None:
    specs = (
        "dims: {n: 100000}\ninput: [4, 7]\nlayers: [{Dense: n}, {Dense: 50000}]\n",
        "dims: {n: 50000}\ninput: [4, 7]\nlayers: [{Dense: 100000}, {Dense: n}]\n",
    )
    with pytest.raises(SpecError, match="too large"):
        compare_functions(*(read_spec(text.encode()) for text in specs))


def test_every_config_equals_itself() -> None:
    folder = Path(__file__).parents[2] / "configs"
    for path in (folder / "lstm_autoencoder.yaml", folder / "encoder_decoder_state.yaml"):
        assert compare_functions(read_spec(path), read_spec(path)).equal, path.name


def test_a_layer_of_ones_own_cannot_be_compared() -> None:
    text = "custom: {Pool: package.module:Pool}\n" + HEAD + "  - Pool: {units: 3}\n"
    graph = read_spec(text.encode())
    with pytest.raises(SpecError, match="Pool `pool` cannot be computed with"):
        compare_functions(graph, graph)
