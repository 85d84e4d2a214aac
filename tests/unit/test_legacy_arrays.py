"""What tf_keras converts as it loads: its own code (hdf5_format.py), worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.compare.legacy_arrays import legacy_orders
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.compare.legacy_arrays import Shape

LINE, CUBE = [10, 8], [3, 28, 28]
CONV1D = {"Conv1D": {"filters": 4, "kernel_size": 3}}
CONV2D = {"Conv2D": {"filters": 4, "kernel_size": 5}}
FIRST = {"Conv2D": {"filters": 4, "kernel_size": 5, "data_format": "channels_first"}}
GATES: list[Shape] = [(8, 4), (4, 4), (4,)]
CUDNN: list[Shape] = [(8, 16), (4, 16), (32,)]
LSTM: dict[str, Any] = {"LSTM": 4}


@pytest.mark.parametrize(
    ("layer", "sample", "stored", "keras1", "expected"),
    [
        (LSTM, LINE, GATES * 4, True, {"gates"}),
        (LSTM, LINE, GATES * 4, False, None),  # only a file of Keras 1 is said to hold gates
        ({"GRU": {"units": 4, "reset_after": False}}, LINE, GATES * 3, True, {"gates"}),
        ({"Bidirectional": LSTM}, LINE, GATES * 8, True, {"gates"}),
        (LSTM, LINE, CUDNN, False, {"biases"}),
        ({"GRU": 4}, LINE, [(8, 12), (4, 12), (24,)], False, {"biases"}),
        # cuDNN's GRU has reset_after; the other one has one bias of 12.
        ({"GRU": {"units": 4, "reset_after": False}}, LINE, [(8, 12), (4, 12), (24,)], False, None),
        ({"Bidirectional": LSTM}, LINE, CUDNN * 2, False, {"biases"}),
        (CONV1D, LINE, [(3, 1, 8, 4), (4,)], True, {"kernels"}),
        (CONV1D, LINE, [(4, 8, 3, 1), (4,)], True, {"kernels"}),
        (CONV1D, LINE, [(4, 9, 3, 1), (4,)], True, None),
        (FIRST, CUBE, [(4, 3, 5, 5), (4,)], True, {"kernels"}),
        (FIRST, CUBE, [(4, 3, 5, 5), (4,)], False, None),  # it would turn to (5, 5, 4, 3)
        (CONV2D, [28, 28, 3], [(5, 5, 3, 4), (4,)], True, set()),
        (CONV2D, [28, 28, 3], [(5, 5, 3, 4), (5,)], True, None),
        ({"Dense": 4}, LINE, [(8, 4), (4,)], True, set()),
        ({"Dense": 4}, LINE, [(8, 5), (5,)], True, None),
    ],
)  # fmt: skip
def test_what_is_converted(
    layer: dict[str, Any],
    sample: list[int],
    stored: list[Shape],
    keras1: bool,
    expected: set[str] | None,
) -> None:
    spec = {"input": sample, "layers": [layer]}
    graph = read_spec(json.dumps(spec).encode(), name="model.json")
    weights = [weight.shape for weight in analyse(graph).top[0].weights]
    found = legacy_orders(graph.nodes[0].layer, stored, weights, keras1=keras1)
    assert found == expected
