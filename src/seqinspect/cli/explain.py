"""`seqinspect explain`: the long answer on a spec, one of its layers, or a known question."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.failures import DISAGREEMENT
from seqinspect.cli.loading import load_keras, require_answer
from seqinspect.cli.options import (
    BACKEND,
    EXITS,
    PAGE,
    IntegerInRange,
    chosen_format,
    output_option,
    takes_format,
)
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.streams import write
from seqinspect.cli.waiting import status
from seqinspect.explain import Explanation
from seqinspect.explain import explain as explained
from seqinspect.output.explanation.document import document
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.output.screen import Screen, for_prose, is_terminal
from seqinspect.records import replace

if TYPE_CHECKING:
    from seqinspect.cli.streams import Target
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

FORMATS = ("text", *DOCUMENT_FORMATS, "json", PAGE)

SAID_LAST = 2
"""So many lines what Keras says takes on a screen."""

LOADING = "loading Keras, to try it on a real model (--static does without) …"


@click.command(
    epilog=f"""
\b
For example:
  seqinspect explain model.yaml --short
  seqinspect explain model.yaml dense
  seqinspect explain model.yaml --set T=5 --static
  seqinspect explain model.yaml --format markdown -o model.md
  seqinspect explain --questions
  seqinspect explain --question 1

{EXITS}"""
)
@click.argument("spec", required=False, shell_complete=completers.files)
@click.argument("layer", required=False, default="", shell_complete=completers.layers)
@click.option("--short", is_flag=True, help="Only the short answers, which fit one screen.")
@spec_options("spec")
@BACKEND
@click.option(
    "--static", is_flag=True, help="Do not ask Keras, and try nothing; takes milliseconds."
)
@takes_format(FORMATS, "json is for programs; page is html with a picture, alive.")
@output_option()
@click.option("--questions", is_flag=True, help="List the questions that people really ask.")
@click.option(
    "--question",
    type=IntegerInRange(),
    metavar="N",
    help="Answer question N, with a spec and what is said of it.",
)
def explain(
    *,
    spec: str | None,
    layer: str,
    short: bool,
    read: Specs,
    static: bool,
    kind: str | None,
    target: Target,
    questions: bool,
    question: int | None,
) -> int:
    """Say in words and pictures what a model does with time, and why it has so many parameters.

    SPEC is anything that describe reads; LAYER is a layer's name or path. Every layer is explained:
    its formula weight by weight, which steps it reads, which weights steps share, what would change
    with return_sequences the other way, and an experiment with a real Keras model.
    """
    screen = target.screen
    form = chosen_format(kind, target.file, FORMATS)
    if questions or question is not None:
        if spec is not None:
            raise click.UsageError("a question brings its own spec: leave SPEC out")
        from seqinspect.cli.questions import answered, listed  # noqa: PLC0415

        target.check()
        form = "html" if form == PAGE else form
        code, text = (
            (0, listed(form, screen)) if questions else answered(int(question or 0), form, screen)
        )
        target.write(text)
        return code
    if spec is None:
        raise click.UsageError(
            "name a SPEC, or one of the questions: --question N (--questions lists them)"
        )
    if layer and not os.path.exists(spec) and os.path.isfile(layer):  # noqa: PTH110, PTH113 - pathlib raises where a name is too long
        raise click.UsageError(f"the spec comes first: seqinspect explain {layer} {spec}")
    target.check((spec,))
    pair = read.analysed(spec)
    explanation = explained(*pair, layer, short=short)
    at_once = not static and form == "text" and target.file is None and is_terminal(sys.stdout)
    before = ""
    if at_once:
        before = _render(explanation, form, screen, short=short, with_keras=False)
        write(before)
    if not static:
        explanation = _with_keras(*pair, layer, short=short)
    if form == PAGE:
        from seqinspect.cli.pages import explanation as explanation_page  # noqa: PLC0415 - it draws

        target.write(explanation_page(pair[0], explanation, screen, short=short))
    else:
        text = _render(explanation, form, screen, short=short)
        same = text.startswith(before)  # or Keras knows more, such as of a custom class
        target.write(text.removeprefix(before) if same else f"\n{text}")
    wrong = any(found.trial.agrees is False for found in explanation.layers)
    return DISAGREEMENT if wrong or explanation.report.keras.status == "disagrees" else 0


def _with_keras(graph: Graph, report: Report, layer: str, *, short: bool) -> Explanation:
    """Return the answer with what Keras says, and the experiments with it."""
    with status(LOADING):
        report = _confirmed(graph, report)
        if short:
            return explained(graph, report, layer, short=True)
        from seqinspect.keras_model.experiment.trial_report import Trials  # noqa: PLC0415 - only without --static

        return explained(graph, report, layer, Trials(graph, report))


def _confirmed(graph: Graph, report: Report) -> Report:
    from seqinspect.keras_model.build.compare import confirm  # noqa: PLC0415 - only without --static
    from seqinspect.keras_model.experiment.prove import prove  # noqa: PLC0415

    load_keras()
    confirmed = prove(graph, confirm(graph, report))
    require_answer(confirmed)
    return confirmed


def _render(
    explanation: Explanation, kind: str, screen: Screen, *, short: bool, with_keras: bool = True
) -> str:
    """Return the answer in a format; `with_keras`: with what Keras says, which stands last."""
    if kind == "json":
        from seqinspect.output.explanation import json as explanation_json  # noqa: PLC0415

        shown = replace(explanation, layers=()) if short else explanation
        return explanation_json.render(shown, __version__, encoding=screen.encoding)
    screen = for_prose(screen) if kind == "text" else screen
    signs = "ascii" if kind == "latex" else screen.encoding  # whose fonts may lack arrows

    def rendered(shown: Explanation, *, with_keras: bool) -> str:
        found = document(shown, short=short, encoding=signs, with_keras=with_keras)
        return render([found], kind, screen=screen)

    if short and kind == "text":  # the largest picture that fits beside the words and the prompt
        for picture in (explanation.picture, *explanation.smaller_pictures, None):
            explanation = replace(explanation, picture=picture)
            if rendered(explanation, with_keras=False).count("\n") < screen.height - SAID_LAST:
                break
    return rendered(explanation, with_keras=with_keras)
