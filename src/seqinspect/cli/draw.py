"""`seqinspect draw`: a model as a picture, SVG, or as text for Graphviz and Mermaid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.failures import DISAGREEMENT
from seqinspect.cli.loading import LOADING, keras_confirmer, require_answer
from seqinspect.cli.options import EXITS, NO_CACHE, STATIC, output_option
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.waiting import status

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

ENDINGS = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid"}


@click.command(
    epilog=f"""
\b
For example:
  seqinspect draw model.yaml -o model.svg
  seqinspect draw model.yaml -o model.mmd
  seqinspect draw model.yaml --format dot | dot -Tpng -o model.png

{EXITS}"""
)
@click.argument("spec", metavar="SPEC", shell_complete=completers.files)
@output_option(meaning="Write to FILE: .svg, .dot, .gv, .mmd or .mermaid")
@click.option(
    "--format", "kind", type=click.Choice(("svg", "dot", "mermaid")),
    help="The format, where no FILE says it. [default: svg]",
)  # fmt: skip
@STATIC
@NO_CACHE
@spec_options("spec")
def draw(
    *, spec: str, target: Target, kind: str | None, static: bool, no_cache: bool, read: Specs
) -> int:
    """Draw a model: layers with shapes and parameter formulas, and how steps hang together.

    SPEC is anything that describe reads. In an SVG, dots are time steps, and lines lead from each
    output step of a layer to the steps of its input that it depends on.
    """
    chosen = kind or _format(target.file)
    target.check((spec,))
    graph, report = read.analysed(spec)
    if not static:
        with status(LOADING):
            report = keras_confirmer(remembered=not no_cache, allow_imports=False)(graph, report)
        require_answer(report)
    target.write(_drawn(graph, report, chosen, target.screen.encoding))
    return DISAGREEMENT if report.keras.status == "disagrees" else 0


def _drawn(graph: Graph, report: Report, kind: str, encoding: str) -> str:
    from seqinspect.output.drawing.boxes import drawing  # noqa: PLC0415

    drawn = drawing(graph, report)
    if kind == "svg":
        from seqinspect.output.drawing.svg import svg  # noqa: PLC0415

        return svg(drawn, encoding=encoding)
    from seqinspect.output.drawing.languages import dot, mermaid  # noqa: PLC0415

    return (dot if kind == "dot" else mermaid)(drawn, encoding=encoding)


def _format(output: str | None) -> str:
    """Return the format that the name of a file says; SVG where there is no file."""
    if output is None:
        return "svg"
    kind = ENDINGS.get(Path(output).suffix.lower())
    if kind is None:
        raise click.BadParameter(
            f"{output!r} does not end in {', '.join(list(ENDINGS)[:-1])} or .mermaid: say the"
            " format with --format (for a PNG: --format dot | dot -Tpng -o FILE)",
            param_hint="--output",
        )
    return kind
