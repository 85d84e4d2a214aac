"""The pictures in README.md and docs/time.md are what the command draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.cli.run import run
from tests.meta.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.yaml"))
TIME = ROOT / "docs" / "time.md"
PICTURE = ROOT / "docs" / "question.svg"


@pytest.mark.keras
def test_the_picture_is_as_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    spec = "configs/question_every_step.yaml"
    assert run(["draw", spec, "--compare", "return_sequences"]) == 0
    assert capsys.readouterr().out == PICTURE.read_text("utf-8")
    assert "](docs/question.svg)" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("spec", PICTURES, ids=[path.stem for path in PICTURES])
def test_the_pictures_of_time_are_as_drawn(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["draw", str(spec.relative_to(ROOT)), "--static"]) == 0
    assert capsys.readouterr().out == spec.with_suffix(".svg").read_text("utf-8")
    assert f"](pictures/{spec.stem}.svg)" in TIME.read_text("utf-8")


@pytest.mark.keras
def test_the_table_of_the_experiment_is_as_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    block = TIME.read_text("utf-8").partition("```text\n")[2].partition("  ```")[0]
    assert run(["explain", "docs/pictures/composed.yaml", "second"]) == 0
    assert block in capsys.readouterr().out
