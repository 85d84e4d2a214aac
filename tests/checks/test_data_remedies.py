"""Remedies for data are tried: their lines of numpy are run, and the finding is gone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.lib.recfunctions  # what a remedy names
import pytest

from seqinspect.lint.given_data import data_of
from seqinspect.lint.run import Plan, check_data
from seqinspect.output.findings.sentences import message, remedy
from seqinspect.readers.arrays import arrays_of
from tests.checks.arrays import arrays_of_case
from tests.checks.test_cases import CASES

if TYPE_CHECKING:
    from pathlib import Path

LINE = re.compile(
    r"(?:x|y|sample_weight)(?:\[\"\w+\"\])? = [^;]+?\)?(?=$|;|, which|, as| a target)"
)
KERAS = SimpleNamespace(
    utils=SimpleNamespace(
        to_categorical=lambda y, classes: np.eye(classes)[y.astype(int).reshape(len(y), -1)[:, 0]]
    )
)
"""In place of `keras.utils.to_categorical`, which needs a backend."""

WITH_DATA = [(code, case) for code, case in CASES if "data" in case and case["at"]]


def checked(case: dict[str, Any], arrays: dict[str, Any]) -> dict[str, str]:
    data = data_of(
        [(name, arrays_of(values, name)) for name, values in arrays.items()],
        case["data"].get("batch_size"),
    )
    plan = Plan(static=True, data=data)
    found = check_data("model.yaml", case["spec"].encode(), plan).findings
    return {f"{each.code} {message(each)}": remedy(each) for each in found}


def lines_of(text: str) -> list[str]:
    return LINE.findall(text)


@pytest.mark.parametrize(
    ("code", "case"), WITH_DATA, ids=[f"{code} {case['name']}" for code, case in WITH_DATA]
)
def test_a_line_of_numpy_makes_data_that_fits(
    code: str, case: dict[str, Any], tmp_path: Path
) -> None:
    arrays = arrays_of_case(case["data"], tmp_path)
    before = {key: text for key, text in checked(case, arrays).items() if key.startswith(code)}
    for text in before.values():
        lines = lines_of(text)
        assert (" = " in text) == bool(lines), text
        changed = {"numpy": np, "keras": KERAS, **arrays}
        for line in lines:
            if line.partition(" ")[0].partition("[")[0] in arrays:
                exec(line, changed)
        after = checked(case, {name: changed[name] for name in arrays})
        errors = {key for key in after if key[:6] in ("SEQ601", "SEQ602", "SEQ603", code)}
        assert not lines or errors == set(), (lines, errors)


def test_most_remedies_have_a_line() -> None:
    texts = [case.get("remedy", "") for _, case in WITH_DATA]
    assert sum(bool(lines_of(text)) for text in texts) >= 30
