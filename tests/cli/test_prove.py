"""`describe --prove`: what it says, what JSON says, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import Result, python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.process import Run


@pytest.mark.keras
def test_the_line_below_the_table_says_how_many_layers_are_proved(run: Run, spec: Path) -> None:
    result = run("describe", "--prove", spec)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1].endswith(
        ": 2 layers, shapes and counts; time proved by experiment: 2 layers"
    )


@pytest.mark.keras
def test_json_says_what_was_proved(run: Run, spec: Path) -> None:
    document = json.loads(run("describe", "--prove", "--format", "json", spec).out)
    marks = [row["confirmed"] for row in document["layers"]]
    assert marks == [{"shape": True, "params": True, "time": True}] * 2


@pytest.mark.keras
def test_a_claim_that_the_experiment_denies_is_exit_1(spec: Path) -> None:
    result = broken(spec)
    assert result.code == 1
    assert "Keras 3." in result.out
    assert " disagrees:\n" in result.out
    said = " ".join(result.out.split())
    assert "seqinspect says that step 1 depends on step 0 of input, and the experiment" in said
    assert "moves it with steps 0…1" in said


def broken(spec: Path) -> Result:
    """Let every Dense claim to read the first step alone."""
    code = (
        "from seqinspect.records import replace;"
        "from seqinspect.rules import RULES, find_rule;"
        "from seqinspect.time.reach import at_step;"
        "dense = find_rule('Dense');"
        "wrong = lambda inputs, **options: dense.function(inputs, **options)._replace("
        "    reaches=(at_step(0, inputs.steps, inputs.steps),));"
        "RULES['Dense'] = replace(dense, function=wrong);"
        "from seqinspect.cli import main; raise SystemExit(main())"
    )
    return python(["-c", code, "describe", "--prove", spec])


def test_static_cannot_prove(run: Run, spec: Path) -> None:
    result = run("describe", "--static", "--prove", spec)
    assert (result.code, result.out) == (2, "")
    assert "--prove asks Keras, and --static does not" in result.err
    assert "Traceback" not in result.err
