"""What looks like a mistake and is right has no finding, at any level."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from seqinspect.lint.run import Plan, check_data

RIGHT: dict[str, str] = yaml.load(
    (Path(__file__).parent / "right.yaml").read_text("utf-8"), yaml.CSafeLoader
)


@pytest.mark.parametrize("spec", RIGHT.values(), ids=RIGHT)
def test_nothing_is_said_of_it(spec: str) -> None:
    outcome = check_data("model.yaml", spec.encode(), Plan(static=True))
    assert outcome.usable
    assert not outcome.findings
