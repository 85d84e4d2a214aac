"""`seqinspect diff`: what changed between two specs, and whether a checkpoint still loads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.failures import DISAGREEMENT, UNUSABLE, print_problems
from seqinspect.cli.loading import LOADING, load_keras, require_answer
from seqinspect.cli.options import (
    BACKEND,
    PAGE,
    STATIC,
    chosen_format,
    exit_codes,
    output_option,
    takes_format,
)
from seqinspect.cli.spec_pairs import pairs_of
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.waiting import status
from seqinspect.compare.diff import Side, differences
from seqinspect.errors import Problem, SpecError
from seqinspect.output.diff.document import documents, fit_document
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.readers.source.limits import VARIABLE, Limits
from seqinspect.readers.spec import names_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seqinspect.cli.streams import Target
    from seqinspect.compare.diff import Diff
    from seqinspect.output.screen import Screen

    Compared = tuple[Diff, Side, Side]

FORMATS = ("table", *DOCUMENT_FORMATS, "json", PAGE)
DIFFERENT, BREAKING = "different", "breaking"

EXITS = exit_codes(
    "nothing changed (--exit-on breaking: a checkpoint loads fully)",
    "something did, or Keras disagrees with a number that was shown",
)


@click.command(
    epilog=f"""
\b
For example:
  seqinspect diff old.yaml new.yaml
  seqinspect diff old_configs new_configs
  seqinspect diff --against main configs/*.yaml
  seqinspect diff --against HEAD~1 --exit-on breaking model.yaml
  seqinspect diff --weights trained.weights.h5 model.yaml

{EXITS}"""
)
@click.argument(
    "specs", nargs=-1, required=True, metavar="OLD NEW | SPEC...", shell_complete=completers.files
)
@click.option(
    "--against", metavar="REV", shell_complete=completers.revisions,
    help="Compare every SPEC with itself in a git revision; of folders, also what is new or gone.",
)  # fmt: skip
@click.option(
    "--weights", metavar="FILE", shell_complete=completers.files,
    help="Say whether this .weights.h5, .keras or .h5 file loads into SPEC; no array is read.",
)  # fmt: skip
@click.option(
    "--exit-on", type=click.Choice((DIFFERENT, BREAKING)), default=DIFFERENT, show_default=True,
    help="When to exit with 1; breaking: a checkpoint no longer loads, or into other layers,"
    " or meets what it read in another order.",
)  # fmt: skip
@spec_options("specs")
@STATIC
@BACKEND
@takes_format(
    FORMATS, "markdown is for pull requests, json for programs; page is html with pictures, alive."
)
@output_option()
def diff(
    *,
    specs: tuple[str, ...],
    against: str | None,
    weights: str | None,
    exit_on: str,
    read: Specs,
    static: bool,
    kind: str | None,
    target: Target,
) -> int:
    """Show what changed between two models, and whether a checkpoint of the old one still loads.

    OLD, NEW and SPEC are anything that describe reads, or folders. Layers are matched by name, then
    by likeness and order. The verdict is Keras's own rule for load_weights: by class and position,
    not by name.
    """
    _check(specs, against, weights)
    target.check((*specs, *([weights] if weights else ())))
    screen = target.screen
    form = chosen_format(kind, target.file, FORMATS)
    problems: list[Problem] = []
    if weights is not None:
        text, code = _check_weights(specs[0], weights, read, form, screen)
    else:
        diffs = _compared(specs, against, read, problems, static=static)
        many = against is not None or all(map(os.path.isdir, specs))  # pathlib raises
        text = _render(diffs, form, screen, many=many)
        code = max((_code(each, exit_on) for each, *_ in diffs), default=0)
    if text and (target.file is None or not problems):
        target.write(text)
    print_problems(problems)
    return UNUSABLE if problems else code


def _check(specs: tuple[str, ...], against: str | None, weights: str | None) -> None:
    """Refuse what cannot be meant."""
    if against is not None and weights is not None:
        raise click.UsageError("--against and --weights exclude each other")
    if weights is not None and len(specs) != 1:
        raise click.UsageError("--weights takes one SPEC")
    if against is None and weights is None and len(specs) != 2:
        raise click.UsageError("name two files, OLD and NEW; or --against REV, or --weights FILE")
    for revision, spec in _swapped(specs, against, weights):
        from seqinspect.cli.revisions import is_revision  # noqa: PLC0415 - subprocess takes 10 ms

        if is_revision(revision, spec):
            raise click.UsageError(
                f"{revision} is a revision of git: seqinspect diff --against {revision} {spec}"
            )
    if against is not None and "-" in specs:
        raise click.UsageError("standard input is in no git revision")
    if against is not None and any(map(names_object, specs)):
        raise click.UsageError("a Python object is in no git revision: name a file")
    if specs.count("-") > 1:
        raise click.UsageError("standard input can be read once")


def _swapped(
    specs: tuple[str, ...], against: str | None, weights: str | None
) -> Iterator[tuple[str, str]]:
    """Yield what may be a revision in the place of a spec, with the file that is meant."""
    given = (*specs, against) if against is not None else specs
    missing = [each for each in specs if not os.path.lexists(each)]
    there = [each for each in given if os.path.isfile(each)]  # noqa: PTH113
    if weights is None and len(missing) == len(there) == 1 and missing[0] != "-":
        yield missing[0], there[0]


def _compared(
    specs: Sequence[str],
    against: str | None,
    read: Specs,
    problems: list[Problem],
    *,
    static: bool,
) -> list[Compared]:
    """Return the comparison of every pair; what cannot be used is told."""
    pairs: list[tuple[Side, Side]] = []
    for pair in pairs_of(specs, against, read):
        old, new = _try(pair.old, problems), _try(pair.new, problems)
        if old is not None and new is not None:
            pairs.append((old, new))
    if not static and pairs:
        with status(LOADING):
            load_keras()
            pairs = [(_confirmed(old, problems), _confirmed(new, problems)) for old, new in pairs]
    return [(differences(old, new), old, new) for old, new in pairs]


def _try(step: Callable[[], Side], problems: list[Problem]) -> Side | None:
    try:
        return step()
    except SpecError as error:
        problems += error.problems
        return None


def _confirmed(side: Side, problems: list[Problem]) -> Side:
    from seqinspect.keras_model.build.compare import confirm  # noqa: PLC0415 - only without --static

    if not side.graph.nodes:
        return side
    try:
        report = confirm(side.graph, side.report)
    except SpecError as error:
        problems += error.problems
        return side
    require_answer(report)
    return side._replace(report=report)


def _code(diff: Diff, exit_on: str) -> int:
    if "disagrees" in (diff.old.keras.status, diff.new.keras.status):
        return DISAGREEMENT
    if exit_on == BREAKING:
        return int(diff.breaking and not diff.added)
    return int(not diff.same)


def _render(found: Sequence[Compared], kind: str, screen: Screen, *, many: bool) -> str:
    diffs = [diff for diff, *_ in found]
    if kind == PAGE and found:
        from seqinspect.cli.pages import comparisons  # noqa: PLC0415 - it draws

        return comparisons(found, screen)
    if kind == "json":
        from seqinspect.output.diff import json as diff_json  # noqa: PLC0415

        return diff_json.render(diffs, __version__, many=many, encoding=screen.encoding)
    return render(documents(diffs), kind, screen=screen) if diffs else ""


def _check_weights(spec: str, file: str, read: Specs, kind: str, screen: Screen) -> tuple[str, int]:
    """Return what is said of a file of weights, and the exit code."""
    from seqinspect.compare.stored_weights import read_stored_weights  # noqa: PLC0415 - only with --weights

    side = Side(*read.analysed(spec))
    stored = read_stored_weights(file, Limits.from_environment(os.environ.get(VARIABLE)))
    verdict = stored.load_into(*side)
    code = int(verdict.loads != "fully")
    source = side.report.source
    if kind == "json":
        from seqinspect.output.diff import json as diff_json  # noqa: PLC0415

        return diff_json.render_fit(
            source, file, verdict, __version__, encoding=screen.encoding
        ), code
    form = "html" if kind == PAGE else kind
    return render([fit_document(source, file, verdict)], form, screen=screen), code
