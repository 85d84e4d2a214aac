"""The hooks, run by pre-commit itself in a repository made for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.effort import HANG

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (TOOLS / "pre-commit").exists(),
    reason="needs git and pre-commit",
)


def do(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{TOOLS}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(folder.parent / "cache"),
        "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org",
        "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
    }  # fmt: skip
    return subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True,
        timeout=HANG,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that uses the hooks of another; its only change: they find us installed."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    installed = [{**hook, "language": "system"} for hook in HOOKS]
    (hooks / ".pre-commit-hooks.yaml").write_text(yaml.safe_dump(installed))
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "hooks")):
        assert do(hooks, "git", *command).returncode == 0
    revision = do(hooks, "git", "rev-parse", "HEAD").stdout.strip()
    folder = tmp_path / "repository"
    (folder / "configs").mkdir(parents=True)
    used = {"repo": str(hooks), "rev": revision, "hooks": [{"id": "seqinspect"}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [used]}))
    (folder / "configs" / "good.yaml").write_text("input: [10, 8]\nlayers:\n  - LSTM: 4\n")
    (folder / "docker.yaml").write_text("services: {}\n")
    assert do(folder, "git", "init", "-q").returncode == 0
    return folder


def test_the_manifest_is_valid(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    done = do(tmp_path / "folder", "pre-commit", "validate-manifest", manifest)
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_a_commit_is_checked(repository: Path) -> None:
    do(repository, "git", "add", "-A")
    passed = do(repository, "pre-commit", "run")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
    bad = repository / "configs" / "bad.yaml"
    bad.write_text("input: [10, 8]\nlayers:\n  - LSTM: 4\n  - LSTM: 4\n")
    do(repository, "git", "add", "-A")
    failed = do(repository, "pre-commit", "run")
    assert failed.returncode == 1
    assert "configs/bad.yaml:4:5: SEQ102 " in failed.stdout
    assert "good.yaml" not in failed.stdout


def test_the_hook_for_who_has_it_installed(repository: Path) -> None:
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    local = re.findall(r"```yaml\n(repos:\n  - repo: local\n.*?)```", text, re.DOTALL)
    (shown,) = (hooks for hooks in local if "language: system" in hooks)
    (repository / ".pre-commit-config.yaml").write_text(shown)
    bad = repository / "configs" / "bad.yaml"
    bad.write_text("input: [10, 8]\nlayers:\n  - LSTM: 4\n  - LSTM: 4\n")
    do(repository, "git", "add", "-A")
    failed = do(repository, "pre-commit", "run")
    assert failed.returncode == 1
    assert "configs/bad.yaml:4:5: SEQ102 " in failed.stdout
