"""Remedies are followed: what a reader then has can be used, and has the finding no longer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from seqinspect.lint.registry import all_kinds
from seqinspect.lint.run import Plan, check_data
from seqinspect.output.findings.sentences import remedy
from tests.checks.test_cases import CASES

FOLLOWED: list[dict[str, Any]] = yaml.load(
    (Path(__file__).parent / "followed.yaml").read_text("utf-8"), yaml.CSafeLoader
)
SPECS = {(code, case["name"]): case for code, case in CASES}

NOT_FOLLOWED = {
    ("SEQ002", ""): "what Keras says of a model",
    ("SEQ003", ""): "it is to be reported",
    ("SEQ004", ""): "there is none",
    ("SEQ005", ""): "it is about the settings",
    ("SEQ005", "open"): "likewise",
    ("SEQ005", "unreadable"): "likewise",
    ("SEQ006", ""): "it is about the lock: tests/cli/test_lock_files.py",
    ("SEQ009", ""): "it is about the settings",
    ("SEQ503", ""): "code has to be written",
}
"""Remedies by code and variant that no text of a spec follows, and why."""


def variant_of(code: str, name: str) -> set[str]:
    found = check_data("model.yaml", SPECS[code, name]["spec"].encode(), Plan()).findings
    kinds = all_kinds()[code].remedies
    return {
        each.remedy_variant if each.remedy_variant in kinds else ""
        for each in found
        if each.code == code
    }


@pytest.mark.parametrize(
    "entry", FOLLOWED, ids=[f"{entry['code']} {entry['case']}" for entry in FOLLOWED]
)
def test_who_follows_a_remedy_has_a_spec_without_the_finding(entry: dict[str, Any]) -> None:
    spec: str = SPECS[entry["code"], entry["case"]]["spec"]
    before = check_data("model.yaml", spec.encode(), Plan())
    said = [remedy(each) for each in before.findings if each.code == entry["code"]]
    assert entry["remedy"] in said
    for way in entry["ways"]:
        text = spec
        for old, new in way:
            assert old in text
            text = text.replace(old, new)
        after = check_data("model.yaml", text.encode(), Plan())
        assert after.usable, (text, after.findings)
        assert entry["code"] not in [each.code for each in after.findings], text


def test_every_remedy_is_followed() -> None:
    followed = {
        (entry["code"], variant)
        for entry in FOLLOWED
        for variant in variant_of(entry["code"], entry["case"])
    }
    fixed = {
        (code, variant)
        for code, case in CASES
        if "fixed" in case
        for variant in variant_of(code, case["name"])
    }
    every = {
        (code, name)
        for code, kind in all_kinds().items()
        for name in kind.remedies
        if kind.family != "data"  # whose remedies are about arrays
    }
    assert every - followed - fixed == NOT_FOLLOWED.keys()
