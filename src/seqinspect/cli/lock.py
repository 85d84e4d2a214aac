"""`seqinspect lock`: write down what every spec makes, for `check --locked`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect.cli.failures import UNUSABLE, defect_message, print_problems
from seqinspect.cli.options import exit_codes, output_option
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.compare.lock import LOCK_NAME, LockEntry, lock_entry, read_lock, render
from seqinspect.errors import Problem, SpecError
from seqinspect.lint.files import find_files
from seqinspect.lint.settings import relative, working_folder

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target

EXITS = exit_codes(
    "the lock is written",
    unusable="the command or a spec cannot be used; the lock is left as it was",
)


@click.command(
    epilog=f"""
\b
For example:
  seqinspect lock configs
  seqinspect check --locked configs

Commit {LOCK_NAME}: a change of an architecture is then seen in its review, and one that was
not meant fails in CI.

{EXITS}"""
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_option(default=LOCK_NAME, meaning="Where to write it, - for standard output")
@click.option("--add", is_flag=True, help="Keep what the lock says of other specs.")
@spec_options("paths", sizes=False)
def lock(*, paths: tuple[str, ...], target: Target, add: bool, read: Specs) -> int:
    """Write shapes, counts, weights and time relations of specs into a lock.

    PATH is a spec or Keras code, a folder with them, a pattern, or package.module:attribute. Each
    model of a file has its entry, such as train.py:encoder. Paths in the lock
    are relative to it.
    """
    sources, _ = find_files(paths)
    target.check(sources)
    file = target.file
    folder = Path(working_folder()) if file is None else Path(file).absolute().parent
    entries: dict[str, LockEntry] = {}
    if add and file is not None:
        entries |= read_lock(Path(file), file) or {}
    problems: list[Problem] = []
    for source in sources:
        try:
            _, report = read.analysed(source)
            entries[relative(source, str(folder))] = lock_entry(report)
        except SpecError as error:
            problems += error.problems
        except Exception as error:
            problems.append(defect_message(error))
    print_problems(problems)
    if problems:
        return UNUSABLE
    target.write(render(entries))
    return 0
