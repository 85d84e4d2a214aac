"""The long answer: formulas by hand, sentences that must follow, pictures as one draws them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seqinspect.algebra.expression import literal, symbol
from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.explain import Explanation, Model, explain
from seqinspect.explain.data import Trial, TrialTable
from seqinspect.explain.picture import picture_of
from seqinspect.output.document import Paragraph, Section, plain
from seqinspect.output.explanation import json as explanation_json
from seqinspect.output.explanation.answers import answer_words, question_words
from seqinspect.output.explanation.count import count_text, reasons, weight_cells
from seqinspect.output.explanation.document import document
from seqinspect.output.explanation.phrases import substituted
from seqinspect.output.explanation.picture import legend, lines, scene_of
from seqinspect.output.explanation.steps import steps_words
from seqinspect.output.explanation.trial import tried
from seqinspect.output.renderers import render
from seqinspect.output.screen import Screen
from seqinspect.readers.spec import read_spec
from seqinspect.records import replace

CONFIGS = Path(__file__).parents[2] / "configs"
EVERY = """\
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true}
  - Dense: n
"""
LAST = EVERY.replace("{units: n, return_sequences: true}", "n")


def explained(text: str, layer: str = "") -> Explanation:
    graph = read_spec(text.encode(), name="m.yaml")
    return explain(graph, analyse(graph), layer)


def answer(text: str, layer: str, beginning: str) -> str:
    """What is said of a layer to the question that begins so."""
    (found,) = explained(text, layer).layers
    return next(
        " ".join(answer_words(asked))
        for asked in found.otherwise
        if question_words(asked).startswith(beginning)
    )


def shown(
    explanation: Explanation, kind: str = "text", *, short: bool = False, **screen: Any
) -> str:
    """An explanation as text, as wide as a screen, or in another format."""
    on = Screen(**{"width": 80} | screen)
    return render([document(explanation, short=short, encoding=on.encoding)], kind, screen=on)


def drawn(text: str, layer: str, encoding: str = "utf-8") -> str:
    graph = read_spec(text.encode(), name="m.yaml")
    model = Model(graph, analyse(graph))
    picture = picture_of(model, model.row(layer))
    assert picture is not None
    return "\n".join(lines(scene_of(picture), encoding))


def test_the_formula_the_substitution_and_the_number() -> None:
    u, d = symbol("u", 7), symbol("d", 7)
    assert substituted(4 * u * (d + u + 1)) == "4×u×(d+u+1) = 4×7×(7+7+1) = 420"
    assert substituted(u**2) == "u² = 7² = 49"
    assert substituted(literal(5) * (literal(3) + 1)) == "5×(3+1) = 20"
    assert substituted(symbol("T") * u) == "T×u = T×7"
    assert substituted(symbol("n", 1000)) == "n = 1,000"


def test_every_weight_of_an_lstm_has_its_product() -> None:
    (layer,) = explained("dims: {T: 10, d: 3, u: 7}\ninput: [T, d]\nlayers: [{LSTM: u}]\n").layers
    assert [weight_cells(weight)[::2] for weight in layer.weights] == [
        ("kernel", "d×(4×u) = 3×(4×7) = 84"),
        ("recurrent_kernel", "u×(4×u) = 7×(4×7) = 196"),
        ("bias", "4×u = 4×7 = 28"),
    ]
    assert count_text(layer.row) == "4×u×(d+u+1) = 4×7×(3+7+1) = 308"


def test_a_gru_tells_of_its_second_bias() -> None:
    head = "input: [200, 16]\nlayers:\n"
    (layer,) = explained(head + "  - Bidirectional: {GRU: 32}\n").layers
    assert "192 fewer" in next(reasons(layer.row))  # 2 directions × 3 gates × 32 units
    (old,) = explained(head + "  - GRU: {units: 32, reset_after: false}\n").layers
    assert not list(reasons(old.row))


def test_return_sequences_the_other_way_keeps_the_count() -> None:
    said = answer(EVERY, "dense", "And with return_sequences: false in lstm")
    assert "read the last step instead of every step" in said
    assert "be applied once instead of 10 times" in said
    assert "All 616 parameters would stay the same" in said
    back = answer(LAST, "dense", "And with return_sequences: true in lstm")
    assert "be applied 10 times instead of once" in back


def test_behind_a_flatten_the_count_changes() -> None:
    text = EVERY.replace("T: 10, n: 8", "T: 5, n: 4").replace("  - Dense", "  - Flatten\n  - Dense")
    said = answer(text, "dense", "And with return_sequences: false")
    # LSTM 4·4·(4+4+1) = 144; Dense 4·(5·4+1) = 84, then 4·(4+1) = 20
    assert "from 228 to 164" in said
    assert "dense from n×(T×n+1) = 4×(5×4+1) = 84 to n×(n+1) = 4×(4+1) = 20" in said


def test_a_model_that_would_not_work_is_told_with_the_reason() -> None:
    text = EVERY.replace("Dense: n", "LSTM: {units: 3, name: second}")
    said = answer(text, "lstm", "And with return_sequences: false")
    assert said.startswith("The model would not work: LSTM `second` needs 3 axes")


def test_time_distributed_changes_nothing_or_cannot_be() -> None:
    assert answer(EVERY, "dense", "What would TimeDistributed").startswith("Nothing: ")
    wrapped = EVERY.replace("Dense: n", "TimeDistributed: {Dense: n}")
    assert answer(wrapped, "time_distributed", "What does TimeDistributed").startswith("Nothing: ")
    said = answer(LAST, "dense", "What would TimeDistributed")
    assert said.startswith("It cannot be used here: the (batch, n) of lstm has no steps")
    assert said.endswith("With return_sequences: true in lstm it would change nothing.")


def test_the_short_answers_to_the_question() -> None:
    asked = explained(EVERY).answers[0]
    assert question_words(asked) == "Is dense wired to the last step of lstm, or to all?"
    wired, count, _ = map(answer_words, explained(EVERY).answers)
    assert wired[0].startswith("To all T = 10 steps, each by itself")
    assert "together n×(n+1) = 8×(8+1) = 72" in count[0]
    assert count[1] == (
        "The first n is units, the second features, never the steps; n+1 would be Dense(1)."
    )
    last = answer_words(explained(LAST).answers[0])
    assert last[0].startswith("To the last step only")
    assert "every step from 0 to 9" in last[0]


def test_a_step_for_each_box_and_the_state_between() -> None:
    text = EVERY.replace("T: 10", "T: 2")
    assert drawn(text, "dense") == (
        "     x0           x1        input\n"
        "      ↓            ↓\n"
        "  [LSTM V]────→[LSTM V]     lstm\n"
        "      ↓            ↓\n"
        "  [Dense W]    [Dense W]    dense\n"
        "      ↓            ↓\n"
        "     y0           y1"
    )


def test_the_last_step_only_in_ascii() -> None:
    assert drawn(LAST, "dense", "ascii") == (
        "     x0          x1          x2       .       x9       input\n"
        "      v           v           v                v\n"
        "  [LSTM V]--->[LSTM V]--->[LSTM V]----.--->[LSTM V]    lstm\n"
        "                                               v\n"
        "                                           [Dense W]   dense\n"
        "                                               v\n"
        "                                               y"
    )


def test_backwards_outputs_are_numbered_backwards() -> None:
    text = EVERY.replace("T: 10", "T: 3").replace("true}", "true, go_backwards: true}")
    lines = drawn(text, "lstm").splitlines()
    assert "[LSTM W]←───[LSTM W]←───[LSTM W]" in lines[2]
    assert ["".join(line.split()[:3]) for line in lines[3:6]] == ["··●", "·●·", "●··"]
    assert lines[7].split()[-2:] == ["lstm,", "reversed"]
    assert lines[-1].split() == ["y0", "y1", "y2"]


def test_flatten_gives_every_step_rows_of_its_own() -> None:
    text = "input: [3, 2]\nlayers:\n  - Flatten\n  - Dense: 4\n"
    assert drawn(text, "dense") == (
        "    x0        x1        x2      input\n"
        "     └─────────┼─────────┘\n"
        "               ↓\n"
        "           [Flatten]            flatten\n"
        "               ↓\n"
        "       [Dense W0 W1 W2]         dense\n"
        "               ↓\n"
        "               y"
    )


def test_a_window_is_drawn_output_step_by_output_step() -> None:
    text = "input: [4, 2]\nlayers: [{Conv1D: {filters: 3, kernel_size: 3, strides: 1}}]\n"
    lines = drawn(text, "conv1d").splitlines()
    assert lines[0].split() == ["x0", "x1", "x2", "x3", "input"]
    assert lines[1].split() == [*"●●●·", "→", "step", "0"]
    assert lines[2].split() == [*"·●●●", "→", "step", "1"]
    assert lines[-1].split() == ["y0", "y1"]


def test_steps_that_are_not_known_have_a_name() -> None:
    text = EVERY.replace("T: 10", "T: null")
    assert "x(T−1)" in drawn(text, "dense")
    assert "never the steps; n+1" in " ".join(answer_words(explained(text).answers[1]))


def test_a_layer_that_does_not_exist_is_told_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="did you mean dense") as error:
        explained(EVERY, "dens")
    assert error.value.problems[0].expected == "lstm, dense"


def test_what_a_spec_calls_its_layers_is_data() -> None:
    text = EVERY.replace("Dense: n", 'Dense: n\n    name: "[bold]<b>x|y"')
    explanation = explained(text)
    assert "[bold]<b>x|y" in shown(explanation)
    assert "\\[bold\\]&lt;b&gt;x\\|y" in shown(explanation, "markdown")
    assert "[bold]&lt;b&gt;x|y" in shown(explanation, "html")
    document = json.loads(explanation_json.render(explanation, "1"))
    assert document["layers"][1]["path"] == "[bold]<b>x|y"


def test_a_disagreement_is_shouted() -> None:
    table = TrialTable("input", ((True, False),), ((True, True),), agrees=False)
    layer = replace(explained(EVERY, "dense").layers[0], trial=Trial((table,), "2×3"))
    section, _ = tried([layer])
    assert isinstance(section, Section)
    said = section.blocks[-1]
    assert isinstance(said, Paragraph)
    assert "THE EXPERIMENT DISAGREES" in plain(said.text)
    assert Trial((table,)).agrees is False
    assert Trial((TrialTable("input", table.claim, table.moved), table)).agrees is False


@pytest.mark.parametrize("name", ["every_step", "last_step", "time_distributed"])
def test_the_short_part_fits_a_small_terminal(name: str) -> None:
    file = CONFIGS / f"question_{name}.yaml"
    graph = read_spec(file.read_bytes(), name=f"configs/{file.name}")
    explanation = explain(graph, analyse(graph))
    text = shown(explanation, short=True)
    lines = text.splitlines()
    assert len(lines) <= 22  # confirmed by Keras it has a line more, and the prompt takes one
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_config_can_be_explained(path: Path) -> None:
    graph = read_spec(path)
    report = analyse(graph)
    for layer in ("", *(row.path for row in report.rows[:30])):
        explanation = explain(graph, report, layer)
        text = shown(explanation, encoding="ascii")
        assert text.isascii()
        pictures = (explanation.picture, *(each.picture for each in explanation.layers))
        for picture in filter(None, pictures):
            assert max(map(len, lines(scene_of(picture)))) <= 78
        json.loads(explanation_json.render(explanation, "1"))
        assert all(shown(explanation, kind) for kind in ("markdown", "html", "latex"))


def test_strides_are_counted_as_people_do() -> None:
    layer = "{filters: 1, kernel_size: 2, dilation_rate: 2, padding: causal, name: every_other}"
    spec = f"input: [10, 1]\nlayers:\n  - Conv1D: {layer}".encode()
    graph = read_spec(spec)
    text = shown(explain(graph, analyse(graph)), width=200)
    assert "every 2nd step of" in text


def test_the_short_answers_are_about_the_layer_that_is_named() -> None:
    graph = read_spec(LAST.encode(), name="m.yaml")
    about = explain(graph, analyse(graph), "lstm", short=True)
    assert [question_words(asked) for asked in about.answers] == [
        "Which steps does lstm read?",
        "Why does lstm have 4×n×(2×n+1) parameters?",
        "And with return_sequences: true in lstm?",
    ]
    assert explained(LAST, "lstm").answers == ()


def short_answers(text: str) -> str:
    """All that `explain --short` says in words."""
    return " ".join(said for asked in explained(text).answers for said in answer_words(asked))


def steps_said(text: str, layer: str) -> str:
    return " ".join(steps_words(explained(text, layer).layers[0].steps))


def legend_of(text: str, layer: str) -> str:
    picture = explained(text, layer).layers[0].picture
    assert picture is not None
    return "; ".join(legend(picture, scene_of(picture)))


BACKWARDS = EVERY.replace("true}", "true, go_backwards: true}")
BOTH = EVERY.replace("LSTM: {units: n, return_sequences: true}", "Bidirectional: {LSTM: n}")


def test_steps_in_reversed_order_are_drawn_as_dots_also_where_steps_are_left_out() -> None:
    lines = drawn(BACKWARDS, "dense").splitlines()  # step 0 is what was returned at x9
    assert "".join(lines[3].split()[:5]) == "···…●"
    assert "".join(lines[7].split()[:5]) == "●··…·"
    unknown = drawn(BACKWARDS.replace("T: 10", "T: null"), "dense").splitlines()
    assert "".join(unknown[3].split()[:5]) == "···…●"
    assert unknown[-1].split() == ["y0", "y1", "y2", "…", "y(T−1)"]


def test_a_layer_whose_steps_meet_is_drawn_by_itself() -> None:
    """With lines of dots, each above the other, a picture would not fit a screen."""
    layers = "[{Conv1D: {filters: 3, kernel_size: 3, padding: causal}}, {Dense: 2}]"
    text = f"input: [9, 2]\nlayers: {layers}\n"
    assert "●" not in drawn(text, "dense")
    assert legend_of(text, "dense").startswith("x: conv1d; ")
    assert "●" in drawn(text, "conv1d")


def test_attention_is_drawn_with_dots_a_line_an_output_step() -> None:
    causal = "[{MultiHeadAttention: {num_heads: 2, key_dim: 4}, from: [input, input], "
    causal += "call: {use_causal_mask: true}}]"
    lines = drawn(f"input: [3, 8]\nlayers: {causal}\n", "multi_head_attention").splitlines()
    found = ["".join(line.split()[:3]) for line in lines[1:4]]
    assert found == ["●··", "●●·", "●●●"]


def test_a_layer_below_reversed_steps_reads_them_in_their_order() -> None:
    text = BACKWARDS.replace("T: 10", "T: 3").replace("Dense", "GRU")
    lines = drawn(text, "gru").splitlines()
    assert "[LSTM V]←───[LSTM V]←───[LSTM V]" in lines[2]
    assert lines[-3].split() == ["[GRU", "W]────→[GRU", "W]────→[GRU", "W]", "gru"]
    assert lines[-1].index("y") > lines[-3].index("→[GRU W]    ")


def test_the_backward_half_says_so_and_is_drawn_backwards() -> None:
    said = steps_said(BOTH, "bidirectional/backward_lstm")
    assert "backwards, from 9 to 0" in said
    assert "one after another" not in said
    lines = drawn(BOTH, "bidirectional/backward_lstm").splitlines()
    assert "[LSTM W]←───[LSTM W]" in lines[2]
    assert lines[-1] == "      y"  # below x0
    assert "backwards" not in steps_said(BOTH, "bidirectional/forward_lstm")
    every = BOTH.replace("LSTM: n", "LSTM: {units: n, return_sequences: true}")
    back_in_order = "bidirectional puts these steps back in order."
    assert back_in_order in steps_said(every, "bidirectional/backward_lstm")
    assert back_in_order not in steps_said(every, "bidirectional/forward_lstm")


def test_the_number_of_steps_is_called_as_those_that_are_read() -> None:
    text = """\
dims: {S: 12, T: 9, n: 4}
inputs: {enc_in: [S, n], dec_in: [T, n]}
layers:
  - LSTM: {units: n, return_state: true, name: encoder}
    from: enc_in
  - LSTM: {units: n, return_sequences: true, name: decoder}
    from: dec_in
    call: {initial_state: [encoder.1, encoder.2]}
  - Dense: n
"""
    said = short_answers(text)
    assert "never the steps; n+1 would be Dense(1)" in said
    assert "which has seen the steps 0…t of dec_in and the steps 0…S−1 of enc_in" in said
    decoder = steps_said(text, "decoder")
    assert "It starts from the state of encoder, not from zeros (initial_state)" in decoder
    assert "decoder starts from the state of encoder" in legend_of(text, "decoder")
    assert "starts from" not in steps_said(text, "encoder")


def test_a_name_for_steps_and_features_alike_is_not_said_to_be_in_no_shape() -> None:
    said = short_answers(EVERY.replace("[T, n]", "[n, n]"))
    assert "never the steps, though they are called n, too; n+1 would be Dense(1)" in said
    said = short_answers(EVERY.replace("[T, n]", "[n, n]").replace("Dense: n", "Dense: 1"))
    assert "; n is in neither" not in said
    assert "the number of steps is in neither, though it is called n, too" in said


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (EVERY, "false once, to the last step."),
        (LAST, "false once, to the last step."),
        (BACKWARDS, "false once, to step 0, where it ends."),
        (BOTH, "false once, to both ends."),
    ],
)
def test_what_is_read_without_sequences_is_said_in_one_way(text: str, end: str) -> None:
    assert end in short_answers(text)


def test_without_sequences_a_bidirectional_is_read_at_both_ends() -> None:
    text = BOTH.replace("LSTM: n", "LSTM: {units: n, return_sequences: true}")
    said = answer(text, "bidirectional", "And with return_sequences: false")
    assert "read both ends instead of every step" in said


def test_only_what_is_shared_by_steps_is_said_to_be() -> None:
    flat = EVERY.replace("  - Dense", "  - Flatten\n  - Dense")
    assert legend_of(flat, "dense") == (
        "V: lstm's weights, shared by all steps; W0 W1 …: dense's kernel, rows for every step"
    )
    assert (
        legend_of(LAST, "dense") == "V: lstm's weights, shared by all steps; W: dense's 8×8 kernel"
    )
    both = "V: lstm's weights; W: dense's 8×8 kernel; shared by all steps"
    assert legend_of(EVERY, "dense") == both


def test_a_convolution_on_the_last_step_shares_nothing_between_steps() -> None:
    text = """\
input: [5, 6, 6, 1]
layers:
  - ConvLSTM2D: {filters: 2, kernel_size: 3, padding: same}
  - Conv2D: {filters: 1, kernel_size: 1}
"""
    said = " ".join((short_answers(text), steps_said(text, "conv2d"), legend_of(text, "conv2d")))
    assert "Applied 36 times" in said  # 6×6 places of one image
    assert said.count("shared by all steps") == 1  # of the ConvLSTM2D, in the legend
    assert "conv_lstm2d's weights, shared by all steps" in said


def test_a_dense_that_mixes_steps_is_not_applied_to_each() -> None:
    text = EVERY.replace("  - Dense: n", "  - Permute: [2, 1]\n  - Dense: T")
    said = answer(text, "dense", "What would TimeDistributed")
    assert "applied 8 times, each time to all steps of one feature" in said
    assert "to every step" not in said


ATTENTION = """\
dims: {S: 12, T: 9, n: 3}
inputs: {a: [S, n], b: [T, n]}
layers:
  - LSTM: {units: n, return_sequences: true, name: enc}
    from: a
  - LSTM: {units: n, return_sequences: true, name: dec}
    from: b
  - Attention: {name: att}
    from: [dec, enc]
  - Concatenate: {}
    from: [dec, att]
  - Dense: n
"""


def test_attention_reads_a_step_of_the_query_and_all_of_the_value() -> None:
    said = steps_said(ATTENTION, "att")
    assert said.startswith(
        "Output step t is made of step t of dec and of all S = 12 steps of enc (t = 0…8)."
    )
    assert "no other" not in said
    added = steps_said(ATTENTION, "concatenate")
    assert "of step t of dec and att and of no other step" in added


def test_a_vector_beside_a_sequence_has_no_step_t() -> None:
    text = """\
inputs: {q: [9, 4], p: [4]}
layers:
  - Dense: {units: 4, name: bias}
    from: p
  - Add: {name: sum}
    from: [q, bias]
"""
    said = steps_said(text, "sum")
    assert said.startswith("Output step t is made of step t of q and of what bias returns")


def test_a_step_of_the_output_is_made_of_the_step_of_the_layer_before() -> None:
    made = "Output step t reads lstm's step t alone, which has seen the steps 0…t"
    assert made in short_answers(EVERY)
    first, second = answer_words(explained(ATTENTION).answers[0])
    assert first == "To all T = 9 steps, each by itself."
    assert second.startswith("Output step t reads concatenate's step t alone, ")


def test_steps_left_out_of_a_picture_are_marked_where_they_are_read() -> None:
    conv = "{filters: 1, kernel_size: 3, dilation_rate: 8, padding: same}"
    text = f"input: [64, 1]\nlayers: [{{Conv1D: {conv}}}]\n"
    lines = drawn(text, "conv1d").splitlines()
    gap = lines[0].index("…")  # y0 reads x0 and x8; y61 reads x45, x53, x61; y63 x47, x55, x63
    assert [lines[line][gap] for line in (1, 3, 5)] == ["●", "●", "●"]
    assert "● below …: reads steps that are not drawn" in legend_of(text, "conv1d")
    causal = text.replace("kernel_size: 3, dilation_rate: 8, padding: same", "kernel_size: 1")
    causal = causal.replace("kernel_size: 1", "kernel_size: 2, padding: causal")
    lines = drawn(causal, "conv1d").splitlines()
    assert [lines[line][gap] for line in (1, 3, 5)] == ["…", "●", "…"]  # y61 reads x60 and x61


SHARED = """\
inputs: {left: [5, 4], right: [5, 4]}
layers:
  - LSTM: {units: 3, name: enc}
    from: left
  - reuse: enc
    from: right
  - Subtract: {name: d}
    from: [enc, enc_call_2]
  - Dense: 1
"""


def test_a_layer_that_is_called_again_is_named_for_its_weights() -> None:
    assert "W: enc's weights" in legend_of(SHARED, "enc_call_2")
    said = answer(SHARED, "enc_call_2", "And with return_sequences: true in enc?")
    assert "enc would return" in said  # both calls change: it is one layer
    assert "that vector has seen every step" in short_answers(SHARED)


def test_a_block_is_told_by_its_layers() -> None:
    text = """\
input: [5, 4]
layers:
  - repeat: 2
    name: block
    layers: [{Dense: {units: 4, name: f1}}, {Dense: {units: 4, name: f2}}]
"""
    with pytest.raises(SpecError, match="`block` is a block of layers") as error:
        explained(text, "block")
    assert error.value.problems[0].expected == "one of its layers: f1_0, f2_0, f1_1, f2_1"


@pytest.mark.parametrize(("units", "rest"), [("n", ", and not n+1?"), ("1", "?")])
def test_one_unit_is_set_against_all(units: str, rest: str) -> None:
    spec = f"dims: {{n: 8}}\ninput: [10, n]\nlayers: [{{LSTM: n}}, {{Dense: {units}}}]\n"
    graph = read_spec(spec.encode(), name="model.yaml")
    text = " ".join(shown(explain(graph, analyse(graph)), short=True).split())
    assert f" parameters{rest}" in text
    assert ("never the steps; n+1 would be Dense(1)." in text) is (units == "n")


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("{Dense: u}", "Here u is units, n features, never the steps; n+1 would be Dense(1)."),
        ("GlobalMaxPooling1D, {Dense: n}", "The first n is units, the second features, never the"),
        ("{TimeDistributed: {Dense: 3}}", "Here 3 is units, n features, never the steps; n+1"),
        # What was steps is features here, so that nothing can be said of steps.
        ("Flatten, {Dense: u}", "Here u is units, T×n features; T×n+1 would be Dense(1)."),
        ("{Permute: {dims: [2, 1]}}, {Dense: u}", "Here u is units, T features; T+1 would be"),
        ("{Reshape: {target_shape: [n, T]}}, {Dense: u}", "Here u is units, T features; T+1"),
    ],
)
def test_units_and_features_are_told_apart_without_a_recurrent_layer(
    layers: str, said: str
) -> None:
    text = f"dims: {{T: 10, n: 8, u: 4}}\ninput: [T, n]\nlayers: [{layers}]\n"
    assert said in short_answers(text)


TAUGHT = {
    "LSTM: {units: 50}": (
        "4 gates × (1 features + 50 state + 1 bias) × 50 units = 4×50×(1+50+1) = 10,400"
    ),
    "GRU: {units: 8}": "3 gates × (1 features + 8 state + 2 biases) × 8 units = 3×8×(1+8+2) = 264",
    "GRU: {units: 8, reset_after: false}": (
        "3 gates × (1 features + 8 state + 1 bias) × 8 units = 3×8×(1+8+1) = 240"
    ),
    "SimpleRNN: {units: 5, use_bias: false}": ("(1 features + 5 state) × 5 units = 5×(1+5) = 30"),
}
"""As Keras counts them: LSTM(50) on one feature has 10,400, GRU(8) with two biases 264."""


@pytest.mark.parametrize("layer", TAUGHT)
def test_the_count_of_gates_is_not_folded_away(layer: str) -> None:
    explanation = explained(f"input: [10, 1]\nlayers: [{{{layer}}}]")
    assert f"{TAUGHT[layer]} parameters" in " ".join(shown(explanation).split())
