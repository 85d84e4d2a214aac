"""The rules through the whole static path, against expectations that were written by hand.

Every file in cases/ is a list of cases. A case has `layers` as a spec writes them; what is expected
is expected of the last of them. `dims` and `input` are {T: 10, n: 8} and [T, n] unless stated.

    case      what it shows
    output    the output shape in names, as the table prints it; or a list of formulas, by value
    outputs   the same for all outputs of a layer that has several
    params    the parameter formula, compared by its value at several sizes
    text      the parameter formula as it is printed
    number    how many parameters that is, worked out by hand
    multiply_adds   for one sample, by value
    applications    how often one sample applies the layer, by value
    weights   the shape of each weight, in Keras's order
    trainable how many parameters are trained
    reads     the word for what one application reads
    first, last   the input steps that output step t depends on, compared by their values
    depends   first and last step for each of several model inputs, by name
    every     the stride that these steps keep
    counted   the same counted out for the given dims: [[first, last], …] for t = 0, 1, …
    shared    whether one set of weights serves all steps
    dtype     the output's dtype
    says      words that its note must hold
    note      the whole of its note
    refused   words of the refusal, which names the layer and the argument in `argument`, and says
              what it `received` and `expected`
    received, expected   the refusal's words for these, where they matter
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.output.report.time_notes import time_note
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.algebra.expression import Expr
    from seqinspect.model.report import Row, TensorReport

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
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
    text = yaml.dump(spec, Dumper=yaml.CSafeDumper, sort_keys=False, width=1000)
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
        assert problem.received == case.get("received", problem.received)
        assert problem.expected == case.get("expected", problem.expected)
        assert problem.received == case.get("received", problem.received)
        assert problem.expected == case.get("expected", problem.expected)
        return
    row = describe(case)
    found = {
        name: _found(name, row)
        for name, value in case.items()
        if name in WORDS and not (name == "output" and isinstance(value, list))
    }
    assert found == {name: case[name] for name in found}
    for name in FORMULAS:
        if name in case:
            assert _values(name, row, case) == _expected(case, name), name
    if "depends" in case:
        assert _depends(row, case) == _expected_depends(case)
    if isinstance(case.get("output"), list):
        assert len(row.outputs[0].symbolic) == len(case["output"]) + 1
        assert _values("output", row, case) == _expected(case, "output")
    if "counted" in case:
        assert _counted(row, case) == case["counted"]
    if "says" in case:
        assert case["says"] in time_note(row)


WORDS = (
    "output",
    "outputs",
    "text",
    "weights",
    "trainable",
    "reads",
    "shared",
    "dtype",
    "number",
    "every",
    "note",
)
FORMULAS = ("params", "first", "last", "multiply_adds", "applications")


def _found(name: str, row: Row) -> object:
    (output, *_) = row.outputs
    time = row.time
    found = {
        "output": _shape(output),
        "outputs": [_shape(each) for each in row.outputs],
        "text": row.formula.text(),
        "weights": {
            weight.name: [_number(size.text()) for size in weight.symbolic]
            for weight in row.weights
        },
        "trainable": row.trainable,
        "number": row.params,
        "every": time and time.depends and time.depends[0].every,
        "reads": time and time.reads,
        "note": time and time_note(row),
        "shared": time and time.shared,
        "dtype": output.dtype,
    }
    return found[name]


def _shape(output: TensorReport) -> str:
    return f"({', '.join(size.text() for size in output.symbolic)})"


def _depends(row: Row, case: dict[str, Any]) -> dict[str, list[list[int]]]:
    assert row.time is not None
    return {
        depends.input: [
            [bound.evaluate(env) for bound in depends.ends] for env in _environments(case)
        ]
        for depends in row.time.depends
    }


def _expected_depends(case: dict[str, Any]) -> dict[str, list[list[int]]]:
    return {
        name: [[eval(str(bound), {}, env) for bound in bounds] for env in _environments(case)]
        for name, bounds in case["depends"].items()
    }


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _values(name: str, row: Row, case: dict[str, Any]) -> list[list[int]]:
    found: dict[str, list[Expr]] = {
        "params": [row.formula],
        "multiply_adds": [row.multiply_adds],
        "output": list(row.outputs[0].symbolic[1:]),
    }
    if row.time is not None:
        found["applications"] = [row.time.applications]
    if row.time is not None and len(row.time.depends) == 1:
        (depends,) = row.time.depends
        found |= {
            name: [bound] for name, bound in zip(("first", "last"), depends.ends, strict=False)
        }
    return [[formula.evaluate(env) for formula in found[name]] for env in _environments(case)]


def _expected(case: dict[str, Any], name: str) -> list[list[int]]:
    texts = case[name] if isinstance(case[name], list) else [case[name]]
    functions = {"max": max, "min": min}
    return [[eval(str(text), functions, env) for text in texts] for env in _environments(case)]


def _counted(row: Row, case: dict[str, Any]) -> list[list[int]]:
    assert row.time is not None
    (depends,) = row.time.depends
    dims = case.get("dims", DIMS)
    steps = 1 if row.time.steps is None else row.time.steps.evaluate(dims)
    return [
        [bound.evaluate({**dims, "t": step}) for bound in depends.ends] for step in range(steps)
    ]


def _environments(case: dict[str, Any]) -> list[dict[str, int]]:
    """Values of the names and of t; for other names than T and n, those of the case and larger."""
    dims = case.get("dims", DIMS)
    if dims == DIMS:
        return [dict(zip((*DIMS, "t"), probe, strict=True)) for probe in PROBES]
    sizes = [5 if size is None else size for size in dims.values()]
    return [
        {
            name: size + index * more
            for index, (name, size) in enumerate(zip(dims, sizes, strict=True), 1)
        }
        | {"t": step}
        for step, more in ((0, 0), (1, 0), (2, 1), (5, 3))
    ]
