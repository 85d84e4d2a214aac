"""A seeded sample of the long run over random whole models (see whole_models.py)."""

from __future__ import annotations

import json

import pytest

from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.experiment.movement import claimed_steps
from tests.keras.whole_models import draw, judge

pytestmark = pytest.mark.keras

SEED = 7
MODELS = 40
MOST_HIDDEN = 0.03
"""The part of all rows that may name more steps than move them, for reasons that are known."""


@pytest.fixture(scope="module", autouse=True)
def keras() -> None:
    runtime.load()


def test_what_a_model_is_said_to_depend_on_is_what_moves_it() -> None:
    wrong, rows, hidden = [], 0, 0
    for index in range(MODELS):
        spec = draw(f"{SEED} {index}")
        judged = judge(spec)
        rows += judged.rows
        hidden += judged.hidden
        wrong += [f"--seed {SEED} --only {index}: {line}" for line in judged.differences]
        if judged.differences:
            wrong.append(json.dumps(spec))
    assert not wrong, "\n".join(wrong)
    assert hidden < MOST_HIDDEN * rows


def test_the_judge_sees_a_step_too_few_and_a_step_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [{"Conv1D": {"filters": 2, "kernel_size": 2, "padding": "causal"}, "name": "c"}]
    spec = {"inputs": {"x": {"shape": [4, 2]}}, "layers": layers}
    assert judge(spec).differences == []
    for few_or_many in (-1, 1):
        monkeypatch.setattr(
            "seqinspect.keras_model.experiment.movement.claimed_steps",
            lambda row, name, t, by=few_or_many: range(
                max(0, claimed_steps(row, name, t)[0] - by), t + 1
            ),
        )
        assert judge(spec).differences
