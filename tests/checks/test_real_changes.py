"""Real changes of a model: each is one finding of the lock and a line of diff, by its cause.

A case replaces a text of a spec by another one. What changes is known by hand: the argument, the
source or the layer whose text was replaced, and no other.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.compare.diff import Side, differences
from seqinspect.compare.lock import parse_lock, render
from seqinspect.compare.lock_entry import lock_entry
from seqinspect.lint.run import Lock, Plan, check_data
from seqinspect.lint.settings import Settings
from seqinspect.output.diff.document import document
from seqinspect.output.findings.sentences import message
from seqinspect.output.renderers import render as render_document
from seqinspect.output.screen import Screen
from seqinspect.readers.spec import read_spec

CHAIN = """\
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: 4, return_sequences: true}
  - BatchNormalization: {}
  - Bidirectional: {layer: {GRU: {units: 4, return_sequences: true}}}
  - Conv1D: {filters: 4, kernel_size: 3, padding: causal}
  - Dropout: 0.5
  - LSTM: 4
  - Dense: {units: 4, activation: relu}
  - Dense: {units: 4, activation: tanh}
"""
NORMALIZATION = "  - BatchNormalization: {}\n"
BOTH_WAYS = "  - Bidirectional: {layer: {GRU: {units: 4, return_sequences: true}}}\n"
GRAPH = """\
inputs: {past: [10, 4], future: [10, 4]}
layers:
  - LSTM: {units: 4, return_state: true, name: encoder}
    from: past
  - LSTM: {units: 4, return_sequences: true, name: decoder}
    from: future
    call: {initial_state: [encoder.1, encoder.2]}
  - Dense: {units: 4, name: left}
    from: decoder
  - Dense: {units: 4, name: right}
    from: past
  - Concatenate: {name: both}
    from: [left, right]
  - Dense: {units: 1, name: first}
    from: both
  - Dense: {units: 1, name: second}
    from: both
outputs: [first, second]
"""
TEXT = """\
input: {shape: [10], dtype: int32, batch: 2}
layers:
  - Embedding: {input_dim: 50, output_dim: 8, mask_zero: true}
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: [embedding, embedding]
    call: {use_causal_mask: true}
  - LayerNormalization: {}
  - GRU: 4
  - Dense: 4
"""
SHARED = """\
inputs: {a: [10, 4], b: [10, 4]}
layers:
  - LSTM: {units: 4, name: twin}
    from: a
  - reuse: twin
    from: b
    name: other
  - Add: {name: sum}
    from: [twin, other]
  - Subtract: {name: difference}
    from: [twin, other]
outputs: [sum, difference]
"""
SEPARATE = """\
  - LSTM: {units: 4}
    from: b
"""
NESTED = """\
input: [10, 4]
layers:
  - Sequential:
      name: block
      layers: [{Dense: {units: 4, name: inner}}, {Dense: {units: 4, name: outer}}]
  - TimeDistributed:
      Sequential:
        name: step
        layers: [{Dense: {units: 3, name: narrow}}, {Dense: {units: 4, name: wide}}]
"""


class Case(NamedTuple):
    """A text of a spec that is replaced: what the lock says of it, and a line of diff."""

    spec: str
    old: str
    new: str
    lock: str
    diff: str


CASES = {
    "units": Case(
        CHAIN, "LSTM: 4", "LSTM: 5", "LSTM `lstm_1` changed: units was 4, is 5;", "units 4 → 5"
    ),
    "activation": Case(
        CHAIN, "activation: relu", "activation: gelu",
        "Dense `dense` changed: activation was relu, is gelu (in", "activation relu → gelu",
    ),
    "an activation is gone": Case(
        CHAIN, ", activation: relu", "",
        "Dense `dense` changed: activation was relu, is its default (in",
        "activation relu → none",
    ),
    "recurrent activation": Case(
        CHAIN, "LSTM: 4", "LSTM: {units: 4, recurrent_activation: hard_sigmoid}",
        "LSTM `lstm_1` changed: recurrent_activation was its default, is hard_sigmoid (in",
        "recurrent_activation sigmoid → hard_sigmoid",
    ),
    "return_sequences": Case(
        CHAIN, "LSTM: 4", "LSTM: {units: 4, return_sequences: true}",
        "LSTM `lstm_1` changed: return_sequences was its default, is true;",
        "return_sequences false → true",
    ),
    "go_backwards": Case(
        CHAIN, "LSTM: 4", "LSTM: {units: 4, go_backwards: true}",
        "LSTM `lstm_1` changed: go_backwards was its default, is true;",
        "go_backwards false → true",
    ),
    "stateful": Case(
        TEXT, "GRU: 4", "GRU: {units: 4, stateful: true}",
        "GRU `gru` changed: stateful was its default, is true", "stateful false → true",
    ),
    "reset_after": Case(
        TEXT, "GRU: 4", "GRU: {units: 4, reset_after: false}",
        "GRU `gru` changed: reset_after was its default, is false; parameters was 168, is 156;",
        "reset_after true → false",
    ),
    "merge mode": Case(
        CHAIN, "return_sequences: true}}}", "return_sequences: true}}, merge_mode: ave}",
        "Bidirectional `bidirectional` changed: merge_mode was its default, is ave;",
        "merge_mode concat → ave",
    ),
    "merge mode of the same shape": Case(
        CHAIN.replace("true}}}", "true}}, merge_mode: sum}"), "sum", "ave",
        "Bidirectional `bidirectional` changed: merge_mode was sum, is ave (in",
        "merge_mode sum → ave",
    ),
    "an argument within a wrapper": Case(
        CHAIN, "GRU: {units: 4,", "GRU: {units: 4, activation: relu,",
        "Bidirectional `bidirectional` changed: layer.activation was its default, is relu (in",
        "layer.activation tanh → relu",
    ),
    "epsilon": Case(
        CHAIN, "BatchNormalization: {}", "BatchNormalization: {epsilon: 0.01}",
        "BatchNormalization `batch_normalization` changed: epsilon was its default, is 0.01 (in",
        "epsilon 0.001 → 0.01",
    ),
    "momentum": Case(
        CHAIN, "BatchNormalization: {}", "BatchNormalization: {momentum: 0.9}",
        "BatchNormalization `batch_normalization` changed: momentum was its default, is 0.9 (in",
        "momentum 0.99 → 0.9",
    ),
    "dilation": Case(
        CHAIN, "padding: causal", "padding: causal, dilation_rate: 2",
        "Conv1D `conv1d` changed: dilation_rate was its default, is 2 (in", "dilation_rate 1 → 2",
    ),
    "padding": Case(
        CHAIN, "padding: causal", "padding: same",
        "Conv1D `conv1d` changed: padding was causal, is same (in", "padding causal → same",
    ),
    "strides": Case(
        CHAIN, "padding: causal", "padding: causal, strides: 2",
        "Conv1D `conv1d` changed: strides was its default, is 2;", "strides 1 → 2",
    ),
    "groups": Case(
        CHAIN, "padding: causal", "padding: causal, groups: 2",
        "Conv1D `conv1d` changed: groups was its default, is 2;", "groups 1 → 2",
    ),
    "rate": Case(
        CHAIN, "Dropout: 0.5", "Dropout: 0.25",
        "Dropout `dropout` changed: rate was 0.5, is 0.25 (in", "rate 0.5 → 0.25",
    ),
    "seed": Case(
        CHAIN, "Dropout: 0.5", "Dropout: {rate: 0.5, seed: 7}",
        "Dropout `dropout` changed: seed was its default, is 7 (in", "seed none → 7",
    ),
    "regulariser": Case(
        CHAIN, "activation: tanh", "activation: tanh, kernel_regularizer: {L2: 0.1}",
        "Dense `dense_1` changed: kernel_regularizer was its default, is L2(l2=0.1) (in",
        "kernel_regularizer none → L2(l2=0.1)",
    ),
    "initializer": Case(
        CHAIN, "activation: tanh", "activation: tanh, kernel_initializer: HeNormal",
        "Dense `dense_1` changed: kernel_initializer was its default, is HeNormal (in",
        "kernel_initializer GlorotUniform → HeNormal",
    ),
    "constraint": Case(
        CHAIN, "activation: tanh", "activation: tanh, kernel_constraint: NonNeg",
        "Dense `dense_1` changed: kernel_constraint was its default, is NonNeg (in",
        "kernel_constraint none → NonNeg",
    ),
    "bias": Case(
        CHAIN, "activation: tanh", "activation: tanh, use_bias: false",
        "Dense `dense_1` changed: use_bias was its default, is false; parameters was 20, is 16;",
        "use_bias true → false",
    ),
    "frozen": Case(
        CHAIN, "activation: tanh", "activation: tanh, trainable: false",
        "Dense `dense_1` changed: trainable was its default, is false;", "trainable true → false",
    ),
    "dtype": Case(
        CHAIN, "activation: tanh", "activation: tanh, dtype: float16",
        "Dense `dense_1` changed: dtype was its default, is float16;", "dtype none → float16",
    ),
    "mixed precision": Case(
        CHAIN, "activation: tanh", "activation: tanh, dtype: mixed_float16",
        "Dense `dense_1` changed: dtype was its default, is mixed_float16;",
        "dtype none → mixed_float16",
    ),
    "order of two layers": Case(
        CHAIN,
        f"{NORMALIZATION}{BOTH_WAYS}", f"{BOTH_WAYS}{NORMALIZATION}",
        "BatchNormalization `batch_normalization` changed: its input was lstm, is bidirectional;",
        "place moved",
    ),
    "class": Case(
        CHAIN, "  - LSTM: 4", "  - GRU: 4",
        "GRU `gru_1` changed: its class was LSTM, is GRU;", "- lstm_1 (LSTM)",
    ),
    "a class without weights": Case(
        CHAIN, "Dropout: 0.5", "GaussianDropout: 0.5",
        "GaussianDropout `gaussian_dropout` changed: its class was Dropout, is GaussianDropout",
        "+ gaussian_dropout (GaussianDropout)",
    ),
    "new layer": Case(
        CHAIN, "  - Dropout: 0.5\n", "  - Dropout: 0.5\n  - ReLU\n",
        "ReLU `re_lu` is new; with it changes lstm_1 (not in", "+ re_lu (ReLU)",
    ),
    "layer that is gone": Case(
        CHAIN, "  - Dropout: 0.5\n", "",
        "Dropout `dropout` is no longer there; without it changes lstm_1 (it is in",
        "- dropout (Dropout)",
    ),
    "size": Case(
        CHAIN, "n: 8", "n: 9",
        "the model changed: size n was 8, is 9; with it changes lstm (in", "n = 8 → T = 10, n = 9",
    ),
    "the layer within a wrapper": Case(
        CHAIN, "layer: {GRU:", "layer: {LSTM:",
        "Bidirectional `bidirectional` changed: layer was GRU, is LSTM;", "layer GRU",
    ),
    "a cell more": Case(
        "input: [10, 4]\nlayers:\n  - RNN: {cell: [{LSTMCell: 4}]}\n",
        "[{LSTMCell: 4}]", "[{LSTMCell: 4}, {GRUCell: 4}]",
        "RNN `rnn` changed: cell.1 was its default, is GRUCell; cell.1.units was its default,",
        "cell LSTMCell(units=4) →",
    ),
    "a layer of a block": Case(
        "input: [10, 8]\nlayers:\n  - repeat: 3\n    layers: [{Dense: 8}, Dropout: 0.1]\n",
        "Dense: 8", "Dense: 6",
        "Dense `dense` changed: units was 8, is 6;", "units 8 → 6",
    ),
    "size in a list": Case(
        "dims: {T: 4, n: 8}\ninput: [32]\nlayers:\n  - Reshape: [T, n]\n  - LSTM: n\n",
        "T: 4, n: 8", "T: 8, n: 4",
        "the model changed: size T was 4, is 8; size n was 8, is 4; with it changes reshape and",
        "T = 4, n = 8 → T = 8, n = 4",
    ),
    "size of steps": Case(
        CHAIN, "T: 10", "T: 11",
        "the model changed: size T was 10, is 11;", "T = 10, n = 8 → T = 11, n = 8",
    ),
    "input": Case(
        TEXT, "shape: [10]", "shape: [12]",
        "the model changed: input input was (2, 10) = (2, 10) int32, is (2, 12) = (2, 12) int32;",
        "(2, 10) → (2, 12)",
    ),
    "initial states swapped": Case(
        GRAPH, "encoder.1, encoder.2", "encoder.2, encoder.1",
        "LSTM `decoder` changed: call initial_state was encoder.1, encoder.2, is encoder.2,"
        " encoder.1 (in",
        "call initial_state encoder.1, encoder.2 → encoder.2, encoder.1",
    ),
    "no initial state": Case(
        GRAPH, "    call: {initial_state: [encoder.1, encoder.2]}\n", "",
        "LSTM `decoder` changed: call initial_state was encoder.1, encoder.2, is none;",
        "call initial_state encoder.1, encoder.2 → none",
    ),
    "order of sources": Case(
        GRAPH, "[left, right]", "[right, left]",
        "Concatenate `both` changed: its input was left, right, is right, left",
        "reads from left, right → right, left",
    ),
    "order of a difference": Case(
        SHARED, "Subtract: {name: difference}\n    from: [twin, other]",
        "Subtract: {name: difference}\n    from: [other, twin]",
        "Subtract `difference` changed: its input was twin, other, is other, twin (in",
        "reads from twin, other → other, twin",
    ),
    "other source": Case(
        GRAPH, "    from: decoder", "    from: future",
        "Dense `left` changed: its input was decoder, is future;", "reads from decoder → future",
    ),
    "outputs in another order": Case(
        GRAPH, "[first, second]", "[second, first]",
        "the model changed: outputs was first, second, is second, first",
        "Outputs first, second → second, first",
    ),
    "shared layer becomes its own": Case(
        SHARED, "  - reuse: twin\n    from: b\n    name: other\n",
        "  - LSTM: {units: 4, name: other}\n    from: b\n",
        "LSTM `other` changed: whose weights it has was twin, is none;",
        "weights of twin → none",
    ),
    "name": Case(
        CHAIN, "Dropout: 0.5", "Dropout: {rate: 0.5, name: rest}",
        "Dropout `rest` changed: name was dropout, is rest (in", "~ dropout → rest (Dropout)",
    ),
    "mask_zero": Case(
        TEXT, ", mask_zero: true", "",
        "Embedding `embedding` changed: mask_zero was true, is its default;",
        "mask_zero true → false",
    ),
    "causal mask": Case(
        TEXT, "{use_causal_mask: true}", "{use_causal_mask: false}",
        "MultiHeadAttention `multi_head_attention` changed: call use_causal_mask was true, is"
        " false (in",
        "call use_causal_mask true → false",
    ),
    "heads of the same size": Case(
        TEXT, "num_heads: 2, key_dim: 4", "num_heads: 4, key_dim: 2",
        "MultiHeadAttention `multi_head_attention` changed: key_dim was 4, is 2; num_heads was 2,"
        " is 4;",
        "num_heads 2 → 4",
    ),
    "axis": Case(
        TEXT, "LayerNormalization: {}", "LayerNormalization: {axis: 1}",
        "LayerNormalization `layer_normalization` changed: axis was its default, is 1;",
        "axis -1 → 1",
    ),
    "batch": Case(
        TEXT, "batch: 2", "batch: 4",
        "the model changed: input input was (2, 10) = (2, 10) int32, is (4, 10) = (4, 10) int32;",
        "(2, 10) → (4, 10)",
    ),
    "a layer of a model within": Case(
        NESTED, "name: inner}", "name: inner, activation: relu}",
        "Dense `block/inner` changed: activation was its default, is relu (in",
        "activation none → relu",
    ),
    "layers of a model within in another order": Case(
        NESTED, "[{Dense: {units: 4, name: inner}}, {Dense: {units: 4, name: outer}}]",
        "[{Dense: {units: 4, name: outer}}, {Dense: {units: 4, name: inner}}]",
        "Dense `block/inner` changed: its input was input, is outer", "place moved",
    ),
    "a layer of a model within a wrapper": Case(
        NESTED, "name: narrow}", "name: narrow, activation: relu}",
        "Dense `time_distributed/step/narrow` changed: activation was its default, is relu (in",
        "activation none → relu",
    ),
}  # fmt: skip


def messages(old: str, new: str) -> list[str]:
    """What `check --locked` finds in a spec, by the lock of another one, as read from its text."""
    graph = read_spec(old.encode(), name="model.yaml")
    text = render({"model.yaml": lock_entry(graph, analyse(graph))})
    lock = Lock("seqinspect.lock", "", parse_lock(text, "seqinspect.lock"))
    plan = Plan(settings=Settings(), lock=lock, select=("SEQ006",))
    return [message(each) for each in check_data("model.yaml", new.encode(), plan).findings]


def side(spec: str) -> Side:
    graph = read_spec(spec.encode(), name="model.yaml")
    return Side(graph, analyse(graph))


@pytest.mark.parametrize("name", CASES)
def test_a_real_change_is_one_finding_that_names_its_cause(name: str) -> None:
    case = CASES[name]
    assert case.spec.count(case.old) == 1
    found = messages(case.spec, case.spec.replace(case.old, case.new))
    assert len(found) == 1, found
    assert found[0].startswith(case.lock)


@pytest.mark.parametrize("name", CASES)
def test_diff_shows_it(name: str) -> None:
    case = CASES[name]
    found = differences(side(case.spec), side(case.spec.replace(case.old, case.new)))
    assert not found.same
    text = render_document([document(found)], "text", screen=Screen(width=0))
    assert case.diff in " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "weights"),
    [("order of sources", ("first", "second")), ("initial states swapped", ("decoder",))],
)
def test_weights_that_load_and_meet_other_sources_are_named(
    name: str, weights: tuple[str, ...]
) -> None:
    case = CASES[name]
    found = differences(side(case.spec), side(case.spec.replace(case.old, case.new)))
    assert found.load_result.loads == "fully"
    assert [swap.weights for swap in found.swapped] == [weights]
    assert found.breaking


def test_the_order_of_a_sum_says_nothing() -> None:
    spec = f"{SHARED.partition('outputs')[0]}  - Dense: 1\n    from: sum\n"
    swapped = spec.replace("sum}\n    from: [twin, other]", "sum}\n    from: [other, twin]")
    found = differences(side(spec), side(swapped))
    assert found.changes
    assert found.swapped == ()


@pytest.mark.parametrize("spec", [CHAIN, GRAPH, TEXT, SHARED, NESTED])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("layers:\n", "# a comment\nlayers:\n"),
        ("Dropout: 0.5", "Dropout: {rate: 0.5}"),
        ("LSTM: 4", "LSTM: {units: 4, return_sequences: false, activation: tanh}"),
        ("Dense: {units: 4,", "Dense: {units: 4, use_bias: true, dtype: float32,"),
        ("BatchNormalization: {}", "BatchNormalization: {epsilon: 0.001}"),
        ("LayerNormalization: {}", "LayerNormalization: {axis: -1}"),
    ],
)
def test_what_changes_nothing_is_no_finding(spec: str, old: str, new: str) -> None:
    assert messages(spec, spec.replace(old, new)) == []
