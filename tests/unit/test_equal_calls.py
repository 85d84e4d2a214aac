"""A call that is equal to one before it is said to be what an analysis of it by itself finds.

The judge is the same analysis with nothing taken over.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.equal_calls import EqualCalls
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.output.report import json
from seqinspect.readers.spec import read_spec
from tests.keras.whole_models import draw, text_of
from tests.rendered import described
from tests.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seqinspect.model.report import Report

KINDS = (
    "Dense: n", "Dense: {units: 8, dtype: float16}", "LSTM: {units: n, return_sequences: true}",
    "Bidirectional: {LSTM: {units: 4, return_sequences: true}}",
    "Bidirectional: {layer: {GRU: {units: 4, return_sequences: true, name: turned}}}",
    "Bidirectional: {layer: {GRU: {units: 4, return_sequences: true, name: forward_turned}}}",
    "Bidirectional: {layer: {LSTM: {units: 8, return_sequences: true}}, merge_mode: sum}",
    "TimeDistributed: {Dense: n}", "TimeDistributed: {layer: {Dense: {units: 8, name: own}}}",
    "RNN: {cell: {LSTMCell: 8}, return_sequences: true}",
    "Conv1D: {filters: 8, kernel_size: 3, padding: causal}",
    "Conv1D: {filters: n, kernel_size: 2, padding: same, dilation_rate: 2}",
    "LayerNormalization", "Dropout: 0.5", "Identity", "Reshape: [T, 8]", "Permute: [2, 1]",
    "ZeroPadding1D: 1", "Cropping1D: 1", "GlobalAveragePooling1D", "RepeatVector: T",
    "Flatten", "Masking", "Softmax",
)  # fmt: skip
MERGES = ("Add", "Concatenate", "Multiply", "Maximum", "Attention")


def drawn(seed: int) -> str:
    """Return a spec of many calls of a few kinds of layers, as far as they can be used."""
    random = Random(seed)
    kinds = random.sample(KINDS, 5)
    head = "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n"
    text, names = "  - Identity: {name: l0}\n", ["l0"]
    for number in range(1, 25):
        source = names[-1] if random.random() < 0.7 else random.choice(names)
        if random.random() < 0.25:
            pair = random.sample(names, min(2, len(names)))
            source = f"[{', '.join([*pair, names[-1]][:2])}]"
            kind = random.choice(MERGES)
        else:
            kind = random.choice(kinds)
        entry = f"  - {kind}\n    from: {source}\n    name: l{number}\n"
        if _report(head + text + entry) is not None:
            text += entry
            names.append(f"l{number}")
    return head + text


def _report(text: str) -> Report | None:
    try:
        return analyse(read_spec(text.encode(), name="model.yaml"))
    except SpecError:
        return None


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let every call be analysed by itself, in a context of this patch."""
    with monkeypatch.context() as patch:
        yield patch


def everything(spec: bytes) -> tuple[Report, str, str]:
    report = analyse(read_spec(spec, name="model.yaml"))
    return report, json.render([report], "1"), described(report)


def assert_same(spec: bytes, patch: pytest.MonkeyPatch) -> int:
    """Compare; return how many calls were taken over."""
    taken = []
    find = EqualCalls.find

    def counted(calls: EqualCalls, key: object) -> object:
        found = find(calls, key)
        taken.append(found is not None)
        return found

    patch.setattr(EqualCalls, "find", counted)
    together = everything(spec)
    patch.setattr(EqualCalls, "find", lambda *_: None)
    by_themselves = everything(spec)
    patch.setattr(EqualCalls, "find", find)
    assert together == by_themselves
    return sum(taken)


@pytest.mark.parametrize("seed", sampled(range(24), 6))
def test_many_calls_of_a_few_kinds(seed: int, alone: pytest.MonkeyPatch) -> None:
    assert_same(drawn(seed).encode(), alone)


@pytest.mark.long
def test_whole_models_all_of_whose_layers_stand_there_twice(alone: pytest.MonkeyPatch) -> None:
    taken = 0
    for seed in range(24):
        spec = draw(f"equal-{seed}")
        spec["layers"] += [
            {**entry, "name": f"{entry['name']}_again"}
            for entry in spec["layers"]
            if "reuse" not in entry
        ]
        taken += assert_same(text_of(spec), alone)
    assert taken > 40


def test_a_block_of_wrappers_is_analysed_once(alone: pytest.MonkeyPatch) -> None:
    block = "\n".join(f"      - {kind}" for kind in KINDS[2:9])
    spec = f"dims: {{T: 10, n: 8}}\ninput: [T, n]\nlayers:\n  - repeat: 6\n    layers:\n{block}\n"
    assert assert_same(spec.encode(), alone) > 20
