"""Arguments → exit code: whatever happens, one clear message and never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seqinspect.cli.failures import INTERRUPTED, UNUSABLE, defect, tell
from seqinspect.cli.group import seqinspect
from seqinspect.cli.streams import CLOSED_PIPE, ClosedPipe, WriteFailed, complain, flushed
from seqinspect.errors import Problem, SpecError
from seqinspect.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name and return its exit code."""
    code = _run(arguments)
    return code if flushed() or code else CLOSED_PIPE


def _run(arguments: Sequence[str]) -> int:
    try:
        result = seqinspect.main(list(arguments), prog_name="seqinspect", standalone_mode=False)
    except click.ClickException as error:
        return _usage(error)
    except SpecError as error:
        tell(error.problems)
        return UNUSABLE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except ClosedPipe:
        return CLOSED_PIPE
    except SystemExit as end:  # click's own: 1 where a pipe is closed, 0 after shell completion
        return CLOSED_PIPE if end.code else 0
    except WriteFailed as error:
        tell([Problem(str(error))])
        return UNUSABLE
    except Exception as error:
        tell([defect(error)])
        return UNUSABLE
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException) -> int:
    """Say how the command is used, as click does, with the arguments made harmless."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        complain(f"{error.format_message()}\n")
        return UNUSABLE
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        complain(f"{context.get_usage()}\nTry '{context.command_path} -h' for help.\n\n")
    complain(f"error: {visible(error.format_message())}\n")
    return UNUSABLE
