"""Configs of Keras 1, 2 and 3, one idiom each, with counts worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seqinspect import Report, SpecError, analyse, read_spec
from seqinspect.rules.reason_text import translation_text

Config = dict[str, Any]


def described(config: object, name: str = "model.json") -> Report:
    return analyse(read_spec(json.dumps(config).encode(), name=name))


def layer(kind: str, **config: object) -> Config:
    return {"class_name": kind, "config": config}


def sequential(*layers: Config, version: str = "2.2.4") -> Config:
    return {"class_name": "Sequential", "keras_version": version, "config": list(layers)}


def keras1(*layers: Config) -> Config:
    return sequential(*layers, version="1.2.2")


SEQUENCE = {"batch_input_shape": [None, 10, 8]}
IMAGE = {"batch_input_shape": [None, 3, 32, 32]}
RGB = {"batch_input_shape": [None, 8, 8, 3]}

IDIOMS: dict[str, tuple[Config, int, list[int | None]]] = {
    # 4 gates × 6 units × (8 + 6 + 1)
    "LSTM of Keras 1": (
        keras1(layer("LSTM", output_dim=6, inner_init="orthogonal", inner_activation="hard_sigmoid",
                     dropout_W=0.1, dropout_U=0.0, consume_less="gpu", forget_bias_init="one",
                     W_regularizer={"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
                     return_sequences=False, **SEQUENCE)),
        360, [None, 6],
    ),
    # 3 × 16 × (8 + 16 + 1): one bias, as before reset_after
    "GRU of Keras 2.0": (
        sequential(layer("GRU", units=16, implementation=0, **SEQUENCE)), 1200, [None, 16],
    ),
    # 3 × 16 × (8 + 16 + 2)
    "CuDNNGRU": (sequential(layer("CuDNNGRU", units=16, **SEQUENCE)), 1248, [None, 16]),
    # 4 × 16 × (8 + 16 + 2)
    "CuDNNLSTM": (sequential(layer("CuDNNLSTM", units=16, **SEQUENCE)), 1664, [None, 16]),
    # 4 × (3×8) + 4; 10 − 3 + 1 positions
    "Convolution1D": (
        keras1(layer("Convolution1D", nb_filter=4, filter_length=3, border_mode="valid",
                     subsample_length=1, bias=True, init="glorot_uniform", **SEQUENCE)),
        100, [None, 8, 4],
    ),
    # the same with holes: (3 − 1)×2 + 1 = 5 steps wide
    "AtrousConvolution1D": (
        keras1(layer("AtrousConvolution1D", nb_filter=4, filter_length=3, atrous_rate=2,
                     border_mode="valid", subsample_length=1, **SEQUENCE)),
        100, [None, 6, 4],
    ),
    # 5 × (2×3×3) + 5, channels first
    "Convolution2D, th": (
        keras1(layer("Convolution2D", nb_filter=5, nb_row=2, nb_col=3, dim_ordering="th",
                     border_mode="same", subsample=[2, 2], **IMAGE)),
        95, [None, 5, 16, 16],
    ),
    # UpSampling2D of Keras 1.2 does not say where its channels are
    "UpSampling2D without dim_ordering": (
        keras1(layer("Convolution2D", nb_filter=5, nb_row=1, nb_col=1, dim_ordering="th",
                     border_mode="same", subsample=[1, 1], **IMAGE),
               layer("UpSampling2D", size=[2, 2])),
        20, [None, 5, 64, 64],
    ),
    # (10 − 2)/2 + 1
    "MaxPooling1D of Keras 1": (
        keras1(layer("MaxPooling1D", pool_length=2, stride=2, border_mode="valid", **SEQUENCE)),
        0, [None, 5, 8],
    ),
    # 8×4 + 4 at every step
    "TimeDistributedDense": (
        keras1(layer("TimeDistributedDense", output_dim=4, activation="linear", **SEQUENCE)),
        36, [None, 10, 4],
    ),
    # 100×5, whatever is dropped
    "Embedding of Keras 1": (
        keras1(layer("Embedding", input_dim=100, output_dim=5, input_length=10, dropout=0.2,
                     init="uniform", batch_input_shape=[None, 10])),
        500, [None, 10, 5],
    ),
    "Dropout p and GaussianNoise sigma": (
        keras1(layer("Dropout", p=0.5, **SEQUENCE), layer("GaussianNoise", sigma=0.1)),
        0, [None, 10, 8],
    ),
    # 8×3 + 3 in each of 2 features
    "MaxoutDense": (
        keras1(layer("MaxoutDense", output_dim=3, nb_feature=2, batch_input_shape=[None, 8])),
        54, [None, 3],
    ),
    # 2 × (8×8 + 8)
    "Highway": (keras1(layer("Highway", batch_input_shape=[None, 8])), 144, [None, 8]),
    # 8 places × (3×8×4) + 8×4
    "LocallyConnected1D": (
        sequential(layer("LocallyConnected1D", filters=4, kernel_size=[3], **SEQUENCE)),
        800, [None, 8, 4],
    ),
    "ThresholdedReLU": (
        sequential(layer("ThresholdedReLU", theta=1.0, **SEQUENCE)), 0, [None, 10, 8],
    ),
    # two branches, 8×4+4 and 6×4+4, side by side into 8×1+1
    "Merge at the begin": (
        keras1(
            {"class_name": "Merge", "config": {"mode": "concat", "concat_axis": -1, "layers": [
                sequential(layer("Dense", output_dim=4, batch_input_shape=[None, 8])),
                sequential(layer("Dense", output_dim=4, batch_input_shape=[None, 6])),
            ]}},
            layer("Dense", output_dim=1),
        ),
        36 + 28 + 9, [None, 1],
    ),
    # what tf.keras noted when it built a model without an input
    "build_input_shape": (
        {"class_name": "Sequential", "keras_version": "2.4.0",
         "config": {"name": "s", "layers": [layer("Dense", units=4)],
                    "build_input_shape": [None, 8]}},
        36, [None, 4],
    ),
    # the axis of BatchNormalization as a list, and what came with it
    "BatchNormalization of tf.keras": (
        sequential(layer("BatchNormalization", axis=[2], momentum=0.99, epsilon=0.001,
                         renorm=False, fused=None, virtual_batch_size=None, **SEQUENCE)),
        32, [None, 10, 8],
    ),
    "the wrapper of TensorFlow.js": (
        {"modelTopology": {"keras_version": "2.1.5", "backend": "tensorflow", "model_config":
         {"class_name": "Sequential",
          "config": [layer("Dense", units=4, batch_input_shape=[None, 8])]}},
         "weightsManifest": []},
        36, [None, 4],
    ),
    # tf.keras writes the arguments of every convolution, also of those that have no use for them:
    # 3×3×3 for the depth, 3×4 for the points, 4 biases
    "SeparableConv2D of tf.keras": (
        sequential(layer("SeparableConv2D", filters=4, kernel_size=[3, 3], groups=1,
                         kernel_initializer={"class_name": "GlorotUniform", "config": {}},
                         kernel_regularizer=None, **RGB), version="2.11.0"),
        43, [None, 6, 6, 4],
    ),
    # 3×3×3 + 3
    "DepthwiseConv2D of tf.keras": (
        sequential(layer("DepthwiseConv2D", kernel_size=[3, 3], groups=1, **RGB),
                   version="2.13.1"),
        30, [None, 6, 6, 3],
    ),
    # 3×4×8 + 4; (10 − 1)×2 + 3 places
    "Conv1DTranspose of tf.keras": (
        sequential(layer("Conv1DTranspose", filters=4, kernel_size=[3], strides=[2], groups=1,
                         **SEQUENCE), version="2.15.0"),
        100, [None, 21, 4],
    ),
    # 2 halves × 4 gates × 4 × (8 + 4 + 2)
    "Bidirectional of CuDNNLSTM": (
        sequential(layer("Bidirectional", layer=layer("CuDNNLSTM", units=4), **SEQUENCE)),
        448, [None, 8],
    ),
    # 9×4, and 4 gates × 2 × (4 + 2 + 1); 1 is true, and 0 is false
    "flags in numbers": (
        sequential(layer("Embedding", input_dim=9, output_dim=4, mask_zero=1, input_length=10,
                         batch_input_shape=[None, 10]),
                   layer("LSTM", units=2, return_sequences=0)),
        92, [None, 2],
    ),
    # 8×3 + 3; TensorFlow's own name of float32
    "dtype float": (
        sequential(layer("InputLayer", batch_input_shape=[None, 8], dtype="float", name="x"),
                   layer("Dense", units=3, dtype="float")),
        27, [None, 3],
    ),
    "L1L2Regularizer of Keras 1": (
        keras1(layer("Dense", output_dim=3, input_dim=8, batch_input_shape=[None, 8],
                     W_regularizer={"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.1})),
        27, [None, 3],
    ),
    # an alpha for every step and feature
    "PReLU of Keras 1": (keras1(layer("PReLU", init="zero", **SEQUENCE)), 80, [None, 10, 8]),
    # two thresholds and two slopes for each
    "SReLU": (
        keras1(layer("SReLU", t_left_init="zero", a_left_init="glorot_uniform",
                     t_right_init="glorot_uniform", a_right_init="one", **SEQUENCE)),
        320, [None, 10, 8],
    ),
    "ParametricSoftplus": (
        keras1(layer("ParametricSoftplus", alpha_init=0.2, beta_init=5.0, **SEQUENCE)),
        160, [None, 10, 8],
    ),
    # 3×3×3×4 + 4; (32 − 1)×2 + 3 places
    "Deconvolution2D": (
        keras1(layer("Deconvolution2D", nb_filter=4, nb_row=3, nb_col=3, dim_ordering="th",
                     output_shape=[None, 4, 65, 65], border_mode="valid", subsample=[2, 2],
                     **IMAGE)),
        112, [None, 4, 65, 65],
    ),
    # of keras.applications: a gamma for every channel
    "LayerScale": (
        sequential({**layer("LayerScale", init_values=1e-06, projection_dim=8, **SEQUENCE),
                    "module": "keras.src.applications.convnext",
                    "registered_name": "LayerScale"}),
        8, [None, 10, 8],
    ),
    "RandomHeight": (
        sequential(layer("RandomHeight", factor=0.1, interpolation="bilinear", seed=None, **RGB)),
        0, [None, None, 8, 3],
    ),
}  # fmt: skip


@pytest.mark.parametrize("idiom", IDIOMS)
def test_idioms(idiom: str) -> None:
    config, params, shape = IDIOMS[idiom]
    report = described(config)
    assert report.params == params
    assert list(report.top[-1].outputs[0].shape) == shape
    assert report.complete


def test_a_bare_list_is_a_sequential() -> None:
    report = described([layer("Dense", units=4, batch_input_shape=[None, 8])])
    assert report.params == 36


def test_a_translation_is_noted_where_it_changes_something() -> None:
    report = described(IDIOMS["GRU of Keras 2.0"][0])
    assert "reset_after" in translation_text(report.top[0].translated)
    assert described(IDIOMS["LSTM of Keras 1"][0]).top[0].translated == ()


def test_bidirectional_of_keras_2_turns_the_other_way() -> None:
    inner = layer("LSTM", units=3, go_backwards=True, name="l")
    report = described(sequential(layer("Bidirectional", layer=inner, **SEQUENCE)))
    assert report.params == 2 * 4 * 3 * (8 + 3 + 1)
    assert "before Keras 3" in translation_text(report.top[0].translated)


@pytest.mark.parametrize(
    "nodes",
    [
        [[["a", 0, 0], ["b", 0, 0]]],  # Keras 1
        [[["a", 0, 0, {}], ["b", 0, 0, {}]]],  # Keras 2
        [{"args": [[{"class_name": "__keras_tensor__",
                     "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [n, 0, 0]}}
                    for n in ("a", "b")]], "kwargs": {}}],  # Keras 3
    ],
)  # fmt: skip
def test_three_dialects_of_inbound_nodes(nodes: list[object]) -> None:
    given = [
        {**layer("InputLayer", batch_input_shape=[None, 4], name=name), "name": name,
         "inbound_nodes": []}
        for name in ("a", "b")
    ]  # fmt: skip
    add = {**layer("Add", name="add/1"), "name": "add/1", "inbound_nodes": nodes}
    config = {"name": "m", "layers": [add, *given], "input_layers": [["b", 0, 0], ["a", 0, 0]],
              "output_layers": [["add/1", 0, 0]]}  # fmt: skip
    report = described({"class_name": "Model", "keras_version": "2.2.4", "config": config})
    assert [given.name for given in report.inputs] == ["b", "a"]
    assert report.top[0].sources == ("a", "b")
    assert report.top[0].name == "add_1"  # Keras 3 has no / in names
    assert report.outputs == ("add_1",)


def test_to_yaml_of_keras_2_with_its_tuples() -> None:
    text = """
backend: tensorflow
class_name: Sequential
config:
- class_name: Conv1D
  config:
    batch_input_shape: !!python/tuple [null, 10, 8]
    filters: 4
    kernel_size: !!python/tuple
    - 3
keras_version: 2.2.4
"""
    report = analyse(read_spec(text.encode(), name="model.yaml"))
    assert report.params == 4 * (3 * 8 + 1)
    with pytest.raises(SpecError, match="tags"):
        read_spec(text.replace("python/tuple", "python/name:os.system").encode(), name="m.yaml")


def test_to_yaml_with_more_tuples_than_problems_are_told() -> None:
    norm = """
- class_name: BatchNormalization
  config:
    axis: !!python/object/apply:tensorflow.python.training.tracking.data_structures.ListWrapper
    - [2]
    batch_input_shape: !!python/tuple [null, 10, 8]"""
    text = f"class_name: Sequential\nconfig:{norm * 40}\nkeras_version: 2.4.0\n"
    report = analyse(read_spec(text.encode(), name="model.yaml"))
    assert report.params == 40 * 4 * 8


def test_a_model_within_is_called_on_by_numbers_from_1() -> None:
    """tf.keras counts the call that made a model, and does not write it."""
    given = {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
             "config": {"batch_input_shape": [None, 5], "name": "x"}}  # fmt: skip
    dense = {"class_name": "Dense", "config": {"units": 5, "name": "d"}, "name": "d",
             "inbound_nodes": [[["x", 0, 0, {}]]]}  # fmt: skip
    inner = {"name": "m", "layers": [given, dense], "input_layers": [["x", 0, 0]],
             "output_layers": [["d", 0, 0]]}  # fmt: skip
    model = {"class_name": "Functional", "name": "m", "config": inner,
             "inbound_nodes": [[["x", 0, 0, {}]], [["m", 1, 0, {}]]]}  # fmt: skip
    outer = {"name": "outer", "layers": [model, given], "input_layers": [["x", 0, 0]],
             "output_layers": [["m", 2, 0], ["m", 1, 0]]}  # fmt: skip
    report = described({"class_name": "Functional", "keras_version": "2.15.0", "config": outer})
    assert [row.sources for row in report.top] == [("x",), ("m",)]
    assert report.outputs == (report.top[1].name, "m")
    assert report.params == 30


def test_outputs_of_a_model_within_count_from_1_in_keras_3() -> None:
    """Calls name the calls of a model from 0, and outputs, where it is no Sequential, from 1."""

    def tensor(name: str, call: int) -> Config:
        config = {"shape": [None, 5], "dtype": "float32", "keras_history": [name, call, 0]}
        return {"class_name": "__keras_tensor__", "config": config}

    def functional(layers: list[Config], output: list[object]) -> Config:
        return {"name": "m", "layers": layers, "input_layers": [["x", 0, 0]],
                "output_layers": output}  # fmt: skip

    given = {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
             "config": {"batch_shape": [None, 5], "name": "x"}}  # fmt: skip
    dense = {"class_name": "Dense", "config": {"units": 5, "name": "d"}, "name": "d",
             "inbound_nodes": [{"args": [tensor("x", 0)], "kwargs": {}}]}  # fmt: skip
    model = {"class_name": "Functional", "name": "m",
             "config": functional([given, dense], [["d", 0, 0]]),
             "inbound_nodes": [{"args": [tensor("x", 0)], "kwargs": {}},
                               {"args": [tensor("m", 0)], "kwargs": {}}]}  # fmt: skip
    outer = functional([given, model], [["m", 2, 0], ["m", 1, 0]])
    report = described({"class_name": "Functional", "module": "keras", "config": outer})
    assert [row.sources for row in report.top] == [("x",), ("m",)]
    assert report.outputs == (report.top[1].name, "m")


def test_weights_without_an_architecture_are_named() -> None:
    with pytest.raises(SpecError, match="says nothing of the layers"):
        described({"format": "layers-model", "modelTopology": None, "weightsManifest": []})


def test_what_frugally_deep_puts_around_a_config() -> None:
    model = sequential(layer("Dense", units=3, batch_input_shape=[None, 2]))
    assert described({"architecture": model, "hash": "x"}).params == 9


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (sequential(layer("Dense", units=-1, **SEQUENCE)), "units"),
        (sequential({"class_name": "__builtins__", "config": {}}), "name of a class"),
        (sequential({"class_name": "Dense", "module": 5, "config": {}}), "must be a string"),
        (sequential({"class_name": "Adam", "module": "keras.optimizers", "config": {}}),
         "is no layer"),
        (sequential({**layer("Dense", units=1), "module": "keras.layers",
                     "registered_name": "Mine>Dense"}), "custom"),
        ({"class_name": "Adam", "config": {}}, "no model"),
        ({"modelTopology": {"node": [{"op": "Placeholder"}]}}, "graph model of TensorFlow.js"),
    ],
)  # fmt: skip
def test_what_is_refused(config: Config, what: str) -> None:
    with pytest.raises(SpecError) as caught:
        described(config)
    assert any(what in problem.what for problem in caught.value.problems)
    assert all(problem.place for problem in caught.value.problems)
