"""Which lock holds for which spec, and what a lock has that is no longer there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.compare.lock import LOCK_NAME, read_lock
from seqinspect.compare.lock_changes import LockChange
from seqinspect.errors import Place, Problem, SpecError
from seqinspect.lint.files import lock_folder, nearest_lock
from seqinspect.lint.findings.decisions import architecture_changed
from seqinspect.lint.outcome import Outcome
from seqinspect.lint.run import Lock
from seqinspect.lint.settings import working_folder
from seqinspect.readers.spec import names_object, split_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def locks_of(sources: Sequence[str], name: str | None) -> dict[str, Lock]:
    """Return the lock of each spec: the one that is named, or the nearest. Raises SpecError."""
    files = {source: name or nearest_lock(source) for source in sources}
    locks = {file: _lock(file) for file in dict.fromkeys(files.values()) if file is not None}
    if not locks:
        raise _no_lock(LOCK_NAME)
    empty = Lock(LOCK_NAME, working_folder(), {})
    return {source: empty if file is None else locks[file] for source, file in files.items()}


def _lock(file: str) -> Lock:
    entries = read_lock(Path(file), file)
    if entries is None:
        raise _no_lock(file)
    return Lock(file, lock_folder(file), entries)


def _no_lock(name: str) -> SpecError:
    return SpecError(Problem(f"there is no {name}", remedy="make it: seqinspect lock PATH…"))


def specs_without_file(locks: Mapping[str, Lock]) -> Iterator[Outcome]:
    """Yield what each lock has and the folder has no longer."""
    for lock in {lock.file: lock for lock in locks.values()}.values():
        folder = Path(lock.folder)
        gone = [
            path
            for path in lock.entries
            if not (names_object(path) or os.path.exists(folder / split_model(path)[0]))  # noqa: PTH110 - pathlib raises where a name is too long
        ]
        place = Place(lock.file, 1, 1)
        findings = tuple(
            finding
            for path in gone
            for finding in architecture_changed(LockChange("no file", path=path), lock.file, place)
        )
        if findings:
            yield Outcome(lock.file, findings=findings, about="lock").judged()
