"""A sweep of many structures that is stopped by Ctrl-C once some rows are there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.effort import HANG

if TYPE_CHECKING:
    from pathlib import Path

STRUCTURES = """\
dims: {T: 300, k: 1, L: 1, n: 8}
choices: {cell: [LSTM, GRU], act: [relu, tanh, elu, gelu, selu], pad: [same, causal]}
input: [T, 8]
layers:
  - Conv1D: {filters: n, kernel_size: k, padding: $pad, activation: $act}
  - {repeat: L, layers: [$cell: {units: n, return_sequences: true}]}
"""
SPACE = ("--set", "cell=LSTM,GRU", "--set", "act=relu,tanh,elu,gelu,selu",
         "--set", "pad=same,causal", "--set", "k=1:300", "--set", "L=1:2")  # fmt: skip


def interrupted(spec: Path, out: Path | None, *arguments: str) -> tuple[int, str, str]:
    """Press Ctrl-C once some rows are there: exit code, standard output, standard error."""
    command = [sys.executable, "-m", "seqinspect", "sweep", str(spec), *SPACE, *arguments]
    command += ["-o", str(out)] if out is not None else []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},  # Python drops what a full pipe did not take
    )  # fmt: skip
    assert process.stdout is not None
    first = b""
    if out is None:
        while first.count(b"\n") < 3:  # the heading, and some rows
            first += process.stdout.read(50)
    else:
        part = out.with_name(out.name + ".part")
        waited = time.monotonic()
        while not (part.exists() and part.stat().st_size > 1_000):
            assert time.monotonic() - waited < HANG
            time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=HANG)
    return process.returncode, (first + rest).decode(), err.decode()
