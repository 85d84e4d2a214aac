"""The library: what `import seqinspect` gives, and that it stays light."""

from __future__ import annotations

import doctest
import importlib
import io
import subprocess
import sys

import pytest

import seqinspect
from seqinspect import SpecError

QUESTION = {
    "name": "question",
    "dims": {"T": 10, "n": 8},
    "input": ["T", "n"],
    "layers": [{"LSTM": {"units": "n", "return_sequences": True}}, {"Dense": "n"}],
}
HEAVY = ("keras", "numpy", "rich", "tensorflow", "yaml")


def test_a_mapping_is_described() -> None:
    report = seqinspect.describe(QUESTION, static=True)
    assert report.params == 4 * 8 * (8 + 8 + 1) + 8 * 9
    assert report.causal
    assert report.rows[1].formula.python() == "n*(n + 1)"
    assert isinstance(report, seqinspect.Report)


def test_a_size_has_another_value() -> None:
    assert seqinspect.describe(QUESTION, set={"n": 16}, static=True).rows[1].params == 16 * 17


def test_a_config_is_described() -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 10, 8]}},
        {"class_name": "Dense", "config": {"units": 8}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    assert seqinspect.describe(config, static=True).params == 72


def test_a_description_shows_itself() -> None:
    report = seqinspect.describe(QUESTION, static=True)
    data = report.to_dict()
    assert data["schema"] == "seqinspect.report/1"
    assert data["totals"]["params"] == 616
    assert report.to_markdown().startswith("# question\n")
    assert report._repr_html_().startswith("<section>")
    assert "<style" not in report._repr_html_()
    assert repr(report) == "<Description of 'question': 2 layers, 616 parameters>"


def test_a_description_is_as_wide_as_the_console_that_rich_shows_it_on() -> None:
    from rich.console import Console

    report = seqinspect.describe({**QUESTION, "name": "[red]q"}, static=True)
    for width in (30, 60, 120):
        console = Console(file=io.StringIO(), width=width)
        console.print(report)
        text = console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
        assert max(map(len, text.splitlines())) <= width
        assert text.startswith("[red]q  model\n")
        assert "n×(9×n+5) = 616" in text


def test_text_of_a_spec_is_no_html() -> None:
    report = seqinspect.describe({**QUESTION, "name": "<script>x"}, static=True)
    assert "<script>" not in report._repr_html_()


@pytest.mark.parametrize("bad", [3, None, {"layers": {1, 2}}, {"input": [1]}])
def test_what_is_no_model_is_refused(bad: object) -> None:
    with pytest.raises(SpecError):
        seqinspect.describe(bad, static=True)


def test_nothing_is_imported_unless_it_is_allowed() -> None:
    with pytest.raises(SpecError, match="allow_imports"):
        seqinspect.describe("antigravity:fly", static=True)
    assert "antigravity" not in sys.modules


def test_check_and_diff() -> None:
    wrong = {**QUESTION, "expect": {"params": 617}}
    assert not seqinspect.check(QUESTION, static=True).failing
    assert seqinspect.check(wrong, static=True).failing
    assert seqinspect.diff(QUESTION, QUESTION).same
    assert callable(seqinspect.diff)  # no module takes its name


def test_importing_and_describing_is_light() -> None:
    code = (
        "import sys, seqinspect; seqinspect.describe({'input': [3, 2], 'layers': [{'Dense': 2}]},"
        f" static=True); print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    for name in seqinspect.__all__:
        assert getattr(seqinspect, name) is not None


def test_doctests() -> None:
    result = doctest.testmod(importlib.import_module("seqinspect.api"))
    assert result.attempted >= 5
    assert not result.failed
