"""What is printed before a command runs: help, version and completion, whatever the streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import python
from tests.effort import HANG

if TYPE_CHECKING:
    from tests.cli.process import Run

PRINTED = [("-h",), ("--version",), ("describe", "-h"), ("schema", "--help"), ()]
"""What is printed before a command runs; the last is the completion script."""


def ended(arguments: tuple[str, ...], redirection: str) -> subprocess.CompletedProcess[str]:
    environment = {} if arguments else {"_SEQINSPECT_COMPLETE": "zsh_source"}
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "seqinspect",
         *arguments],
        capture_output=True, check=False, timeout=HANG, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device")
@pytest.mark.parametrize("arguments", PRINTED)
def test_on_a_full_disk_it_is_one_message(arguments: tuple[str, ...]) -> None:
    done = ended(arguments, ">/dev/full")
    assert done.returncode == 2
    assert done.stderr == "error: standard output cannot be written: No space left on device\n"


@pytest.mark.skipif(os.name != "posix", reason="streams of POSIX")
@pytest.mark.parametrize("arguments", PRINTED)
def test_without_standard_output_it_fails(arguments: tuple[str, ...]) -> None:
    done = ended(arguments, ">&-")
    assert (done.returncode, done.stderr) == (2, "error: standard output is closed\n")


def test_help_is_shown_in_what_the_stream_can_hold(run: Run) -> None:
    result = run("diff", "-h", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (result.code, result.err) == (0, "")
    assert "Exit codes:" in result.out


COMPLETED = {
    "bash": ({"COMP_WORDS": "seqinspect des", "COMP_CWORD": "1"}, "plain,describe\n"),
    "zsh": ({"COMP_WORDS": "seqinspect des", "COMP_CWORD": "1"}, "describe"),
    "fish": ({"COMP_WORDS": "seqinspect des", "COMP_CWORD": "des"}, "describe"),
}


@pytest.mark.parametrize("shell", COMPLETED)
def test_completion(run: Run, shell: str) -> None:
    words, said = COMPLETED[shell]
    result = run(_SEQINSPECT_COMPLETE=f"{shell}_complete", **words)
    assert (result.code, result.err) == (0, "")
    assert said in result.out


@pytest.mark.parametrize(
    ("instruction", "words", "said"),
    [
        ("bash_complete", {}, "COMP_WORDS"),
        ("bash_complete", {"COMP_WORDS": "seqinspect describe", "COMP_CWORD": "x"}, "COMP_CWORD"),
        ("zsh_complete", {"COMP_WORDS": "seqinspect describe"}, "COMP_CWORD"),
        ("fish_complete", {"COMP_WORDS": "seqinspect"}, "COMP_CWORD"),
        ("nope", {}, "bash_source"),
        ("nope_source", {}, "bash_source"),
        ("bash_\x1b[2J", {}, "bash_source"),
    ],
)
def test_completion_that_no_shell_asks_for(
    run: Run, instruction: str, words: dict[str, str], said: str
) -> None:
    result = run(_SEQINSPECT_COMPLETE=instruction, **words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: _SEQINSPECT_COMPLETE")
    assert said in result.err
    assert "defect" not in result.err
    assert "\x1b" not in result.err


def test_completion_of_a_space_is_no_defect(run: Run) -> None:
    """Some versions of click complete it, others look for its first word."""
    words = {"COMP_WORDS": "seqinspect", "COMP_CWORD": " "}
    assert "defect" not in run(_SEQINSPECT_COMPLETE="fish_complete", **words).err


def test_an_end_that_nobody_foresaw_is_no_closed_pipe() -> None:
    code = (
        "import sys, seqinspect.cli.schema as schema\n"
        "from seqinspect.cli.run import run\n"
        "schema.schema_text = sys.exit\n"
        "end = run(['schema'])\n"
        "print(end)"
    )
    result = python(["-c", code])
    assert result.out == "2\n"
    assert "this is a defect of seqinspect" in result.err
    assert "SystemExit" in result.err


def test_jobs_are_digits_that_everybody_reads(run: Run, spec: Path) -> None:
    result = run("check", "--static", "--jobs", "\N{ARABIC-INDIC DIGIT TWO}", spec)
    assert result.code == 2
    assert "is not a valid integer" in result.err
    assert run("check", "--static", "--jobs", "2", spec).code == 0
