"""What is said of the saved models and weights in tests/data/files, one command a file.

Keras 3.15.1, tf_keras or arithmetic judged what stands here: see the comments.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.process import Run

FILES = Path(__file__).parents[1] / "cases" / "data" / "files"


def test_legacy_weights_by_name(run: Run) -> None:
    """Keras 3.15.1 loads this file: only `.weights.h5`, with two dots, is its own format."""
    result = run("diff", "--weights", FILES / "lstm_model_weights.h5", FILES / "lstm.yaml")
    assert (result.code, result.err) == (0, "")
    assert "yes: load_weights loads all 3 weights" in result.out


@pytest.mark.parametrize(
    ("name", "refusal", "renamed"),
    [
        # Keras 3.15.1: Layer count mismatch, for it looks for layers as Keras 2 stores them.
        ("k3_weights.h5", "Keras 3 wrote it, and by its name", "k3.weights.h5"),
        ("legacy.weights.h5", "Keras 1 or 2 wrote it, and by its name", "legacy_weights.h5"),
    ],
)
def test_keras_goes_by_the_name(run: Run, name: str, refusal: str, renamed: str) -> None:
    result = run("diff", "--weights", FILES / name, FILES / "lstm.yaml")
    assert (result.code, result.err) == (1, "")
    assert f"no: load_weights refuses the file: {refusal}" in result.out
    assert f"called {renamed}, it loads" in result.out


def test_kernels_in_the_order_of_theano(run: Run) -> None:
    spec = FILES / "keras1_th_arch.json"
    result = run("diff", "--weights", FILES / "keras1_th_weights.h5", spec)
    assert (result.code, result.err) == (1, "")
    assert "load_weights refuses the file" in result.out
    assert "tf_keras (Keras 2) loads it: it transposes kernels" in result.out


def described(run: Run, name: str) -> dict[str, Any]:
    result = run("describe", "--static", "--format", "json", FILES / name)
    assert (result.code, result.err) == (0, "")
    report: dict[str, Any] = json.loads(result.out)
    return report


@pytest.mark.parametrize(
    ("name", "params"),
    [
        # 11000×100 + 3×100×1 + 1; and 11000×100 + 4×8×(100+8+1)
        ("keras20_embedding_int32_conv1d.json", 1_100_301),
        ("keras20_embedding_int32_lstm.json", 1_103_488),
    ],
)
def test_the_dtype_of_an_embedding_of_keras_2_0_is_that_of_its_input(
    run: Run, name: str, params: int
) -> None:
    report = described(run, name)
    assert report["totals"]["params"] == params
    embedding = report["layers"][0]
    assert [tensor["dtype"] for tensor in embedding["outputs"]] == ["float32"]
    assert [weight["dtype"] for weight in embedding["weights"]] == ["float32"]


def test_of_several_dumps_the_last_is_read(run: Run) -> None:
    """PyYAML takes the last value of a name that is there twice."""
    report = described(run, "to_yaml_appended_twice.yaml")
    assert [layer["name"] for layer in report["layers"]] == ["lstm_1"]
    assert report["layers"][0]["outputs"][0]["shape"] == [None, 16]
    note = "several dumps stand in this file; the last is read, as PyYAML does"
    assert report["notes"] == [note]
    assert (
        f"Read        {note}"
        in run("describe", "--static", FILES / "to_yaml_appended_twice.yaml").out
    )


@pytest.mark.parametrize("name", ["savedmodel_small", "savedmodel_small/keras_metadata.pb"])
def test_a_saved_model(run: Run, name: str) -> None:
    """LSTM(4) on 8 features: 4×4×(8+4+1) = 208; Dense(8): 8×(4+1) = 40."""
    report = described(run, name)
    assert [layer["params"] for layer in report["layers"]] == [208, 40]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("model.tflite", "a TensorFlow Lite model"),
        ("model.onnx", "an ONNX model"),
        ("lstm_model.pt", "a PyTorch file"),
        ("tfjs_graph_model.json", "a graph model of TensorFlow.js"),
    ],
)
def test_other_formats_are_named(run: Run, name: str, kind: str) -> None:
    result = run("describe", "--static", FILES / name)
    assert (result.code, result.out) == (2, "")
    assert f"is {kind}, and holds no Keras layers\n" in result.err
    assert "remedy: describe the Keras model that it was made from" in result.err
    assert "problems found" not in result.err


def test_a_gru_of_keras_2(run: Run) -> None:
    """keras 2.1.1 had no reset_after, 2.1.4 to 2.3 had false; tf.keras 2 has true."""
    out = run("describe", "--static", FILES / "gru_without_reset_after.json").out
    assert "reset_after is false, as in keras before 2.4 (tf.keras 2 has true)" in out


def test_a_state_that_is_unused(run: Run) -> None:
    result = run("check", "--static", FILES / "return_state_unread.yaml")
    assert "remedy: remove return_state, or read the state (`lstm.1`)" in result.out


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_weights_of_a_custom_layer_stand_in_the_file(run: Run, ending: str) -> None:
    """Scale has one weight of 8×3, Dense 3×1 and 1; no file says what of Scale is trained."""
    report = described(run, f"custom_layer_with_weights.{ending}")
    assert report["totals"]["params"] == 28
    assert report["totals"]["trainable"] is None
    (weight,) = report["layers"][0]["weights"]
    assert (weight["shape"], weight["trainable"]) == ([8, 3], None)
    name = f"custom_layer_with_weights.{ending}"
    shown = run("describe", "--static", "--memory", FILES / name).out
    assert "28 parameters, how many are trainable is not known" in shown
    assert "not known: a custom class" in shown
    assert "weights as the file stores them" in shown
    assert "Gradients   at least" in shown
    checked = run("check", "--static", FILES / name)
    assert "SEQ50" not in checked.out, checked.out


@pytest.mark.parametrize("name", ["pool_float_size.json", "pool_float_size_keras3.json"])
def test_integers_that_are_written_as_floats(run: Run, name: str) -> None:
    """Keras 3.15.1 builds it: 46 / 23 = 2."""
    assert described(run, name)["layers"][0]["outputs"][0]["shape"] == [None, 2, 2, 2]


def test_where_keras_refuses_them(run: Run, tmp_path: Path) -> None:
    """Keras 3.15.1: Conv1D builds no kernel of 3.0 steps, and MaxPooling1D takes [2.0], not 2.0."""
    for kind, argument in (
        ("Conv1D", {"kernel_size": [3.0]}),
        ("MaxPooling1D", {"pool_size": 2.0}),
    ):
        arguments = {"filters": 2} | argument if kind == "Conv1D" else argument
        config = {"batch_input_shape": [None, 8, 2], **arguments}
        model = {"class_name": "Sequential", "config": [{"class_name": kind, "config": config}]}
        (tmp_path / "model.json").write_text(json.dumps(model))
        assert run("describe", "--static", tmp_path / "model.json").code == 2
