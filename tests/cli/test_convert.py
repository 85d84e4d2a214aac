"""`seqinspect convert`: files, forms, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
    assert (result.code, json.loads(result.out)["class_name"]) == (0, "Sequential")
    assert result.err.startswith("note: a Keras config has no place for time_axis (input)")
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
