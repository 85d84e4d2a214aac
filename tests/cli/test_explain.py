"""`seqinspect explain`: the command, its formats, and its questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.process import Run

CONFIGS = Path(__file__).parents[2] / "configs"


def test_a_layer_by_name(run: Run, spec: Path) -> None:
    result = run("explain", spec, "dense", "--static")
    assert (result.code, result.err) == (0, "")
    assert "n×(n+1) = 8×(8+1) = 72 parameters" in result.out
    assert "not compared with Keras (--static)" in result.out
    assert "lstm: LSTM" not in result.out


def test_settings_change_the_numbers(run: Run, spec: Path) -> None:
    result = run("explain", spec, "dense", "--static", "--set", "n=3")
    assert "n×(n+1) = 3×(3+1) = 12 parameters" in result.out


def test_json_is_one_document(run: Run, spec: Path) -> None:
    result = run("explain", spec, "--static", "--format", "json")
    document = json.loads(result.out)
    assert document["schema"] == "seqinspect.explanation/1"
    assert [layer["path"] for layer in document["layers"]] == ["lstm", "dense"]
    assert document["layers"][1]["experiment"] is None


def test_markdown_to_a_file(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run("explain", spec, "--static", "--format", "markdown", "-o", tmp_path / "out.md")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (tmp_path / "out.md").read_text().startswith("# question\n")


def test_ascii_where_the_encoding_has_no_more(run: Run, spec: Path) -> None:
    result = run("explain", spec, "--static", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert result.out.isascii()
    assert "[LSTM V]---->[LSTM V]" in result.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.yaml"], "absent.yaml"),
        ([], "name a SPEC"),
        (["--question", "16"], "there is no question 16"),
        (["--question", "1", "some.yaml"], "leave SPEC out"),
    ],
)
def test_what_cannot_be_used(run: Run, arguments: list[str], said: str) -> None:
    result = run("explain", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_a_layer_that_is_not_there(run: Run, spec: Path) -> None:
    result = run("explain", spec, "dense_2")
    assert (result.code, result.out) == (2, "")
    assert "did you mean dense?" in result.err


def test_the_questions_are_listed_and_one_is_answered(run: Run) -> None:
    listed = run("explain", "--questions")
    assert (listed.code, len(listed.out.strip().splitlines())) == (0, 19)
    answered = run("explain", "--question", "3", NO_COLOR="1")
    assert (answered.code, answered.err) == (0, "")
    assert "10×(5+1) = 60 parameters" in answered.out
    document = json.loads(run("explain", "--question", "9", "--format", "json").out)
    assert [command["code"] for command in document["commands"]] == [2, 0]


@pytest.mark.keras
def test_the_experiment_stands_beside_the_claim(run: Run) -> None:
    result = run("explain", CONFIGS / "bidirectional.yaml", "--format", "json")
    assert (result.code, result.err) == (0, "")
    document = json.loads(result.out)
    assert document["keras"]["status"] == "agrees"
    trials = {layer["path"]: layer["experiment"] for layer in document["layers"]}
    assert all(trial["agrees"] for trial in trials.values())
    # both directions: every output step moves with every input step
    moved = trials["every_step"]["tables"][0]["moved"]
    assert all(all(row) for row in moved)
    assert len(moved) > 3


@pytest.mark.keras
def test_dense_by_itself_moves_with_the_same_step_only(run: Run, spec: Path) -> None:
    result = run("explain", spec, "dense", "--format", "json")
    itself, through = json.loads(result.out)["layers"][0]["experiment"]["tables"]
    assert (itself["input"], through["input"]) == ("lstm", "input")
    for step, row in enumerate(itself["moved"]):
        assert row == [each == step for each in range(len(row))]
    for step, row in enumerate(through["moved"]):
        assert row == [each <= step for each in range(len(row))]


@pytest.mark.keras
@pytest.mark.parametrize("file", sorted(path.name for path in CONFIGS.iterdir() if path.is_file()))
def test_the_short_part_fits_24_lines_with_the_prompt(run: Run, tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_bytes((CONFIGS / file).read_bytes())
    result = run("explain", file, "--short", COLUMNS="80")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80
    assert "confirmed by Keras" in result.out


@pytest.mark.parametrize("command", ["explain", "draw", "lock", "diff", "check", "convert"])
def test_a_class_of_ones_own_is_refused_without_permission(
    run: Run, spec: Path, command: str
) -> None:
    custom = "custom: {Pool: package.module:Pool}\n"
    spec.write_text(custom + spec.read_text() + "  - Pool: {units: 3}\n")
    specs = [spec, spec] if command == "diff" else [spec]
    result = run(command, *specs)
    assert result.code == 2
    assert "add --allow-imports, if you trust the spec" in result.out + result.err


def test_a_picture_that_does_not_fit_one_screen_is_smaller_or_left_out(run: Run) -> None:
    decoder = run("explain", CONFIGS / "lstm_autoencoder.yaml", "--short", "--static").out
    assert "[LSTM U]" not in decoder  # the encoder is not drawn
    assert "[Dense W]" in decoder
    ends = run("explain", CONFIGS / "bidirectional.yaml", "--short", "--static").out
    assert "[Dense W]" not in ends
    assert "What would TimeDistributed change" in ends
    assert "seqinspect draw SPEC" in ends
