"""The schema for editors: it takes every spec that the reader takes, and sees slips of the pen."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from seqinspect.rulebook.schema import schema
from seqinspect.rules import COMMON, RULES
from seqinspect.rules.argument_words import CALL_WORDS, CHOICES, OWN, WORDS
from seqinspect.rules.arguments import choices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def parts_of(form: Any) -> Iterator[dict[str, Any]]:
    if isinstance(form, dict):
        yield form
        form = list(form.values())
    if isinstance(form, list):
        for each in form:
            yield from parts_of(each)


def test_nothing_that_is_hidden_refers_elsewhere() -> None:
    """The YAML language server forgets `doNotSuggest` beside a `$ref`."""
    assert not [each for each in parts_of(schema()) if {"$ref", "doNotSuggest"} <= each.keys()]


def test_every_argument_of_a_layer_says_what_it_does() -> None:
    made = schema()["$defs"]
    silent = {
        f"{name}: {argument}"
        for name, rule in RULES.items()
        if rule.family != "preprocessing"
        for argument, each in made[name]["then"]["properties"].items()
        if argument in rule.options
        for form in (each.get("allOf", [each]))
        if made[form["$ref"].removeprefix("#/$defs/")]["description"].startswith("(")
    }
    assert silent == set()


def test_what_is_said_of_arguments_is_of_arguments_that_are() -> None:
    classes = {(name, option) for name, rule in RULES.items() for option in rule.options}
    families = {(rule.family, option) for rule in RULES.values() for option in rule.options}
    own = {(owner, name) for owner, words in OWN.items() for name in words}
    assert own <= classes | families
    assert set(WORDS) <= {name for _, name in classes} | set(COMMON)
    values = {
        (each.name, value)
        for rule in RULES.values()
        for each in rule.options.values()
        for value in choices_of(each.kind.removesuffix(" | None"))
    }
    assert set(CHOICES) <= values
    assert set(CALL_WORDS) <= {name for rule in RULES.values() for name in rule.calls}


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


CHOICES_SPEC = """\
choices: {cell: [LSTM, GRU], act: [relu, tanh], all: [true, false], pad: [same, causal]}
input: [10, 8]
layers:
  - $cell: {units: 8, return_sequences: $all}
  - Conv1D: {filters: 8, kernel_size: 3, padding: $pad}
  - Dense: {units: 1, activation: $act}
"""


def test_it_takes_choices_as_classes_and_as_arguments(validator: Any) -> None:
    spec = yaml.safe_load(CHOICES_SPEC)
    validator.validate(spec)
    spec["layers"][1]["Conv1D"]["padding"] = "sane"
    assert not validator.is_valid(spec)


def test_it_lets_classes_of_ones_own_pass(validator: Any) -> None:
    text = "custom: {Own: mine.layers:Own}\nlayers: [Own, {Own: {size: 3}, name: b}]"
    validator.validate(yaml.safe_load(text))
