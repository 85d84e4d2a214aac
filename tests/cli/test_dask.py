"""Sweeps by a real Dask scheduler with two workers: the same bytes, also where a worker dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from seqinspect.cli import cluster
from seqinspect.errors import SpecError
from tests.cli import interrupting
from tests.cli.process import python
from tests.effort import HANG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.process import Run

pytest.importorskip("distributed")
pytestmark = pytest.mark.long

SPEC = """\
dims: {T: 10, n: 8, L: 1}
choices: {cell: [LSTM, GRU]}
input: [T, n]
layers:
  - repeat: L
    layers:
      - $cell: {units: n, return_sequences: true}
  - Dense: n
"""
SPACE = ("--set", "n=1:100", "--set", "T=1:200", "--set", "cell=LSTM,GRU", "--set", "L=1:3")


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(SPEC)
    return path


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process of its own; its address, and the workers."""
    file = tmp_path / "scheduler.json"
    module = "distributed.cli.dask_{}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", module.format("scheduler"), "--port", "0", "--no-dashboard",
             "--host", "127.0.0.1", "--scheduler-file", str(file)], **quiet,
        )  # type: ignore[call-overload]
    ]  # fmt: skip
    try:
        waited = time.monotonic()
        while not file.exists() and time.monotonic() - waited < HANG:
            time.sleep(0.2)
        for _ in range(2):
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", module.format("worker"), "--scheduler-file", str(file),
                     "--nthreads", "1", "--no-nanny", "--no-dashboard"], **quiet,
                )  # type: ignore[call-overload]
            )  # fmt: skip
        address = python(
            ["-c", f"import distributed; c = distributed.Client(scheduler_file={str(file)!r});"
             "c.wait_for_workers(2); print(c.scheduler.address)"]
        ).out.strip()  # fmt: skip
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def test_workers_give_the_same_bytes(
    run: Run, spec: Path, started: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = started
    alone = run("sweep", spec, *SPACE, "--format", "csv")
    together = run("sweep", spec, *SPACE, "--format", "csv", "--scheduler", address)
    assert (together.code, together.err) == (0, "")
    assert together.out == alone.out
    process = subprocess.Popen(
        [sys.executable, "-m", "seqinspect", "sweep", str(spec), *SPACE, "--format", "csv",
         "--scheduler", address],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.read(200)  # the first blocks are there, others under way
    workers[0].send_signal(signal.SIGKILL)
    rest, err = process.communicate(timeout=HANG)
    assert (process.returncode, err) == (0, b"")
    assert (first + rest).decode() == alone.out


def test_workers_check_as_one_process_does(
    run: Run, tmp_path: Path, started: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = started
    folder = tmp_path / "specs"
    folder.mkdir()
    for at in range(120):
        kind = "" if at % 7 else "stateful: true, return_sequences: true, "  # two with findings
        text = f"input: [10, 8]\nlayers:\n  - LSTM: {{{kind}units: {at + 1}}}\n"
        (folder / f"{at:03}.yaml").write_text(text if at % 11 else "layers: [LSTM\n")
    (folder / "code.py").write_text(
        "import keras\nmodel = keras.Sequential([keras.Input((9, 2)), keras.layers.LSTM(3)])\n"
    )
    arguments = ("check", folder, "--static", "--format", "json")
    alone = run(*arguments)
    together = run(*arguments, "--scheduler", address)
    assert (together.code, together.err) == (alone.code, alone.err)
    assert together.out == alone.out
    assert len(json.loads(alone.out)["specs"]) == 121
    process = subprocess.Popen(
        [sys.executable, "-m", "seqinspect", *map(str, arguments), "--scheduler", address],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    workers[1].send_signal(signal.SIGKILL)  # before, while or after it has something to do
    out, err = process.communicate(timeout=HANG)
    assert (process.returncode, err.decode(), out.decode()) == (alone.code, alone.err, alone.out)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_keeps_what_workers_have_computed(
    run: Run, tmp_path: Path, started: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    """The rows so far are those of one process; workers live on, and do what is asked next."""
    address, workers = started
    spec, file = tmp_path / "many.yaml", tmp_path / "rows.csv"
    spec.write_text(interrupting.STRUCTURES)
    csv = ("--format", "csv")
    code, out, err = interrupting.interrupted(spec, None, *csv, "--scheduler", address)
    rows = len(out.splitlines()) - 1
    assert (code, err) == (130, f"stopped after {rows:,} of 12,000 points\n")
    whole = run("sweep", spec, *interrupting.SPACE, "--first", str(rows), *csv)
    assert out == whole.out
    code, out, err = interrupting.interrupted(spec, file, "--scheduler", address)
    part = tmp_path / "rows.csv.part"
    rows = len(part.read_text().splitlines()) - 1
    said = f"stopped after {rows:,} of 12,000 points: what was computed is in {part}\n"
    assert (code, out, err, file.exists()) == (130, "", said, False)
    assert rows > 0
    assert [worker.poll() for worker in workers] == [None, None]
    next_one = ("sweep", spec, "--set", "k=1:9", *csv)
    assert run(*next_one, "--scheduler", address).out == run(*next_one).out


CONNECTED = """\
import distributed, time

client = distributed.Client({address!r})
while client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.clients)) < 3:
    time.sleep(0.1)  # itself, what nobody waits for, and the one that is looked for
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_a_check_whose_workers_do_not_answer(
    tmp_path: Path, started: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = started
    for at in range(9):
        (tmp_path / f"{at}.yaml").write_text(f"input: [10, 8]\nlayers: [LSTM: {at + 1}]\n")
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    process = subprocess.Popen(
        [sys.executable, "-m", "seqinspect", "check", str(tmp_path), "--static",
         "--scheduler", address],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert python(["-c", CONNECTED.format(address=address)]).code == 0
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=HANG)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_processes_give_the_same_bytes(run: Run, spec: Path) -> None:
    alone = run("sweep", spec, *SPACE, "--format", "csv")
    assert run("sweep", spec, *SPACE, "--format", "csv", "--jobs", "2").out == alone.out


def test_a_scheduler_that_does_not_answer_is_one_error(run: Run, spec: Path) -> None:
    result = run("sweep", spec, "--set", "n=1:3", "--scheduler", "tcp://127.0.0.1:9")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: the scheduler at tcp://127.0.0.1:9 does not answer")


class Waiting:
    """A future that is never done, and a client whose scheduler has these workers."""

    def __init__(self, *workers: str) -> None:
        self.workers = list(workers)
        self.asked = 0

    def result(self, timeout: float) -> str:
        self.asked += 1
        if self.asked > 3 and self.workers:
            return "done"
        raise TimeoutError

    def scheduler_info(self) -> dict[str, list[str]]:
        return {"workers": self.workers}


def test_nobody_waits_for_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WORKERLESS_SECONDS", 0)
    distributed = import_module("distributed")
    busy, alone = Waiting("tcp://a"), Waiting()
    assert cluster._result(distributed, busy, busy) == "done"
    with pytest.raises(SpecError, match="the scheduler has no worker any more"):
        cluster._result(distributed, alone, alone)


@pytest.mark.keras
def test_keras_is_asked_at_some_points(run: Run, spec: Path) -> None:
    result = run("sweep", spec, "--set", "n=1:9", "--set", "cell=LSTM,GRU", "--confirm", "3",
                 "--format", "csv")  # fmt: skip
    assert (result.code, result.err) == (0, "Keras: agrees at 3 of 3 points\n")
