"""The command `seqinspect`: its commands are imported when they are called."""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli.options import EXITS_OF_DESCRIBE
from seqinspect.cli.streams import write
from seqinspect.model.report import Keras
from seqinspect.output.screen import screen_of
from seqinspect.output.text import encodable, engine
from seqinspect.readers.source.names import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

COMMANDS = {
    "describe": "Show shapes, parameter formulas and time steps of every layer.",
    "explain": "Show which steps a layer reads, and why it has so many parameters.",
    "check": "Check specs in CI: usable, as expected, without surprises.",
    "diff": "Say what changed between two specs, and whether a checkpoint still loads.",
    "lock": "Write down what specs make, for check --locked.",
    "draw": "Draw a model step by step, as SVG, PNG, PDF or text.",
    "stream": "Say whether a model can be fed step by step, and what is kept between steps.",
    "convert": "Write a model as YAML, Keras JSON or Python source.",
    "equal": "Say whether two specs are the same function.",
    "size": "Find the largest or smallest size within budgets.",
    "sweep": "Compute what a space of sizes and choices makes, a row a point.",
    "layers": "Show the rule book: arguments, weights, formulas and shapes of Keras layers.",
    "rule": "Show what a finding of check means, and its remedy.",
    "schema": "Print JSON Schemas: of specs for editors, of results for programs.",
}
"""Every command with its one line of help; its function stands in the module of the same name."""

HELP_NAMES = ["-h", "--help"]
SETTINGS = {"help_option_names": HELP_NAMES, "max_content_width": 80}

COMPLETION = """\b
Shell completion, in ~/.bashrc; zsh_source and fish_source likewise:
  eval "$(_SEQINSPECT_COMPLETE=bash_source seqinspect)"

"""


def _print_and_exit(text: Callable[[click.Context], str]) -> Callable[..., None]:
    """Return what an option does that prints a text instead of running the command.

    Click's own options print past `write`, and so fail otherwise, or not at all.
    """

    def printed(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
        if wanted and not context.resilient_parsing:
            write(encodable(text(context) + "\n", screen_of(sys.stdout).encoding))
            context.exit()

    return printed


def _versions(_context: click.Context) -> str:
    from seqinspect.keras_model import backends  # noqa: PLC0415 - only for --version

    found = backends.installed(sys.path)
    keras = "no Keras" if found is None else engine(Keras("not asked", *found))
    return f"seqinspect {__version__}\n{keras}"


HELP_OPTION = click.Option(
    HELP_NAMES, is_flag=True, expose_value=False, is_eager=True,
    callback=_print_and_exit(click.Context.get_help), help="Show this message and exit.",
)  # fmt: skip

VERSION_OPTION = click.Option(
    ["--version"], is_flag=True, expose_value=False, is_eager=True,
    callback=_print_and_exit(_versions),
    help="Show the version, with Keras's, and exit.",
)  # fmt: skip


def _write_options(
    command: click.Command, context: click.Context, formatter: click.HelpFormatter
) -> None:
    from seqinspect.cli.help import write_options  # noqa: PLC0415 - only for help

    write_options(command, context, formatter)


class Commands(click.Group):
    """A group that knows its commands' names without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, for the help text and for shell completion."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"seqinspect.cli.{cmd_name}"), cmd_name)
        if HELP_OPTION not in command.params:
            command.params.append(HELP_OPTION)
            command.format_options = partial(_write_options, command)  # type: ignore[method-assign]  # every command, however it was made
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the commands' names, without importing them, and the options of all."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - shells only

        named = (each for each in COMMANDS.items() if each[0].startswith(incomplete))
        commands = [CompletionItem(name, help=text) for name, text in named]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named, or say which one was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS)
            hint = f"; did you mean {near}?" if near else ""
            if args[0].endswith((".yaml", ".yml")):
                hint = f"; did you mean: seqinspect describe {args[0]}"
            elif args[1:] and args[1] in COMMANDS:
                hint = f"; did you mean: seqinspect {args[1]} {args[0]}"
            ctx.fail(f"there is no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


HELP = """Say what a Keras sequence model really is: shapes, parameter counts and time steps.

\b
For example:
  seqinspect describe model.yaml
  seqinspect describe model.yaml --set n=16 --static
  seqinspect explain model.yaml dense
  seqinspect check configs
  seqinspect describe -h
"""


@click.command(
    cls=Commands, context_settings=SETTINGS, epilog=COMPLETION + EXITS_OF_DESCRIBE, help=HELP
)
def seqinspect() -> None:
    """Hold the commands together; it does nothing itself."""


seqinspect.params += [VERSION_OPTION, HELP_OPTION]
