"""Findings as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from seqinspect.lint.registry import FindingKind, all_kinds
from seqinspect.output.findings.gitlab import fingerprint
from seqinspect.output.findings.shared import (
    FindingView,
    below_root,
    finding_views,
    suppressed_views,
)

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Run, Suppressed
    from seqinspect.model.finding import Edit

ROOT = "%SRCROOT%"
"""What services call the root of the repository."""

SUPPRESSIONS = {
    "comment": {"kind": "inSource", "status": "accepted"},
    "baseline": {
        "kind": "external",
        "status": "accepted",
        "justification": "the baseline of the project knows it",
    },
}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(run: Run, version: str) -> str:
    """Return a log with one run; only the rules of what was found are described."""
    found: list[tuple[FindingView, Suppressed | None]]
    found = [(each, None) for each in finding_views(run)]
    found += (pair for outcome in run.outcomes for pair in suppressed_views(outcome))
    codes = {each.code for each, _ in found}
    rules = [kind for code, kind in all_kinds().items() if code in codes]
    index = {kind.code: number for number, kind in enumerate(rules)}
    seen: Counter[str] = Counter()
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "seqinspect",
                        "version": version,
                        "rules": [_rule(kind) for kind in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    ROOT: {"description": {"text": "The root of the repository."}}
                },
                "invocations": [
                    {"executionSuccessful": all(outcome.usable for outcome in run.outcomes)}
                ],
                "results": [
                    _result(each, index[each.code], fingerprint(each, seen, run.root), run.root)
                    | ({} if by is None else {"suppressions": [SUPPRESSIONS[by.by]]})
                    for each, by in found
                ],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _rule(kind: FindingKind) -> dict[str, Any]:
    return {
        "id": kind.code,
        "name": "".join(word.capitalize() for word in kind.name.split("-")),
        "shortDescription": {"text": kind.title},
        "help": {"text": kind.page, "markdown": kind.page},
        "helpUri": f"urn:seqinspect:rule:{kind.code}",
        "defaultConfiguration": {"level": kind.level},
        "properties": {"tags": [kind.family]},
    }


def _result(each: FindingView, rule: int, mark: str, root: str) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(each.path, root),
            "region": {
                "startLine": each.line,
                "startColumn": each.column,
                "endColumn": each.end_column,
            },
        }
    }
    if each.layer:
        location["logicalLocations"] = [
            {"name": each.layer.rpartition("/")[2], "fullyQualifiedName": each.layer}
        ]
    result: dict[str, Any] = {
        "ruleId": each.code,
        "ruleIndex": rule,
        "level": each.level,
        "message": {"text": each.sentence},
        "locations": [location],
        "partialFingerprints": {"seqinspect/v1": mark},
    }
    if each.finding.edits:
        result["fixes"] = [_fix(each, root)]
    return result


def _fix(each: FindingView, root: str) -> dict[str, Any]:
    return {
        "description": {"text": each.remedy},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(each.path, root),
                "replacements": [_replacement(edit) for edit in each.finding.edits],
            }
        ],
    }


def _replacement(edit: Edit) -> dict[str, Any]:
    place = edit.place
    return {
        "deletedRegion": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.line,
            "endColumn": place.column + len(edit.old),
        },
        "insertedContent": {"text": edit.new},
    }


def _artifact(path: str, root: str) -> dict[str, str]:
    """Return where a file is: below the root of the repository, or anywhere else."""
    below = below_root(path, root)
    return {"uri": uri(path)} if below is None else {"uri": uri(below), "uriBaseId": ROOT}


def uri(path: str) -> str:
    """Return a path as a URI reference: relative ones stay relative to the repository."""
    text = PurePath(path).as_posix()
    quoted = quote(text, safe="/~-._")
    return f"file://{quoted}" if text.startswith("/") else quoted
