"""Text of a spec is data in every output: no markup, no escape, no command."""

from __future__ import annotations

import json as standard_json
from typing import TYPE_CHECKING

import pytest

from seqinspect.errors import Place, Problem
from seqinspect.model.finding import KerasDifference
from seqinspect.output import problems
from seqinspect.output.report import json, plain
from seqinspect.output.screen import Screen
from seqinspect.records import replace
from tests.rendered import described

if TYPE_CHECKING:
    from seqinspect.model.report import Report

NAMES = [
    "[bold]x[/bold]", "[/b]", "a\\[b]", "\x1b[2J", "\x1b]0;pwned\x07", "\x1bP$q\x1b\\", "a\bb",
    "a\tb", "a\nb", "a\r\n::error::b", "::error::pwned", "  ::set-output name=x::y", "##[endgroup]",
    "##teamcity[buildStatus]", "a\u202eb", "a\u2066b", "a\u2028b", "a\u2029b", "a\x85b", "a\x9bb",
    "\ud800", "a\u200bb", "a\u00a0b", "漢" * 60, "%s%n{}{0.__class__}", "=1+1", "-1", "</script>",
    "aaaaaaaaaa::error::b", "$(touch x)", "\x7f", "\0",
]  # fmt: skip


def named(report: Report, name: str) -> Report:
    row = report.rows[1]
    assert row.time is not None
    time = row.time._replace(operands=((name, "each"), ("b", "all")))
    row = row._replace(name=name, path=name, type=name, time=time, place=Place(name, 1, 1),
        sources=(name,),
    )  # fmt: skip
    first = report.inputs[0]._replace(name=name)
    wrong = KerasDifference(name, "weight dtype", name, name, name)
    keras = report.keras._replace(status="disagrees", differences=(wrong,))
    return report._replace(model=name, source=name, inputs=(first,), rows=(report.rows[0], row),
        outputs=(name,), keras=keras,
    )  # fmt: skip


def is_harmless(text: str) -> bool:
    lines = text.split("\n")
    return all(line.replace("\t", "").isprintable() for line in lines) and not any(
        line.lstrip().startswith(("::", "##")) for line in lines
    )


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_shown_and_does_nothing(question: Report, name: str) -> None:
    report = named(question, name)
    for width in (None, 40, 80, 200):
        text = described(report, screen=Screen(width, terminal=width is not None))
        assert is_harmless(text)
        if name.isprintable():
            assert "".join(name.split()) in "".join(text.split()).replace("─", "")
    text = plain.render([report])
    assert is_harmless(text)
    assert len(text.splitlines()) == 3
    assert all(line.count("\t") == 10 for line in text.splitlines())
    text = json.render([report], "0")
    assert is_harmless(text)
    if not any("\ud800" <= c <= "\udfff" for c in name):
        assert standard_json.loads(text)["model"] == name


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_problem_is_shown_and_does_nothing(name: str) -> None:
    place = Place(name, 3, 5)
    problem = Problem(name, name, name, name, place, f"{name}{name}")
    assert is_harmless(problems.render([problem, replace(problem, place=None)]))
    assert problems.render([problem], screen=Screen(encoding="ascii")).isascii()


def test_printable_names_stay_as_they_were_typed(question: Report) -> None:
    for name in (
        "[bold]x[/bold]",
        "a\\[b]",
        "%s%n{}{0.__class__}",
        "::error::pwned",
        "##[endgroup]",
    ):
        assert name in plain.render([named(question, name)], columns=("name",))
        assert name in described(named(question, name))
