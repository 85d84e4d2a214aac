"""Files as they are in a git revision: read by git itself, which runs nothing of the repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NoReturn

from seqinspect.errors import Problem, SpecError
from seqinspect.readers.source.limits import Limits, raise_remedy, truncate

TIMEOUT = 60
ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # of a partial clone: nothing is fetched from a network
    "LC_ALL": "C",
}


def read_revision(revision: str, path: str, limits: Limits) -> bytes | None:
    """Return what a file holds in a revision, None if it is not there. Raises SpecError."""
    folder, name = _existing(path)
    place = f"{_commit(revision, path, folder)}:./{name}"
    size = _git(folder, "cat-file", "-s", place)
    if size is None:
        return None
    if int(size) > max(limits.size, 1) * 4:
        _refuse(
            f"{path} is too large in {revision}",
            received=f"{int(size):,} bytes",
            remedy=raise_remedy("size"),
        )
    data = _git(folder, "cat-file", "blob", place)
    if data is None:
        _refuse(f"{path} is no file in {revision}", remedy="name a file")
    return data


def files_of_revision(revision: str, path: str) -> list[str]:
    """Return the files that a path is, or that are below it, in a revision. Raises SpecError."""
    folder, name = _existing(path)
    commit = _commit(revision, path, folder)
    found = _git(folder, "ls-tree", "-r", "-z", "--name-only", commit, "--", name)
    names = (found or b"").decode("utf-8", "surrogateescape").split("\0")
    return [os.path.normpath(os.path.join(folder, each)) for each in names if each]  # noqa: PTH118 - it keeps what was written


def is_revision(name: str, path: str) -> bool:
    """Whether a name is a revision of the repository that a file is in."""
    try:
        return bool(_commit(name, path, _existing(path)[0]))
    except SpecError:
        return False


def newest_revisions(most: int) -> list[str]:
    """Return branches and tags, the newest first; none outside of a repository."""
    refs = ("refs/heads", "refs/tags", "refs/remotes")
    options = ("--sort=-committerdate", f"--count={most}", "--format=%(refname:short)")
    try:
        found = _git(".", "for-each-ref", *options, *refs)
    except SpecError:
        return []
    return (found or b"").decode("utf-8", "replace").split()


def _existing(path: str) -> tuple[str, str]:
    """Return the nearest folder above a path that is there, and the rest of the path."""
    folder, name = str(Path(path).parent), Path(path).name or "."
    while not Path(folder).is_dir() and Path(folder).name:
        name = f"{Path(folder).name}/{name}"
        folder = str(Path(folder).parent)
    return folder, name


def _commit(revision: str, path: str, folder: str) -> str:
    """Return the name of a commit. Raises SpecError."""
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        if _git(folder, "rev-parse", "--git-dir") is None:
            _refuse(f"{path} is in no git repository", remedy="compare two files: diff OLD NEW")
        _refuse(f"git knows no revision {revision}", remedy="name a commit, a branch or a tag")
    return commit.decode("ascii", "replace").strip()


def _git(folder: str, *arguments: str) -> bytes | None:
    """Return what git says; None where it refuses."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **ENVIRONMENT},
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        _refuse("git is not installed", remedy="install it, or compare two files: diff OLD NEW")
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        _refuse(f"git cannot be asked: {error}")
    return done.stdout if done.returncode == 0 else None


def _refuse(what: str, *, received: str = "", remedy: str = "") -> NoReturn:
    raise SpecError(
        Problem(truncate(what, 300), received=received, remedy=remedy, about="revision")
    )
