from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run


@pytest.mark.parametrize(
    ("file", "start"),
    [("a.svg", "<svg "), ("a.gv", "digraph "), ("a.DOT", "digraph "), ("a.mmd", "flowchart ")],
)
def test_the_ending_says_the_format(
    run: Run, spec: Path, tmp_path: Path, file: str, start: str
) -> None:
    result = run("draw", "--static", spec, "-o", file)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (tmp_path / file).read_text("utf-8").startswith(start)


def test_standard_output_is_an_svg(run: Run, spec: Path) -> None:
    result = run("draw", "--static", spec)
    assert result.code == 0
    assert ElementTree.fromstring(result.out).tag.endswith("svg")
    assert run("draw", "--static", spec).out == result.out


def test_another_ending_is_refused(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run("draw", "--static", spec, "-o", "model.png")
    assert (result.code, result.out) == (2, "")
    assert "'model.png' does not end in .svg, .dot, .gv, .mmd or .mermaid" in result.err
    assert "dot -Tpng" in result.err
    assert not (tmp_path / "model.png").exists()


def test_the_spec_and_what_cannot_be_drawn_are_left_as_they_are(run: Run, spec: Path) -> None:
    before = spec.read_text()
    assert run("draw", "--static", spec, "--format", "svg", "-o", spec).code == 2
    assert spec.read_text() == before
    picture = spec.with_name("a.svg")
    picture.write_text("old")
    spec.write_text("input: [10]\nlayers: [{LTSM: 3}]\n")
    assert run("draw", "--static", spec, "-o", picture).code == 2
    assert picture.read_text() == "old"


@pytest.mark.keras
def test_keras_confirms_what_is_drawn(run: Run, spec: Path) -> None:
    result = run("draw", spec, "--format", "mermaid")
    assert result.code == 0
    assert "  %% confirmed by Keras " in result.out
