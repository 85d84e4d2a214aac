"""Arguments → exit code: whatever happens, one clear message and never a traceback."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import click

from seqinspect.cli.completion import VARIABLE, completion
from seqinspect.cli.failures import INTERRUPTED, UNUSABLE, defect_message, print_problems
from seqinspect.cli.group import seqinspect
from seqinspect.cli.streams import (
    CLOSED_PIPE,
    ClosedPipe,
    WriteFailed,
    flush_streams,
    write,
    write_stderr,
)
from seqinspect.errors import Problem, SpecError
from seqinspect.output.text import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Sequence


NEW_OBJECTS = 100_000
"""So many new objects make Python's collector search for cycles: a large report has none."""


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name and return its exit code."""
    gc.set_threshold(NEW_OBJECTS, 50, 100)
    code = _run(arguments)
    return code if flush_streams() or code else CLOSED_PIPE


def _run(arguments: Sequence[str]) -> int:
    try:
        instruction = os.environ.get(VARIABLE)
        if instruction:
            write(completion(instruction, seqinspect))
            return 0
        result = seqinspect.main(list(arguments), prog_name="seqinspect", standalone_mode=False)
    except click.ClickException as error:
        return _usage(error)
    except SpecError as error:
        print_problems(error.problems)
        return UNUSABLE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except ClosedPipe:
        return CLOSED_PIPE
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # what click makes of it
            return CLOSED_PIPE
        print_problems([defect_message(end)])
        return UNUSABLE
    except WriteFailed as error:
        print_problems([Problem(str(error))])
        return UNUSABLE
    except Exception as error:
        print_problems([defect_message(error)])
        return UNUSABLE
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException) -> int:
    """Say how the command is used, as click does, with the arguments made harmless."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        write_stderr(f"{error.format_message()}\n")
        return UNUSABLE
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        write_stderr(f"{context.get_usage()}\nTry '{context.command_path} -h' for help.\n\n")
    write_stderr(f"error: {visible(shortened(error.format_message()))}\n")
    return UNUSABLE
