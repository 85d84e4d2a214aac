"""The answers in docs/questions are what their commands print; the numbers are published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqinspect.cli import questions as command
from seqinspect.explain.questions import Question, questions
from seqinspect.output.screen import FILE

FOLDER = Path(__file__).parents[2] / "docs" / "questions"

ALL = [
    pytest.param(
        asked,
        id=asked.name,
        marks=[pytest.mark.keras] if "$ seqinspect equal" in asked.text else [],
    )
    for asked in questions()
]

PUBLISHED = {
    # GRU(16) on (64, 15): 3×16×(15+16+2); with one bias 3×16×(15+16+1); Dense(15) on 16: 15×17
    "02": ("1,584", "1,536", "255", "the same function"),
    "03": ("(batch, 20, 10)", "= 60 parameters"),
    "04": ("48", "196", "244 parameters"),
    "05": ("50,400", "4,457,472"),
    "06": ("9,600", "9,408"),
    "07": ("264", "136"),
    "08": ("(batch, 2×u)", "(batch, u); (batch, u)"),
    "09": ("needs 3 axes (batch, time, features) and receives 2", "return_sequences: true"),
    "12": ("10,400", "208"),
    "15": ("not the same function", "does not tell them apart"),
}
"""Numbers from the questions as they were asked, and from the papers and answers they came from."""


def test_there_are_fifteen() -> None:
    assert [asked.number for asked in questions()] == list(range(1, 16))


@pytest.mark.parametrize("asked", ALL)
def test_the_document_is_what_the_commands_print(asked: Question) -> None:
    code, text = command.answered(asked.number, "markdown", FILE)
    assert code == 0
    how = "run python docs/questions/regenerate.py"
    assert FOLDER.joinpath(f"{asked.name}.md").read_text("utf-8") == text, how
    for name, spec in asked.specs.items():
        assert FOLDER.joinpath(name).read_text("utf-8") == spec, how


@pytest.mark.parametrize("asked", questions(), ids=lambda asked: asked.name)
def test_published_numbers_are_printed_by_the_commands(asked: Question) -> None:
    text = FOLDER.joinpath(f"{asked.name}.md").read_text("utf-8")
    printed = "".join(text.split("```console\n")[1:])
    outputs = " ".join(block.partition("```")[0] for block in printed.split("$ seqinspect")[1:])
    outputs = " ".join(outputs.split())
    assert "defect" not in outputs
    for number in PUBLISHED.get(asked.name[:2], ()):
        assert number in outputs


def test_every_file_belongs_to_a_question() -> None:
    known = {"README.md", "regenerate.py"}
    for asked in questions():
        known |= {f"{asked.name}.md", *asked.specs}
    assert {file.name for file in FOLDER.iterdir() if file.is_file()} == known


def test_the_index_lists_them() -> None:
    assert command.listed("markdown", FILE) in FOLDER.joinpath("README.md").read_text("utf-8")


def test_every_spec_that_is_shown_is_there() -> None:
    for asked in questions():
        for block in asked.text.split("\n\n"):
            if block.startswith("@spec"):
                assert block.removeprefix("@spec ").strip() in asked.specs
