"""Where a backend of Keras does otherwise than TensorFlow, by which the rules were made.

Each exception is shown by a few lines of Keras alone, which raise on some backends and run on the
others: `python -m tests.rules.judge --exceptions` runs them on the backend at hand, and
`docs/judged.md` lists them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqinspect.keras_model.build import runtime

if TYPE_CHECKING:
    from collections.abc import Sequence

TENSORFLOW, JAX, TORCH, NUMPY = "tensorflow", "jax", "torch", "numpy"

POOLING = tuple(
    f"Adaptive{what}Pooling{rank}D" for what in ("Average", "Max") for rank in (1, 2, 3)
)
CELLS = ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "RNN")


@dataclass(frozen=True)
class BackendException:
    """Rules, the backends on which the script raises, and a pattern of the differences."""

    rules: tuple[str, ...]
    raises: frozenset[str]
    reason: str
    difference: str
    script: str

    def deviates(self, backend: str) -> bool:
        """Whether a backend does otherwise than TensorFlow."""
        return (backend in self.raises) != (TENSORFLOW in self.raises)

    def covers(self, rule: str, backend: str, difference: str) -> bool:
        """Whether a difference of a rule is this exception."""
        return (
            rule in self.rules
            and self.deviates(backend)
            and re.search(self.difference, difference) is not None
        )


def exception(
    rules: Sequence[str], raises: Sequence[str], reason: str, difference: str, script: str
) -> BackendException:
    """Return a BackendException."""
    return BackendException(tuple(rules), frozenset(raises), reason, difference, script)


EXCEPTIONS = (
    exception(
        POOLING, [TENSORFLOW],
        "only TensorFlow's pooling prepares windows of ⌈T/o⌉+1 steps, which one step in or out does"
        " not have; the rule refuses it everywhere",
        r"^only the rule refuses: cannot pool .* on TensorFlow",
        "predict([layers.AdaptiveAveragePooling1D(1)], (3, 1))",
    ),
    exception(
        ["BatchNormalization", "Pipeline"], [JAX, TORCH, NUMPY],
        "`synchronized=True` is for TensorFlow alone",
        r"^only Keras refuses: .*synchronized=True is only supported",
        "layers.BatchNormalization(synchronized=True)",
    ),
    exception(
        ["Normalization"], [JAX, TORCH, NUMPY],
        "`count` is int64 on TensorFlow, and int32 elsewhere",
        r"^weight dtypes: .*'int64'\] is not .*'int32'\]$",
        "layer = layers.Normalization()\nlayer.build((None, 3))\n"
        "assert layer.count.dtype == 'int64'",
    ),
    exception(
        ["Concatenate"], [JAX, TORCH, NUMPY],
        "one tensor alone is joined along an axis that it has not on TensorFlow only",
        r"^only Keras refuses: .*(out of bounds|out of range)",
        "layers.Concatenate(axis=4)([ones((2, 3))])",
    ),
    exception(
        ["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"], [JAX, NUMPY],
        "a mask of steps is laid over states of more axes as it is, which does not fit",
        r"^only Keras refuses: .*(broadcast together|shapes for broadcasting|shapes do not match)",
        "layers.ConvLSTM2D(2, 1)(ones((3, 1, 4, 4, 1)), mask=ones((3, 1), 'bool'))",
    ),
    exception(
        ["RNN"], [JAX],
        "a stack of one cell changes the structure of its states within the scan",
        r"^only Keras refuses: .*scan body function carry",
        "layers.RNN([layers.GRUCell(2)])(ones((2, 3, 2)))",
    ),
    exception(
        ["RNN"], [TENSORFLOW, JAX],
        "cells of several dtypes run where a loop need not keep the dtypes of its states",
        r"^only the rule refuses: keeps the states of its stack in",
        "cells = [layers.GRUCell(1, dtype='float64'), layers.SimpleRNNCell(1)]\n"
        "predict([layers.RNN(cells)], (3, 1))",
    ),
    exception(
        CELLS, [JAX, NUMPY],
        "a cell of float64 returns float32",
        r"^output dtypes: .*'float64'.* is not .*'float32'",
        "layer = layers.SimpleRNNCell(1, dtype='float64')\n"
        "assert dtype(layer(ones((2, 2)), [ones((2, 1))])[0]) == 'float64'",
    ),
    exception(
        CELLS, [NUMPY],
        "some activations return float64 for float32",
        r"^output dtypes: .*'float32'.* is not .*'float64'",
        "layer = layers.SimpleRNNCell(1, activation='sparsemax')\n"
        "assert dtype(layer(ones((2, 2)), [ones((2, 1))])[0]) == 'float32'",
    ),
    exception(
        CELLS, [NUMPY],
        "orthogonal matrices, the first recurrent weights, have a dtype of their own",
        r"^output dtypes: .*'b?float(16|64)'.* is not .*'float32'",
        "assert dtype(keras.initializers.Orthogonal()((2, 2), 'float64')) == 'float64'",
    ),
    exception(
        ["MultiHeadAttention"], [JAX],
        "values of another size than the keys are reshaped as if they were of the same",
        r"^only Keras refuses: .*cannot reshape array of shape",
        "layers.MultiHeadAttention(1, 1, value_dim=2)(ones((2, 3, 2)), ones((2, 3, 2)))",
    ),
    exception(
        ["LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "TimeDistributed",
         "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"], [TORCH],
        "an unrolled loop cannot turn a mask round",
        r"^only Keras refuses: AttributeError: 'tuple' object has no attribute 'shape'",
        "layers.GRU(2, unroll=True, go_backwards=True)(ones((2, 3, 2)), mask=ones((2, 3), 'bool'))",
    ),
    exception(
        ["RNN"], [TENSORFLOW, JAX, NUMPY],
        "a stack of one cell can skip masked steps",
        r"^only the rule refuses: cannot skip masked steps with a stack of one cell",
        "layers.RNN([layers.GRUCell(2)])(ones((2, 3, 2)), mask=ones((2, 3), 'bool'))",
    ),
    exception(
        ["RNN"], [JAX, NUMPY],
        "a stack of one LSTMCell loses one of its two states",
        r"^only Keras refuses: IndexError: list index out of range",
        "layers.RNN([layers.LSTMCell(2)])(ones((2, 3, 2)))",
    ),
    exception(
        ["RNN"], [TENSORFLOW],
        "cells of several dtypes run where masked steps are skipped",
        r"^only the rule refuses: keeps the states of its stack in",
        "cells = [layers.GRUCell(1, dtype='mixed_float16'), layers.SimpleRNNCell(1)]\n"
        "predict([layers.Masking(), layers.RNN(cells)], (3, 1))",
    ),
    exception(
        ["LayerNormalization", "RMSNormalization"], [TORCH],
        "only the last axes are normalised",
        r"^only Keras refuses: RuntimeError: Given normalized_shape",
        "layers.LayerNormalization(axis=-2)(ones((3, 2, 3)))",
    ),
    exception(
        ["UpSampling2D", "Resizing"], [TORCH],
        "there is no Lanczos interpolation",
        r"^only Keras refuses: .*Lanczos interpolation is not supported",
        "layers.UpSampling2D(interpolation='lanczos3')(ones((2, 3, 3, 1)))",
    ),
    exception(
        ["RandomGaussianBlur"], [TORCH],
        "a kernel that is not square does not fit",
        r"^only Keras refuses: RuntimeError: (The size of tensor a|Calculated padded input size)",
        "layers.RandomGaussianBlur(kernel_size=(3, 5))(ones((2, 6, 6, 3)), training=True)",
    ),
    exception(
        ["RandomCrop", "RandomElasticTransform"], [JAX],
        "shapes cannot be traced, although the layer runs",
        r"^only Keras refuses: (IndexError: Slice entries must be static|ConcretizationTypeError)",
        "crop = layers.RandomCrop(1, 4)\n"
        "keras.src.backend.compute_output_spec(crop, keras.KerasTensor((2, 3, 5, 4)))",
    ),
    exception(
        ["RandomPosterization"], [TENSORFLOW, TORCH, NUMPY],
        "bits that are no integer are taken",
        r"^only the rule refuses: `factor` cannot be",
        "layers.RandomPosterization(factor=1.5)(ones((2, 6, 3, 6)))",
    ),
)  # fmt: skip


def covered(rule: str, differences: Sequence[str]) -> bool:
    """Whether every difference of a rule is an exception of the backend at hand."""
    backend = runtime.load().config.backend()
    return all(
        any(each.covers(rule, backend, difference) for each in EXCEPTIONS)
        for difference in differences
    )


def raised(script: str) -> str:
    """Run a script on the backend at hand, and return what it raises, or nothing."""
    keras: Any = runtime.load()

    def ones(shape: tuple[int, ...], dtype: str = "float32") -> Any:
        return keras.ops.convert_to_numpy(keras.ops.ones(shape, dtype))

    def predict(stack: list[Any], shape: tuple[int, ...]) -> None:
        keras.Sequential([keras.Input(shape), *stack]).predict(ones((2, *shape)), verbose=0)

    def dtype(tensor: Any) -> str:
        return str(keras.backend.standardize_dtype(tensor.dtype))

    names = {"keras": keras, "layers": keras.layers, "ones": ones, "predict": predict,
             "dtype": dtype}  # fmt: skip
    try:
        exec(script, names)
    except Exception as error:  # whatever a backend raises
        return f"{type(error).__name__}: {error}"
    return ""


def wrong_exceptions() -> list[str]:
    """Return the scripts that do not end as their exception says, on the backend at hand."""
    backend = runtime.load().config.backend()
    wrong = []
    for each in EXCEPTIONS:
        with runtime.isolated():
            error = raised(each.script)
        if bool(error) != (backend in each.raises):
            wrong.append(f"{each.script}\n  on {backend}: {error or 'runs'}")
    return wrong
