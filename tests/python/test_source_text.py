"""The library takes the text of code and of specs: a string of several lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seqinspect
from seqinspect import SpecError
from seqinspect.lint.run import Plan, check_data
from seqinspect.readers.spec import read_models, split_model

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize("text", [CODE, YAML])
def test_a_text_is_read(text: str) -> None:
    graph = seqinspect.read_spec(text)
    assert [node.layer.type for node in graph.nodes] == ["LSTM", "Dense"]
    assert graph.source == "<string>"


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


@pytest.mark.parametrize(
    ("source", "model"),
    [
        ("train.py:encoder", "encoder"),
        ("a/b.ipynb:model.inner", "model.inner"),
        ("b.py:model (not x[1:] is None, y)_2", "model (not x[1:] is None, y)_2"),
        ("C:/b.py:model (deep)", "model (deep)"),
        ("b.py", ""),
        ("b.yaml:model", ""),
    ],
)
def test_a_model_of_code_is_named_as_it_is_listed(source: str, model: str) -> None:
    file = source.removesuffix(f":{model}") if model else source
    assert split_model(source) == (file, model)


def test_a_model_on_each_branch_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    head = "from keras import Sequential, layers\nmodel = Sequential([layers.Input((9, 2))])\n"
    branch = "if deep[1:]:\n    model.add(layers.LSTM(4, return_sequences=True))\n"
    path.write_text(f"{head}{branch}model.add(layers.LSTM(4))\n")
    names = [graph.name for graph in read_models(path)]
    assert len(names) == 2
    for name in names:
        assert check_data(f"{path}:{name}", None, Plan(static=True)).usable
