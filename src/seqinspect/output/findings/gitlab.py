"""Findings as a Code Quality report of GitLab."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from seqinspect.model.json_text import json_text
from seqinspect.output.findings.shared import FindingView, finding_views, repository_path

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Run

SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(run: Run) -> str:
    """Return a JSON array, an issue a line."""
    seen: Counter[str] = Counter()
    issues = [
        {
            "description": f"{each.code} {each.sentence}",
            "check_name": each.kind.name,
            "fingerprint": fingerprint(each, seen, run.root),
            "severity": SEVERITIES[each.level],
            "location": {
                "path": repository_path(each.path, run.root),
                "lines": {"begin": each.line},
            },
        }
        for each in finding_views(run)
    ]
    body = ",\n".join(f"  {json_text(issue)}" for issue in issues)
    return f"[\n{body}\n]\n" if issues else "[]\n"


def fingerprint(each: FindingView, seen: Counter[str], root: str) -> str:
    """Return what stays the same where lines move: path, code, layer and message."""
    text = "\0".join((repository_path(each.path, root), each.code, each.layer, each.message))
    seen[text] += 1
    if seen[text] > 1:
        text += f"\0{seen[text]}"
    return sha256(text.encode()).hexdigest()
