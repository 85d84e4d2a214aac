"""`--fix`: mechanical remedies put into the text; kept only where the spec is better afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.lint.edits import applied
from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import BINARY, Plan, check_data

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Outcome
    from seqinspect.model.finding import Finding

MOST_ROUNDS = 100


def apply_fixes(outcome: Outcome, data: bytes, plan: Plan, *, unsafe: bool = False) -> Outcome:
    """Return the outcome with the text after all remedies that help, as far as there are any.

    With `unsafe` also those that change what the model computes, or whether its checkpoint loads.

    A remedy helps if the spec can be read with it and its finding is gone, without a new one; where
    the spec could not be used before, it must at least get further.
    """
    if outcome.source.lower().endswith(BINARY):
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
