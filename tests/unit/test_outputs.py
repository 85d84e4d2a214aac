"""Which tensors a model returns, and the targets that they take; Keras 3.15.1 says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.output.report.summary import summary
from seqinspect.readers.spec import read_spec
from seqinspect.writers.conversion import convert_graph

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph

STATE = {"units": 2, "return_state": True}
SEQUENCES = {"units": 2, "return_sequences": True}


def graph_of(*layers: Any, **spec: Any) -> Graph:
    whole = {"input": [5, 3], "layers": list(layers), **spec}
    return read_spec(json.dumps(whole).encode(), name="model.json")


def targets(graph: Graph) -> dict[str, str]:
    """The targets by the name of the output."""
    lines = dict(summary(analyse(graph)))
    return {k.removeprefix("Target "): v for k, v in lines.items() if k.startswith("Target")}


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        ({"LSTM": STATE}, 3),
        ({"GRU": STATE}, 2),
        ({"SimpleRNN": {**STATE, "return_sequences": True}}, 2),
        ({"RNN": {"cell": [{"LSTMCell": 2}, {"GRUCell": 3}], "return_state": True}}, 4),
        ({"RNN": {"cell": {"SimpleRNNCell": 2}, "return_state": True}}, 2),
        ({"Bidirectional": {"layer": {"LSTM": STATE}}}, 5),
        ({"Bidirectional": {"layer": {"GRU": STATE}, "merge_mode": None}}, 4),
        ({"Bidirectional": {"layer": {"GRU": SEQUENCES}, "merge_mode": None}}, 2),
        ({"Sequential": {"layers": [{"GRU": STATE}]}}, 2),
        ({"LSTM": SEQUENCES}, 1),
        ({"Dense": 2}, 1),
    ],
)
def test_a_sequential_returns_all_that_its_last_layer_does(layer: Any, count: int) -> None:
    graph = graph_of(layer)
    report = analyse(graph)
    assert len(report.outputs) == len(report.targets) == count
    assert len(report.rows[0].outputs) == count
    assert graph.sequential


def test_a_functional_model_returns_what_it_names() -> None:
    graph = graph_of({"GRU": STATE, "name": "g"}, outputs="g")
    assert (graph.sequential, analyse(graph).outputs) == (False, ("g",))
    again = read_spec(convert_graph(graph, "yaml").encode(), name="again.yaml")
    assert analyse(again).outputs == ("g",)
    both = graph_of({"GRU": STATE, "name": "g"}, outputs=["g", "g.1"])
    assert both.sequential


SPARSE = "sparse_categorical_crossentropy"


@pytest.mark.parametrize(
    ("layers", "loss", "expected"),
    [
        ([{"GRU": SEQUENCES}], SPARSE,
         {"y": "(batch, 5): the number of a class for each of the 5 steps"}),
        ([{"GRU": 2}], "SparseCategoricalCrossentropy",
         {"y": "(batch,): the number of a class for the whole sequence"}),
        ([{"GRU": 2}], {SPARSE: {"from_logits": True}},
         {"y": "(batch,): the number of a class for the whole sequence"}),
        ([{"GRU": SEQUENCES}], "mse", {"y": "(batch, 5, 2): a target for each of the 5 steps"}),
        ([{"GRU": {**STATE, "return_sequences": True}, "name": "g"}], {"g": SPARSE, "g.1": "mse"},
         {"g": "(batch, 5): the number of a class for each of the 5 steps",
          "g.1": "(batch, 2): one target for the whole sequence"}),
    ],
)  # fmt: skip
def test_the_target_knows_the_loss(layers: Any, loss: Any, expected: dict[str, str]) -> None:
    assert targets(graph_of(*layers, expect={"loss": loss})) == expected


def saved(loss: Any, where: str = "compile_config") -> Graph:
    """A model that was compiled, as Keras saves it; `training_config` is that of Keras 2."""
    layers = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 5, 3], "name": "x"}},
        {"class_name": "GRU", "config": {"name": "g", "units": 2, "return_sequences": True}},
    ]
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    model[where] = {"optimizer": "adam", "loss": loss, "metrics": ["accuracy"]}
    return read_spec(json.dumps(model).encode(), name="model.json")


OBJECT = {"module": "keras.losses", "class_name": "SparseCategoricalCrossentropy",
          "config": {"name": SPARSE, "from_logits": True}, "registered_name": None}  # fmt: skip
FUNCTION = {"module": "builtins", "class_name": "function", "config": SPARSE}


@pytest.mark.parametrize("loss", [SPARSE, OBJECT, FUNCTION, [SPARSE], {"g": SPARSE}, [OBJECT]])
@pytest.mark.parametrize("where", ["compile_config", "training_config"])
def test_a_saved_model_knows_its_loss(loss: Any, where: str) -> None:
    expected = {"y": "(batch, 5): the number of a class for each of the 5 steps"}
    assert targets(saved(loss, where)) == expected


@pytest.mark.parametrize("loss", ["mine", None, {"class_name": "Mine", "config": {}}, 3, [], {}])
def test_another_loss_is_passed_over(loss: Any) -> None:
    assert targets(saved(loss)) == {"y": "(batch, 5, 2): a target for each of the 5 steps"}
