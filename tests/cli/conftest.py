"""The command as its users meet it: a process with arguments, streams and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUESTION = """\
name: question
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true}
  - Dense: n
"""

LEFT_OUT = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "LC_ALL", "LANG", "PYTHONIOENCODING"}


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "question.yaml"
    path.write_text(QUESTION)
    return path


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> Result:
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        done = subprocess.run(
            [sys.executable, "-m", "seqinspect", *map(str, arguments)],
            input=stdin, capture_output=True, cwd=tmp_path, timeout=120, check=False,
            env={**kept, "PYTHONUTF8": "1", **environment},
        )  # fmt: skip
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
