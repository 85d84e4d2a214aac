"""Completion as people meet it: a line is typed in bash, zsh and fish, and <Tab> is pressed."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import python
from tests.effort import HANG

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shells of POSIX on a terminal")

SPEC = "input: [10, 8]\nlayers:\n  - LSTM: 4\n    name: encoder\n  - Dense: 2\n"
COMMANDS = str(Path(sys.executable).parent)
READY = "READY>"
START_OF_LINE, TAB = "\x01", "\t"

SETUP = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "bind 'set bell-style none'; show() { printf '[%s]' \"$@\"; echo; };"
        ' PS1=READY; PS1="$PS1> "; eval "$(_SEQINSPECT_COMPLETE=bash_source seqinspect)"',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "bindkey -e; unsetopt zle_bracketed_paste beep prompt_sp;"
        " show() { printf '[%s]' \"$@\"; echo };"
        " autoload -Uz compinit; compinit -u -D;"
        ' eval "$(_SEQINSPECT_COMPLETE=zsh_source seqinspect)"; PS1=READY; PS1="$PS1> "',
    ),
}  # fmt: skip
"""How a shell is started without anybody's own settings, and what is said to it first."""

CASES = [
    ("check con", ["check", "configs/"]),
    ("check configs/enc", ["check", "configs/encoder.yaml"]),
    ("check --select SEQ30", ["check", "--select", "SEQ30"]),  # several: nothing is chosen
    ("check --select SEQ401,SEQ50", ["check", "--select", "SEQ401,SEQ50"]),
    ("describe --columns name,par", ["describe", "--columns", "name,params"]),
    ("explain configs/encoder.yaml enc", ["explain", "configs/encoder.yaml", "encoder"]),
    ("diff --against feat", ["diff", "--against", "feature"]),
    ("expl", ["explain"]),
    ("check --write-b", ["check", "--write-baseline"]),
    ("layers TimeD", ["layers", "TimeDistributed"]),
    ("check --format sar", ["check", "--format", "sarif"]),
]
"""What is typed, and the words that stand there after <Tab>."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    (folder / "configs").mkdir()
    (folder / "configs" / "encoder.yaml").write_text(SPEC)
    if shutil.which("git") is not None:
        name = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")}  # fmt: skip
        for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "x"),
                      ("branch", "feature")):  # fmt: skip
            subprocess.run(["git", *words], cwd=folder, check=True, env={**os.environ, **name})
    return folder


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, words: list[str], folder: Path) -> None:
        import pty

        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.environ |= {
                "PATH": f"{COMMANDS}:{os.environ['PATH']}", "TERM": "dumb", "COLUMNS": "200",
                "PYTHONUTF8": "1", "HOME": str(folder),
            }  # fmt: skip
            os.execvp(words[0], words)
        self.text = ""

    def say(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def until(self, pattern: str) -> str:
        """Wait for a text, and return all that came up to its end."""
        end = time.monotonic() + HANG
        while (found := re.search(pattern, self.text)) is None:
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"{pattern} is not in {self.text!r}"
            self.text += os.read(self.terminal, 65536).decode("utf-8", "replace")
        before, self.text = self.text[: found.end()], self.text[found.end() :]
        return before

    def completed(self, line: str) -> list[str]:
        """Type a line and <Tab>, and return the words that stand there then."""
        self.text = ""
        self.say(line + TAB)
        self.until(re.escape(line.rpartition(" ")[2]))
        self.say(f"{START_OF_LINE}show \n")
        shown = self.until(r"\[seqinspect\]((?:\[[^\]\n]*\])*)")
        self.until(READY)
        return re.findall(r"\[([^\]]*)\]", shown[shown.rindex("[seqinspect]") :])[1:]


@pytest.fixture(scope="module", params=SETUP)
def shell(request: pytest.FixtureRequest, folder: Path) -> Iterator[Shell]:
    words, setup = SETUP[request.param]
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    shell = Shell(words, folder)
    try:
        shell.say(f"{setup}\n")
        shell.until(READY)
        yield shell
    finally:
        os.close(shell.terminal)
        os.waitpid(shell.child, 0)


@pytest.mark.parametrize(("line", "words"), CASES, ids=[line for line, _ in CASES])
def test_a_line_is_completed(shell: Shell, line: str, words: list[str]) -> None:
    found = shell.completed(f"seqinspect {line}")
    assert [each.rstrip("/") for each in found] == [each.rstrip("/") for each in words]


FISH = "_SEQINSPECT_COMPLETE=fish_source seqinspect | source; complete -C 'seqinspect {}'"


@pytest.mark.parametrize(("line", "words"), CASES, ids=[line for line, _ in CASES])
def test_fish_offers_it(folder: Path, line: str, words: list[str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    done = subprocess.run(
        ["fish", "--no-config", "-c", FISH.format(line)],
        cwd=folder, capture_output=True, text=True, timeout=HANG, check=False,
        env={**os.environ, "PATH": f"{COMMANDS}:{os.environ['PATH']}", "HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    offered = [each.partition("\t")[0] for each in done.stdout.splitlines()]
    last = words[-1]
    if line.endswith(last):
        assert len(offered) > 1
        assert all(each.startswith(last) for each in offered)
    else:
        assert offered == [last]


def answers(line: str, folder: Path) -> list[str]:
    """What the command itself answers a shell of the kind of bash."""
    words = ["seqinspect", *line.split(" ")]
    done = python(
        ["-m", "seqinspect"],
        folder=folder,
        environment={
            "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1),
            "_SEQINSPECT_COMPLETE": "bash_complete",
        },
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def test_no_name_is_offered_that_a_shell_would_run(folder: Path) -> None:
    path = folder / "hostile.yaml"
    path.write_text("input: [10, 8]\nlayers:\n  - LSTM: 4\n    name: '$(touch x)'\n  - Dense: 2\n")
    assert answers("explain hostile.yaml ", folder) == ["plain,dense"]


def test_a_spec_that_cannot_be_read_completes_nothing(folder: Path) -> None:
    assert [each for each in answers("explain gone.yaml ", folder) if each] == []


@pytest.mark.parametrize(
    "line",
    ["check --baseline ", "check -o ", "lock ", "describe ", "draw ", "equal a.yaml ", "diff ",
     "diff --weights "],
)  # fmt: skip
def test_the_shell_completes_files(line: str, folder: Path) -> None:
    assert answers(line, folder) == ["file,"]
