"""`seqinspect convert`: a model as YAML, Keras JSON or Python source."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.options import exit_codes, output_option
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.streams import write_stderr
from seqinspect.output.problems import time_axis_note
from seqinspect.output.screen import is_terminal
from seqinspect.output.text import encodable
from seqinspect.writers.conversion import FORMS, convert_graph, timed_inputs

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target

ENDINGS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".py": "python"}
EPILOG = """\b
For example:
  seqinspect convert model.json -o model.yaml
  seqinspect convert model.keras -o model.yaml --name-dims
  seqinspect convert model.yaml -o model.json
  seqinspect convert model.yaml --to python

"""


@click.command(epilog=EPILOG + exit_codes())
@click.argument("spec", metavar="SPEC", shell_complete=completers.files)
@output_option(meaning="Write to FILE: .yaml, .json or .py")
@click.option(
    "--to", "form", type=click.Choice(FORMS),
    help="The form, where no FILE says it. [default: yaml]",
)  # fmt: skip
@click.option(
    "--name-dims", is_flag=True, help="Give sizes that stand there several times a name in `dims`."
)
@spec_options("spec")
def convert(
    *,
    spec: str,
    target: Target,
    form: str | None,
    name_dims: bool,
    read: Specs,
) -> int:
    """Write a model in another form; it keeps every count, shape and time relation.

    SPEC is anything that describe reads. Nothing of a file is run, and Keras is not asked. A config
    of Keras has no names of sizes, and does not say which axis of an input counts time steps: where
    a spec says it, the config has a note.
    """
    chosen = form or _form(target.file)
    target.check((spec,))
    graph, _ = read.graph(spec)
    if name_dims:
        from seqinspect.writers.name_dims import named_dims  # noqa: PLC0415

        graph = named_dims(graph)
    timed = timed_inputs(graph) if chosen == "json" else ()
    note = time_axis_note(timed) if timed else ""
    target.write(encodable(convert_graph(graph, chosen, note), target.screen.encoding))
    if note and is_terminal(sys.stderr):
        write_stderr(f"note: {note}\n")
    return 0


def _form(output: str | None) -> str:
    """Return the form that the name of a file says; YAML where there is no file."""
    if output is None:
        return "yaml"
    form = ENDINGS.get(Path(output).suffix.lower())
    if form is None:
        raise click.BadParameter(
            f"{output!r} does not end in .yaml, .json or .py: say the form with --to",
            param_hint="--output",
        )
    return form
