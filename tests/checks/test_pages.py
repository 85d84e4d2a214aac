"""Every finding's manual page: its parts are there, and its example shows what it says."""

from __future__ import annotations

import re

import pytest

from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import Plan, check_data

KINDS = all_kinds()
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
WITH_EXAMPLE = [kind for kind in KINDS.values() if "### Example" in kind.page]


def codes(text: str) -> set[str]:
    outcome = check_data("model.yaml", text.encode(), Plan(static=True))
    return {finding.code for finding in outcome.findings}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_a_page_says_what_why_and_what_to_do(kind) -> None:  # type: ignore[no-untyped-def]
    assert kind.title.endswith(".")
    assert [part for part in re.findall(r"^### (.*)$", kind.page, re.M) if part != "Example"] == [
        "What", "Why it matters", "Remedy",
    ]  # fmt: skip
    assert kind.looks_at != "model" or "### Example" in kind.page


@pytest.mark.parametrize("kind", WITH_EXAMPLE, ids=lambda kind: kind.code)
def test_the_example_has_the_finding_and_what_stands_instead_has_none(kind) -> None:  # type: ignore[no-untyped-def]
    wrong, right = BLOCK.findall(kind.page)
    assert kind.code in codes(wrong)
    assert codes(right) == set()
