"""The command in limited processes that cost little: a server forks one for each request.

`python -m tests.limited` is the server. It has imported seqinspect, reads a request a line and
answers with a line. Each request gets a process of its own with a limit on memory, in which the
command runs on one list of arguments after the other, as `seqinspect.cli.main` runs it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import seqinspect
from tests.audit import Watch
from tests.effort import HANG, units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMORY = 1 << 30
"""Address space that a process gets beyond the server's."""

LONG = 0.5
"""Seconds of processor time from which on it is worth to see how much work that is."""


class Ended(NamedTuple):
    """How one run of the command ended.

    `units`: how much work it was, 0 for little. `megabytes`: the most that the process held
    meanwhile. `events`: what an audit hook saw.
    """

    code: int
    out: str
    err: str
    units: float
    megabytes: float
    events: list[list[str]]


class Server:
    """A server that is started once and asked often."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.limited"],
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # numpy takes address space for a thread a core
            env={**os.environ, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def ask(
        self,
        folder: Path,
        commands: Sequence[Sequence[str | Path]],
        *,
        stdin: bytes = b"",
        environment: dict[str, str] | None = None,
        watched: bool = False,
        as_nobody: bool = False,
    ) -> list[Ended]:
        """Run commands in a folder, in one process.

        Where a command kills the process, by a signal or by the limits, it is the last answer, with
        the signal as a negative exit code. `watched`: what they do is told as events. `as_nobody`:
        root gives its rights up before.
        """
        texts = [[str(part) for part in command] for command in commands]
        request: dict[str, Any] = {"folder": str(folder), "commands": texts, "watched": watched}
        request |= {"stdin": stdin.hex(), "environment": environment or {}}
        request["as_nobody"] = as_nobody and os.geteuid() == 0
        sent, got = self.process.stdin, self.process.stdout
        assert sent is not None
        assert got is not None
        sent.write(json.dumps(request).encode() + b"\n")
        sent.flush()
        return [Ended(**run) for run in json.loads(got.readline())]

    def stop(self) -> None:
        """End the server."""
        self.process.communicate()


def serve() -> None:
    """Answer requests until there are no more."""
    for module in pkgutil.walk_packages(seqinspect.__path__, "seqinspect."):
        if "keras_model" not in module.name:
            import_module(module.name)
    for name in ("pyfive", "rich.table", "difflib"):
        import_module(name)
    gc.freeze()
    gc.disable()  # as `main` does
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)


def _answer(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a request in a process of its own, and collect what it said and how it ended."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reading)
            try:
                _run(request, out, err, writing)
            finally:
                os._exit(70)
        os.close(writing)
        with os.fdopen(reading, "rb") as said:
            runs = [json.loads(line) for line in said]
        _, status, used = os.wait4(process, 0)
        if status:
            ends = {"out": out.seek(0, os.SEEK_END), "err": err.seek(0, os.SEEK_END)}
            cost = {"units": 0.0, "megabytes": used.ru_maxrss / 1024}
            code = os.waitstatus_to_exitcode(status)
            runs.append({"code": code, "events": [], **ends, **cost})
        for stream, name in ((out, "out"), (err, "err")):
            stream.seek(0)
            before = 0
            for run in runs:
                run[name], before = stream.read(run[name] - before).decode(), run[name]
    return runs


def _run(request: dict[str, Any], out: IO[bytes], err: IO[bytes], said: int) -> None:
    """Run the commands of a request, in a process that is there for nothing else."""
    from seqinspect.cli.run import run

    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    given: IO[bytes] = open(os.devnull, "rb")  # noqa: PTH123, SIM115 - it stays open
    if request["stdin"]:
        given = tempfile.TemporaryFile()  # noqa: SIM115 - likewise
        given.write(bytes.fromhex(request["stdin"]))
        given.seek(0)
    os.dup2(given.fileno(), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (HANG, HANG))
    signal.alarm(HANG)
    if request["as_nobody"]:
        os.seteuid(65534)
    watch = Watch() if request["watched"] else None
    for arguments in request["commands"]:
        gc.collect()
        _forget_the_peak()
        begun = time.process_time()
        if watch is None:
            code = run(arguments)
        else:
            with watch:
                code = run(arguments)
        seconds = time.process_time() - begun
        ended = {
            "code": code,
            "out": os.lseek(1, 0, os.SEEK_CUR),
            "err": os.lseek(2, 0, os.SEEK_CUR),
            "megabytes": _peak(),
            "units": units_of(seconds) if seconds > LONG else 0.0,
            "events": watch.taken() if watch is not None else [],
        }
        os.write(said, json.dumps(ended).encode() + b"\n")
    os._exit(0)


def _forget_the_peak() -> None:
    """Let the most memory that the process held be counted anew, where Linux does that."""
    clear = Path("/proc/self/clear_refs")
    with contextlib.suppress(OSError):
        clear.write_text("5")


def _address_space() -> int:
    """Return the bytes of address space that the process has, where Linux tells."""
    counts = Path("/proc/self/statm")
    return int(counts.read_text().split()[0]) * resource.getpagesize() if counts.exists() else 0


def _peak() -> float:
    """Return the most MiB that the process held since then, or ever."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


if __name__ == "__main__":
    serve()
