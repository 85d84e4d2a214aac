"""Memory against Keras: bytes of real variables, of real optimizers, and of what layers return."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.memory import OPTIMIZER_SLOTS, bytes_at_batch, with_memory
from seqinspect.analysis.walk import analyse
from seqinspect.keras_model.build import runtime
from seqinspect.model.policy import under_policy
from seqinspect.model.report import BYTES
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.memory import Memory

pytestmark = pytest.mark.keras

SPEC = b"""
input: [10, 8]
layers:
  - Conv1D: {filters: 6, kernel_size: 3, padding: causal, name: conv}
  - BatchNormalization: {name: norm}
  - Dense: {units: 8, trainable: false, name: frozen}
  - Add: {name: sum}
    from: [input, frozen]
  - Bidirectional: {layer: {LSTM: {units: 5, return_sequences: true}}, name: both}
  - MultiHeadAttention: {num_heads: 2, key_dim: 3, name: attention}
    from: [both, both]
  - GlobalAveragePooling1D: {name: mean}
  - Dense: {units: 3, name: head}
"""
POLICIES = ("float32", "mixed_float16", "mixed_bfloat16", "bfloat16", "float16", "float64")
BATCH = 7


def keras_model() -> Any:
    keras: Any = runtime.load()
    layers = keras.layers
    x = keras.Input((10, 8), name="input")
    y = layers.Conv1D(6, 3, padding="causal")(x)
    y = layers.BatchNormalization()(y)
    y = layers.Dense(8, trainable=False)(y)
    y = layers.Add()([x, y])
    # Its own, Orthogonal, TensorFlow cannot compute in bfloat16.
    lstm = layers.LSTM(5, return_sequences=True, recurrent_initializer="glorot_uniform")
    y = layers.Bidirectional(lstm)(y)
    y = layers.MultiHeadAttention(2, 3)(y, y)
    y = layers.GlobalAveragePooling1D()(y)
    return keras.Model(x, layers.Dense(3)(y))


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> Iterator[str]:
    keras: Any = runtime.load()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def described(policy: str, optimizer: str = "adam") -> Memory:
    graph = under_policy(read_spec(SPEC, name="m.yaml"), policy)
    found = with_memory(graph, analyse(graph), batch=BATCH, optimizer=optimizer).memory
    assert found is not None
    return found


def test_bytes_of_weights_are_those_of_real_variables(policy: str) -> None:
    theirs: dict[str, int] = {}
    for variable in keras_model().weights:
        dtype = str(variable.value.dtype.name)
        theirs[dtype] = theirs.get(dtype, 0) + int(variable.numpy().nbytes)
    assert {dtype: each.value for dtype, each in described(policy).weights} == theirs


@pytest.mark.parametrize("optimizer", OPTIMIZER_SLOTS)
def test_bytes_of_an_optimizer_are_those_of_its_variables(policy: str, optimizer: str) -> None:
    keras: Any = runtime.load()
    made = {
        "sgd": keras.optimizers.SGD,
        "sgd-momentum": lambda: keras.optimizers.SGD(momentum=0.9),
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
    }[optimizer]()
    model = keras_model()
    made.build(model.trainable_variables)
    found = described(policy, optimizer)
    assert found.state.value == sum(int(each.numpy().nbytes) for each in made.variables)
    assert found.gradients.value == sum(int(w.numpy().nbytes) for w in model.trainable_variables)


def test_bytes_of_activations_are_those_of_the_tensors_that_a_real_call_makes(policy: str) -> None:
    keras: Any = runtime.load()
    model = keras_model()
    every = keras.Model(model.inputs, [layer.output for layer in model.layers])
    tensors = every(keras.ops.zeros((BATCH, 10, 8)))
    theirs = sum(prod(each.shape) * BYTES[each.dtype.name] for each in tensors)
    found = described(policy).training
    assert found is not None
    assert bytes_at_batch(found.bytes, BATCH) == theirs
