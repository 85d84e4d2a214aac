"""`seqinspect stream`: whether a model can be fed step by step, and what that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.options import (
    chosen_format,
    exit_codes,
    output_option,
    takes_format,
)
from seqinspect.cli.running import streams_option
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.streaming.analyse import plan, streaming

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report
    from seqinspect.output.screen import Screen
    from seqinspect.streaming.data import Streaming

FORMATS = ("text", *DOCUMENT_FORMATS, "json")
TWIN_FORMATS = ("python", "yaml")
NOT_ABLE = 1
EPILOG = """\b
For example:
  seqinspect stream model.yaml
  seqinspect stream model.yaml --set T=100 --streams 32
  seqinspect stream translator.yaml --once source
  seqinspect stream train.py --format json

"""


@click.command(
    epilog=EPILOG
    + exit_codes("it can be fed step by step", "it cannot, or it is not known whether it can")
)
@click.argument("spec", shell_complete=completers.files)
@streams_option("the total")
@click.option(
    "--once", multiple=True, metavar="INPUT",
    help="An input that is given as a whole before the steps of the others; may be repeated."
    " Without it, those that cannot come step by step are found.",
)  # fmt: skip
@click.option(
    "--twin", is_flag=True,
    help="Write the twin instead that runs a step at a time, with the weights of the model:"
    " Python source, or, where it can be said so, a spec (-o FILE.yaml).",
)  # fmt: skip
@spec_options("spec")
@takes_format((*FORMATS, *TWIN_FORMATS), "json is for programs; python and yaml go with --twin.")
@output_option()
def stream(
    *,
    spec: str,
    streams: int,
    once: tuple[str, ...],
    twin: bool,
    read: Specs,
    kind: str | None,
    target: Target,
) -> int:
    """Say whether new steps can be fed one by one with the result of the whole window.

    SPEC is anything that describe reads. For each layer and the whole model: what must be kept
    between steps, in bytes, for one stream and for several; the multiply-adds of one new step
    beside those of the window; and how many later steps an output waits for. Where it cannot be fed
    so, the layer that is why, and an output step with a later input step that changes it. Keras is
    not asked.
    """
    screen = target.screen
    if twin is (kind in FORMATS) and (twin or kind is not None):
        raise click.UsageError("--twin is python or yaml, and these go with --twin")
    form = _twin_format(kind, target) if twin else chosen_format(kind, target.file, FORMATS)
    target.check((spec,))
    graph, report = read.analysed(spec)
    if twin:
        target.write(_twin(graph, report, once, form))
        return 0
    found = streaming(graph, report, once)
    target.write(_render(found, form, screen, streams))
    return 0 if found.answer == "yes" else NOT_ABLE


def _twin_format(kind: str | None, target: Target) -> str:
    by_name = "yaml" if (target.file or "").lower().endswith((".yaml", ".yml")) else "python"
    return kind or by_name


def _twin(graph: Graph, report: Report, once: tuple[str, ...], form: str) -> str:
    """Return the twin of a model. Raises SpecError where there is none, or it cannot be written."""
    planned = plan(graph, report, once)
    if form == "yaml":
        from seqinspect.writers.conversion import convert_graph  # noqa: PLC0415 - only with --twin
        from seqinspect.writers.twin.spec import twin_graph  # noqa: PLC0415 - likewise

        return convert_graph(twin_graph(graph, planned), "yaml")
    from seqinspect.writers.twin.source import twin_source  # noqa: PLC0415 - only with --twin

    return twin_source(graph, planned)


def _render(found: Streaming, kind: str, screen: Screen, streams: int) -> str:
    if kind == "json":
        from seqinspect.output.stream import json as stream_json  # noqa: PLC0415 - for programs

        return stream_json.render(found, __version__, streams=streams, encoding=screen.encoding)
    from seqinspect.output.stream.document import document  # noqa: PLC0415 - for people

    return render([document(found, streams)], kind, screen=screen)
