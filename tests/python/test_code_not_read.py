"""Layers, models and functions from elsewhere: a row of their own, and the rest as it is."""

from __future__ import annotations

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.rules.reason_text import reason_text
from tests.python.test_usual_code import models, refusal, rows, said


def test_a_model_of_keras_applications_is_one_layer() -> None:
    code = """\
from keras.applications import MobileNetV2
base_model = MobileNetV2(include_top=False, weights=None)
base_model.trainable = False
x = GlobalAveragePooling2D()(base_model.output)
model = Model(inputs=base_model.input, outputs=Dense(5)(x))
"""
    assert rows(models(code)["model"]) == [
        "MobileNetV2 ? ?",
        "GlobalAveragePooling2D ? 0",
        "Dense (5) ?",
    ]


def test_a_model_that_is_not_read_is_called_like_any_other() -> None:
    code = """\
base = VGG16(weights='imagenet')
image = Input((224, 224, 3))
model = Model(image, Dense(3)(base(image)))
"""
    assert rows(models(code)["model"]) == ["VGG16 ? ?", "Dense (3) ?"]


def test_layers_within_a_model_that_is_not_read_belong_to_its_row() -> None:
    code = """\
base = ResNet50()
a = base.layers[-2].output
b = base.get_layer('conv4').output
joined = Concatenate()([Flatten()(a), Flatten()(b)])
model = Model(base.input, joined)
"""
    assert [row.partition(" ")[0] for row in rows(models(code)["model"])] == [
        "ResNet50",
        "Flatten",
        "Flatten",
        "Concatenate",
    ]


def test_a_function_of_an_absent_module_is_a_row_with_every_call() -> None:
    code = """\
from libs.attention import attention_block
x = Input((20, 6))
y = LSTM(4, return_sequences=True)(x)
y, scores = attention_block(attention_block(y))
model = Model(x, Dense(2)(y))
"""
    assert rows(models(code)["model"]) == [
        "LSTM (batch, 20, 4) 176",  # 4×4×(6+4+1)
        "attention_block ? ?",
        "attention_block ? ?",
        "Dense (2) ?",
    ]


def test_several_tensors_of_one_object_come_from_one_row() -> None:
    code = """\
from transformers import TFBertModel
bert = TFBertModel.from_pretrained('bert-base')
ids = Input((64,), dtype='int32')
made = bert(ids)
model = Model(ids, [Dense(2)(made.pooler_output), Dense(3)(made.last_hidden_state)])
"""
    assert rows(models(code)["model"]) == ["TFBertModel ? ?", "Dense (2) ?", "Dense (3) ?"]


def test_what_a_function_elsewhere_returns_is_added_as_a_layer() -> None:
    code = """\
from blocks import get_block
model = Sequential([Dense(4, input_shape=(3,))])
model.add(get_block(4))
model.add(Dense(2))
"""
    assert rows(models(code)["model"]) == ["Dense (batch, 4) 16", "get_block ? ?", "Dense (2) ?"]


@pytest.mark.parametrize("made", ["read_config()", "Config()"])
def test_an_attribute_called_output_is_a_size_where_a_size_is_meant(made: str) -> None:
    code = f"""\
config = {made}
model = Sequential([Dense(config.output, input_shape=(config.input,))])
"""
    assert rows(models(code)["model"]) == [
        "Dense (batch, config.output) None"  # config.output×(config.input+1)
    ]


def test_a_dropout_of_unknown_arguments_changes_no_shape() -> None:
    code = "model = Sequential([Dense(3, input_shape=(2,)), Dropout(**options['drop'])])\n"
    assert rows(models(code)["model"]) == ["Dense (batch, 3) 9", "Dropout (batch, 3) 0"]


def test_an_input_whose_dtype_is_not_known_keeps_its_shape() -> None:
    code = """\
x = Input((7,), dtype=params['dtype'])
model = Model(x, LSTM(2)(Embedding(10, 3)(x)))
"""
    assert rows(models(code)["model"]) == ["Embedding (batch, 7, 3) 30", "LSTM (batch, 2) 48"]


@pytest.mark.parametrize(
    "model",
    [
        "x = Input(shape)\nmodel = Model(x, Dense(4)(Flatten()(x)))",
        "model = Sequential([Flatten(input_shape=shape), Dense(4)])",
        "model = Sequential([Dense(6, batch_input_shape=shape), Dense(4)])",
    ],
)
def test_an_input_whose_rank_nothing_says_is_open(model: str) -> None:
    code = f"from data import load\nshape = load().shape[1:]\n{model}\n"
    assert rows(models(code)["model"])[-1].startswith("Dense (4)")


def test_copies_of_a_layer_have_weights_of_their_own() -> None:
    code = """\
from copy import deepcopy
dense = Dense(3)
model = Sequential([Input((3,)), *[deepcopy(dense) for _ in range(2)]])
shared = Sequential([Input((3,)), dense, dense])
"""
    found = models(code)
    assert rows(found["model"]) == ["Dense (batch, 3) 12"] * 2
    assert rows(found["shared"]) == ["Dense (batch, 3) 12", "Dense (batch, 3) 0"]


def test_a_list_of_so_many_layers_asks_for_their_number() -> None:
    code = """\
def build(depth):
    return Sequential([Input((3,)), *[Dense(3) for _ in range(depth)]])
def listed(depth):
    return Sequential([Dense(3, input_shape=(3,)) for _ in range(depth)])
"""
    assert "the number of its layers is open: it depends on what cannot be read (depth)" in refusal(
        models(code)["listed"]
    )
    assert "--set depth=2" in refusal(models(code)["listed"])
    assert rows(models(code, depth="2")["listed"]) == ["Dense (batch, 3) 12"] * 2


def test_an_attribute_of_an_absent_configuration_is_a_size_under_its_text() -> None:
    code = """\
from config import units, Config
config = Config()
model = Sequential([LSTM(units['a'], input_shape=(config.steps, 2)), Dense(units['b'])])
"""
    assert [row.rpartition(" ")[0] for row in rows(models(code)["model"])] == [
        "LSTM (batch, units['a'])",
        "Dense (batch, units['b'])",
    ]
    assert rows(models(code, **{"units['a']": "3", "units['b']": "2"})["model"]) == [
        "LSTM (batch, units['a']) 72",  # 4×3×(2+3+1)
        "Dense (batch, units['b']) 8",
    ]


@pytest.mark.parametrize(
    ("layer", "argument"),
    [
        ("Bidirectional(LSTM(3), merge_mode=c['mode'])", "merge_mode=c['mode']"),
        ("Conv1D(3, 2, padding=c['padding'])", "padding=c['padding']"),
        ("TimeDistributed(Conv1D(3, 2, padding=c['padding']))", "padding=c['padding']"),
        ("Bidirectional(cell(3))", "layer=cell(3)"),
    ],
)  # fmt: skip
def test_an_argument_on_which_shapes_hang_leaves_one_row_open(layer: str, argument: str) -> None:
    code = f"""\
from settings import c, cell
model = Sequential([Input((6, 2)), {layer}, Dense(4)])
"""
    report = analyse(models(code)["model"].graph_or_raise())
    row = next(each for each in report.rows if each.type == layer.partition("(")[0])
    assert said(row) == f"{row.type} ? ?"
    assert row.unsupported is not None
    assert f"`{argument}`" in reason_text(row.unsupported)


def test_a_model_of_inputs_alone_has_no_weights() -> None:
    code = "a, b = Input((3,)), Input((4,))\nmodel = Model([a, b], [a, b])\n"
    assert analyse(models(code)["model"].graph_or_raise()).params == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("TimeDistributed(dense)(x)", "dense(y)"),
        ("dense(x)", "TimeDistributed(dense)(y)"),
        ("TimeDistributed(dense)(x)", "TimeDistributed(dense)(y)"),
        ("Model(x, dense(x))(x)", "dense(y)"),
    ],
)
def test_weights_of_a_layer_within_two_others_are_not_counted_twice(
    first: str, second: str
) -> None:
    code = f"x = Input((5, 3))\ndense = Dense(3)\ny = {first}\nmodel = Model(x, {second})\n"
    report = analyse(models(code)["model"].graph_or_raise())
    assert [row.complete for row in report.rows if row.depth == 0] == [True, False]
    assert report.rows[0].params == 12


def test_a_cell_returns_its_states_as_a_list() -> None:
    code = """\
x = Input((10, 3))
y, *state = RNN(LSTMCell(4), return_state=True)(x)
z, state = LSTMCell(4)(Dense(3)(y), states=state)
model = Model(x, [z, *state])
"""
    report = analyse(models(code)["model"].graph_or_raise())
    assert (report.params, len(report.outputs)) == (128 + 15 + 128, 3)


@pytest.mark.parametrize(
    "line",
    [
        "model = Sequential(K.relu([Input((5, 3)), Dense(4)]))",
        "model = Model([a, b], Dense(3)(a))\nmodel.add(Dense(4))",
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(line: str) -> None:
    assert "expected code that says it" in refusal(models(line)["model"])


def test_an_argument_that_no_class_has_leaves_the_row_open_whatever_size_it_is() -> None:
    code = "u = 4\nmodel = Sequential([Input((5, 3)), LSTM(4, size=max(u, n))])\n"
    assert rows(models(code)["model"]) == ["LSTM ? ?"]
