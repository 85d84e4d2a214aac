"""The schema for editors: it takes every spec that the reader takes, and sees slips of the pen."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from seqinspect.rulebook.schema import schema
from seqinspect.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in sorted((ROOT / "tests" / "rules" / "cases").glob("*.yaml"))
    for case in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    if "refused" not in case
]


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(schema())


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda p: p.stem)
def test_it_takes_every_spec_of_ours(validator: Any, path: Path) -> None:
    validator.validate(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize("case", CASES)
def test_it_takes_what_the_reader_takes(validator: Any, case: dict[str, Any]) -> None:
    names = ("dims", "input", "inputs", "layers")
    validator.validate({name: case[name] for name in names if name in case})


def test_every_class_and_every_kind_has_a_definition() -> None:
    made = schema()
    assert set(RULES) <= set(made["$defs"])
    used = set(re.findall(r'"#/[$]defs/([^"]+)"', json.dumps(made)))
    assert used <= set(made["$defs"])


@pytest.mark.parametrize(
    "text",
    [
        "layers: []",
        "layer: [Flatten]",
        "layers: [{Dense: {unit: 8}}]",
        "layers: [{Dense: {units: 0}}]",
        "layers: [{Dense: {units: 8, use_bias: 'yes'}}]",
        "layers: [{Conv1D: {filters: 8, kernel_size: 3, padding: around}}]",
        "layers: [{Dense: {units: 8, activation: rellu}}]",
        "layers: [{Dropout: 2}]",
        "layers: [{dense: 8}]",
        "layers: [{Dense: 8, form: input}]",
        "layers: [{Sequential: [{Dense: {unit: 8}}]}]",
        "layers: [{repeat: 2, layers: [{Dense: {unit: 8}}]}]",
        "dims: {2n: 8}\nlayers: [Flatten]",
        "custom: {Own: module}\nlayers: [Own]",
    ],
)
def test_it_sees_slips_of_the_pen(validator: Any, text: str) -> None:
    assert not validator.is_valid(yaml.safe_load(text))


def test_it_lets_classes_of_ones_own_pass(validator: Any) -> None:
    text = "custom: {Own: mine.layers:Own}\nlayers: [Own, {Own: {size: 3}, name: b}]"
    validator.validate(yaml.safe_load(text))
