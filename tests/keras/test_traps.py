"""The traps of time, one test each: what moves in a real model, drawn by hand, and what is said.

A row of a picture is an output step, a column an input step, # where it moves the output. The
words are those of the note beside the layer.
"""

from __future__ import annotations

from typing import Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.experiment.flat import flatten_model
from seqinspect.keras_model.experiment.movement import Experiment
from seqinspect.output.report.time_notes import time_note
from seqinspect.readers.spec import read_spec

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module", autouse=True)
def keras() -> Any:
    return runtime.load()


def shown(layers: str, head: str, name: str) -> tuple[dict[str, list[str]], str]:
    """What moves the layer of this name, for each input, and its note."""
    graph = read_spec(f"{head}\nlayers:\n{layers}\n".encode())
    report = analyse(graph)
    experiment = Experiment(flatten_model(graph), report)
    assert experiment.verdict(name) is True, experiment.difference(name)
    pictures: dict[str, list[str]] = {}
    for given in experiment.inputs:
        steps = given.tensor.shape[given.time_axis or 0] or 0
        found = [m for (of, _), m in sorted(experiment.moved[name].items()) if of == given.name]
        pictures[given.name] = ["".join(".#"[i in m] for i in range(steps)) for m in found]
    return pictures, time_note(experiment.rows[name])


HEAD = "dims: {T: 4, n: 3}\ninput: [T, n]"
ALL = ["####"] * 4
EACH = ["#...", ".#..", "..#.", "...#"]
PREFIX = ["#...", "##..", "###.", "####"]

TRAPS = [
    pytest.param(
        "  - LSTM: {units: n, name: x}", ["####"],
        "returns the last step only; its state has seen steps 0…T−1", id="return_sequences=False",
    ),
    pytest.param(
        "  - LSTM: {units: n, return_sequences: true}\n  - Dense: {units: n, name: x}", PREFIX,
        "one n×n kernel, shared by all T steps", id="Dense after all steps",
    ),
    pytest.param(
        "  - LSTM: {units: n}\n  - Dense: {units: n, name: x}", ["####"],
        "the last step only of lstm, whose state has seen all steps", id="Dense after the last",
    ),
    pytest.param(
        "  - LSTM: {units: n, return_sequences: true, go_backwards: true, name: x}",
        ["...#", "..##", ".###", "####"], "outputs come in reversed order", id="go_backwards",
    ),
    pytest.param(
        "  - LSTM: {units: n, return_sequences: true, go_backwards: true}\n"
        "  - Cropping1D: {cropping: [3, 0], name: x}", ["####"],
        "step t reads step t+3", id="the last of a backward layer is step 0",
    ),
    pytest.param(
        "  - Bidirectional: {LSTM: n}\n    name: x", ["####"],
        "both ends", id="Bidirectional without sequences",
    ),
    pytest.param(
        "  - LSTM: {units: n}\n  - RepeatVector: {n: T, name: x}", ALL,
        "T copies of one vector", id="RepeatVector",
    ),
    pytest.param(
        "  - Flatten\n  - Dense: {units: n, name: x}", ["####"],
        "every step has rows of its own in the kernel", id="Flatten",
    ),
    pytest.param(
        "  - Reshape: [2, 2*n]\n  - Dense: {units: n, name: x}", ["##..", "..##"],
        "shared by all 2 steps", id="Reshape",
    ),
    pytest.param(
        "  - Permute: {dims: [2, 1]}\n  - Dense: {units: n, name: x}", ["####"],
        "mixes the steps", id="Permute before Dense",
    ),
    pytest.param(
        "  - GlobalAveragePooling1D: {name: x}", ["####"],
        "makes one summary of all T steps", id="GlobalPooling",
    ),
    pytest.param(
        "  - ZeroPadding1D: {padding: [1, 0], name: x}", ["....", *EACH],
        "step t reads step t−1", id="padding shifts",
    ),
    pytest.param(
        "  - Conv1D: {filters: 2, kernel_size: 2, strides: 2, padding: same, name: x}",
        ["##..", "..##"], "step t reads steps 2×t…2×t+1", id="a stride",
    ),
    pytest.param(
        "  - Conv1D: {filters: 2, kernel_size: 2, dilation_rate: 2, padding: causal, name: x}",
        ["#...", ".#..", "#.#.", ".#.#"], "every 2nd step of steps t−2…t", id="dilated and causal",
    ),
    pytest.param(
        "  - Conv1D: {filters: 2, kernel_size: 3, padding: same, name: x}",
        ["##..", "###.", ".###", "..##"], "step t reads steps t−1…t+1", id="same",
    ),
    pytest.param(
        "  - UpSampling1D: {size: 2, name: x}",
        ["#...", "#...", ".#..", ".#..", "..#.", "..#.", "...#", "...#"], "", id="UpSampling",
    ),
    pytest.param(
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2, name: x}\n    from: [input, input]",
        ALL, "every step reads all T steps", id="attention",
    ),
    pytest.param(
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2, name: x}\n    from: [input, input]\n"
        "    call: {use_causal_mask: true}", PREFIX, "steps 0…t", id="causal attention",
    ),
    pytest.param(
        "  - Masking: {name: m}\n  - LSTM: {units: n, name: x}", ["####"],
        "masked steps are skipped", id="Masking",
    ),
    pytest.param(
        "  - Reshape: [T, n, 1]\n  - Dense: {units: 2, name: x}", EACH,
        "shared by all T steps, applied T×n times", id="Dense on rank 4",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "picture", "words"), TRAPS)
def test_a_trap(layers: str, picture: list[str], words: str) -> None:
    pictures, note = shown(layers, HEAD, "x")
    assert pictures == {"input": picture}
    assert words in note


def test_two_inputs_of_different_length() -> None:
    pictures, note = shown(
        "  - LSTM: {units: 2, return_state: true, name: encoder}\n    from: source\n"
        "  - LSTM: {units: 2, return_sequences: true, name: x}\n    from: target\n"
        "    call: {initial_state: [encoder.1, encoder.2]}",
        "inputs: {source: [3, 2], target: [4, 2]}",
        "x",
    )
    assert pictures == {"source": ["###"] * 4, "target": PREFIX}
    assert "step t has seen steps 0…t" in note


def test_a_stateful_layer_goes_on_from_the_batch_before() -> None:
    pictures, note = shown(
        "  - LSTM: {units: 2, return_sequences: true, stateful: true, name: x}",
        "input: {shape: [4, 3], batch: 2}",
        "x",
    )
    assert pictures == {"input": PREFIX}
    assert "stateful: the state continues from the batch before" in note
