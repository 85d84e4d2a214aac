"""`--fix`: mechanical remedies put into the text; kept only where the spec is better afterwards."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seqinspect.lint.edits import applied
from seqinspect.lint.ignores import with_ignores
from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import BINARY, Plan, check_data
from seqinspect.readers.spec import split_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seqinspect.lint.outcome import Outcome
    from seqinspect.model.finding import Finding

MOST_ROUNDS = 100

OF_COMMENTS = ("SEQ007", "SEQ008")
"""Findings about comments: no other comment ignores them."""

NO_COMMENTS = (*BINARY, ".ipynb")
"""Files that hold no comments, or whose lines are not those of a cell."""


def apply_fixes(outcome: Outcome, data: bytes, plan: Plan, *, unsafe: bool = False) -> Outcome:
    """Return the outcome with the text after all remedies that help, as far as there are any.

    With `unsafe` also those that change what the model computes, or whether its checkpoint loads.

    A remedy helps if the spec can be read with it and its finding is gone, without a new one; where
    the spec could not be used before, it must at least get further.
    """
    if outcome.source.lower().endswith(BINARY) and not outcome.source.lower().endswith(".json"):
        return outcome
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return outcome
    fixed = 0
    refused: set[tuple[object, ...]] = set()
    found: tuple[Finding, ...] = outcome.findings
    usable = outcome.usable
    for _ in range(MOST_ROUNDS):
        chosen = (f for f in reversed(found) if f.edits and (unsafe or is_safe(f)))
        finding = next((f for f in chosen if _key(f) not in refused), None)
        if finding is None:
            break
        refused.add(_key(finding))
        edited = applied(text, finding.edits)
        if edited is None:
            continue
        after = check_data(outcome.source, edited.encode(), plan)
        if _better(finding, found, after.findings, was=usable, now=after.usable):
            text, found, usable, fixed = edited, after.findings, after.usable, fixed + 1
    if not fixed:
        return outcome
    return outcome._replace(fixed_text=text, fixed=fixed)


def add_ignores(outcomes: Sequence[Outcome], data: bytes, plan: Plan) -> tuple[str, int] | None:
    """Return the text of a file with a comment for every finding, and how many of them it ignores.

    `outcomes` are those of its models. A comment is kept only where the file says the same as
    before and its finding is gone: one within a text of several lines would be a part of it.
    """
    wanted: dict[int, set[str]] = {}
    for outcome in outcomes:
        file = split_model(outcome.source)[0]
        if outcome.usable and not file.lower().endswith(NO_COMMENTS):
            for finding in outcome.findings:
                place = finding.place
                here = place is not None and place.file == file
                if place is not None and here and finding.code not in OF_COMMENTS:
                    wanted.setdefault(place.line, set()).add(finding.code)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    number = len(text.splitlines())
    wanted = {line: codes for line, codes in wanted.items() if line <= number}
    for line in [None, *wanted]:  # all at once, then one after the other
        if not wanted:
            return None
        trial = dict(wanted) if line is None else {line: wanted[line]}
        left = _left(outcomes, with_ignores(text, trial), trial, plan)
        if line is None and not left:
            return with_ignores(text, wanted), sum(map(len, wanted.values()))
        if line is not None and left:
            wanted = {other: codes for other, codes in wanted.items() if other != line}
    if not wanted or _left(outcomes, with_ignores(text, wanted), wanted, plan):
        return None
    return with_ignores(text, wanted), sum(map(len, wanted.values()))


def _left(
    outcomes: Sequence[Outcome], text: str, wanted: Mapping[int, set[str]], plan: Plan
) -> bool:
    """Tell whether a finding is still there, or there is one more, or the model is another."""
    for outcome in outcomes:
        after = check_data(outcome.source, text.encode(), plan)
        before = Counter(finding.content for finding in outcome.findings)
        found = Counter(finding.content for finding in after.findings)
        there = any(
            finding.place is not None and finding.code in wanted.get(finding.place.line, ())
            for finding in after.findings
        )
        if there or not after.usable or found - before or after.params != outcome.params:
            return True
    return False


def is_safe(finding: Finding) -> bool:
    """Whether the fix of a finding keeps what the model computes, and loads its checkpoint."""
    return all_kinds()[finding.code].fixable != "unsafe"


def _key(finding: Finding) -> tuple[object, ...]:
    return (*finding.content, finding.edits)


def _better(
    finding: Finding,
    before: tuple[Finding, ...],
    after: tuple[Finding, ...],
    *,
    was: bool,
    now: bool,
) -> bool:
    if now and not was:
        return True
    if was and not now:
        return False
    if not was:  # neither can be used: this one must be gone, and another be met later or never
        gone = all(f.content != finding.content for f in after)
        return gone and (len(after) < len(before) or _first(after) > _first(before))
    codes = [f.code for f in before]
    return len(after) < len(before) and all(f.code in codes for f in after)


def _first(findings: tuple[Finding, ...]) -> tuple[int, int]:
    places = (f.place for f in findings if f.place is not None)
    return min(((place.line, place.column) for place in places), default=(0, 0))
