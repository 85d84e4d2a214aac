"""What a shell asks for: the script that completes commands and options, and single completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

VARIABLE = "_SEQINSPECT_COMPLETE"
"""The environment variable in which a shell says what it asks for: bash_source, bash_complete."""


def completion(instruction: str, command: click.Command) -> str:
    """Return the text that a shell asks for. Raises UsageError where it is no shell that asks."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - shells only

    shell, _, requested = instruction.partition("_")
    kind = get_completion_class(shell)
    if kind is None or requested not in ("source", "complete"):
        raise click.UsageError(
            f"{VARIABLE} is {instruction!r}; expected bash_source, zsh_source or fish_source, or"
            " what their scripts set it to: bash_complete and so on"
        )
    completer = kind(command, {}, "seqinspect", VARIABLE)
    if requested == "source":
        # click's script for fish splits an answer at each comma, of which lists have several.
        return completer.source().replace('string split ","', 'string split -m 1 ","')
    _check(completer, instruction)
    return completer.complete() + "\n"


def _check(completer: ShellComplete, instruction: str) -> None:
    """Refuse words that no shell would give."""
    try:
        completer.get_completion_args()
    except (KeyError, ValueError, IndexError):
        raise click.UsageError(
            f"{VARIABLE} is {instruction!r}, without the words in COMP_WORDS and the place in"
            " COMP_CWORD that the script of a shell gives; to get the script, set it to bash_source"
        ) from None
