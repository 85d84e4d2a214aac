"""`seqinspect lock`: write down what every spec makes, for `check --locked`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.failures import UNUSABLE, defect_message, print_problems
from seqinspect.cli.options import exit_codes
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.streams import Target
from seqinspect.compare.lock import LOCK_NAME, LockEntry, read_lock, render
from seqinspect.compare.lock_entry import lock_entry
from seqinspect.errors import Problem, SpecError
from seqinspect.lint.files import find_files, lock_folder, nearest_lock
from seqinspect.lint.settings import relative
from seqinspect.readers.spec import names_object, split_model

if TYPE_CHECKING:
    from collections.abc import Sequence

STANDARD_OUTPUT = "-"

EXITS = exit_codes(
    "the lock is written",
    unusable="the command or a spec cannot be used; the lock is left as it was",
)


@click.command(
    epilog=f"""
\b
For example:
  seqinspect lock configs
  seqinspect lock configs/changed.yaml
  seqinspect check --locked configs

Commit {LOCK_NAME}: a change of an architecture is then seen in its review, and one that was
not meant fails in CI.

{EXITS}"""
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=completers.files
)
@click.option(
    "-o", "--output", "--output-file", "file", metavar="FILE", shell_complete=completers.files,
    help=f"The lock, - for standard output; it is replaced as a whole, or not at all. [default: the"
    f" nearest {LOCK_NAME} from each spec upwards, or one in this folder]",
)  # fmt: skip
@click.option("--only", is_flag=True, help="Leave out what the lock says of other specs.")
@spec_options("paths", sizes=False)
def lock(*, paths: tuple[str, ...], file: str | None, only: bool, read: Specs) -> int:
    """Write arguments, calls, shapes, weights and time relations of specs into a lock.

    PATH is a spec or Keras code, a folder with them, a pattern, or package.module:attribute. Each
    model of a file has its entry, such as train.py:encoder. Paths in the lock are relative to it.
    What it says of other specs stays; what a folder, or PATH itself, no longer has is taken out.
    """
    sources = find_files([path for path in paths if not _is_gone(path, file)])[0]
    problems: list[Problem] = []
    locks: dict[str, dict[str, LockEntry]] = {}
    for each in (*paths, *sources):  # a folder that has lost its specs, too
        locks.setdefault(_lock_of(each, file), {})
    for name in locks:
        target = Target(None if name == STANDARD_OUTPUT else name)
        target.check(sources)
        if not only and target.file is not None:
            kept = read_lock(Path(name), name) or {}
            locks[name] = {key: kept[key] for key in kept if not _is_named(key, name, paths)}
    for source in sources:
        name = _lock_of(source, file)
        try:
            locks[name][relative(source, lock_folder(name))] = lock_entry(*read.analysed(source))
        except SpecError as error:
            problems += error.problems
        except Exception as error:
            problems.append(defect_message(error))
    print_problems(problems)
    if problems:
        return UNUSABLE
    for name, entries in locks.items():
        Target(None if name == STANDARD_OUTPUT else name).write(render(entries))
    return 0


def _lock_of(source: str, file: str | None) -> str:
    """Return the lock of a spec: the one that is named, the nearest one, or one in this folder."""
    return file or nearest_lock(source) or LOCK_NAME


def _is_named(key: str, name: str, paths: Sequence[str]) -> bool:
    """Tell whether an entry of a lock is of a path that was named, or below one."""
    folder = Path(lock_folder(name))
    entry = folder / split_model(key)[0]
    named = (Path(os.path.abspath(split_model(path)[0])) for path in paths)  # noqa: PTH100 - no links
    return not names_object(key) and any(each in (entry, *entry.parents) for each in named)


def _is_gone(path: str, file: str | None) -> bool:
    """Tell whether a path is no longer there, and stands in the lock still."""
    if os.path.lexists(split_model(path)[0]) or names_object(path):
        return False
    name = _lock_of(path, file)
    entries = read_lock(Path(name), name) if name != STANDARD_OUTPUT else None
    return any(_is_named(key, name, [path]) for key in entries or {})
