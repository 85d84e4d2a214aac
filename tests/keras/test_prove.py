"""The experiment confirms what a report says of time, or says where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.compare import confirm
from seqinspect.keras_model.experiment.flat import flatten_model
from seqinspect.keras_model.experiment.masked_steps import masked_steps
from seqinspect.keras_model.experiment.prove import prove
from seqinspect.model.look_ahead import Moved
from seqinspect.model.masks import MaskUse
from seqinspect.model.unconfirmed import AheadNotShown, NotCalled, NotProved, Untried
from seqinspect.output.report.summary import verdict
from seqinspect.output.report.time_notes import time_note
from seqinspect.output.unconfirmed_words import unconfirmed_text
from seqinspect.readers.spec import read_spec
from seqinspect.records import replace
from seqinspect.rules import RULES, find_rule
from seqinspect.time.reach import Reach, everything, prefix
from tests.keras.whole_models import draw, text_of

if TYPE_CHECKING:
    from seqinspect.model.facts import Facts
    from seqinspect.model.report import Report

pytestmark = pytest.mark.keras

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


@pytest.fixture(scope="module", autouse=True)
def keras() -> Any:
    return runtime.load()


def proved(source: str | bytes) -> Report:
    graph = read_spec(source.encode() if isinstance(source, str) else source)
    return prove(graph, analyse(graph))


def marks(report: Report) -> dict[str, bool | None]:
    return {row.path: row.confirmed.time for row in report.rows}


@pytest.mark.parametrize("config", CONFIGS, ids=[path.stem for path in CONFIGS])
def test_every_layer_of_the_configs_is_proved(config: Path) -> None:
    report = proved(config.read_bytes())
    assert report.keras.status == "agrees"
    assert report.keras.reasons == ()
    assert {row.confirmed.time for row in report.rows if row.time is not None} == {True}


def test_gpt3_is_proved_by_a_small_model(called: list[Any]) -> None:
    report = proved((ROOT / "configs" / "gpt3.yaml").read_bytes())
    assert len(called) < 100
    assert sum(layer.count_params() for layer in called) < 10**6
    assert len(report.rows) == 2 + 96 * 7
    assert all(report.rows[index].confirmed.time for index in range(len(report.rows)))


def claiming(monkeypatch: pytest.MonkeyPatch, layer: str, reach: Any) -> None:
    """Let the rule of a layer state another reach."""
    rule = find_rule(layer)
    assert rule is not None

    def wrong(**given: Any) -> Facts:
        facts: Facts = rule.function(**given)
        return facts._replace(reaches=(reach(given["inputs"].steps),))

    monkeypatch.setitem(RULES, layer, replace(rule, function=wrong))


def test_a_claim_of_too_few_steps_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, "Softmax", prefix)
    report = proved(
        "input: [40, 8]\nlayers:\n  - Dense: 4\n  - Softmax: {axis: 1, name: mixed}\n  - Dense: 2\n"
    )
    assert report.keras.status == "disagrees"
    assert marks(report) == {"dense": True, "mixed": False, "dense_1": False}
    assert verdict(report)[2][0] == (
        "mixed: seqinspect says that step 0 depends on step 0 of input, and the experiment moves"
        " it with steps 0…11 (input with 12 steps)"
    )


def test_a_claim_of_too_many_steps_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, "Dropout", everything)
    report = proved("input: [5, 2]\nlayers:\n  - Dropout: {rate: 0.5, name: drop}\n")
    assert marks(report) == {"drop": None}  # what did not move is no witness
    assert report.keras.reasons == (
        NotProved("drop", 0, Untried.NOT_SHOWN),
        AheadNotShown("drop", 0, "input", 4),
    )
    assert report.fields[0].looks_ahead is not None
    assert report.fields[0].looks_ahead.moved is None


def test_padded_steps_are_tried_too() -> None:
    """At a masked step causal attention attends to all: with no padding, only 0…t would move it."""
    report = proved(
        "input: {shape: [5], dtype: int32}\n"
        "layers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 3, mask_zero: true, name: words}\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2, name: attention}\n"
        "    from: [words, words]\n"
        "    call: {use_causal_mask: true}\n"
    )
    assert marks(report) == {"words": True, "attention": True}


def test_a_movement_without_any_claim_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, "GlobalMaxPooling1D", lambda steps: Reach())
    report = proved("input: [5, 2]\nlayers:\n  - Dense: 2\n  - GlobalMaxPooling1D: {name: top}\n")
    assert report.keras.status == "disagrees"
    assert verdict(report)[2] == (
        "top: seqinspect says that its output depends on no step of input, and the experiment"
        " moves it with steps 0…4 (input with 5 steps)",
    )


@pytest.mark.parametrize(
    "layers",
    [
        "[LSTM: {units: 512, return_sequences: true}, Dense: 512]",
        "[Bidirectional: {LSTM: 512}, RepeatVector: 400, GRU: {units: 30, return_sequences: true}]",
        "[Conv1D: {filters: 256, kernel_size: 7, strides: 2, padding: same}, MaxPooling1D: 3]",
        "[Flatten, Dense: 512]",
        "[Reshape: [200, 1024], Dense: 4]",
        "[Reshape: [400, 8, 64], TimeDistributed: {LSTM: 100}]",
        "[Conv1D: {filters: 48, kernel_size: 3, groups: 16}, GroupNormalization: {groups: 16}]",
        "[Permute: [2, 1], Dense: 400]",
        "[Reshape: [400, 8, 64], TimeDistributed: {Sequential: {layers: [{LSTM: 100}]}}]",
    ],
)
def test_plain_numbers_become_small_together(layers: str) -> None:
    report = proved(f"input: [400, 512]\nlayers: {layers}\n")
    assert report.keras.reasons == ()
    assert set(marks(report).values()) == {True} or "TimeDistributed" in layers
    assert all(row.confirmed.time for row in report.rows if row.time is not None)


def test_a_number_of_steps_that_is_not_known() -> None:
    report = proved(
        "dims: {T: null}\ninput: [T, 8]\nlayers:\n"
        "  - Conv1D: {filters: 4, kernel_size: 5, padding: causal, dilation_rate: 4}\n"
        "  - LSTM: 3\n"
    )
    assert marks(report) == {"conv1d": True, "lstm": True}


def test_models_within_the_model_shared_layers_and_halves() -> None:
    report = proved(
        "inputs: {a: [30, 8], b: [50, 8]}\nlayers:\n"
        "  - Sequential:\n      name: part\n      layers:\n"
        "        - Bidirectional: {GRU: {units: 8, return_sequences: true, name: gru}}\n"
        "          name: both\n"
        "        - Conv1D: {filters: 8, kernel_size: 3, padding: causal, name: conv}\n    from: a\n"
        "  - reuse: part\n    from: b\n    name: again\n"
        "  - Concatenate: {axis: 1}\n    from: [part, again]\n"
    )
    found = marks(report)
    assert set(found.values()) == {True}
    assert {"part", "part/both", "part/both/backward_gru", "again/conv", "concatenate"} <= set(
        found
    )


def test_a_block_whose_window_grows_is_tried_out_as_a_whole() -> None:
    report = proved(
        "input: [100, 8]\nlayers:\n  - repeat: 5\n    name: block\n    layers:\n"
        "      - Conv1D: {filters: 8, kernel_size: 3, padding: causal, name: conv}\n"
    )
    assert set(marks(report).values()) == {True}
    assert len(report.rows) == 5


def test_what_is_too_large_is_not_compared_and_says_why() -> None:
    """146×9 = 219×6, and no smaller numbers are found for which the like holds."""
    report = proved("input: [146, 9]\nlayers:\n  - Reshape: [219, 6]\n  - LSTM: {units: 4}\n")
    assert marks(report) == {"reshape": None, "lstm": None}
    assert report.keras.differences == ()
    assert unconfirmed_text(report.keras.reasons) == (
        "the time steps of reshape and 1 more are not proved: it is too large for an experiment:"
        " 146 steps, at most 128 steps in all inputs"
    )


def test_no_random_model_of_a_real_size_is_denied() -> None:
    wrong, proofs = [], []
    for index in (*range(5), *range(8, 20)):
        report = proved(text_of(draw(f"large {index}", large=True)))
        assert report.keras.status == "agrees", index
        wrong += [f"large {index}: {each}" for each in report.keras.differences]
        proofs += [row.confirmed.time for row in report.rows if row.time is not None]
    assert not wrong
    assert proofs.count(True) > 0.8 * len(proofs)


def test_a_state_that_goes_on_from_step_to_step_is_no_row_of_a_kernel_and_is_not_tried() -> None:
    graph = read_spec(
        b"input: {shape: [4, 5, 3], batch: 2}\n"
        b"layers: [{TimeDistributed: {layer: {LSTM: {units: 2, stateful: true}}}}]\n"
    )
    report = prove(graph, confirm(graph, analyse(graph)))
    assert time_note(report.rows[0]).startswith("step t has seen steps 0…t")
    assert report.keras.status == "agrees"
    assert "carries a state from step to step" in unconfirmed_text(report.keras.reasons)


MASKED = (
    "dims: {T: 6}\ninput: {shape: [T], dtype: int32}\nlayers:\n"
    "  - Embedding: {input_dim: 20, output_dim: 4, mask_zero: true, name: words}\n"
)


def test_masked_steps_are_drawn_so_that_a_causal_attention_shows_later_ones() -> None:
    attention = (
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 4, name: attention}\n"
        "    from: [words, words]\n    call: {use_causal_mask: true}\n"
    )
    report = proved(MASKED + attention)
    assert report.causal is False
    assert marks(report) == {"words": True, "attention": True}


def test_the_mask_of_reversed_steps_moves_what_reads_them() -> None:
    layers = (
        "  - GRU: {units: 3, return_sequences: true, go_backwards: true}\n"
        "  - GRU: {units: 3, return_sequences: true, name: last}\n"
    )
    report = proved(MASKED + layers)
    assert marks(report)["last"] is True
    assert report.rows[-1].time is not None
    assert len(report.rows[-1].time.depends) == 1


def test_a_model_that_no_data_can_pass_is_not_confirmed_without_a_word() -> None:
    spec = (
        "dims: {D: 4, S: 7}\ninput: {shape: [D, S], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 30, output_dim: 6, mask_zero: true}\n"
        "  - TimeDistributed: {layer: {GRU: 5}}\n  - GRU: {units: 3, name: document}\n"
    )
    graph = read_spec(spec.encode())
    report = prove(graph, confirm(graph, analyse(graph)))
    assert set(marks(report).values()) == {None}
    _, _, rest = verdict(report)
    assert "document cannot be called on data: its mask does not fit" in rest


def look_ahead(report: Report) -> Moved | None:
    ahead = next(each.looks_ahead for each in report.fields if each.looks_ahead is not None)
    return ahead.moved


@pytest.mark.parametrize(
    ("spec", "moved"),
    [
        ("input: [6, 3]\nlayers: [{Conv1D: {filters: 2, kernel_size: 3}}]\n", Moved(0, 2, 6)),
        (
            "dims: {T: null}\ninput: [T, 3]\nlayers:\n"
            "  - Conv1D: {filters: 2, kernel_size: 3, dilation_rate: 2, padding: same}\n",
            Moved(0, 2, 3),
        ),
        (  # step 299 fades on the way back to step 0, and step 1 does not
            "input: [300, 3]\nlayers:\n"
            "  - Bidirectional: {GRU: {units: 3, return_sequences: true}}\n",
            Moved(0, 1, 300),
        ),
        (
            "input: [3000, 3]\nlayers:\n"
            "  - Bidirectional: {GRU: {units: 3, return_sequences: true}}\n",
            Moved(0, 11, 12),
        ),
        (
            "input: [40, 4]\nlayers:\n  - repeat: 60\n    name: block\n    layers:\n"
            "      - {Attention: {name: all}, from: [input, input]}\n"
            "      - {Add: {name: sum}, from: [input, all]}\n",
            Moved(0, 11, 12),
        ),
    ],
    ids=[
        "as said",
        "at the numbers of the witness",
        "nearer",
        "with fewer steps",
        "with few blocks",
    ],
)
def test_the_witness_of_a_no_is_tried(spec: str, moved: Moved) -> None:
    assert look_ahead(proved(spec)) == moved


def test_a_witness_that_moves_is_said_below_the_table() -> None:
    spec = "input: [6, 3]\nlayers: [{Conv1D: {filters: 2, kernel_size: 3}}]\n"
    _, said, rest = verdict(proved(spec))
    assert said.endswith(
        "causal: no, shown by experiment: in a model of 6 steps, step 2 moved output step 0"
    )
    assert rest == ()


SKIPPING = """dims: {T: 9}
inputs: {a: {shape: [T], dtype: int32}, b: [T, 5]}
layers:
  - Embedding: {input_dim: 40, output_dim: 5, mask_zero: true, name: emb}
    from: a
  - {Attention: {name: attention}, from: [b, emb]}
  - Bidirectional: {layer: {GRU: {units: 3, return_sequences: true}}, name: rnn}
    from: emb
  - {GlobalAveragePooling1D: {name: mean}, from: rnn}
  - {Concatenate: {name: join}, from: [emb, b]}
  - {LSTM: {units: 3, name: all}, from: join}
  - {GRU: {units: 3, return_state: true, name: start}, from: b}
  - {GRU: {units: 3, name: not_passed}, from: emb, call: {initial_state: [start.1]}}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 3, name: heads}, from: [emb, emb]}
outputs: [heads, attention, mean, all, not_passed]
"""


def test_what_is_skipped_is_tried_behind_the_mask() -> None:
    report = proved(SKIPPING)
    assert {row.path: row.confirmed.mask for row in report.rows if row.depth == 0} == {
        "emb": None, "heads": True, "attention": True, "rnn": True, "mean": True, "join": None,
        "all": True, "start": None, "not_passed": True,
    }  # fmt: skip
    assert report.keras.status == "agrees"


@pytest.mark.parametrize("use", [MaskUse.STATE, MaskUse.UNMARKED])
def test_what_is_said_to_be_skipped_and_moves_is_denied(use: MaskUse) -> None:
    """Conv1D knows no masks: it reads what stands at a masked step."""
    graph = read_spec((MASKED + "  - Conv1D: {filters: 2, kernel_size: 1, name: c}\n").encode())
    report = analyse(graph)
    rows = [
        row._replace(mask=row.mask and row.mask._replace(use=use)) if row.path == "c" else row
        for row in report.rows
    ]
    assert masked_steps(flatten_model(graph).graph, report._replace(rows=tuple(rows))) == {
        "c": False
    }


def test_a_model_without_time_is_called_once(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = read_spec(b"input: [4]\nlayers:\n  - Dense: 2\n")
    report = analyse(graph)
    assert prove(graph, report) == report

    def fails(*_: object) -> Any:
        raise ValueError("no data can pass")

    monkeypatch.setattr(runtime.load().layers.Dense, "call", fails)
    reasons = prove(graph, report).keras.reasons
    assert [type(each) for each in reasons] == [NotCalled]
    assert unconfirmed_text(reasons).startswith("the model was not called on data: ")
