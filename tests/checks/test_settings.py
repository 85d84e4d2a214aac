"""Patterns of paths, the nearest settings, and comments that ignore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.lint.run import Plan, check_data
from seqinspect.lint.settings import Pattern, Selection, Settings
from seqinspect.lint.settings_file import settings_for

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("pattern", "path", "meant"),
    [
        ("configs/**", "configs/a.yaml", True),
        ("configs/**", "configs/sub/a.yaml", True),
        ("configs/", "configs/sub/a.yaml", True),
        ("configs/**", "old/configs/a.yaml", False),
        ("configs/*.yaml", "configs/sub/a.yaml", False),
        ("*.yaml", "configs/sub/a.yaml", True),
        ("a.yaml", "configs/sub/a.yaml", True),
        ("**/sub/*", "configs/sub/a.yaml", True),
        ("./configs/?.yaml", "configs/a.yaml", True),
        ("configs/[a].yaml", "configs/a.yaml", False),  # brackets mean themselves
        ("CONFIGS/**", "configs/a.yaml", False),
    ],
)
def test_patterns_are_relative_to_the_settings(pattern: str, path: str, meant: bool) -> None:
    assert Pattern(pattern, "/p").matches(f"/p/{path}") is meant


def test_the_nearest_file_wins_and_its_own_name_goes_first(tmp_path: Path) -> None:
    inner, other = tmp_path / "a" / "b", tmp_path / "a" / "c"
    inner.mkdir(parents=True)
    other.mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.seqinspect]\nignore = ["SEQ1"]\n')
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    (tmp_path / "a" / "seqinspect.toml").write_text('ignore = ["SEQ2"]\n')
    (inner / "pyproject.toml").write_text('[tool.seqinspect]\nignore = ["SEQ3"]\n')
    (inner / "seqinspect.toml").write_text('ignore = ["SEQ4"]\n')
    assert settings_for(str(tmp_path / "d" / "m.yaml")).selections == (Selection(ignore=("SEQ1",)),)
    assert settings_for(str(other / "m.yaml")).selections == (Selection(ignore=("SEQ2",)),)
    assert settings_for(str(inner / "n" / "m.yaml")).selections == (Selection(ignore=("SEQ4",)),)


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# seqinspect: ignore[SEQ103]", []),
        ("# seqinspect: ignore[SEQ1]", []),
        ("# seqinspect: ignore[redundant-time-distributed]", []),
        ("# seqinspect:ignore[ SEQ103 , SEQ401 ]", ["SEQ007"]),
        ("# because # seqinspect: ignore", ["SEQ008"]),
        ("# seqinspect: ignore[SEQ401]", ["SEQ103", "SEQ007"]),
        ("# ignore[SEQ103]", ["SEQ103"]),
    ],
)
def test_comments_ignore_what_they_name(comment: str, codes: list[str]) -> None:
    spec = f"input: [10, 8]\nlayers:\n  - TimeDistributed: {{Dense: 4}}  {comment}\n"
    outcome = check_data("m.yaml", spec.encode(), Plan(settings=Settings()))
    assert [finding.code for finding in outcome.findings] == codes
