"""The rules through the whole static path, against expectations that were written by hand.

Every file in cases/ is a list of cases. A case has `layers` as a spec writes them; what is expected
is expected of the last of them. `dims` and `input` are {T: 10, n: 8} and [T, n] unless stated.

    case      what it shows
    output    the output shape in names, as the table prints it
    params    the parameter formula, compared by its value at several sizes
    weights   the shape of each weight, in Keras's order
    trainable how many parameters are trained
    reads     the word for what one application reads
    first, last   the input steps that output step t depends on, compared by their values
    shared    whether one set of weights serves all steps
    dtype     the output's dtype
    says      words that its note must hold
    refused   words of the refusal, which names the layer and the argument in `argument`
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from seqinspect.analysis import analyse
from seqinspect.errors import SpecError
from seqinspect.report import Row
from seqinspect.spec import read_spec

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
PROBES = ((2, 3, 5), (7, 4, 2), (11, 6, 13))
"""Values of the names, in order, and of t at the end, where formulas are compared."""

DIMS = {"T": 10, "n": 8}


def describe(case: dict[str, Any]) -> Row:
    """Return the row of the case's last layer."""
    spec = {"dims": DIMS, "input": ["T", "n"]} | {
        name: case[name] for name in ("dims", "input", "inputs", "layers") if name in case
    }
    if "inputs" in spec:
        del spec["input"]
    text = yaml.safe_dump(spec, sort_keys=False, width=1000)
    rows = analyse(read_spec(text.encode(), name="case.yaml")).rows
    return [row for row in rows if row.depth == 0][-1]


@pytest.mark.parametrize("case", CASES)
def test_a_rule_says_what_a_reader_expects(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(SpecError) as caught:
            describe(case)
        (problem,) = caught.value.problems
        assert case["refused"] in problem.what
        assert problem.argument == case.get("argument", "")
        return
    row = describe(case)
    found = {name: _found(name, row) for name in case if name in WORDS}
    assert found == {name: case[name] for name in found}
    for name in ("params", "first", "last"):
        if name in case:
            assert _values(name, row) == _expected(case, name), name
    if "says" in case:
        assert row.time is not None
        assert case["says"] in row.time.note


WORDS = ("output", "weights", "trainable", "reads", "shared", "dtype")


def _found(name: str, row: Row) -> object:
    (output, *_) = row.outputs
    time = row.time
    found = {
        "output": f"({', '.join(size.text() for size in output.symbolic)})",
        "weights": {
            weight.name: [_number(size.text()) for size in weight.symbolic]
            for weight in row.weights
        },
        "trainable": row.trainable,
        "reads": time and time.reads,
        "shared": time and time.shared,
        "dtype": output.dtype,
    }
    return found[name]


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _values(name: str, row: Row) -> list[int]:
    if name == "params":
        return [row.formula.evaluate(env) for env in _environments(DIMS)]
    assert row.time is not None
    (depends,) = row.time.depends
    bound = depends.first if name == "first" else depends.last
    return [bound.evaluate(env) for env in _environments(DIMS)]


def _expected(case: dict[str, Any], name: str) -> list[int]:
    assert case.get("dims", DIMS) == DIMS, "formulas are compared for T and n"
    return [eval(str(case[name]), {"max": max, "min": min}, env) for env in _environments(DIMS)]


def _environments(names: dict[str, int]) -> list[dict[str, int]]:
    return [dict(zip((*names, "t"), probe, strict=True)) for probe in PROBES]
