from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from seqinspect.rules import MODULES, RULES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run


def test_every_class_is_listed_with_its_family_and_formula(run: Run) -> None:
    result = run("layers")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == [name for name in MODULES if name in RULES]
    assert "LSTM recurrent 4×units×(features+units+1)" in (" ".join(line.split()) for line in lines)


LSTM = {
    "kernel": ["features", "4*units"],
    "recurrent_kernel": ["units", "4*units"],
    "bias": ["4*units"],
}


def test_a_page_says_what_the_rule_says(run: Run) -> None:
    result = run("layers", "LSTM", "--format", "json")
    assert (result.code, result.err) == (0, "")
    (page,) = json.loads(result.out)["layers"]
    assert page["family"] == "recurrent"
    assert {each["name"]: each["shape"] for each in page["weights"]} == LSTM
    sizes = {"features": 8, "units": 16, "T": 10}
    assert eval(page["formula"], {}, dict(sizes)) == 4 * (8 * 16 + 16 * 16 + 16)
    assert eval(page["multiply_adds_formula"], {}, dict(sizes)) == 10 * 4 * 16 * (8 + 16)
    assert page["outputs"] == [["batch", "units"]]
    arguments = {each["name"]: each for each in page["arguments"]}
    units = arguments["units"]
    assert (units["required"], units["default"]) == (True, None)
    assert units["takes"] == "a positive integer"
    assert "(batch, T, units)" in arguments["return_sequences"]["does"]
    assert arguments["recurrent_initializer"]["default"] == "Orthogonal"
    options = {each["option"]: each for each in page["options"]}
    assert options["return_sequences: true"]["outputs"] == [["batch", "T", "units"]]
    assert options["return_sequences: true"]["reads"] == "prefix"
    assert options["return_state: true"]["outputs"] == [["batch", "units"]] * 3
    without_bias = options["use_bias: false"]
    assert [each["name"] for each in without_bias["weights"]] == ["kernel", "recurrent_kernel"]
    assert "outputs" not in without_bias
    assert "dropout: 0.5" not in options


def test_each_option_that_changes_the_output_shows_how(run: Run) -> None:
    page = json.loads(run("layers", "Conv1D", "--format", "json").out)["layers"][0]
    options = {each["option"]: each for each in page["options"]}
    sizes = {"T": 10, "kernel_size": 3, "strides": 2, "dilation_rate": 2}

    def steps(facts: dict[str, list[list[str]]]) -> int:
        return int(eval(facts["outputs"][0][1], {}, dict(sizes)))

    assert steps(page) == 8
    assert steps(options["strides: strides"]) == 4
    assert steps(options["dilation_rate: dilation_rate"]) == 6
    assert steps(options["padding: same"]) == steps(options["padding: causal"]) == 10
    assert options["data_format: channels_first"]["called_on"] == ["batch", "features", "T"]


def options_of(run: Run, name: str) -> dict[str, dict[str, object]]:
    """What each option changes, as the page of a class says it."""
    (page,) = json.loads(run("layers", name, "--format", "json").out)["layers"]
    return {each["option"]: each for each in page["options"]}


def test_strides_of_a_transposed_convolution_change_what_a_step_reads(run: Run) -> None:
    strided = options_of(run, "Conv1DTranspose")["strides: strides"]["time"]
    # Input step i writes to steps s·i…s·i + k − 1: step t reads i from (t − k)//s + 1 to t//s.
    read = "max(0, ⌊(t−kernel_size)/strides⌋+1)…min(T−1, ⌊t/strides⌋)"
    assert strided == f"step t reads steps {read}"


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_output_padding_is_shown_below_the_stride(run: Run, rank: int) -> None:
    options = options_of(run, f"Conv{rank}DTranspose")
    assert "output_padding: output_padding" not in options  # Keras refuses it beside stride 1
    outputs = options["strides: 2, output_padding: output_padding"]["outputs"]
    assert isinstance(outputs, list)
    sizes = {"T": 10, "planes": 10, "rows": 10, "columns": 10, "kernel_size": 3}
    # The last step starts at 2·9 = 18 and is 3 long; 1 more is left open.
    for size in outputs[0][1:-1]:
        assert eval(size, {}, sizes | {"output_padding": 1}) == 22


def test_a_spectrogram_is_a_formula_of_its_frames(run: Run) -> None:
    (page,) = json.loads(run("layers", "STFTSpectrogram", "--format", "json").out)["layers"]
    assert page["shown_with"] == {"frame_length": "frame_length", "fft_length": "fft_length"}
    sizes = {"frame_length": 256, "fft_length": 256}
    assert eval(page["formula"], {}, sizes) == 2 * 256 * 129
    assert page["weights"][0]["shape"] == ["frame_length", "1", "fft_length//2 + 1"]


@pytest.mark.parametrize(
    ("name", "option", "weights"),
    [
        ("PReLU", "shared_axes: 1", {"alpha": ["1", "features"]}),
        ("RMSNormalization", "axis: [1, 2]", {"scale": ["T", "features"]}),
        ("Normalization", "mean: 0.0, variance: 1.0", {}),
    ],
)
def test_options_that_change_weights(
    run: Run, name: str, option: str, weights: dict[str, list[str]]
) -> None:
    found = options_of(run, name)[option]["weights"]
    assert isinstance(found, list)
    assert {each["name"]: each["shape"] for each in found} == weights


def test_axis_1_of_concatenate_puts_steps_after_each_other(run: Run) -> None:
    option = options_of(run, "Concatenate")["axis: 1"]
    assert option["called_on"] == [["batch", "T", "features"], ["batch", "S", "features"]]
    outputs = option["outputs"]
    assert isinstance(outputs, list)
    assert eval(outputs[0][1], {}, {"T": 10, "S": 7}) == 17
    text = run("layers", "Concatenate").out
    assert "axis: 1  called on [(batch, T, features), (batch, S, features)]; output" in text


def test_axis_1_of_group_normalization_is_that_of_the_channels(run: Run) -> None:
    option = options_of(run, "GroupNormalization")["axis: 1"]
    assert option["called_on"] == ["batch", "features", "T"]
    assert option["outputs"] == [["batch", "features", "T"]]


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
def test_a_global_pooling_may_have_its_channels_first(run: Run, kind: str, rank: int) -> None:
    option = options_of(run, f"Global{kind}Pooling{rank}D")["data_format: channels_first"]
    called_on = option["called_on"]
    assert isinstance(called_on, list)
    assert called_on[:2] == ["batch", "features" if rank == 1 else "channels"]
    assert len(called_on) == rank + 2


def test_scores_of_another_shape_than_keras_states_are_said_to_be(run: Run) -> None:
    option = options_of(run, "MultiHeadAttention")["call: {return_attention_scores: true}"]
    assert "the scores have another shape than Keras states" in str(option["time"])


def test_a_repeated_vector_is_copies_of_one(run: Run) -> None:
    lines = run("layers", "RepeatVector").out.splitlines()
    assert "inputs     (batch, features)" in lines
    assert "Time steps     n copies of one vector" in lines


@pytest.mark.parametrize(
    ("name", "common", "said"),
    [
        ("Masking", ["name", "trainable", "dtype", "activity_regularizer"],
         "Like other layers it takes name, trainable, dtype, activity_regularizer."),
        ("LSTM", ["name", "trainable", "dtype"],
         "Like other layers it takes name, trainable, dtype."),
        ("Hashing", ["name", "trainable", "activity_regularizer"],
         "Like other layers it takes name, trainable, activity_regularizer."),
        ("SpatialDropout1D", ["name", "dtype"],
         "Like other layers it takes name, dtype. Unlike them it has no trainable,"
         " activity_regularizer."),
        ("Pipeline", ["name"],
         "Like other layers it takes name. Unlike them it has no trainable, dtype,"
         " activity_regularizer."),
    ],
)  # fmt: skip
def test_arguments_of_all_layers_are_named_once(
    run: Run, name: str, common: list[str], said: str
) -> None:
    (page,) = json.loads(run("layers", name, "--format", "json").out)["layers"]
    assert page["common_arguments"] == common
    assert not set(common) & {each["name"] for each in page["arguments"]}
    assert said in run("layers", name).out.splitlines()


def test_a_mel_spectrogram_is_made_of_samples(run: Run) -> None:
    (page,) = json.loads(run("layers", "MelSpectrogram", "--format", "json").out)["layers"]
    assert page["called_on"][0]["shapes"] == [["batch", "samples"]]
    # Keras, with a stride of 512: 2559 samples make 5 frames, and 6 are stated.
    assert eval(page["outputs"][0][2], {}, {"samples": 2559}) == 6
    assert eval(page["multiply_adds_formula"], {}, {"samples": 2559}) == 5 * 1025 * 128


def test_a_page_is_text_for_people(run: Run) -> None:
    lines = run("layers", "LSTM").out.splitlines()
    assert lines[:2] == [
        "LSTM  recurrent",
        "4 gates, each of x·kernel + h·recurrent_kernel + bias; c = f·c + i·g, h = o·tanh(c).",
    ]
    assert "recurrent_kernel  (units, 4×units)     yes" in lines
    assert "Parameters     4×units×(features+units+1)" in lines
    assert "Output shape   (batch, units)" in lines
    said = "return_sequences: true  output (batch, T, units); time: step t has seen steps 0…t"
    assert said in lines


@pytest.mark.parametrize("width", [20, 40, 80, 160])
def test_a_page_fits_the_screen(run: Run, width: int) -> None:
    text = run("layers", "Dense", "LSTM", COLUMNS=str(width)).out
    assert max(map(len, text.splitlines())) <= width
    letters = "".join(text.split())
    assert "4×units×(features+units+1)" in letters
    assert "recurrent_initializer" in letters


def test_an_alias_is_its_class(run: Run) -> None:
    assert run("layers", "MaxPool1D").out.splitlines()[0] == "MaxPooling1D  pooling, also MaxPool1D"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("LTSM",), "did you mean LSTM?"),
        (("maxpooling1d",), "did you mean MaxPooling1D?"),
        (("\x1b[2Jx",), "`seqinspect layers` lists them"),
        (("LSTM", "--all"), "--all shows every class"),
        (("LSTM", "--format", "pdf"), "'pdf' is not one of"),
        (("-o", "."), ". is a directory"),
    ],
)
def test_what_cannot_be_shown(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("layers", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "\x1b" not in result.err


def test_a_page_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    result = run("layers", "Dense", "--format", "markdown", "-o", "dense.md")
    assert (result.code, result.out, result.err) == (0, "", "")
    text = (tmp_path / "dense.md").read_text("utf-8")
    assert text.startswith("# Dense\n")
    assert "| kernel | (features, units) | yes |" in text
