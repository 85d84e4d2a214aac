"""A seeded sample of the judge of data (docs/judged.md), and that it sees what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from seqinspect.keras_model.build import runtime
from seqinspect.lint import fit_targets
from tests.keras.data_judge import judge

pytestmark = pytest.mark.keras

SEED, CASES = "sample", 10

BROADCAST = "3 141"
"""A case whose target is laid over the output."""


def test_arrays_are_judged_as_fit_judges_them() -> None:
    keras: Any = runtime.load()
    judged = [judge(keras, f"{SEED} {index}") for index in range(CASES)]
    wrong = [text for agree, _, text in judged if not agree]
    assert not wrong, "\n".join(wrong)


def test_the_judge_sees_a_broadcast_that_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    keras: Any = runtime.load()
    assert judge(keras, BROADCAST)[:2] == (True, {"repeated"})
    monkeypatch.setattr(fit_targets, "_refuse_target", lambda *given: None)
    assert not judge(keras, BROADCAST)[0]
