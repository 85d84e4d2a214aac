"""A seeded sample of the long run over random custom layers (see custom_layers.py)."""

from __future__ import annotations

import pytest

from seqinspect.keras_model.build import runtime
from tests.keras.custom_layers import draw, judge

pytestmark = pytest.mark.keras

SEED = 5
CLASSES = 12
MOST_OPEN = 0.2
"""The part of all classes whose steps may be left open."""


@pytest.fixture(scope="module", autouse=True)
def keras() -> None:
    runtime.load()


def test_nothing_that_is_said_of_a_custom_layer_is_false() -> None:
    wrong, unknown = [], 0
    for index in range(CLASSES):
        drawn = draw(f"{SEED} {index}")
        verdict = judge(drawn)
        wrong += [f"--seed {SEED} --only {index}: {drawn}: {line}" for line in verdict.wrong]
        unknown += "time" in verdict.open
    assert not wrong, "\n".join(wrong)
    assert unknown <= MOST_OPEN * CLASSES


def test_the_judge_sees_a_window_that_is_too_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = next(each for each in map(draw, map(str, range(99))) if _is_short_window(each.mixer))
    assert not judge(drawn).wrong
    reads = drawn.mixer.reads
    monkeypatch.setattr(drawn.mixer, "reads", lambda t, steps: reads(t, steps) | {max(0, t - 60)})
    assert judge(drawn).wrong


def _is_short_window(mixer: object) -> bool:
    return repr(mixer).startswith("convolved")
