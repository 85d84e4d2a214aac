from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run

BEGINNINGS = {
    "csv": "name,type,depth,",
    "markdown": "# question\n",
    "latex": "% Text is UTF-8",
    "html": "<!doctype html>",
}


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_format_is_written_to_a_pipe_and_to_a_file(
    run: Run, spec: Path, tmp_path: Path, kind: str
) -> None:
    result = run("describe", "--static", "--format", kind, spec.name)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(BEGINNINGS[kind])
    assert run("describe", "--static", "--format", kind, spec.name, "-o", "out").code == 0
    assert (tmp_path / "out").read_bytes() == result.out.encode()


def test_columns_are_chosen_in_every_format(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--format", "csv", "--columns", "params,name", spec)
    assert result.out == "params,name\r\n544,lstm\r\n72,dense\r\n"
    html = run("describe", "--static", "--format", "html", "--columns", "name", spec).out
    assert "<th>Layer</th></tr>" in html


WRAPPED = "input: [10, 8]\nlayers: [{Sequential: [{Bidirectional: {LSTM: 4}}], name: inner}]\n"


def test_depth_opens_layers_within_layers(run: Run) -> None:
    def lines(*arguments: str) -> int:
        result = run("describe", "--static", *arguments, "-", stdin=WRAPPED.encode())
        assert (result.code, result.err) == (0, "")
        return sum("LSTM" in line for line in result.out.splitlines())

    assert lines() == lines("--depth", "0") == lines("--depth", "1") == 0
    assert lines("--depth", "2") == lines("--depth", "all") == 2
    assert lines("--format", "plain") == lines("--format", "csv", "--depth", "all") == 2
    assert lines("--format", "plain", "--depth", "1") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--depth", "deep"), "'deep' is not a number of levels, nor all"),
        (("--depth", "-1"), "not a number of levels"),
        (("--depth", "1", "--format", "json"), "has every layer"),
    ],
)
def test_a_depth_that_cannot_be_used(
    run: Run, spec: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("describe", "--static", *arguments, spec)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
