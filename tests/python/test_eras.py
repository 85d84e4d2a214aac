"""Defaults are those of the Keras that imports and idioms point to, by what each Keras did."""

from __future__ import annotations

import pytest

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.output.report.time_notes import row_remarks
from seqinspect.readers.spec import read_models

GRU = """
model = Sequential([{layer}])
"""
PLAIN = "from keras import Sequential\nfrom keras.layers import *\n"
REMARK = "reset_after is false, as in keras before 2.4 (tf.keras 2 has true)"


def counted(code: str, layer: str = "GRU(6, input_shape=(10, 8))") -> tuple[int | None, bool]:
    text = (code + GRU.format(layer=layer)).encode()
    (found,) = read_models(text, name="a.py", infer=output_shape)
    report = analyse(found.graph_or_raise())
    said = row_remarks(report.rows[0])
    return report.params, any(REMARK in text for text in said)


@pytest.mark.parametrize(
    "code",
    [
        "from keras.models import Sequential\nfrom keras.layers.recurrent import GRU\n",
        "import keras.layers.core\n" + PLAIN,
        "from keras.layers.core import Dense\n" + PLAIN,
        "from keras.backend.tensorflow_backend import set_session\n" + PLAIN,
        "from keras.callbacks.callbacks import EarlyStopping\n" + PLAIN,
        "from keras.engine.topology import Layer\n" + PLAIN,
        "import tensorflow as tf\nsession = tf.Session()\n" + PLAIN,
        "from tensorflow import placeholder\n" + PLAIN,
        "from tensorflow.contrib.keras.python.keras.layers import GRU\n" + PLAIN,
        "import tensorflow.compat.v1 as tf\nGRU = tf.keras.layers.GRU\n"
        "Sequential = tf.keras.Sequential\n",
        PLAIN + "Dense(3, border_mode='same')\n",
        PLAIN + "other.fit(x, y, nb_epoch=3)\n",
        PLAIN + "print 'training'\n",
    ],
)
def test_an_older_keras_resets_before(code: str) -> None:
    assert counted(code) == (3 * 6 * (8 + 6 + 1), True)


@pytest.mark.parametrize(
    "code",
    [
        PLAIN,
        "import keras\nGRU, Sequential = keras.layers.GRU, keras.Sequential\n",
        "from tensorflow.keras.layers import GRU\nfrom tensorflow.keras import Sequential\n",
        "import tensorflow as tf\nv1 = tf.compat.v1.Session()\n" + PLAIN,
        PLAIN + "other.fit(x, y, epochs=3)\nprint('training')\n",
    ],
)
def test_others_reset_after(code: str) -> None:
    assert counted(code) == (3 * 6 * (8 + 6 + 2), False)


def test_what_is_written_counts() -> None:
    old = "from keras.layers.core import Dense\n" + PLAIN
    assert counted(old, "GRU(6, input_shape=(10, 8), reset_after=True)") == (288, False)
    assert counted(old, "CuDNNGRU(6, input_shape=(10, 8))") == (288, False)
    both = "Bidirectional(GRU(6), input_shape=(10, 8))"
    assert counted(old, both) == (2 * 3 * 6 * (8 + 6 + 1), True)


@pytest.mark.parametrize(
    ("line", "activation"),
    [("Dense(3, border_mode='same')\n", "hard_sigmoid"), ("import keras.engine\n", "sigmoid")],
)
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_gates_of_keras_1_are_hard_by_default(line: str, activation: str, kind: str) -> None:
    layers = f"{kind}(6, input_shape=(10, 8)), {kind}(4, recurrent_activation='tanh')"
    text = (PLAIN + line + GRU.format(layer=layers)).encode()
    (found,) = read_models(text, name="a.py", infer=output_shape)
    first, second = (node.layer.arguments for node in found.graph_or_raise().nodes)
    assert first.get("recurrent_activation", "sigmoid") == activation
    assert second["recurrent_activation"] == "tanh"


@pytest.mark.parametrize("axes", ["", ", dot_axes=-1", ", dot_axes=1"])
def test_merge_by_dot_is_over_the_last_axis_where_it_does_not_say(axes: str) -> None:
    text = f"""
from keras.layers import Dense, Input, merge
from keras.models import Model
a, b = Input(shape=(10,)), Input(shape=(10,))
model = Model(input=[a, b], output=Dense(3)(merge([a, b], mode="dot"{axes})))
"""
    (found,) = read_models(text.encode(), name="a.py", infer=output_shape)
    report = analyse(found.graph_or_raise())
    assert report.params == 3 * (1 + 1)
