"""`seqinspect describe`: the table of a spec, confirmed by Keras."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.failures import DISAGREEMENT, UNUSABLE, defect_message, print_problems
from seqinspect.cli.loading import LOADING, load_keras, not_asked_problem
from seqinspect.cli.options import (
    BACKEND,
    EXITS_OF_DESCRIBE,
    NO_CACHE,
    PAGE,
    STATIC,
    IntegerInRange,
    chosen_format,
    output_option,
    takes_format,
)
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.streams import Target, write, write_parts, write_stderr
from seqinspect.cli.views import JSON, ROWS, View, view_options
from seqinspect.errors import Problem, SpecError
from seqinspect.model.policy import POLICIES
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.output.screen import is_terminal, screen_of
from seqinspect.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seqinspect.cli.views import Show
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

    Measure = Callable[[Graph, Report], Report]

Item = TypeVar("Item")
Result = TypeVar("Result")

FORMATS = ("table", *ROWS, *JSON, *DOCUMENT_FORMATS, PAGE)
OPTIMIZERS = ("sgd", "sgd-momentum", "adam", "adamw")
ASKING = "asking Keras …"


@click.command(
    epilog=f"""
\b
For example:
  seqinspect describe model.yaml
  seqinspect describe --static configs/*.yaml
  seqinspect describe model.yaml -o model.html
  seqinspect describe model.yaml --memory --batch 64 --policy mixed_float16

{EXITS_OF_DESCRIBE}"""
)
@click.argument(
    "specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=completers.files
)
@spec_options("specs")
@STATIC
@click.option(
    "--prove", is_flag=True,
    help="Try on a real model which steps move which; takes seconds.",
)  # fmt: skip
@takes_format(
    FORMATS,
    "page has a picture.",
)
@view_options
@BACKEND
@click.option(
    "--no-pager", is_flag=True,
    help="Print a long table as it is.",
)  # fmt: skip
@NO_CACHE
@click.option("--memory", is_flag=True, help="Show bytes of weights, optimizer and activations.")
@click.option(
    "--optimizer",
    type=click.Choice(OPTIMIZERS),
    help="[default: adam]",
)
@click.option(
    "--batch", type=IntegerInRange(1, 10**18), metavar="N",
    help="Samples at once. [default: 32, or what the model fixes]",
)  # fmt: skip
@click.option(
    "--policy", type=click.Choice(POLICIES), metavar="POLICY",
    help="The dtype policy of layers without one: mixed_float16.",
)  # fmt: skip
@output_option()
def describe(
    *,
    specs: tuple[str, ...],
    read: Specs,
    static: bool,
    prove: bool,
    no_cache: bool,
    kind: str | None,
    view: View,
    no_pager: bool,
    memory: bool,
    optimizer: str | None,
    batch: int | None,
    policy: str | None,
    target: Target,
) -> int:
    """Show every layer's output shape, parameter formula, count and time steps.

    SPEC is a YAML file, Keras code (train.py, or train.py:encoder; never run), what Keras saves,
    package.module:attribute, a folder, or - for standard input. Keras confirms the numbers.
    """
    if static and prove:
        raise click.UsageError("--prove asks Keras, and --static does not: leave out one of them")
    target.check(specs)
    form = chosen_format(kind, target.file, FORMATS)
    measured = memory or optimizer or batch
    measure = _measure(form, optimizer, batch, policy) if measured else None
    show = view.show(form)
    to_file = target.file is not None
    problems: list[Problem] = []

    def analysed(model: Callable[[], tuple[Graph, object]]) -> tuple[Graph, Report]:
        graph, report = read.analysed_model(model, policy=policy)
        return graph, report if measure is None else measure(graph, report)

    specs = tuple(_without_folders(specs, problems))
    models = [model for several in _try_each(specs, read.models, problems) for model in several]
    pairs = list(_try_each(models, analysed, problems))
    confirmed, reports = pairs, [report for _, report in pairs]
    view.require_match(reports)
    put = _printer(pager=not no_pager)
    at_once = not static and form == "table" and not to_file and is_terminal(sys.stdout)
    if not static:
        compared = _compared(pairs, problems, prove=prove, remembered=not (prove or no_cache))
        if at_once:
            compared = _show_then_compare(reports, compared, show, put)
        answers = zip(pairs, compared, strict=True)
        confirmed = [(graph, report) for (graph, _), report in answers if report is not None]
        reports = [report for _, report in confirmed]
    problems += not_asked_problem((report.keras for report in reports), required=prove)
    many = len(specs) > 1 or len(models) > 1
    if not problems if to_file else reports and not at_once:
        if form == "json" and not to_file:
            _write_json(reports, many=many)
        else:
            made = view.page(confirmed, target.screen) if form == PAGE else None
            made = show(reports, target.screen, many) if made is None else made
            (target.write if to_file or form != "table" else put)(made)
    disagreements = [r for r in reports if r.keras.status == "disagrees"]
    unsafe = _unsafe(pairs)
    print_problems([*problems, *unsafe])
    if problems:
        return UNUSABLE
    if form != "table" or to_file:  # the table says it itself
        write_stderr(
            "".join(f"{visible(line)}\n" for r in disagreements for line in _differences(r))
        )
    return DISAGREEMENT if disagreements or unsafe else 0


def _without_folders(specs: Sequence[str], problems: list[Problem]) -> Iterator[str]:
    """Yield specs, and of folders those in them; a SavedModel is a folder that is one itself."""
    for spec in specs:
        if not os.path.isdir(spec):  # noqa: PTH112 - pathlib raises where a name is too long
            yield spec
            continue
        from pathlib import Path  # noqa: PLC0415 - only for folders

        from seqinspect.lint.files import find_files  # noqa: PLC0415
        from seqinspect.readers.source.saved_model import is_saved_model  # noqa: PLC0415

        if is_saved_model(Path(spec)):
            yield spec
            continue
        for found, _ in _try_each([[spec]], find_files, problems):
            yield from found


def _try_each(
    items: Sequence[Item], step: Callable[[Item], Result], problems: list[Problem]
) -> Iterator[Result]:
    """Yield what a step makes of every item; what stops one of them does not stop the others."""
    for item in items:
        try:
            result = step(item)
        except SpecError as error:
            problems += error.problems
        except Exception as error:
            problems.append(defect_message(error))
        else:
            yield result


def _measure(kind: str, optimizer: str | None, batch: int | None, policy: str | None) -> Measure:
    """Return what adds the memory to a report."""
    if kind in ROWS:
        raise click.BadParameter(
            f"{kind} has a line a layer, and no place for it", param_hint="--memory"
        )
    from seqinspect.analysis.memory import DEFAULT_BATCH, with_memory  # noqa: PLC0415 - only where it is asked for

    return partial(
        with_memory, optimizer=optimizer or "adam", batch=batch or DEFAULT_BATCH, policy=policy
    )


def _compared(
    pairs: Sequence[tuple[Graph, Report]], problems: list[Problem], *, prove: bool, remembered: bool
) -> Iterator[Report | None]:
    """Yield every report as Keras compared it, None where that cannot be done.

    Keras is imported for the first that it has not confirmed before.
    """
    from seqinspect.cli.waiting import status  # noqa: PLC0415 - only without --static
    from seqinspect.keras_model import cache  # noqa: PLC0415 - likewise

    keras_cache = cache.find_cache(__version__) if remembered else None
    loaded = False
    for pair in pairs:
        report = cache.recall(keras_cache, *pair) if keras_cache is not None else None
        if report is None:
            with status(ASKING if loaded else LOADING):
                if not loaded:
                    load_keras()
                loaded = True
                report = next(_try_each([pair], _prove if prove else _confirm, problems), None)
            if report is not None and keras_cache is not None:
                cache.remember(keras_cache, pair[0], report)
        yield report


def _write_json(reports: Sequence[Report], *, many: bool) -> None:
    """Write JSON to standard output as it is made: the text of 10,000 layers is not held."""
    from seqinspect.output.report import json  # noqa: PLC0415 - the others need none of it

    encoding = screen_of(sys.stdout).encoding
    write_parts(None, json.parts(reports, __version__, many=many, encoding=encoding))


def _printer(*, pager: bool) -> Callable[[str], None]:
    """Return what prints tables: through a pager where they are longer than a terminal."""
    if not pager or not is_terminal(sys.stdout):
        return write
    from seqinspect.cli.paging import write_paged  # noqa: PLC0415 - only for a terminal

    return partial(write_paged, screen=screen_of(sys.stdout))


def _show_then_compare(
    reports: Sequence[Report],
    compared: Iterator[Report | None],
    show: Show,
    put: Callable[[str], None],
) -> Iterator[Report | None]:
    """Show every table as the rules know it, then what Keras says; yield what it compared.

    Where Keras knows more, such as what a custom class makes, the table comes again.
    """
    from seqinspect.output.document import Document  # noqa: PLC0415 - not for data
    from seqinspect.output.report.document import closing  # noqa: PLC0415 - not for data

    screen = screen_of(sys.stdout)

    def parts(report: Report) -> tuple[str, str]:
        last = render([Document("", tuple(closing(report)))], screen=screen)
        return show([report], screen, False).removesuffix(last), last

    for number, report in enumerate(reports):
        before, _ = parts(report)
        put(f"\n{before}" if number else before)
        asked = next(compared)
        if asked is not None:
            after, last = parts(asked)
            (write if after == before else put)(last if after == before else f"\n{after}{last}")
        yield asked


def _confirm(pair: tuple[Graph, Report]) -> Report:
    from seqinspect.keras_model.build.compare import confirm  # noqa: PLC0415 - only without --static

    return confirm(*pair)


def _prove(pair: tuple[Graph, Report]) -> Report:
    from seqinspect.keras_model.experiment.prove import prove  # noqa: PLC0415 - only without --static

    return prove(pair[0], _confirm(pair))


def _unsafe(pairs: Sequence[tuple[Graph, Report]]) -> list[Problem]:
    """Return a problem for each layer that wants code run or a file opened."""
    odd = [
        graph for graph, report in pairs if any(r.unsupported or r.translated for r in report.rows)
    ]
    if not odd:
        return []
    from seqinspect.readers.keras_config.unsafe import unsafe_problems  # noqa: PLC0415 - the reader of configs

    return [problem for graph in odd for problem in unsafe_problems(graph)]


def _differences(report: Report) -> Iterator[str]:
    from seqinspect.output.report.summary import verdict  # noqa: PLC0415 - after Keras alone

    _, sentence, differences = verdict(report)
    yield f"{report.source}: {sentence}"
    for difference in differences:
        yield f"  {difference}"
