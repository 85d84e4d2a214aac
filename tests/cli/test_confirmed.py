"""`describe` with Keras: one run of TensorFlow each, so there are few of them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import Result, python

if TYPE_CHECKING:
    from tests.cli.process import Run

pytestmark = pytest.mark.keras

CONFIGS = Path(__file__).parents[2] / "configs"


def test_a_confirmed_table_and_nothing_else(run: Run, spec: Path) -> None:
    result = run("describe", spec)
    assert (result.code, result.err) == (0, "")
    last = result.out.splitlines()[-1]
    assert last.startswith("confirmed by Keras 3.")
    assert " on TensorFlow 2." in last
    assert last.endswith(": 2 layers, shapes and counts")


def test_json_says_what_was_confirmed(run: Run, spec: Path) -> None:
    result = run("describe", "--format", "json", spec)
    document = json.loads(result.out)
    assert (result.code, document["keras"]["status"]) == (0, "agrees")
    marks = [row["confirmed"] for row in document["layers"]]
    assert marks == [{"shape": True, "params": True, "time": None}] * 2


def broken(spec: Path, kind: str, preparation: str) -> Result:
    code = f"{preparation}; from seqinspect.cli import main; raise SystemExit(main())"
    return python(["-c", code, "describe", "--format", kind, spec])


DISAGREES = (
    "import seqinspect.keras_model.build.compare as c;"
    "from seqinspect.model.finding import KerasDifference;"
    "from seqinspect.model.report import Keras;"
    "wrong = KerasDifference('dense', 'weight dtype', 'bias', 'float32', 'float16');"
    "c.confirm = lambda graph, report: report._replace(keras=Keras('disagrees', '3.15.1',"
    " 'tensorflow', '2.21.0', differences=(wrong,)))"
)


def test_a_disagreement_is_exit_1(spec: Path) -> None:
    result = broken(spec, "table", DISAGREES)
    assert (result.code, result.err) == (1, "")
    assert result.out.endswith(
        "Keras 3.15.1 on TensorFlow 2.21.0 disagrees:\n"
        "- dense: seqinspect says bias is float32, Keras says float16\n"
    )
    result = broken(spec, "json", DISAGREES)
    assert result.code == 1
    assert json.loads(result.out)["keras"]["status"] == "disagrees"
    assert "  dense: seqinspect says bias is float32, Keras says float16\n" in result.err


def test_without_tensorflow_the_table_says_so(spec: Path) -> None:
    result = broken(spec, "table", "import sys; sys.modules['tensorflow'] = None")
    assert result.code == 2
    assert "n×(9×n+5) = 616" in result.out
    assert "not compared with Keras: " in result.out
    assert result.err.startswith("error: Keras cannot be asked: ")
    assert "--static" in result.err


def test_a_status_line_shows_on_a_terminal_and_is_wiped(spec: Path) -> None:
    reader, writer = pty.openpty()
    text = ""
    with subprocess.Popen(
        [sys.executable, "-m", "seqinspect", "describe", str(spec)],
        stdout=subprocess.DEVNULL, stderr=writer, env={**os.environ, "TERM": "xterm"},
    ) as process:  # fmt: skip
        os.close(writer)
        with suppress(OSError):  # Linux says so that nobody writes any more
            while block := os.read(reader, 10_000):
                text += block.decode(errors="replace")
    os.close(reader)
    assert process.returncode == 0
    assert "loading Keras, to confirm the numbers" in text
    assert re.search(r"\x1b\[2K\x1b\[\?25h$|\x1b\[\?25h\r?\x1b\[1A\x1b\[2K$", text)  # it is wiped


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_config_says_what_it_shows(path: Path) -> None:
    assert path.read_text().startswith("# ")


def test_every_config_is_confirmed_by_keras(run: Run) -> None:
    paths = sorted(CONFIGS.glob("*.yaml"))
    result = run("describe", "--format", "json", *paths)
    assert (result.code, result.err) == (0, "")
    documents = json.loads(result.out)
    assert [Path(document["source"]) for document in documents] == paths
    assert {document["keras"]["status"] for document in documents} == {"agrees"}
    for document in documents:
        for row in document["layers"]:
            if row["depth"] == 0:
                assert row["confirmed"]["shape"] is True, (document["model"], row["name"])
                assert row["confirmed"]["params"] is True, (document["model"], row["name"])
    params = {document["model"]: document["totals"]["params"] for document in documents}
    # Built with plain Keras code elsewhere: Embedding, 96 blocks, Dense.
    assert params["gpt3"] == 175_196_677_201
    assert params["question_every_step"] == params["question_last_step"] == 616
    assert params["question_time_distributed"] == 616
