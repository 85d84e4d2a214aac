"""Random models, as a spec and as code in six styles, have the same report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.readers.spec import read_models, read_spec
from tests.python.random_code import STYLES, code, draw, spec

if TYPE_CHECKING:
    from seqinspect.model.report import Report

SEEDS = range(25)


def facts(report: Report) -> object:
    """What the two must have in common: names of layers that the code leaves out are not."""
    rows = [
        (
            row.type,
            row.depth,
            [[size.text() for size in output.symbolic] for output in row.outputs],
            [(weight.name, [size.value for size in weight.symbolic]) for weight in row.weights],
            row.params,
            row.multiply_adds.value if row.multiply_adds is not None else None,
            (row.time.reads, row.time.steps, row.time.depends) if row.time is not None else None,
        )
        for row in report.rows
    ]
    return rows, report.params, report.trainable, report.causal


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", SEEDS)
def test_code_has_the_report_of_its_spec(style: str, seed: int) -> None:
    model = draw(seed, style)
    *_, found = read_models(code(model, style).encode(), name="model.py", infer=output_shape)
    assert facts(analyse(found.graph_or_raise())) == facts(analyse(read_spec(spec(model).encode())))


@pytest.mark.keras
@pytest.mark.parametrize("style", STYLES)
def test_keras_confirms_what_code_says(style: str) -> None:
    from seqinspect.keras_model.build.compare import confirm

    for seed in range(3):
        *_, found = read_models(code(draw(seed, style), style).encode(), name="model.py")
        graph = found.graph_or_raise()
        report = confirm(graph, analyse(graph))
        assert (report.keras.status, report.keras.differences) == ("agrees", ())
