"""`seqinspect lock`: write down what every spec makes, for `check --locked`."""

from __future__ import annotations

from pathlib import Path

import click

from seqinspect.cli.failures import UNUSABLE, defect_message, print_problems
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.streams import check_target, write, write_file
from seqinspect.compare.lock import LOCK_NAME, LockEntry, lock_entry, read_lock, render
from seqinspect.errors import Problem, SpecError
from seqinspect.lint.files import find_files
from seqinspect.lint.settings import relative, working_folder


@click.command(
    epilog=f"""
\b
For example:
  seqinspect lock configs
  seqinspect check --locked configs

Commit {LOCK_NAME}: a change of an architecture is then seen in its review, and one that was
not meant fails in CI.

\b
Exit codes:
  0    the lock is written
  2    the command or a spec cannot be used; the lock is left as it was
  130  interrupted (Ctrl-C)
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-o", "--output", default=LOCK_NAME, show_default=True, metavar="FILE",
    help="Where to write it; - for standard output.",
)  # fmt: skip
@click.option("--add", is_flag=True, help="Keep what the lock says of other specs.")
@spec_options("paths", sizes=False)
def lock(*, paths: tuple[str, ...], output: str, add: bool, read: Specs) -> int:
    """Write shapes, counts, weights and time relations of specs into a lock.

    PATH is a spec, a folder with specs, a pattern, or package.module:attribute. Paths in the lock
    are relative to it.
    """
    sources, _ = find_files(paths)
    to_file = output != "-"
    if to_file:
        check_target(output, tuple(sources))
    folder = Path(output).absolute().parent if to_file else Path(working_folder())
    entries: dict[str, LockEntry] = {}
    if add and to_file:
        entries |= read_lock(Path(output), output) or {}
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
    if to_file:
        write_file(output, render(entries))
    else:
        write(render(entries))
    return 0
