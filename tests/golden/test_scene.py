"""Scenes: how layers are drawn, and that lines lead where the report says that steps depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.output.drawing import grid
from seqinspect.output.drawing.grid import MOST_CALLS, scene
from seqinspect.output.drawing.scene import HIDDEN, Columns, Scene, SceneRow, cone_of
from seqinspect.readers.spec import read_spec
from tests.golden.scene_reach import Follower, NotDrawn

ROOT = Path(__file__).parents[2]
RECURRENT = "{units: n, return_sequences: true"


def pictured(text: str, **sizes: str) -> Scene:
    graph = read_spec(text.encode(), overrides=sizes)
    return scene(graph, analyse(graph))


def row(layers: str, number: int = -2, steps: int = 10) -> SceneRow:
    """The row of a layer, the last one unless another is named."""
    found = pictured(f"dims: {{T: {steps}, n: 8}}\ninput: [T, n]\nlayers: [{layers}]\n")
    return found.rows[number]


def test_a_long_sequence_has_its_first_steps_and_its_last() -> None:
    assert row("{Dense: n}").steps == (0, 1, 2, 9)
    assert row("{Dense: n}", steps=10**6).steps == (0, 1, 2, 10**6 - 1)
    assert row("{Dense: n}", steps=5).steps == (0, 1, 2, 3, 4)


def test_columns_of_sequences_of_other_lengths() -> None:
    columns = Columns(3, 2, 100)
    assert columns.shown(100) == (0, 1, 2, 98, 99)
    assert [columns.place(step, 100) for step in columns.shown(100)] == [0, 1, 2, 3, 4]
    assert columns.shown(4) == (0, 1, 2, 3)
    assert [columns.place(step, 4) for step in range(4)] == [0, 1, 2, 4]


def test_a_step_without_a_number_has_a_name() -> None:
    found = pictured("dims: {T: null, n: 8}\ninput: [T, n]\nlayers: [{Dense: n}]\n")
    columns, length = found.tracks[0], found.rows[0].length or 0
    names = [columns.name(step, length) for step in columns.shown(length)]
    assert names == ["0", "1", "2", "T−1"]


@pytest.mark.parametrize(
    ("layers", "form", "anchor", "flow"),
    [
        ("{Dense: n}", "boxes", "steps", ""),
        ("{TimeDistributed: {Dense: n}}", "boxes", "steps", ""),
        ("{LSTM: n}", "chain", "last", "forward"),
        ("{LSTM: " + RECURRENT + "}}", "chain", "steps", "forward"),
        ("{LSTM: {units: n, go_backwards: true}}", "chain", "first", "backward"),
        ("{Bidirectional: {LSTM: n}}", "chain", "ends", "both"),
        ("{LSTM: n}, {Dense: n}", "point", "last", ""),
        ("{LSTM: {units: n, go_backwards: true}}, {Dense: n}", "point", "first", ""),
        ("{Bidirectional: {LSTM: n}}, {Dense: n}", "wide", "middle", ""),
        ("GlobalAveragePooling1D", "wide", "middle", ""),
        ("Flatten", "slots", "steps", ""),
        ("Flatten, {Dense: n}", "slots", "middle", ""),
        ("{LSTM: n}, {RepeatVector: T}", "boxes", "steps", ""),
    ],
)
def test_how_a_layer_is_drawn(layers: str, form: str, anchor: str, flow: str) -> None:
    found = row(layers)
    assert (found.form, found.anchor, found.flow) == (form, anchor, flow)


def test_time_distributed_looks_like_dense() -> None:
    before = "{LSTM: " + RECURRENT + "}}, "
    plain, wrapped = (
        row(before + layer) for layer in ("{Dense: n}", "{TimeDistributed: {Dense: n}}")
    )
    assert wrapped._replace(name=plain.name, labels=plain.labels, tensor=plain.tensor) == plain
    assert (plain.box, plain.letter, plain.own) == ("Dense", "W", False)


def test_flatten_gives_every_step_weights_of_its_own() -> None:
    found = row("Flatten, {Dense: n}", steps=3)
    assert (found.own, found.cells, found.box) == (True, (0, 1, 2), "Dense")
    assert {pair for each in found.readings for pair in each.pairs} == {(0, 0), (1, 0), (2, 0)}


def test_attention_has_a_dot_for_each_step_that_is_attended_to() -> None:
    layers = (
        "{MultiHeadAttention: {num_heads: 2, key_dim: 4}, from: [input, input],"
        " call: {use_causal_mask: true}}"
    )
    (reading,) = row(layers, steps=3).readings
    assert reading.way == "matrix"
    assert set(reading.pairs) == {(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)}


def test_a_window_leads_to_steps_without_a_column() -> None:
    found = row("{Conv1D: {filters: 4, kernel_size: 2, padding: causal}}", steps=100)
    (reading,) = found.readings
    assert found.steps == (0, 1, 96, 97, 98, 99)
    assert {pair for pair in reading.pairs if pair[1] in (1, 96)} == {
        (0, 1), (1, 1), (96, 96), (HIDDEN, 96),
    }  # fmt: skip


def test_the_cone_of_the_last_step() -> None:
    conv = "{{Conv1D: {{filters: 4, kernel_size: 2, padding: causal, dilation_rate: {}}}}}"
    text = f"input: [12, 8]\nlayers: [{', '.join(conv.format(rate) for rate in (1, 2, 4))}]\n"
    cone = cone_of(pictured(text).rows)
    assert [sorted(cone[index]) for index in range(5)] == [
        [*range(4, 12)], [5, 7, 9, 11], [7, 11], [11], [11],
    ]  # fmt: skip
    assert cone_of(pictured("input: [12, 8]\nlayers: [{Dense: 3}]\n").rows) == {}


STATES = """\
inputs: {x: [5, 8], z: [4, 8]}
layers:
  - LSTM: {units: 8, return_state: true, name: encoder}
    from: x
  - LSTM: {units: 8, return_sequences: true, name: decoder}
    from: z
    call: {initial_state: [encoder.1, encoder.2]}
"""


def test_an_encoder_stands_beside_its_decoder() -> None:
    found = pictured(STATES)
    rows = {each.name: each for each in found.rows}
    assert (rows["encoder"].track, rows["decoder"].track) == (0, 1)
    states = [each for each in rows["decoder"].readings if each.way == "state"]
    assert {(found.rows[each.source].name, each.anchor) for each in states} == {("encoder", "last")}


def test_the_states_of_both_directions_come_from_both_ends() -> None:
    text = """\
input: [5, 8]
layers:
  - Bidirectional: {LSTM: {units: 8, return_sequences: true, return_state: true}}
    name: both
  - Concatenate: {name: hidden}
    from: [both.1, both.3]
"""
    (hidden,) = (each for each in pictured(text).rows if each.name == "hidden")
    assert [each.anchor for each in hidden.readings] == ["last", "first"]


def test_what_goes_backwards_is_returned_in_reversed_order() -> None:
    text = "input: [3, 8]\nlayers: [{LSTM: {units: 8, return_sequences: true, go_backwards: true}}]"
    chain, order = pictured(text).rows[1:3]
    assert (chain.flow, order.kind) == ("backward", "order")
    assert order.readings[0].pairs == ((2, 0), (1, 1), (0, 2))


def test_steps_that_stand_further_up_are_drawn_again() -> None:
    text = """\
input: [4, 8]
layers:
  - {Conv1D: {filters: 8, kernel_size: 3, padding: same}, name: one, from: input}
  - {Conv1D: {filters: 8, kernel_size: 3, padding: same}, name: two, from: input}
  - {Add: {}, name: sum, from: [one, two]}
"""
    found = pictured(text)
    names = [(each.kind, each.name) for each in found.rows]
    assert names.index(("echo", "input")) + 1 == names.index(("layer", "two"))
    assert [found.rows[each.source].name for each in found.rows[-2].readings] == ["one", "two"]


def test_equal_blocks_are_drawn_once() -> None:
    block = "{repeat: 96, name: block, layers: [{Dense: 8}, {LayerNormalization: {}}]}"
    found = pictured(f"input: [10, 8]\nlayers: [{block}, {{Dense: 3}}]\n")
    (frame,) = found.frames
    assert (frame.first, frame.last, frame.times) == (1, 2, 96)
    assert [each.kind for each in found.rows] == ["input", *["layer"] * 3, "target"]
    assert found.rows[3].readings[0].source == 2


def test_a_model_within_the_model_is_opened() -> None:
    text = "input: [4, 8]\nlayers: [{Sequential: {name: part, layers: [{LSTM: 3}, {Dense: 2}]}}]\n"
    found = pictured(text)
    assert [each.name for each in found.rows] == ["input", "part/lstm", "part/dense", "target y"]
    assert [(each.first, each.last, each.name) for each in found.frames] == [(1, 2, "part")]


def test_what_is_not_known_is_drawn_as_not_known() -> None:
    found = pictured("input: [10, 8]\ncustom: {Own: m:Own}\nlayers: [Own, {Dense: 3}]\n")
    assert [each.form for each in found.rows] == ["dots", "unknown", "unknown", "point"]
    assert {each.way for row in found.rows for each in row.readings} == {"unknown"}


def test_a_tensor_that_has_no_say_is_not_drawn_as_read() -> None:
    (reading,) = row("{Dense: 1}, {LayerNormalization: {}}").readings
    assert (reading.way, reading.pairs) == ("none", ())


def test_the_middle_of_a_long_model_is_left_out() -> None:
    layers = ", ".join(f"{{Dense: {units}}}" for units in range(1, 1001))
    found = pictured(f"input: [10, 8]\nlayers: [{layers}]\n")
    assert len(found.rows) == MOST_CALLS + 3
    (more,) = (each for each in found.rows if each.kind == "more")
    assert more.labels[0].text == "900 more layers, not drawn"
    assert found.rows[found.rows.index(more) + 1].readings[0].way == "unknown"


def test_the_same_model_has_the_same_scene() -> None:
    text = (ROOT / "configs" / "transformer_block_causal.yaml").read_text("utf-8")
    assert pictured(text) == pictured(text)


SMALL = {"T": "5", "S": "4"}
FILES = sorted([*ROOT.glob("configs/*.yaml"), *ROOT.glob("docs/questions/*.yaml")])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_lines_lead_where_the_report_says(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALL_STEPS", "ALL_DOTS", "ALL_LINES"):
        monkeypatch.setattr(grid, name, 200)
    text = file.read_text("utf-8")
    wanted = {name: size for name, size in SMALL.items() if f"{name}:" in text.split("layers:")[0]}
    graph = read_spec(text.encode(), overrides=wanted)
    try:
        report = analyse(graph)
    except SpecError:
        pytest.skip("the page shows what is wrong with it")
    follower = Follower(scene(graph, report))
    names = {each.name for each in follower.rows}
    compared = 0
    for each in report.rows:
        if each.time is None or each.path not in names:
            continue
        steps = each.time.steps.value if each.time.steps is not None else None
        for step in (None,) if steps is None else range(steps):
            try:
                shown = follower.reach(follower.last_row(each.path), step)
            except NotDrawn:
                continue
            for depends in each.time.depends:
                assert depends.first is not None
                assert depends.last is not None
                numbers = {**depends.first.numbers(), **depends.last.numbers(), "t": step or 0}
                first, last = (end.evaluate(numbers) for end in (depends.first, depends.last))
                said = {*range(first, last + 1, max(1, depends.every))}
                found = shown.get(depends.input, set())
                assert found == said if depends.every else found <= said
                compared += 1
    assert compared or not any(each.time for each in report.rows)


def test_masks_of_many_residual_layers_are_followed_once() -> None:
    layers = ["{Embedding: {input_dim: 9, output_dim: 4, mask_zero: true, name: a0}}"]
    for index in range(40):
        layers += [
            f"{{Dense: {{units: 4, name: d{index}}}}}",
            f"{{Add: {{name: a{index + 1}}}, from: [a{index}, d{index}]}}",
        ]
    layers.append("{LSTM: {units: 3, return_sequences: true, go_backwards: true}}")
    spec = f"input: {{shape: [6], dtype: int32}}\nlayers: [{', '.join(layers)}, {{LSTM: 2}}]\n"
    found = pictured(spec)
    reach = Follower(found).reach(len(found.rows) - 2, None)
    assert reach == {"input": {*range(6)}}


def test_a_vector_goes_only_to_the_steps_that_it_is() -> None:
    text = """\
input: [3, 2]
layers:
  - {Permute: [2, 1], name: turned}
  - {Attention: {}, name: mixed, from: [turned, turned]}
  - {Concatenate: {axis: -1}, name: joined, from: [turned, mixed]}
"""
    joined = pictured(text).rows[-2]
    assert [each.pairs for each in joined.readings if each.way == "whole"] == [
        ((0, 3), (0, 4), (0, 5))
    ]
