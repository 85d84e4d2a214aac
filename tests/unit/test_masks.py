"""Where a mask begins, who uses it, and the words where it is lost."""

from __future__ import annotations

from seqinspect.analysis.walk import analyse
from seqinspect.model.report import MaskReport, Report
from seqinspect.output.report.time_notes import time_note
from seqinspect.readers.spec import read_spec

WORDS = (
    "dims: {T: 20, u: 8}\ninput: {shape: [T], dtype: int32}\nlayers:\n"
    "  - Embedding: {input_dim: 50, output_dim: u, mask_zero: true, name: words}\n"
)


def report(text: str) -> Report:
    return analyse(read_spec(text.encode()))


def masks(found: Report) -> dict[str, MaskReport | None]:
    return {row.path: row.mask for row in found.rows}


def notes(found: Report) -> dict[str, str]:
    return {row.path: time_note(row) for row in found.rows if row.time is not None}


def test_an_autoencoder_loses_the_mask_without_a_word() -> None:
    found = report(
        f"{WORDS}  - LSTM: {{units: u, name: encoder}}\n  - RepeatVector: T\n"
        "  - LSTM: {units: u, return_sequences: true, name: decoder}\n"
    )
    assert masks(found) == {
        "words": MaskReport("words", uses=False, carries=True),
        "encoder": MaskReport("words", uses=True, carries=False, ended="encoder"),
        "repeat_vector": MaskReport("words", uses=False, carries=False, ended="encoder"),
        "decoder": None,
    }
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
    assert masks(found) == {
        "words": MaskReport("words", uses=False, carries=True),
        "dense": MaskReport("words", uses=False, carries=True),
        "conv1d": MaskReport("words", uses=False, carries=False, ended="conv1d"),
        "lstm": None,
    }
    assert notes(found)["conv1d"].endswith(
        "the mask of `words` ends here: padded steps count from here on"
    )


def test_adding_a_tensor_without_a_mask_ends_it_without_a_warning() -> None:
    found = report(
        "dims: {T: 5}\ninput: [T, 3]\nlayers:\n  - Masking: {name: pad}\n"
        "  - Add: {name: both}\n    from: [pad, input]\n"
    )
    assert masks(found)["both"] == MaskReport(
        "pad", uses=False, carries=False, ended="both", warned=False
    )
    assert "the mask of `pad` ends here without a warning" in notes(found)["both"]


def test_a_mask_of_its_own_replaces_the_one_before() -> None:
    found = report(
        "dims: {T: 5}\ninput: [T, 3]\nlayers:\n  - Masking: {name: one}\n"
        "  - Masking: {mask_value: 2.0, name: two}\n  - LSTM: {units: 2, name: last}\n"
    )
    assert masks(found)["last"] == MaskReport("two", uses=True, carries=False, ended="last")


def test_masks_pass_through_models_within_the_model() -> None:
    found = report(
        f"{WORDS}  - Sequential:\n      name: part\n      layers:\n"
        "        - GRU: {units: 4, return_sequences: true, name: gru}\n        - Flatten\n"
        "  - Dense: 2\n"
    )
    assert masks(found)["part/gru"] == MaskReport("words", uses=True, carries=True)
    assert masks(found)["part"] == MaskReport(
        "words", uses=True, carries=False, ended="part/flatten"
    )
    assert "the mask of `words` ends here" in notes(found)["part/flatten"]
    assert masks(found)["dense"] is None


def test_without_a_mask_there_is_nothing_to_say() -> None:
    found = report("dims: {T: 5}\ninput: [T, 3]\nlayers:\n  - LSTM: 2\n  - RepeatVector: T\n")
    assert set(masks(found).values()) == {None}
