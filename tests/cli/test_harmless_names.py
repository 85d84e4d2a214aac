"""A hostile name in a spec, through every text format of every command that shows one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from seqinspect.output.theme import LOOKS
from tests.inert import complaint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.limited import Server

NAMES = [
    "@someone $x^2$ www.example.org #1 :tada: GH-1 !1", "a@example.org $$y$$ &#64;b",
    "<img src=x onerror=y>", "[a](javascript:x) ![b](x)", "`a` ``` *b* _c_ ~~d~~", "a | b || c",
    "\\input{x} $\\alpha$ % # & {", "[red]a[bold] :smile: [link=x]b", "::error::a",
    "##[endgroup]", "-->", "{{1}}", "漢" * 30, "-1 +1 =1", "::a:b", "1. a", "# a", "> a",
]  # fmt: skip
PAGES = ("markdown", "html", "latex")
COMMANDS = [
    *(("describe", "--static", "--format", kind) for kind in ("table", "plain", "csv", *PAGES)),
    *(("explain", "--static", "--format", kind) for kind in ("text", *PAGES)),
    *(("diff", "--static", "other.yaml", "--format", kind) for kind in ("table", *PAGES)),
    *(("check", "--static", "--format", kind) for kind in ("text", "concise", "markdown")),
    *(("stream", "--format", kind) for kind in ("text", *PAGES)),
    *(("size", "--static", "--for", "n", "--params", "1M", "--format", kind)
      for kind in ("text", *PAGES)),
    *(("sweep", "--set", "n=1:3", "--format", kind) for kind in ("text", "csv", "jsonl")),
    ("convert", "--to", "python"), ("draw", "--static", "--format", "svg"),
]  # fmt: skip
SPEC = """
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true, activation: relu}
    name: %s
  - TimeDistributed: {Dense: n}
"""


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_shown_and_does_nothing(name: str, tmp_path: Path, server: Server) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC % json.dumps(name), "utf-8")
    (tmp_path / "other.yaml").write_text(SPEC % "other", "utf-8")
    for environment in ({}, {"COLUMNS": "40"}, {"COLUMNS": "100", "FORCE_COLOR": "1"}):
        runs = server.ask(
            tmp_path, [(*command, "spec.yaml") for command in COMMANDS], environment=environment
        )
        assert len(runs) == len(COMMANDS)
        for command, run in zip(COMMANDS, runs, strict=True):
            assert run.code in (0, 1, 2), command
            assert "defect" not in run.err, command
            kind = command[-1]
            text = run.out if "FORCE_COLOR" not in environment else _without_colours(run.out)
            assert complaint(kind, text) == "", command


def _without_colours(text: str) -> str:
    """Return text without the marks of the theme, and with any other."""
    for look in LOOKS.values():
        marks = ["1"] * look.bold + ["3"] * look.italic + ["4"] * look.underline
        marks += [] if look.colour is None else [f"38;5;{look.colour}"]
        text = text.replace(f"\x1b[{';'.join(marks)}m", "")
    return text.replace("\x1b[0m", "")
