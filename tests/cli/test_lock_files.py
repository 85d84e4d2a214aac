"""Locks that cannot be used: `lock` and `check --locked` say why, and leave them alone."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.process import Run
    from tests.limited import Server

BEGINNING = '{"schema": "seqinspect.lock/2", "models": {"a.yaml": '

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
        ("lock", "-o", "b.lock", spec.name),
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
        ("lock", "-o", name, spec.name),
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
            ("lock", "-o", "b.lock", "question.yaml"),
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
    assert run("lock", "-o", "b.lock", spec.name).code == 0
    assert run("check", "--static", "--lock", "b.lock", spec.name).code == 0


def test_a_spec_in_a_lock_may_have_any_name(run: Run, spec: Path) -> None:
    """One that no system takes for a name is no longer there."""
    long = "a" * 5000
    text = '{"schema": "seqinspect.lock/2", "models": {"%s": {"layers": {}}}}'
    (spec.parent / "b.lock").write_text(text % long)
    result = run("check", "--static", "--lock", "b.lock", spec.name)
    assert result.code == 1
    assert "no longer there" in result.out
    assert result.err == ""


def test_a_lock_of_an_earlier_version_is_refused(run: Run, spec: Path) -> None:
    (spec.parent / "seqinspect.lock").write_text('{"schema": "seqinspect.lock/1", "models": {}}')
    result = run("check", "--static", "--locked", spec.name)
    assert result.code == 2
    assert "without arguments and calls" in result.err
    assert "create it again: seqinspect lock PATH…" in result.err


@pytest.fixture
def project(run: Run, spec: Path) -> Path:
    """A folder with a lock of a.yaml, b.yaml and c/d.yaml; the tests run in it."""
    folder = spec.parent / "project"
    (folder / "c").mkdir(parents=True)
    for name in ("a.yaml", "b.yaml", "c/d.yaml"):
        (folder / name).write_bytes(spec.read_bytes())
    run("lock", folder, "-o", folder / "seqinspect.lock")
    return folder


def locked(folder: Path) -> list[str]:
    return sorted(json.loads((folder / "seqinspect.lock").read_text())["models"])


def test_what_a_lock_says_of_other_specs_stays(run: Run, project: Path) -> None:
    assert locked(project) == ["a.yaml", "b.yaml", "c/d.yaml"]
    (project / "e.yaml").write_bytes((project / "a.yaml").read_bytes())
    assert run("lock", project / "e.yaml").code == 0
    assert locked(project) == ["a.yaml", "b.yaml", "c/d.yaml", "e.yaml"]
    assert run("lock", "--only", project / "e.yaml").code == 0
    assert locked(project) == ["e.yaml"]


def test_what_is_no_longer_there_is_taken_out_where_it_is_named(run: Run, project: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (project / name).unlink()
    assert run("check", "--static", "--locked", project / "c").code == 1
    assert run("lock", project / "c").code == 0
    assert locked(project) == ["a.yaml", "b.yaml", "c/d.yaml"]
    assert run("lock", project / "a.yaml").code == 0
    assert locked(project) == ["b.yaml", "c/d.yaml"]
    assert run("lock", project).code == 0
    assert locked(project) == ["c/d.yaml"]
    assert run("lock", project / "a.yaml").code == 2  # it is in no lock


def test_the_lock_is_looked_for_from_the_spec_upwards(run: Run, project: Path) -> None:
    inner = project / "c" / "seqinspect.lock"
    assert run("check", "--static", "--locked", project / "c" / "d.yaml").code == 0
    assert run("lock", project / "c", "-o", inner).code == 0
    assert locked(project / "c") == ["d.yaml"]
    (project / "seqinspect.lock").write_text("{")  # nobody looks at it below c
    assert run("check", "--static", "--locked", project / "c" / "d.yaml").code == 0
    assert run("lock", project / "c" / "d.yaml").code == 0
    assert run("check", "--static", "--locked", project / "a.yaml").code == 2
