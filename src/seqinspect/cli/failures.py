"""Exit codes, and what is said of an error that nobody foresaw."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from seqinspect.cli.streams import write_stderr
from seqinspect.errors import Problem, first_line
from seqinspect.output.screen import screen_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DISAGREEMENT = 1
UNUSABLE = 2
INTERRUPTED = 130

DEBUG = "SEQINSPECT_DEBUG"


def print_problems(found: Sequence[Problem]) -> None:
    """Write problems to standard error, with their number where there are several."""
    if found:
        from seqinspect.output import problems  # noqa: PLC0415 - most runs have none

        write_stderr(
            problems.render(found, screen=screen_of(sys.stderr)) + problems.count(len(found))
        )


def defect_message(error: BaseException) -> Problem:
    """Return what is said of an error that nobody foresaw; its traceback only if asked for."""
    if os.environ.get(DEBUG):
        import traceback  # noqa: PLC0415 - needed by nobody else

        write_stderr("".join(traceback.format_exception(error)))
    location, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "seqinspect" in file:
            location = f" at {os.path.basename(file)}:{trace.tb_lineno}"  # noqa: PTH119
        trace = trace.tb_next
    message = first_line(error)
    return Problem(
        "this is a defect of seqinspect",
        received=f"{type(error).__name__}{location}" + (f": {message}" if message else ""),
        remedy=f"please report it, with the spec and with what {DEBUG}=1 shows",
    )
