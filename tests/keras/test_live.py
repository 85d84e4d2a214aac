"""Live Keras models and layers, and converted models that Keras builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seqinspect
from seqinspect import SpecError, analyse, read_spec
from seqinspect.keras_model import runtime
from seqinspect.writing.converted import converted
from tests.corpus.test_configs import CORPUS

pytestmark = pytest.mark.keras
ROOT = Path(__file__).parents[2]
SPECS = [path for path in sorted((ROOT / "configs").glob("*.yaml")) if path.stem != "gpt3"]
SPECS += sorted((ROOT / "docs" / "questions").glob("*.yaml"))
SPECS += sorted((CORPUS / "configs").glob("*.json"))


@pytest.fixture
def keras() -> Any:
    return runtime.load()


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_keras_builds_what_was_written(keras: Any, path: Path) -> None:
    try:
        graph = read_spec(path)
        total = analyse(graph).params
        config, source = converted(graph, "json"), converted(graph, "python")
    except SpecError:
        pytest.skip("it cannot be read, or not be converted")
    names: dict[str, Any] = {}
    exec(source, names)
    for model in (keras.models.model_from_json(config), names["model"]):
        assert model.count_params() == total
    again = seqinspect.describe(names["model"], static=True)
    assert again.params == total
    assert [each.tensor.shape for each in again.inputs] == [
        each.tensor.shape for each in analyse(graph).inputs
    ]


def test_a_live_model(keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((10, 8)), layers.LSTM(8, return_sequences=True), layers.Dense(8)]
    )
    report = seqinspect.describe(model)
    assert report.causal
    assert report.params == model.count_params() == 616
    assert report.keras.status == "agrees"


def test_live_layers(keras: Any) -> None:
    layers = keras.layers
    assert seqinspect.describe(layers.GRU(8), input_shape=(10, 8)).params == 3 * 8 * (8 + 8 + 2)
    added = seqinspect.describe(layers.Add(), input_shape=[(10, 8), (10, 8)])
    assert added.rows[-1].outputs[0].shape == (None, 10, 8)
    with pytest.raises(SpecError, match="input_shape"):
        seqinspect.describe(layers.Dense(3))


def test_own_layers_have_the_weights_of_the_live_model(keras: Any) -> None:
    class Own(keras.layers.Layer):  # type: ignore[misc] # Keras is untyped
        def build(self, shape: Any) -> None:
            self.matrix = self.add_weight(shape=(shape[-1], 3))

        def call(self, x: Any) -> Any:
            return x @ self.matrix

    start = keras.Input((10, 8))
    model = keras.Model(start, keras.layers.Dense(2)(Own()(start)))
    report = seqinspect.describe(model)
    assert report.complete
    assert report.params == model.count_params() == 8 * 3 + 3 * 2 + 2


def test_a_subclass_says_no_layers(keras: Any) -> None:
    class Mine(keras.Model):  # type: ignore[misc] # Keras is untyped
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(SpecError, match="class of your own"):
        seqinspect.describe(Mine())


def test_a_function_that_returns_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = converted(read_spec(ROOT / "configs" / "question_last_step.yaml"), "python")
    body = "".join(f"    {line}\n" for line in source.splitlines())
    (tmp_path / "written_models.py").write_text(f"def make():\n{body}    return model\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    report = seqinspect.describe("written_models:make", allow_imports=True)
    assert report.params == 616
