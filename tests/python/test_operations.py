"""Expressions on tensors, as code has them: Keras, which runs the code, says what comes out."""

from __future__ import annotations

from typing import Any

import pytest

from seqinspect.analysis.walk import analyse, output_shape
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.compare import confirm
from seqinspect.keras_model.experiment.prove import prove
from seqinspect.readers.spec import read_spec
from seqinspect.rules.reason_text import reason_text

pytestmark = pytest.mark.keras

CODE = """\
from keras import Input, Model, Sequential, layers, ops; import numpy as np
import tensorflow as tf; K = tf.keras.backend
x = Input((6, 8))
z = Input((6, 8))
y = {}
model = Model([x, z], y)
"""
EXPRESSIONS = """\
x[:, -1, :]
x[:, 1:4]
x[:, ::2, :3]
x[..., None]
x[:, None]
x[:, -1:]
x + z
2 - x
-x
x ** 2
x @ ops.transpose(z, (0, 2, 1))
ops.mean(x, axis=1)
ops.mean(x, axis=-1, keepdims=True)
ops.mean(x, axis=[1, 2])
ops.sum(x, 1)
ops.concatenate([x, z], 2)
ops.stack([x, z], axis=1)
ops.reshape(x, (-1, 3, 16))
ops.expand_dims(x, axis=1)
ops.squeeze(ops.expand_dims(x, 1), axis=1)
ops.tile(x, [1, 2, 1])
ops.repeat(x, 3, axis=1)
ops.split(x, 2, axis=1)[0]
ops.split(x, [1, 4], axis=1)[1]
ops.einsum("bij,bkj->bik", x, z)
ops.maximum(x, 0)
ops.one_hot(ops.argmax(x, axis=-1), 5)
ops.cumsum(x, axis=1)
ops.flip(x, axis=1)
ops.pad(x, [[0, 0], [1, 2], [0, 0]])
ops.take(x, [0, 2], axis=1)
ops.unstack(x, axis=1)[0]
layers.Dense(4)(x)[:, 0]
layers.Lambda(lambda t: t[:, -1])(x)
layers.Lambda(lambda t: ops.mean(t, axis=1))(x)
layers.Activation(ops.relu)(x)
ops.where(x > 0, x, 0)
x + ops.ones((6, 8))
x * ops.arange(8)
ops.add(x, ops.zeros((1, 6, 1)))
ops.arange(6)[None, :, None] * x
ops.minimum(x, ops.cast(ops.arange(1, 7), "float32")[:, None] * ops.ones((1, 8)))
x[:, np.newaxis]
x / ops.sqrt(ops.cast(8, "float32"))
ops.where(x > z, x, z)
ops.var(x, axis=1)
ops.std(x, 1, True)
ops.any(x > 0, axis=-1)
ops.logsumexp(x, axis=1)
ops.argmin(x, axis=1)
ops.swapaxes(x, 1, 2)
ops.floor(x) + ops.rsqrt(z) * ops.arctan2(x, z)
ops.roll(x, 2, axis=1)
ops.sort(x, axis=1)
ops.norm(x, axis=-1)
layers.Lambda(lambda t: ops.mean(t, axis=1) * 2)(x)
layers.Lambda(lambda t: t[:, -1] + t[:, 0])(x)
layers.Lambda(lambda t: ops.sum(t[0] * t[1], axis=-1))([x, z])
layers.Lambda(lambda t: ops.concatenate([ops.mean(t, 1), ops.max(t, 1)], axis=-1))(x)
layers.Lambda(lambda t: t)(x)
layers.Lambda(lambda t, k: t[:, :k], arguments={"k": 3})(x)
Sequential([Input((6, 8)), layers.Lambda(lambda t: ops.mean(t, axis=1) * 2)])(x)
Sequential([Input((6, 8)), layers.Lambda(lambda t: t / 255.0), layers.LSTM(3)])(x)
layers.Lambda(lambda t: tf.reshape(t, (-1, 3, 16)))(x)
layers.Lambda(lambda t: tf.slice(t, [0, 1, 0], [-1, 3, 8]))(x)
layers.Lambda(lambda t: tf.image.resize(t, (12, 4)))(x[..., None])
layers.Lambda(lambda t: tf.image.resize(t, size=[12, 4], method="nearest"))(x[..., None])
layers.Lambda(lambda t: tf.pad(t, paddings=[[0, 0], [1, 2], [0, 0]]))(x)
layers.Lambda(lambda t: tf.matmul(t[0], t[1], transpose_b=True))([x, z])
layers.Lambda(lambda t: tf.argmax(t, axis=2))(x)
layers.Lambda(lambda t: K.argmax(t))(x)
layers.Lambda(lambda t: K.repeat(t, 5))(x[:, 0])
layers.Lambda(lambda t: K.batch_dot(t[0], t[1], axes=[2, 2]))([x, z])
layers.Lambda(lambda t: K.temporal_padding(t, (2, 1)))(x)
layers.Lambda(lambda t: K.resize_images(t, 2, 3, "channels_last"))(x[..., None])
layers.Lambda(lambda t: t + K.random_normal(shape=(K.shape(t)[0], 6, 8)))(x)
layers.Lambda(lambda t: t * tf.random.uniform(tf.shape(t)))(x)
layers.Lambda(lambda t: t[0] + K.exp(t[1]) * K.random_normal(K.shape(t[0])))([x, z])
"""


@pytest.mark.parametrize("expression", EXPRESSIONS.splitlines())
def test_a_shape_is_that_of_keras(expression: str) -> None:
    runtime.load(hide_gpus=True)
    text = CODE.format(expression)
    space: dict[str, Any] = {}
    exec(text, space)
    shape = output_shape(read_spec(text.encode(), name="model.py", infer=output_shape))
    assert shape is not None
    assert tuple(size.value for size in shape) == tuple(space["model"].output.shape)


@pytest.mark.parametrize("expression", EXPRESSIONS.splitlines())
def test_keras_and_the_experiment_are_asked_about_operations(expression: str) -> None:
    runtime.load(hide_gpus=True)
    graph = read_spec(CODE.format(expression).encode(), name="model.py", infer=output_shape)
    report = prove(graph, confirm(graph, analyse(graph)))
    assert not report.keras.differences
    if "tf." not in expression:  # of TensorFlow's own functions Keras has only some
        assert all(row.confirmed.shape for row in report.rows), report.keras.reasons
        said = [row.confirmed.time for row in report.rows if row.time is not None]
        # what a Reshape makes of few steps is another thing
        assert None not in said or "reshape" in expression, report.keras.reasons


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("x * alpha", "`x * alpha`"),
        ("x[:, k]", "`x[:, k]`"),
        ("ops.sum(x, axis=k)", "`ops.sum(x, axis=k)`"),
        ("ops.cumsum(x, axis=1, reverse=True)", "`ops.cumsum(x, axis=1, reverse=True)`"),
        ("ops.cumsum(x)", "`ops.cumsum(x)`"),
        ("ops.argmax(x)", "`ops.argmax(x)`"),
        ("tf.map_fn(f, x)", "`tf.map_fn(f, x)`"),
        ("tf.one_hot(x, 5, 1.0, 0.0)", "`tf.one_hot(x, 5, 1.0, 0.0)`"),
    ],
)
def test_what_is_not_understood_is_a_row_with_its_text(expression: str, reason: str) -> None:
    report = analyse(read_spec(CODE.format(expression).encode(), name="model.py"))
    (row,) = (row for row in report.rows if row.unsupported)
    assert row.unsupported is not None
    assert reason in reason_text(row.unsupported)
    assert row.place is not None
    assert row.place.line == 5
    assert row.outputs[0].unknown_shape
