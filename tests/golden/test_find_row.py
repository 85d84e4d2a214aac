"""A row of a large model is found: by name, by class, by size, by what feeds it, where steps meet.

The model has 60 layers and four inputs; its three attention blocks are written one by one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.output.report import csv, plain
from seqinspect.output.report.entries import shown
from seqinspect.output.report.folding import Group, folded
from seqinspect.output.report.lines import cell, lines
from seqinspect.output.report.selection import Selection, chosen_rows, require_match
from seqinspect.output.screen import Screen
from seqinspect.readers.spec import read_spec
from tests.rendered import described

if TYPE_CHECKING:
    from seqinspect.model.report import Report

MIXING = ["enc_conv_1", "enc_conv_2", "enc_bi", "enc_att_0", "enc_att_1", "enc_att_2", "enc_state",
          "dec_lstm", "dec_self_att", "dec_cross_att"]  # fmt: skip
"""Convolutions, recurrent layers and attention: in the others, each step goes by itself."""


@pytest.fixture(scope="module")
def sixty() -> Report:
    path = Path(__file__).with_name("sixty_layers.yaml")
    return analyse(read_spec(path.read_bytes(), name=path.name))


def rows(text: str) -> list[list[str]]:
    """The cells of a table without their indentation, from the first row on."""
    body = text.split("\n\n")[1].splitlines()[2:]
    return [re.split(" {2,}", line.strip()) for line in body]


def names(report: Report, selection: Selection) -> list[str]:
    return [each[0] for each in rows(described(report, selection=selection))]


def test_it_has_sixty_layers_and_four_inputs(sixty: Report) -> None:
    assert (len(sixty.top), len(sixty.inputs)) == (60, 4)


def test_what_feeds_a_layer_is_a_column_where_the_model_is_no_chain(
    sixty: Report, question: Report
) -> None:
    (found,) = rows(described(sixty, selection=Selection(("dec_lstm",))))
    assert found[:4] == ["dec_lstm", "LSTM", "dec_in; initial_state ← bridge_h, bridge_c",
                         "(batch, F, d)"]  # fmt: skip
    (found,) = rows(described(sixty, selection=Selection(("dec_self_att",))))
    assert found[2] == "dec_lstm_norm ×2"
    assert "From" not in described(question)


def test_the_decoder_and_what_feeds_it_fit_one_screen(sixty: Report) -> None:
    decoder = Selection(("dec_*", "bridge_*"))
    text = described(sixty, selection=decoder, screen=Screen(120))
    assert text.count("\n") <= 50
    assert len(names(sixty, decoder)) == 19
    text = described(sixty, selection=decoder, screen=Screen(80))
    assert text.count("\n") <= 19 + 10  # a line a layer, and what stands around them
    assert (
        "\ndec_lstm        LSTM                dec_in; initial_state ← bridge_h, bridge_c\n" in text
    )
    assert "\nLeft out, see --columns: Output shape, Parameters, Count, %, Time steps\n" in text


def test_columns_are_left_out_only_where_a_screen_is_too_low_and_nobody_named_them(
    sixty: Report,
) -> None:
    top = Selection(sort="params", top=8)
    assert "Left out" in described(sixty, selection=top, depth=0, screen=Screen(80))
    assert described(sixty, selection=top, depth=0, screen=Screen(80)).count("\n") <= 24
    for screen in (Screen(80, height=60), Screen()):
        assert "Left out" not in described(sixty, selection=top, depth=0, screen=screen)
    named = ("name", "shape", "formula", "params", "time")
    assert "Left out" not in described(sixty, columns=named, selection=top, screen=Screen(80))
    assert "Left out" not in described(sixty, screen=Screen(80))


def test_names_below_some_layers_are_those_that_are_met_there(sixty: Report) -> None:
    """An Embedding of `items` rows of e; a Dense of d = 2×h, which depends on steps 0…H−1."""
    text = described(sixty, selection=Selection(("item_embedding",)))
    assert "\nNames       items = 5,000, e = 16; batch = any number\n" in text
    text = described(sixty, selection=Selection(("bridge_h",)))
    assert "\nNames       H = 96, h = 32, d = 2×h = 64; batch = any number\n" in text


def test_the_largest_layers_come_first(sixty: Report) -> None:
    """An attention block has 49,984; the Embedding 80,000; an LSTM of 64 on 64 has 33,024."""
    top = Selection(sort="params", top=4)
    text = described(sixty, selection=top, screen=Screen(80))
    assert text.count("\n") <= 50
    found = rows(described(sixty, selection=top, depth=0))
    assert [each[0] for each in found] == ["enc ×3", "item_embedding", "enc_state", "dec_lstm"]
    block = 128 + 16_640 + 128 + 16_640 + 16_448
    assert f"{3 * block:,}  {300 * block / 445_411:.1f}" in "  ".join(found[0])


def test_parts_of_the_sum_add_up(sixty: Report) -> None:
    shares = [line.split("\t") for line in plain.render(
        [sixty], columns=("depth", "share")).splitlines()[1:]]  # fmt: skip
    assert sum(float(share) for depth, share in shares if depth == "0") == pytest.approx(100, abs=1)


def test_the_rows_where_steps_meet(sixty: Report) -> None:
    selection = Selection(mixes_time=True)
    found = [row.name for row in chosen_rows(sixty, selection) if not row.depth]
    assert found == MIXING
    text = described(sixty, selection=selection, screen=Screen(80))
    assert text.count("\n") <= 28
    assert "\nShown       10 of 60 layers, " in text


def test_a_class_is_found_within_other_layers(sixty: Report) -> None:
    assert names(sixty, Selection(types=("LSTM",))) == [
        "enc_bi/forward_lstm", "enc_bi/backward_lstm", "enc_state", "dec_lstm",
    ]  # fmt: skip


def test_equal_blocks_that_no_spec_repeats_are_one_group(sixty: Report) -> None:
    (group,) = (each for each in folded(sixty.rows) if isinstance(each, Group))
    assert [turn[0].name for turn in group.iterations] == [
        "enc_bi_norm",
        "enc_norm_0",
        "enc_norm_1",
    ]
    assert (group.block, len(group.rows), group.written) == ("enc", 7, False)
    assert "3 blocks of 7 layers with equal shapes, counts and steps" in described(sixty)
    opened = described(sixty, depth=None)
    assert "×3" not in opened
    assert "enc_att_2" in opened


def test_one_block_of_several_can_be_named(sixty: Report) -> None:
    assert names(sixty, Selection(("enc_att_1",))) == ["enc_att_1"]


LONG = """
dims: {time_steps: 10, features: 8}
inputs: {the_history_of_all_sensors: [time_steps, features]}
layers:
  - Bidirectional: {layer: {LSTM: {units: features, return_state: true}}}
    name: encoder_of_all_sensors
  - Dense: {units: 123456789012, name: a_very_large_layer}
    from: encoder_of_all_sensors
"""


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("spec", ["sixty_layers.yaml", "gpt3.yaml", "long"])
def test_no_name_no_shape_and_no_number_is_broken_in_two(spec: str, width: int) -> None:
    folder = Path(__file__).parent
    paths = [folder / spec, folder.parents[1] / "configs" / spec]
    data = next((path.read_bytes() for path in paths if path.exists()), LONG.encode())
    report = analyse(read_spec(data))
    text = described(report, screen=Screen(width))
    assert max(map(len, text.splitlines())) <= width
    for line in lines(report)[0]:
        for name in ("name", "type", "shape", "params"):
            content = shown(cell(line.item, name, report))
            for part in content.split("; "):
                assert part in text


DIFFERENT = {
    "a size": [8, 8, 8, 9, 9, 9, 8, 8],
    "too few": [8] * 6,
}


@pytest.mark.parametrize("why", DIFFERENT)
def test_blocks_that_differ_are_not_folded(why: str) -> None:
    layers = ", ".join(f"{{Dense: {units}}}" for units in DIFFERENT[why])
    report = analyse(read_spec(f"input: [10, 8]\nlayers: [{layers}]".encode()))
    assert not [each for each in folded(report.rows) if isinstance(each, Group)]


@pytest.mark.parametrize("instead", ["first", "input, first"])
def test_blocks_that_are_wired_differently_are_not_folded(instead: str) -> None:
    """Each Add reads the Dense before it and the input: the fourth reads another one, or one more.

    As many parameters, shapes and steps as the others it has either way.
    """
    layers = []
    for number in range(8):
        other = instead if number == 4 else "input"
        layers += [f"Dense: {{units: 8, name: d{number}}}",
                   f"Add: {{name: a{number}}}\n    from: [d{number}, {other}]"]  # fmt: skip
    spec = "\n  - ".join(["input: [10, 8]\nlayers:", "Dense: {units: 8, name: first}", *layers])
    report = analyse(read_spec(spec.encode()))
    found = [each for each in folded(report.rows) if isinstance(each, Group)]
    assert [(each.count, each.rows[0].name) for each in found] == [(4, "d0")]


def test_dilations_that_grow_are_no_equal_blocks() -> None:
    layers = ", ".join(
        f"{{Conv1D: {{filters: 8, kernel_size: 2, padding: causal, dilation_rate: {2**n}}}}}"
        for n in range(8)
    )
    report = analyse(read_spec(f"input: [10, 8]\nlayers: [{layers}]".encode()))
    assert len(lines(report)[0]) == 9


def test_each_step_by_itself_is_said_once(sixty: Report) -> None:
    text = described(sixty)
    assert text.count("by itself") == 3  # one step of an item, and what attends beside it
    assert "\nLayers with steps and no note treat each step by itself.\n" in text
    assert "each of the H steps by itself" not in text


def test_data_takes_the_same_selection(sixty: Report) -> None:
    selection = Selection(types=("MultiHeadAttention",), sort="name")
    text = plain.render([sixty], columns=("name",), select=lambda r: chosen_rows(r, selection))
    assert text.split() == ["name", "dec_cross_att", "dec_self_att",
                            "enc_att_0", "enc_att_1", "enc_att_2"]  # fmt: skip
    records = csv.render([sixty], columns=("name",), select=lambda r: chosen_rows(r, selection))
    assert records.split() == text.split()


@pytest.mark.parametrize(
    ("selection", "what", "remedy"),
    [
        (Selection(("dec_lst",)), "no layer is called `dec_lst`", "did you mean dec_lstm?"),
        (Selection(types=("LTSM",)), "no layer is a `LTSM`", "did you mean LSTM?"),
        (
            Selection(("output",)),
            "no layer is called `output`",
            "* stands for any letters: 'enc*'",
        ),
    ],
)
def test_what_no_layer_has_is_refused(
    sixty: Report, selection: Selection, what: str, remedy: str
) -> None:
    with pytest.raises(SpecError) as caught:
        require_match([sixty], selection)
    (problem,) = caught.value.problems
    assert (problem.what, problem.remedy) == (what, remedy)
