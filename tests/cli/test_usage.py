"""Wrong usages: exit code 2, nothing on standard output, and one line that says what is wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click
import pytest

from seqinspect.cli.group import COMMANDS, seqinspect
from seqinspect.cli.run import run
from tests.effort import units
from tests.sampling import sampled

if TYPE_CHECKING:
    from pathlib import Path

UNITS = 50
"""Far more than a small spec takes, and far less than the square of 100,000 characters."""

WRONG = {
    "descibe a.yaml": "there is no command 'descibe'; did you mean describe?",
    "a.yaml": "did you mean: seqinspect describe a.yaml",
    "describe": "Missing argument 'SPEC...'.",
    "describe nothing.yaml": "nothing.yaml does not exist",
    "describe LSTM layers": "for a class of Keras: seqinspect layers LSTM",
    "LSTM layers": "there is no command 'LSTM'; did you mean: seqinspect layers LSTM",
    "explain dense a.yaml": "the spec comes first: seqinspect explain a.yaml dense",
    "describe --set a.yaml a.yaml": "'a.yaml' is not a name and a size, such as n=16; a spec",
    "describe a.yaml --set n=3,T=4": "one size at a time: --set n=3 --set T=4",
    "describe a.yaml --static -o a.pdf": "'a.pdf' does not end in .md, .markdown, .html,",
    "describe a.yaml --static --sort params,name": "a table is sorted by one column",
    "describe a.yaml --static --only dens": "no layer is called `dens`",
    "describe a.yaml --format json --top 3": "JSON always has every layer",
    "describe a.yaml --set": "Option '--set' requires an argument.",
    "describe a.yaml --set n": "'n' is not a name and a size, such as n=16",
    "describe a.yaml --set q=3": "--set names no size of a.yaml",
    "describe a.yaml --columns nme": "there is no column `nme`; there are name, path,",
    "describe a.yaml --depth -1": "'-1' is not a number of levels, nor all",
    "describe a.yaml --optimizr adam": "Did you mean",  # the rest is said as the click at hand does
    "describe a.yaml --static --prove": "leave out one of them",
    "describe a.yaml -o none/x": "none/x cannot be written: there is no folder none",
    "explain": "name a SPEC, or one of the questions",
    "explain a.yaml dens --static": "there is no layer `dens` in a.yaml",
    "explain --question 99": "there is no question 99",
    "check": "Missing argument 'PATH...'.",
    "check *.nothing": "no file matches *.nothing",
    "check a.yaml --shard 9/8": "--shard: `9/8` is no part of a whole",
    "check a.yaml --select SEQ9": "there is no finding 'SEQ9'; expected a code (SEQ103)",
    "check a.yaml --fix --diff": "--diff shows what --fix would change: leave out one of them",
    "check a.yaml --statistics --format sarif": "--statistics is text or json, not sarif",
    "check a.yaml --lock none": "there is no none",
    "check a.yaml -o a.yaml --static": "a.yaml is the spec itself: name another file",
    "diff a.yaml": "name two files, OLD and NEW; or --against REV, or --weights FILE",
    "diff a.yaml --weights a.yaml": "this is no file of weights",
    "equal a.yaml": "Missing argument 'B'.",
    "equal - -": "only one of the two specs can be standard input",
    "draw a.yaml b.yaml c.yaml": "3 specs were given: one is drawn, or two side by side",
    "draw a.yaml -o a.bmp": "'a.bmp' does not end in .svg, .png, .pdf, .txt, .dot, .gv, .mmd or",
    "convert a.yaml -o a.txt": "'a.txt' does not end in .yaml, .json or .py",
    "layers LTSM": "there is no layer 'LTSM'; did you mean LSTM?",
    "rule SEQ999": "there is no finding 'SEQ999'",
    "schema spce": "'spce' is not one of 'spec', 'report', 'check', 'diff', 'stream',",
    "lock nothing": "nothing does not exist",
    "size a.yaml --params 5": "Missing option '--for'.",
    "size a.yaml --for n": "name a budget, such as --params 1M",
    "size a.yaml --for n --params x": "this is no amount: x; expected an integer that may have",
    "size a.yaml --for n,8 --params 5": "'8' is not a name with its formula, such as u=2*n",
    "size a.yaml --for =8 --params 5": "'=8' begins with no name of a size",
    "size a.yaml --for m --params 5": "a.yaml has no size `m`",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_a_wrong_usage_is_told_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(
        "dims: {n: 8}\ninput: [10, n]\nlayers: [{Dense: n, name: dense}]\n"
    )
    assert run(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    told = [line for line in err.splitlines() if WRONG[arguments] in line]
    assert len(told) == 1, err
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


LONG = [
    *(f"describe a.yaml --static {option} @" for option in
      "--set --input --policy --columns --depth --only --type --sort --top --format -o".split()),
    "describe a.yaml --set n=@", "describe a.yaml --input 10,@", "describe @", "explain a.yaml @",
    "check a.yaml --select @", "check a.yaml --shard @", "check a.yaml --data x=@",
    "stream a.yaml --once @", "stream a.yaml --streams @", "draw a.yaml --compare @", "@",
    "convert a.yaml --to @", "layers @", "rule @", "schema @", "diff a.yaml --against @",
    "size a.yaml --for @ --params 5", "size a.yaml --for n,@ --params 5",
    "size a.yaml --for n,u=@ --params 5", "size a.yaml --for n --params @",
    *(f"sweep a.yaml --set n=1:3 {option} @" for option in
      "--set --where --pareto --sort --first --columns".split()),
]  # fmt: skip


@pytest.mark.parametrize("arguments", sampled(LONG, 4))
def test_a_long_argument_is_refused_at_once_and_not_repeated(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("dims: {n: 8}\ninput: [10, n]\nlayers: [{Dense: n}]\n")
    for text in ("[" * 100_000, "(" * 100_000, "1," * 50_000, "*a" * 50_000):
        given = arguments.replace("@", text).split()
        assert units(partial(run, given)) < UNITS
        out, err = capsys.readouterr()
        assert (out, err.count("error: ")) == ("", 1)
        assert "defect" not in err
        assert len(err) < 3000


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    command = seqinspect.get_command(click.Context(seqinspect), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts
    assert "For example:" in str(command.epilog)
    assert "Exit codes:" in str(command.epilog)


@pytest.mark.parametrize(("name", "most"), [("describe", 50), ("check", 64)])
def test_the_help_with_most_options_stays_short(
    name: str, most: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "-h"]) == 0
    assert capsys.readouterr().out.count("\n") <= most


def test_columns_can_be_listed_as_the_help_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["describe", "-h"]) == 0
    assert "help lists all" in capsys.readouterr().out
    assert run(["describe", "model.yaml", "--columns", "help"]) == 2
    assert "multiply_adds" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_fits_80_columns_and_says_no_ranges(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "-h"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "x<=" not in shown
    assert "x>=" not in shown
