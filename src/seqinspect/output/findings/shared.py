"""What the formats of findings share: levels in words, paths, counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from seqinspect.lint.registry import LEVELS, FindingKind, Level, all_kinds
from seqinspect.output.findings.sentences import message, remedy
from seqinspect.output.text import counted, engine, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.lint.outcome import Outcome, Run
    from seqinspect.model.finding import Finding


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
        return self.kind.level

    @property
    def sentence(self) -> str:
        """The message and the remedy in one line."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


def finding_views(run: Run) -> Iterator[FindingView]:
    """Yield the findings of all specs, in order."""
    for outcome in run.outcomes:
        yield from views_of(outcome)


def views_of(outcome: Outcome) -> Iterator[FindingView]:
    """Yield the findings of a spec, in order."""
    return (_view(outcome, finding) for finding in outcome.findings)


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
    bad = sum(bool(outcome.findings) for outcome in run.outcomes)
    specs = counted(len(run.outcomes), "spec")
    if not levels:
        yield f"{specs} checked, nothing found"
    else:
        parts = ", ".join(counted(levels[level], level) for level in LEVELS if levels[level])
        found = f"{counted(sum(levels.values()), 'finding')} in {counted(bad, 'spec')}"
        yield f"{specs} checked, {found}: {parts}"
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
    if run.passed_over:
        yield f"{counted(run.passed_over, 'other file')} passed over: no model in them"
    yield from _compared(run)


def _compared(run: Run) -> Iterator[str]:
    """Say how many of the specs Keras confirms."""
    asked = [outcome.keras for outcome in run.outcomes if outcome.keras.version is not None]
    agreed = [keras for keras in asked if keras.status == "agrees"]
    if agreed:
        earlier = sum(keras.cached for keras in agreed)
        remembered = f" ({earlier:,} of them earlier, remembered)" if earlier else ""
        yield f"{len(agreed):,} confirmed by {engine(agreed[0])}{remembered}"
    elif not asked:
        yield "not compared with Keras"


def statistics(run: Run) -> list[tuple[FindingKind, int]]:
    """Return how often each kind was found, the most frequent first."""
    counts = Counter(each.code for each in finding_views(run))
    kinds = all_kinds()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(kinds[code], number) for code, number in ordered]
