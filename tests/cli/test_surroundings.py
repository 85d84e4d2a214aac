"""Hostile surroundings: streams, files, folders, environments and a Keras that is not as it should.

What every command does with its streams and its `-o` stands in test_static.py; what needs the real
Keras, in test_cache.py and test_confirmed.py.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import python
from tests.effort import HANG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.process import Run
    from tests.limited import Server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and limits of POSIX")

READERS = [
    ("describe", "--static"), ("check", "--static"), ("explain", "--static"), ("convert",),
    ("diff", "--static", "question.yaml"), ("equal", "question.yaml"), ("lock",),
]  # fmt: skip


@pytest.fixture
def fifo(spec: Path) -> Path:
    """A named pipe that nobody writes to or reads from: whoever opens it waits forever."""
    path = spec.parent / "fifo"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("name", ["fifo", "/dev/zero", "/dev/stdin", "/dev/full", "socket"])
def test_what_is_no_file_is_refused_and_not_opened(
    name: str, spec: Path, fifo: Path, server: Server
) -> None:
    if name == "socket":
        os.mknod(spec.parent / "socket", 0o140600)
    commands = [(*command, name) for command in READERS]
    runs = server.ask(spec.parent, commands, watched=True)
    assert len(runs) == len(commands)
    for command, run in zip(commands, runs, strict=True):
        assert run.code == 2, command
        assert "is not an ordinary file" in run.out + run.err, command
        assert ["read", os.path.realpath(spec.parent / name)] not in run.events, command


@pytest.mark.parametrize("command", [("describe", "--static"), ("check", "--static"), ("lock",)])
def test_pipes_in_a_folder_are_passed_over(
    command: tuple[str, ...], spec: Path, server: Server
) -> None:
    for name in ("pipe.yaml", "pipe.py", "pipe.json", "pipe.h5", "pipe.ipynb"):
        os.mkfifo(spec.parent / name)
    (run,) = server.ask(spec.parent, [(*command, ".")])
    assert (run.code, run.err) == (0, "")


@pytest.mark.parametrize(
    "command",
    [("check", "--static", "--config", "fifo"), ("check", "--static", "--lock", "fifo"),
     ("describe", "--static", "-o", "fifo"), ("check", "--static", "-o", "fifo")],
)  # fmt: skip
def test_a_pipe_in_place_of_another_file_is_not_waited_for(
    command: tuple[str, ...], spec: Path, fifo: Path, server: Server
) -> None:
    (run,) = server.ask(spec.parent, [(*command, spec.name)])
    assert run.code == 2
    assert run.err.startswith(("error: ", "fifo:1:1: "))
    assert "defect" not in run.err


def test_settings_that_are_a_pipe_are_not_waited_for(spec: Path, server: Server) -> None:
    os.mkfifo(spec.parent / "seqinspect.toml")
    (run,) = server.ask(spec.parent, [("check", "--static", spec.name)])
    assert run.code == 2
    assert "it is not an ordinary file" in run.out + run.err


def test_standard_input_that_never_ends_or_is_not_there(spec: Path) -> None:
    for command in ("describe", "check"):
        for given, said in (("</dev/zero", "too large"), ("<&-", "standard input is closed")):
            done = subprocess.run(
                ["sh", "-c", f'"$@" - {given}', "sh", sys.executable, "-m", "seqinspect",
                 command, "--static"],
                capture_output=True, check=False, timeout=HANG, text=True,
            )  # fmt: skip
            assert done.returncode == 2
            assert said in done.stdout + done.stderr


def test_a_folder_that_was_removed_meanwhile(spec: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys; from seqinspect.cli.run import run; os.rmdir(os.getcwd());"
        f"sys.exit(any(run([command, '--static', {str(spec)!r}])"
        " for command in ('describe', 'check', 'explain')))"
    )
    (tmp_path / "gone").mkdir()
    result = python(["-c", code], folder=tmp_path / "gone")
    assert (result.code, result.err) == (0, "")


class TestAsSomebodyElse:
    """What root may do is not refused, so these run as nobody where root runs the tests."""

    @pytest.fixture
    def folder(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as name:  # that of pytest is closed to others
            Path(name).chmod(0o755)
            yield Path(name)

    def test_a_file_that_may_not_be_read(self, folder: Path, server: Server) -> None:
        (folder / "secret.yaml").write_text("input: [1]\nlayers: [Flatten]\n")
        (folder / "secret.yaml").chmod(0)
        commands = [(*command[:2], "secret.yaml") for command in READERS[:2]]
        for run in server.ask(folder, commands, as_nobody=True):
            assert run.code == 2
            assert "secret.yaml cannot be read: permission denied" in run.out + run.err

    def test_a_folder_that_may_not_be_written(self, folder: Path, server: Server) -> None:
        spec = folder / "spec.yaml"
        spec.write_text("input: [1]\nlayers: [Flatten]\n")
        folder.chmod(0o555)
        commands = [
            ("describe", "--static", spec),
            ("describe", "--static", spec, "-o", "out.txt"),
            ("check", "--static", spec, "-o", "out.txt"),
            ("convert", spec, "-o", "out.json"),
            ("lock", spec),
        ]
        read, *written = server.ask(folder, commands, as_nobody=True)
        folder.chmod(0o755)
        assert (read.code, read.err) == (0, "")
        for run in written:
            assert run.code == 2
            assert "cannot be written: Permission denied" in run.err
        assert [path.name for path in folder.iterdir()] == ["spec.yaml"]


COMPUTING = [
    ("stream",), ("size", "--static", "--for", "n", "--params", "1M"), ("sweep", "--set", "n=1:9"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMPUTING, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("end", "said"),
    [(">/dev/full", "standard output cannot be written: No space left on device"),
     (">&-", "standard output is closed"), ("-o no/x.json", "no/x.json cannot be written")],
)  # fmt: skip
def test_a_result_that_cannot_be_written(
    command: tuple[str, ...], end: str, said: str, spec: Path
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$@" {end}', "sh", sys.executable, "-m", "seqinspect", *command, spec],
        cwd=spec.parent, capture_output=True, check=False, timeout=HANG, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("before", ["", "what was there"])
def test_a_file_is_written_as_a_whole_or_not_at_all(before: str, spec: Path) -> None:
    target = spec.parent / "out.txt"
    if before:
        target.write_text(before)
    done = subprocess.run(
        [sys.executable, "-m", "seqinspect", "describe", "--static", spec, "-o", target],
        capture_output=True, check=False, text=True, timeout=HANG,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )  # fmt: skip
    assert done.returncode == 2
    assert "out.txt cannot be written: File too large" in done.stderr
    assert (target.read_text() if target.exists() else "") == before
    assert {path.name for path in spec.parent.iterdir()} <= {"question.yaml", "out.txt"}


@pytest.mark.parametrize(
    ("target", "said"),
    [("x/", "names a folder"), ("x/.", "names a folder"), ("there.txt/", "names a folder"),
     ("loop", "Too many levels of symbolic links"), ("round/x", "Too many levels")],
)  # fmt: skip
def test_a_target_that_is_no_file_is_left_alone(
    target: str, said: str, spec: Path, server: Server
) -> None:
    (spec.parent / "there.txt").write_text("what was there")
    (spec.parent / "loop").symlink_to("loop")
    (spec.parent / "round").symlink_to("round")
    commands = [
        (*command, "-o", target)
        for command in [("describe", "--static", spec), ("lock", spec), ("schema",)]
    ]
    before = sorted(spec.parent.iterdir())
    runs = server.ask(spec.parent, commands)
    assert len(runs) == len(commands)
    for run in runs:
        assert (run.code, run.out) == (2, "")
        assert said in run.err
    assert sorted(spec.parent.iterdir()) == before
    assert (spec.parent / "there.txt").read_text() == "what was there"
    assert (spec.parent / "loop").is_symlink()


@pytest.mark.parametrize("name", ["a" * 260, "a*" * 130, "a" * 256 + "/*", "[" * 100_000], ids=len)
def test_a_name_that_no_system_takes_names_nothing(name: str, spec: Path, server: Server) -> None:
    runs = server.ask(spec.parent, [(*command, name) for command in READERS])
    assert len(runs) == len(READERS)
    for command, run in zip(READERS, runs, strict=True):
        assert run.code == 2, command
        assert "defect" not in run.out + run.err, command
        assert any(
            said in run.out + run.err
            for said in ("cannot be read: File name too long", "no file matches", "does not exist")
        ), command


@pytest.mark.parametrize("name", ["question.yaml", "-"])
def test_a_size_below_the_signature_of_a_file_is_a_limit(
    name: str, spec: Path, server: Server
) -> None:
    for size in (1, 6, 7, 8):
        (run,) = server.ask(
            spec.parent, [("describe", "--static", name)], stdin=spec.read_bytes(),
            environment={"SEQINSPECT_LIMITS": f"size={size}"},
        )  # fmt: skip
        assert run.code == 2
        assert "the file is too large" in run.err
        assert "the limit `size`" in run.err


EVERY_FORMAT = """
import os, sys
from seqinspect.cli.check import FORMATS as CHECK
from seqinspect.cli.describe import FORMATS as DESCRIBE
from seqinspect.cli.run import run
for kind in DESCRIBE:
    run(["describe", "--static", "--format", kind, "question.yaml"])
for kind in CHECK:
    run(["check", "--static", "--format", kind, "question.yaml"])
run(["explain", "--static", "question.yaml"])
run(["convert", "question.yaml"])
"""


@pytest.mark.long
def test_the_same_bytes_in_every_surrounding(spec: Path, tmp_path: Path) -> None:
    spec.write_text(spec.read_text().replace("Dense: n", "Dense: {units: n, name: größe}"))
    kept = dict(os.environ)
    bare = {name: kept[name] for name in ("PATH", "SEQINSPECT_CACHE")}
    surroundings = [
        {**kept, "LC_ALL": "C.UTF-8"},
        {**kept, "LC_ALL": "C", "PYTHONHASHSEED": "1", "TERM": "dumb"},
        {**kept, "LANG": "C", "PYTHONHASHSEED": "2", "HOME": str(tmp_path), "TZ": "Asia/Tokyo"},
        {**kept, "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "3", "HOME": "/nowhere", "TERM": "xterm"},
        {**bare, "PYTHONHASHSEED": "4", "PYTHONUTF8": "1"},
    ]
    made = {
        subprocess.run(
            [sys.executable, "-c", EVERY_FORMAT], env=environment, cwd=spec.parent,
            capture_output=True, check=True, timeout=HANG,
        ).stdout
        for environment in surroundings
    }  # fmt: skip
    assert len(made) == 1
    assert "größe".encode() in made.pop()


BROKEN = {
    "absent": ("raise ModuleNotFoundError(\"No module named 'keras'\")", "No module named 'keras'"),
    "half installed": ("from keras_that_is_not_there import x", "keras_that_is_not_there"),
    "of another time": (
        "raise AttributeError('numpy has no attribute `bool`')",
        "attribute `bool`",
    ),
    "loud": ("import sys; print('\\x1b[31mLOUD', file=sys.stderr); 1 / 0", "division by zero"),
    "leaving": ("raise SystemExit(7)", ": 7"),
    "empty": ("", "is not Keras 3"),
    "of markup": ("raise ImportError('\\x1b[2J[/b]\\n::error::x')", "\\x1b[2J[/b]"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_keras_that_is_broken(name: str, run: Run, spec: Path, tmp_path: Path) -> None:
    """The static table, what is wrong in one line, and exit code 2."""
    code, said = BROKEN[name]
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "keras.py").write_text(code)
    result = run("describe", spec, PYTHONPATH=str(tmp_path / "stub"))
    assert result.code == 2
    assert "n×(9×n+5) = 616" in result.out
    assert "not compared with Keras" in result.out
    assert result.err.startswith("error: Keras cannot be asked: ")
    assert said in result.err
    assert "--static" in result.err
    assert "\x1b" not in result.out + result.err
    assert "Traceback" not in result.err
    assert len(result.err.splitlines()) == 2


def test_ctrl_c_while_tensorflow_loads(run: Run, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "keras.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    )
    result = run("describe", spec, PYTHONPATH=str(tmp_path / "stub"))
    assert result.code == 130
    assert (result.out.strip(), result.err.strip()) == ("", "")
