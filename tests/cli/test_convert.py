"""`seqinspect convert`: files, forms, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run


def test_to_each_form(run: Run, spec: Path, tmp_path: Path) -> None:
    for name in ("out.json", "out.py", "out.yaml"):
        result = run("convert", spec, "-o", tmp_path / name)
        assert (result.code, result.out, result.err) == (0, "", "")
    config = json.loads((tmp_path / "out.json").read_text())
    assert config["config"]["layers"][2]["config"] == {"name": "dense", "units": 8}
    assert "model = keras.Sequential(" in (tmp_path / "out.py").read_text()
    assert (tmp_path / "out.yaml").read_text() == spec.read_text()


def test_a_config_has_no_place_for_an_axis_of_time(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "images.yaml"
    spec.write_text("input: {shape: [4, 3, 2], time_axis: 1}\nlayers: [{Dense: 2}]\n")
    result = run("convert", spec, "--to", "json")
    config = json.loads(result.out)
    assert (result.code, result.err, config["class_name"]) == (0, "", "Sequential")
    assert config["note"].startswith("a Keras config has no place for time_axis (input)")
    for form in ("yaml", "python"):  # which say it
        result = run("convert", spec, "--to", form)
        assert (result.code, result.err) == (0, "")


def test_to_standard_output(run: Run, spec: Path) -> None:
    result = run("convert", "-", "--to", "python", "--set", "n=16", stdin=spec.read_bytes())
    assert result.code == 0
    assert "n = 16\n" in result.out


def test_the_input_is_not_overwritten(run: Run, spec: Path) -> None:
    before = spec.read_text()
    result = run("convert", spec, "-o", spec)
    assert result.code == 2
    assert "is the spec itself" in result.err
    assert spec.read_text() == before


def test_an_ending_that_says_no_form(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run("convert", spec, "-o", tmp_path / "model.txt")
    assert result.code == 2
    assert "--to" in result.err


def test_a_python_object_needs_the_flag(run: Run, tmp_path: Path) -> None:
    (tmp_path / "marker.py").write_text("open('ran', 'w')\n")
    for command in ("describe", "convert"):
        result = run(command, "marker:model")
        assert result.code == 2
        assert "--allow-imports" in result.err
    assert not (tmp_path / "ran").exists()


OPEN = (
    "dims: {n: null, T: 10}\ninput: [T, n]\nlayers: [{LSTM: n}, {RepeatVector: T}, {Dense: 2*n}]\n"
)


def test_a_size_that_is_not_known_is_a_parameter_of_a_function(run: Run, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(OPEN)
    assert run("convert", "model.yaml", "-o", "model.py").code == 0
    source = (tmp_path / "model.py").read_text()
    assert "def build_model(n):" in source
    assert "None" not in source
    result = run("diff", "--static", "model.yaml", "model.py")
    assert "No difference" in result.out
    assert run("diff", "--static", "--set", "n=8", "model.yaml", "model.py").code == 0


@pytest.mark.keras
def test_the_function_builds_the_model(run: Run, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(OPEN)
    run("convert", "model.yaml", "-o", "model.py")
    (tmp_path / "eight.py").write_text("from model import build_model\nmodel = build_model(8)\n")
    result = run("describe", "eight:model", "--allow-imports", "--format", "json")
    # The LSTM has 4 gates of 8×(8+8+1), the Dense 16 units of 8 weights and a bias.
    assert json.loads(result.out)["totals"]["params"] == 4 * 8 * 17 + 16 * 9


def test_steps_that_are_not_known_stay_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("dims: {T: null}\ninput: [T, 4]\nlayers: [{LSTM: 3}]\n")
    assert "keras.Input((None, 4)" in run("convert", "model.yaml", "--to", "python").out


def test_weights_of_sizes_that_are_not_known_stand_as_formulas(run: Run, tmp_path: Path) -> None:
    text = "dims: {n: null}\ninput: [10, 4]\nlayers: [{Dense: 2*n}]\n"
    (tmp_path / "old.yaml").write_text(text)
    (tmp_path / "new.yaml").write_text(text.replace("4]", "8]"))
    assert run("lock", "old.yaml").code == 0
    locked = json.loads((tmp_path / "seqinspect.lock").read_text())["models"]["old.yaml"]
    assert locked["layers"]["dense"]["weights"] == {
        "kernel": "4×(2×n) float32",
        "bias": "2×n float32",
    }
    assert "kernel (4, 2×n) → (8, 2×n)" in run("diff", "--static", "old.yaml", "new.yaml").out
