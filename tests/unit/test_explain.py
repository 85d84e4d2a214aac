"""The long answer: formulas by hand, sentences that must follow, pictures as one draws them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqinspect.algebra import literal, symbol
from seqinspect.analysis import analyse
from seqinspect.errors import SpecError
from seqinspect.explain import Explanation, Model, explain
from seqinspect.explain.data import Trial, TrialTable
from seqinspect.explain.formulas import equation
from seqinspect.explain.picture import picture_of
from seqinspect.output import explanation_json, explanation_markdown, explanation_text
from seqinspect.output.explanation_drawing import draw
from seqinspect.output.terminal import Screen
from seqinspect.spec import read_spec

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
        " ".join(each.sentences) for each in found.otherwise if each.question.startswith(beginning)
    )


def drawn(text: str, layer: str, encoding: str = "utf-8") -> str:
    graph = read_spec(text.encode(), name="m.yaml")
    model = Model(graph, analyse(graph))
    picture = picture_of(model, model.row(layer))
    assert picture is not None
    return "\n".join(draw(picture, encoding))


def test_the_formula_the_substitution_and_the_number() -> None:
    u, d = symbol("u", 7), symbol("d", 7)
    assert equation(4 * u * (d + u + 1)) == "4×u×(d+u+1) = 4×7×(7+7+1) = 420"
    assert equation(u**2) == "u² = 7² = 49"
    assert equation(literal(5) * (literal(3) + 1)) == "5×(3+1) = 20"
    assert equation(symbol("T") * u) == "T×u = T×7"
    assert equation(symbol("n", 1000)) == "n = 1,000"


def test_every_weight_of_an_lstm_has_its_product() -> None:
    (layer,) = explained("dims: {T: 10, d: 3, u: 7}\ninput: [T, d]\nlayers: [{LSTM: u}]\n").layers
    assert [(w.name, w.equation) for w in layer.weights] == [
        ("kernel", "d×(4×u) = 3×(4×7) = 84"),
        ("recurrent_kernel", "u×(4×u) = 7×(4×7) = 196"),
        ("bias", "4×u = 4×7 = 28"),
    ]
    assert layer.count == "4×u×(d+u+1) = 4×7×(3+7+1) = 308"


def test_a_gru_tells_of_its_second_bias() -> None:
    head = "input: [200, 16]\nlayers:\n"
    (layer,) = explained(head + "  - Bidirectional: {GRU: 32}\n").layers
    assert "192 fewer" in layer.reasons[0]  # 2 directions × 3 gates × 32 units
    (old,) = explained(head + "  - GRU: {units: 32, reset_after: false}\n").layers
    assert not old.reasons


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
    wired, count, _ = explained(EVERY).answers
    assert wired.question == "Is dense wired to the last step of lstm, or to all?"
    assert wired.sentences[0].startswith("To all T = 10 steps, each by itself")
    assert "together n×(n+1) = 8×(8+1) = 72" in count.sentences[0]
    assert "T is in neither" in count.sentences[1]
    last = explained(LAST).answers[0]
    assert last.sentences[0].startswith("To the last step only")
    assert "every step from 0 to 9" in last.sentences[0]


def test_a_step_for_each_box_and_the_state_between() -> None:
    text = EVERY.replace("T: 10", "T: 2")
    assert drawn(text, "dense") == (
        "     x0           x1\n"
        "      ↓            ↓\n"
        "  [LSTM V]────→[LSTM V]\n"
        "      ↓            ↓\n"
        "  [Dense W]    [Dense W]\n"
        "      ↓            ↓\n"
        "     y0           y1"
    )


def test_the_last_step_only_in_ascii() -> None:
    assert drawn(LAST, "dense", "ascii") == (
        "     x0          x1          x2       .      x9\n"
        "      v           v           v       .       v\n"
        "  [LSTM V]--->[LSTM V]--->[LSTM V]----.-->[LSTM V]\n"
        "                                              v\n"
        "                                          [Dense W]\n"
        "                                              v\n"
        "                                              y"
    )


def test_backwards_outputs_are_numbered_backwards() -> None:
    text = EVERY.replace("T: 10", "T: 3").replace("true}", "true, go_backwards: true}")
    lines = drawn(text, "lstm").splitlines()
    assert "[LSTM W]←───[LSTM W]←───[LSTM W]" in lines[2]
    assert lines[-1].split() == ["y2", "y1", "y0"]


def test_flatten_gives_every_step_rows_of_its_own() -> None:
    text = "input: [3, 2]\nlayers:\n  - Flatten\n  - Dense: 4\n"
    assert drawn(text, "dense") == (
        "   x0      x1      x2\n"
        "    │       │       │\n"
        "    └───────┼───────┘\n"
        "            ↓\n"
        "        [Flatten]\n"
        "            ↓\n"
        "    [Dense W0 W1 W2]\n"
        "            ↓\n"
        "            y"
    )


def test_a_window_is_drawn_output_step_by_output_step() -> None:
    text = "input: [4, 2]\nlayers: [{Conv1D: {filters: 3, kernel_size: 3, strides: 1}}]\n"
    lines = drawn(text, "conv1d").splitlines()
    assert lines[0].split() == ["x0", "x1", "x2", "x3"]
    assert lines[1].startswith("  ●────●────●─")
    assert lines[2].startswith("  ·    ●────●────●")
    assert len(lines) == 3


def test_steps_that_are_not_known_have_a_name() -> None:
    text = EVERY.replace("T: 10", "T: null")
    assert "x(T−1)" in drawn(text, "dense")
    assert "T is in neither" in " ".join(explained(text).answers[1].sentences)


def test_a_layer_that_does_not_exist_is_told_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="did you mean dense") as error:
        explained(EVERY, "dens")
    assert error.value.problems[0].expected == "lstm, dense"


def test_what_a_spec_calls_its_layers_is_data() -> None:
    text = EVERY.replace("Dense: n", 'Dense: n\n    name: "[bold]<b>x|y"')
    explanation = explained(text)
    assert "[bold]<b>x|y" in explanation_text.render(explanation)
    assert "\\[bold\\]\\<b\\>x\\|y" in explanation_markdown.render(explanation)
    document = json.loads(explanation_json.render(explanation, "1"))
    assert document["layers"][1]["path"] == "[bold]<b>x|y"


def test_a_disagreement_is_shouted() -> None:
    table = TrialTable("input", ((True, False),), ((True, True),), agrees=False)
    lines = list(explanation_text.trial_lines(Trial((table,), "2×3"), 80))
    assert any("THE EXPERIMENT DISAGREES" in line for line in lines)
    assert Trial((table,)).agrees is False
    assert Trial((TrialTable("input", table.claim, table.moved), table)).agrees is False


@pytest.mark.parametrize("name", ["every_step", "last_step", "time_distributed"])
def test_the_short_part_fits_a_small_terminal(name: str) -> None:
    file = CONFIGS / f"question_{name}.yaml"
    graph = read_spec(file.read_bytes(), name=f"configs/{file.name}")
    explanation = explain(graph, analyse(graph))
    text = explanation_text.render(explanation, screen=Screen(width=80), short=True)
    lines = text.splitlines()
    assert len(lines) <= 22  # confirmed by Keras it has a line more, and the prompt takes one
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_config_can_be_explained(path: Path) -> None:
    graph = read_spec(path)
    report = analyse(graph)
    for layer in ("", *(row.path for row in report.rows[:30])):
        explanation = explain(graph, report, layer)
        text = explanation_text.render(explanation, screen=Screen(width=80, encoding="ascii"))
        assert text.isascii()
        json.loads(explanation_json.render(explanation, "1"))
        assert explanation_markdown.render(explanation)


def test_strides_are_counted_as_people_do() -> None:
    layer = "{filters: 1, kernel_size: 2, dilation_rate: 2, padding: causal, name: every_other}"
    spec = f"input: [10, 1]\nlayers:\n  - Conv1D: {layer}".encode()
    graph = read_spec(spec)
    text = explanation_text.render(explain(graph, analyse(graph)), screen=Screen(width=200))
    assert "every 2nd step of" in text


def test_the_short_answers_are_about_the_layer_that_is_named() -> None:
    graph = read_spec(LAST.encode(), name="m.yaml")
    about = explain(graph, analyse(graph), "lstm", short=True)
    assert [each.question for each in about.answers] == [
        "Which steps does lstm read?",
        "Why does lstm have 4×n×(2×n+1) parameters?",
        "And with return_sequences: true in lstm?",
    ]
    assert explained(LAST, "lstm").answers == ()
