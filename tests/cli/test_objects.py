"""package.module:attribute in every command that takes specs; Keras is imported once for all."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from seqinspect.cli.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = """
import keras
from keras import layers

print("hello")

class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.lstm = layers.LSTM(8, return_sequences=True)

    def call(self, x):
        return self.lstm(x)

def make():
    start = keras.Input((10, 8), name="input")
    return keras.Sequential([start, layers.LSTM(8, return_sequences=True, name="lstm")], name="m")

def own():
    return Own()

lstm = layers.LSTM(8, return_sequences=True)
"""
SPEC = "input: [10, 8]\nlayers: [{LSTM: {units: 8, return_sequences: true}}]\n"
COMMANDS = {
    "describe": "544", "explain": "4×8×(2×8+1) = 544", "convert": "return_sequences: true",
    "draw": "4×8×(2×8+1) = 544 parameters", "check": "1 spec checked, nothing found",
    "lock -o -": '"params": 544', "diff spec.yaml": "No difference", "equal spec.yaml": "equal:",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "of_mine.py").write_text(MODULE)
    yield tmp_path
    sys.modules.pop("of_mine", None)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_imported_unless_it_is_allowed(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command.split(), "of_mine:make"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "of_mine:make names a Python object, and nothing is imported" in err
    assert "of_mine" not in sys.modules


@pytest.mark.keras
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "target", ["make", "own --input 10,8", "Own --input 10,8", "lstm --input [10,8]"]
)
def test_every_command_takes_an_object(
    folder: Path, command: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([*command.split(), *f"of_mine:{target}".split(), "--allow-imports"])
    out, err = capsys.readouterr()
    assert (code, err.replace("hello\n", "")) == (0, "")
    assert COMMANDS[command] in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("describe spec.yaml --input 10,8", "a file says its input itself"),
        ("describe of_mine:make --static --allow-imports", "leave out one of them"),
        ("explain of_mine:make --input ten --allow-imports", "--input: this says no shape: ten"),
        ("draw of_mine:make --input 3:many --allow-imports", "a tensor has no such dtype: many"),
        ("diff --against HEAD of_mine:make", "a Python object is in no git revision"),
        ("check of_mine:make --static --allow-imports", "leave out one of them"),
    ],
)
def test_what_cannot_be_meant(
    folder: Path, arguments: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "of_mine" not in sys.modules


@pytest.mark.keras
def test_a_lock_of_an_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = ["of_mine:make", "--allow-imports"]
    assert run(["lock", *of]) == 0
    assert run(["check", "--locked", *of]) == 0
    path = folder / "seqinspect.lock"
    path.write_text(path.read_text().replace('"params": 544', '"params": 545'))
    assert run(["check", "--locked", *of, "--format", "concise"]) == 1
    assert "of_mine:make:1:1: SEQ006 " in capsys.readouterr().out


def test_what_is_not_known_is_null_in_a_lock(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 10, 8]}},
        {"class_name": "Own", "config": {"name": "own"}},
        {"class_name": "Dense", "config": {"name": "dense", "units": 3}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    (folder / "model.json").write_text(json.dumps(config))
    assert run(["lock", "model.json", "-o", "-"]) == 0
    text = capsys.readouterr().out
    assert '"params": null,\n' in text
    assert '"output": ["not known"], "params": null, "weights": null' in text


@pytest.mark.keras
def test_a_model_that_was_saved_without_an_input_gets_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Sequential that was never called: 4×8×(4+8+1) = 416 parameters on 4 features."""
    lstm = {"class_name": "LSTM", "config": {"name": "lstm", "units": 8}}
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [lstm]}}
    (folder / "model.json").write_text(json.dumps(config))
    assert run(["describe", "model.json"]) == 0
    assert "say it without the batch: --input 10,8" in capsys.readouterr().out
    assert run(["describe", "model.json", "--input", "None,4"]) == 0
    out = capsys.readouterr().out
    assert "(batch, size_1, 4)" in out
    assert "416 parameters, all trainable" in out
    assert "confirmed by Keras" in out
    assert run(["describe", "model.json", "--input", "a=3", "--input", "b=4"]) == 2
    assert "the model has one input" in capsys.readouterr().err
