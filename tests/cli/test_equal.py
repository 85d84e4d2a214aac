"""`seqinspect equal`: its exit codes, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.process import Run

CONFIGS = Path(__file__).parents[2] / "configs"
EVERY, LAST, DISTRIBUTED = (
    CONFIGS / f"question_{name}.yaml" for name in ("every_step", "last_step", "time_distributed")
)


@pytest.mark.keras
def test_equal_is_said_with_the_largest_difference(run: Run) -> None:
    result = run("equal", EVERY, DISTRIBUTED)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "equal: the same function"
    said = " ".join(line.strip() for line in lines[3:])
    assert "(616 parameters)" in said
    assert "the largest difference is" in said


@pytest.mark.keras
def test_not_equal_names_the_layer_and_the_same_count(run: Run) -> None:
    result = run("equal", EVERY, LAST)
    assert (result.code, result.err) == (1, "")
    assert result.out.startswith("not equal: not the same function\n")
    said = " ".join(result.out.split())
    assert "they part here: A's lstm (LSTM) returns (batch, T, n)" in said
    assert "both have 616 parameters, in weights of the same shapes" in said


@pytest.mark.keras
def test_json(run: Run) -> None:
    result = run("equal", EVERY, LAST, "--format", "json", "--set", "T=4")
    document = json.loads(result.out)
    assert (result.code, document["equal"], document["params"]) == (1, False, [616, 616])


def test_a_spec_that_cannot_be_read(run: Run) -> None:
    result = run("equal", EVERY, "absent.yaml")
    assert (result.code, result.out) == (2, "")
    assert "absent.yaml" in result.err


def test_only_one_spec_is_standard_input(run: Run) -> None:
    result = run("equal", "-", "-")
    assert (result.code, result.out) == (2, "")
    assert "only one of the two" in result.err


def test_one_spec_is_not_enough(run: Run) -> None:
    assert run("equal", EVERY).code == 2
