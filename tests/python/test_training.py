"""What `compile` and `fit` say becomes what a spec expects, by hand."""

from __future__ import annotations

import pytest

from seqinspect.analysis.walk import output_shape
from seqinspect.lint.expectations import read_expectations
from seqinspect.lint.run import Plan, check_data
from seqinspect.model.data import DataArray
from seqinspect.readers.spec import read_models

CODE = """\
import numpy as np
from keras import Input, Model, Sequential, layers, losses, utils
from keras.losses import MeanSquaredError
x = Input((10, 8))
one = layers.Dense({units}, name="one")(x)
two = layers.Dense(1, name="two")(x)
model = Model(x, {outputs})
{then}
"""


def expected(then: str, *, outputs: str = "one", units: int = 5) -> dict[str, str]:
    code = CODE.format(then=then, outputs=outputs, units=units).encode()
    (found,) = read_models(code, name="a.py", infer=output_shape)
    entries = read_expectations(found.graph_or_raise()).entries
    return {" ".join(filter(None, each.key)): text(each.value) for each in entries}


def text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join("any" if size is None else size.text() for size in value)
    return str(value)


@pytest.mark.parametrize(
    ("passed", "loss"),
    [
        ("'adam', 'mse'", "mean_squared_error"),
        ("loss='MAE', optimizer='adam'", "mean_absolute_error"),
        ("loss='categorical_crossentropy'", "categorical_crossentropy"),
        ("loss=losses.SparseCategoricalCrossentropy()", "sparse_categorical_crossentropy"),
        ("'adam', losses.BinaryCrossentropy(True)", "binary_crossentropy(from_logits=True)"),
        (
            "loss=losses.CategoricalCrossentropy(from_logits=True)",
            "categorical_crossentropy(from_logits=True)",
        ),
        ("loss=losses.BinaryFocalCrossentropy(True)", "binary_focal_crossentropy"),
        ("loss=losses.mean_squared_error", "mean_squared_error"),
        ("loss=MeanSquaredError()", "mean_squared_error"),
        ("loss=[losses.Huber()]", "huber"),
    ],
)
def test_a_loss_is_expected_by_its_name(passed: str, loss: str) -> None:
    assert expected(f"model.compile({passed})") == {"loss": loss}


@pytest.mark.parametrize("passed", ["loss=mine", "loss='mine'", "'adam'", "loss=lambda a, b: a"])
def test_a_loss_that_keras_does_not_have_is_passed_over(passed: str) -> None:
    assert expected(f"model.compile({passed})") == {}


@pytest.mark.parametrize(
    "passed", ["['mse', losses.Hinge()]", "{'two': losses.Hinge(), 'one': 'mse'}"]
)
def test_each_output_has_its_loss(passed: str) -> None:
    found = expected(f"model.compile('adam', {passed})", outputs="[one, two]")
    assert found == {"loss one": "mean_squared_error", "loss two": "hinge"}


@pytest.mark.parametrize(
    ("target", "units", "shape"),
    [
        ("np.zeros((100, 10, 5))", 5, "batch, 10, 5"),
        ("np.zeros((100, 10))", 1, "batch, 10, 1"),  # Keras adds the axis
        ("np.zeros((100, 10, 5, 1))", 5, "batch, 10, 5"),  # and takes one away
        ("utils.to_categorical(labels, 5)", 5, "batch, 5"),
    ],
)
def test_a_target_whose_shape_is_known_is_expected(target: str, units: int, shape: str) -> None:
    found = expected(f"model.fit(np.zeros((100, 10, 8)), {target})", units=units)
    assert found["target"] == shape


def test_a_target_that_is_not_known_is_not() -> None:
    assert expected("model.fit(x_train, y_train)") == {}
    assert expected("model.fit(x_train, y=np.zeros((n, k)))") == {}


def test_a_model_of_the_authors_own_class_is_compiled_and_fitted_too() -> None:
    code = b"""
import numpy as np
from keras import Model, layers
class Net(Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(3)
    def call(self, x):
        return self.head(x)
net = Net()
net.compile("adam", "mse")
net.fit(np.zeros((100, 10, 8)), np.zeros((100, 10, 3)))
"""
    (found,) = read_models(code, name="a.py", infer=output_shape)
    graph = found.graph_or_raise()
    assert [size.value for size in (graph.inputs[0].shape or ())[1:]] == [10, 8]
    assert [each.key.what for each in read_expectations(graph).entries] == ["loss"]
    assert graph.fitted is not None
    assert isinstance(graph.fitted.y, DataArray)
    assert graph.fitted.y.shape == (100, 10, 3)


DATA = """\
import numpy as np
from keras import Input, Sequential, layers, losses
model = Sequential([Input((10, 8)), layers.LSTM(4, return_sequences=True), layers.Dense(1)])
model.compile("adam", {loss})
x = np.zeros((100, 10, 8))
model.fit({data})
"""


@pytest.mark.parametrize(
    ("data", "loss", "found"),
    [
        ("x, np.zeros((100, 10, 1))", "'mse'", []),
        ("x, np.zeros((100, 10))", "'mse'", []),
        ("x, np.zeros((100, 1))", "'mse'", ["SEQ602 6:14"]),
        ("x=x, y=np.zeros(100), batch_size=8", "losses.Huber()", ["SEQ602 6:18"]),
        ("x, np.zeros((100, 1))", "'binary_crossentropy'", ["SEQ601 6:14"]),
        ("x, np.zeros((90, 10, 1))", "'mse'", ["SEQ601 6:11"]),
        ("np.zeros((100, 8, 10)), np.zeros((100, 10, 1))", "'mse'", ["SEQ601 6:11"]),
        ("x[:, 0], np.zeros((100, 10, 1))", "'mse'", ["SEQ601 6:11"]),
        ("x, np.zeros((100, 10, 1)), sample_weight=np.zeros(100)", "'mse'", ["SEQ601 6:14"]),
        ("x, [np.zeros((100, 10, 1)), np.zeros(100)]", "'mse'", ["SEQ601 6:14"]),
        ("x, np.zeros((100, 1))", "mine", []),  # it takes what it likes
        ("x, np.zeros((n, 10, 1))", "'mse'", []),
        ("x, y", "'mse'", []),
        ("np.zeros((n, 10, 8)), np.zeros((n, 1))", "'mse'", ["SEQ602 6:33"]),
        ("np.zeros((n, 10, 8)), np.zeros((n, 1)), batch_size=size", "'mse'", []),
        ("x, np.zeros(100), validation_split=0.2", "'mse'", ["SEQ602 6:14"]),
        ("*everything", "'mse'", []),
        ("[x, x], np.zeros((100, 10, 1))", "'mse'", []),  # a Sequential takes the first one
        ("x, [np.zeros(9), np.zeros(9)]", "mine", []),
    ],
)
def test_data_of_known_shape_is_compared_as_fit_compares_it(
    data: str, loss: str, found: list[str]
) -> None:
    code = DATA.format(data=data, loss=loss).encode()
    outcome = check_data("a.py", code, Plan(static=True))
    assert [
        f"{each.code} {each.place.line}:{each.place.column}"
        for each in outcome.findings
        if each.place is not None and each.code.startswith("SEQ6")
    ] == found


def test_the_loss_of_one_of_two_outputs_is_compared_with_its_activation() -> None:
    then = "model.compile('adam', {'one': 'mse', 'two': 'binary_crossentropy'})"
    code = CODE.format(then=then, outputs="[one, two]", units=5).encode()
    outcome = check_data("a.py", code, Plan(static=True))
    found = [(f.code, f.place.line) for f in outcome.findings if f.place and f.code == "SEQ406"]
    assert found == [("SEQ406", 6)]


@pytest.mark.parametrize(("shape", "codes"), [("X.shape[1:]", set()), ("(None, 8)", {"SEQ105"})])
def test_a_size_that_data_has_is_not_left_open(shape: str, codes: set[str]) -> None:
    code = f"""\
from keras import Input, Sequential, layers
X = load(n=4).reshape(-1, steps, 8)
model = Sequential([Input({shape}), layers.LSTM(4, return_sequences=True), layers.Flatten()])
"""
    found = check_data("a.py", code.encode(), Plan(static=True)).findings
    assert {finding.code for finding in found} == codes


def test_of_a_layer_with_unknown_arguments_no_activation_is_missed() -> None:
    code = b"""\
from keras import Input, Sequential, layers
model = Sequential([Input((8,)), layers.Dense(**settings["a"]), layers.Dense(4)])
model.compile("adam", "binary_crossentropy")
"""
    found = check_data("a.py", code, Plan(static=True)).findings
    assert "SEQ205" not in {finding.code for finding in found}
