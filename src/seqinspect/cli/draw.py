"""`seqinspect draw`: a model as a picture of its steps, or as text for Graphviz and Mermaid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect.cli import completers
from seqinspect.cli.failures import DISAGREEMENT
from seqinspect.cli.loading import LOADING, keras_confirmer, require_answer
from seqinspect.cli.options import BACKEND, EXITS, NO_CACHE, STATIC, output_option
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.waiting import status

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

    Drawn = tuple[Graph, Report, str]

ENDINGS = {
    ".svg": "svg", ".png": "png", ".pdf": "pdf", ".txt": "text", ".dot": "dot", ".gv": "dot",
    ".mmd": "mermaid", ".mermaid": "mermaid",
}  # fmt: skip
FORMATS = ("svg", "png", "pdf", "text", "dot", "mermaid")
BINARY = ("png", "pdf")
SINGLE = ("dot", "mermaid")
MOST_SPECS = 2


@click.command(
    epilog=f"""
\b
For example:
  seqinspect draw model.yaml
  seqinspect draw model.yaml -o model.svg
  seqinspect draw model.yaml --compare return_sequences -o slide.svg
  seqinspect draw one.yaml other.yaml -o both.pdf
  seqinspect draw model.yaml --format dot | dot -Tpng -o model.png

{EXITS}"""
)
@click.argument(
    "specs", nargs=-1, required=True, metavar="SPEC [SPEC]", shell_complete=completers.files
)
@output_option(meaning=f"Write to FILE: {', '.join(list(ENDINGS)[:-1])} or .mermaid")
@click.option(
    "--format", "kind", type=click.Choice(FORMATS),
    help="The format, where no FILE says it. [default: text on a terminal, else svg]",
)  # fmt: skip
@click.option(
    "--compare", metavar="[LAYER.]ARGUMENT",
    help="Beside it, draw the model with an argument the other way, such as return_sequences.",
)  # fmt: skip
@STATIC
@BACKEND
@NO_CACHE
@spec_options("specs")
def draw(
    *,
    specs: tuple[str, ...],
    target: Target,
    kind: str | None,
    compare: str | None,
    static: bool,
    no_cache: bool,
    read: Specs,
) -> int:
    """Draw a model step by step: a column for each time step, a row for each layer.

    SPEC is anything that describe reads; two are drawn side by side. Lines lead from each step to
    the steps that it reads; what is not known is drawn as not known. PNG and PDF need
    `pip install 'seqinspect[pictures]'`.
    """
    screen = target.screen
    chosen = kind or _format(target.file, terminal=screen.terminal)
    _check(specs, compare, chosen, target)
    target.check(specs)
    confirm = None if static else keras_confirmer(remembered=not no_cache, allow_imports=False)
    drawn: list[Drawn] = [(*read.analysed(spec), "") for spec in specs]
    if compare is not None:
        drawn = _compared(*drawn[0][:2], compare)
    elif len(drawn) > 1:
        drawn = [(graph, report, _heading(drawn, report)) for graph, report, _ in drawn]
    if confirm is not None:
        with status(LOADING):
            drawn = [(graph, confirm(graph, report), name) for graph, report, name in drawn]
        for _, report, _ in drawn:
            require_answer(report)
    if chosen in BINARY:
        target.write_bytes(_on_paper(_svg(drawn, "utf-8"), chosen))
    elif chosen in SINGLE:
        target.write(_boxes(*drawn[0][:2], chosen, screen.encoding))
    elif chosen == "text":
        target.write(_text(drawn, screen.width, screen.encoding))
    else:
        target.write(_svg(drawn, screen.encoding))
    disagrees = any(report.keras.status == "disagrees" for _, report, _ in drawn)
    return DISAGREEMENT if disagrees else 0


def _check(specs: tuple[str, ...], compare: str | None, chosen: str, target: Target) -> None:
    """Refuse options that do not go together. Raises UsageError."""
    several = len(specs) > 1 or compare is not None
    if len(specs) > MOST_SPECS:
        raise click.UsageError(f"{len(specs)} specs were given: one is drawn, or two side by side")
    if len(specs) > 1 and compare is not None:
        raise click.UsageError("--compare draws one spec in two ways: leave out the second one")
    if several and chosen in SINGLE:
        raise click.UsageError(f"{chosen} draws one model: take svg, png, pdf or text for two")
    if chosen in BINARY and target.file is None:
        raise click.UsageError(f"a {chosen.upper()} goes to a file: add -o FILE.{chosen}")


def _compared(graph: Graph, report: Report, argument: str) -> list[Drawn]:
    """Return a model as it is, and with an argument the other way. Raises SpecError."""
    from seqinspect.analysis.walk import analyse  # noqa: PLC0415
    from seqinspect.explain.turned_argument import turn_argument  # noqa: PLC0415

    found = turn_argument(graph, report, argument)
    heading = "{}: {}: {}".format(found.layer, found.argument, "{}")
    return [
        (graph, report, heading.format(str(found.before).lower())),
        (found.graph, analyse(found.graph), heading.format(str(not found.before).lower())),
    ]


def _heading(drawn: list[Drawn], report: Report) -> str:
    """Return what two pictures are told apart by."""
    names = {each.model for _, each, _ in drawn}
    return report.model if len(names) == len(drawn) else report.source


def _svg(drawn: list[Drawn], encoding: str) -> str:
    from seqinspect.output.drawing.grid import scene  # noqa: PLC0415
    from seqinspect.output.drawing.svg import svg  # noqa: PLC0415

    scenes = [scene(graph, report)._replace(heading=heading) for graph, report, heading in drawn]
    return svg(scenes, encoding=encoding)


def _text(drawn: list[Drawn], width: int | None, encoding: str) -> str:
    from seqinspect.output.drawing.calls import Calls  # noqa: PLC0415
    from seqinspect.output.drawing.text import WIDTH, fitting, text  # noqa: PLC0415

    room = width or WIDTH
    scenes = [
        fitting(Calls(graph, report), room)._replace(heading=heading)
        for graph, report, heading in drawn
    ]
    return text(scenes, width=room, encoding=encoding)


def _boxes(graph: Graph, report: Report, kind: str, encoding: str) -> str:
    from seqinspect.output.drawing.boxes import drawing  # noqa: PLC0415
    from seqinspect.output.drawing.languages import dot, mermaid  # noqa: PLC0415

    return (dot if kind == "dot" else mermaid)(drawing(graph, report), encoding=encoding)


def _on_paper(svg: str, kind: str) -> bytes:
    """Return a picture as a PNG or a PDF. Raises UsageError without the library that draws it."""
    from seqinspect.output.drawing.paper import LIBRARY, paper  # noqa: PLC0415

    try:
        return paper(svg, kind)
    except ImportError:
        raise click.UsageError(
            f"a {kind.upper()} is drawn by {LIBRARY}, which is not installed:"
            " pip install 'seqinspect[pictures]', or write an .svg"
        ) from None


def _format(output: str | None, *, terminal: bool) -> str:
    """Return the format that the name of a file says; without a file, what fits the reader."""
    if output is None:
        return "text" if terminal else "svg"
    kind = ENDINGS.get(Path(output).suffix.lower())
    if kind is None:
        raise click.BadParameter(
            f"{output!r} does not end in {', '.join(list(ENDINGS)[:-1])} or .mermaid: say the"
            " format with --format",
            param_hint="--output",
        )
    return kind
