"""What Keras confirms of a report, and what it denies."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

import seqinspect
from seqinspect.analysis.walk import analyse
from seqinspect.keras_model.build import compare, runtime
from seqinspect.model.report import Confirmed, Report
from seqinspect.model.unconfirmed import KerasAbsent
from seqinspect.output.report.summary import verdict
from seqinspect.output.unconfirmed_words import unconfirmed_text
from seqinspect.readers.spec import read_spec

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.keras


@pytest.fixture
def question(hand: Any) -> tuple[Any, Report]:
    """LSTM(8, return_sequences) → Dense(8) on (batch, 10, 8), and the report on it."""
    graph = hand.chain(
        (None, 10, 8),
        hand.layer("LSTM", "lstm", units=8, return_sequences=True),
        hand.layer("Dense", "dense", units=8),
    )
    lstm = hand.row(
        "lstm", "LSTM", (None, 10, 8), kernel=(8, 32), recurrent_kernel=(8, 32), bias=(32,)
    )
    dense = hand.row("dense", "Dense", (None, 10, 8), kernel=(8, 8), bias=(8,))
    return graph, hand.report(lstm, dense)


def with_dense(report: Report, **changes: Any) -> Report:
    lstm, dense = report.rows
    return report._replace(rows=(lstm, dense._replace(**changes)))


def test_a_true_report_is_confirmed_row_by_row(question: Any) -> None:
    graph, report = question
    found = compare.confirm(graph, report)
    assert [row.confirmed for row in found.rows] == [Confirmed(shape=True, params=True)] * 2
    assert (found.keras.status, found.keras.differences) == ("agrees", ())
    assert found.keras.version == metadata.version("keras")
    assert (found.keras.backend, found.keras.backend_version) == (
        "tensorflow",
        metadata.version("tensorflow"),
    )


def test_a_wrong_shape_is_denied(question: Any, hand: Any) -> None:
    graph, report = question
    wrong = hand.row("dense", "Dense", (None, 10, 9)).outputs
    found = compare.confirm(graph, with_dense(report, outputs=wrong))
    assert found.rows[1].confirmed == Confirmed(shape=False, params=True)
    assert found.rows[0].confirmed == Confirmed(shape=True, params=True)
    assert found.keras.status == "disagrees"
    assert verdict(found)[2] == ("dense: seqinspect says (N0, 10, 9), Keras says (None, 10, 8)",)


def test_a_size_that_only_one_of_both_knows_is_denied(question: Any, hand: Any) -> None:
    graph, report = question
    wrong = hand.row("dense", "Dense", (None, None, 8)).outputs
    found = compare.confirm(graph, with_dense(report, outputs=wrong))
    assert found.rows[1].confirmed.shape is False


def test_a_wrong_dtype_is_denied(question: Any, hand: Any) -> None:
    graph, report = question
    wrong = hand.row("dense", "Dense", (None, 10, 8), dtype="float16").outputs
    found = compare.confirm(graph, with_dense(report, outputs=wrong))
    assert verdict(found)[2] == ("dense: seqinspect says float16, Keras says float32",)
    assert found.rows[1].confirmed == Confirmed(shape=False, params=True)


def test_a_missing_output_is_denied(question: Any) -> None:
    graph, report = question
    found = compare.confirm(graph, with_dense(report, outputs=()))
    assert verdict(found)[2] == ("dense: seqinspect says 0 outputs, Keras says 1 output",)


@pytest.mark.parametrize(
    ("weights", "difference"),
    [
        ({"kernel": (8, 9), "bias": (8,)}, "seqinspect says kernel (8, 9), Keras says (8, 8)"),
        ({"kernel": (8, 8)}, "Keras has bias (8,), seqinspect does not"),
        (
            {"kernel": (8, 8), "bias": (8,), "more": (2,)},
            "seqinspect says more (2,), Keras has none",
        ),
    ],
)
def test_wrong_weights_are_denied(
    question: Any, hand: Any, weights: dict[str, tuple[int, ...]], difference: str
) -> None:
    graph, report = question
    wrong = hand.row("dense", "Dense", (None, 10, 8), **weights).weights
    found = compare.confirm(graph, with_dense(report, weights=wrong))
    assert found.rows[1].confirmed == Confirmed(shape=True, params=False)
    assert verdict(found)[2] == (f"dense: {difference}",)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"trainable": False}, "seqinspect says bias is not trained, Keras says trained"),
        ({"dtype": "float16"}, "seqinspect says bias is float16, Keras says float32"),
    ],
)
def test_what_a_weight_is_like_is_compared(
    question: Any, change: dict[str, Any], difference: str
) -> None:
    graph, report = question
    kernel, bias = report.rows[1].weights
    found = compare.confirm(graph, with_dense(report, weights=(kernel, bias._replace(**change))))
    assert verdict(found)[2] == (f"dense: {difference}",)


def test_rows_below_others_are_compared_too(hand: Any) -> None:
    inner = hand.layer("LSTM", "lstm", units=3)
    graph = hand.chain((None, 4, 2), hand.layer("Bidirectional", "both", layer=inner))
    half = {"kernel": (2, 12), "recurrent_kernel": (3, 12), "bias": (12,)}
    halves = {f"{side}_lstm__{w}": s for side in ("forward", "backward") for w, s in half.items()}
    report = hand.report(
        hand.row("both", "Bidirectional", (None, 6), **halves),
        hand.row("both/forward_lstm", "LSTM", (None, 3), **half),
        hand.row("both/backward_lstm", "LSTM", (None, 9), **half),
        hand.row("both/unknown", "LSTM", (None, 9), **half),
    )
    found = compare.confirm(graph, report)
    assert [row.confirmed for row in found.rows] == [
        Confirmed(shape=True, params=True),
        Confirmed(shape=True, params=True),
        Confirmed(shape=False, params=True),
        Confirmed(),
    ]
    assert verdict(found)[2] == (
        "both/backward_lstm: seqinspect says (N0, 9), Keras says (None, 3)",
    )


def test_without_keras_the_report_says_why(question: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise runtime.KerasUnavailable("No module named 'keras'")

    monkeypatch.setattr(runtime, "load", fail)
    graph, report = question
    found = compare.confirm(graph, report)
    assert found.keras.status == "unavailable"
    assert found.keras.reasons == (KerasAbsent("No module named 'keras'"),)
    assert [row.confirmed for row in found.rows] == [Confirmed()] * 2


def test_what_keras_cannot_represent_is_not_compared_and_the_rest_agrees(hand: Any) -> None:
    graph = hand.chain(
        (2**64, 5, 4),
        hand.layer("Dense", "dense", units=3),
        hand.layer("LSTM", "lstm", units=3, stateful=True),
    )
    report = hand.report(
        hand.row("dense", "Dense", (2**64, 5, 3), kernel=(4, 3), bias=(3,)),
        hand.row("lstm", "LSTM", (2**64, 3)),
    )
    found = compare.confirm(graph, report)
    assert [row.confirmed for row in found.rows] == [
        Confirmed(shape=True, params=True),
        Confirmed(),
    ]
    assert found.keras.status == "agrees"
    assert unconfirmed_text(found.keras.reasons).startswith(
        "lstm is not compared: Python int too large"
    )


def test_where_nothing_can_be_compared_keras_is_not_said_to_agree(hand: Any) -> None:
    graph = hand.chain((2**64, 5, 4), hand.layer("LSTM", "lstm", units=3, stateful=True))
    found = compare.confirm(graph, hand.report(hand.row("lstm", "LSTM", (2**64, 3))))
    assert found.keras.status == "unavailable"
    assert "lstm is not compared" in unconfirmed_text(found.keras.reasons)


def test_what_no_output_depends_on_is_left_out_as_keras_leaves_it_out(tmp_path: Path) -> None:
    """The judge is a functional model of Keras itself, which counts what its outputs depend on."""
    path = tmp_path / "left_out.yaml"
    path.write_text(
        "input: [4]\nlayers:\n  - Dense: {units: 2, name: one}\n    from: input\n"
        "  - Functional:\n      name: inner\n      inputs: {x: [4]}\n      layers:\n"
        "        - Dense: {units: 7, name: lost}\n          from: x\n"
        "        - Dense: {units: 3, name: found}\n          from: x\n      outputs: found\n"
        "    from: input\n  - Dense: {units: 5, name: two}\noutputs: [two]\n"
    )
    keras = runtime.load()
    given, x = keras.Input((4,)), keras.Input((4,))
    keras.layers.Dense(2)(given)
    keras.layers.Dense(7)(x)
    inner = keras.Model(x, keras.layers.Dense(3)(x))
    model = keras.Model(given, keras.layers.Dense(5)(inner(given)))
    report = seqinspect.describe(path)
    assert (report.params, report.keras.status) == (model.count_params(), "agrees")
    assert [row.name for row in report.top if not row.used] == ["one"]


def test_a_model_within_a_wrapper_is_opened_and_each_of_its_layers_compared() -> None:
    """By hand: 4×3×(4+3+1) = 96 of the LSTM and 2×(3+1) = 8 of the Dense, 104 in all."""
    spec = (
        b"input: [6, 5, 4]\nlayers:\n  - TimeDistributed:\n      layer:\n        Sequential:\n"
        b"          name: inner\n          layers: [{LSTM: 3}, {Dense: 2}]\n"
    )
    graph = read_spec(spec, name="m.yaml")
    found = compare.confirm(graph, analyse(graph))
    assert {row.path: (row.params, row.confirmed.params) for row in found.rows} == {
        "time_distributed": (104, True),
        "time_distributed/inner": (104, True),
        "time_distributed/inner/lstm": (96, True),
        "time_distributed/inner/dense": (8, True),
    }
