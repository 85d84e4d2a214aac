"""What `check` knows beforehand: settings, a baseline of findings, comments that ignore them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.cli.failures import UNUSABLE, print_problems
from seqinspect.cli.streams import write, write_file
from seqinspect.errors import Problem
from seqinspect.lint import parallel
from seqinspect.lint.files import lock_folder, unmatched
from seqinspect.lint.findings.basics import unmatched_pattern
from seqinspect.lint.fixes import add_ignores
from seqinspect.lint.outcome import Outcome
from seqinspect.lint.run import Plan, selections
from seqinspect.lint.settings import Settings, chosen, relative, working_folder
from seqinspect.lint.settings_file import settings_for
from seqinspect.output.findings import baseline
from seqinspect.output.findings import settings as settings_output
from seqinspect.output.text import counted
from seqinspect.readers.source.files import STANDARD_INPUT
from seqinspect.readers.spec import split_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def _settings_of(source: str, plan: Plan) -> Settings:
    return plan.settings or settings_for(plan.stdin_name if source == STANDARD_INPUT else source)


def _by_settings(sources: Sequence[str], plan: Plan) -> dict[Settings, list[str]]:
    """Return the specs for which each of the settings hold."""
    found: dict[Settings, list[str]] = {}
    for source in sources:
        found.setdefault(_settings_of(source, plan), []).append(source)
    return found


def settings_text(sources: Sequence[str], plan: Plan) -> str:
    """Return the settings of specs, each once."""
    return "\n".join(
        settings_output.render(
            settings,
            chosen(selections(plan, settings)),
            plan.fail_on or settings.fail_on,
            for_specs,
        )
        for settings, for_specs in _by_settings(sources, plan).items()
    )


def unmatched_patterns(sources: Sequence[str], plan: Plan) -> Iterator[Outcome]:
    """Yield the patterns of the settings that fit nothing."""
    for settings in _by_settings(sources, plan):
        if not settings.patterns:
            continue
        codes = {kind.code for kind in chosen(selections(plan, settings))}
        findings = tuple(
            finding
            for pattern in unmatched(settings.patterns, sources)
            if pattern.place is not None
            for finding in unmatched_pattern(pattern.text, pattern.place)
            if finding.code in codes
        )
        if findings:
            fail_on = plan.fail_on or settings.fail_on
            yield Outcome(
                settings.file, findings=findings, about="settings", levels=settings.levels(),
                fail_on=fail_on,
            ).judged()  # fmt: skip


def _shown(folder: str) -> str:
    """Return a folder as people name it: relative to where they are, where it is below."""
    return "." if folder == working_folder() else relative(folder, working_folder())


def without_known_findings(
    outcomes: list[Outcome], name: str | None, plan: Plan
) -> tuple[list[Outcome], int]:
    """Return the outcomes without what their baseline knows, and how much is found no longer."""
    found: dict[int, Outcome] = {}
    stale = 0
    files = [name or _settings_of(outcome.source, plan).baseline for outcome in outcomes]
    for file in dict.fromkeys(filter(None, files)):
        places = [number for number, each in enumerate(files) if each == file]
        known = baseline.read_baseline(file)
        fresh, left = baseline.without_known(
            [outcomes[n] for n in places], known, lock_folder(file)
        )
        found |= dict(zip(places, fresh, strict=True))
        stale += left
    return [found.get(number, outcome) for number, outcome in enumerate(outcomes)], stale


def write_baselines(outcomes: Sequence[Outcome], name: str | None, plan: Plan) -> int:
    """Write what was found into the baseline of each spec, and keep what it knows of others."""
    files: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        own = _settings_of(outcome.source, plan).baseline
        files.setdefault(name or own or baseline.BASELINE_NAME, []).append(outcome)
    unusable = [outcome for outcome in outcomes if not outcome.usable]
    for file, there in files.items():
        others = baseline.read_baseline(file) if os.path.lexists(file) else Counter()
        found = baseline.baseline_of(there, lock_folder(file), others)
        write_file(file, baseline.render(found))
        write(baseline.written(found, _shown(file)))
    if unusable:
        names = ", ".join(outcome.source for outcome in unusable[:5])
        what = f"{counted(len(unusable), 'spec')} cannot be used, which no baseline knows: {names}"
        print_problems([Problem(what, remedy="check them without --write-baseline")])
    return UNUSABLE if unusable else 0


def write_ignores(outcomes: Sequence[Outcome], job: parallel.Job) -> list[Outcome]:
    """Write comments behind findings, and check those files again."""
    files: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        file = split_model(outcome.source)[0]
        if outcome.findings and outcome.about == "spec" and Path(file).is_file():
            files.setdefault(file, []).append(outcome)
    written: dict[str, Outcome] = {}
    for file, there in files.items():
        found = add_ignores(there, Path(file).read_bytes(), job.plan)
        if found is not None:
            write_file(file, found[0])
            sources = [outcome.source for outcome in there]
            written |= {each.source: each for each in parallel.run(sources, job)}
    return [written.get(outcome.source, outcome) for outcome in outcomes]
