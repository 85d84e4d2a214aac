"""Both wheels, installed into environments of their own. It needs pip's registry."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.effort import HANG

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.keras  # slow, as what needs TensorFlow

ROOT = Path(__file__).parents[2]
QUESTION = ROOT / "configs" / "question_every_step.yaml"


def call(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=HANG, check=False)


def wheel(source: Path, folder: Path) -> Path:
    """Build the wheel of a source; its isolated environment downloads the build backend."""
    made = call(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, source)
    if "No matching distribution" in made.stderr or "ConnectionError" in made.stderr:
        pytest.skip("no registry can be reached")
    assert made.returncode == 0, made.stderr
    return next(folder.glob("*.whl"))


def names(path: Path) -> Sequence[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


def test_both_wheels_have_the_same_files_and_the_light_one_works(tmp_path: Path) -> None:
    whole = wheel(ROOT, tmp_path / "whole")
    light = wheel(ROOT / "packaging" / "static", tmp_path / "light")
    assert names(whole) == names(light)
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    installed = call(python, "-m", "pip", "install", "--quiet", light)
    assert installed.returncode == 0, installed.stderr
    packages = call(python, "-m", "pip", "list", "--format", "freeze").stdout.lower()
    assert "seqinspect-static==" in packages
    assert "keras" not in packages
    assert "tensorflow" not in packages
    seqinspect = tmp_path / "env" / "bin" / "seqinspect"
    answer = call(seqinspect, "describe", QUESTION)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "n×(9×n+5) = 616" in answer.stdout
    assert "not compared with Keras: it is not installed" in answer.stdout
    static = call(sys.executable, "-m", "seqinspect", "describe", "--static", QUESTION)
    assert call(seqinspect, "describe", "--static", QUESTION).stdout == static.stdout
    checked = call(seqinspect, "check", QUESTION)
    assert (checked.returncode, checked.stderr) == (0, "")
    for needs_keras in (("describe", "--prove", QUESTION), ("equal", QUESTION, QUESTION)):
        refused = call(seqinspect, *needs_keras)
        assert refused.returncode == 2
        assert "error: Keras cannot be asked: No module named 'keras'" in refused.stderr
