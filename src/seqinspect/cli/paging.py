"""What is longer than the terminal goes through a pager, with the heading of its table kept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect.cli.streams import write
from seqinspect.output.screen import is_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.output.screen import Screen

KEEPS_A_HEADING = 600
"""From this version on, less has `--header`."""

NO_PAGERS = ("", "cat")
"""What people set PAGER to so that nothing is paged."""


def write_paged(text: str, screen: Screen) -> None:
    """Write a result, through a pager where it is longer than the terminal that somebody looks at.

    PAGER names another one than less, or none; less keeps the heading of the first table, where it
    can. Raises ClosedPipe or WriteFailed.
    """
    fits = text.count("\n") < screen.height
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    if fits or dumb or not (screen.terminal and is_terminal(sys.stdin)):
        write(text)
        return
    command = _pager(_heading(text.split("\n")))
    if command is None:
        write(text)
        return
    sys.stdout.flush()
    os.environ["PAGER"] = command
    click.echo_via_pager(text.removesuffix("\n"), color=screen.colour)


def _pager(heading: int) -> str | None:
    """Return the command of a pager that keeps so many lines; None where there is none."""
    named = os.environ.get("PAGER")
    command = named if named is not None else shutil.which("less") or shutil.which("more") or ""
    if command in NO_PAGERS:
        return None
    if Path(command).name != "less":  # with arguments, or another one: as somebody wants it
        return command
    header = f" --header={heading}" if heading and _version(command) >= KEEPS_A_HEADING else ""
    return f"{command} -RSX{header}"


def _version(less: str) -> int:
    """Return the version of less; 0 where it does not say."""
    try:
        asked = subprocess.run(
            [less, "--version"],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError):
        return 0
    found = re.match(r"less (\d+)", asked.stdout)
    return int(found[1]) if found else 0


def _heading(lines: Sequence[str]) -> int:
    """Return how many lines go up to the rule of the first table; 0 without one."""
    for number, line in enumerate(lines, 1):
        bare = set(re.sub(r"\x1b\[[0-9;]*m", "", line))
        if bare and bare <= {"─", "-"}:
            return number
    return 0
