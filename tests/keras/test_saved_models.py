"""A seeded sample of the long run over models that Keras saved (see saved_models.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.keras_model.build import runtime
from tests.keras.saved_models import judge, specs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore"),  # Keras's own, while it builds and saves models
]

SEED = 3
MODELS = 20


def test_every_form_is_the_same_model(tmp_path: Path) -> None:
    runtime.load()
    wrong = {name: judge(source, tmp_path) for name, source in specs(MODELS, SEED)}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_the_judge_sees_another_total(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime.load()
    spec = b"input: [4, 2]\nlayers: [{Dense: 3}]"
    assert judge(spec, tmp_path) == []
    monkeypatch.setattr("tests.keras.saved_models.totals", lambda model: (8, 8))
    assert judge(spec, tmp_path) == ["python in Keras", "json in Keras"]
