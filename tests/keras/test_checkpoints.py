"""A seeded sample of the long run over pairs of models (see checkpoints.py), and known pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.compare import checkpoint, slots
from seqinspect.compare.stored_weights import read_stored_weights
from seqinspect.keras_model.build import runtime
from seqinspect.model.traversal import in_keras_order
from seqinspect.readers.source.limits import LIMITS
from seqinspect.rules import RULES, Traits, traits_of
from tests.keras import stored_places
from tests.keras.checkpoints import graph_of, judge, judge_in_order, pair, real_model
from tests.rules.judge.draw import draft
from tests.rules.judge.hints import load_hints

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph, Node

pytestmark = pytest.mark.keras

FILES = Path(__file__).parents[1] / "cases" / "data" / "files"
SEED = 7
PAIRS = 40
CONFIGURATIONS = 12
"""So many of every rule."""


@pytest.fixture(scope="module", autouse=True)
def keras() -> None:
    runtime.load()


def test_what_is_said_to_load_is_what_keras_loads() -> None:
    wrong, words = [], set()
    for index in range(PAIRS):
        old, new, sequential = pair(f"{SEED} {index}")
        verdict, differences = judge(old, new, sequential=sequential)
        words.add(verdict.loads)
        wrong += [f"--seed {SEED} --only {index}: {line}" for line in differences]
        if differences:
            wrong += [json.dumps(old), json.dumps(new)]
    assert not wrong, "\n".join(wrong)
    assert words == {"fully", "partially", "no"}


BARE = {"Dense": {"units": 3, "use_bias": False}}


def lstm_and(*layers: Any, sequences: bool = True) -> dict[str, Any]:
    lstm = {"LSTM": {"units": 3, "return_sequences": sequences}}
    return {"input": [4, 3], "layers": [lstm, *layers]}


@pytest.mark.parametrize(
    ("old", "new", "loads", "loaded"),
    [
        # The question: the weights are the same, whichever steps are returned.
        (lstm_and({"Dense": 3}), lstm_and({"Dense": 3}, sequences=False), "fully", 5),
        # The arrays are the same too, but TimeDistributed keeps them in another place.
        (lstm_and({"Dense": 3}), lstm_and({"TimeDistributed": {"Dense": 3}}), "partially", 3),
        (lstm_and({"TimeDistributed": {"Dense": 3}}), lstm_and({"Dense": 3}), "partially", 3),
        # Two arrays are stored, and one is wanted: nothing of the layer is loaded.
        (lstm_and({"Dense": 3}), lstm_and(BARE), "partially", 3),
        # What has no weights shifts nothing: places are counted for each class by itself.
        (lstm_and({"Dense": 3}), lstm_and({"Dropout": 0.5}, {"Dense": 3}), "fully", 5),
        # A layer less: the file holds more than is wanted, and nobody minds.
        (lstm_and({"Dense": 3}), lstm_and(), "fully", 3),
        # A Dense before the other one takes its place in the file.
        (lstm_and({"Dense": 3}), lstm_and({"Dense": 4}, {"Dense": 3}), "partially", 3),
    ],
)  # fmt: skip
def test_known_pairs(old: dict[str, Any], new: dict[str, Any], loads: str, loaded: int) -> None:
    verdict, differences = judge(old, new)
    assert differences == []
    assert (verdict.loads, verdict.loaded) == (loads, loaded)


def test_the_judge_sees_a_wrong_order_and_a_wrong_place(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = lstm_and({"Dense": 3, "name": "a"}, {"Dense": 4, "name": "b"})
    assert judge(spec, spec)[1] == []

    def backwards(graph: Graph) -> list[Node]:
        return in_keras_order(graph)[::-1]

    with monkeypatch.context() as patch:
        patch.setattr(slots, "in_keras_order", backwards)
        assert judge(spec, spec)[1]

    def without_cells(name: str) -> Traits:
        return traits_of(name)._replace(weights_in_cell=False)

    monkeypatch.setattr(slots, "traits_of", without_cells)
    assert judge(spec, spec)[1]


def test_the_judge_sees_a_verdict_that_is_too_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        checkpoint,
        "_load_slot",
        lambda slot, stored: checkpoint.LoadedSlot(slot, stored, len(slot.weights)),
    )
    assert judge(lstm_and({"Dense": 3}), lstm_and({"Dense": 4}))[1]


def test_files_of_keras_2_are_loaded_as_is_said() -> None:
    wrong = []
    for index in range(15):
        old, new, _ = pair(f"h5 {SEED} {index}")
        wrong += [f"{index}: {line}" for line in judge_in_order(old, new)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["lstm_model_weights.h5", "k3_weights.h5", "legacy.weights.h5"])
@pytest.mark.parametrize("renamed", ["", "a.weights.h5", "a.h5"])
def test_keras_goes_by_the_name_of_a_file(name: str, renamed: str, tmp_path: Path) -> None:
    file = tmp_path / (renamed or name)
    file.write_bytes((FILES / name).read_bytes())
    graph = graph_of({"input": [10, 8], "layers": [{"LSTM": 4}]})
    verdict = read_stored_weights(str(file), LIMITS).load_into(graph, analyse(graph))
    try:
        real_model(graph).load_weights(file)
        loads = True
    except ValueError:
        loads = False
    assert loads == (verdict.loads == "fully")


def test_a_model_within_a_model_is_stored_in_the_order_of_keras() -> None:
    """Keras sorts layers by depth and by the outputs: `two` comes before `one` here."""
    inner = {
        "inputs": {"x": [5, 3]},
        "layers": [
            {"GRU": {"units": 4, "return_sequences": True}, "name": "one"},
            {"SimpleRNN": {"units": 2, "return_sequences": True}, "name": "two", "from": "x"},
        ],
        "outputs": ["two", "one"],
    }
    spec = {"inputs": {"a": [5, 3]}, "layers": [{"Functional": inner, "name": "both"}]}
    assert not judge_in_order(spec, spec)


def test_every_rule_stores_its_weights_where_keras_does() -> None:
    load_hints()
    wrong = []
    with runtime.weightless():
        for name in RULES:
            for index in range(CONFIGURATIONS):
                wrong += stored_places.judge(draft(name, SEED, index))
    assert not wrong, "\n".join(wrong[:10])


def test_the_judge_of_places_sees_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    load_hints()

    def private(name: str) -> Traits:
        return traits_of(name)._replace(private_projections=True)

    monkeypatch.setattr(slots, "traits_of", private)
    with runtime.weightless():
        assert any(stored_places.judge(draft("MultiHeadAttention", SEED, i)) for i in range(9))
