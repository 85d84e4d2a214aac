"""Locks that cannot be used: `lock --add` and `check --locked` say why, and leave them alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.process import Run
    from tests.limited import Server

BEGINNING = '{"schema": "seqinspect.lock/1", "models": {"a.yaml": '

UNUSABLE = {
    "no UTF-8": (b"\xff\xfe{}", "the lock cannot be read: it is not UTF-8"),
    "too large": (b" " * (16 * 1024 * 1024 + 1), "the lock cannot be read: it is too large"),
    "no JSON": (b"{", "the lock is no JSON"),
    "layers of numbers": (BEGINNING.encode() + b'{"layers": [1]}}}', "has no table of layers"),
    "layers as a text": (BEGINNING.encode() + b'{"layers": "LSTM"}}}', "has no table of layers"),
    "a layer of a number": (
        BEGINNING.encode() + b'{"layers": {"lstm": 1}}}}',
        "has no table of layers",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_lock_that_is_none_is_refused_and_kept(name: str, spec: Path, server: Server) -> None:
    content, said = UNUSABLE[name]
    path = spec.parent / "b.lock"
    path.write_bytes(content)
    commands = [
        ("lock", "--add", "-o", "b.lock", spec.name),
        ("check", "--static", "--locked", "--lock", "b.lock", spec.name),
    ]
    runs = server.ask(spec.parent, commands)
    assert len(runs) == len(commands)
    for run in runs:
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith("b.lock:1:")
        assert said in run.err
        assert "seqinspect lock PATH…" in run.err
    assert path.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="named pipes and devices of POSIX")
@pytest.mark.parametrize("name", ["fifo", "/dev/null", "loop"])
def test_a_lock_that_is_no_file_is_refused(name: str, spec: Path, server: Server) -> None:
    os.mkfifo(spec.parent / "fifo")
    (spec.parent / "loop").symlink_to("loop")
    commands = [
        ("lock", "--add", "-o", name, spec.name),
        ("check", "--static", "--lock", name, spec.name),
    ]
    runs = server.ask(spec.parent, commands)
    assert len(runs) == len(commands)
    for run in runs:
        assert (run.code, run.out) == (2, "")
        said = "Too many levels of symbolic links" if name == "loop" else "not an ordinary file"
        assert said in run.err
    assert (spec.parent / "loop").is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_lock_that_may_not_be_read(spec: Path, server: Server) -> None:
    with tempfile.TemporaryDirectory() as folder:  # that of pytest is closed to others
        Path(folder).chmod(0o755)
        (Path(folder) / "question.yaml").write_bytes(spec.read_bytes())
        (Path(folder) / "b.lock").write_text("{}")
        (Path(folder) / "b.lock").chmod(0)
        commands = [
            ("lock", "--add", "-o", "b.lock", "question.yaml"),
            ("check", "--static", "--lock", "b.lock", "question.yaml"),
        ]
        for run in server.ask(Path(folder), commands, as_nobody=True):
            assert (run.code, run.out) == (2, "")
            assert "b.lock:1:1: the lock cannot be read: Permission denied" in run.err


def test_the_error_is_where_the_model_stands(run: Run, spec: Path) -> None:
    assert run("lock", spec.name).code == 0
    path = spec.parent / "seqinspect.lock"
    first, end = path.read_text().rsplit("\n  }", 1)
    path.write_text(f'{first},\n    "z.yaml": {{"layers": [1]}}\n  }}{end}')
    result = run("check", "--static", "--locked", spec.name)
    line = len(first.splitlines()) + 1
    assert result.code == 2
    assert f"seqinspect.lock:{line}:1: the model of z.yaml has no table of layers" in result.err


def test_a_lock_that_is_not_there(run: Run, spec: Path) -> None:
    checked = run("check", "--static", "--lock", "b.lock", spec.name)
    assert checked.code == 2
    assert "there is no b.lock" in checked.err
    assert run("lock", "--add", "-o", "b.lock", spec.name).code == 0
    assert run("check", "--static", "--lock", "b.lock", spec.name).code == 0


def test_a_spec_in_a_lock_may_have_any_name(run: Run, spec: Path) -> None:
    """One that no system takes for a name is no longer there."""
    long = "a" * 5000
    text = '{"schema": "seqinspect.lock/1", "models": {"%s": {"layers": {}}}}'
    (spec.parent / "b.lock").write_text(text % long)
    result = run("check", "--static", "--lock", "b.lock", spec.name)
    assert result.code == 1
    assert "no longer there" in result.out
    assert result.err == ""
