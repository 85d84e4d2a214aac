"""What docs/ci.md shows works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from seqinspect.lint.run import Plan, check_data
from seqinspect.lint.settings_file import read_settings
from tests.meta.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (ROOT / "docs" / "ci.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_every_block_of_yaml_can_be_read() -> None:
    shown = [block for block in blocks("yaml") if not block.startswith("  ")]
    assert len(shown) == 8
    for block in shown:
        assert isinstance(yaml.safe_load(block), dict | None)


def test_the_expectations_hold() -> None:
    (spec,) = (block for block in blocks("yaml") if "expect:" in block)
    outcome = check_data("model.yaml", spec.encode(), Plan(static=True))
    assert [each.holds for each in outcome.tested] == [True] * 10
    assert not outcome.failing


def test_the_settings_are_settings(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    path = tmp_path / "pyproject.toml"
    path.write_text(block)
    settings = read_settings(path)
    assert settings is not None
    assert settings.fail_on == "warning"
    assert len(settings.budgets) == 1


@pytest.mark.parametrize(("layers", "code"), [("[LSTM: 3]", 0), ("[LSTM: 3, LSTM: 3]", 1)])
def test_the_pytest_example_is_a_test(tmp_path: Path, layers: str, code: int) -> None:
    (block,) = blocks("python")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.yaml").write_text(f"input: [10, 8]\nlayers: {layers}\n")
    (tmp_path / "test_specs.py").write_text(block)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    assert ("needs 3 axes" in done.stdout) == bool(code)
