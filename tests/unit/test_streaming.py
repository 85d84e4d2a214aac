"""Feeding a model step by step: what is kept, when outputs are ready, what cannot; by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.compare.diff import Side, differences
from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_spec
from seqinspect.streaming.analyse import plan, streaming
from seqinspect.streaming.data import Open, Role, Why
from seqinspect.writers.twin.source import twin_source
from seqinspect.writers.twin.spec import twin_graph

if TYPE_CHECKING:
    from seqinspect.streaming.data import Streaming

HEAD = "dims: {T: 10, n: 8, u: 5, k: 3, d: 2}\ninput: [T, n]\n"
DECODER = """\
inputs: {x: [T, n]}
layers:
  - {LayerNormalization: {}, from: x, name: norm}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 4}, from: [norm, norm], name: att,
     call: {use_causal_mask: true}}
  - {Add: {}, from: [x, att]}
"""


def streamed(spec: str, *once: str) -> Streaming:
    graph = read_spec(spec.encode(), name="m.yaml")
    return streaming(graph, analyse(graph), once)


def layers(*entries: str, head: str = HEAD) -> Streaming:
    lines = "".join(f"  - {entry}\n" for entry in entries)
    return streamed(f"{head}layers:\n{lines}")


def kept(found: Streaming) -> list[tuple[str, str]]:
    return [(each.role.name.lower(), each.numbers.python()) for each in found.kept]


@pytest.mark.parametrize(
    ("layer", "numbers", "byte_count"),
    [
        ("LSTM: {units: u}", "2*u", 4 * 2 * 5),
        ("LSTM: {units: u, return_sequences: true}", "2*u", 4 * 2 * 5),
        ("GRU: u", "u", 4 * 5),
        ("SimpleRNN: u", "u", 4 * 5),
        ("RNN: {cell: {LSTMCell: u}}", "2*u", 4 * 2 * 5),
        ("RNN: {cell: [{LSTMCell: u}, {GRUCell: 4}]}", "2*u + 4", 4 * (2 * 5 + 4)),
        ("LSTM: {units: u, dtype: float64}", "2*u", 8 * 2 * 5),
        ("Conv1D: {filters: 4, kernel_size: k, padding: causal}", "n*(k - 1)", 4 * 8 * 2),
        (
            "Conv1D: {filters: 4, kernel_size: k, padding: causal, dilation_rate: d}",
            "d*n*(k - 1)",
            4 * 2 * 8 * 2,
        ),
        ("Conv1D: {filters: 4, kernel_size: k, padding: same}", "n*(k - 1)", 4 * 8 * 2),
        ("Conv1D: {filters: 4, kernel_size: k}", "n*(k - 1)", 4 * 8 * 2),
        ("AveragePooling1D: {pool_size: 3, strides: 1}", "n*2", 4 * 8 * 2),
        ("Dense: u", "0", 0),
        ("LayerNormalization: {}", "0", 0),
        ("TimeDistributed: {Dense: u}", "0", 0),
        ("Cropping1D: [0, 2]", "1", 4),
        ("UpSampling1D: 2", "0", 0),
        ("Normalization: {mean: 0.5, variance: 2.0}", "0", 0),
        ("Normalization: {axis: 1, mean: 0.5, variance: 2.0}", "1", 4),
        ("Pipeline: {layers: [{Normalization: {axis: 1, mean: 0.5, variance: 2.0}}]}", "1", 4),
        ("Rescaling: {scale: 2.0}", "0", 0),
        ("PReLU: {}", "1", 4),
        ("PReLU: {shared_axes: [1]}", "0", 0),
        ("Reshape: [T, 4, 2]", "0", 0),
    ],
)
def test_what_a_layer_keeps(layer: str, numbers: str, byte_count: int) -> None:
    found = layers(f"{{{layer}}}")
    assert found.answer == "yes"
    total = sum((each.numbers for each in found.kept), start=found.kept_bytes * 0)
    values = {"n": 8, "u": 5, "k": 3, "d": 2}
    assert total.evaluate({**values, "T": 10}) == eval(numbers, values)
    assert found.kept_bytes.value == byte_count


def test_a_strided_layer_keeps_a_counter_too() -> None:
    """A pool of 2 keeps one step of n numbers, and whether it is the first or the second."""
    found = layers("{MaxPooling1D: 2}")
    assert kept(found) == [("phase", "1"), ("steps", "n")]
    assert found.kept_bytes.value == 4 + 4 * 8


def test_steps_of_a_strided_layer_stay_when_the_last_of_them_has_come() -> None:
    """Of 7 steps, a pool of 4 by 2 returns two, with steps 3 and 5; before step 6 both are kept."""
    found = layers(
        "{MaxPooling1D: {pool_size: 4, strides: 2}}",
        "{Conv1D: {filters: 8, kernel_size: 4, padding: causal, dilation_rate: 3}, name: c}",
        head="dims: {T: 7, n: 8}\ninput: [T, n]\n",
    )
    (row,) = (row for row in found.layers if row.path == "c")
    assert [(each.role.name, each.numbers.value) for each in row.kept] == [("STEPS", 2 * 8)]


@pytest.mark.parametrize("pool", [13, 14, 20, 26, 52])
def test_a_window_that_is_wider_than_the_input_keeps_all_of_it(pool: int) -> None:
    """With same padding, the last windows of 13 steps wait for more than there are."""
    found = layers(
        "{AveragePooling1D: {pool_size: k, strides: s, padding: same}}",
        head=f"dims: {{T: 13, n: 8, k: {pool}, s: 3}}\ninput: [T, n]\n",
    )
    assert [each.numbers.value for each in found.kept] == [1, min(pool - 1, 13) * 8]


def test_a_cache_holds_keys_and_values_of_all_heads_and_steps() -> None:
    found = streamed(HEAD.replace("input: [T, n]\n", "") + DECODER)
    assert kept(found) == [("cache", "T*2*4"), ("cache", "T*2*4")]
    assert found.kept_bytes.value == 10 * 2 * 2 * 4 * 4
    assert found.growing_bytes.value == 2 * 2 * 4 * 4


def test_grouped_heads_share_their_keys_and_values() -> None:
    found = layers(
        "{Dense: n, name: x}",
        "{GroupQueryAttention: {head_dim: 3, num_query_heads: 4, num_key_value_heads: 2},"
        " from: [x, x], call: {use_causal_mask: true}}",
    )
    assert [each.numbers.value for each in found.kept] == [10 * 2 * 3] * 2


def test_a_window_of_attention_caps_its_cache() -> None:
    """With fewer than 4 steps away, step t attends to t−3…t: three of them are kept."""
    found = layers(
        "{Dense: n, name: x}",
        "{MultiHeadAttention: {num_heads: 2, key_dim: 3, sliding_window: 4}, from: [x, x],"
        " call: {use_causal_mask: true}}",
    )
    assert [each.numbers.value for each in found.kept] == [3 * 2 * 3] * 2
    assert not any(each.grows for each in found.kept)


@pytest.mark.parametrize(
    ("entries", "ready", "delay"),
    [
        (["{Dense: 2}"], "t", "0"),
        (["{Conv1D: {filters: 4, kernel_size: 5, padding: same}}"], "t + 2", "2"),
        (["{Conv1D: {filters: 4, kernel_size: 5}}"], "t + 4", "4"),
        (["{Conv1D: {filters: 4, kernel_size: 5, padding: same}}"] * 3, "t + 6", "6"),
        (["{MaxPooling1D: 2}"], "2*t + 1", None),
        (["{MaxPooling1D: 2}", "{UpSampling1D: 2}"], "2*(t//2) + 1", None),
    ],
)
def test_when_an_output_step_is_ready(entries: list[str], ready: str, delay: str | None) -> None:
    (output,) = layers(*entries).outputs
    assert output.ready is not None
    for step in range(8):
        assert output.ready.evaluate({"t": step}) == eval(ready, {"t": step})
    assert (None if output.delay is None else output.delay.python()) == delay


def test_an_earlier_branch_waits_for_a_later_one() -> None:
    found = layers(
        "{Dense: n, name: x}",
        "{Conv1D: {filters: n, kernel_size: 5, padding: same}, name: c}",
        "{Add: {}, from: [x, c]}",
    )
    assert kept(found) == [("steps", "4*n"), ("waiting", "2*n")]


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        (["{Bidirectional: {LSTM: {units: 2, return_sequences: true}}}"], Why.BOTH_DIRECTIONS),
        (["{Bidirectional: {LSTM: 2}}"], Why.BOTH_DIRECTIONS),
        (["{LSTM: {units: 2, return_sequences: true, go_backwards: true}}"], Why.BACKWARDS),
        (["{LSTM: {units: 2, go_backwards: true}}"], Why.BACKWARDS),
        (["{GlobalAveragePooling1D: {}}"], Why.ONE_OF_ALL),
        (["{GlobalMaxPooling1D: {}}", "{Dense: 2}"], Why.ONE_OF_ALL),
        (["{Flatten: {}}", "{Dense: 2}"], Why.ONE_OF_ALL),
        (["{LSTM: 4}", "{RepeatVector: T}"], Why.OF_NEWEST),
        (["{Permute: [2, 1]}", "{Dense: 2}"], Why.ONE_OF_ALL),
        (["{LayerNormalization: {axis: [1, 2]}}"], Why.ALL_STEPS),
        (
            [
                "{Dense: n, name: x}",
                "{MultiHeadAttention: {num_heads: 2, key_dim: 3}, from: [x, x]}",
            ],
            Why.ATTENDS_AHEAD,
        ),
    ],
)
def test_what_cannot_be_fed_step_by_step(entries: list[str], why: Why) -> None:
    found = layers(*entries)
    assert (found.answer, found.reason) == ("no", why)
    assert found.witness is not None
    assert found.witness.last.value == 9


@pytest.mark.parametrize("steps", [2, 3, 10, 1000])
def test_the_answer_does_not_hang_on_the_number_of_steps(steps: int) -> None:
    head = HEAD.replace("T: 10", f"T: {steps}")
    assert layers("{LSTM: 2}", head=head).answer == "yes"
    assert layers("{Bidirectional: {LSTM: 2}}", head=head).answer == "no"
    same = "{Conv1D: {filters: 2, kernel_size: 7, padding: same}}"
    assert layers(same, head=head).outputs[0].delay == 3


def test_sizes_that_are_not_known_stay_formulas() -> None:
    found = layers("{LSTM: {units: u, return_sequences: true}}", "{Dense: 1}",
                   head="dims: {T: null, n: null, u: null}\ninput: [T, n]\n")  # fmt: skip
    assert (found.answer, found.kept_bytes.text(), found.kept_bytes.value) == ("yes", "8×u", None)


def test_multiply_adds_of_a_step_are_those_of_the_window_by_its_steps() -> None:
    """4u(n + u) for an LSTM, k·n·f for a convolution, u·1 for a Dense at every step."""
    found = layers(
        "{LSTM: {units: u, return_sequences: true}}",
        "{Conv1D: {filters: 4, kernel_size: k, padding: causal}}",
        "{Dense: 1}",
    )
    work = [each.multiply_adds for each in found.layers]
    assert [each.value for each in work if each is not None] == [4 * 5 * (8 + 5), 3 * 5 * 4, 4]
    assert found.multiply_adds is not None
    assert found.report.multiply_adds.value == 10 * (260 + 60 + 4)


TRANSLATOR = """\
dims: {T: 7, S: 5}
inputs: {source: {shape: [S], dtype: int32}, target: {shape: [T], dtype: int32}}
layers:
  - {Embedding: {input_dim: 50, output_dim: 8}, from: source, name: words}
  - {LSTM: {units: 6, return_state: true}, from: words, name: encoder}
  - {Embedding: {input_dim: 50, output_dim: 8}, from: target}
  - {LSTM: {units: 6, return_sequences: true}, name: decoder,
     call: {initial_state: [encoder.1, encoder.2]}}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 3}, from: [decoder, words]}
  - {Dense: 50}
"""


def test_a_decoder_is_fed_and_its_encoder_is_run_once() -> None:
    """Keys and values of the source are computed once, of S steps with 2 heads of 3."""
    found = streamed(TRANSLATOR)
    assert (found.answer, found.fed, found.once) == ("yes", ("target",), ("source",))
    assert [(e.role, e.numbers.value) for e in found.kept] == [
        (Role.STATE, 6), (Role.STATE, 6), (Role.WHOLE, 5 * 6), (Role.WHOLE, 5 * 6),
    ]  # fmt: skip
    encoder, keys_and_values = 5 * 4 * 6 * (8 + 6), 2 * 5 * 8 * 6
    assert found.once_multiply_adds is not None
    assert found.once_multiply_adds.value == encoder + keys_and_values


def test_an_input_can_be_said_to_come_as_a_whole() -> None:
    assert streamed(TRANSLATOR, "target").answer == "no"
    with pytest.raises(SpecError, match="has no input 'sauce'"):
        streamed(TRANSLATOR, "sauce")


def test_a_layer_without_a_rule_is_not_known() -> None:
    found = streamed("custom: {Own: my.module:Own}\ninput: [10, 8]\nlayers: [{Own: {}}]\n")
    assert (found.answer, found.reason) == ("not known", Open.NO_RULE)


def test_a_stateful_layer_that_is_called_again_begins_with_the_state_it_left() -> None:
    """Keras: the second call of one forward pass goes on from the end of the first."""
    found = layers("{LSTM: {units: n, return_sequences: true, stateful: true}, name: l}",
                   "{reuse: l, from: l}",
                   head="dims: {T: 10, n: 8}\ninput: {shape: [T, n], batch: 2}\n")  # fmt: skip
    assert (found.answer, found.reason) == ("not known", Open.STATE_LEFT)


def test_a_masked_query_step_is_not_read() -> None:
    """Each makes the same mean of `source`, whatever it is: no step of `target` moves step 0."""
    found = streamed("""\
inputs: {target: {shape: [T], dtype: int32}, source: [S, 4]}
dims: {T: 10, S: 5}
layers:
  - {Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}, from: target, name: words}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 3}, from: [words, words], name: itself,
     call: {use_causal_mask: true}}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 3}, from: [itself, source], name: across}
""")
    assert (found.answer, found.reason) == ("not known", Open.MASKED)


def test_without_time_there_is_nothing_to_feed() -> None:
    found = streamed("input: [28, 28, 1]\nlayers: [{Conv2D: [4, 3]}, {Flatten: {}}]\n".replace(
        "{Conv2D: [4, 3]}", "{Conv2D: {filters: 4, kernel_size: 3}}"))  # fmt: skip
    assert found.answer == "once"


def test_masked_steps_and_models_within_keep_what_their_layers_keep() -> None:
    found = layers("{Masking: {}}", "{Sequential: {layers: [{GRU: {units: u}}, {Dense: 1}]}}")
    assert (found.answer, kept(found)) == ("yes", [("state", "u")])


def test_weights_of_every_step_need_its_number() -> None:
    """PReLU without shared axes has a row for each of the T steps."""
    assert kept(layers("{PReLU: {}}")) == [("position", "1")]


CHAIN = """\
dims: {T: 10, n: 8, u: 5, k: 3, d: 2}
input: [T, n]
layers:
  - Conv1D: {filters: u, kernel_size: k, dilation_rate: d, padding: causal}
  - LayerNormalization
  - LSTM: {units: u, return_sequences: true}
  - GRU: u
  - Dense: 1
"""


def test_a_twin_as_a_spec_loads_the_checkpoints_of_the_model() -> None:
    graph = read_spec(CHAIN.encode(), name="m.yaml")
    report = analyse(graph)
    twin = twin_graph(graph, plan(graph, report))
    found = differences(Side(graph, report), Side(twin, analyse(twin)))
    assert found.load_result.loads == "fully"
    shapes = {each.name: each.tensor.shape[1:] for each in analyse(twin).inputs}
    assert shapes == {
        "input": (1, 8), "conv1d_steps": (4, 8), "lstm_h": (5,), "lstm_c": (5,), "gru_h": (5,),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        ("{Conv1D: {filters: 2, kernel_size: 3, padding: same}}", "is not ready with input step t"),
        ("{PReLU: {}}", "has no place in a spec"),
        ("{GlobalMaxPooling1D: {}}", "has no twin"),
    ],
)
def test_what_a_spec_cannot_say_of_a_twin_is_refused(layer: str, why: str) -> None:
    graph = read_spec(f"{HEAD}layers: [{layer}]".encode(), name="m.yaml")
    with pytest.raises(SpecError, match=why):
        twin_graph(graph, plan(graph, analyse(graph)))


def test_a_twin_in_python_needs_numbers_for_all_sizes() -> None:
    graph = read_spec(b"dims: {T: null}\ninput: [T, 8]\nlayers: [{LSTM: 4}]", name="m.yaml")
    with pytest.raises(SpecError, match="needs numbers for all sizes: T"):
        twin_source(graph, plan(graph, analyse(graph)))
