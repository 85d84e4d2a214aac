"""What layers read where masked steps hold more than unmasked ones, or where features become steps.

The expectations are what moves in Keras (`tests/keras/time_judge` finds the same).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.model.masks import MaskUse
from seqinspect.output.report.time_notes import time_note
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.model.report import Report, Row

WORDS = (
    "dims: {T: 6}\ninput: {shape: [T], dtype: int32}\nlayers:\n"
    "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: words}\n"
)
HEADS = "  - MultiHeadAttention: {num_heads: 1, key_dim: 2, name: heads}\n"
GRU = "  - GRU: {units: 3, return_sequences: true}\n"
CAUSAL = "    call: {use_causal_mask: true}\n"


def report(text: str) -> Report:
    return analyse(read_spec(text.encode()))


def ends(row: Row, step: int, size: int = 6) -> tuple[int, int]:
    assert row.time is not None
    first, last = row.time.depends[0].ends
    return first.evaluate({"T": size, "t": step}), last.evaluate({"T": size, "t": step})


@pytest.mark.parametrize(
    ("behind", "causal"),
    [
        (GRU, True),
        ("  - LayerNormalization\n" + GRU, True),
        ("  - Add: {}\n    from: [heads, words]\n" + GRU, True),  # by the mask noted when built
        ("  - Dense: 3\n", False),
        ("  - Conv1D: {filters: 3, kernel_size: 2, padding: causal}\n", False),
        ("  - Conv1D: {filters: 3, kernel_size: 1}\n" + GRU, False),
    ],
)
def test_only_a_layer_that_leaves_masked_steps_out_is_causal_behind_masked_attention(
    behind: str, causal: bool
) -> None:
    """A masked query step attends to everything; the convolution reads it, and ends the mask."""
    found = report(WORDS + HEADS + "    from: [words, words]\n" + CAUSAL + behind)
    assert found.causal is causal


def test_two_embeddings_of_the_same_integers_mask_the_same_steps() -> None:
    text = WORDS + (
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: others}\n"
        "    from: input\n"
        "  - Attention: {name: both}\n    from: [words, others]\n"
    )
    assert report(text + CAUSAL).causal is True
    scores = "    call: {use_causal_mask: true, return_attention_scores: true}\noutputs: [both.1]\n"
    assert report(text + scores).causal is False  # the output is set to 0 there, the scores are not


@pytest.mark.parametrize(
    ("axes", "use"), [("[1, 2]", MaskUse.IMPOSSIBLE), ("[2]", MaskUse.LAST_AXES)]
)
def test_a_mask_is_laid_over_the_last_axes_that_attend(axes: str, use: MaskUse) -> None:
    """(batch, 6, 3) masks over scores (batch, 1, 6, 3, 6, 3), or (batch, 6, 1, 3, 3)."""
    found = report(
        "input: {shape: [6, 3], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: words}\n"
        f"  - MultiHeadAttention: {{num_heads: 1, key_dim: 2, attention_axes: {axes}}}\n"
        "    from: [words, words]\n"
    )
    mask = found.rows[-1].mask
    assert mask is not None
    assert mask.use is use


def test_a_normalized_kernel_hands_on_the_mask_of_its_layer() -> None:
    found = report(
        WORDS + "  - SpectralNormalization: {layer: {Dense: 3}}\n"
        "  - SpectralNormalization: {layer: {Conv1D: {filters: 3, kernel_size: 1}}}\n"
    )
    masks = [row.mask.carries for row in found.rows if row.depth == 0 and row.mask is not None]
    assert masks == [True, True, False]


def test_a_model_takes_a_tensor_with_a_last_axis_of_1_more_or_less() -> None:
    found = report(
        "input: [6, 4]\nlayers:\n"
        "  - Sequential: {name: a, layers: [{Conv1D: {filters: 2, kernel_size: 1}}]}\n"
        "  - Reshape: [6, 2, 1]\n"
        "  - Functional: {name: b, inputs: {x: [6, 2]}, layers: [{Cropping1D: [1, 0]}]}\n"
        "  - Functional: {name: c, inputs: {y: [5, 2, 1]}, layers: [{Dense: 3}]}\n"
    )
    last = next(row for row in found.rows if row.path == "c")
    assert [size.value for size in last.outputs[0].symbolic[1:]] == [5, 2, 3]
    assert ends(last, 2) == (3, 3)


def test_features_of_different_steps_that_become_steps_leave_open_what_each_depends_on() -> None:
    """Steps 0 and 1 of the Reshape depend on `a` alone, steps 2 and 3 on `b`."""
    text = (
        "inputs: {a: [6, 2], b: [6, 2]}\nlayers:\n  - Concatenate: {}\n    from: [a, b]\n"
        "  - GlobalAveragePooling1D\n"
    )
    for behind, known in (
        ("  - Reshape: [4, 1]\n", False),
        ("  - Dense: 4\n  - Reshape: [4, 1]\n", True),
    ):
        time = report(text + behind).rows[-1].time
        assert time is not None
        assert [each.first is not None for each in time.depends] == [known, known]


def test_a_reshape_that_cuts_steps_leaves_open_what_each_of_its_numbers_depends_on() -> None:
    """Keras returns the same numbers there and back: step t moves with step t alone."""
    there = "input: [8, 3]\nlayers:\n  - Reshape: [4, 6]\n"
    assert report(there + "  - Reshape: [8, 3]\n").causal is None
    assert report(there + "  - Dense: 6\n  - Reshape: [8, 3]\n").causal is False


def test_a_model_that_returns_steps_side_by_side_reads_all_that_these_read() -> None:
    """The windows t, t+3, t+6 of five steps together are all eleven steps, and none is step t's."""
    inner = (
        "inputs: {x: [11, 4]}, layers: [{Conv1D: {filters: 2, kernel_size: 3, dilation_rate: 3}},"
        " Flatten]"
    )
    row = report(f"input: [11, 4]\nlayers:\n  - Functional: {{{inner}}}\n").rows[0]
    assert row.time is not None
    assert row.time.reads == "all"
    assert "step t" not in time_note(row)


def test_what_is_said_of_an_attention_window_is_said_of_the_value() -> None:
    text = (
        "dims: {T: 6}\ninput: [T, 4]\nlayers:\n  - MultiHeadAttention: {num_heads: 1, key_dim: 2, "
    )
    row = report(text + "sliding_window: 2}\n    from: [input, input]\n").rows[0]
    assert time_note(row).startswith("step t reads steps t−1…t+1")


def test_a_bidirectional_that_merges_nothing_returns_its_forward_half_first() -> None:
    text = "input: [6, 4]\nlayers:\n  - Bidirectional: {layer: {GRU: {units: 3, return_sequences: "
    reads = [
        report(f"{text}true}}}}{more}}}\n").rows[0].time for more in ("", ", merge_mode: null")
    ]
    assert [time and time.reads for time in reads] == ["all", "prefix"]


@pytest.mark.parametrize(
    ("steps", "fits"), [("6, 3", False), ("3, 3", False), ("1, 3", False), ("1, 1", False)]
)
def test_the_samples_of_a_mask_do_not_lie_over_the_steps_of_a_softmax(
    steps: str, fits: bool
) -> None:
    """Keras refuses a mask (4, 3) over (4, 3, 3): a batch would need as many samples as steps."""
    found = report(f"input: [{steps}]\nlayers:\n  - Masking\n  - Softmax: {{axis: 1}}\n")
    mask = found.rows[-1].mask
    assert mask is not None
    assert mask.runs is fits


def test_the_scores_of_a_window_of_an_attention_are_masked() -> None:
    found = report(
        "input: [6, 4]\nlayers:\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2, sliding_window: 2, name: heads}\n"
        "    from: [input, input]\n    call: {return_attention_scores: true}\n"
        "  - Add: {}\n    from: [heads.1, heads.1]\n"
    )
    assert found.rows[-1].mask is not None


def test_a_fixed_batch_of_as_many_samples_as_steps_takes_that_mask() -> None:
    found = report(
        "input: {batch_shape: [3, 3, 3]}\nlayers:\n  - Masking\n  - Softmax: {axis: 1}\n"
    )
    mask = found.rows[-1].mask
    assert mask is not None
    assert mask.runs


@pytest.mark.parametrize(("padding", "runs"), [("[1, 0]", False), ("[0, 0]", True)])
def test_a_recurrent_layer_within_a_step_needs_a_mask_of_its_own_steps(
    padding: str, runs: bool
) -> None:
    """The mask keeps the steps that the Embedding made; the GRU goes through one more."""
    found = report(
        "input: {shape: [5, 2], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 3, mask_zero: true}\n"
        f"  - TimeDistributed: {{layer: {{ZeroPadding1D: {{padding: {padding}}}}}}}\n"
        "  - TimeDistributed: {layer: {GRU: {units: 3}}}\n"
    )
    row = next(row for row in reversed(found.rows) if row.depth == 0)
    assert row.mask is not None
    assert row.mask.runs is runs


def test_a_convolution_of_one_step_by_a_name_skips_what_the_layer_beside_it_skips() -> None:
    found = report(
        "dims: {T: 6, k: 1}\ninput: {shape: [T], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
        "  - Functional:\n      name: inner\n      inputs: {x: [6, 4]}\n      layers:\n"
        "        - LSTM: {units: 3, return_sequences: true, name: a}\n"
        "        - Conv1D: {filters: 2, kernel_size: k, padding: causal, name: b}\n"
        "          from: x\n"
        "      outputs: [b, a]\n"
    )
    mask = next(row.mask for row in found.rows if row.path == "inner")
    assert mask is not None
    assert mask.leaves_out


@pytest.mark.parametrize("steps", [11, 12, 13, 14])
def test_a_step_depends_on_itself_where_the_state_that_it_starts_from_has_not_seen_it(
    steps: int,
) -> None:
    """The state has seen steps 0, 3, 6, …; step t of the GRU moves with all steps up to t, too."""
    found = report(
        f"dims: {{T: {steps}}}\ninput: [T, 4]\nlayers:\n"
        "  - AveragePooling1D: {pool_size: 1, padding: same, strides: 3, name: few}\n"
        "  - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true, return_state: true}},"
        " merge_mode: sum, name: states}\n"
        "  - GRU: {units: 2, return_sequences: true}\n"
        "    from: input\n    call: {initial_state: [states.3]}\n"
    )
    row = found.rows[-1]
    last = (steps - 1) // 3 * 3
    assert [ends(row, t, steps) for t in (0, steps - 1)] == [(0, last), (0, steps - 1)]


@pytest.mark.parametrize(("beside", "last"), [("words", 0), ("others", 5)])
def test_a_query_of_the_same_steps_twice_has_what_it_may_attend_to(beside: str, last: int) -> None:
    """Step 0 is masked where its value is, and then returns 0; of other words it may be data."""
    found = report(
        "inputs: {a: {shape: [6], dtype: int32}, b: {shape: [6], dtype: int32}}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: words}\n    from: a\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: others}\n    from: b\n"
        f"  - Concatenate: {{axis: 1, name: query}}\n    from: [{beside}, words]\n"
        f"  - AdditiveAttention: {{}}\n    from: [query, words]\n{CAUSAL}"
    )
    time = found.rows[-1].time
    assert time is not None
    read = next(each for each in time.depends if each.input == "a")
    assert read.last is not None
    assert read.last.evaluate({"t": 0}) == last


PADDED = (
    "input: {shape: [3, 2], dtype: int32}\nlayers:\n"
    "  - Embedding: {input_dim: 9, output_dim: 2, mask_zero: true, name: words}\n"
)


@pytest.mark.parametrize(("padding", "runs"), [("[2, 2]", False), ("[0, 0]", True)])
def test_a_mask_of_fewer_steps_does_not_lie_over_a_product(padding: str, runs: bool) -> None:
    """Keras cannot spread (4, 3, 2, 1) over (4, 3, 6, 2)."""
    found = report(
        f"{PADDED}  - TimeDistributed: {{layer: {{ZeroPadding1D: {{padding: {padding}}}}},"
        " name: padded}\n  - Multiply: {}\n    from: [padded, padded]\n"
    )
    mask = found.rows[-1].mask
    assert mask is not None
    assert mask.runs is runs


def test_a_mask_of_parts_does_not_lie_over_the_scores_of_an_attention() -> None:
    """Keras lays (4, 3, 2) over scores (4, 3, 3)."""
    found = report(
        f"{PADDED}  - TimeDistributed: {{layer: {{Flatten: {{}}}}, name: value}}\n"
        "  - Cropping1D: {cropping: [0, 0], name: query}\n"
        "  - Attention: {}\n    from: [query, value]\n"
    )
    mask = found.rows[-1].mask
    assert mask is not None
    assert not mask.runs


def test_the_mask_of_scores_is_laid_beside_another_as_it_is() -> None:
    """Keras returns a mask (1, 1, 4) of (5, 2, 4, 8): no layer of states can take it."""
    found = report(
        "input: [4, 3]\nlayers:\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 2, name: heads}\n"
        "    from: [input, input]\n"
        "    call: {use_causal_mask: true, return_attention_scores: true}\n"
        "  - Concatenate: {}\n    from: [heads.1, heads.1]\n"
        "  - ConvLSTM1D: {filters: 2, kernel_size: 2, padding: same}\n"
    )
    beside, states = (row.mask for row in found.rows[-2:])
    assert beside is not None
    assert beside.output is not None
    assert [size.value for size in beside.output.symbolic] == [1, 1, 4]
    assert states is not None
    assert not states.runs


@pytest.mark.parametrize(("unroll", "first"), [("false", 5), ("true", 3)])
def test_an_unrolled_backward_half_is_0_where_the_mirrored_step_is_masked(
    unroll: str, first: int
) -> None:
    """Of 9 steps: Keras sets the output at step 5 to 0 where step 8−5 is masked."""
    found = report(
        "input: {shape: [9], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
        "  - Bidirectional: {merge_mode: null, name: halves, layer: {GRU: {units: 3, "
        f"return_sequences: true, unroll: {unroll}}}}}}}\n"
        "  - Dense: 2\n    from: halves.1\n"
    )
    assert ends(found.rows[-1], 5, 9) == (first, 8)


def test_parts_of_steps_that_are_laid_beside_each_other_have_their_masks_beside_each_other() -> (
    None
):
    """Keras lays masks (4, 3, 2) beside each other, though their tensors are (4, 3, 4)."""
    found = report(
        f"{PADDED}  - TimeDistributed: {{layer: {{Flatten: {{}}}}, name: flat}}\n"
        "  - Concatenate: {}\n    from: [flat, flat]\n"
    )
    mask = found.rows[-1].mask
    assert mask is not None
    assert mask.runs
    assert mask.carries


def test_copies_of_steps_side_by_side_that_a_reshape_cuts_depend_on_parts_of_them() -> None:
    """Step 0 holds the features of steps 0…5; step t of RepeatVector those of all."""
    found = report(
        "input: [12, 2]\nlayers:\n  - Flatten\n  - RepeatVector: 3\n  - Reshape: [6, 12]\n"
    )
    time = found.rows[-1].time
    assert time is not None
    assert time.depends[0].first is None


def test_a_mask_given_to_an_attention_does_not_take_the_one_noted_for_the_layers_behind() -> None:
    """Keras notes the mask of `sum` when it builds the model, and the pooling receives it."""
    text = (
        "inputs: {x: [6, 3], there: {shape: [6], dtype: bool}}\nlayers:\n"
        "  - Masking: {name: m}\n    from: x\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 4, name: a}\n    from: [m, m]\n"
        "  - Add: {name: sum}\n    from: [m, a]\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n    from: [sum, sum]\n"
        "    call: {query_mask: there, value_mask: there}\n"
        "  - GlobalAveragePooling1D: {name: mean}\n"
    )
    mask = report(text).rows[-1].mask
    assert mask is not None
    assert mask.use is MaskUse.MEAN


def test_no_score_of_a_masked_query_is_0() -> None:
    """One query step attends to one value step: its score is 1, whatever the query is."""
    text = (
        "inputs: {x: [5, 3], item: {shape: [1], dtype: int32}}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 3, mask_zero: true, name: q}\n    from: item\n"
        "  - AdditiveAttention: {name: a}\n    from: [q, x]\n"
        "    call: {use_causal_mask: true, return_attention_scores: true}\n"
        "  - LSTM: {units: 2, return_sequences: true}\n    from: a.1\n"
    )
    time = report(text).rows[-1].time
    assert time is None or "item" not in {each.input for each in time.depends}


def test_no_unmasked_step_sees_the_scores_of_a_masked_query() -> None:
    """Those of a masked step that is left nothing are of all steps; as a key it is masked again."""
    text = (
        WORDS
        + "  - AdditiveAttention: {name: a}\n    from: [words, words]\n"
        + "    call: {use_causal_mask: true, return_attention_scores: true}\n"
        + "  - Dense: {units: 4, name: scores}\n    from: a.1\n"
        + "  - Attention: {name: b}\n    from: [words, words, scores]\n"
        + "    call: {use_causal_mask: true}\n"
    )
    assert report(text).causal is not False


def test_a_model_leaves_out_the_steps_that_are_masked_and_may_read_others() -> None:
    """The LSTM leaves out what is masked of `x`; `y` has no mask."""
    inner = (
        "inputs: {x: [6, 4], y: [1, 2]}, layers: [{LSTM: {units: 2, name: last}, from: x},"
        " {Add: {}, from: [last, y]}]"
    )
    text = (
        "inputs: {x: {shape: [6], dtype: int32}, y: [1, 2]}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: words}\n    from: x\n"
        f"  - Functional: {{{inner}}}\n    from: [words, y]\n"
    )
    row = next(row for row in report(text).rows if row.type == "Functional")
    assert row.mask is not None
    assert row.mask.use is MaskUse.STATE


def test_a_mask_is_spread_over_an_axis_of_one_step_and_laid_beside_others() -> None:
    """Keras lays (batch, 2, 3) over (batch, 2, 1, 2): the mask that is joined is (batch, 2, 3)."""
    text = (
        "input: {shape: [2, 3], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
        "  - TimeDistributed: {Conv1D: {filters: 4, kernel_size: 4, padding: causal, strides: 3}}\n"
        "  - Dense: {units: 2, name: left}\n"
        "  - Activation: {activation: relu, name: right}\n"
        "  - Concatenate: {axis: -1}\n    from: [left, right]\n"
    )
    mask = report(text).rows[-1].mask
    assert mask is not None
    assert mask.runs
    assert mask.output is not None
    assert [size.value for size in mask.output.symbolic[1:]] == [2, 3]


def test_copies_weigh_the_same_whatever_the_query_is() -> None:
    text = (
        "inputs: {x: [6, 4], there: [5, 4]}\nlayers:\n"
        "  - LSTM: {units: 4, name: last}\n    from: there\n"
        "  - RepeatVector: {n: 5, name: copies}\n"
        "  - AdditiveAttention: {name: a}\n    from: [x, copies]\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2, name: b}\n    from: [x, copies]\n"
    )
    for row in report(text).rows[-2:]:
        assert row.time is not None
        assert {each.input for each in row.time.depends} == {"there"}


def test_steps_made_of_a_vector_beside_one_that_knows_no_step_leave_open_what_each_depends_on() -> (
    None
):
    text = (
        "inputs: {x: [6, 4], y: [3]}\nlayers:\n"
        "  - LSTM: {units: 4, name: last}\n    from: x\n"
        "  - Concatenate: {axis: -1}\n    from: [last, y]\n"
        "  - Reshape: [7, 1]\n"
    )
    time = report(text).rows[-1].time
    assert time is not None
    assert [each.first for each in time.depends] == [None]


ONE_QUERY = (
    "inputs: {x: [5, 3], item: {shape: [1], dtype: int32}}\nlayers:\n"
    "  - Embedding: {input_dim: 9, output_dim: 2, mask_zero: true, name: q}\n    from: item\n"
    "  - MultiHeadAttention: {num_heads: 2, key_dim: 2, name: a}\n    from: [q, x]\n"
    "    call: {use_causal_mask: true}\n"
)


def test_an_unmasked_query_of_a_value_without_mask_sees_its_band() -> None:
    """A masked query attends to everything, and the SimpleRNN leaves that out."""
    text = ONE_QUERY + "  - SimpleRNN: {units: 2, return_sequences: true}\n"
    row = report(text).rows[-1]
    assert row.time is not None
    assert row.time.depends[0].input == "x"
    assert ends(row, 0, 5) == (0, 0)


def test_a_mask_that_marks_nothing_leaves_an_attention_as_it_is() -> None:
    """Concatenate lays ones beside a mask: nothing is masked behind it."""
    text = (
        "input: [6, 4]\nlayers:\n  - Masking: {name: m}\n"
        "  - Concatenate: {name: beside}\n    from: [input, m]\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n    from: [beside, beside]\n" + CAUSAL
    )
    found = report(text)
    assert found.causal is True
    assert found.rows[-1].mask is not None
    assert found.rows[-1].mask.use is MaskUse.UNMARKED


def test_a_mask_that_marks_some_steps_leaves_open_what_the_others_see() -> None:
    """Steps 0 to 2 have no mask: they attend to no later step, and those behind may."""
    text = (
        "inputs: {x: [3, 2], words: {shape: [3], dtype: int32}}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 2, mask_zero: true, name: e}\n    from: words\n"
        "  - Concatenate: {axis: 1, name: both}\n    from: [x, e]\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n    from: [both, both]\n" + CAUSAL
    )
    row = report(text).rows[-1]
    assert row.time is not None
    assert {each.first for each in row.time.depends} == {None}
    assert "at most" in time_note(row)


def test_a_value_that_begins_with_the_query_leaves_each_step_itself() -> None:
    text = (
        WORDS
        + "  - Concatenate: {axis: 1, name: twice}\n    from: [words, words]\n"
        + "  - Attention:\n    from: [words, twice]\n"
        + CAUSAL
    )
    assert report(text).causal is True


def test_masks_that_two_models_make_of_one_input_mark_the_same_steps() -> None:
    inner = (
        "inputs: {x: {shape: [6], dtype: int32}}, layers: [{Embedding: {input_dim: 9,"
        " output_dim: 4, mask_zero: true}}]"
    )
    text = (
        WORDS
        + f"  - Functional: {{{inner}}}\n    from: input\n    name: others\n"
        + "  - Attention:\n    from: [words, others]\n"
        + CAUSAL
    )
    assert report(text).causal is True


def test_a_model_whose_layers_read_the_steps_as_features_does_not_share_its_weights() -> None:
    text = (
        "input: [4, 3]\nlayers:\n  - GlobalAveragePooling1D: {data_format: channels_first}\n"
        "  - Sequential: {layers: [{RepeatVector: {n: 2}}, {Dense: {units: 2}}]}\n"
    )
    row = next(row for row in report(text).rows if row.type == "Sequential")
    assert row.time is not None
    assert row.time.shared is False


def test_no_gate_is_read_where_a_window_leaves_nothing_to_attend_to() -> None:
    """Step 3 looks at steps 2 and 3 of a value of two: 0 comes out, whatever the gate is."""
    text = (
        "inputs: {query: [4, 4], value: [2, 4]}\nlayers:\n"
        "  - GroupQueryAttention: {head_dim: 4, num_query_heads: 2, num_key_value_heads: 2,"
        " sliding_window: 2, use_gate: true}\n    from: [query, value]\n"
        "    call: {use_causal_mask: true, return_attention_scores: true}\n"
    )
    time = report(text).rows[-1].time
    assert time is not None
    ends = next(each.ends for each in time.depends if each.input == "query")
    seen = [tuple(end.evaluate({"t": step}) for end in ends) for step in range(4)]
    assert seen[:3] == [(0, 0), (1, 1), (2, 2)]
    assert seen[3][0] > seen[3][1]
