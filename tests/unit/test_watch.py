"""The audit hook that watches hostile files sees what it is there for: a control for each kind."""

from __future__ import annotations

import ctypes
import importlib
import marshal
import os
import pickle
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

import pytest

from tests.audit import Watch

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


def call_marshalled_code() -> None:
    """What Keras does with a Lambda in a config."""
    FunctionType(marshal.loads(CODE), {"open": open})()


CODE = marshal.dumps((lambda: open("PWNED", "w").close()).__code__)  # noqa: PTH123
ACTIONS: dict[str, Callable[[], object]] = {
    "read": lambda: Path("canary.txt").read_bytes(),
    "write": lambda: Path("PWNED").touch(),
    "append": lambda: Path("canary.txt").open("a").close(),
    "list": os.listdir,
    "remove": lambda: Path("PWNED").unlink(missing_ok=True),
    "folder": lambda: Path("made").mkdir(),
    "network": lambda: socket.create_connection(("127.0.0.1", 9), 0.1),
    "name": lambda: socket.gethostbyname("localhost"),
    "process": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "shell": lambda: os.system("true"),
    "fork": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
    "eval": lambda: eval("1 + 1"),
    "compile": lambda: compile("1", "", "eval"),
    "pickle": lambda: pickle.loads(b"cos\ngetpid\n(tR."),
    "code": call_marshalled_code,
    "import": lambda: importlib.import_module("foreign_module"),
    "library": lambda: ctypes.CDLL(None),
    "environment": lambda: os.putenv("SEQINSPECT_CONTROL", "1"),
}
SEEN = {
    "read": "read", "write": "write", "append": "write", "list": "os.listdir",
    "remove": "os.remove", "folder": "os.mkdir", "network": "socket.connect",
    "name": "socket.gethostbyname",
    "process": "subprocess.Popen", "shell": "os.system", "fork": "os.posix_spawn", "eval": "exec",
    "compile": "compile", "pickle": "pickle.find_class", "code": "write", "import": "import",
    "library": "ctypes.dlopen", "environment": "os.putenv",
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
def test_it_sees(
    action: str, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "canary.txt").write_text("x")
    (tmp_path / "foreign_module.py").touch()
    with watch, suppress(OSError):
        ACTIONS[action]()
    sys.modules.pop("foreign_module", None)
    assert SEEN[action] in dict(watch.taken())


def test_it_sees_neither_computing_nor_imports_of_what_is_installed(watch: Watch) -> None:
    sys.modules.pop("colorsys", None)
    with watch:
        importlib.import_module("colorsys")
        assert sorted(str(10**50)) == sorted("1" + "0" * 50)
    assert watch.taken() == []


def test_it_sees_nothing_while_it_is_not_entered(watch: Watch) -> None:
    Path(__file__).read_bytes()
    assert watch.taken() == []
