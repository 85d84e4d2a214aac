"""The picture in README.md is what the command draws."""

from __future__ import annotations

import pytest

from seqinspect.cli.run import run
from tests.meta.documents import ROOT

PICTURE = ROOT / "docs" / "question_every_step.svg"


@pytest.mark.keras
def test_the_picture_is_as_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["draw", "configs/question_every_step.yaml"]) == 0
    assert capsys.readouterr().out == PICTURE.read_text("utf-8")
    assert "](docs/question_every_step.svg)" in (ROOT / "README.md").read_text("utf-8")
