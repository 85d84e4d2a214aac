"""What the formats of findings share: levels in words, paths, counts."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from seqinspect.lint.registry import LEVELS, FindingKind, Level, all_kinds
from seqinspect.output.findings.sentences import message, remedy
from seqinspect.output.text import counted, engine, visible
from seqinspect.output.unconfirmed_words import unconfirmed_text
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.outcome import Outcome, Run, Suppressed
    from seqinspect.model.finding import Finding


WORD = re.compile(r"[\w.]+|\S+")
"""What a finding points at in its line."""


class FindingView(NamedTuple):
    """A finding with its spec, ready to be shown: every text in it is printable."""

    outcome: Outcome
    finding: Finding
    kind: FindingKind
    path: str
    line: int
    column: int
    message: str
    remedy: str
    layer: str

    @property
    def code(self) -> str:
        """The code of its kind."""
        return self.kind.code

    @property
    def level(self) -> Level:
        """How bad it is."""
        return self.outcome.level(self.finding)

    @property
    def fails(self) -> bool:
        """Whether it makes the check fail."""
        return self.outcome.fails(self.finding)

    @property
    def end_column(self) -> int:
        """The column behind the word at its place."""
        word = WORD.match(self.finding.line, self.column - 1)
        return self.column + max(1, len(word[0]) if word is not None else 0)

    @property
    def sentence(self) -> str:
        """The message and the remedy in one line."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


def below_root(path: str, root: str) -> str | None:
    """Return a path relative to the root of the repository; None where it is not below."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are
    return whole.relative_to(root).as_posix() if root and whole.is_relative_to(root) else None


def repository_path(path: str, root: str) -> str:
    """Return a path as services know it: relative to the root of the repository, where below."""
    return below_root(path, root) or path


def finding_views(run: Run) -> Iterator[FindingView]:
    """Yield the findings of all specs, in order."""
    for outcome in run.outcomes:
        yield from views_of(outcome)


def views_of(outcome: Outcome) -> Iterator[FindingView]:
    """Yield the findings of a spec, in order."""
    return (_view(outcome, finding) for finding in outcome.findings)


def suppressed_views(outcome: Outcome) -> Iterator[tuple[FindingView, Suppressed]]:
    """Yield the findings of a spec that a comment or a baseline suppresses."""
    return ((_view(outcome, each.finding), each) for each in outcome.suppressed)


def _view(outcome: Outcome, finding: Finding) -> FindingView:
    """Return a finding of a spec with its sentences."""
    place = finding.place
    return FindingView(
        outcome,
        finding,
        all_kinds()[finding.code],
        visible(place.file if place is not None else outcome.source),
        place.line if place is not None else 1,
        place.column if place is not None else 1,
        visible(message(finding)),
        visible(remedy(finding)),
        visible(finding.layer.path) if finding.layer is not None else "",
    )


def summary(run: Run) -> Iterator[str]:
    """Yield what came of it as a whole, a sentence each."""
    levels = Counter(each.level for each in finding_views(run))
    bad = sum(bool(outcome.findings) for outcome in run.specs)
    specs = counted(len(run.specs), "spec")
    unknown = [each.unknown_layers for each in run.outcomes if each.unknown_layers]
    if not levels:
        yield f"{specs} checked, nothing found" + (" in what is known" if unknown else "")
    else:
        parts = ", ".join(counted(levels[level], level) for level in LEVELS if levels[level])
        found = counted(sum(levels.values()), "finding")
        found += f" in {counted(bad, 'spec')}" if bad else ""
        yield f"{specs} checked, {found}: {parts}"
    if unknown:
        of = f"of {counted(sum(unknown), 'layer')} in {counted(len(unknown), 'spec')}"
        yield f"{of} shapes or weights are not known: nothing is looked for there"
    unusable = sum(not outcome.usable for outcome in run.outcomes)
    if unusable:
        yield f"{counted(unusable, 'spec')} cannot be used"
    edited = [each.kind.fixable for each in finding_views(run) if each.finding.edits]
    unsafe = edited.count("unsafe")
    safe = len(edited) - unsafe
    if safe:
        yield f"{safe:,} can be fixed by --fix (--diff shows how)"
    if unsafe:
        yield f"{unsafe:,} by --fix --unsafe-fixes, which may change what the model computes"
    fixed = sum(outcome.fixed for outcome in run.outcomes)
    if fixed:
        yield f"{fixed:,} fixed"
    tested = [each for outcome in run.outcomes for each in outcome.tested if each.holds]
    if tested:
        proved = sum(each.decided == "for all sizes" for each in tested)
        numbers = sum(each.decided == "by numbers" for each in tested)
        how = [f"{proved:,} for all sizes"] * bool(proved) + [f"{numbers:,} by numbers"] * bool(
            numbers
        )
        said = f" ({', '.join(how)})" if how else ""
        yield f"{counted(len(tested), 'expectation')} kept{said}"
    ignored = sum(outcome.ignored for outcome in run.outcomes)
    if ignored:
        yield f"{ignored:,} ignored by comments"
    if known := known_count(run):
        yield f"{known:,} in the baseline"
    if run.stale:
        yield f"{run.stale:,} of the baseline no longer found: --write-baseline leaves them out"
    if run.passed_over:
        yield f"{counted(run.passed_over, 'other file')} passed over: no model in them"
    yield from _compared(run)


def known_count(run: Run) -> int:
    """Return how many findings a baseline knows."""
    return sum(each.by == "baseline" for outcome in run.outcomes for each in outcome.suppressed)


def _compared(run: Run) -> Iterator[str]:
    """Say how many of the specs Keras confirms."""
    asked = [outcome.keras for outcome in run.outcomes if outcome.keras.version is not None]
    agreed = [keras for keras in asked if keras.status == "agrees"]
    if agreed:
        earlier = sum(keras.cached for keras in agreed)
        remembered = f" ({earlier:,} of them earlier, remembered)" if earlier else ""
        yield f"{len(agreed):,} confirmed by {engine(agreed[0])}{remembered}"
    elif not asked:
        absent = (each.keras for each in run.outcomes if each.keras.status == "unavailable")
        why = unconfirmed_text(next((keras.reasons for keras in absent), ()))
        yield "not compared with Keras" + (f": {why}" if why else "")


def statistics(run: Run) -> list[tuple[FindingKind, int]]:
    """Return how often each kind was found, the most frequent first."""
    counts = Counter(each.code for each in finding_views(run))
    kinds = all_kinds()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(kinds[code], number) for code, number in ordered]
