"""Ways of public code, written anew: what the reader says of each is worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_models
from seqinspect.rules.reason_text import reason_text
from tests.effort import growth, lines

if TYPE_CHECKING:
    from seqinspect.model.report import Row
    from seqinspect.readers.found import FoundModel

HEAD = """\
from keras.layers import *
from keras.models import Model, Sequential
import keras.backend as K
"""


def models(code: str, **overrides: str) -> dict[str, FoundModel]:
    """Read code behind the usual imports."""
    source = (HEAD + code).encode()
    found = read_models(source, name="code.py", infer=output_shape, overrides=overrides)
    return {each.name: each for each in found}


def said(row: Row) -> str:
    """A layer as `Type (sizes) count`; a shape or a count that is not known is a `?`."""
    output = row.outputs[0]
    shape = f"({', '.join(size.text() for size in output.symbolic)})" if output.symbolic else "?"
    return f"{row.type} {shape} {row.params if row.complete else '?'}"


def rows(model: FoundModel) -> list[str]:
    report = analyse(model.graph_or_raise())
    return [said(row) for row in report.rows if row.depth == 0 and row.type != "Input"]


def refusal(model: FoundModel) -> str:
    with pytest.raises(SpecError) as caught:
        model.graph_or_raise()
    return str(caught.value)


def test_wrappers_have_had_a_module_of_their_own() -> None:
    code = """\
from keras.layers.wrappers import Bidirectional, TimeDistributed
model = Sequential()
model.add(Bidirectional(LSTM(4, return_sequences=True), input_shape=(10, 3)))
model.add(TimeDistributed(Dense(2)))
"""
    assert rows(models(code)["model"]) == [
        "Bidirectional (batch, 10, 8) 256",  # 2 halves of 4×4×(3+4+1)
        "TimeDistributed (batch, 10, 2) 18",
    ]


@pytest.mark.parametrize(
    "line", ["from attention import Attention", "from my.layers import Attention"]
)
def test_a_class_from_elsewhere_is_not_that_of_keras(line: str) -> None:
    code = f"""\
{line}
x = Input((10, 3))
model = Model(x, Attention(8)(LSTM(4, return_sequences=True)(x)))
"""
    assert rows(models(code)["model"]) == ["LSTM (batch, 10, 4) 128", "Attention ? ?"]


def test_the_shape_of_an_input_is_known_as_that_of_any_tensor() -> None:
    code = """\
x = Input(shape=(20, 2))
steps, features = x.shape[1], int(x.shape[2])
y = Reshape((features, steps))(Permute((2, 1))(x))
model = Model(x, y)
z = Input(batch_shape=(None, 7, 5))
other = Model(z, Dense(z.shape[-1])(z))
"""
    found = models(code)
    assert rows(found["model"])[-1] == "Reshape (batch, features, steps) 0"
    assert found["model"].graph_or_raise().outputs
    assert rows(found["other"]) == ["Dense (batch, 7, 5) 30"]


def test_the_backend_tells_shapes() -> None:
    code = """\
x = Input((8, 6, 1))
y = Conv2D(3, 3, padding="same")(x)
shape = K.int_shape(y)
code = Input((2,))
z = Dense(shape[1] * shape[2] * shape[3])(code)
decoder = Model(code, Reshape(shape[1:])(z))
ranked = Model(x, Dense(K.ndim(y))(Flatten()(y)))
"""
    found = models(code)
    assert rows(found["decoder"]) == ["Dense (batch, 144) 432", "Reshape (batch, 8, 6, 3) 0"]
    assert rows(found["ranked"])[-1] == "Dense (batch, 4) 580"


def test_the_backend_tells_where_channels_stand() -> None:
    code = """\
shape = (3, 8, 6) if K.image_data_format() == "channels_first" else (8, 6, 3)
model = Sequential([Input(shape), Flatten()])
"""
    found = models(code)
    shape = found["model"].graph_or_raise().inputs[0].shape
    assert [size.value for size in shape or ()] == [None, 8, 6, 3]


def test_tensors_of_layers_of_finished_models_are_connected() -> None:
    code = """\
model = Sequential([Embedding(50, 6, input_length=4), LSTM(3, name="memory"), Dense(2)])
inside = Model(model.layers[0].input, model.get_layer("memory").output)
again = Model(inputs=model.input, outputs=model.layers[1].output)
x = Input((7, 5))
y, *states = LSTM(3, return_state=True, name="encoder")(x)
whole = Model(x, y)
first = Model(whole.layers[0].output, whole.get_layer("encoder").output[1:])
"""
    found = models(code)
    assert rows(found["inside"]) == ["Embedding (batch, 4, 6) 300", "LSTM (batch, 3) 120"]
    assert rows(found["again"]) == rows(found["inside"])
    assert rows(found["first"]) == ["LSTM (batch, 3) 108"]
    assert len(found["first"].graph_or_raise().outputs) == 2


DATA = "import yaml\nconfig = yaml.safe_load(open('c.yaml'))\nx = Input((5, 2))\n"
OPEN = {
    "LSTM(**{**config, 'units': 4})": "config",
    "LSTM(**dict(units=4, **config))": "config",
    "LSTM(4, **config)": "config",
}


@pytest.mark.parametrize("layer", OPEN)
def test_arguments_that_are_not_known_are_not_left_out(layer: str) -> None:
    model = models(f"{DATA}model = Model(x, {layer}(x))\n")["model"]
    (row,) = analyse(model.graph_or_raise()).rows
    assert said(row) == "LSTM ? ?"
    assert row.unsupported is not None
    assert OPEN[layer] in reason_text(row.unsupported)


@pytest.mark.parametrize(
    "statement",
    ["given.update(config)", "given = {**given, **config}", "given = dict(given, **config)"],
)
def test_what_a_dictionary_may_hold_besides_is_not_known(statement: str) -> None:
    code = f"""\
given = {{"n": 4}}
{statement}
model = Model(x, Dense(given.get("units", 9))(x))
"""
    assert rows(models(DATA + code)["model"])[0].endswith("None")


def test_a_default_does_not_stand_for_what_an_unknown_dictionary_passes() -> None:
    code = "def build(units=8):\n    return Model(x, Dense(units)(x))\nmodel = build(**config)\n"
    assert rows(models(DATA + code)["model"]) == ["Dense (batch, 5, units) None"]
    code += "other = build(**{'units': 3} | {'units': 4})\n"
    assert rows(models(DATA + code)["other"]) == ["Dense (batch, 5, units) 12"]


def test_a_long_loop_over_data_does_not_end_the_reading() -> None:
    code = """\
first = Sequential([Input((5,)), Dense(2)])
for step in range(100000):
    for row in range(90000):
        first.fit(batch(step, row))
second = Sequential([Input((5,)), Dense(3)])
"""
    found = models(code)
    assert list(found) == ["first", "second"]
    assert rows(found["second"]) == ["Dense (batch, 3) 18"]


def test_sizes_of_every_path_can_be_set() -> None:
    code = """\
if fast:
    model = Sequential([Input((steps,)), Dense(2)])
else:
    model = Sequential([Input((steps, 3)), LSTM(units)])
"""
    found = models(code, steps="4", units="5")
    assert [rows(each) for each in found.values()] == [
        ["Dense (batch, 2) 10"],
        ["LSTM (batch, units) 180"],
    ]


OWN = """\
class Stack(Layer):
    def __init__(self, count):
        super().__init__()
        self.count = count
        self.parts = []

    def build(self, input_shape):
        for _ in range(self.count):
            self.parts.append(Dense(input_shape[-1]))

    def call(self, inputs):
        for part in self.parts:
            inputs = part(inputs)
        return inputs

x = Input((10, 3))
"""


def test_layers_that_build_makes_are_part_of_a_layer() -> None:
    report = analyse(models(f"{OWN}model = Model(x, Stack(2)(x))")["model"].graph_or_raise())
    assert [said(row) for row in report.rows if row.depth] == ["Dense (batch, 10, 3) 12"] * 2
    assert report.params == 24


def test_a_layer_whose_build_cannot_be_followed_is_not_known() -> None:
    code = OWN.replace("range(self.count)", "plan(self.count)")
    assert rows(models(f"{code}model = Model(x, Stack(2)(x))")["model"]) == ["Stack ? ?"]


@pytest.mark.parametrize(
    "base", ["Recurrent", "_Pooling1D", "tfa.rnn.AbstractCell", "other.Anything"]
)
def test_an_object_of_a_class_that_derives_from_what_is_not_read_is_a_layer_of_its_own(
    base: str,
) -> None:
    code = f"""\
import other, tensorflow_addons as tfa
from keras.layers.recurrent import Recurrent
from keras.layers.pooling import _Pooling1D
class Decoder({base}):
    def step(self, x):
        return x
x = Input((10, 3))
model = Model(x, Decoder(4)(LSTM(2, return_sequences=True)(x)))
"""
    assert rows(models(code)["model"]) == ["LSTM (batch, 10, 2) 48", "Decoder ? ?"]


def test_a_class_that_builds_as_it_starts_is_read_with_its_parameters_as_sizes() -> None:
    code = """\
class Forecaster(Base):
    def __init__(self, config):
        model = Sequential()
        model.add(LSTM(config["units"], input_shape=(12, 3)))
        self.model = model
"""
    assert rows(models(code)["model"]) == ["LSTM (batch, config['units']) None"]


def test_an_axis_that_the_code_leaves_open_can_be_set() -> None:
    code = "x = Input((None, 3))\nmodel = Model(x, Flatten()(LSTM(2, return_sequences=True)(x)))\n"
    assert rows(models(code)["model"])[-1] == "Flatten (batch, 2×T) 0"
    report = analyse(models(code, T="5")["model"].graph_or_raise())
    assert [size.value for size in report.rows[-1].outputs[0].symbolic] == [None, 10]


def test_the_shape_that_a_custom_layer_says_may_be_wrapped_and_may_be_several() -> None:
    code = """\
import tensorflow as tf
class Scores(Layer):
    def build(self, input_shape):
        self.w = self.add_weight("w", (input_shape[-1], 1))
    def call(self, x):
        return attend(x, self.w)
    def compute_output_shape(self, input_shape):
        return {}
x = Input((10, 3))
model = Model(x, Scores()(x))
"""
    one = "tf.TensorShape((input_shape[0], input_shape[1], 1))"
    assert rows(models(code.format(one))["model"]) == ["Scores (batch, 10, 1) 3"]
    several = f"[{one}, {one}]"
    assert rows(models(code.format(several))["model"]) == ["Scores ? ?"]


def test_an_input_has_the_rank_of_the_model_that_reads_it() -> None:
    code = """\
shape = images.shape[1:]
def base(given):
    x = Input(given)
    return Model(x, Dense(2)(Flatten()(Conv2D(4, 3)(x))))
left = Input(shape)
model = Model(left, base((28, 28, 1))(left))
"""
    assert rows(models(code)["model"])[0].startswith("Functional (batch, 2) ")


@pytest.mark.parametrize("layers", ["Embedding(100, 8)", "Embedding(100, 8), Dropout(0.5)"])
@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("model.fit(pad_sequences(texts, maxlen=30), y)", "30"),
        ("model.build(input_shape=(None, 20))", "20"),
    ],
)
def test_the_vocabulary_of_a_first_embedding_is_no_input(
    layers: str, line: str, steps: str
) -> None:
    found = models(f"model = Sequential([{layers}, LSTM(4)])\n{line}\n")["model"]
    assert rows(found)[0] == f"Embedding (batch, {steps}, 8) 800"


BLOCK = """\
class Block(Layer):
    def __init__(self, count):
        super(Block, self).__init__()
        self.inner = Dense(count)
    def call(self, x):
        return {}
    def compute_output_shape(self, shape):
        return (shape[0], shape[1], 7)
"""


@pytest.mark.parametrize(
    "model", ["Sequential([Input((5, 3)), Block(7)])", "Model(x, Block(7)(x))"]
)
def test_a_layer_made_of_layers_has_their_weights(model: str) -> None:
    code = f"x = Input((5, 3))\nmodel = {model}\n"
    report = analyse(models(BLOCK.format("self.inner(x)") + code)["model"].graph_or_raise())
    assert (report.params, report.rows[-1].type) == (28, "Dense")
    hidden = models(BLOCK.format("unheard(self.inner(x))") + code)["model"]
    assert rows(hidden) == ["Block (batch, 5, 7) ?"]


def test_layers_that_build_makes_know_the_shape_before_them_in_a_sequential() -> None:
    code = OWN + "model = Sequential([Input((10, 3)), Dense(4), Stack(1)])"
    assert analyse(models(code)["model"].graph_or_raise()).params == 16 + 20


@pytest.mark.parametrize("base", ["Dense", "LSTM", "unheard.Thing"])
def test_a_class_that_derives_from_a_layer_may_have_its_weights(base: str) -> None:
    code = f"""\
import unheard
class Own({base}):
    def compute_output_shape(self, shape):
        return shape
model = Sequential([Input((5, 3)), Own(4)])
"""
    assert rows(models(code)["model"]) == ["Own (batch, 5, 3) ?"]


def test_layers_and_models_tell_their_shapes_with_the_batch() -> None:
    code = """\
model = Sequential([Embedding(50, 6, input_length=9), Conv1D(4, 2)])
steps = model.output_shape[1]
model.add(AveragePooling1D(pool_length=steps))
x = Input((7, 5))
layer = LSTM(3)
y = layer(x)
other = Model(x, Dense(layer.output_shape[-1] + layer.input_shape[1])(y))
"""
    found = models(code)
    assert rows(found["model"])[-1] == "AveragePooling1D (batch, ⌊8/steps⌋, 4) 0"
    assert rows(found["other"])[-1] == "Dense (batch, 10) 40"


def test_int_keeps_the_name_of_a_size() -> None:
    assert rows(models("n = 7\nmodel = Sequential([Input((3,)), Dense(int(n))])")["model"]) == [
        "Dense (batch, n) 28"
    ]


POSITIONS = """\
import numpy as np
import tensorflow as tf
class Positions(Layer):
    def __init__(self, steps, words, width):
        super().__init__()
        self.words, self.steps = Embedding(words, width), Embedding(steps, width)
    def call(self, x):
        places = {places}
        return self.words(x) + self.steps(places)
class Waves(Layer):
    def __init__(self, steps, width):
        super().__init__()
        rates = np.arange(steps)[:, np.newaxis] / 10000 ** (np.arange(width)[np.newaxis, :])
        self.waves = tf.cast(np.sin(rates)[np.newaxis, ...], tf.float32)
        self.width = width
    def call(self, x):
        return x * tf.math.sqrt(tf.cast(self.width, tf.float32)) + self.waves[:, :tf.shape(x)[1], :]
i = Input((9,))
model = Model(i, Waves(20, 4)(Positions(9, 50, 4)(i)))
"""


@pytest.mark.parametrize(
    "places",
    ["tf.range(9)", "tf.range(start=0, limit=tf.shape(x)[-1], delta=1)", "np.arange(0, 9)",
     "K.arange(0, K.int_shape(x)[1], 1)", "tf.range(x.shape[1])[tf.newaxis, :]"],
)  # fmt: skip
def test_places_of_steps_are_embedded(places: str) -> None:
    code = POSITIONS.format(places=places)
    assert rows(models(code)["model"]) == [
        "Positions (batch, 9, width) 236",  # 50×4 for the words, 9×4 for the steps
        "Waves (batch, 9, width) 0",
    ]


def test_a_layer_is_not_counted_without_what_is_called_on_something_unknown() -> None:
    code = POSITIONS.format(places="load()").replace("Waves(20, 4)(", "(")
    assert rows(models(code)["model"]) == ["Positions ? ?"]


def test_a_layer_that_asks_for_the_shape_is_read_for_the_first_one_only() -> None:
    code = (
        POSITIONS.format(places="tf.range(x.shape[1])")
        + """\
shared = Positions(9, 50, 4)
j = Input((5,))
model = Model([i, j], [shared(i), shared(j)])
"""
    )
    first, second = rows(models(code)["model_2"])
    assert first == "Positions (batch, 9, width) 236"
    assert second == "Positions ? ?"


TRANSFORMER = """\
class Attending(Layer):
    def __init__(self, **options):
        super().__init__()
        self.attention = MultiHeadAttention(**options)
        self.add, self.norm = Add(), LayerNormalization()
class Cross(Attending):
    def call(self, x, context):
        return self.norm(self.add([x, self.attention(query=x, key=context, value=context)]))
class Causal(Attending):
    def call(self, x):
        seen = self.attention(query=x, value=x, key=x, use_causal_mask=True)
        return self.norm(self.add([x, seen]))
class Decoding(Layer):
    def __init__(self, *, width, heads):
        super().__init__()
        self.causal = Causal(num_heads=heads, key_dim=width)
        self.cross = Cross(num_heads=heads, key_dim=width)
    def call(self, x, context):
        x = self.causal(x=x)
        return self.cross(x=x, context=context)
class Translator(Model):
    def __init__(self, width=8, heads=2, words=30):
        super().__init__()
        self.source, self.target = Embedding(words, width), Embedding(words, width)
        self.blocks = [Decoding(width=width, heads=heads) for _ in range(2)]
        self.last = Dense(words)
    def call(self, inputs):
        context, x = inputs
        context, x = self.source(context), self.target(x)
        for block in self.blocks:
            x = block(x, context)
        return self.last(x)
model = Translator()
"""


def test_a_call_has_several_arguments_and_inputs() -> None:
    # an attention: 2 heads of 8: 4×(8×16) and 3×16 + 8; a norm 16; two of both in a block
    attention = 4 * 8 * 16 + 3 * 16 + 8 + 16
    (found,) = models(TRANSFORMER).values()
    report = analyse(found.graph_or_raise())
    assert report.params == 2 * 30 * 8 + 2 * 2 * attention + 30 * 9
    assert [size.text() for size in report.inputs[1].tensor.symbolic] == ["batch", "T_2"]
    assert report.rows[-1].outputs[0].symbolic[1].text() == "T_2"
    assert report.causal


@pytest.mark.parametrize("second", ["layer(a, a, scale=2)", "layer(b, a)"])
def test_what_was_followed_for_a_call_is_said_of_no_other_one(second: str) -> None:
    code = """\
class Joined(Layer):
    def __init__(self):
        super().__init__()
        self.dense = Dense(4)
    def call(self, x, y, scale=1):
        return self.dense(K.concatenate([x] * scale)) + x.shape[-1] * K.mean(y)
layer, a, b = Joined(), Input((3,)), Input((5,))
model = Model([a, b], [layer(a, b), {second}])
"""
    assert rows(models(code.replace("{second}", second))["model"])[1:] == ["Joined ? ?"]


ATTENTION = """\
class Attention(Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
    def build(self, input_shape):
        self.W = self.add_weight(name="W", shape=(input_shape[-1], self.units))
        self.b = self.add_weight(name="b", shape=(input_shape[1], 1), trainable=False)
        self.u = self.add_weight(name="u", shape=(self.units, 1))
        super().build(input_shape)
    def call(self, x):
        scores = K.softmax(K.dot(K.tanh(K.dot(x, self.W) + self.b), self.u){last}, axis=1)
        return K.sum(x * scores, axis=1)
i = Input((9, 5))
model = Model(i, Dense(2)(Attention(4)(i)))
"""


def test_weights_of_a_layer_of_the_source_are_followed_through_its_call() -> None:
    (found,) = models(ATTENTION.format(last="")).values()
    report = analyse(found.graph_or_raise())
    attention = report.rows[0]
    assert said(attention) == "Attention (batch, 5) 33"  # 5×4, 9×1 and 4×1
    assert report.params == 33 + 2 * 6
    assert report.trainable == 33 - 9 + 2 * 6
    assert attention.time is not None
    assert attention.time.reads == "all"


def test_weights_are_counted_where_the_call_is_not_understood() -> None:
    code = ATTENTION.format(last=" * look_up(x)")
    (found,) = models(code).values()
    row = analyse(found.graph_or_raise()).rows[0]
    assert row.params == 33
    assert row.outputs[0].unknown_shape


@pytest.mark.parametrize(
    "start", ["Dense(3, input_shape=(6, 2), name='input')", "Input((6, 2)), Dense(3, name='input')"]
)
def test_a_layer_may_be_called_input(start: str) -> None:
    (found,) = models(f"model = Sequential([{start}, LSTM(4)])\n").values()
    report = analyse(found.graph_or_raise())
    assert [given.name for given in report.inputs] == ["input_1"]
    assert [row.name for row in report.rows] == ["input", "lstm"]


PART = """\
class Block(Layer):
    def __init__(self, size):
        super().__init__()
        self.inner = Sequential([Dense(16), Dense(size)])
    def call(self, x):
        return x + self.inner(x)
"""


def test_a_model_made_within_a_layer_is_no_further_model_of_the_file() -> None:
    code = PART + "i = Input((10, 8))\nmodel = Model(i, Dense(1)(Block(8)(i)))\n"
    assert list(models(code)) == ["model"]
    asked = read_models((HEAD + code).encode(), name="code.py:inner", infer=output_shape)
    assert [each.name for each in asked] == ["inner"]


def test_a_model_that_a_layer_receives_is_a_model_of_the_file() -> None:
    code = """\
class Around(Layer):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def call(self, x):
        return self.inner(x)
inner = Sequential([Input((8,)), Dense(8)])
i = Input((8,))
model = Model(i, Around(inner)(i))
"""
    assert list(models(code)) == ["inner", "model"]


def test_loops_through_data_within_each_other_do_not_use_up_the_work() -> None:
    code = """\
out = []
for a in range(40):
    for b in range(40):
        for c in range(40):
            for d in range(40):
                out.append(data[a][b] + c * d)
model = Sequential([Input((8,)), Dense(4)])
"""
    assert rows(models(code)["model"]) == ["Dense (batch, 4) 36"]


def test_short_loops_within_each_other_are_followed() -> None:
    code = """\
total = 0
for a in range(10):
    for b in range(10):
        total += a * b
model = Sequential([Input((total,)), Dense(1)])
"""
    assert rows(models(code)["model"]) == ["Dense (batch, 1) 2026"]  # 45² inputs and a bias


@pytest.mark.long
def test_models_that_make_models_end_in_the_limit_of_work() -> None:
    code = """\
class Net(Model):
    def __init__(self):
        super().__init__()
        self.cells = [Dense(3)]
    def call(self, x):
        for cell in self.cells:
            x = cell([Net() for i in range(338)].build)
        return x
Net().build((None, 10, 8))
"""
    assert lines(lambda: models(code)) < 1_500_000


@pytest.mark.long
def test_shapes_asked_for_in_residual_blocks_cost_as_their_number() -> None:
    code = """\
class Scale(Layer):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.inner = Dense(size)
    def call(self, x):
        return self.inner(x)
i = x = Input((10, 8))
for block in range(BLOCKS):
    y = Dense(8)(x)
    y = Scale(y.shape[-1])(LayerNormalization()(y))
    x = Add()([x, y])
model = Model(i, x)
"""
    assert rows(models(code.replace("BLOCKS", "2"))["model"])[2] == "Scale (batch, 10, size) 72"
    cost = lambda size: lines(lambda: models(code.replace("BLOCKS", str(size))))  # noqa: E731
    assert growth(cost, 10) < 1.4


def test_a_number_for_the_open_input_of_a_part_is_none_within_the_whole() -> None:
    code = """\
def block(n, **more):
    layer = Sequential()
    layer.add(Conv2D(n, 3, **more))
    return layer
model = Sequential([block(4, input_shape=(32, 32, 3)), block(8)])
"""
    found = models(code, height="37", width="37", channels="37")
    assert rows(found["layer_2"]) == ["Conv2D (batch, height−2, width−2, n_2) 2672"]  # 8×(9×37+1)
    assert rows(found["model"]) == [
        "Sequential (batch, 30, 30, n) 112",  # 4×(27+1)
        "Sequential (batch, 28, 28, n_2) 296",  # 8×(9×4+1)
    ]
