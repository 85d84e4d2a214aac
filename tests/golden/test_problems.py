from __future__ import annotations

import pytest

from seqinspect.errors import Place, Problem, excerpt
from seqinspect.output import problems
from seqinspect.output.screen import Screen
from seqinspect.records import replace

UNKNOWN = Problem(
    "unknown layer LTSM",
    received="LTSM",
    expected="the name of a Keras layer",
    remedy="did you mean LSTM?",
    place=Place("q.yaml", 12, 5),
    line="  - LTSM: {units: n}",
)

TEXT = """\
q.yaml:12:5: unknown layer LTSM
  12 |   - LTSM: {units: n}
     |     ^
  expected: the name of a Keras layer
  remedy: did you mean LSTM?
"""


def caret(problem: Problem) -> tuple[str, str]:
    """The character above the caret, and the one before it."""
    _, line, mark = problems.render([problem]).splitlines()[:3]
    column = mark.index("^")
    return line[column], line[column - 1]


def test_a_problem_is_shown_as_a_compiler_does() -> None:
    assert problems.render([UNKNOWN]) == TEXT


@pytest.mark.parametrize(
    ("what", "line", "received"),
    [
        ("unknown layer", "  - LTSM: {units: n}", False),  # the caret shows it
        ("unknown layer", "  - 'LTSM': {units: n}", False),
        ("unknown layer LTSM", "  - {type: LTSM}", False),  # the message names it
        ("unknown layer LTSM_1", "  - {type: LTSM}", True),
        ("unknown layer", "  - LTSM_1: 3", True),
        ("unknown layer", "  - {type: LTSM}", True),
        ("unknown layer", "", True),
    ],
)
def test_what_was_received_is_not_said_twice(what: str, line: str, received: bool) -> None:
    text = problems.render([replace(UNKNOWN, what=what, line=line)])
    assert ("  received: LTSM\n" in text) is received


def test_a_problem_without_a_place() -> None:
    assert problems.render([Problem("no such file: x", remedy="check the path")]) == (
        "error: no such file: x\n  remedy: check the path\n"
    )


def test_several_are_counted() -> None:
    assert problems.count(1) == ""
    assert problems.count(3) == "3 problems found\n"


def test_the_caret_stands_below_a_column_after_a_tab_and_after_an_escape() -> None:
    assert caret(replace(UNKNOWN, line="\tab XY", place=Place("q", 1, 5))) == ("X", " ")
    assert caret(replace(UNKNOWN, line="\x1bab XY", place=Place("q", 1, 5))) == ("X", " ")


def test_the_caret_counts_wide_characters_twice() -> None:
    mark = problems.render([replace(UNKNOWN, line="漢字 X", place=Place("q", 1, 4))]).splitlines()[
        2
    ]
    assert mark == "    |      ^"


def test_the_caret_finds_its_column_in_a_line_that_was_cut() -> None:
    line = "a" * 500 + "X" + "b" * 500
    place = Place("q", 1, 501)
    assert caret(replace(UNKNOWN, line=line, place=place)) == ("X", "a")
    assert caret(replace(UNKNOWN, line=excerpt(line, 501), place=place)) == ("X", "a")


def test_colours_only_where_they_are_wanted() -> None:
    coloured = problems.render([UNKNOWN], screen=Screen(80, colour=True, terminal=True))
    assert "\x1b[1mq.yaml:12:5:\x1b[0m " in coloured
    assert "\x1b" not in problems.render([UNKNOWN], screen=Screen(80, terminal=True))
