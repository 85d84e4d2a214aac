"""`describe` on a terminal: the table is there before Keras is, what Keras said comes below it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from select import select
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import python
from tests.effort import HANG

if TYPE_CHECKING:
    from pathlib import Path

KERAS = """\
import sys, types
from seqinspect.keras_model import cache
from seqinspect.cli import describe, main
from seqinspect.model.report import Confirmed, Keras

def confirm(graph, report):
    marks = dict.fromkeys([row.path for row in report.rows], Confirmed(shape=True, params=True))
    report = report.confirmed_by(Keras("agrees", "9.9", "jax", "8.8"), marks)
    {change}
    return report

describe.load_keras = lambda: sys.stdin.readline()  # TensorFlow takes its time
sys.modules["seqinspect.keras_model.build.compare"] = types.SimpleNamespace(confirm=confirm)
raise SystemExit(main())
"""
"""The command with a Keras that is there once a line was read, and then agrees."""

MORE = "report = report._replace(rows=(*report.rows[:1], report.rows[1]._replace(type='Other')))"
CONFIRMED = "confirmed by Keras 9.9 on JAX 8.8: 2 layers, shapes and counts"
QUIET = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120", "PYTHONUTF8": "1"}


def command(change: str = "pass") -> list[str]:
    return ["-c", KERAS.format(change=change), "describe", "--no-cache"]


def on_a_terminal(arguments: list[str], last_line: str = "Causal ") -> tuple[str, str]:
    """Return what is shown before Keras is there, and what is shown after."""
    reader, writer = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=writer, stderr=writer,
        env={**os.environ, **QUIET},
    ) as process:  # fmt: skip
        os.close(writer)
        before = _read(reader, last_line)
        process.communicate(b"\n", timeout=HANG)
        after = _read(reader, None)
    os.close(reader)
    assert process.returncode == 0, before + after
    return before, after


def _read(reader: int, last_line: str | None) -> str:
    """Read whole lines, up to one that begins so, or to the end."""
    text = b""
    with suppress(OSError):  # Linux says so that nobody writes any more
        while select([reader], [], [], HANG)[0] and (block := os.read(reader, 65_536)):
            text += block
            whole, _, rest = text.decode(errors="replace").rpartition("\r\n")
            last = whole.rstrip().rpartition("\r\n")[2]
            if last_line is not None and not rest and last.startswith(last_line):
                break
    return text.decode().replace("\r\n", "\n")


def test_the_table_comes_before_keras_and_the_confirmation_after(spec: Path) -> None:
    before, after = on_a_terminal([*command(), str(spec)])
    assert "n×(9×n+5) = 616 parameters" in before
    assert "compared" not in before
    assert "confirmed" not in before
    assert after == f"{CONFIRMED}\n"


def test_a_pipe_gets_the_same_text_at_once(spec: Path) -> None:
    piped = python([*command(), spec], stdin=b"\n", environment=QUIET)
    assert (piped.code, piped.err) == (0, "")
    assert "".join(on_a_terminal([*command(), str(spec)])) == piped.out


def test_what_keras_knows_better_comes_as_a_table_again(spec: Path) -> None:
    before, after = on_a_terminal([*command(MORE), str(spec)])
    assert "dense  Dense" in before
    assert after.startswith("\nquestion  ")
    assert "dense  Other" in after
    assert after.endswith(f"{CONFIRMED}\n")


def test_several_tables_follow_each_other_with_their_confirmations(spec: Path) -> None:
    _, after = on_a_terminal([*command(), str(spec), str(spec)])
    confirmed, second = after.split("\n\n", 1)
    assert confirmed == CONFIRMED
    assert second.startswith("question  ")
    assert second.count("confirmed") == 1


EXPLAIN = """\
import sys, types
from seqinspect.cli import explain, main
from seqinspect.explain.data import Trial, TrialTable
from seqinspect.model.report import Keras

def confirmed(graph, report):
    sys.stdin.readline()  # TensorFlow takes its time
    return report._replace(keras=Keras("agrees", "9.9", "jax", "8.8"))

table = TrialTable("input", ((True,),), ((True,),), stepped=False)
trials = types.SimpleNamespace(Trials=lambda *_: lambda _: Trial((table,), "1x8"))
sys.modules["seqinspect.keras_model.experiment.trial_report"] = trials
explain._confirmed = confirmed
raise SystemExit(main())
"""


@pytest.mark.parametrize("short", [True, False])
def test_explain_shows_its_words_before_keras_is_there(spec: Path, short: bool) -> None:
    last = "More: " if short else "  V: lstm's"
    arguments = ["-c", EXPLAIN, "explain", str(spec), *(["--short"] if short else [])]
    before, after = on_a_terminal(arguments, last)
    assert "Why does dense have n×(n+1) parameters" in before
    assert "confirmed" not in before
    assert after.splitlines()[-1].startswith("confirmed by Keras 9.9 on JAX 8.8")
    assert ("Tried on a real Keras model" in after) is not short
    assert before + after == python(arguments, stdin=b"\n", environment=QUIET).out
