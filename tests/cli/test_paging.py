"""A table that is longer than the terminal goes through a pager, and only there."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from contextlib import suppress
from pathlib import Path
from select import select

import pytest

from seqinspect.cli import paging
from tests.cli.process import python
from tests.effort import HANG

SPEC = Path(__file__).parents[1] / "golden" / "sixty_layers.yaml"
MARKED = "sed s/^/paged:/"
COMMAND = ["-m", "seqinspect", "describe", "--static", str(SPEC)]


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """Return what a terminal of 24 lines shows that is standard input, too."""
    process, terminal = pty.fork()
    if not process:
        os.environ |= {"TERM": "xterm", "NO_COLOR": "1", "PYTHONUTF8": "1", **environment}
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.execv(sys.executable, [sys.executable, *COMMAND, *arguments])
    shown = b""
    with suppress(OSError):  # Linux says so that nobody writes any more
        while select([terminal], [], [], HANG)[0] and (block := os.read(terminal, 65_536)):
            shown += block
    os.close(terminal)
    os.waitpid(process, 0)
    return shown.decode().replace("\r\n", "\n")


def test_a_long_table_goes_through_the_pager_that_is_named() -> None:
    shown = on_a_terminal(PAGER=MARKED)
    assert shown.startswith("paged:sixty_layers")
    assert "paged:not compared with Keras (--static)" in shown


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--no-pager",), {"PAGER": MARKED}),
        (("--only", "dec_lstm"), {"PAGER": MARKED}),
        (("--format", "plain"), {"PAGER": MARKED}),
        ((), {"PAGER": ""}),
        ((), {"PAGER": MARKED, "TERM": "dumb"}),
    ],
)
def test_what_fits_or_must_not_be_paged_is_not(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    shown = on_a_terminal(*arguments, **environment)
    assert "paged:" not in shown
    assert "dec_lstm" in shown


def test_a_pipe_is_not_paged() -> None:
    assert "paged:" not in python(COMMAND, environment={"PAGER": MARKED, "TERM": "xterm"}).out


@pytest.mark.parametrize(("version", "flags"), [(590, "-RSX"), (608, "-RSX --header=5")])
def test_less_keeps_the_heading_where_it_can(
    monkeypatch: pytest.MonkeyPatch, version: int, flags: str
) -> None:
    monkeypatch.setenv("PAGER", "less")
    monkeypatch.setattr(paging, "_version", lambda _: version)
    assert paging._pager(5) == f"less {flags}"
    monkeypatch.setenv("PAGER", "less -i")
    assert paging._pager(5) == "less -i"


def test_the_heading_ends_at_the_rule() -> None:
    assert paging._heading(["model", "", "Layer  Type", "\x1b[2m────\x1b[0m", "lstm"]) == 4
    assert paging._heading(["no table"]) == 0
