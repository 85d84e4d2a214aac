"""What lies at one step may depend on different steps; a layer may leave out some of it.

Each expectation follows from the model; `tests/keras/time_judge` moves the same kinds in Keras.
"""

from __future__ import annotations

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.readers.spec import read_spec

HALVES = "  - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}}\n"
PAIRS = "  - Reshape: [4, 6, 1]\n"
"""Step t of it holds steps 2×t and 2×t+1 of the input."""

BACK = "  - Reshape: [4, %d]\n  - UpSampling1D: 2\n"
"""Each of the four steps twice: step t of eight is made of steps up to 2×(t//2)+1."""


def causal(layers: str) -> bool | None:
    return analyse(read_spec(f"input: [8, 3]\nlayers:\n{layers}".encode())).causal


def known(layers: str) -> bool:
    """Whether the last row says which steps of the input its output depends on."""
    row = analyse(read_spec(f"input: [8, 3]\nlayers:\n{layers}".encode())).rows[-1]
    assert row.time is not None
    return row.time.depends[0].first is not None


@pytest.mark.parametrize(
    "part",
    [
        "  - Cropping2D: [[0, 0], [0, 3]]\n" + BACK % 3,  # the first of each pair of steps
        "  - Conv2D: {filters: 2, kernel_size: [1, 2], strides: [1, 5]}\n" + BACK % 2,
        "  - TimeDistributed: {Cropping1D: [0, 3]}\n" + BACK % 3,
        "  - TimeDistributed: {LSTM: {units: 1, return_sequences: true}}\n"
        "  - TimeDistributed: {Cropping1D: [0, 3]}\n" + BACK % 3,
    ],
)
def test_a_part_of_the_features_of_several_steps_need_not_look_ahead(part: str) -> None:
    """It depends on the step at 2×(t//2) alone, so that nothing looks ahead: no is false."""
    assert causal(PAIRS + part) is None


@pytest.mark.parametrize(
    "whole",
    [
        "  - Conv2D: {filters: 2, kernel_size: [1, 2], strides: [1, 2]}\n" + BACK % 6,
        "  - TimeDistributed: {LSTM: {units: 1}}\n  - UpSampling1D: 2\n",
        "  - ZeroPadding2D: [[0, 0], [0, 3]]\n" + BACK % 9,
        "  - Reshape: [4, 6]\n  - Conv1D: {filters: 2, kernel_size: 1}\n  - UpSampling1D: 2\n",
    ],
)
def test_what_reads_all_features_looks_ahead(whole: str) -> None:
    assert causal(PAIRS + whole) is False


def test_both_halves_of_a_bidirectional_layer_look_ahead_and_one_may_not() -> None:
    """Its first units come from the layer that goes forward."""
    assert causal(HALVES + "  - Dense: 2\n") is False
    assert causal(HALVES + "  - Reshape: [8, 4, 1]\n  - Cropping2D: [[0, 0], [0, 2]]\n") is None
    summed = HALVES.replace("layer:", "merge_mode: sum, layer:")
    part = "  - Reshape: [8, 2, 1]\n  - Cropping2D: [[0, 0], [0, 1]]\n"
    assert causal(summed + part) is False


@pytest.mark.parametrize(
    ("evens", "says"),
    [
        ("GroupNormalization: {groups: 3}", False),  # each feature has the mean 0, then beta
        ("GroupNormalization: {groups: 1}", True),
        ("Softmax: {axis: 1}", False),  # each feature adds up to 1
        ("Softmax", True),
        ("LayerNormalization: {axis: 1}", False),
        ("LayerNormalization", True),
    ],
)
def test_the_mean_of_what_adds_up_to_the_same_depends_on_no_step_for_sure(
    evens: str, says: bool
) -> None:
    assert known(f"  - {evens}\n  - GlobalAveragePooling1D\n") is says
    assert known(f"  - {evens}\n  - Dense: 2\n  - GlobalAveragePooling1D\n") is says
    assert known(f"  - {evens}\n  - GlobalMaxPooling1D\n")


def test_steps_side_by_side_twice_are_not_told_apart_again() -> None:
    """The first number of the Reshape is that of step 0 alone."""
    twice = "  - Flatten: {name: f}\n  - Concatenate: {}\n    from: [f, f]\n  - Reshape: [48, 1]\n"
    assert not known(twice)
    assert known("  - Flatten\n  - Reshape: [8, 3]\n")


@pytest.mark.parametrize(
    ("layer", "first", "last"),
    [
        # The states come reversed, their mask does not: only what uses it reads its steps, too.
        ("  - TimeDistributed: {Dense: 2}\n", 5, 5),
        ("  - Minimum: {}\n    from: [states, states]\n", 5, 5),
        ("  - Multiply: {}\n    from: [states, states]\n", 0, 5),
    ],
)
def test_a_mask_in_another_order_is_read_where_it_is_used(
    layer: str, first: int, last: int
) -> None:
    text = (
        "input: {shape: [6], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
        "  - GRU: {units: 3, return_sequences: true, go_backwards: true, name: states}\n"
    )
    rows = analyse(read_spec((text + layer).encode())).rows
    time = next(row.time for row in reversed(rows) if row.depth == 0)
    assert time is not None
    low, high = time.depends[0].ends
    assert (low.evaluate({"t": 0}), high.evaluate({"t": 0})) == (first, last)


@pytest.mark.parametrize(
    ("query", "value", "read"),
    [
        ("GlobalMaxPooling1D: {keepdims: true}", "Identity: {}", 0),  # causal: it sees one key
        ("Identity: {}", "Cropping1D: [0, 7]", 0),  # there is one key
    ],
)
def test_one_step_to_attend_to_has_the_weight_1_whatever_asks(
    query: str, value: str, read: int
) -> None:
    text = (
        f"input: [8, 3]\nlayers:\n  - {query}\n    name: q\n  - {value}\n    name: v\n"
        "    from: input\n  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n"
        "    from: [q, v]\n    call: {use_causal_mask: true}\n"
    )
    time = analyse(read_spec(text.encode())).rows[-1].time
    assert time is not None
    low, high = time.depends[0].ends
    assert (low.evaluate({"t": 0}), high.evaluate({"t": 0})) == (read, read)


def test_one_feature_that_is_normalized_at_each_step_depends_on_none() -> None:
    """Its mean is itself: what is left is beta."""
    rows = analyse(
        read_spec(
            b"input: [8, 1]\nlayers:\n  - LayerNormalization\n"
            b"  - TimeDistributed: {LayerNormalization: {}}\n    from: input\n"
        )
    ).rows
    assert [row.time for row in rows if row.depth == 0] == [None, None]


def test_a_model_on_steps_side_by_side_has_rows_for_each_of_them() -> None:
    """Its Dense reads two copies of all 8×3 numbers, with a kernel of 24 rows."""
    inner = "{Sequential: {layers: [{RepeatVector: 2}, {Dense: 2}]}}"
    rows = analyse(read_spec(f"input: [8, 3]\nlayers:\n  - Flatten\n  - {inner}\n".encode())).rows
    time = next(row.time for row in rows if row.type == "Sequential")
    assert time is not None
    assert time.shared is False


def test_the_mask_of_a_key_alone_makes_an_attention_leave_out_nothing() -> None:
    """Keras's Attention takes the masks of query and value, and looks at no other."""
    rows = analyse(
        read_spec(
            b"input: {shape: [5], dtype: int32}\nlayers:\n"
            b"  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: words}\n"
            b"  - Conv1D: {filters: 4, kernel_size: 1, name: value}\n"
            b"  - AdditiveAttention: {}\n    from: [words, value, words]\n"
        )
    ).rows
    mask = rows[-1].mask
    assert mask is not None
    assert not mask.leaves_out
