"""`seqinspect check`: whether specs can be used, are as expected, and what surprises in them."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqinspect import __version__
from seqinspect.cli import completers
from seqinspect.cli.failures import UNUSABLE, defect_message, print_problems
from seqinspect.cli.known_findings import (
    settings_text,
    unmatched_patterns,
    without_known_findings,
    write_baselines,
    write_ignores,
)
from seqinspect.cli.loading import keras_confirmer, not_asked_problem
from seqinspect.cli.options import (
    BACKEND,
    NO_CACHE,
    IntegerInRange,
    exit_codes,
    output_option,
)
from seqinspect.cli.specs import Specs, spec_options
from seqinspect.cli.waiting import watched
from seqinspect.compare.lock import LOCK_NAME
from seqinspect.lint import parallel
from seqinspect.lint.files import find_files, repository_root, shard
from seqinspect.lint.locks import locks_of, specs_without_file
from seqinspect.lint.outcome import Outcome, Run
from seqinspect.lint.registry import LEVELS, Fixable, Level, all_kinds, matching
from seqinspect.lint.run import Plan
from seqinspect.lint.settings import UNKNOWN_CODE, Settings
from seqinspect.lint.settings_file import read_settings
from seqinspect.model.json_text import json_escape, json_text
from seqinspect.output.renderers import render
from seqinspect.output.text import visible
from seqinspect.readers.source.files import STANDARD_INPUT, STANDARD_INPUT_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seqinspect.cli.streams import Target
    from seqinspect.model.data import Data
    from seqinspect.output.screen import Screen

HAS_FINDINGS = 1
PEOPLE = {"text": "document", "concise": "lines", "markdown": "table"}
"""Formats for people, and the document that each of them shows."""

MODULES = {"json": "data", "jsonl": "data"}
"""The module of a format, where it is not its own name."""

FORMATS = (
    "text", "concise", "json", "jsonl", "github", "gitlab", "sarif", "junit", "markdown",
)  # fmt: skip


@click.command(
    epilog="""
\b
For example:
  seqinspect check configs
  seqinspect check --static --select SEQ1,SEQ4 "configs/**/*.yaml"
  seqinspect check configs --format sarif -o findings.sarif
  seqinspect check configs --diff
  seqinspect check model.yaml --data x=X.npy --data y=Y.npy

Settings stand in pyproject.toml ([tool.seqinspect]) or seqinspect.toml; `# seqinspect:
ignore[SEQ103]` ignores a finding on its line; `seqinspect rule` lists all.

"""
    + exit_codes("nothing found", "findings at or above --fail-on")
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=completers.files
)
@click.option("--static", is_flag=True, help="Do not ask Keras; takes a millisecond a spec.")
@BACKEND
@NO_CACHE
@click.option(
    "--select",
    metavar="CODE,...",
    shell_complete=completers.codes,
    help="Look for these only: SEQ1, SEQ103.",
)
@click.option(
    "--ignore",
    metavar="CODE,...",
    shell_complete=completers.codes,
    help="Do not look for these.",
)
@click.option(
    "--extend-select",
    metavar="CODE,...",
    shell_complete=completers.codes,
    help="Look for these as well.",
)
@click.option(
    "--fail-on", type=click.Choice(LEVELS), help="From here on, exit with 1. [default: note]"
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option(
    "--format", "--output-format", "kind", type=click.Choice(FORMATS), default="text",
    show_default=True,
    help="concise: a line each.",
)  # fmt: skip
@output_option()
@click.option("-q", "--quiet", is_flag=True, help="Show findings and no summary.")
@click.option("--statistics", is_flag=True, help="Show how often each finding is there.")
@click.option("--fix", is_flag=True, help="Fix in the files what can be fixed.")
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="Also change what a model computes, or if its file loads.",
)
@click.option("--diff", is_flag=True, help="Show what --fix would change; change nothing.")
@click.option("--locked", is_flag=True, help=f"Has an architecture changed since {LOCK_NAME}?")
@click.option(
    "--lock",
    "lock_file",
    metavar="FILE",
    shell_complete=completers.files,
    help="Another lock than the nearest.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    shell_complete=completers.files,
    help="Leave out what this file knows.",
)
@click.option(
    "--write-baseline", is_flag=True,
    help="Write what is found into --baseline: it is known then.",
)  # fmt: skip
@click.option("--add-ignore", is_flag=True, help="Ignore every finding by a comment behind it.")
@click.option(
    "--data", "files", multiple=True, metavar="NAME=FILE",
    help="Do these arrays fit? x=X.npy, y=Y.csv; .npz, too.",
)  # fmt: skip
@click.option(
    "--batch-size", type=IntegerInRange(min=1), metavar="N",
    help="That of fit, for --data. [default: the input's, or 32]",
)  # fmt: skip
@click.option(
    "--config", metavar="FILE", shell_complete=completers.files,
    help="Settings for all, instead of the nearest.",
)  # fmt: skip
@click.option("--show-settings", is_flag=True, help="Show the settings; check nothing.")
@click.option("--show-files", is_flag=True, help="List the specs; check nothing.")
@click.option(
    "--stdin-filename", metavar="FILE", shell_complete=completers.files,
    help="Standard input is FILE, with the settings there.",
)  # fmt: skip
@click.option(
    "-j", "--jobs", type=IntegerInRange(min=0), default=1, show_default=True, metavar="N",
    help="Check in N processes; 0: one a core.",
)  # fmt: skip
@click.option(
    "--scheduler", default="", metavar="ADDRESS",
    help="Check by the workers of a Dask scheduler: tcp://host:8786.",
)  # fmt: skip
@click.option("--shard", "part", metavar="K/N", help="Check the K-th of N parts of the specs.")
@spec_options("paths", sizes=False)
def check(
    *,
    paths: tuple[str, ...],
    static: bool,
    no_cache: bool,
    select: str | None,
    ignore: str | None,
    extend_select: str | None,
    fail_on: Level | None,
    exit_zero: bool,
    kind: str,
    target: Target,
    quiet: bool,
    statistics: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    locked: bool,
    lock_file: str | None,
    baseline: str | None,
    write_baseline: bool,
    add_ignore: bool,
    files: tuple[str, ...],
    batch_size: int | None,
    config: str | None,
    show_settings: bool,
    show_files: bool,
    stdin_filename: str | None,
    jobs: int,
    scheduler: str,
    part: str | None,
    read: Specs,
) -> int:
    """Check specs: readable, built by Keras, as expected, without surprises.

    PATH is a spec or Keras code, a folder with them, a pattern, package.module:attribute, or - for
    standard input.
    """
    if fix and diff:
        raise click.UsageError("--diff shows what --fix would change: leave out one of them")
    if scheduler and (fix or diff):
        raise click.UsageError("workers of --scheduler see no files: leave out --fix")
    if sum((fix or diff, write_baseline, add_ignore, show_settings or show_files)) > 1:
        raise click.UsageError(
            "--fix (or --diff), --write-baseline, --add-ignore and --show-settings (or"
            " --show-files) exclude each other"
        )
    if statistics and kind not in ("text", "json"):
        raise click.UsageError(f"--statistics is text or json, not {kind}")
    plan = Plan(
        select=_codes(select, "--select"),
        ignore=_codes(ignore, "--ignore") or (),
        extend_select=_codes(extend_select, "--extend-select") or (),
        fail_on=fail_on,
        static=static,
        settings=_settings(config),
        formulas=kind == "json",
        allow_imports=read.allow_imports,
        stdin_name=stdin_filename or STANDARD_INPUT_NAME,
        data=_data(files, batch_size) if files else None,
    )
    sources, passed_over = find_files(paths)
    if part is not None:
        sources = shard(sources, part)
    target.check(sources)
    if show_files:
        target.write("".join(f"{visible(source)}\n" for source in sources))
        return 0
    if show_settings:
        target.write(settings_text(sources, plan))
        return 0
    locks = locks_of(sources, lock_file) if locked or lock_file is not None else {}
    plan = plan._replace(objects=read.configs(sources), locks=locks)
    load = (
        None
        if static
        else partial(keras_confirmer, remembered=not no_cache, allow_imports=read.allow_imports)
    )
    fixes: Fixable = ("unsafe" if unsafe_fixes else "safe") if fix or diff else ""
    job = parallel.Job(plan, load, fixes, defect_message)
    processes = parallel.cores() if jobs == 0 else jobs
    outcomes = list(_with_progress(sources, job, processes, scheduler))
    if part is None:
        outcomes += (*specs_without_file(locks), *unmatched_patterns(sources, plan))
    if write_baseline:
        return write_baselines(outcomes, baseline, plan)
    if add_ignore:
        outcomes = write_ignores(outcomes, job)
    if diff:
        from seqinspect.cli.fixes import difference, print_unusable  # noqa: PLC0415 - only for --diff

        target.write("".join(map(difference, outcomes)))
        print_unusable(outcomes)
        fixable = any(outcome.fixed_text is not None for outcome in outcomes)
        return _code(outcomes, exit_zero=exit_zero) or int(fixable and not exit_zero)
    if fix and STANDARD_INPUT in sources and len(sources) == 1:
        from seqinspect.cli.fixes import print_unusable  # noqa: PLC0415 - only for --fix

        target.write(outcomes[0].fixed_text or "")
        print_unusable(outcomes)
        return _code(outcomes, exit_zero=exit_zero)
    if fix:
        from seqinspect.cli.fixes import apply_fixes  # noqa: PLC0415 - only for --fix

        outcomes = apply_fixes(outcomes, job)
    outcomes, stale = without_known_findings(outcomes, baseline, plan)
    run = Run(tuple(outcomes), passed_over, stale, repository_root())
    show = partial(_statistics, run, kind) if statistics else _format(kind, run, quiet=quiet)
    target.write(show(target.screen))
    absent = not_asked_problem(outcome.keras for outcome in outcomes)
    print_problems(absent)
    return UNUSABLE if absent else _code(outcomes, exit_zero=exit_zero)


def _code(outcomes: Sequence[Outcome], *, exit_zero: bool) -> int:
    if not all(outcome.usable for outcome in outcomes):
        return UNUSABLE
    return HAS_FINDINGS if any(outcome.failing for outcome in outcomes) and not exit_zero else 0


def _data(files: tuple[str, ...], batch_size: int | None) -> Data:
    """Read what --data names. Raises SpecError where a file cannot be read."""
    from seqinspect.lint.given_data import data_of  # noqa: PLC0415 - only for --data
    from seqinspect.readers.source.array_files import read_arrays  # noqa: PLC0415

    named = []
    for each in files:
        name, equals, file = each.partition("=")
        if not (name and equals and file):
            raise click.BadParameter(
                f"{each!r} names no data; expected NAME=FILE, such as x=X.npy", param_hint="--data"
            )
        named.append((name, read_arrays(file)))
    return data_of(named, batch_size)


def _codes(text: str | None, option: str) -> tuple[str, ...] | None:
    if text is None:
        return None
    codes = tuple(code for code in text.replace(" ", ",").split(",") if code)
    _, unknown = matching(codes, all_kinds().values())
    if unknown or not codes:
        expected, remedy = UNKNOWN_CODE
        name = unknown[0] if unknown else text
        raise click.BadParameter(
            f"there is no finding {name!r}; expected {expected}; {remedy}", param_hint=option
        )
    return codes


def _settings(config: str | None) -> Settings | None:
    if config is None:
        return None
    settings = read_settings(Path(config))
    if settings is None:
        raise click.BadParameter(
            f"{config!r} is not there, or has no [tool.seqinspect]", param_hint="--config"
        )
    return settings


def _with_progress(
    sources: Sequence[str], job: parallel.Job, processes: int, scheduler: str
) -> Iterator[Outcome]:
    """Yield outcomes, and show on a terminal how far it has come."""
    if scheduler:
        from seqinspect.cli.check_tasks import by_scheduler  # noqa: PLC0415 - only with --scheduler

        outcomes = by_scheduler(sources, job, scheduler)
    else:
        outcomes = parallel.run(sources, job, processes)
    first = "" if job.load is None else "loading Keras (--static does without) …"
    return watched(outcomes, len(sources), lambda outcome: outcome.source, first)


def _statistics(run: Run, kind: str, screen: Screen) -> str:
    from seqinspect.output.findings import document, shared  # noqa: PLC0415 - only for --statistics

    if kind != "json":
        return render([document.counts(run)], screen=screen)
    counted = shared.statistics(run)
    data = [{"code": each.code, "name": each.name, "count": number} for each, number in counted]
    return json_text(data) + "\n"


def _format(kind: str, run: Run, *, quiet: bool) -> Callable[[Screen], str]:
    """Return what shows the run on a screen; only the format that is used is imported."""
    from seqinspect.output.text import encodable  # noqa: PLC0415

    if kind in PEOPLE:
        from seqinspect.output.findings import document  # noqa: PLC0415 - not for data

        made = getattr(document, PEOPLE[kind])(run, quiet=quiet)
        return lambda screen: render(
            [made], "markdown" if kind == "markdown" else "text", screen=screen
        )
    module = import_module(f"seqinspect.output.findings.{MODULES.get(kind, kind)}")
    match kind:
        case "json" | "sarif":
            plain = partial(module.render, run, __version__)
        case "jsonl":
            plain = partial(module.lines, run)
        case _:
            plain = partial(module.render, run)
    escape = json_escape if kind in ("json", "jsonl", "gitlab") else None
    return lambda screen: encodable(plain(), screen.encoding, escape)
