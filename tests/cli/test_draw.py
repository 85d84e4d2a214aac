from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run


@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("a.svg", "<svg "), ("a.gv", "digraph "), ("a.DOT", "digraph "), ("a.mmd", "flowchart "),
        ("a.txt", "     x0 "),
    ],
)  # fmt: skip
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


def test_a_terminal_shows_text(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from seqinspect.cli.run import run as called

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    assert called(["draw", "--static", str(spec)]) == 0
    shown = capsys.readouterr().out
    assert "[LSTM V]────→[LSTM V]" in shown
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize(("file", "start"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF-")])
def test_png_and_pdf(run: Run, spec: Path, tmp_path: Path, file: str, start: bytes) -> None:
    pytest.importorskip("typst")
    result = run("draw", "--static", spec, "-o", file)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (tmp_path / file).read_bytes().startswith(start)


def test_without_the_library_the_remedy_is_said(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from seqinspect.cli.run import run as called

    monkeypatch.setitem(sys.modules, "typst", None)
    picture = spec.with_name("a.png")
    assert called(["draw", "--static", str(spec), "-o", str(picture)]) == 2
    assert "pip install 'seqinspect[pictures]'" in capsys.readouterr().err
    assert not picture.exists()


def test_another_ending_is_refused(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run("draw", "--static", spec, "-o", "model.bmp")
    assert (result.code, result.out) == (2, "")
    endings = ".svg, .png, .pdf, .txt, .dot, .gv, .mmd or .mermaid"
    assert f"'model.bmp' does not end in {endings}" in result.err
    assert not (tmp_path / "model.bmp").exists()


def test_an_argument_both_ways(run: Run, spec: Path) -> None:
    result = run("draw", "--static", spec, "--compare", "return_sequences")
    assert (result.code, result.err) == (0, "")
    words = [each.text for each in ElementTree.fromstring(result.out).iter() if each.text]
    assert words.index("lstm: return_sequences: true") < words.index(
        "lstm: return_sequences: false"
    )
    assert words.count("Dense") == 4 + 1
    text = run("draw", "--static", spec, "--compare", "lstm.go_backwards", "--format", "text").out
    assert "←" in text.partition("lstm: go_backwards: true")[2]
    assert "←" not in text.partition("lstm: go_backwards: true")[0]


def test_two_specs_side_by_side(run: Run, spec: Path) -> None:
    other = spec.with_name("other.yaml")
    other.write_text(
        spec.read_text()
        .replace("return_sequences: true", "return_sequences: false")
        .replace("name: question", "name: other")
    )
    result = run("draw", "--static", spec, other)
    words = [each.text for each in ElementTree.fromstring(result.out).iter() if each.text]
    assert (result.code, words.count("Dense")) == (0, 4 + 1)
    assert spec.stem in words
    assert "other" in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--compare", "return_sequence"), "did you mean return_sequences?"),
        (("--compare", "nothing.return_sequences"), "there is no layer `nothing`"),
        (("--compare", "lstm.use_causal_mask"), "has no argument `use_causal_mask`"),
        (("--compare", "return_sequences", "--format", "dot"), "dot draws one model"),
        (("--format", "png"), "a PNG goes to a file"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    run: Run, spec: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("draw", "--static", spec, *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_a_third_spec_and_two_to_compare_are_refused(run: Run, spec: Path) -> None:
    assert "3 specs were given" in run("draw", "--static", spec, spec, spec).err
    result = run("draw", "--static", spec, spec, "--compare", "return_sequences")
    assert "leave out the second one" in result.err


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
    both = run("draw", spec, "--compare", "return_sequences")
    assert both.code == 0
    assert both.out.count("confirmed by Keras") == 2
