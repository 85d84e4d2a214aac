"""`seqinspect size`: what it prints, its exit codes, and what it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from seqinspect.cli.schema import schema_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

SPEC = """\
dims: {T: 10, n: 8}   # sizes
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true}
  - Dense: n
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(SPEC)
    return path


def test_the_answer_stands_first_with_its_neighbour(run: Run, spec: Path) -> None:
    result = run("size", "--static", spec, "--for", "n", "--params", "<= 1M")
    assert (result.code, result.err) == (0, "")
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    # 8n² + 4n of the LSTM and n² + n of the Dense: 9n² + 5n
    assert lines[0] == "n = 333 the largest with params <= 1,000,000"
    assert f"333 {9 * 333**2 + 5 * 333:,} within the budget" in lines
    assert f"334 {9 * 334**2 + 5 * 334:,} not params <= 1,000,000" in lines
    assert "params n×(9×n+5) = 999,666" in lines
    assert "Keras not asked: --static" in lines


@pytest.mark.parametrize(
    "arguments",
    [
        ("--for", "n", "--params", "1M"),
        ("--for", "T,n=T//2", "--memory", "1MiB", "--training-memory", "4MiB", "--batch", "2"),
        ("--for", "n", "--smallest", "--multiply-adds", ">= 1M", "--bytes", "1GiB"),
        ("--for", "T", "--smallest", "--params", "1M"),
        ("--for", "n", "--stream-bytes", "64KiB", "--streams", "32"),
    ],
)
def test_json_follows_its_schema(run: Run, spec: Path, arguments: tuple[str, ...]) -> None:
    result = run("size", "--static", "--format", "json", spec, *arguments)
    found = json.loads(result.out)
    Draft202012Validator(json.loads(schema_text("size"))).validate(found)
    for limit in found["budgets"]:
        value = eval(limit["formula"], {**found["found"]["sizes"], "max": max, "min": min})
        assert value == found["found"]["costs"][limit["quantity"]]


def test_the_size_is_written_and_nothing_else(run: Run, spec: Path) -> None:
    result = run("size", "--static", spec, "--for", "n", "--params", "1M", "--write")
    assert "".join(result.out.split()).endswith(f"Writtento{spec}")
    assert spec.read_text() == SPEC.replace("n: 8", "n: 333")


def test_a_spec_on_standard_input(run: Run) -> None:
    result = run("size", "--static", "-", "--for", "n", "--params", "1M", stdin=SPEC.encode())
    assert (result.code, result.err) == (0, "")
    assert "n = 333" in result.out
    refused = run("size", "-", "--for", "n", "--params", "1M", "--write", stdin=SPEC.encode())
    assert (refused.code, refused.out) == (2, "")


def test_sizes_of_code_are_looked_for_too(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import keras\nunits = 32\n"
        "model = keras.Sequential([keras.Input((24, 6)), keras.layers.GRU(units)])\n"
    )
    # 3 gates of 6u + u² weights and two biases of u each: 3u² + 24u
    result = run("size", "--static", script, "--for", "units", "--params", "10k", "--write")
    assert f"{3 * 53**2 + 24 * 53:,}" in result.out
    assert "units = 53\n" in script.read_text()


def test_what_cannot_be_found_is_one_error(run: Run, spec: Path) -> None:
    result = run("size", "--static", spec, "--for", "n", "--params", "5")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: no `n` keeps the budgets\n")


@pytest.mark.keras
def test_keras_counts_the_same(run: Run, spec: Path) -> None:
    result = run("size", spec, "--for", "n", "--params", "10k", "--format", "json")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out)["keras"]["status"] == "agrees"
