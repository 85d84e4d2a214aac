"""Boxes and arrows for Graphviz and Mermaid: what they say, and that names in them do nothing."""

from __future__ import annotations

import re

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.output.drawing.boxes import Arrow, Drawing, drawing
from seqinspect.output.drawing.languages import dot, mermaid
from seqinspect.readers.spec import read_spec
from tests.golden.test_harmless import NAMES

GRAPH = """\
name: residual
dims: {T: 3, n: 8}
inputs: {x: [T, n], s: [4]}
layers:
  - LSTM: {units: n, return_state: true, name: encoder}
    from: x
  - Dense: {units: n, name: state}
    from: s
  - LSTM: {units: n, return_sequences: true, name: decoder}
    from: x
    call: {initial_state: [encoder.1, encoder.2]}
  - Add: {name: sum}
    from: [decoder, x]
outputs: [sum, state]
"""


def drawn(text: str) -> Drawing:
    graph = read_spec(text.encode())
    return drawing(graph, analyse(graph))


def test_boxes_say_what_a_layer_is() -> None:
    made = drawn("dims: {T: 10, n: 8}\ninput: [T, n]\nlayers: [{LSTM: n}]\n")
    assert [box.title for box in made.boxes] == ["input", "lstm", "target y"]
    assert made.boxes[1].type == "LSTM"
    assert made.boxes[1].lines == ("(batch, n)", "= (batch, 8)", "4×n×(2×n+1) = 544 parameters")
    assert made.boxes[1].note == "returns the last step only; its state has seen steps 0…T−1"
    assert made.boxes[2].lines == ("(batch, n)", "= (batch, 8)")
    assert made.caption[-1] == "not compared with Keras (--static)"


def test_several_targets_have_the_names_of_their_outputs() -> None:
    made = drawn("input: [3, 2]\nlayers: [{Dense: 2}, {LSTM: 4}]\noutputs: [dense, lstm]\n")
    assert [box.title for box in made.boxes if box.kind == "target"] == [
        "target dense", "target lstm",
    ]  # fmt: skip


def test_arrows_go_where_the_spec_says() -> None:
    made = drawn(GRAPH)
    place = {box.title: index for index, box in enumerate(made.boxes)}
    state = "initial_state, output 1; initial_state, output 2"
    assert set(made.arrows) == {
        Arrow(place["x"], place["encoder"]),
        Arrow(place["s"], place["state"]),
        Arrow(place["x"], place["decoder"]),
        Arrow(place["encoder"], place["decoder"], state),
        Arrow(place["decoder"], place["sum"]),
        Arrow(place["x"], place["sum"]),
        Arrow(place["sum"], 6),
        Arrow(place["state"], 7),
    }


def test_a_block_is_one_box() -> None:
    block = "{repeat: 5, layers: [{Dense: 8}, {LayerNormalization: {}}]}"
    made = drawn(f"input: [10, 8]\nlayers: [{block}]\n")
    assert [box.kind for box in made.boxes] == ["input", "block", "target"]
    assert made.boxes[1].title.endswith("×5")
    assert "5×88 = 440 parameters" in made.boxes[1].lines
    assert made.arrows == (Arrow(0, 1), Arrow(1, 2))


def test_what_is_not_known_is_not_said_to_be_nothing() -> None:
    made = drawn("input: [10, 8]\ncustom: {Own: m:Own}\nlayers: [Own, {Dense: 3}]\n")
    assert made.boxes[1].lines == ("?", "parameters not known")


def test_dot_and_mermaid() -> None:
    made = drawn("dims: {T: 10, n: 8}\ninput: [T, n]\nlayers: [{Dense: n}]\n")
    text = dot(made)
    assert text.startswith('digraph "')
    assert '[label="dense: Dense\\l(batch, T, n)\\l= (batch, 10, 8)\\ln×(n+1) = 72' in text
    assert "\n  n0 -> n1\n  n1 -> n2\n}\n" in text
    text = mermaid(made)
    assert text.startswith("flowchart TD\n")
    assert '  n0(["input: Input<br/>(batch, T, n)<br/>= (batch, 10, 8)<br/>T steps"])\n' in text
    assert text.endswith("  n0 --> n1\n  n1 --> n2\n")


HOSTILE = [*NAMES, '"]; n9 [label="x', "</text><script>x</script>", "]]>&amp;", "a\\", '\\"', "x`y"]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    made = drawn(GRAPH)
    boxes = (made.boxes[0]._replace(title=name, type=name, note=name), *made.boxes[1:])
    arrow = made.arrows[0]._replace(label=name)
    made = made._replace(
        model=name, source=name, boxes=boxes, arrows=(arrow, *made.arrows[1:]), caption=(name,)
    )
    text = dot(made)
    outside = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    assert outside.count('"') % 2 == 0
    assert len(outside.splitlines()) == len(dot(drawn(GRAPH)).splitlines())
    assert "n9" not in outside
    assert "script" not in outside
    lines = mermaid(made).splitlines()
    assert len(lines) == 1 + 2 + len(made.boxes) + len(made.arrows)
    label = re.fullmatch(r'  n0\(\["([^"]*)"\]\)', lines[3])
    assert label is not None
    assert not re.search(r"[<>`]", label[1].replace("<br/>", ""))
