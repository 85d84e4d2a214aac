"""Over 200 hostile inputs, each a process: a clear error with its place, or a harmless table.

The process is killed past 30 seconds of processor time or 1 GiB of address space: both are bounds
against running on, wide enough for a slow machine.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.cli.hostile_inputs import Hostile, everything
from tests.cli.process import LEFT_OUT

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 30
MEMORY = 1 << 30
INPUTS = everything()

HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
PLACE = re.compile(r"input\.\w+(:\d+:\d+)?")


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def bounded() -> None:
    """Let a process that runs on be killed, instead of the test waiting for it."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def ended(path: Path) -> Ended:
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    out, err = path.with_name("out"), path.with_name("err")
    with out.open("wb") as output, err.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "seqinspect", "describe", "--static", path.name],
            cwd=path.parent, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            env={**kept, "PYTHONUTF8": "1"}, preexec_fn=bounded,  # noqa: PLW1509 - no thread is running
        )  # fmt: skip
        process.wait()
    return Ended(process.returncode, out.read_text("utf-8"), err.read_text("utf-8"))


def test_there_are_enough() -> None:
    assert len({hostile.name for hostile in INPUTS}) == len(INPUTS) >= 200


@pytest.mark.parametrize("hostile", INPUTS, ids=lambda hostile: hostile.name[:40])
def test_it_ends_well(hostile: Hostile, tmp_path: Path) -> None:
    path = tmp_path / f"input{hostile.suffix}"
    path.write_bytes(hostile.content)
    found = ended(path)
    said = found.out + found.err
    assert found.code == hostile.code, said[-2000:]
    assert "Traceback" not in said
    assert "defect" not in said
    assert not HARMFUL.search(said)
    assert len(said) < 200_000
    assert hostile.said in said
    assert sorted(each.name for each in tmp_path.iterdir()) == ["err", path.name, "out"]
    if found.code == 2:
        assert found.out == ""
        assert PLACE.search(found.err)
    else:
        assert found.err == ""
