"""Every call of a graph is a call of the real Keras layer, without a weight being allocated."""

from __future__ import annotations

import resource
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import Any

import pytest

from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.model import KerasCall, build
from seqinspect.model.graph import Graph, Ref
from seqinspect.model.unconfirmed import BeyondKeras, SourceUnbuilt
from tests.effort import HANG, growth, lines

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module", autouse=True)
def keras() -> Any:
    return runtime.load()


def shapes(call: KerasCall) -> list[tuple[int | None, ...]]:
    return [output.shape for output in call.outputs]


def params(call: KerasCall) -> int:
    return sum(prod(weight.shape) for weight in call.weights)


def test_lstm_of_256_units_on_4096_features_has_the_published_count(hand: Any) -> None:
    # 4 × 256 × (4096 + 256 + 1), as in the Keras documentation's video captioning example
    call = build(hand.chain((None, 80, 4096), hand.layer("LSTM", "lstm", units=256)))["lstm"]
    assert params(call) == 4_457_472
    assert shapes(call) == [(None, 256)]


@pytest.mark.parametrize(("reset_after", "count"), [(True, 1584), (False, 1536)])
def test_gru_of_16_units_on_15_features(hand: Any, reset_after: bool, count: int) -> None:
    layer = hand.layer("GRU", "gru", units=16, reset_after=reset_after)
    assert params(build(hand.chain((None, 64, 15), layer))["gru"]) == count


def test_weights_are_named_below_the_layer_without_the_cell(hand: Any) -> None:
    call = build(hand.chain((None, 5, 2), hand.layer("LSTM", "lstm", units=3)))["lstm"]
    assert [(w.name, w.shape, w.trainable, w.dtype) for w in call.weights] == [
        ("kernel", (2, 12), True, "float32"),
        ("recurrent_kernel", (3, 12), True, "float32"),
        ("bias", (12,), True, "float32"),
    ]


def test_both_halves_of_bidirectional_are_named_and_are_parts(hand: Any) -> None:
    inner = hand.layer("LSTM", "lstm", units=70, return_sequences=True)
    calls = build(hand.chain((None, 4, 9), hand.layer("Bidirectional", "both", layer=inner)))
    assert list(calls) == ["both", "both/forward_lstm", "both/backward_lstm"]
    assert [weight.name for weight in calls["both"].weights] == [
        f"{half}_lstm/{weight}"
        for half in ("forward", "backward")
        for weight in ("kernel", "recurrent_kernel", "bias")
    ]
    assert shapes(calls["both"]) == [(None, 4, 140)]
    assert shapes(calls["both/backward_lstm"]) == [(None, 4, 70)]
    assert params(calls["both"]) == 2 * 4 * 70 * (9 + 70 + 1)


def test_a_wrapper_within_a_wrapper_shows_the_layers_within(hand: Any) -> None:
    both = hand.layer("Bidirectional", "both", layer=hand.layer("GRU", "gru", units=3))
    calls = build(hand.chain((None, 6, 4, 2), hand.layer("TimeDistributed", "each", layer=both)))
    assert {path: shapes(call) for path, call in calls.items()} == {
        "each": [(None, 6, 6)],
        "each/both": [(None, 6)],
        "each/both/forward_gru": [(None, 3)],
        "each/both/backward_gru": [(None, 3)],
    }
    assert calls["each"].weights == calls["each/both"].weights


def test_a_stateful_layer_on_a_fixed_batch_puts_out_its_states(hand: Any) -> None:
    layer = hand.layer("LSTM", "lstm", units=3, stateful=True, return_state=True)
    call = build(hand.chain((32, 5, 2), layer))["lstm"]
    assert shapes(call) == [(32, 3)] * 3
    assert params(call) == 4 * 3 * (2 + 3 + 1)


def test_an_encoder_hands_its_states_to_a_decoder(hand: Any) -> None:
    graph = hand.graph(
        {"source": (None, None, 5), "target": (None, 9, 4)},
        hand.node(hand.layer("LSTM", "encoder", units=3, return_state=True), "source"),
        hand.node(
            hand.layer("LSTM", "decoder", units=3, return_sequences=True),
            "target",
            call={"initial_state": (Ref("encoder", 1), Ref("encoder", 2))},
        ),
        hand.node(hand.layer("Dense", "dense", units=4), "decoder"),
    )
    calls = build(graph)
    assert shapes(calls["encoder"]) == [(None, 3)] * 3
    assert shapes(calls["dense"]) == [(None, 9, 4)]
    assert sum(map(params, calls.values())) == 4 * 3 * (5 + 4) + 4 * 3 * (4 + 4) + 4 * (3 + 1)


def test_a_model_within_a_model_has_rows_below_its_own(hand: Any) -> None:
    inner = hand.graph(
        {"x": None},
        hand.node(hand.layer("LSTM", "a", units=3), "x"),
        hand.node(hand.layer("Dense", "b", units=2), "a"),
        sequential=True,
    )
    calls = build(hand.chain((None, 5, 4), hand.layer("Sequential", "part", graph=inner)))
    assert {path: shapes(call) for path, call in calls.items()} == {
        "part": [(None, 2)],
        "part/a": [(None, 3)],
        "part/b": [(None, 2)],
    }
    assert [weight.name for weight in calls["part"].weights] == [
        "a/kernel",
        "a/recurrent_kernel",
        "a/bias",
        "b/kernel",
        "b/bias",
    ]


def test_a_model_within_a_wrapper_is_called_on_every_step(hand: Any) -> None:
    inner = hand.graph(
        {"x": (None, 4)},
        hand.node(hand.layer("Dense", "a", units=3), "x"),
        hand.node(hand.layer("Dense", "b", units=2), "a"),
    )
    part = hand.layer("Sequential", "part", graph=inner)
    call = build(hand.chain((None, 5, 4), hand.layer("TimeDistributed", "each", layer=part)))
    assert shapes(call["each"]) == [(None, 5, 2)]
    assert [(weight.name, weight.shape) for weight in call["each"].weights] == [
        ("a/kernel", (4, 3)),
        ("a/bias", (3,)),
        ("b/kernel", (3, 2)),
        ("b/bias", (2,)),
    ]


def test_a_layer_called_again_is_the_same_layer(hand: Any) -> None:
    dense = hand.layer("Dense", "dense", units=4)
    graph = hand.graph(
        {"a": (None, 7, 4), "b": (None, 2, 4)},
        hand.node(dense, "a"),
        hand.node(dense, "b", name="again", reuses="dense"),
    )
    calls = build(graph)
    assert shapes(calls["again"]) == [(None, 2, 4)]
    assert calls["again"].weights == calls["dense"].weights


def test_a_layer_called_again_on_other_features_is_refused(hand: Any) -> None:
    from seqinspect.errors import SpecError

    def graph(**options: Any) -> Graph:
        dense = hand.layer("Dense", "dense", units=4)
        made: Graph = hand.graph(
            {"a": (None, 4), "b": (None, 5)},
            hand.node(dense, "a"),
            hand.node(dense, "b", name="again", **options),
        )
        return made

    build(graph())
    with pytest.raises(SpecError, match="axis -1 of input shape to have value 4"):
        build(graph(reuses="dense"))


def test_a_model_called_again_calls_the_same_layers_again(hand: Any) -> None:
    from seqinspect.errors import SpecError

    inner = hand.graph({"x": None}, hand.node(hand.layer("Dense", "a", units=3), "x"))
    part = hand.layer("Functional", "part", graph=inner)

    def graph(features: int) -> Graph:
        made: Graph = hand.graph(
            {"a": (None, 4), "b": (None, features)},
            hand.node(part, "a"),
            hand.node(part, "b", name="again", reuses="part"),
        )
        return made

    assert shapes(build(graph(4))["again/a"]) == [(None, 3)]
    with pytest.raises(SpecError, match="axis -1 of input shape to have value 4"):
        build(graph(5))


def test_equal_layers_within_wrappers_keep_their_own_names(hand: Any) -> None:
    calls = build(
        hand.chain(
            (None, 5, 4),
            *(
                hand.layer(
                    "Bidirectional",
                    name,
                    layer=hand.layer("LSTM", inner, units=2, return_sequences=True),
                )
                for name, inner in (("one", "lstm"), ("two", "lstm"), ("three", "other"))
            ),
        )
    )
    assert [calls[name].weights[0].name for name in ("one", "two", "three")] == [
        "forward_lstm/kernel",
        "forward_lstm/kernel",
        "forward_other/kernel",
    ]


@pytest.mark.parametrize(
    ("policy", "output", "weight"),
    [
        ("float64", "float64", "float64"),
        ("mixed_float16", "float16", "float32"),
        ("float16", "float16", "float16"),
    ],
)
def test_dtype_policies(hand: Any, policy: str, output: str, weight: str) -> None:
    call = build(hand.chain((None, 4), hand.layer("Dense", "a", units=3, dtype=policy)))["a"]
    assert [x.dtype for x in call.outputs] == [output]
    assert {w.dtype for w in call.weights} == {weight}


def test_a_frozen_layer_has_weights_that_are_not_trained(hand: Any) -> None:
    call = build(hand.chain((None, 4), hand.layer("Dense", "a", units=3, trainable=False)))["a"]
    assert [w.trainable for w in call.weights] == [False, False]


def test_a_mask_goes_with_the_tensors_that_carry_it(hand: Any) -> None:
    calls = build(
        hand.chain(
            (None, 6, "int32"),
            hand.layer("Embedding", "words", input_dim=9, output_dim=4, mask_zero=True),
            hand.layer("LSTM", "steps", units=3, return_sequences=True),
            hand.layer("LSTM", "end", units=3),
        )
    )
    assert [calls[name].outputs[0].mask for name in ("words", "steps", "end")] == [
        (None, 6),
        (None, 6),
        None,
    ]


def test_equal_layers_of_a_long_chain_are_called_once(hand: Any, called: list[Any]) -> None:
    layers = [hand.layer("Dense", f"dense_{index}", units=8) for index in range(10_000)]
    calls = build(hand.chain((None, 8), *layers))
    assert len(called) == 1
    assert sum(map(params, calls.values())) == 10_000 * 72


@pytest.mark.parametrize("batch", [None, 2**64])  # Keras has no states of so large a batch
def test_the_cost_of_a_chain_is_linear(hand: Any, batch: int | None) -> None:
    def cost(length: int) -> int:
        first = hand.layer("LSTM", "lstm", units=3, stateful=batch is not None)
        layers = [hand.layer("Dense", f"dense_{index}", units=3) for index in range(length)]
        graph = hand.chain((batch, 5, 4), first, *layers)
        return lines(lambda: build(graph))

    assert growth(cost, 100) < 1.02


def test_a_chain_of_2_000_different_layers_needs_no_recursion(hand: Any) -> None:
    layers = [hand.layer("Dense", f"dense_{index}", units=8 + index) for index in range(2_000)]
    calls = build(hand.chain((None, 8), *layers))
    assert shapes(calls["dense_1999"]) == [(None, 2007)]


GPT3 = """
import resource, sys
from tests.keras.conftest import Hand as hand, noting_calls
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.model import build
from math import prod
runtime.load()
width, words, nodes, last = 12288, 50257, [], "words"
add = lambda layer, *sources, **options: nodes.append(hand.node(layer, *sources, **options))
add(hand.layer("Embedding", "words", input_dim=words, output_dim=width), "input")
for i in range(96):
    add(hand.layer("LayerNormalization", f"norm_{i}"), last)
    add(hand.layer("MultiHeadAttention", f"attention_{i}", num_heads=96, key_dim=128),
        f"norm_{i}", f"norm_{i}", call={"use_causal_mask": True})
    add(hand.layer("Add", f"add_{i}"), last, f"attention_{i}", listed=True)
    add(hand.layer("LayerNormalization", f"second_{i}"), f"add_{i}")
    add(hand.layer("Dense", f"wide_{i}", units=4 * width, activation="gelu"), f"second_{i}")
    add(hand.layer("Dense", f"narrow_{i}", units=width), f"wide_{i}")
    last = f"sum_{i}"
    add(hand.layer("Add", last), f"add_{i}", f"narrow_{i}", listed=True)
graph = hand.graph({"input": (None, 2048, "int32")}, *nodes)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
with noting_calls() as called:
    calls = build(graph)
print(sum(prod(w.shape) for c in calls.values() for w in c.weights), peak() - before, len(called))
"""


def test_gpt3_costs_what_a_small_model_costs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GPT3], cwd=Path(__file__).parents[2],
        check=True, capture_output=True, text=True, timeout=HANG,
    )  # fmt: skip
    count, megabytes, called = map(int, done.stdout.split())
    # by hand: the embedding, and 96 times 2 norms, 4 projections with bias, and the two Dense
    d = 12288
    block = 2 * 2 * d + 4 * (d * d + d) + (d * 4 * d + 4 * d) + (4 * d * d + d)
    assert count == 50257 * d + 96 * block
    assert megabytes < 80
    assert called == 6  # of 96 equal blocks


def test_nothing_is_allocated(hand: Any) -> None:
    build(hand.chain((None, 5, 4), hand.layer("LSTM", "lstm", units=3)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    calls = build(hand.chain((None, 10**6, 10**6), hand.layer("LSTM", "lstm", units=10**6)))
    assert params(calls["lstm"]) == 4 * 10**6 * (2 * 10**6 + 1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB


def test_sizes_beyond_64_bits_are_exact_where_keras_can_count_them(hand: Any) -> None:
    calls = build(hand.chain((None, 10, 10**18), hand.layer("Dense", "dense", units=2**70)))
    assert params(calls["dense"]) == 2**70 * (10**18 + 1)


def test_what_keras_cannot_represent_and_what_follows_it_is_not_compared(hand: Any) -> None:
    calls = build(
        hand.chain(
            (2**64, 5, 4),
            hand.layer("Dense", "before", units=3),
            hand.layer("LSTM", "stateful", units=3, stateful=True),
            hand.layer("Dense", "after", units=3),
        )
    )
    assert calls["before"].reason is None
    reason = calls["stateful"].reason
    assert isinstance(reason, BeyondKeras)
    assert "too large" in reason.text
    assert calls["after"].reason == SourceUnbuilt("stateful", reason)
    assert (calls["stateful"].outputs, calls["after"].weights) == ((), ())


def test_a_long_chain_after_a_layer_that_is_not_compared_is_passed(
    hand: Any, called: list[Any]
) -> None:
    layers = [hand.layer("Dense", f"dense_{index}", units=3) for index in range(10_000)]
    lost = hand.layer("LSTM", "lost", units=3, stateful=True)
    graph = hand.chain((2**64, 5, 4), lost, *layers)
    calls = build(graph)
    assert [type(layer).__name__ for layer in called] == ["LSTM"]
    reason = calls["lost"].reason
    assert isinstance(reason, BeyondKeras)
    assert calls["dense_9999"].reason == SourceUnbuilt("lost", reason)
