"""Expressions on tensors, as code has them: Keras, which runs the code, says what comes out."""

from __future__ import annotations

from typing import Any

import pytest

from seqinspect.analysis.walk import output_shape
from seqinspect.keras_model.build import runtime
from seqinspect.readers.spec import read_spec

pytestmark = pytest.mark.keras

CODE = """\
from keras import Input, Model, layers, ops
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
