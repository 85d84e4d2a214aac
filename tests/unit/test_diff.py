from __future__ import annotations

import itertools
import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.compare.alignment import LayerKey, Match, _shortest_edit, align
from seqinspect.compare.checkpoint import OtherLayers, Stored, load_result, load_result_in_order
from seqinspect.compare.diff import Change, Detail, Diff, Side, differences
from seqinspect.compare.slots import layout
from seqinspect.model.traversal import in_keras_order
from seqinspect.output.diff import json as diff_json
from seqinspect.output.diff.checkpoint import refusal
from seqinspect.output.diff.document import document, fit_document
from seqinspect.output.renderers import DOCUMENT_FORMATS, render
from seqinspect.output.screen import Screen
from seqinspect.readers.spec import read_spec
from tests.golden.test_harmless import NAMES, is_harmless, named
from tests.inert import complaint

if TYPE_CHECKING:
    from collections.abc import Sequence


def side(*layers: Any, **spec: Any) -> Side:
    whole = {"input": [10, 8], **spec, "layers": list(layers)}
    graph = read_spec(json.dumps(whole).encode(), name="model.json")
    return Side(graph, analyse(graph))


def told(found: Diff) -> list[tuple[str, str, str]]:
    """Kinds, old and new name of every change."""
    return [
        ("+".join(c.kinds), c.old.path if c.old else "", c.new.path if c.new else "")
        for c in found.changes
    ]


def what(change: Change) -> list[str]:
    return [detail.name or detail.what for detail in change.details]


def piece(text: str) -> LayerKey:
    """`name:Type:weights:argument`."""
    name, kind, weights, configured = (*text.split(":"), "", "")[:4]
    return LayerKey(name, kind, tuple(weights), configured)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("dense:Dense:w", "dense:Dense:w", [(0, 0)]),
        # Put before the others: the numbers of the others shift, and they stay what they were.
        ("dense:Dense:a dense_1:Dense:b", "dense:Dense:x dense_1:Dense:a dense_2:Dense:b",
         [(None, 0), (0, 1), (1, 2)]),
        ("a:Dense:w lstm:LSTM:v b:Dense:w", "a:Dense:w b:Dense:w", [(0, 0), (1, None), (2, 1)]),
        # A name that someone gave counts for more than a class.
        ("head:Dense:w", "head:LSTM:v", [(0, 0)]),
        ("encoder:LSTM:v", "reader:LSTM:v", [(0, 0)]),
        ("dense:Dense:w", "time_distributed:TimeDistributed:w", [(0, 0)]),
        ("dense:Dense:w", "flatten:Flatten:", [(None, 0), (0, None)]),
        # Equal layers: the first remains the first, and one is added at the end.
        ("lstm:LSTM:v lstm_1:LSTM:v", "lstm:LSTM:v lstm_1:LSTM:v lstm_2:LSTM:v",
         [(0, 0), (1, 1), (None, 2)]),
        ("", "dense:Dense:w", [(None, 0)]),
        ("dense:Dense:w", "", [(0, None)]),
        ("", "", []),
    ],
)  # fmt: skip
def test_layers_are_found_again(old: str, new: str, expected: list[Any]) -> None:
    matches = align([piece(p) for p in old.split()], [piece(p) for p in new.split()])
    assert [(match.old, match.new) for match in matches] == expected
    assert not any(match.moved for match in matches)


def test_what_stands_out_of_the_order_has_moved() -> None:
    old = [piece(f"{name}:Dense:w") for name in ("one", "two", "three")]
    assert align(old, [old[2], old[0], old[1]]) == [
        Match(2, 0, moved=True), Match(0, 1), Match(1, 2)
    ]  # fmt: skip
    same = [piece("dense:Dense:w"), piece("lstm:LSTM:v")]
    assert {(match.old, match.new) for match in align(same, same[::-1])} == {(0, 1), (1, 0)}
    assert sum(match.moved for match in align(same, same[::-1])) == 1


@pytest.mark.parametrize("count", [10, 3_000])
def test_every_layer_is_told_once(count: int) -> None:
    old = [piece(f"dense_{i}:Dense:w{i % 7}") for i in range(count)]
    new = [piece(f"dense_{i}:Dense:w{(i + 1) % 5}") for i in range(count + 2)]
    matches = align(old, new)
    assert sorted(m.old for m in matches if m.old is not None) == list(range(count))
    assert [m.new for m in matches if m.new is not None] == list(range(count + 2))


def test_a_few_edits_of_a_long_model_are_found() -> None:
    kinds = ["LSTM", "Dense", "Dropout"]
    old = [piece(f"x{i}:{kinds[i % 3]}:w") for i in range(3_000)]
    old = [each._replace(name=f"{each.type.lower()}_{i}") for i, each in enumerate(old)]
    new = [*old[:500], piece("dense_a:Dense:v"), *old[500:2_000], *old[2_001:], piece("d:GRU:u")]
    new = [each._replace(name=f"{each.type.lower()}_{i}") for i, each in enumerate(new)]
    matches = align(old, new)
    assert [m for m in matches if None in (m.old, m.new)] == [
        Match(None, 500), Match(2_000, None), Match(None, 3_000)
    ]  # fmt: skip
    assert not any(m.moved for m in matches)
    assert all(
        old[m.old].type == new[m.new].type
        for m in matches
        if m.old is not None and m.new is not None
    )


def longest_common(old: Sequence[LayerKey], new: Sequence[LayerKey]) -> int:
    """The textbook's table: how many layers, names aside, both have in one order."""
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, one in enumerate(old):
        for j, other in enumerate(new):
            longer = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if one[1:] == other[1:] else longer
    return table[-1][-1]


def test_no_shorter_edit_exists() -> None:
    random = Random(1)
    for _ in range(500):
        old, new = (
            [piece(f"{side}{i}:T:{random.choice('ab')}") for i in range(random.randint(0, 9))]
            for side in "xy"
        )
        found = _shortest_edit(old, new)
        assert found is not None
        assert all(old[i][1:] == new[j][1:] for i, j in found)
        assert all(a < c and b < d for (a, b), (c, d) in itertools.pairwise(found))
        assert len(found) == longest_common(old, new)


LSTM = {"LSTM": {"units": 8, "return_sequences": True}, "name": "encoder"}
LAST = {"LSTM": {"units": 8}, "name": "encoder"}


def test_the_question_of_return_sequences() -> None:
    found = differences(side(LSTM, {"Dense": 8}), side(LAST, {"Dense": 8}))
    lstm, dense = found.changes
    assert what(lstm) == ["return_sequences", "output", "time"]
    assert (lstm.details[0].old, lstm.details[0].new) == (True, False)
    assert what(dense) == ["output", "multiply_adds", "time"]
    assert (found.load_result.loads, found.load_result.loaded, found.load_result.expected) == (
        "fully",
        5,
        5,
    )
    assert not found.same
    assert not found.breaking
    text = render([document(found)])
    assert "yes: load_weights loads all 5 weights, of 2 layers" in text
    assert "(batch, 10, 8) → (batch, 8)" in text
    assert "544, the same: return_sequences says which steps are returned" in text


def test_nothing_changed() -> None:
    one = side(LSTM, {"Dense": 8})
    found = differences(one, one)
    assert found.same
    assert not found.breaking
    assert [*found.changes, *found.inputs, *found.model] == []


@pytest.mark.parametrize(
    "other",
    [
        side(LSTM, {"Dense": {"units": 8, "use_bias": True}}),  # the default, written
        side(LSTM, {"Dense": "n"}, input=["T", "n"], dims={"T": 10, "n": 8}),
        side(LSTM, {"Dense": 8}, name="another name of the model"),
    ],
)
def test_what_changes_nothing_is_no_difference(other: Side) -> None:
    one = side(LSTM, {"Dense": 8})
    assert differences(one, other).same
    assert differences(other, one).same


def test_equal_numbers_of_another_formula_are_a_difference() -> None:
    dims = {"T": 8, "n": 8}
    one = side({"Dense": "n"}, input=["T", "n"], dims=dims)
    other = side({"Dense": "T"}, input=["T", "n"], dims=dims)
    (change,) = differences(one, other).changes
    assert "params" in what(change)


def test_added_removed_and_renamed() -> None:
    old = side(LSTM, {"Dropout": 0.5}, {"Dense": 4, "name": "head"})
    new = side({**LSTM, "name": "reader"}, {"Dense": 4, "name": "head"}, {"Activation": "softmax"})
    found = differences(old, new)
    assert told(found) == [
        ("renamed", "encoder", "reader"),
        ("removed", "dropout", ""),
        ("added", "", "activation"),
    ]
    assert found.load_result.loads == "fully"
    assert not found.crossed


def test_weights_that_go_into_another_layer_are_told() -> None:
    one, two = {"Dense": 8, "name": "one"}, {"Dense": 8, "name": "two"}
    found = differences(side(one, two), side(two, one))
    assert found.load_result.loads == "fully"  # Keras says nothing
    assert [(fit.slot.layer, fit.stored and fit.stored.layer) for fit in found.crossed] == [
        ("two", "one"), ("one", "two")
    ]  # fmt: skip
    assert found.breaking
    assert set(found.fitting) == {("one", "one"), ("two", "two")}
    assert [kinds for kinds, _, _ in told(found)] == ["moved"]
    gone = differences(side(one, two), side(two))
    assert [fit.slot.layer for fit in gone.crossed] == ["two"]


def test_a_dense_and_a_time_distributed_dense() -> None:
    found = differences(side(LSTM, {"Dense": 8}), side(LSTM, {"TimeDistributed": {"Dense": 8}}))
    (change,) = found.changes
    assert what(change) == ["type"]
    assert found.load_result.loads == "partially"
    (failure,) = found.load_result.failures
    assert (failure.slot.path, failure.reason) == ("layers/time_distributed/layer", "missing")
    assert found.fitting == (("time_distributed", "dense"),)


def test_the_weight_that_does_not_fit_is_named() -> None:
    found = differences(side(LSTM, {"Dense": 8}), side(LSTM, {"Dense": 4}))
    (failure,) = found.load_result.failures
    assert failure.weight is not None
    assert (failure.weight.name, failure.weight.shape, failure.shape) == ("kernel", (8, 4), (8, 8))
    assert "dense: kernel is (8, 4), stored at layers/dense is (8, 8)" in render([document(found)])


def test_arguments_within_a_wrapper() -> None:
    one = {"Bidirectional": {"layer": {"LSTM": {"units": 4}}}}
    two = {"Bidirectional": {"layer": {"LSTM": {"units": 4, "dropout": 0.5}}}}
    (change,) = differences(side(one), side(two)).changes
    assert what(change) == ["layer.dropout"]
    assert (change.details[0].old, change.details[0].new) == (0.0, 0.5)
    three = {"Bidirectional": {"layer": {"GRU": {"units": 4}}}}
    (change,) = differences(side(one), side(three)).changes
    assert what(change)[0] == "layer"


def test_layers_within_a_model() -> None:
    def inner(units: int) -> dict[str, Any]:
        return {"Sequential": {"layers": [{"Dense": units, "name": "a"}, {"Dense": 2}]}}

    found = differences(side(inner(3)), side(inner(4)))
    assert ("changed", "sequential/a", "sequential/a") in told(found)
    assert found.load_result.failures[0].slot.path == "layers/sequential/layers/dense"


def test_what_a_layer_reads_is_told_of_graphs_alone() -> None:
    layers = [
        {"Dense": 8, "name": "a", "from": "x"},
        {"Dense": 8, "name": "b", "from": "x"},
    ]

    def graph(*sources: str) -> Side:
        return side(
            *layers, {"Subtract": {}, "from": list(sources)}, input={"shape": [8], "name": "x"}
        )

    (change,) = differences(graph("a", "b"), graph("b", "a")).changes
    assert what(change) == ["from"]


def test_inputs() -> None:
    found = differences(side({"Dense": 2}), side({"Dense": 2}, input=[12, 8]))
    (change,) = found.inputs
    assert [detail.what for detail in change.details] == ["output"]
    assert found.load_result.loads == "fully"
    wider = differences(side({"Dense": 2}), side({"Dense": 2}, input=[10, 9]))
    assert wider.load_result.loads == "no"


# Where Keras stores what: the paths of `keras/src/saving/saving_lib.py`, seen in saved files.
PATHS = [
    ({"Dense": 3}, ["layers/dense"]),
    ({"LSTM": 3}, ["layers/lstm/cell"]),
    ({"Bidirectional": {"layer": {"GRU": {"units": 3}}}},
     ["layers/bidirectional/backward_layer/cell", "layers/bidirectional/forward_layer/cell"]),
    ({"TimeDistributed": {"Dense": 3}}, ["layers/time_distributed/layer"]),
    ({"RNN": {"cell": [{"LSTMCell": 3}, {"LSTMCell": 3}, {"GRUCell": 3}]}},
     ["layers/rnn/cell/cells/lstm_cell", "layers/rnn/cell/cells/lstm_cell_1",
      "layers/rnn/cell/cells/gru_cell"]),
    ({"MultiHeadAttention": {"num_heads": 1, "key_dim": 2}, "from": ["input", "input"]},
     [f"layers/multi_head_attention/{name}_dense" for name in ("query", "key", "value", "output")]),
    ({"SpectralNormalization": {"Dense": 3}},
     ["layers/spectral_normalization", "layers/spectral_normalization/layer"]),
    ({"Sequential": {"layers": [{"Dense": 3}, {"Dense": 3}]}},
     ["layers/sequential/layers/dense", "layers/sequential/layers/dense_1"]),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "paths"), PATHS)
def test_where_weights_are_stored(entry: dict[str, Any], paths: Sequence[str]) -> None:
    slots = layout(*side(entry)).slots
    assert [slot.path for slot in slots if slot.weights] == paths


def test_low_rank_adaptations_are_stored_without_their_own_weights() -> None:
    plain, adapted = side({"Dense": 3}), side({"Dense": {"units": 3, "lora_rank": 2}})
    assert differences(plain, adapted).load_result.loads == "fully"
    assert differences(adapted, plain).load_result.loads == "fully"


def test_layers_are_counted_in_the_order_of_their_depth() -> None:
    # deep stands after shallow in the file, and further from the output: Keras counts it first.
    whole = side(
        {"Dense": 2, "name": "shallow", "from": "input"},
        {"Dense": 2, "name": "deep", "from": "input"},
        {"Dense": 2, "name": "deeper", "from": "deep"},
        {"Add": {}, "from": ["shallow", "deeper"]},
        {"Dense": 9, "name": "unused", "from": "input"},
        outputs=["add"],
    )
    assert [node.name for node in in_keras_order(whole.graph)] == [
        "deep",
        "shallow",
        "deeper",
        "add",
    ]


def test_a_file_with_more_or_fewer_arrays() -> None:
    new = layout(*side({"Dense": 3}))
    stored = Stored("layers/dense", "dense", {"0": (8, 3)})
    (fit,) = load_result({"layers/dense": stored}, new).slots
    assert (fit.reason, fit.loaded) == ("count", 0)
    strange = Stored("layers/dense", "dense", {"0": (8, 3), "bias": (3,)})
    found = load_result({"layers/dense": strange}, new)
    assert (found.loads, found.slots[0].loaded, found.slots[0].reason) == (
        "partially",
        1,
        "missing",
    )


def test_files_of_keras_2_are_read_layer_after_layer() -> None:
    graph, report = side({"Dropout": 0.5}, {"Dense": 3, "name": "b"}, {"BatchNormalization": {}})
    dense = Stored("a", "a", {"0": (8, 3), "1": (3,)})
    norm = Stored("n", "n", dict.fromkeys("0123", (3,)))
    assert load_result_in_order([dense, norm], graph, report).loads == "fully"
    wrong = Stored("n", "n", dict.fromkeys("0123", (4,)))
    assert load_result_in_order([dense, wrong], graph, report).loads == "partially"
    fewer = load_result_in_order([dense], graph, report)
    assert fewer.loads == "no"
    assert fewer.refused == OtherLayers(stored=1, expected=2)
    assert refusal(fewer.refused) == "it holds 1 layer with weights, and the model has 2"


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_shown_and_does_nothing(name: str) -> None:
    given = side(LSTM, {"Dense": 8})
    report = named(given.report, name)
    row = report.rows[1]
    details = tuple(Detail("argument", name, name, name) for _ in range(2))
    verdict = load_result({}, layout(*given))
    slots = tuple(fit._replace(slot=fit.slot._replace(layer=name)) for fit in verdict.slots)
    verdict = verdict._replace(slots=slots, unknown=(name,), unused=(Stored(name, name, {}),))
    changes = (Change(("changed", "renamed"), row, row, details),)
    model = (Detail("outputs", (name,), ("x",)),)
    found = Diff(report, report, (), changes, model, verdict, slots, ((name, name),))
    for width in (None, 40, 80):
        for made in (document(found), fit_document(name, name, verdict)):
            assert is_harmless(render([made], screen=Screen(width)))
    text = diff_json.render([found], "0")
    assert is_harmless(text)
    assert json.loads(text)["old"]["model"] == name
    for made in (document(found), fit_document(name, name, verdict)):
        for kind in DOCUMENT_FORMATS:
            text = render([made], kind)
            assert is_harmless(text)
            assert complaint(kind, text) == ""
            assert "</script>" not in text
