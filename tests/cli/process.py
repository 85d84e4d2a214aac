"""The command as its users meet it: a process with arguments, streams and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.effort import HANG

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Run = Callable[..., "Result"]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


def python(
    arguments: Sequence[str | Path],
    *,
    folder: Path | None = None,
    stdin: bytes = b"",
    environment: dict[str, str] | None = None,
) -> Result:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        input=stdin, capture_output=True, cwd=folder, timeout=HANG, check=False,
        env={**os.environ, "PYTHONUTF8": "1", **(environment or {})},
    )  # fmt: skip
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())
