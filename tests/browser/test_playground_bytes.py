"""The playground and the command say the same, to the byte: configs, questions and real models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.corpus.test_published import MODELS, spec_of
from tests.effort import HANG
from web.build import sizes
from web.inspection import inspect

if TYPE_CHECKING:
    from tests.browser.playground_outputs import Result

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "configs"
COMMANDS = (
    ["describe", "--static", "--format", "json"],
    ["describe", "--static", "--format", "plain"],
    ["describe", "--static"],
    ["explain", "--static"],
    ["draw", "--static", "--format", "svg"],
    ["check", "--static", "--format", "json"],
    ["inspect"],
)


class Compared(NamedTuple):
    """What is compared: commands, what they say natively and in Pyodide, and Pyodide's folder."""

    commands: list[list[str]]
    native: list[Result]
    pyodide: list[Result]
    folder: Path


def specs() -> dict[str, bytes]:
    """Return every file that is compared, by its name."""
    folders = (ROOT / "configs", ROOT / "docs" / "questions")
    found = [path for folder in folders for path in folder.glob("*.yaml")]
    found += [*(ROOT / "configs").glob("*.py"), *CORPUS.glob("*.json")]
    texts = {path.name: path.read_bytes() for path in found}
    texts |= {f"{each['id']}.json": json.dumps(spec_of(each, {})).encode() for each in MODELS}
    return dict(sorted(texts.items()))


@pytest.fixture(scope="session")
def compared(playground: Path, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Every command, with what it says natively and in Pyodide."""
    commands = [[*command, name] for name in specs() for command in COMMANDS]
    calls = {
        "native": [sys.executable, str(HERE / "playground_outputs.py"), "commands.json",
                   "results.json"],
        "pyodide": ["node", str(HERE / "playground_outputs.mjs"), str(playground), "."],
    }  # fmt: skip
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in calls}
    running = {}
    for kind, folder in folders.items():
        for name, content in specs().items():
            (folder / name).write_bytes(content)
        (folder / "commands.json").write_text(json.dumps(commands), "utf-8")
        running[kind] = subprocess.Popen(
            calls[kind], cwd=folder, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    for process in running.values():
        _, said = process.communicate(timeout=HANG)
        assert process.returncode == 0, said[-2000:]
    native, pyodide = (
        [tuple(each) for each in json.loads((folder / "results.json").read_text("utf-8"))]
        for folder in folders.values()
    )
    return Compared(commands, native, pyodide, folders["pyodide"])


def test_every_command_says_the_same(compared: Compared) -> None:
    commands, native, pyodide, _ = compared
    different = [
        " ".join(command)
        for command, one, other in zip(commands, native, pyodide, strict=True)
        if one != other
    ]
    assert different == []
    assert len(commands) >= 33 * len(COMMANDS)


def test_the_commands_really_say_something(compared: Compared) -> None:
    commands, native, _, _ = compared
    said = {
        command[0]: code for command, (code, _, _) in zip(commands, native, strict=True)
        if command[-1] == "question_every_step.yaml"
    }  # fmt: skip
    assert said == dict.fromkeys(("describe", "explain", "draw", "check", "inspect"), 0)
    assert not any("defect" in error for _, _, error in native)


def test_an_edit_of_the_question_is_answered_at_once(compared: Compared) -> None:
    edit = json.loads((compared.folder / "edit.json").read_text("utf-8"))
    assert edit["units"] < 2, edit  # a unit is 35 ms in Pyodide, and the promise is 150 ms


@pytest.mark.parametrize(
    "text", ["", "\ud800", "\0", "PK\3\4", "\x89HDF\r\n\x1a\n", "[" * 9000, "# " + "x" * 5_000_000]
)
def test_a_text_that_nobody_reads_is_a_finding(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = json.loads(inspect(text))
    assert result["models"] == []
    assert [each["level"] for each in result["findings"]] == ["error"]


def test_the_download_is_small(playground: Path) -> None:
    assert sum(sizes(playground).values()) <= 9_000_000
