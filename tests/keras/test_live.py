"""Live Keras models and layers, and converted models that Keras builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seqinspect
from seqinspect import SpecError, analyse, read_spec
from seqinspect.keras_model.build import runtime
from seqinspect.writers.conversion import convert_graph
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
        config, source = convert_graph(graph, "json"), convert_graph(graph, "python")
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


def blocks(keras: Any) -> Any:
    """A class as keras-tcn builds it: layers made in `build`, in lists, added up."""
    layers = keras.layers

    class Blocks(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, filters: int, dilations: Any = (1, 2, 4), **options: Any) -> None:
            super().__init__(**options)
            self.filters, self.dilations = filters, dilations

        def build(self, shape: Any) -> None:
            self.convolutions = []
            for dilation in self.dilations:
                options = {"padding": "causal", "dilation_rate": dilation, "activation": "tanh"}
                self.convolutions.append(layers.Conv1D(self.filters, 2, **options))
                self.convolutions[-1].build((*shape[:-1], self.filters))

        def call(self, x: Any) -> Any:
            for convolution in self.convolutions:
                x = x + convolution(x)
            return x

        def get_config(self) -> Any:
            return {**super().get_config(), "filters": self.filters, "dilations": self.dilations}

    return Blocks


@pytest.mark.parametrize("nested", [False, True])
def test_own_layers_of_a_live_model_are_tried_out(keras: Any, nested: bool) -> None:
    start = keras.Input((20, 6))
    model = keras.Model(start, blocks(keras)(6)(start))
    if nested:
        again = keras.Input((20, 6))
        model = keras.Model(again, keras.layers.Dense(2)(model(again)))
    report = seqinspect.describe(model)
    row = next(row for row in report.rows if row.type == "Blocks")
    assert row.params == 3 * 6 * (2 * 6 + 1)
    assert row.time is not None
    (depends,) = row.time.depends
    ends = [tuple(end.evaluate({"t": t}) for end in depends.ends) for t in range(20)]
    assert ends == [(max(0, t - 7), t) for t in range(20)]  # 1 + 2 + 4 steps back
    assert report.causal is True
    assert report.params == model.count_params()


def test_an_own_layer_that_cannot_be_copied_has_the_weights_of_the_model(keras: Any) -> None:
    class Wide(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, width: int = 2, **options: Any) -> None:
            super().__init__(**options)
            self.width = width

        def build(self, shape: Any) -> None:
            self.matrix = self.add_weight(shape=(shape[-1], self.width))

        def call(self, x: Any) -> Any:
            return x @ self.matrix

        def get_config(self) -> Any:  # it forgets its width
            return {"name": self.name}

    start = keras.Input((10, 8))
    report = seqinspect.describe(keras.Model(start, Wide(5)(start)))
    assert report.params == 8 * 5
    assert report.rows[0].outputs[0].shape == (None, 10, 5)
    assert report.causal is None


def test_a_subclass_says_no_layers(keras: Any) -> None:
    class Mine(keras.Model):  # type: ignore[misc] # Keras is untyped
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(SpecError, match="is a custom class"):
        seqinspect.describe(Mine())


def test_a_function_that_returns_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = convert_graph(read_spec(ROOT / "configs" / "question_last_step.yaml"), "python")
    body = "".join(f"    {line}\n" for line in source.splitlines())
    (tmp_path / "written_models.py").write_text(f"def make():\n{body}    return model\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    report = seqinspect.describe("written_models:make", allow_imports=True)
    assert report.params == 616


def mine(keras: Any) -> Any:
    """Classes as people write them: layers in `__init__`, wired in `call`."""
    layers = keras.layers

    class Tagger(keras.Model):  # type: ignore[misc] # Keras is untyped
        def __init__(self) -> None:
            super().__init__()
            self.lstm = layers.LSTM(8, return_sequences=True)
            self.head = layers.Dense(8)

        def call(self, x: Any, training: bool = False) -> Any:
            return self.head(self.lstm(x))

    class Named(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.words = layers.Embedding(100, 8)
            self.lstm = layers.LSTM(8)

        def call(self, inputs: Any) -> Any:
            words = self.lstm(self.words(inputs["tokens"]))
            return keras.ops.concatenate([words, inputs["s"]], axis=-1) * 2.0

    class Two(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = layers.LSTM(4), layers.Dense(4)
            self.inner = Tagger()

        def call(self, x: Any, y: Any) -> Any:
            return self.first(self.inner(x)) + self.second(y)

    return Tagger, Named, Two


def test_a_model_of_ones_own_class_shows_its_layers(keras: Any) -> None:
    model = mine(keras)[0]()
    report = seqinspect.describe(model, input_shape=(10, 8))
    assert [row.type for row in report.rows] == ["LSTM", "Dense"]
    assert report.params == 4 * 8 * (8 + 8 + 1) + 8 * 9
    assert report.causal
    assert report.keras.status == "agrees"
    assert all(row.place is None for row in report.rows)
    model.build((None, 10, 8))
    assert report.params == model.count_params()


def test_what_it_was_built_on_need_not_be_said(keras: Any) -> None:
    model = mine(keras)[0]()
    with pytest.raises(SpecError, match="is a custom class"):
        seqinspect.describe(model)
    model(keras.ops.zeros((2, 7, 3)))
    report = seqinspect.describe(model, static=True)
    assert report.inputs[0].tensor.shape == (None, 7, 3)
    assert report.params == model.count_params()


def test_inputs_by_name_and_several(keras: Any) -> None:
    _, named, two = mine(keras)
    given = {"tokens": keras.Input((10,), dtype="int32"), "s": (3,)}
    report = seqinspect.describe(named(), input_shape=given, static=True)
    assert [(each.name, each.tensor.dtype) for each in report.inputs] == [
        ("tokens", "int32"), ("s", "float32"),
    ]  # fmt: skip
    assert report.params == 100 * 8 + 4 * 8 * (8 + 8 + 1)
    assert report.inputs[0].time_axis == 1
    model = two()
    report = seqinspect.describe(model, input_shape=[(10, 8), (5,)], static=True)
    assert [each.name for each in report.inputs] == ["x", "y"]
    inner = next(row for row in report.rows if row.type == "Tagger")
    assert inner.params == 4 * 8 * (8 + 8 + 1) + 8 * 9
    model(keras.ops.zeros((1, 10, 8)), keras.ops.zeros((1, 5)))
    assert report.params == model.count_params()


def test_a_class_made_of_inputs_and_outputs_is_functional(keras: Any) -> None:
    class Made(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            start = keras.Input((10, 8))
            super().__init__(start, keras.layers.LSTM(4)(start))

    assert seqinspect.describe(Made(), static=True).rows[0].type == "LSTM"


def test_a_call_that_needs_numbers_is_refused(keras: Any) -> None:
    class Numbers(keras.Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x if float(x[0, 0, 0]) > 0 else -x

    with pytest.raises(SpecError, match="`call` of Numbers does not take such symbolic tensors"):
        seqinspect.describe(Numbers(), input_shape=(10, 8))
    built = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(SpecError, match="says itself what it is called on"):
        seqinspect.describe(built, input_shape=(4,))


def test_where_an_own_class_keeps_its_weights_is_not_known(keras: Any) -> None:
    start = keras.Input((10, 8))
    lstm = keras.layers.LSTM(8, return_sequences=True)(start)
    model = keras.Model(start, keras.layers.Dense(8)(lstm))
    own = mine(keras)[0]()
    own(keras.ops.zeros((1, 10, 8)))
    found = seqinspect.diff(model, own)
    assert not found.changes
    assert found.load_result.loads == "unknown"
    assert seqinspect.diff(model, model).load_result.loads == "fully"
