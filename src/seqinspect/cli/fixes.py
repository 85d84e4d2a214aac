"""What `check --fix` writes into the files, and what `--diff` shows of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.cli.streams import write_file, write_stderr
from seqinspect.lint import parallel
from seqinspect.lint.outcome import Run
from seqinspect.output.screen import screen_of
from seqinspect.output.text import inert, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.lint.outcome import Outcome

LINE_ENDS = "\r\n"
NO_LINE_END = "\\ No newline at end of file\n"


def difference(outcome: Outcome) -> str:
    """Return the patch of what is fixed in a spec, as `--fix --diff` shows it; empty for none."""
    if outcome.fixed_text is None or not os.path.lexists(outcome.source):
        return ""
    from difflib import unified_diff  # noqa: PLC0415 - only for --diff

    before = Path(outcome.source).read_bytes().decode("utf-8")
    name = visible(outcome.source)
    lines = unified_diff(
        before.splitlines(keepends=True), outcome.fixed_text.splitlines(keepends=True), name, name
    )
    return "".join(map(_patch_line, lines))


def _patch_line(line: str) -> str:
    """Return a line of a patch with the end that it has in the file, or a remark that it has none.

    A line that a log reader takes for a command is no longer one.
    """
    text = line.rstrip(LINE_ENDS)
    end = "\r\n" if line.endswith("\r\n") else "\n"
    return f"{inert(text)}{end}" if text != line else f"{inert(text)}\n{NO_LINE_END}"


def print_unusable(outcomes: Sequence[Outcome]) -> None:
    """Say on standard error what is wrong with specs of which no report could be made.

    Standard output has a patch, or the text of a spec.
    """
    unusable = tuple(outcome for outcome in outcomes if not outcome.usable)
    if unusable:
        from seqinspect.output.findings import document  # noqa: PLC0415 - most runs have none
        from seqinspect.output.renderers import render  # noqa: PLC0415

        said = document.document(Run(unusable), quiet=True)
        write_stderr(render([said], "text", screen=screen_of(sys.stderr)))


def apply_fixes(outcomes: Sequence[Outcome], job: parallel.Job) -> list[Outcome]:
    """Write what was fixed, and check those specs again."""
    again = [outcome for outcome in outcomes if outcome.fixed_text is not None]
    for outcome in again:
        write_file(outcome.source, outcome.fixed_text or "")
    sources = [outcome.source for outcome in again]
    fresh = {each.source: each for each in parallel.run(sources, job._replace(fix=""))}
    return [
        fresh[outcome.source]._replace(fixed=outcome.fixed) if outcome.source in fresh else outcome
        for outcome in outcomes
    ]
