"""A seeded sample of the judge of streams (see stream_judge.py), and twins against other judges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.readers.spec import read_spec
from seqinspect.streaming.analyse import plan
from seqinspect.writers.python_source import python_source
from seqinspect.writers.twin.source import twin_source
from seqinspect.writers.twin.spec import twin_graph
from tests.keras import stream_judge
from tests.keras.stream_judge import judge
from tests.keras.stream_models import draw

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis"),  # of one step so far
    pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),  # Keras's
]

SEED, MODELS = 7, 12


@pytest.fixture(scope="module", autouse=True)
def keras() -> None:
    runtime.load()


def graph_of(spec: dict[str, Any]) -> Any:
    return read_spec(json.dumps(spec).encode())


def twin_of(spec: dict[str, Any]) -> dict[str, Any]:
    graph = graph_of(spec)
    names: dict[str, Any] = {}
    exec(twin_source(graph, plan(graph, analyse(graph))), names)
    return names


def test_what_is_said_of_random_models_is_what_they_do() -> None:
    wrong = []
    for index in range(MODELS):
        spec = draw(f"{SEED} {index}")
        verdict = judge(graph_of(spec), f"{SEED} {index}")
        if verdict.word in ("disagrees", "unwritten"):
            wrong += [f"--seed {SEED} --only {index}: {json.dumps(spec)}", *verdict.differences]
    assert not wrong, "\n".join(wrong)


CAUSAL = {"Conv1D": {"filters": 2, "kernel_size": 3, "padding": "causal"}, "name": "c"}


def test_the_judge_sees_a_step_too_few_and_wrong_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"inputs": {"x": {"shape": [9, 2]}}, "layers": [CAUSAL]}
    assert judge(graph_of(spec), "0").word == "agrees"
    monkeypatch.setattr(stream_judge, "_bytes_of", lambda state, samples: state.shape[1])
    assert judge(graph_of(spec), "0").word == "disagrees"
    monkeypatch.undo()
    written = twin_source
    monkeypatch.setattr(
        stream_judge,
        "twin_source",
        lambda *of: written(*of).replace("size=(3, 1)", "size=(2, 1)"),
    )
    assert judge(graph_of(spec), "0").word == "disagrees"


NUMBERS = [0.5, 2.0, 3.0, 1.0]


@pytest.mark.parametrize(
    "layer",
    [
        {"Normalization": {"axis": 1, "mean": 0.5, "variance": 2.0}},
        {"Normalization": {"axis": 1, "mean": NUMBERS, "variance": NUMBERS}},
        {"Normalization": {"axis": [1, 2], "mean": 0.5, "variance": 2.0}},
        {"Rescaling": {"scale": [[each] for each in NUMBERS]}},
        {"Pipeline": {"layers": [{"Rescaling": {"scale": [[each] for each in NUMBERS]}}]}},
        {"PReLU": {}},
        {"BatchNormalization": {"axis": 1}},
        {"Reshape": [-1, 1, 3]},
    ],
)
def test_a_layer_with_numbers_for_each_step_is_called_at_its_step(layer: dict[str, Any]) -> None:
    spec = {"inputs": {"x": {"shape": [4, 3]}}, "layers": [layer]}
    assert judge(graph_of(spec), "0") == ("agrees", ())


@pytest.mark.parametrize("kind", ["Average", "Max"])
@pytest.mark.parametrize(
    ("shape", "axis", "size", "rank"),
    [
        ([2, 3], 1, 4, 1),
        ([3, 3], 1, 6, 1),
        ([6, 3], 1, 3, 1),
        ([2, 4, 3], 1, [4, 2], 2),
        ([4, 2, 3], 2, [2, 6], 2),
        ([4, 2, 2, 2], 2, [2, 4, 2], 3),
    ],
)
def test_an_adaptive_pooling_is_called_on_the_steps_that_it_is_made_for(
    shape: list[int], axis: int, size: Any, rank: int, kind: str
) -> None:
    layer = {f"Adaptive{kind}Pooling{rank}D": {"output_size": size}}
    spec = {"inputs": {"x": {"shape": shape, "time_axis": axis}}, "layers": [layer]}
    assert judge(graph_of(spec), "0") == ("agrees", ())


@pytest.mark.parametrize("pool", [13, 14, 20, 26, 52])
def test_a_window_may_be_wider_than_the_input(pool: int) -> None:
    layer = {"AveragePooling1D": {"pool_size": pool, "strides": 3, "padding": "same"}}
    spec = {"inputs": {"x": {"shape": [13, 2]}}, "layers": [layer]}
    assert judge(graph_of(spec), "0") == ("agrees", ())


def test_a_window_that_ends_before_its_frames_are_full_is_no_difference() -> None:
    """The second frame of 5 steps would need step 6: two of three steps are kept at most."""
    frames = {"frame_length": 4, "frame_step": 4, "padding": "same"}
    options = {"mode": "real", "window": None, **frames}
    spec = {"inputs": {"x": {"shape": [5, 2]}}, "layers": [{"STFTSpectrogram": options}]}
    assert judge(graph_of(spec), "0") == ("agrees", ())


LSTM = {"LSTM": {"units": 3}}
ACROSS = {"from": ["m", "y"], "name": "a"}
CAUSAL_CALL = {"call": {"use_causal_mask": True}}
GROUPED = {"num_query_heads": 2, "head_dim": 2, "num_key_value_heads": 1}


@pytest.mark.parametrize(
    "layers",
    [
        [{"PReLU": {}}, LSTM],
        [{"BatchNormalization": {"axis": 1}}, {"GRU": {"units": 2, "return_sequences": True}}],
        [{"MultiHeadAttention": {"num_heads": 2, "key_dim": 2}, **ACROSS}, {"Dense": 2}],
        [{"GroupQueryAttention": GROUPED, **ACROSS}, {"Add": {}, "from": ["a", "m"]}, LSTM],
        [{"Attention": {}, **ACROSS}, LSTM],
        [{"Attention": {}, **ACROSS, **CAUSAL_CALL}, {"Dense": 2}],
        [
            {"AdditiveAttention": {}, **ACROSS, **CAUSAL_CALL},
            {"Concatenate": {}, "from": ["a", "m"], "name": "both"},
            LSTM,
        ],
    ],
)
def test_masks_go_through_a_twin(layers: list[dict[str, Any]]) -> None:
    inputs = {"y": {"shape": [8, 3]}, "x": {"shape": [8, 3]}}
    spec = {"inputs": inputs, "layers": [{"Masking": {}, "from": "x", "name": "m"}, *layers]}
    assert judge(graph_of(spec), "0") == ("agrees", ())


def test_keras_adds_a_bias_along_the_last_axis_if_the_sizes_meet() -> None:
    """Why a judge counts some models as "of Keras"; where this fails, it need no longer do so."""
    ops = runtime.load().ops
    x, bias = np.zeros((1, 3, 3), "float32"), np.array([[[1.0], [2.0], [3.0]]], "float32")
    assert (np.asarray(ops.add(x, bias)) != x + bias).any()
    with stream_judge.plain_add():
        assert (np.asarray(ops.add(x, bias)) == x + bias).all()


DECODER = {
    "inputs": {"tokens": {"shape": [8], "dtype": "int32"}},
    "layers": [
        {"Embedding": {"input_dim": 11, "output_dim": 6}, "name": "words"},
        {
            "GroupQueryAttention": {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
            "from": ["words", "words"], "call": {"use_causal_mask": True}, "name": "attention",
        },
        {"Add": {}, "from": ["words", "attention"], "name": "sum"},
        {"LayerNormalization": {}, "name": "norm"},
        {"Dense": 11, "name": "logits"},
    ],
}  # fmt: skip


def test_a_cache_decodes_what_the_whole_model_decodes_token_by_token() -> None:
    """Greedy decoding: the whole model on all tokens so far, padded behind, against the cache."""
    twin = twin_of(DECODER)
    model = twin["build_model"]()
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    tokens = [3]
    for _ in range(7):
        padded = np.array([tokens + [0] * (8 - len(tokens))], "int32")
        logits = np.asarray(model(padded))[0, len(tokens) - 1]
        tokens.append(int(logits.argmax()))
    states, cached = twin["first_states"](model), [3]
    for step in range(7):
        token = runtime.load().ops.convert_to_tensor([[cached[-1]]], "int32")
        logits, states = twin["step"](model, states, token)
        cached.append(int(np.asarray(logits)[0, 0].argmax()))
        assert states["attention/key"].shape == (1, step + 1, 2, 3)
    assert cached == tokens
    assert len(set(tokens)) > 2


def test_a_twin_loads_a_checkpoint_of_the_model(tmp_path: Path) -> None:
    keras = runtime.load()
    model = keras.Sequential([
        keras.Input((6, 3), name="x"),
        keras.layers.GRU(4, return_sequences=True, name="first"),
        keras.layers.Conv1D(2, 3, padding="causal", name="second"),
    ])  # fmt: skip
    model.save_weights(tmp_path / "trained.weights.h5")
    spec = {
        "inputs": {"x": {"shape": [6, 3]}},
        "layers": [
            {"GRU": {"units": 4, "return_sequences": True}, "name": "first"},
            {"Conv1D": {"filters": 2, "kernel_size": 3, "padding": "causal"}, "name": "second"},
        ],
    }
    twin = twin_of(spec)
    own = twin["build_model"]()
    own.load_weights(tmp_path / "trained.weights.h5")
    x = np.random.default_rng(0).normal(size=(1, 6, 3)).astype("float32")
    states, found = twin["first_states"](own), []
    for step in range(6):
        y, states = twin["step"](own, states, x[:, step : step + 1], last=step == 5)
        found.append(np.asarray(y))
    np.testing.assert_allclose(np.concatenate(found, 1), np.asarray(model(x)), atol=1e-5)


def test_a_twin_as_a_spec_gives_what_the_whole_model_gives() -> None:
    spec = {
        "inputs": {"x": {"shape": [9, 3]}},
        "layers": [
            {"Conv1D": {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "padding": "causal"}},
            {"LayerNormalization": {}},
            {"LSTM": {"units": 3, "return_sequences": True}},
            {"GRU": {"units": 2}},
            {"Dense": 1},
        ],
    }
    graph = graph_of(spec)
    twin_spec = twin_graph(graph, plan(graph, analyse(graph)))
    models = []
    for each in (graph, twin_spec):
        names: dict[str, Any] = {}
        exec(python_source(each), names)
        models.append(names["model"])
    whole, twin = models
    rng = np.random.default_rng(0)
    for weight in whole.weights:
        weight.assign(rng.normal(0, 0.4, weight.shape))
    twin.set_weights([np.asarray(weight) for weight in whole.weights])
    x = rng.normal(size=(2, 9, 3)).astype("float32")
    kept = [np.zeros((2, *each.shape[1:]), "float32") for each in twin.inputs[1:]]
    for step in range(9):
        y, *kept = (np.asarray(out) for out in twin([x[:, step : step + 1], *kept]))
    np.testing.assert_allclose(y, np.asarray(whole(x)), atol=1e-5)


def test_what_has_no_twin_is_refused() -> None:
    spec = {"inputs": {"x": {"shape": [6, 3]}}, "layers": [{"GlobalMaxPooling1D": {}}]}
    with pytest.raises(SpecError, match="has no twin"):
        twin_of(spec)
