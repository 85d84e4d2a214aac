"""A spec to describe, and the command to do it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.process import Result, python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run
    from tests.limited import Server

QUESTION = """\
name: question
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true}
  - Dense: n
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "question.yaml"
    path.write_text(QUESTION)
    return path


AT_THE_START = ("PYTHON", "LC_", "LANG", "HOME")
"""Variables that Python looks at when it starts."""

WITHOUT_KERAS = {
    "-h",
    "--help",
    "--static",
    "--version",
    "convert",
    "layers",
    "lock",
    "rule",
    "schema",
    "stream",
}


@pytest.fixture
def run(tmp_path: Path, server: Server) -> Run:
    """Run the command in a process: one that is forked, or a new one where that is not the same."""

    def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> Result:
        forked = not WITHOUT_KERAS.isdisjoint(map(str, arguments))
        if forked and not any(name.startswith(AT_THE_START) for name in environment):
            (ended,) = server.ask(tmp_path, [arguments], stdin=stdin, environment=environment)
            return Result(ended.code, ended.out, ended.err)
        return python(
            ["-m", "seqinspect", *arguments], folder=tmp_path, stdin=stdin, environment=environment
        )

    return run
