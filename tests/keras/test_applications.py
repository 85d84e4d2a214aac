"""Published models, written out by Keras as configs and read back: totals as Keras counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.compare import confirm
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from seqinspect.model.report import Report

pytestmark = pytest.mark.keras

TOTALS = {
    "ResNet50": (25_636_712, 53_120),
    "MobileNetV2": (3_538_984, 34_112),
    "EfficientNetB0": (5_330_571, 42_023),
}
"""Parameters, and how many of them are not trained, from the published tables of these models."""


def described(model: Any, folder: Path) -> Report:
    path = folder / f"{model.name}.json"
    path.write_text(model.to_json(), encoding="utf-8")
    graph = read_spec(str(path))
    return confirm(graph, analyse(graph))


@pytest.mark.parametrize("name", TOTALS)
def test_a_published_model_is_described_and_confirmed(name: str, tmp_path: Path) -> None:
    keras: Any = runtime.load()
    model = getattr(keras.applications, name)(weights=None)
    report = described(model, tmp_path)
    assert report.params is not None
    assert report.trainable is not None
    assert (report.params, report.params - report.trainable) == TOTALS[name]
    assert report.keras.status == "agrees"
    assert report.keras.reasons == ()
    unconfirmed = [r.name for r in report.rows if not (r.confirmed.shape and r.confirmed.params)]
    assert unconfirmed == []
    names = {layer.name for layer in model.layers if type(layer).__name__ != "InputLayer"}
    assert {row.name for row in report.rows} == names
