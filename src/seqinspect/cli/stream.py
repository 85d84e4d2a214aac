"""`seqinspect stream`: whether a model can be fed step by step, and what that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.options import (
    IntegerInRange,
    chosen_format,
    exit_codes,
    output_option,
    takes_format,
)
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.streaming.analyse import streaming

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target
    from seqinspect.output.screen import Screen
    from seqinspect.streaming.data import Streaming

FORMATS = ("text", *DOCUMENT_FORMATS, "json")
NOT_ABLE = 1
MAX_STREAMS = 10**12
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
@click.option(
    "--streams", type=IntegerInRange(1, MAX_STREAMS), default=1, metavar="N",
    help="Say what N streams keep at once.",
)  # fmt: skip
@click.option(
    "--once", multiple=True, metavar="INPUT",
    help="An input that is given as a whole before the steps of the others; may be repeated."
    " Without it, those that cannot come step by step are found.",
)  # fmt: skip
@spec_options("spec")
@takes_format(FORMATS, "json is for programs.")
@output_option()
def stream(
    *, spec: str, streams: int, once: tuple[str, ...], read: Specs, kind: str | None, target: Target
) -> int:
    """Say whether new steps can be fed one by one with the result of the whole window.

    SPEC is anything that describe reads. For each layer and the whole model: what must be kept
    between steps, in bytes, for one stream and for several; the multiply-adds of one new step
    beside those of the window; and how many later steps an output waits for. Where it cannot be fed
    so, the layer that is why, and an output step with a later input step that changes it. Keras is
    not asked.
    """
    screen = target.screen
    form = chosen_format(kind, target.file, FORMATS)
    target.check((spec,))
    found = streaming(*read.analysed(spec), once)
    target.write(_render(found, form, screen, streams))
    return 0 if found.answer == "yes" else NOT_ABLE


def _render(found: Streaming, kind: str, screen: Screen, streams: int) -> str:
    if kind == "json":
        from seqinspect.output.stream import json as stream_json  # noqa: PLC0415 - for programs

        return stream_json.render(found, __version__, streams=streams, encoding=screen.encoding)
    from seqinspect.output.stream.document import document  # noqa: PLC0415 - for people

    return render([document(found, streams)], kind, screen=screen)
