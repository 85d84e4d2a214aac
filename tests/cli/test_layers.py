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
    assert [line.split()[0] for line in lines[1:]] == [name for name in MODULES if name in RULES]
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
    assert arguments["units"] == {
        "name": "units", "required": True, "default": None, "takes": "a positive whole number",
    }  # fmt: skip
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


def test_a_page_is_text_for_people(run: Run) -> None:
    lines = run("layers", "LSTM").out.splitlines()
    assert lines[:2] == [
        "LSTM  recurrent",
        "4 gates, each of x·kernel + h·recurrent_kernel + bias; c = f·c + i·g, h = o·tanh(c).",
    ]
    assert "  recurrent_kernel  (units, 4×units)" in lines
    assert "Parameters     4×units×(features+units+1)" in lines
    assert "Output shape   (batch, units)" in lines
    said = "  return_sequences: true  output (batch, T, units); time: step t has seen steps 0…t"
    assert said in lines


@pytest.mark.parametrize("width", ["40", "80"])
def test_a_page_fits_the_screen(run: Run, width: str) -> None:
    text = run("layers", "Dense", "LSTM", COLUMNS=width).out
    assert max(map(len, text.splitlines())) <= max(int(width), 66)


def test_an_alias_is_its_class(run: Run) -> None:
    assert run("layers", "MaxPool1D").out.splitlines()[0] == "MaxPooling1D  pooling  also MaxPool1D"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("LTSM",), "did you mean LSTM?"),
        (("maxpooling1d",), "did you mean MaxPooling1D?"),
        (("\x1b[2Jx",), "`seqinspect layers` lists them"),
        (("LSTM", "--all"), "--all shows every class"),
        (("LSTM", "--format", "html"), "'html' is not one of"),
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
    assert text.startswith("### Dense\n")
    assert "| kernel | (features, units) | yes |" in text
