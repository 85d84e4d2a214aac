"""Drawings: boxes, arrows, steps and the lines between them; names in them do nothing."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.output.drawing.boxes import HIDDEN, Arrow, Drawing, Steps, drawing
from seqinspect.output.drawing.languages import dot, mermaid
from seqinspect.output.drawing.svg import svg
from seqinspect.output.text import visible
from seqinspect.readers.spec import read_spec
from tests.golden.test_harmless import NAMES

SVG = "{http://www.w3.org/2000/svg}"
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


def steps(layer: str, size: int = 3) -> Steps | None:
    text = f"dims: {{T: {size}}}\ninput: [T, 8]\nlayers: [{{{layer}}}]\n"
    return drawn(text).boxes[1].steps


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


@pytest.mark.parametrize(
    ("layer", "lines"),
    [
        ("Dense: 4", [(0, 0), (1, 1), (2, 2)]),
        ("LSTM: 4", [(0, 0), (1, 0), (2, 0)]),
        (
            "LSTM: {units: 4, return_sequences: true}",
            [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)],
        ),
        ("Conv1D: {filters: 4, kernel_size: 2}", [(0, 0), (1, 0), (1, 1), (2, 1)]),
        ("Cropping1D: [1, 0]", [(1, 0), (2, 1)]),
        ("GlobalMaxPooling1D: {}", [(0, 0), (1, 0), (2, 0)]),
    ],
)
def test_lines_lead_to_the_steps_that_are_seen(layer: str, lines: list[tuple[int, int]]) -> None:
    found = steps(layer)
    assert found is not None
    assert sorted(found.lines) == sorted(lines)


def test_steps_that_are_left_out_are_seen_too() -> None:
    found = steps("Conv1D: {filters: 4, kernel_size: 2, padding: causal}", 100)
    assert found is not None
    assert found.before == found.after == (0, 1, 2, 3, 4, 5, 99)
    assert found.cut == (True, True)
    assert [line for line in found.lines if line[1] == 6] == [(6, 6), (HIDDEN, 6)]


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
    assert made.boxes[1].steps is None


def test_the_picture_is_one_svg() -> None:
    text = svg(drawn(GRAPH))
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    texts = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert "encoder: LSTM" in texts
    assert "4×n×(2×n+1) = 544 parameters" in texts
    assert len(list(root.iter(f"{SVG}line"))) == 3 + 6  # the encoder's last step, the decoder's all
    assert svg(drawn(GRAPH)) == text
    assert svg(drawn(GRAPH), encoding="ascii").isascii()
    assert "".join(ElementTree.fromstring(svg(drawn(GRAPH), encoding="ascii")).itertext()) == (
        "".join(root.itertext())
    )


def test_no_box_lies_on_another_and_all_are_in_the_picture() -> None:
    root = ElementTree.fromstring(svg(drawn(GRAPH)))
    boxes = [
        tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if "x" in rect.attrib
    ]
    assert len(boxes) == 8
    for index, (x, y, width, height) in enumerate(boxes):
        assert x >= 0
        assert x + width <= float(root.attrib["width"])
        assert y + height <= float(root.attrib["height"])
        for left, top, wide, high in boxes[:index]:
            beside = x + width <= left or left + wide <= x
            assert beside or y + height <= top or top + high <= y


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
    root = ElementTree.fromstring(svg(made).encode())
    known = {"svg", "title", "style", "rect", "path", "text", "line", "circle"}
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= known
    assert root.findtext(f"{SVG}title") == visible(name)
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
