"""Commands on Keras code: files with several models, folders, comments, standard input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import Result, python

if TYPE_CHECKING:
    from pathlib import Path

TWO = """\
from keras import Input, Sequential, layers
n, T = 8, 10
encoder = Sequential([Input((T, n)), layers.LSTM(n)])
decoder = Sequential([Input((n,)), layers.RepeatVector(T), layers.GRU(4), layers.Dense(n)])
"""
TRAP = """\
from keras import Input, Sequential, layers
model = Sequential([
    Input((10, 8)),
    layers.LSTM(4, return_sequences=True),
    layers.Flatten(),{comment}
    layers.Dense(1),
])
"""
QUESTION = """\
model = Sequential()
model.add(LSTM(n, batch_input_shape=(batch, T, n), return_sequences=True))
model.add(Dense(n))
"""


def seqinspect(folder: Path, *arguments: str, stdin: str = "") -> Result:
    return python(["-m", "seqinspect", *arguments], folder=folder, stdin=stdin.encode())


def test_each_model_of_a_file_is_described(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    done = seqinspect(tmp_path, "describe", "--static", "two.py", "--format", "json")
    assert [model["model"] for model in json.loads(done.out)] == ["encoder", "decoder"]
    done = seqinspect(tmp_path, "describe", "--static", "two.py:decoder", "--format", "json")
    assert json.loads(done.out)["totals"]["params"] == 3 * 4 * (8 + 4 + 2) + 8 * 5


def test_a_command_on_one_model_names_the_choices(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    for command in ("explain", "draw"):
        done = seqinspect(tmp_path, command, "two.py", *(["-o", "x.svg"] * (command == "draw")))
        assert done.code == 2
        assert "expected: encoder, decoder" in done.err + done.out
        assert "two.py:encoder" in done.err + done.out


@pytest.mark.long
def test_code_is_compared_drawn_and_converted(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    done = seqinspect(tmp_path, "convert", "two.py:encoder", "-o", "encoder.yaml")
    assert (done.code, done.err) == (0, "")
    done = seqinspect(tmp_path, "diff", "two.py:encoder", "encoder.yaml", "--static")
    assert done.code == 0, done.out
    assert seqinspect(tmp_path, "draw", "two.py:decoder", "-o", "decoder.svg").code == 0


def test_a_folder_is_checked_and_locked_model_by_model(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "two.py").write_text(TWO)
    (source / "other.py").write_text("import os\nos.remove('two.py')\n")
    (source / "callbacks.py").write_text("import keras\n\ndef stop(): ...\n")
    done = seqinspect(tmp_path, "check", "--static", "src")
    assert "2 specs checked, nothing found" in done.out
    assert seqinspect(tmp_path, "lock", "src").code == 0
    locked = json.loads((tmp_path / "seqinspect.lock").read_text())["models"]
    assert list(locked) == ["src/two.py:decoder", "src/two.py:encoder"]
    assert seqinspect(tmp_path, "check", "--static", "--locked", "src").code == 0
    (source / "two.py").write_text(TWO.replace("n, T = 8, 10", "n, T = 9, 10"))
    assert seqinspect(tmp_path, "check", "--static", "--locked", "src").code == 1


def test_a_finding_points_into_the_code_and_a_comment_ignores_it(tmp_path: Path) -> None:
    (tmp_path / "trap.py").write_text(TRAP.format(comment=""))
    done = seqinspect(tmp_path, "check", "--static", "trap.py", "--format", "concise")
    assert done.out.startswith("trap.py:5:5: SEQ201")
    text = TRAP.format(comment="  # seqinspect: ignore[SEQ201]")
    (tmp_path / "trap.py").write_text(text)
    done = seqinspect(tmp_path, "check", "--static", "--fix", "trap.py")
    assert done.code == 0
    assert "1 ignored by comments" in done.out
    assert (tmp_path / "trap.py").read_text() == text


def test_pasted_code_and_sizes_that_are_not_known(tmp_path: Path) -> None:
    done = seqinspect(tmp_path, "describe", "--static", "-", "--format", "json", stdin=QUESTION)
    report = json.loads(done.out)
    assert report["layers"][1]["formula"] == "n*(n + 1)"
    assert report["layers"][1]["params"] is None
    done = seqinspect(tmp_path, "describe", "--static", "-", "--set", "n=8", "--format", "json",
                      stdin=QUESTION)  # fmt: skip
    assert json.loads(done.out)["layers"][1]["params"] == 72


def test_a_cell_of_a_notebook_is_a_place(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "source": ["import keras\n"]},
        {"cell_type": "markdown", "source": ["x ="]},
        {"cell_type": "code", "source": ["n = 8\n", "m = Sequential([Dense('a')])"]},
    ]
    (tmp_path / "nb.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    done = seqinspect(tmp_path, "describe", "--static", "nb.ipynb")
    assert "nb.ipynb:cell 2:2:23" in done.err


def test_a_number_brings_further_sizes_that_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "tuned.py").write_text(
        "def build(hp):\n    model = Sequential([Input((4,))])\n"
        "    for _ in range(hp.Int('layers', min_value=1)):\n"
        "        model.add(Dense(hp.Int('units', step=2)))\n    return model\n"
    )
    done = seqinspect(tmp_path, "describe", "--static", "tuned.py")
    assert "the number of its layers is open: it depends on what cannot be read (hp." in done.err
    done = seqinspect(
        tmp_path, "describe", "--static", "tuned.py", "--format", "json",
        "--set", "hp.Int('layers', min_value=1)=2", "--set", "hp.Int('units', step=2)=3",
    )  # fmt: skip
    assert json.loads(done.out)["totals"]["params"] == 3 * 5 + 3 * 4


def test_a_comment_in_a_cell_ignores_a_finding_there(tmp_path: Path) -> None:
    def notebook(comment: str) -> str:
        source = [
            "%matplotlib inline\n",
            "!pip install keras\n",
            *TRAP.format(comment=comment).splitlines(True),
        ]
        cells = [
            {"cell_type": "code", "source": "import os"},
            {"cell_type": "code", "source": source},
        ]
        return json.dumps({"cells": cells, "nbformat": 4})

    (tmp_path / "nb.ipynb").write_text(notebook(""))
    done = seqinspect(tmp_path, "check", "--static", "nb.ipynb")
    assert "nb.ipynb:cell 2:7:5: SEQ201" in done.out
    assert "  7 |     layers.Flatten()," in done.out
    (tmp_path / "nb.ipynb").write_text(notebook("  # seqinspect: ignore[SEQ201]"))
    done = seqinspect(tmp_path, "check", "--static", "nb.ipynb")
    assert done.code == 0, done.out
    assert "1 ignored by comments" in done.out


def test_a_comment_in_a_module_beside_ignores_a_finding_there(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("from blocks import model\n")
    (tmp_path / "blocks.py").write_text(TRAP.format(comment=""))
    done = seqinspect(tmp_path, "check", "--static", "train.py", "--format", "concise")
    assert done.out.startswith("blocks.py:5:5: SEQ201")
    (tmp_path / "blocks.py").write_text(TRAP.format(comment="  # seqinspect: ignore[SEQ201]"))
    done = seqinspect(tmp_path, "check", "--static", "train.py")
    assert "1 ignored by comments" in done.out


NO_MODEL = {
    "nothing": ("x = 1\n", "name the file that builds the model"),
    "empty": ("", "name the file that builds the model"),
    "torch": ("import torch.nn as nn\nnet = nn.LSTM(8, 16)\n", "`layers: [{LSTM: 16}]`"),
    "loaded": ("from keras.models import load_model\nm = load_model('m.json')\n",
               "seqinspect describe m.json"),
    "imported": ("import zoo\nmodel = zoo.make()\n", "imported:model --allow-imports"),
    "syntax": ("model = Sequential([\n", "correct that line"),
    "old": ("print 'x'\n", "name the file that builds the model"),
    "layers": ("import zoo\nfrom keras import Sequential\nmodel = Sequential(zoo.layers(3))\n",
               "layers:model --allow-imports"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_MODEL)
def test_code_without_a_model_says_what_to_do_instead(tmp_path: Path, name: str) -> None:
    text, remedy = NO_MODEL[name]
    (tmp_path / f"{name}.py").write_text(text)
    done = seqinspect(tmp_path, "describe", "--static", f"{name}.py")
    assert done.code == 2
    assert remedy in done.err


def test_an_empty_notebook_is_told_from_code_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "nb.ipynb").write_text('{"cells": [], "nbformat": 4}')
    done = seqinspect(tmp_path, "describe", "--static", "nb.ipynb")
    assert "there is no code in this file" in done.err


def test_the_remedies_without_imports_work(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("input: [10, 8]\nlayers: [{LSTM: 16}]\n")
    assert seqinspect(tmp_path, "describe", "--static", "model.yaml").code == 0
    (tmp_path / "syntax.py").write_text("model = Sequential([Input((4,)), Dense(2)])\n")
    assert seqinspect(tmp_path, "describe", "--static", "syntax.py").code == 0
    seqinspect(tmp_path, "convert", "model.yaml", "-o", "m.json")
    assert seqinspect(tmp_path, "describe", "--static", "m.json").code == 0


@pytest.mark.keras
@pytest.mark.parametrize("name", ["imported", "layers"])
def test_the_object_that_is_named_instead_can_be_described(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text(NO_MODEL[name][0])
    (tmp_path / "zoo.py").write_text(
        "import keras\n\ndef layers(n):\n    return [keras.Input((4,)), keras.layers.Dense(n)]\n\n"
        "def make():\n    return keras.Sequential(layers(3))\n"
    )
    done = seqinspect(tmp_path, "describe", f"{name}:model", "--allow-imports")
    assert done.code == 0, done.err
    assert "15" in done.out


FIXABLE = """\
from keras import Input, Sequential, layers
from keras.layers import LSTM
model = Sequential([
    Input((10, 8)),
    layers.LSTM(units=16, activation="tanh"),  # the first one
    LSTM(4, return_sequences=False), LSTM(3,),
    LSTM(2),
])
"""


def test_fix_writes_what_is_certain_into_a_script(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(FIXABLE, encoding="utf-8")
    done = seqinspect(tmp_path, "check", "--static", "--fix", "train.py")
    assert (done.code, "3 fixed" in done.out) == (0, True)
    fixed = (tmp_path / "train.py").read_text(encoding="utf-8")
    lines = fixed.splitlines()
    assert lines[4:6] == [
        '    layers.LSTM(units=16, activation="tanh", return_sequences=True),  # the first one',
        "    LSTM(4, return_sequences=True), LSTM(3, return_sequences=True),",
    ]
    assert fixed.replace(lines[4], "").replace(lines[5], "") == FIXABLE.replace(
        FIXABLE.splitlines()[4], ""
    ).replace(FIXABLE.splitlines()[5], "")


@pytest.mark.parametrize(
    "code",
    [
        FIXABLE.replace("units=16, ", "units=16,\n        "),
        FIXABLE + "other = Sequential([Input((10, 8)), LSTM(4), LSTM(2)])\n",
    ],
)
def test_fix_leaves_what_is_not_certain(tmp_path: Path, code: str) -> None:
    (tmp_path / "train.py").write_text(code, encoding="utf-8")
    seqinspect(tmp_path, "check", "--static", "--fix", "train.py")
    assert (tmp_path / "train.py").read_text(encoding="utf-8") == code
