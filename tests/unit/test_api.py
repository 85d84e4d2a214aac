"""The library: what `import seqinspect` gives, and that it stays light."""

from __future__ import annotations

import ast
import copy
import doctest
import importlib
import io
import pickle
import re
import subprocess
import sys
from urllib.parse import unquote
from xml.etree import ElementTree

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
    assert repr(report) == "<Description of 'question': 2 layers, 616 parameters>"


def test_a_notebook_shows_a_table_of_its_own_style() -> None:
    """No heading above those of the notebook's author, and every rule of style within its part."""
    shown = seqinspect.describe(QUESTION, static=True)._repr_html_()
    style, _, content = shown.removeprefix("<style>").partition("</style>")
    selectors = [rule.partition("{")[0] for rule in style.split("}")]
    assert all(".seqinspect" in selector for selector in selectors if selector.strip())
    assert "<h4>question</h4>" in content
    assert not re.search("<h[1-3]", content)
    assert '<td class="right">616' not in content
    assert '<td class="right">544</td>' in content


def test_a_description_is_drawn_and_explained() -> None:
    report = seqinspect.describe(QUESTION, static=True)
    picture = report.draw()
    assert picture._repr_svg_() == picture.svg
    assert ElementTree.fromstring(picture.svg).tag.endswith("svg")
    source = re.search('src="data:image/svg[+]xml,([^"]*)"', picture._repr_html_())
    assert source
    assert unquote(source[1]) == picture.svg
    answer = report.explain("dense", short=True)
    assert "Why does dense have n×(n+1) parameters" in str(answer)
    assert "Why does dense have n×(n+1) parameters" in answer._repr_html_()
    assert "Why does dense have n×(n+1) parameters" in answer.to_markdown()
    assert all("\n" not in repr(each) for each in (report, picture, answer))
    with pytest.raises(SpecError, match="no layer"):
        report.explain("dens")


def test_a_description_is_drawn_after_it_was_copied_and_pickled() -> None:
    report = seqinspect.describe(QUESTION, static=True)
    for other in (copy.deepcopy(report), pickle.loads(pickle.dumps(report))):
        assert other == report
        assert other.draw().svg == report.draw().svg


NUMBERS = {"input": [10, 8], "layers": [{"LSTM": 8}, {"Dense": 10}]}


def test_sizes_of_a_model_of_numbers_get_names() -> None:
    """10 steps are not 10 units: 4×8×(8+8+1) weights of the LSTM, 10×(8+1) of the Dense."""
    report = seqinspect.describe(NUMBERS, dims={"T": 10, "n": 8, "k": 10}, static=True)
    assert [size.text() for size in report.inputs[0].tensor.symbolic] == ["batch", "T", "n"]
    assert report.rows[0].formula.python() == "4*n*(2*n + 1)"
    assert eval(report.rows[1].formula.python(), {"n": 8, "k": 10}) == 10 * (8 + 1)
    assert report.rows[1].outputs[0].symbolic[1].text() == "k"


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ({"T": 11}, "no size of the model is 11; received T: 11; expected one of 8, 10"),
        ({"T": 10}, "10 is a number of steps and of features; .* in this order: steps, features"),
        ({"n": 8, "m": 8}, "8 is a number of features; received n: 8, m: 8; expected one name"),
        ({"T x": 10}, "a size cannot be named `T x`"),
        ({"T": "10"}, "no size of the model is '10'"),
    ],
)
def test_a_name_that_does_not_fit_is_refused(dims: dict[str, int], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        seqinspect.describe(NUMBERS, dims=dims, static=True)
    with pytest.raises(SpecError, match="`n` is a size of the model already"):
        seqinspect.describe(QUESTION, dims={"n": 8}, static=True)


def test_a_remedy_for_names_works() -> None:
    with pytest.raises(SpecError) as caught:
        seqinspect.describe(NUMBERS, dims={"T": 10}, static=True)
    (problem,) = caught.value.problems
    dims = ast.literal_eval(problem.remedy.removeprefix("write dims="))
    assert seqinspect.describe(NUMBERS, dims=dims, static=True).params == 544 + 90


def test_a_file_without_an_input_is_described_on_a_shape() -> None:
    lstm = {"class_name": "LSTM", "config": {"name": "lstm", "units": 8}}
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [lstm]}}
    assert not seqinspect.describe(config, static=True).complete
    assert seqinspect.describe(config, input_shape=(10, 4), static=True).params == 4 * 8 * 13
    with pytest.raises(SpecError, match="a file says its input itself"):
        seqinspect.describe(QUESTION, input_shape=(10, 8), static=True)


def test_ipython_shows_an_error_in_its_parts_without_a_traceback() -> None:
    spec = "input: [10, 8]\nlayers:\n  - LSTM: {units: -1}\n"
    with pytest.raises(SpecError) as caught:
        seqinspect.describe(spec, static=True)
    shown = caught.value._render_traceback_()
    (problem,) = caught.value.problems
    assert shown == [
        f"SpecError: <string>:3:19: {problem.what}",
        "  3 |   - LSTM: {units: -1}",
        *(f"  {label}: {text}" for label, text in problem.parts),
    ]
    assert dict(problem.parts)["expected"]


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
