"""A seeded sample of the judge of pictures (docs/draw.md)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.keras_model.build import runtime
from seqinspect.output.drawing import grid
from seqinspect.output.drawing.joins import Join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seqinspect.output.drawing.scene import Columns

pytestmark = pytest.mark.keras

SEED, MODELS = 7, 12
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


@pytest.fixture(autouse=True)
def in_float64(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    keras: Any = runtime.load()
    floats, policy = keras.config.floatx(), keras.config.dtype_policy()
    from tests.keras.picture_judge import MOST_STEPS
    from tests.keras.time_judge.real_model import use_float64

    use_float64()
    for name in ("ALL_STEPS", "ALL_DOTS", "ALL_LINES"):
        monkeypatch.setattr(grid, name, MOST_STEPS)
    yield
    keras.config.set_floatx(floats)
    keras.config.set_dtype_policy(policy)


def test_lines_lead_where_something_moves() -> None:
    from tests.keras.picture_judge import judge
    from tests.keras.time_judge.drawing import draw

    counts: Counter[str] = Counter()
    wrong = [
        f"model {index}: {text}"
        for index in range(MODELS)
        for text in judge(draw(f"{SEED} {index}"), index, counts)
    ]
    assert not wrong, "\n".join(wrong)
    assert counts["relations"] > MODELS
    assert not counts["not drawn"]


@pytest.mark.parametrize("by", [1, -1])
def test_the_judge_sees_a_line_too_few_and_one_too_many(
    by: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.keras.picture_judge import judge

    assert judge(CAUSAL, 0, Counter()) == []
    right = Join.pairs

    def wrong(
        self: Join, outputs: Iterable[int], columns: Columns
    ) -> tuple[tuple[int, int], ...] | None:
        pairs = right(self, outputs, columns) or ()
        return pairs[1:] if by < 0 else (*pairs, (5, 0))

    monkeypatch.setattr(Join, "pairs", wrong)
    assert judge(CAUSAL, 0, Counter())
