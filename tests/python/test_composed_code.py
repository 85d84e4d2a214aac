"""Ways to compose code: partial functions, map, merged models, classes that only set arguments.

What the reader says of each is worked out by hand.
"""

from __future__ import annotations

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from tests.python.test_usual_code import models, refusal, rows


@pytest.mark.parametrize(
    "layers",
    [
        "MyDense = partial(Dense, activation='relu')\nlayers = [MyDense(3), MyDense(units=4)]",
        "layers = list(map(Dense, [3, 4]))",
        "layers = [Dense(n) for n in map(int, ['3', '4'])]",
        "class MyDense(Dense):\n    pass\nlayers = [MyDense(3), MyDense(4)]",
        "class MyDense(Dense):\n"
        "    def __init__(self, **options):\n"
        "        super(MyDense, self).__init__(use_bias=True, **options)\n"
        "layers = [MyDense(units=3), MyDense(units=4, activation='relu')]",
        "layers = list({'a': Dense(3), 'b': Dense(4)}.values())",
    ],
)
def test_layers_are_those_that_the_code_makes(layers: str) -> None:
    code = f"""\
from functools import partial
{layers}
x = Input((10, 2))
y = x
for layer in layers:
    y = layer(y)
model = Model(x, y)
"""
    assert rows(models(code)["model"]) == ["Dense (batch, 10, 3) 9", "Dense (batch, 10, 4) 16"]


def test_a_function_of_which_a_part_is_passed_already() -> None:
    code = """\
from functools import partial, reduce
def block(units, x, rate=0.1):
    return Dropout(rate)(Dense(units)(x))
x = Input((2,))
first = partial(block, 3)
second = partial(block, x=first(x), rate=0.2)
model = Model(x, second(4))
chained = Model(x, reduce(lambda y, layer: layer(y), [Dense(5), Dense(6)], x))
"""
    found = models(code)
    assert rows(found["model"]) == [
        "Dense (batch, units) 9",
        "Dropout (batch, units) 0",
        "Dense (batch, units_2) 16",
        "Dropout (batch, units_2) 0",
    ]
    assert rows(found["chained"]) == ["Dense (batch, 5) 15", "Dense (batch, 6) 36"]


def test_a_class_with_a_call_of_its_own_is_not_the_layer_that_it_derives_from() -> None:
    code = """\
class Own(LSTM):
    def call(self, x):
        return super().call(x) * 2
model = Sequential([Input((10, 2)), Own(3)])
"""
    assert rows(models(code)["model"]) == ["Own ? ?"]


def test_a_layer_that_does_nothing_of_its_own_is_not_known() -> None:
    code = """\
class Own(Layer):
    def __init__(self):
        super().__init__()
model = Sequential([Input((10, 2)), Own(), Dense(3)])
"""
    assert rows(models(code)["model"])[0].startswith("Own ")


def test_a_sequential_of_keras_1_merges_models() -> None:
    code = """\
left = Sequential()
left.add(Dense(32, input_shape=(7,)))
right = Sequential([Embedding(5, 16, input_length=3), Flatten()])
model = Sequential()
model.add(Merge([left, right], mode='concat'))
model.add(Dense(2))
"""
    assert rows(models(code)["model"]) == [
        "Dense (batch, 32) 256",
        "Embedding (batch, 3, 16) 80",
        "Flatten (batch, 48) 0",
        "Concatenate (batch, 80) 0",
        "Dense (batch, 2) 162",
    ]


@pytest.mark.parametrize(
    "made",
    [
        "for u in units:\n    model.add(Dense(u))",
        "for i, u in enumerate(units):\n    model.add(Dense(u))",
        "for u, r in zip(units, [0.1, 0.2]):\n    model.add(Dense(u))",
        "model = Sequential([Input((4,))] + [Dense(u) for u in units])",
    ],
)
def test_a_list_that_is_not_known_is_given_by_its_length(made: str) -> None:
    code = f"from data import units\nmodel = Sequential([Input((4,))])\n{made}\n"
    assert "--set 'len(units)=2'" in refusal(models(code)["model"])
    assert rows(models(code, **{"len(units)": "2", "units[0]": "3"})["model"]) == [
        "Dense (batch, units[0]) 15",
        "Dense (batch, units[1]) None",
    ]


def test_a_loop_without_an_end_of_its_own_goes_to_its_break() -> None:
    code = """\
model = Sequential([Input((4,))])
while True:
    model.add(Dense(2))
    if len(model.layers) > 2:
        break
"""
    assert rows(models(code)["model"]) == ["Dense (batch, 2) 10", *["Dense (batch, 2) 6"] * 2]
    assert "what cannot be read (while True)" in refusal(
        models(code.replace("len(model.layers) > 2", "found()"))["model"]
    )


OPEN = """\
def build(rate, last, act):
    model = Sequential([Input((10, 2)), LSTM(4, return_sequences=last, activation=act)])
    model.add(Dropout(rate))
    if attend:
        model.add(Dense(7))
    return model
"""


def test_rates_words_flags_and_conditions_are_given_by_set() -> None:
    found = models(OPEN)
    assert list(found) == [
        "model",
        "model (not attend)",
        "model (not last)",
        "model (not attend, not last)",
    ]
    given = {"rate": "0.5", "last": "true", "act": "relu", "attend": "False"}
    found = models(OPEN, **given)
    assert list(found) == ["model"]
    assert rows(found["model"]) == ["LSTM (batch, 10, 4) 112", "Dropout (batch, 10, 4) 0"]
    lstm, dropout = (node.layer for node in found["model"].graph_or_raise().nodes)
    assert (lstm.arguments["activation"], dropout.arguments["rate"]) == ("relu", 0.5)


def test_what_set_gives_is_checked_as_what_stands_in_the_code() -> None:
    assert "a number from 0 to 1" in refusal(next(iter(models(OPEN, rate="2").values())))
    with pytest.raises(SpecError, match="did you mean `rate`"):
        models(OPEN, rat="0.5")


def test_what_is_not_finite_has_no_integer() -> None:
    code = """\
import math
units = math.ceil(float("inf")) if math.floor(float("nan")) > 0 else int(float("inf"))
model = Sequential([Input((4,)), Dense(units)])
"""
    assert rows(models(code)["model"]) == ["Dense (batch, units) None"]


def test_an_input_of_an_unknown_rank_has_a_name_for_its_last_size() -> None:
    code = """\
first = Sequential([Dense(3), Dense(2)])
second = Sequential([BatchNormalization(), Dropout(0.2), Dense(3)])
def build(shape):
    x = Input(shape)
    return Model(x, Dense(4)(x))
third = Sequential([Flatten(), Dense(5)])
"""
    found = models(code)
    report = analyse(found["first"].graph_or_raise())
    assert [row.formula.text() for row in report.rows] == ["3×(features+1)", "2×(3+1)"]
    assert report.complete
    assert rows(models(code, features="7")["second"]) == [
        "BatchNormalization (features) 28",
        "Dropout (features) 0",
        "Dense (3) 24",
    ]
    report = analyse(found["build"].graph_or_raise())
    assert report.formula.text() == "4×(shape[-1]+1)"
    assert rows(found["third"]) == ["Flatten ? 0", "Dense (5) ?"]


@pytest.mark.parametrize(
    ("shape", "rest"),
    [
        ("(5, 2)", "(batch, 5, 2)"),
        ("lambda shape: (shape[0], shape[2])", "(batch, 8)"),
        ("half", "(batch, 5, 8)"),
    ],
)
def test_a_lambda_that_is_not_understood_has_the_shape_that_it_declares(
    shape: str, rest: str
) -> None:
    code = f"""\
def half(shape):
    return (shape[0], shape[1] // 2, shape[2])
x = Input((10, 8))
model = Model(x, Lambda(lambda t: K.ctc(t), output_shape={shape})(x))
"""
    assert rows(models(code)["model"]) == [f"Lambda {rest} 0"]


@pytest.mark.parametrize(
    "number", ["float(n_vocab)", "len(words)", "X.max()", "np.max(X)", "255.0"]
)
def test_an_array_by_a_number_keeps_its_shape(number: str) -> None:
    code = f"""\
import numpy as np
X = np.reshape(data, (n_patterns, 5, 1))
scale = {number}
X = X / scale
X = X * {number}
model = Sequential([LSTM(4, input_shape=(X.shape[1], X.shape[2]))])
"""
    assert rows(models(code)["model"]) == ["LSTM (batch, 4) 96"]


def test_an_array_by_what_is_not_known_has_no_known_shape() -> None:
    code = """\
import numpy as np
X = np.zeros((3, 5, 1)) - load()
model = Sequential([LSTM(4, input_shape=(X.shape[1], X.shape[2]))])
"""
    assert rows(models(code)["model"]) == ["LSTM (batch, 4) None"]


def test_an_axis_in_a_variable_is_a_number() -> None:
    code = """\
axis, channels = 3, 2
x = Input((8, 8, 3))
y = Concatenate(axis=axis)([x, BatchNormalization(axis=axis)(x)])
model = Model(x, Permute((axis, 1, channels))(y))
"""
    assert rows(models(code)["model"]) == [
        "BatchNormalization (batch, 8, 8, 3) 12",
        "Concatenate (batch, 8, 8, 6) 0",
        "Permute (batch, 6, 8, 8) 0",
    ]


def test_an_axis_that_is_not_known_is_named() -> None:
    code = "model = Sequential([Input((8, 3)), BatchNormalization(axis=axis), Dense(2)])\n"
    assert rows(models(code)["model"])[0].startswith("BatchNormalization ?")


@pytest.mark.parametrize(("flag", "count"), [("'False'", 9), ("1", 9), ("0", 6), ("None", 6)])
def test_a_flag_is_taken_as_python_takes_it(flag: str, count: int) -> None:
    code = f"model = Sequential([Input((2,)), Dense(3, use_bias={flag})])\n"
    assert rows(models(code)["model"]) == [f"Dense (batch, 3) {count}"]


def test_a_lambda_may_read_tensors_around_it() -> None:
    code = """\
x = Input((10, 2))
y = Dense(4)(x)
steps = [Lambda(lambda t: y[:, k, :], name="step_%d" % k)(y) for k in range(2)]
model = Model(x, Concatenate()(steps))
"""
    assert rows(models(code)["model"]) == [
        "Dense (batch, 10, 4) 12",
        "GetItem (batch, 4) 0",
        "GetItem (batch, 4) 0",
        "Concatenate (batch, 8) 0",
    ]


def test_the_tensor_of_a_call_is_asked_for_by_its_number() -> None:
    code = """\
x, y = Input((2,)), Input((2,))
shared = Dense(3)
shared(x), shared(y)
model = Model([x, y], [shared.get_output_at(1), shared.get_output_at(0)])
"""
    assert rows(models(code)["model"]) == ["Dense (batch, 3) 9", "Dense (batch, 3) 0"]
    (graph,) = [each.graph_or_raise() for each in models(code).values()]
    assert [str(ref) for ref in graph.outputs] == ["dense_call_2", "dense"]


def test_a_way_on_which_python_stops_makes_no_model() -> None:
    code = """\
def build(kind, n):
    x = Input((n,))
    if kind == "small":
        y = Dense(3)(x)
    elif kind == "large":
        y = Dense(4)(x)
    return Model(x, y)
"""
    found = models(code)
    assert list(found) == ["build", "build (not kind == 'small', kind == 'large')"]
    wrong = models("def build():\n    x = Input((2,))\n    if False:\n        y = x\n"
                   "    return Model(x, y)\n")["build"]  # fmt: skip
    assert "it comes from `y`" in refusal(wrong)


def test_the_layers_of_a_sequential_are_without_its_input() -> None:
    code = """\
base = Sequential([Input((4,)), Dense(3), Dense(2)])
base.layers[0].trainable = False
size = base.layers[-1].units + len(base.layers)
model = Sequential([Input((size,)), Dense(1)])
"""
    found = models(code)
    report = analyse(found["base"].graph_or_raise())
    assert (report.params, report.trainable) == (23, 8)
    assert rows(found["model"]) == ["Dense (batch, 1) 5"]


def test_a_condition_that_changes_nothing_of_a_model_makes_no_second_one() -> None:
    code = """\
def build(deep):
    x = Input((4,))
    return Model(x, Dense(1)(Dense(2)(x) if deep else x))
model = Sequential([Input((5, 4)), TimeDistributed(Sequential([Dense(3), Dense(2)]))])
"""
    assert list(models(code)) == ["build", "build (not deep)", "model"]


@pytest.mark.parametrize("end", ["raise ValueError(kind)", "sys.exit(1)", "exit()"])
def test_a_branch_that_ends_the_program_is_none_of_the_ways(end: str) -> None:
    code = f"""\
import sys
def build(kind, n):
    x = Input((n,))
    if kind == "small":
        y = Dense(3)(x)
    else:
        {end}
    return Model(x, y)
"""
    assert list(models(code)) == ["build"]


@pytest.mark.parametrize("first", ["x", "unknown()"])
def test_nothing_is_added_to_a_model_of_tensors(first: str) -> None:
    code = f"x = Input((2,))\nmodel = Model(x, {first})\nmodel.add(Dense(3))\n"
    assert "what is no Sequential" in refusal(models(code)["model"])


def test_a_function_of_tensors_in_something_else_is_not_understood() -> None:
    code = (
        "x = Input((2,))\nmodel = Model(x, tf.nn.relu({'a': [x]}, 2) + tf.maximum(y=3, x=[[]]))\n"
    )
    assert models(code)


def test_a_number_for_one_input_is_none_of_a_layer_that_is_called_on_another() -> None:
    code = """\
class Block(Layer):
    def __init__(self, units):
        super().__init__()
        self.project = Sequential([Dense(5), Dense(units)])
        self.attend = MultiHeadAttention(1, units)
    def call(self, x):
        return self.project(x + self.attend(x, x))
x = Input((None, 4))
model = Model(x, Block(4)(x))
alone = Sequential([LSTM(3)])
"""
    for overrides in ({}, {"features": "7"}):
        found = models(code, **overrides)
        # 4 times 4×(4+1), and 5×(4+1) and 4×(5+1)
        assert analyse(found["model"].graph_or_raise()).params == 80 + 25 + 24
    assert rows(found["alone"]) == ["LSTM (batch, 3) 132"]


def test_a_sequential_without_an_input_is_built_by_its_first_call() -> None:
    code = """\
head = Sequential([Dense(3), Dense(2)])
x = Input((10, 4))
model = Model(x, head(LSTM(5)(x)))
own = Sequential([Dense(3)])
"""
    found = models(code)
    assert rows(found["head"]) == ["Dense (batch, 3) 18", "Dense (batch, 2) 8"]
    assert rows(found["own"]) == ["Dense (3) None"]
