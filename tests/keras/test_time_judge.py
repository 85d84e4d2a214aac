"""A seeded sample of the long run of the judge of time and masks (docs/judged.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.keras_model.build import runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:.*does not support masking:UserWarning"),
]

SEED, MODELS, LONG_MODELS = 11, 25, 3

CAUSAL = {
    "dims": {},
    "inputs": {"x": {"shape": [6, 2]}},
    "layers": [
        {
            "Conv1D": {"filters": 2, "kernel_size": 2, "padding": "causal"},
            "from": "x",
            "name": "c",
        },
    ],
    "outputs": ["c"],
}


@pytest.fixture(scope="module", autouse=True)
def in_float64() -> Iterator[None]:
    keras: Any = runtime.load()
    floats, policy = keras.config.floatx(), keras.config.dtype_policy()
    from tests.keras.time_judge.real_model import use_float64

    use_float64()
    yield
    keras.config.set_floatx(floats)
    keras.config.set_dtype_policy(policy)


def test_what_is_said_of_time_and_masks_is_what_a_real_model_does() -> None:
    from tests.keras.time_judge.drawing import draw
    from tests.keras.time_judge.judging import judge

    wrong, relations = [], 0
    for index in range(MODELS):
        spec = draw(f"{SEED} {index}")
        judged = judge(spec, index)
        relations += judged.counts["relations"]
        wrong += [f"--seed {SEED} --only {index}: {each}" for each in judged.differences]
        if judged.differences:
            wrong.append(json.dumps(spec))
    assert not wrong, "\n".join(wrong)
    assert relations > MODELS


def test_the_answers_do_not_hang_on_the_number_of_steps() -> None:
    from tests.keras.time_judge.drawing import draw
    from tests.keras.time_judge.lengths import LENGTHS, judge_lengths

    for index in range(LONG_MODELS):
        judged = judge_lengths(draw(f"{SEED} {index}", steps=LENGTHS[0]), index)
        assert not judged.differences, f"--lengths --seed {SEED} --only {index}"


@pytest.mark.parametrize(("by", "kind"), [(1, "REACH NARROW"), (-1, "REACH WIDE")])
def test_the_judge_sees_a_step_too_few_and_a_step_too_many(
    by: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.keras.time_judge.claims import Bounds
    from tests.keras.time_judge.judging import judge

    assert judge(CAUSAL).differences == []
    right = Bounds.at
    monkeypatch.setattr(Bounds, "at", lambda self, t: (right(self, t)[0] + by, t))
    assert kind in {found for found, _ in judge(CAUSAL).differences}
