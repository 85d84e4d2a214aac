"""The experiment sees which steps move, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.keras_model.build import runtime
from seqinspect.keras_model.build.compare import confirm
from seqinspect.keras_model.experiment.perturbation import graph_moves, layer_moves
from seqinspect.keras_model.experiment.prove import prove
from seqinspect.keras_model.experiment.trials import MAX_STEPS, TrialInput, moved_steps
from seqinspect.model.facts import Tensor
from seqinspect.output.unconfirmed_words import unconfirmed_text
from seqinspect.readers.spec import read_spec

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module", autouse=True)
def keras() -> Any:
    return runtime.load()


def picture(table: Any) -> list[str]:
    """A row for each output step, # where an input step moves it."""
    return ["".join(".#"[moved] for moved in row) for row in table]


def tensor(hand: Any, *shape: int | None, time: int | None = 1, dtype: str = "float32") -> Tensor:
    return Tensor(hand.shape(*shape), dtype, time)


def of_layer(hand: Any, layer: Any, *shape: int | None, time: int | None = 1) -> list[str]:
    """The picture of a layer on one input with time on axis 1; `time` is its output's."""
    (output,) = layer_moves(layer, [tensor(hand, *shape)], [time])
    return picture(output[0])


def moves(function: Any, *inputs: TrialInput, time: int | None = 1) -> list[list[str]]:
    (output,) = moved_steps(function, list(inputs), [time], draws=6, seed=0)
    return [picture(table) for table in output]


STEPS = TrialInput((4, 2), time=1)


def test_a_function_of_the_same_step() -> None:
    assert moves(lambda x: [x[0] * 2], STEPS) == [["#...", ".#..", "..#.", "...#"]]


def test_a_shift_and_a_running_sum() -> None:
    assert moves(lambda x: [np.roll(x[0], 1, 1)], STEPS) == [["...#", "#...", ".#..", "..#."]]
    assert moves(lambda x: [x[0].cumsum(1)], STEPS) == [["#...", "##..", "###.", "####"]]


def test_a_constant_moves_with_nothing() -> None:
    assert moves(lambda x: [x[0] * 0], STEPS) == [["....", "....", "....", "...."]]


def test_an_output_without_time_axis_is_one_step() -> None:
    assert moves(lambda x: [x[0][:, 2]], STEPS, time=None) == [["..#."]]


def test_an_input_without_time_axis_is_changed_as_a_whole() -> None:
    found = moves(lambda x: [x[0] + x[1][:, None]], STEPS, TrialInput((2,)))
    assert found[1] == ["#", "#", "#", "#"]
    assert found[0] == ["#...", ".#..", "..#.", "...#"]


def test_inputs_of_different_length_do_not_mix() -> None:
    found = moves(lambda x: [x[1]], TrialInput((3, 2), time=1), STEPS)
    assert found == [["...", "...", "...", "..."], ["#...", ".#..", "..#.", "...#"]]


def test_time_on_another_axis() -> None:
    function = lambda x: [np.swapaxes(x[0], 1, 2)]  # noqa: E731
    assert moves(function, TrialInput((2, 3), time=2)) == [["#..", ".#.", "..#"]]


@pytest.mark.parametrize("merge", [np.maximum, np.minimum, np.multiply])
def test_a_merge_that_may_hide_one_side_shows_both(merge: Any) -> None:
    each = ["#...", ".#..", "..#.", "...#"]
    one = TrialInput((4, 1), time=1)
    assert moves(lambda x: [merge(x[0], x[1])], one, one) == [each, each]


def by_sample(x: Any) -> list[Any]:
    """Add a number that each sample of the batch has of its own, as such a bias does."""
    return [x[0] + np.arange(len(x[0]))[:, None]]


def by_chance(x: Any) -> list[Any]:
    return [x[0] + np.random.default_rng(1).normal(size=x[0].shape)]


@pytest.mark.parametrize("function", [by_sample, by_chance])
def test_nothing_is_said_where_equal_samples_have_different_outputs(function: Any) -> None:
    with pytest.raises(SpecError, match="equal samples of a batch have different outputs"):
        moves(function, TrialInput((3,), time=1))


def test_a_bias_with_the_axis_of_the_batch_moves_nothing() -> None:
    keras = runtime.load()
    model_input = keras.Input(batch_shape=(2, 4, 3))
    layer = keras.layers.EinsumDense("abc,cd->abd", output_shape=(4, 5), bias_axes="ad", name="e")
    graph = read_spec(keras.Model(model_input, layer(model_input)).to_json().encode())
    report = prove(graph, confirm(graph, analyse(graph)))
    assert report.keras.status == "agrees"
    text = unconfirmed_text(report.keras.reasons)
    assert "equal samples of a batch have different outputs" in text


def test_whole_numbers_and_flags_change_too() -> None:
    each = ["#..", ".#.", "..#"]
    for given in (
        TrialInput((3,), "int32", 1, 2),
        TrialInput((3,), "uint8", 1, 1000),
        TrialInput((3,), "bool", 1),
    ):
        assert moves(lambda x: [x[0]], given) == [each]


def test_whole_numbers_stay_within_the_table() -> None:
    seen: list[Any] = []
    moved_steps(
        lambda x: seen.append(x[0]) or [x[0]],  # type: ignore[func-returns-value]
        [TrialInput((5,), "int32", 1, 7)],
        [1],
        draws=50,
        seed=0,
    )
    assert (seen[0].min(), seen[0].max()) == (1, 6)


def test_rounding_does_not_move_anything() -> None:
    function = lambda x: [1 + 1e-14 * x[0]]  # noqa: E731
    assert moves(function, STEPS) == [["....", "....", "....", "...."]]


def test_dense_moves_step_by_step(hand: Any) -> None:
    layer = hand.layer("Dense", "dense", units=1, activation="relu")
    assert of_layer(hand, layer, None, 3, 2) == ["#..", ".#.", "..#"]


def test_an_lstm_has_seen_all_steps_so_far(hand: Any) -> None:
    layer = hand.layer("LSTM", "lstm", units=2, return_sequences=True)
    assert of_layer(hand, layer, None, 4, 3) == ["#...", "##..", "###.", "####"]


def test_what_a_first_step_leaves_after_many_is_still_seen(hand: Any) -> None:
    layer = hand.layer("LSTM", "lstm", units=2)
    assert of_layer(hand, layer, None, 32, 3, time=None) == ["#" * 32]


def test_backwards_outputs_come_in_reversed_order(hand: Any) -> None:
    layer = hand.layer("GRU", "gru", units=2, return_sequences=True, go_backwards=True)
    assert of_layer(hand, layer, None, 4, 3) == ["...#", "..##", ".###", "####"]


def test_the_states_have_seen_everything_and_an_initial_state_moves_everything(hand: Any) -> None:
    layer = hand.layer("LSTM", "lstm", units=2, return_sequences=True, return_state=True)
    state = tensor(hand, None, 2, time=None)
    output, hidden, cell = layer_moves(
        layer, [tensor(hand, None, 3, 4)], [1, None, None], {"initial_state": (state, state)}
    )
    assert [picture(table) for table in output] == [["#..", "##.", "###"], ["#"] * 3, ["#"] * 3]
    assert [picture(table) for table in hidden] == [["###"], ["#"], ["#"]]
    assert [picture(table) for table in cell] == [["###"], ["#"], ["#"]]


def test_a_stateful_layer_is_tried_on_its_first_batch(hand: Any) -> None:
    layer = hand.layer("SimpleRNN", "rnn", units=2, stateful=True, return_sequences=True)
    assert of_layer(hand, layer, 5, 3, 2) == ["#..", "##.", "###"]


def test_zeros_as_initial_weights_hide_nothing(hand: Any) -> None:
    from seqinspect.rules.objects import Named

    layer = hand.layer("Dense", "dense", units=2, kernel_initializer=Named("Zeros"))
    assert of_layer(hand, layer, None, 2, 2) == ["#.", ".#"]


def test_a_half_of_bidirectional_sees_the_rest(hand: Any) -> None:
    inner = hand.layer("LSTM", "lstm", units=2, return_sequences=True)
    layer = hand.layer("Bidirectional", "both", layer=inner, merge_mode=None)
    forward, backward = layer_moves(layer, [tensor(hand, None, 3, 2)], [1, 1])
    assert picture(forward[0]) == ["#..", "##.", "###"]
    assert picture(backward[0]) == ["###", ".##", "..#"]


def test_an_embedding_of_two_rows_still_moves(hand: Any) -> None:
    layer = hand.layer("Embedding", "words", input_dim=2, output_dim=1)
    (output,) = layer_moves(layer, [tensor(hand, None, 3, dtype="int32")], [1])
    assert picture(output[0]) == ["#..", ".#.", "..#"]


def test_a_whole_model_with_a_model_inside_and_a_layer_called_twice(hand: Any) -> None:
    rnn = hand.layer("SimpleRNN", "rnn", units=2, return_sequences=True)
    inner = hand.graph({"x": None}, hand.node(rnn, "x"))
    part = hand.layer("Functional", "part", graph=inner)
    graph = hand.graph(
        {"past": (None, 3, 2), "known": (None, 4, 2)},
        hand.node(part, "past"),
        hand.node(part, "known", name="again", reuses="part"),
        outputs=("part", "again"),
    )
    inputs = [tensor(hand, None, 3, 2), tensor(hand, None, 4, 2)]
    part_moves, again_moves = graph_moves(graph, inputs, [1, 1])
    assert [picture(table) for table in part_moves] == [["#..", "##.", "###"], ["...."] * 3]
    assert picture(again_moves[1]) == ["#...", "##..", "###.", "####"]


def test_words_stay_within_the_smallest_table_of_a_model(hand: Any) -> None:
    graph = hand.chain(
        (None, 4, "int32"),
        hand.layer("Embedding", "words", input_dim=3, output_dim=2, mask_zero=True),
        hand.layer("LSTM", "lstm", units=2),
    )
    (output,) = graph_moves(graph, [tensor(hand, None, 4, dtype="int32")], [None])
    assert picture(output[0]) == ["####"]


@pytest.mark.parametrize(
    ("arguments", "shape", "said"),
    [
        ({"units": 10**7}, (None, 3, 2), "a tensor of"),
        ({"units": 2}, (None, MAX_STEPS + 1, 2), "129 steps"),
        ({"units": 2}, (None, 3, 10**6), "a tensor of"),
        ({"units": 2}, (None, None, 2), "needs numbers"),
    ],
)
def test_what_is_too_large_or_not_known_is_refused(
    hand: Any, arguments: dict[str, Any], shape: tuple[int | None, ...], said: str
) -> None:
    with pytest.raises(SpecError, match=said):
        of_layer(hand, hand.layer("Dense", "dense", **arguments), *shape)


def test_weights_that_are_too_many_are_not_allocated(hand: Any) -> None:
    layer = hand.layer("LSTM", "lstm", units=10**5)
    with pytest.raises(SpecError, match="parameters"):
        of_layer(hand, layer, None, 1, 1, time=None)


def test_a_model_with_a_large_tensor_inside_is_refused(hand: Any) -> None:
    graph = hand.chain(
        (None, 2, 2),
        hand.layer("Dense", "wide", units=10**8),
        hand.layer("LSTM", "lstm", units=2),
    )
    with pytest.raises(SpecError, match="too large for an experiment"):
        graph_moves(graph, [tensor(hand, None, 2, 2)], [None])


def test_what_keras_refuses_is_no_traceback(hand: Any) -> None:
    layer = hand.layer("LSTM", "lstm", units=2)
    with pytest.raises(SpecError, match=r"cannot be tried out in Keras: .*expected ndim=3"):
        of_layer(hand, layer, None, 3, time=None)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("activation", ["relu", "relu6", "hard_tanh", "sigmoid", "linear"])
def test_no_activation_hides_a_step(hand: Any, activation: str, seed: int) -> None:
    layer = hand.layer("Dense", "dense", units=1, activation=activation)
    (output,) = layer_moves(layer, [tensor(hand, None, 3, 2)], [1], seed=seed)
    assert picture(output[0]) == ["#..", ".#.", "..#"]
