"""A spec to describe, and the command to do it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.process import Result, python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

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


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> Result:
        return python(
            ["-m", "seqinspect", *arguments], folder=tmp_path, stdin=stdin, environment=environment
        )

    return run
