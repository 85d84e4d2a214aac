"""Nothing that is public goes without a line in CHANGELOG.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.meta import public

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_is_public_is_listed() -> None:
    before, now = public.listed(public.PAGE.read_text("utf-8")), public.public()
    assert public.removed(before, now) == [], "say in CHANGELOG.md that it went"
    assert before == now, "python -m tests.meta.public"


def test_what_goes_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## [2]\n- `rule` went\n\n## [1]\n- `layers`\n")
    monkeypatch.setattr(public, "CHANGELOG", changelog)
    now = {"seqinspect describe": ["--static"], "JSON of report": ["layers", "model"]}
    before = {"seqinspect describe": ["--static", "--set"], "JSON of report": now["JSON of report"]}
    assert public.removed(before, now) == ["--set"]
    assert public.removed({**before, "rule": []}, now) == ["--set"]
    assert public.removed({**before, "layers": []}, now) == ["layers", "--set"]
