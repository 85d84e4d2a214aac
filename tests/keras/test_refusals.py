"""What Keras refuses is a placed error in words for the author of the spec."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import Place, Problem, SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.model import build
from seqinspect.keras_model.build.refusals import beyond_keras, one_line_reason
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from seqinspect.model.graph import Graph

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module", autouse=True)
def keras() -> Any:
    return runtime.load()


def refusal(graph: Graph) -> Problem:
    with pytest.raises(SpecError) as caught:
        build(graph)
    (problem,) = caught.value.problems
    return problem


def test_a_lost_time_axis_names_the_layer_that_lost_it_and_its_line(hand: Any) -> None:
    graph = hand.graph(
        {"input": (None, 10, 8)},
        hand.node(hand.layer("LSTM", "first", units=8), "input", place=Place("m.yaml", 4, 5)),
        hand.node(hand.layer("Dense", "dense", units=8), "first", place=Place("m.yaml", 5, 5)),
        hand.node(hand.layer("LSTM", "second", units=8), "dense", place=Place("m.yaml", 6, 5)),
        lines=lambda place: f"the text of line {place.line}",
    )
    assert refusal(graph) == Problem(
        "LSTM `second` is refused by Keras, though its rule accepts it:"
        " it needs 3 axes and receives 2",
        received="(None, 8)",
        expected="3 axes",
        remedy="LSTM `first` (m.yaml:4:5) returns its last step only:"
        " give LSTM return_sequences: true to keep every step",
        place=Place("m.yaml", 6, 5),
        line="the text of line 6",
        about="rank",
    )


def test_a_layer_that_keeps_its_steps_is_not_blamed(hand: Any) -> None:
    graph = hand.chain(
        (None, 10, 8),
        hand.layer("LSTM", "first", units=8, return_sequences=True),
        hand.layer("Embedding", "table", input_dim=3, output_dim=2),
        hand.layer("LSTM", "second", units=8),
    )
    problem = refusal(graph)
    assert problem.received == "(None, 10, 8, 2)"
    assert problem.remedy == ""


def test_a_layer_within_a_wrapper_that_lost_the_steps_is_named(hand: Any) -> None:
    inner = hand.layer("GRU", "gru", units=8)
    graph = hand.chain(
        (None, 10, 8),
        hand.layer("Bidirectional", "both", layer=inner),
        hand.layer("LSTM", "second", units=8),
    )
    assert refusal(graph).remedy == (
        "Bidirectional `both` (m.yaml:7:5) returns its last step only:"
        " give GRU return_sequences: true to keep every step"
    )


@pytest.mark.parametrize("kind", ["Flatten", "GlobalMaxPooling1D"])
def test_a_layer_that_joins_all_steps_is_named_before_what_comes_earlier(
    hand: Any, kind: str
) -> None:
    graph = hand.chain(
        (None, 10, 8),
        hand.layer("LSTM", "first", units=8, return_sequences=True),
        hand.layer(kind, "joined"),
        hand.layer("LSTM", "second", units=8),
    )
    assert refusal(graph).remedy == (
        f"{kind} `joined` (m.yaml:7:5) makes one vector of all steps:"
        " remove it, or put it after LSTM `second`"
    )


@pytest.mark.parametrize("after", ["RepeatVector", "Flatten"])
def test_steps_that_were_made_again_are_not_missed(hand: Any, after: str) -> None:
    graph = hand.chain(
        (None, 10, 8),
        hand.layer("LSTM", "first", units=8),
        hand.layer("RepeatVector", "copies", n=3),
        *([hand.layer("Flatten", "flatten")] if after == "Flatten" else []),
        hand.layer(
            "LSTM" if after == "Flatten" else after,
            "last",
            **({"units": 2} if after == "Flatten" else {"n": 2}),
        ),
    )
    assert "first" not in refusal(graph).remedy


def test_what_keras_received_is_told_apart(hand: Any) -> None:
    problem = refusal(hand.chain((None, 10, 8), hand.layer("Permute", "turn", dims=(3, 1))))
    assert problem.what.endswith("must be consecutive and start from 1")
    assert problem.received == "dims=(3, 1)"


def test_a_refusing_layer_within_a_layer_is_named(hand: Any) -> None:
    inner = hand.graph({"x": None}, hand.node(hand.layer("LSTM", "deep", units=2), "x"))
    part = hand.layer("Functional", "part", graph=inner)
    problem = refusal(hand.chain((None, 5, 4), hand.layer("TimeDistributed", "each", layer=part)))
    assert problem.what == (
        "TimeDistributed `each` is refused by Keras, though its rule accepts it:"
        " its layer `deep` needs 3 axes and receives 2"
    )


def test_a_refused_argument_is_shown_where_it_stands(hand: Any) -> None:
    layer = hand.layer("Dense", "dense", units=0)
    layer.places["units"] = Place("m.yaml", 9, 21)
    problem = refusal(hand.chain((None, 4), layer))
    assert "Received an invalid value for `units`, expected a positive integer" in problem.what
    assert problem.place == Place("m.yaml", 9, 21)


@pytest.mark.parametrize("arguments", [{}, {"units": 3, "unknown": 1}, {"units": "three"}])
def test_a_constructor_that_cannot_be_called_is_no_traceback(
    hand: Any, arguments: dict[str, Any]
) -> None:
    problem = refusal(hand.chain((None, 4), hand.layer("Dense", "dense", **arguments)))
    assert problem.what.startswith("Dense `dense` is refused by Keras")
    assert problem.place == Place("m.yaml", 7, 5)


@pytest.mark.parametrize("kind", ["Lambda", "TFSMLayer", "Layer", "deserialize", "__class__"])
def test_what_has_no_rule_is_not_built(hand: Any, kind: str) -> None:
    problem = refusal(hand.chain((None, 4), hand.layer(kind, "x", function=1)))
    assert "is not a layer that can be built" in problem.what


class NoisyError(Exception):
    """As Keras and TensorFlow say it."""


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (
            "Exception encountered when calling LSTM.call().\n\n\x1b[1mno such axis\x1b[0m\n\n"
            "Arguments received by LSTM.call():\n  • sequences=<KerasTensor shape=(None, 8)>",
            "no such axis",
        ),
        (
            "Could not automatically infer the output shape / dtype of 'x' (of type Dot). Either"
            " the `Dot.call()` method is incorrect. Error encountered:\n\nshapes differ",
            "shapes differ",
        ),
        (
            "cannot add <KerasTensor shape=(None, 8), dtype=float32, sparse=False, name=k>",
            "cannot add shape=(None, 8)",
        ),
        ("{{function_node __wrapped__MatMul}} bad [Op:MatMul] name: \n", "bad"),
        ("no shape for path='lstm/lstm_cell/kernel'", "no shape for path='lstm/lstm_cell/kernel'"),
        ("in /usr/lib/python3/site-packages/keras/src/x.py it broke", "in … it broke"),
        ("", "NoisyError"),
        ("x" * 1000, "x" * 299 + "…"),
    ],
)
def test_noise_is_left_out(said: str, heard: str) -> None:
    assert one_line_reason(NoisyError(said)) == heard


@pytest.mark.parametrize("error", [OverflowError("a"), MemoryError("a"), RecursionError("a")])
def test_limits_of_the_machine_are_no_refusal(error: Exception) -> None:
    assert beyond_keras(error)


def test_an_axis_out_of_range_is_a_refusal() -> None:
    assert not beyond_keras(ValueError("axis 7 is out of range"))


@pytest.mark.parametrize(
    ("kind", "arguments"), [("PReLU", {}), ("PReLU", {"shared_axes": [1]}), ("Dense", {"units": 2})]
)
@pytest.mark.parametrize("second", [(4,), (3, 4), (5, 4), (2, 3, 4)])
def test_a_second_call_is_refused_where_keras_cannot_make_it(
    keras: Any, kind: str, arguments: dict[str, Any], second: tuple[int, ...]
) -> None:
    spec = {
        "inputs": {"a": [3, 4], "b": list(second)},
        "layers": [
            {kind: {**arguments, "name": "twice"}, "from": "a"},
            {"reuse": "twice", "from": "b"},
        ],
    }
    layer = getattr(keras.layers, kind)(**arguments)
    layer(keras.ops.zeros((2, 3, 4)))
    try:
        layer(keras.ops.zeros((2, *second)))
        takes = True
    except Exception:  # Keras refuses it, or its backend does
        takes = False
    try:
        analyse(read_spec(json.dumps(spec).encode()))
        accepted = True
    except SpecError:
        accepted = False
    assert accepted == takes
