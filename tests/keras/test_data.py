"""A seeded sample of the judge of data (docs/judged.md), and that it sees what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from seqinspect.keras_model.build import runtime
from seqinspect.lint import fit_targets
from tests.keras.data_judge import judge

pytestmark = pytest.mark.keras

SEED, CASES = "sample", 25


def differing() -> list[str]:
    keras: Any = runtime.load()
    judged = [judge(keras, f"{SEED} {index}") for index in range(CASES)]
    return [text for agree, _, text in judged if not agree]


def test_arrays_are_judged_as_fit_judges_them() -> None:
    assert not differing(), "\n".join(differing())


def test_the_judge_sees_a_broadcast_that_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_targets, "_refuse_target", lambda *given: None)
    assert differing()
