"""`seqinspect equal`: whether two specs are the same function."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.loading import absence, load_keras
from seqinspect.cli.options import BACKEND, exit_codes
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.streams import write
from seqinspect.cli.waiting import status
from seqinspect.errors import SpecError
from seqinspect.model.json_text import json_escape
from seqinspect.output.equality import document, json
from seqinspect.output.renderers import render
from seqinspect.output.screen import for_prose, screen_of
from seqinspect.output.text import encodable

if TYPE_CHECKING:
    from seqinspect.compare.equality import Equality
    from seqinspect.model.graph import Graph

DIFFERENT = 1
LOADING = "loading Keras, to run both models …"
EPILOG = """\b
For example:
  seqinspect equal every_step.yaml time_distributed.yaml

"""


@click.command(epilog=EPILOG + exit_codes("the same function", "not the same function"))
@click.argument("first", metavar="A", shell_complete=completers.files)
@click.argument("second", metavar="B", shell_complete=completers.files)
@spec_options("first", "second")
@BACKEND
@click.option(
    "--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="json is for programs.",
)  # fmt: skip
def equal(*, first: str, second: str, read: Specs, kind: str) -> int:
    """Say whether two specs, A and B, are the same function.

    Real Keras models get the same random weights, matched by order and shape, and the same random
    inputs. The answer is the largest difference, or the first layer where the two part.
    """
    if first == second == "-":
        raise click.UsageError("only one of the two specs can be standard input")
    graphs = (read.graph(first)[0], read.graph(second)[0])
    with status(LOADING):
        verdict = _compared(*graphs)
    names = (graphs[0].source, graphs[1].source)
    screen = screen_of(sys.stdout)
    if kind == "json":
        text = encodable(json(verdict, names), screen.encoding, json_escape)
    else:
        text = render([document(verdict, names)], screen=for_prose(screen))
    write(text)
    return 0 if verdict.equal else DIFFERENT


def _compared(first: Graph, second: Graph) -> Equality:
    from seqinspect.keras_model.build import runtime  # noqa: PLC0415 - heavy
    from seqinspect.keras_model.experiment.equal import compare_functions  # noqa: PLC0415

    load_keras()
    try:
        runtime.load()
        return compare_functions(first, second)
    except runtime.KerasUnavailable as error:
        raise SpecError(absence(error.reason)) from error
