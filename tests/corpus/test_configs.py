"""73 configs of all eras: totals and rows as Keras of their time has them, or unsupported."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from seqinspect import Report, analyse, read_spec

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ONE_BIAS = {"023"}
"""Where the judge counts what the era did not have, and says so: GRU with one bias."""


def entries(name: str) -> list[dict[str, Any]]:
    path = CORPUS / name
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines]


CONFIGS = entries("configs.jsonl")
JUDGED = [entry for entry in CONFIGS if "total" in entry]
UNJUDGED = [entry for entry in CONFIGS if "total" not in entry]


@cache
def described(file: str) -> Report:
    return analyse(read_spec(CORPUS / "configs" / file))


def test_all_configs_are_there(corpus: Path) -> None:
    assert len(CONFIGS) == 73 == len(list((corpus / "configs").glob("*.json")))


@pytest.mark.parametrize("entry", JUDGED, ids=lambda entry: entry["n"])
def test_the_total_is_that_of_its_time(entry: dict[str, Any]) -> None:
    report = described(entry["file"])
    total = entry.get("total_faithful", entry["total"])
    assert report.complete
    assert report.params == total


@pytest.mark.parametrize(
    "entry",
    [entry for entry in JUDGED if entry["n"] not in ONE_BIAS],
    ids=lambda entry: entry["n"],
)
def test_trained_and_not(entry: dict[str, Any]) -> None:
    assert described(entry["file"]).trainable == entry["trainable"]


@pytest.mark.parametrize(
    "entry", [entry for entry in JUDGED if entry.get("layers")], ids=lambda entry: entry["n"]
)
def test_every_row(entry: dict[str, Any]) -> None:
    report = described(entry["file"])
    rows = {row.name: row for row in report.top}
    inputs = {given.name: given for given in report.inputs}
    for layer in entry["layers"]:
        name = layer["name"].replace("/", "_")
        if layer["class"] == "InputLayer":
            assert name in inputs or len(inputs) == 1
            continue
        row = rows[name]
        if entry["n"] not in ONE_BIAS:
            assert row.params == layer["params"], name
            assert row.trainable == layer["trainable"], name
        shape = layer["output_shape"]
        outputs = [list(output.shape) for output in row.outputs]
        several = bool(shape) and isinstance(shape[0], list)
        assert outputs[: len(shape) if several else 1] == (shape if several else [shape]), name


@pytest.mark.parametrize("entry", UNJUDGED, ids=lambda entry: entry["n"])
def test_what_has_no_judge_is_named(entry: dict[str, Any]) -> None:
    report = described(entry["file"])
    assert any(row.unsupported for row in report.rows)
    assert all(row.unsupported for row in report.rows if not row.complete)
    saved = entry.get("author_weights_total")
    assert saved is None or report.params <= saved
