"""Sizes of code: a name by which formulas can be computed, and the text that the code has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import seqinspect
from tests.cli.process import python

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
model = Sequential()
model.add(LSTM(hp.Int('units', 1, 9), input_shape=({shape}), return_sequences=True))
model.add(Conv1D(2 * len(vocab), 3, strides=2))
model.add(Dense(k))
"""


def described(shape: str, **sizes: int) -> dict[str, Any]:
    code = CODE.format(shape=shape)
    return seqinspect.describe(code, set=sizes, static=True).to_dict()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("X.shape[1]", "X_shape_1"),
        ("X.shape[-1]", "X_shape_minus_1"),
        ("len(words)", "len_words"),
        ("config['steps']", "config_steps"),
        ("größe", "gr_e"),
        ("t", "t_"),
    ],
)
def test_a_name_is_a_word_and_a_text_is_that_of_the_code(text: str, name: str) -> None:
    report = described(f"{text}, 8")
    assert report["inputs"][0]["symbolic"][1] == name
    assert report["dims"][name] is None
    shown = seqinspect.describe(CODE.format(shape=f"{text}, 8"), static=True)
    assert shown.inputs[0].tensor.symbolic[1].text() == ("t_" if text == "t" else text)


def test_every_formula_can_be_computed_with_dims() -> None:
    numbers = {"X_shape_1": 9, "hp_Int_units_1_9": 3, "len_vocab": 5, "k": 2}
    report = described("X.shape[1], len(vocab)", **numbers)
    assert report["dims"] == numbers
    space = {**report["dims"], "batch": None, "t": 0, "max": max, "min": min}
    for row in report["layers"]:
        assert eval(row["formula"], {}, space) == row["params"]
        assert eval(row["multiply_adds_formula"], {}, space) == row["multiply_adds"]
        sizes = [eval(size, {}, space) for size in row["outputs"][0]["symbolic"]]
        assert sizes == row["outputs"][0]["shape"]
    assert report["layers"][0]["params"] == 4 * 3 * (5 + 3 + 1)
    assert eval(report["totals"]["formula"], {}, space) == report["totals"]["params"]


def test_names_that_would_be_equal_stay_apart() -> None:
    report = described("X.shape[1], X_shape_1")
    assert report["inputs"][0]["symbolic"] == ["batch", "X_shape_1", "X_shape_1_2"]
    assert report["dim_texts"]["X_shape_1"] == "X.shape[1]"


def test_a_long_text_has_a_short_name_that_the_legend_explains() -> None:
    text = f"data['{'a' * 80}'].sizes[0]"
    code = CODE.format(shape=f"{text}, 8")
    report = seqinspect.describe(code, static=True)
    (name,) = [name for name, size in report.size_texts.items() if size == text]
    assert len(name) <= 30
    assert f"{name} not known (`{text}`)" in report.to_markdown().replace("\\", "")


@pytest.mark.parametrize("name", ["X.shape[1]", "X_shape_1"])
def test_both_can_be_set(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.py").write_text(CODE.format(shape="X.shape[1], 8"))
    done = python(["-m", "seqinspect", "describe", "--static", "a.py", "--format", "json",
                   "--set", f"{name}=9"], folder=tmp_path)  # fmt: skip
    assert json.loads(done.out)["dims"]["X_shape_1"] == 9
    assert done.err == ""


def test_models_whose_sizes_are_not_known_are_compared_without_a_verdict_on_checkpoints() -> None:
    one, two = CODE.format(shape="5, 8"), CODE.format(shape="5, 8").replace("Dense(k)", "Dense(7)")
    difference = seqinspect.diff(one, two)
    assert not difference.same
    assert difference.load_result.loads == "unknown"
    assert seqinspect.diff(one, one).same
