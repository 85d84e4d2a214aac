"""Memory, counted by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.memory import with_memory
from seqinspect.analysis.walk import analyse
from seqinspect.model.policy import under_policy
from seqinspect.output.report import json
from seqinspect.readers.spec import read_spec
from tests.rendered import described

if TYPE_CHECKING:
    from seqinspect.model.memory import Activations, Memory

T, N = 10, 8


def memory(layers: str, head: str = "input: [T, n]", policy: str = "", **options: object) -> Memory:
    spec = f"dims: {{T: {T}, n: {N}}}\n{head}\nlayers:\n{layers}"
    graph = read_spec(spec.encode(), name="m.yaml")
    if policy:
        graph = under_policy(graph, policy)
    options["policy"] = policy
    found = with_memory(graph, analyse(graph), **options).memory  # type: ignore[arg-type]  # measured's own
    assert found is not None
    return found


def number(activations: Activations | None, **sizes: int) -> int:
    assert activations is not None
    return activations.bytes.evaluate({"T": T, "n": N, **sizes})


CHAIN = "  - LSTM: {units: n, return_sequences: true}\n  - Dense: n\n"
WEIGHTS = 4 * (4 * N * (2 * N + 1) + N * (N + 1))


def test_weights_gradients_and_state() -> None:
    found = memory(CHAIN)
    assert [(dtype, size.value) for dtype, size in found.weights] == [("float32", WEIGHTS)]
    assert found.gradients.value == WEIGHTS
    assert found.state.value == 2 * WEIGHTS + 12


@pytest.mark.parametrize(("optimizer", "slots"), [("sgd", 0), ("sgd-momentum", 1), ("adamw", 2)])
def test_each_optimizer_keeps_its_numbers(optimizer: str, slots: int) -> None:
    assert memory(CHAIN, optimizer=optimizer).state.value == slots * WEIGHTS + 12


def test_a_loss_that_is_scaled_adds_two_counters_and_two_numbers() -> None:
    """As `model.compile` of Keras 3 does under the global policy mixed_float16."""
    assert memory(CHAIN, optimizer="sgd", policy="mixed_float16").state.value == 12 + 24
    assert memory(CHAIN, optimizer="sgd", policy="mixed_bfloat16").state.value == 12


def test_what_is_not_trained_has_no_gradient_and_no_state() -> None:
    found = memory("  - Dense: {units: n, trainable: false}\n  - Dense: n\n")
    one = 4 * N * (N + 1)
    assert [size.value for _, size in found.weights] == [2 * one]
    assert found.gradients.value == one
    assert found.state.value == 2 * one + 12


def test_a_chain_keeps_two_tensors_at_once_and_training_all() -> None:
    found = memory(CHAIN, batch=3)
    tensor = 4 * 3 * T * N
    assert number(found.forward, batch=3) == 2 * tensor
    assert number(found.training, batch=3) == 3 * tensor


def test_a_tensor_is_kept_until_its_last_reader() -> None:
    found = memory(
        "  - Dense: {units: 1, name: small}\n"
        "  - Dense: {units: n, name: wide}\n"
        "  - Add: {name: sum}\n    from: [input, wide]\n",
    )
    one = 4 * 5 * T
    assert found.forward is not None
    assert found.forward.at == "sum"
    assert number(found.forward, batch=5) == one * 3 * N
    assert number(found.training, batch=5) == one * (3 * N + 1)


def test_the_outputs_of_the_model_are_kept_to_the_end() -> None:
    layers = "  - Dense: {units: n, name: a}\n  - Dense: {units: n, name: b}\n"
    kept = memory(layers, head="input: [T, n]\noutputs: [a, b]")
    assert number(kept.forward, batch=1) == 4 * T * 2 * N
    layers += "  - Dense: {units: n, name: c}\n"
    kept = memory(layers, head="input: [T, n]\noutputs: [a, c]")
    assert number(kept.forward, batch=1) == 4 * T * 3 * N


def test_models_within_are_gone_through_and_wrappers_are_one_layer() -> None:
    inner = "  - Sequential: [{Dense: 16}, {Dense: n}]\n    name: inner\n"
    found = memory(inner)
    assert found.forward is not None
    assert found.forward.at == "inner/dense"
    assert number(found.training, batch=1) == 4 * T * (N + 16 + N)
    wrapped = memory("  - TimeDistributed: {Dense: n}\n")
    assert number(wrapped.training, batch=1) == 4 * T * 2 * N


def test_a_shared_layer_has_its_weights_once_and_a_tensor_a_call() -> None:
    found = memory("  - Dense: {units: n, name: d}\n  - reuse: d\n    name: again\n")
    assert [size.value for _, size in found.weights] == [4 * N * (N + 1)]
    assert number(found.training, batch=1) == 4 * T * 3 * N


def test_a_mixed_policy_halves_activations_and_keeps_weights() -> None:
    found = memory(CHAIN, policy="mixed_float16")
    assert [(dtype, size.value) for dtype, size in found.weights] == [("float32", WEIGHTS)]
    assert number(found.training, batch=1) == T * N * (4 + 2 + 2)
    half = memory(CHAIN, policy="bfloat16")
    assert [(dtype, size.value) for dtype, size in half.weights] == [("bfloat16", WEIGHTS // 2)]
    assert half.state.value == WEIGHTS + 12


def test_a_layer_with_a_dtype_of_its_own_keeps_it() -> None:
    found = memory("  - Dense: {units: n, dtype: float64}\n  - Dense: n\n", policy="float16")
    assert {dtype: size.value for dtype, size in found.weights} == {
        "float64": 8 * N * (N + 1),
        "float16": 2 * N * (N + 1),
    }


def test_a_batch_that_the_model_fixes_is_taken() -> None:
    found = memory(CHAIN, head="input: {shape: [T, n], batch: 7}", batch=32)
    assert found.batch == 7
    assert number(found.training) == 4 * 7 * T * N * 3


def test_unknown_steps_leave_a_formula_and_no_number() -> None:
    graph = read_spec(b"dims: {T: null}\ninput: [T, 8]\nlayers: [{Dense: 8}]", name="m.yaml")
    report = with_memory(graph, analyse(graph))
    assert report.memory is not None
    assert report.memory.forward is None
    assert report.memory.training is not None
    assert report.memory.training.bytes.evaluate({"batch": 2, "T": 3}) == 4 * 2 * 3 * 16
    text = described(report, kind="markdown")
    assert "- Forward: not known: a size is not known\n" in text
    assert "- Training: activations 64×batch×T bytes\n" in text
    assert '"training_activations": {"bytes": null, "formula": "64*batch*T"' in json.render(
        [report], "0"
    )


def test_it_is_exact_beyond_64_bits() -> None:
    units = 10**15
    graph = read_spec(f"input: [1]\nlayers: [{{Dense: {units}}}, {{Dense: {units}}}]".encode(),
                      name="m.yaml")  # fmt: skip
    found = with_memory(graph, analyse(graph)).memory
    assert found is not None
    weights = units + units + units * units + units
    assert found.state.value == 8 * weights + 12


@pytest.mark.long
def test_sums_too_long_to_show_are_numbers() -> None:
    """2,999 layers of max(n, k×i) units: by hand, 4 bytes for each of (before+1)×units weights."""
    text = "".join(f"  - Dense: max(n, 4*n*{index})\n" for index in range(1, 3000))
    widths = [N, *(4 * N * index for index in range(1, 3000))]
    weights = sum(4 * (a + 1) * b for a, b in pairwise(widths))
    found = memory(text)
    assert [size.value for _, size in found.weights] == [weights]
    assert (found.gradients.value, found.state.value) == (weights, 2 * weights + 12)
    assert number(found.training, batch=1) == 4 * T * sum(widths)
