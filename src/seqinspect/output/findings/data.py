"""Findings for programs: JSON with a published schema, or a JSON object a line (jsonl)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from seqinspect.lint.registry import LEVELS
from seqinspect.model.json_text import json_text
from seqinspect.output.fact_text import fact_text
from seqinspect.output.findings.sentences import message, remedy
from seqinspect.output.findings.shared import FindingView, finding_views, known_count, views_of

if TYPE_CHECKING:
    from seqinspect.lint.outcome import CheckedExpectation, Outcome, Run

SCHEMA = "seqinspect.check/1"


def render(run: Run, version: str) -> str:
    """Return one JSON document: a finding a line."""
    specs = ",\n".join(map(_spec, run.outcomes))
    levels = Counter(each.level for each in finding_views(run))
    totals = {
        "specs": len(run.specs),
        "unusable": sum(not outcome.usable for outcome in run.outcomes),
        **{f"{level}s": levels[level] for level in LEVELS},
        "ignored": sum(outcome.ignored for outcome in run.outcomes),
        "baseline": known_count(run),
        "passed_over": run.passed_over,
    }
    return (
        f'{{"schema": {json_text(SCHEMA)},\n "seqinspect": {json_text(version)},\n'
        f' "summary": {json_text(totals)},\n "specs": [\n{specs}]}}\n'
    )


def lines(run: Run) -> str:
    """Return one JSON object a line, for each finding."""
    return "".join(
        f"{json_text({'source': each.path, **finding(each)})}\n" for each in finding_views(run)
    )


def _spec(outcome: Outcome) -> str:
    head = {
        "source": outcome.source,
        "model": outcome.model,
        "usable": outcome.usable,
        "failing": outcome.failing,
        "params": outcome.params,
        "formula": outcome.formula,
        "keras": outcome.keras.status,
        "ignored": outcome.ignored,
        "unknown_layers": outcome.unknown_layers,
        "expectations": [_expectation(each) for each in outcome.tested],
    }
    found = ",\n".join(f"    {json_text(finding(each))}" for each in views_of(outcome))
    inner = f"[\n{found}]" if found else "[]"
    return f'  {json_text(head)[:-1]}, "findings": {inner}}}'


def _expectation(tested: CheckedExpectation) -> dict[str, Any]:
    key = tested.key
    return {
        "what": f"{key.what} {key.output}" if key.output else key.what,
        "layer": key.layer,
        "expected": tested.expected,
        "actual": fact_text(tested.actual, "equation"),
        "holds": tested.holds,
        "decided": tested.decided,
    }


def finding(each: FindingView) -> dict[str, Any]:
    """Return a finding as JSON data."""
    return {
        "code": each.code,
        "name": each.kind.name,
        "level": each.level,
        "message": message(each.finding),
        "remedy": remedy(each.finding),
        "layer": each.finding.layer.path if each.finding.layer is not None else None,
        "line": each.line,
        "column": each.column,
        "edits": [
            {"line": e.place.line, "column": e.place.column, "old": e.old, "new": e.new}
            for e in each.finding.edits
        ],
    }
