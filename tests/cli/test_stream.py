"""`seqinspect stream`: its exit codes, its words, and its JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema

from seqinspect.cli.schema import schema_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

BOTH = """\
input: [10, 8]
layers:
  - Bidirectional: {LSTM: {units: 4, return_sequences: true}}
"""


def test_what_is_kept_is_said_for_one_stream_and_for_several(run: Run, spec: Path) -> None:
    result = run("stream", spec, "--streams", "32")
    assert result.code == 0
    lines = result.out.splitlines()
    assert "Yes: fed step by step, it gives what the whole window gives." in lines
    assert "Kept           8×n = 64 bytes a stream" in lines
    assert "32 streams     256×n = 2,048 bytes (2.0 KiB)" in lines


def test_a_no_names_the_layer_and_a_witness(run: Run, tmp_path: Path) -> None:
    (tmp_path / "both.yaml").write_text(BOTH)
    result = run("stream", "both.yaml")
    assert result.code == 1
    assert "No: it cannot be fed step by step." in result.out
    assert "Output step 0 changes with step 9 of `input`, the last one." in result.out


def test_json_follows_its_schema(run: Run, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "both.yaml").write_text(BOTH)
    schema = json.loads(schema_text("stream"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in (spec, "both.yaml"):
        found = json.loads(run("stream", name, "--format", "json", "--streams", "2").out)
        jsonschema.validate(found, schema)
    assert (found["answer"], found["reason"]["kind"]) == ("no", "both directions")
    assert found["witness"] == {
        "output_step": 0, "input": "input", "input_step": 9, "input_step_formula": "9",
    }  # fmt: skip


def test_a_twin_is_written_as_python_or_as_a_spec(run: Run, spec: Path, tmp_path: Path) -> None:
    assert run("stream", spec, "--twin", "-o", "step.py").code == 0
    assert "def step(model, states, input, last=False):" in (tmp_path / "step.py").read_text()
    assert run("stream", spec, "--twin", "-o", "step.yaml").code == 0
    assert "initial_state: [lstm_h, lstm_c]" in (tmp_path / "step.yaml").read_text()


def test_a_model_that_cannot_be_fed_has_no_twin(run: Run, tmp_path: Path) -> None:
    (tmp_path / "both.yaml").write_text(BOTH)
    result = run("stream", "both.yaml", "--twin", "-o", "step.py")
    assert result.code == 2
    assert "has no twin that runs a step at a time" in result.err
    assert not (tmp_path / "step.py").exists()


def test_an_input_that_is_not_there_is_one_clear_error(run: Run, spec: Path) -> None:
    result = run("stream", spec, "--once", "words")
    assert (result.code, result.out) == (2, "")
    assert "has no input 'words'" in result.err
    assert "Traceback" not in result.err
