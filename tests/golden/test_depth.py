"""How deep layers within layers are shown, and what is said of those that are not."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from seqinspect.analysis.walk import analyse
from seqinspect.output.report import csv, plain
from seqinspect.readers.spec import read_spec
from tests.rendered import described

if TYPE_CHECKING:
    from seqinspect.model.report import Report

SPEC = b"""
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - Sequential: [{Bidirectional: {LSTM: {units: n, return_sequences: true}}}, {Dense: n}]
    name: inner
  - repeat: 3
    name: block
    layers:
      - TimeDistributed: {layer: {Dense: {units: n, name: part}}, name: steps}
  - Dense: {units: n, name: head, trainable: false}
  - reuse: head
    name: head_again
"""


@pytest.fixture(scope="module")
def report() -> Report:
    return analyse(read_spec(SPEC, name="nested.yaml"))


def names(text: str) -> list[str]:
    """The first column of a table, with its indentation."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("---"))
    shown = []
    for line in lines[start + 1 :]:
        if not line:
            break
        indent = len(line) - len(line.lstrip())
        name = line.split()[0]
        shown.append(" " * indent + name)
    return shown


ONE = [
    "input", "inner", "  bidirectional", "  dense", "block", "  steps_0", "head", "head_again",
]  # fmt: skip


def test_one_level_is_open_where_nobody_says(report: Report) -> None:
    text = described(report)
    assert names(text) == ONE
    assert "\nIndented layers are parts of the line above, counted in it.\n" in text
    assert "\n3 layers within others are not shown: --depth 2 opens more.\n" in text


def test_0_folds_all_that_is_nested(report: Report) -> None:
    text = described(report, depth=0)
    assert names(text) == ["input", "inner", "block", "head", "head_again"]
    assert "Indented" not in text
    assert "block ×3" in text
    assert "3 equal blocks (0…2)\n" in text
    assert "\n6 layers within others are not shown: --depth 1 opens more.\n" in text


def test_2_opens_what_is_within_the_second_level(report: Report) -> None:
    text = described(report, depth=2)
    assert names(text) == [
        "input", "inner", "  bidirectional", "    forward_lstm", "    backward_lstm", "  dense",
        "block", "  steps_0", "    part", "head", "head_again",
    ]  # fmt: skip
    assert "not shown" not in text


def test_all_opens_every_iteration(report: Report) -> None:
    text = described(report, depth=None)
    assert names(text) == [
        "input", "inner", "  bidirectional", "    forward_lstm", "    backward_lstm", "  dense",
        "steps_0", "  part", "steps_1", "  part", "steps_2", "  part", "head", "head_again",
    ]  # fmt: skip
    assert "×3" not in text


def test_data_has_every_layer_unless_told(report: Report) -> None:
    assert len(plain.render([report]).splitlines()) == len(report.rows) + 1 == 14
    assert len(plain.render([report], depth=0).splitlines()) == 7
    assert len(csv.render([report], depth=1).splitlines()) == 12


def test_documents_open_as_much_as_the_table(report: Report) -> None:
    assert "forward\\_lstm" not in described(report, kind="markdown")
    assert "&nbsp;&nbsp;&nbsp;&nbsp;forward\\_lstm" in described(report, kind="markdown", depth=2)


def test_what_is_frozen_or_shared_says_so(report: Report) -> None:
    lines = {line.split()[0]: line for line in described(report).splitlines() if line}
    assert lines["head"].endswith("; not trained")
    assert "shares the weights of `head`" in lines["head_again"]
    assert "not trained" not in lines["inner"]


def test_work_is_counted_for_a_folded_block_and_for_the_whole(report: Report) -> None:
    """A Dense of 8 on 8 features takes 64 multiply-adds at each of 10 steps, an LSTM 4×128."""
    columns = ("name", "trainable", "multiply_adds", "multiply_adds_formula")
    text = described(report, columns=columns)
    block = next(line.split() for line in text.splitlines() if line.startswith("block"))
    assert block == ["block", "×3", "216", "1,920", "3×n²×T"]
    work = 2 * 10 * 4 * 8 * (8 + 8) + 10 * 16 * 8 + 3 * 640 + 2 * 640
    assert f"= {work:,} multiply-adds for one sample; one multiply and one add count as one" in text
    assert "multiply-adds" not in described(report)


@pytest.mark.long
def test_a_block_whose_formula_is_too_long_shows_its_number() -> None:
    layers = "".join(f"      - Dense: max(n, 4*k*{index})\n" for index in range(1, 2101))
    spec = f"dims: {{n: 2, k: 1}}\ninput: [n]\nlayers:\n  - repeat: 2\n    layers:\n{layers}"
    text = described(analyse(read_spec(f"{spec}      - Dense: n\n".encode(), name="m.yaml")))
    widths = [2, *(4 * index for index in range(1, 2101)), 2]
    one = sum((a + 1) * b for a, b in pairwise(widths))
    assert f"2×{one}" in text
    assert f"{2 * one:,} parameters" in text
