"""Every example of docs/python.md comes out as the document says, by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.readers.spec import read_models
from tests.meta.documents import ROOT

if TYPE_CHECKING:
    from seqinspect.model.report import Row, TensorReport

EXAMPLE = re.compile(r"### ([^\n]+)\n(.*?)```python\n(.*?)```\n\n```rows\n(.*?)```", re.DOTALL)
EXAMPLES = [
    pytest.param(code, rows, id=title)
    for title, _, code, rows in EXAMPLE.findall((ROOT / "docs" / "python.md").read_text("utf-8"))
]


@pytest.mark.parametrize(("code", "rows"), EXAMPLES)
def test_an_example_comes_out_as_it_says(code: str, rows: str) -> None:
    *_, model = read_models(code.encode(), name="example.py", infer=output_shape)
    report = analyse(model.graph_or_raise())
    found = [
        f"{row.name}  {row.type}  {', '.join(map(shape, row.outputs))}  {formula(row)}"
        for row in report.rows
        if row.depth == 0 and row.type != "Input"
    ]
    assert found == rows.splitlines()


def shape(output: TensorReport) -> str:
    if not output.symbolic:
        return "?"
    before = "…, " if output.unknown_shape else ""
    return f"({before}{', '.join(size.text() for size in output.symbolic)})"


def formula(row: Row) -> str:
    return row.formula.text() if row.complete else "?"
