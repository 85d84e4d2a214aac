"""The library takes the text of code and of specs: a string of several lines."""

from __future__ import annotations

import pytest

import seqinspect
from seqinspect import SpecError

CODE = """
n = 8
model = Sequential()
model.add(LSTM(n, input_shape=(10, n), return_sequences=True))
model.add(Dense(n))
"""
YAML = """
dims: {n: 8}
input: [10, n]
layers: [{LSTM: {units: n, return_sequences: true}}, {Dense: n}]
"""


@pytest.mark.parametrize("text", [CODE, YAML, f"# Notes\n\n```python\n{CODE}```\n"])
def test_a_text_is_described(text: str) -> None:
    report = seqinspect.describe(text, static=True)
    assert report.params == 4 * 8 * (8 + 8 + 1) + 8 * 9
    assert report.rows[1].formula.text() == "n×(n+1)"
    assert report.source == "<string>"
    assert seqinspect.describe(text, set={"n": 2}, static=True).params == 4 * 2 * 5 + 2 * 3


def test_a_text_is_checked() -> None:
    text = CODE.replace("model.add(Dense", "model.add(Flatten())\nmodel.add(Dense")
    (finding,) = seqinspect.check(text, static=True).findings
    assert (finding.code, finding.path, finding.line) == ("SEQ201", "<string>", 5)
    assert not seqinspect.check(YAML, static=True).findings


def test_texts_are_compared() -> None:
    assert seqinspect.diff(CODE, YAML).same
    assert not seqinspect.diff(CODE, YAML.replace("LSTM", "GRU")).same


def test_a_text_with_several_models_says_how_to_name_one() -> None:
    with pytest.raises(SpecError, match="builds 2 models") as caught:
        seqinspect.describe(CODE + CODE.replace("model", "other"), static=True)
    assert caught.value.problems[0].remedy == "keep it in a file and name one: train.py:model"


def test_a_line_is_a_path() -> None:
    with pytest.raises(SpecError, match="does not exist"):
        seqinspect.describe("model = Sequential()", static=True)
