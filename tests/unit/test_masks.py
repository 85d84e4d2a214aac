"""Where a mask begins, who uses it, and the words where it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.analysis.walk import analyse
from seqinspect.model.masks import Everywhere, Made, MaskReport, MaskUse
from seqinspect.output.report.time_notes import time_note
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.model.report import Report

WORDS = (
    "dims: {T: 20, u: 8}\ninput: {shape: [T], dtype: int32}\nlayers:\n"
    "  - Embedding: {input_dim: 50, output_dim: u, mask_zero: true, name: words}\n"
)


def report(text: str) -> Report:
    return analyse(read_spec(text.encode()))


def masks(found: Report) -> dict[str, MaskReport | None]:
    return {row.path: row.mask for row in found.rows}


def facts(found: Report, path: str) -> tuple[str, MaskUse, bool, str]:
    """Who made the mask, what is done about it, whether it goes on, and where it ended."""
    mask = masks(found)[path]
    assert mask is not None
    return mask.made, mask.use, mask.carries, mask.ended


def notes(found: Report) -> dict[str, str]:
    return {row.path: time_note(row) for row in found.rows if row.time is not None}


def test_an_autoencoder_loses_the_mask_without_a_word() -> None:
    found = report(
        f"{WORDS}  - LSTM: {{units: u, name: encoder}}\n  - RepeatVector: T\n"
        "  - LSTM: {units: u, return_sequences: true, name: decoder}\n"
    )
    assert facts(found, "words") == ("words", MaskUse.NONE, True, "")
    assert facts(found, "encoder") == ("words", MaskUse.STATE, False, "encoder")
    assert facts(found, "repeat_vector") == ("words", MaskUse.NONE, False, "encoder")
    assert masks(found)["decoder"] is None
    assert (
        "the mask of `words` ended at `encoder`: padded steps count from here on"
        in (notes(found)["repeat_vector"])
    )
    assert "mask of" not in notes(found)["encoder"]
    assert "mask" not in notes(found)["decoder"]


def test_a_convolution_ends_a_mask_and_keras_warns() -> None:
    found = report(
        f"{WORDS}  - Dense: u\n  - Conv1D: {{filters: 4, kernel_size: 3}}\n  - LSTM: 3\n"
    )
    assert facts(found, "dense") == ("words", MaskUse.NONE, True, "")
    assert facts(found, "conv1d") == ("words", MaskUse.NONE, False, "conv1d")
    assert masks(found)["lstm"] is None
    assert notes(found)["conv1d"].endswith(
        "the mask of `words` ends here: padded steps count from here on"
    )


def test_adding_a_tensor_without_a_mask_ends_it_without_a_warning() -> None:
    found = report(
        "dims: {T: 5}\ninput: [T, 3]\nlayers:\n  - Masking: {name: pad}\n"
        "  - Add: {name: both}\n    from: [pad, input]\n"
    )
    both = masks(found)["both"]
    assert both is not None
    assert facts(found, "both") == ("pad", MaskUse.NONE, False, "both")
    assert not both.warned
    assert "the mask of `pad` ends here without a warning" in notes(found)["both"]


def test_a_mask_of_its_own_replaces_the_one_before() -> None:
    found = report(
        "dims: {T: 5}\ninput: [T, 3]\nlayers:\n  - Masking: {name: one}\n"
        "  - Masking: {mask_value: 2.0, name: two}\n  - LSTM: {units: 2, name: last}\n"
    )
    assert facts(found, "last") == ("two", MaskUse.STATE, False, "last")


def test_masks_pass_through_models_within_the_model() -> None:
    found = report(
        f"{WORDS}  - Sequential:\n      name: part\n      layers:\n"
        "        - GRU: {units: 4, return_sequences: true, name: gru}\n        - Flatten\n"
        "  - Dense: 2\n"
    )
    assert facts(found, "part/gru") == ("words", MaskUse.STATE, True, "")
    assert facts(found, "part") == ("words", MaskUse.STATE, False, "part/flatten")
    assert "the mask of `words` ends here" in notes(found)["part/flatten"]
    assert masks(found)["dense"] is None


def test_without_a_mask_there_is_nothing_to_say() -> None:
    found = report("dims: {T: 5}\ninput: [T, 3]\nlayers:\n  - LSTM: 2\n  - RepeatVector: T\n")
    assert set(masks(found).values()) == {None}


TWO = (
    "dims: {T: 9}\ninputs: {a: {shape: [T], dtype: int32}, b: {shape: [T], dtype: int32}}\n"
    "layers:\n"
    "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: ea}\n    from: a\n"
)
MASKED = "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: eb}\n    from: b\n"
UNMASKED = "  - Embedding: {input_dim: 9, output_dim: 4, name: eb}\n    from: b\n"


def joined(second: str, layer: str, last: str = "GRU: {units: 3, name: last}") -> Report:
    return report(f"{TWO}{second}  - {layer}: {{}}\n    from: [ea, eb]\n  - {last}\n")


def test_concatenate_lays_ones_beside_a_mask_so_that_nothing_is_masked() -> None:
    found = joined(UNMASKED, "Concatenate")
    assert facts(found, "last")[1] is MaskUse.UNMARKED
    assert notes(found)["last"].endswith("the mask marks no step: none is skipped")


def test_after_two_masks_a_step_is_skipped_where_both_mark_it() -> None:
    for layer in ("Concatenate", "Add", "Average"):
        found = joined(MASKED, layer)
        last = masks(found)["last"]
        assert last is not None
        assert last.mask is not None
        assert last.mask.marks == Everywhere((Made("ea"), Made("eb")))
        assert "steps that `ea` and `eb` both mask are skipped" in notes(found)["last"]


def test_a_state_from_elsewhere_keeps_keras_from_passing_the_mask() -> None:
    found = report(
        f"{TWO}{MASKED}  - LSTM: {{units: 3, return_state: true, name: encoder}}\n    from: ea\n"
        "  - LSTM: {units: 3, return_sequences: true, name: decoder}\n    from: eb\n"
        "    call: {initial_state: [encoder.1, encoder.2]}\n"
    )
    assert facts(found, "decoder") == ("eb", MaskUse.NOT_PASSED, True, "")
    assert "padded steps are read as data" in notes(found)["decoder"]


def test_attention_takes_the_mask_off_what_is_added_to_it() -> None:
    found = report(
        f"{WORDS}  - MultiHeadAttention: {{num_heads: 1, key_dim: 4, name: attention}}\n"
        "    from: [words, words]\n  - Add: {name: sum}\n    from: [words, attention]\n"
        "  - Dense: {units: 3, name: dense}\n"
        "  - GlobalAveragePooling1D: {name: mean}\n"
    )
    assert not getattr(masks(found)["sum"], "carries", True)
    assert masks(found)["dense"] is None
    # Keras noted the mask for the mean when it built the model, where none was taken off.
    assert facts(found, "mean")[1] is MaskUse.MEAN


def test_a_mask_of_too_many_axes_cannot_be_used() -> None:
    pages = (
        "dims: {D: 4, S: 7}\ninput: {shape: [D, S], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 30, output_dim: 6, mask_zero: true, name: words}\n"
        "  - TimeDistributed: {layer: {GRU: 5}, name: sentence}\n"
    )
    found = report(f"{pages}  - GRU: {{units: 3, name: document}}\n")
    assert facts(found, "document")[1] is MaskUse.IMPOSSIBLE
    assert notes(found)["document"].endswith("cannot run: the mask (batch, D, S) does not fit")
    found = report(f"{pages}  - GRU: {{units: 7, name: document}}\n")
    assert facts(found, "document")[1] is MaskUse.PARTS  # Keras masks units: 7 of them, as S


def test_masks_are_followed_in_a_model_that_a_wrapper_applies() -> None:
    """Keras 3.15.1: with other numbers at index 0 the first returns the same; the second fails."""
    spec = (
        "input: {{shape: {shape}, dtype: int32}}\nlayers:\n"
        "  - TimeDistributed: {{name: pages, layer: {{Sequential: {{name: page, layers: [\n"
        "      {{Embedding: {{input_dim: 30, output_dim: 6, mask_zero: true, name: emb}}}},\n"
        "      {layers}]}}}}}}\n"
    )
    found = report(spec.format(shape="[3, 7]", layers="{GRU: {units: 5, name: words}}"))
    assert facts(found, "pages/page/words") == (
        "pages/page/emb", MaskUse.STATE, False, "pages/page/words",
    )  # fmt: skip
    words = next(row for row in found.rows if row.name == "words")
    assert time_note(words) == "masked steps are skipped: the state passes them unchanged"
    layers = "{TimeDistributed: {GRU: 5}}, {GRU: {units: 3, name: last}}"
    found = report(spec.format(shape="[3, 7, 4]", layers=layers))
    assert facts(found, "pages/page/last")[1] is MaskUse.IMPOSSIBLE


def test_masks_within_are_not_known_where_one_comes_from_outside() -> None:
    found = report(
        "input: {shape: [3, 7], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 30, output_dim: 6, mask_zero: true}\n"
        "  - TimeDistributed: {name: pages, layer: {Sequential: {name: page, layers: [\n"
        "      Masking, {GRU: {units: 5, name: words}}]}}}\n"
    )
    assert masks(found)["pages/page/words"] is None


def test_pixels_keep_their_state_where_a_mask_has_the_axes_of_an_image() -> None:
    found = report(
        "input: [5, 4, 6, 1]\nlayers:\n  - Masking\n"
        "  - ConvLSTM2D: {filters: 2, kernel_size: 3, padding: same, name: frames}\n"
    )
    assert facts(found, "frames")[1] is MaskUse.PARTS
    found = report(
        "input: [5, 4, 6, 1]\nlayers:\n  - Masking\n"
        "  - ConvLSTM2D: {filters: 2, kernel_size: 3, name: frames}\n"
    )
    assert facts(found, "frames")[1] is MaskUse.IMPOSSIBLE  # valid: the state is 2×4


def test_where_a_mask_leaves_nothing_a_causal_attention_attends_to_later_steps() -> None:
    spec = "  - MultiHeadAttention: {num_heads: 1, key_dim: 4}\n    from: [words, words]\n"
    causal = f"{spec}    call: {{use_causal_mask: true}}\n"
    assert report(WORDS + causal).causal is False
    assert report(WORDS.replace(", mask_zero: true", "") + causal).causal is True


def test_a_causal_query_of_one_step_may_have_masked_steps_alone_to_attend_to() -> None:
    """It attends to step 0 of the value; where that is masked, to all steps, as Keras does."""
    spec = WORDS + "  - GlobalAveragePooling1D: {keepdims: true}\n  - Attention: {name: look}\n"
    spec += "    from: [global_average_pooling1d, words]\n"
    causal = report(f"{spec}    call: {{use_causal_mask: true}}\n")
    assert [facts(found, "look")[1] for found in (report(spec), causal)] == [
        MaskUse.KEYS, MaskUse.LAST_KEYS,
    ]  # fmt: skip


def test_the_mask_of_reversed_steps_is_not_reversed() -> None:
    found = report(
        f"{WORDS}  - GRU: {{units: 3, return_sequences: true, go_backwards: true}}\n"
        "  - GRU: {units: 3, name: last}\n"
    )
    assert "the wrong steps are left out" in notes(found)["last"]


def test_the_masks_of_pieces_count_the_steps_of_the_whole() -> None:
    found = report(
        f"{TWO}{MASKED}  - Concatenate: {{axis: 1}}\n    from: [ea, eb]\n"
        "  - GRU: {units: 3, return_sequences: true, go_backwards: true}\n"
        "  - GRU: {units: 3, return_sequences: true, name: last}\n"
    )
    time = found.rows[-1].time
    assert time is not None
    a, _ = time.depends
    assert a.last is not None
    # The mask has a's steps first, the reversed data b's: at step 2 it is the mask that reads a.
    assert a.last.evaluate({**a.last.numbers(), "t": 2}) == 2
