"""Notes on time: the legend names `t` where a note speaks of it, and a mask is told once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.model.remarks import Peculiarity
from seqinspect.output.document import plain
from seqinspect.output.report.entries import entries
from seqinspect.output.report.lines import lines
from seqinspect.output.report.remark_words import WORDS
from seqinspect.output.report.time_notes import mentions_step, time_note
from seqinspect.readers.spec import read_spec

CASES = Path(__file__).parents[1] / "rules" / "cases"
STEP = re.compile(r"\bt\b")


def test_the_output_step_is_known_to_be_spoken_of() -> None:
    """Of every case of every rule: whether its note says `t` follows from what it is made of."""
    seen = set()
    for file in CASES.glob("*.yaml"):
        for case in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader):
            spec = {"dims": {"T": 10, "n": 8}, "layers": case["layers"]}
            spec |= {key: case[key] for key in ("dims", "input", "inputs") if key in case}
            spec |= {} if "inputs" in spec else {"input": spec.get("input", ["T", "n"])}
            try:
                rows = analyse(read_spec(yaml.safe_dump(spec).encode())).rows
            except SpecError:
                continue
            for row in rows:
                note = time_note(row)
                seen.add(mentions_step(row))
                assert mentions_step(row) == bool(STEP.search(note)), note
    assert seen == {True, False}


def test_every_peculiarity_has_words() -> None:
    assert set(WORDS) == set(Peculiarity)


def test_one_step_is_one_step() -> None:
    layers = "[{LSTM: {units: 3, return_sequences: true}}, {Dense: 2}, Flatten]"
    report = analyse(read_spec(f"input: [1, 4]\nlayers: {layers}".encode()))
    assert [time_note(row) for row in report.rows] == [
        "step t has seen steps 0…t",
        "the only step: one 3×2 kernel",
        "the only step, as a vector",
    ]
    given, *_ = entries(lines(report)[0], report, ("name", "time"))
    assert plain(given.note) == "1 step, on axis 1"


def notes(spec: str) -> dict[str, str]:
    report = analyse(read_spec(spec.encode()))
    return {row.name: time_note(row) for row in report.rows}


SIDE = """\
dims: {{T: 10, n: 6, u: 5}}
inputs: {{x: [T, n], s: {side}}}
layers:
  - {{{first}, name: a, from: x}}
  - {{Flatten: {{name: b}}, from: s}}
  - {{Concatenate: {{name: c}}, from: [a, b]}}
  - {{Dense: {{units: 4, name: d}}}}
"""


@pytest.mark.parametrize(
    ("first", "side", "expected"),
    [
        # Kernels of 5+3, 5+3×2, 10×6+3×2 and 10×6+3 rows: which of them grow with the steps?
        ("LSTM: u", "[1, 3]", "the vector that c makes of its inputs: one (u+3)×4 kernel,"
                              " applied once"),
        ("LSTM: u", "[3, 2]", "the steps of some inputs side by side, each with rows of its own in"
                              " the kernel, beside a vector of others"),
        ("Flatten", "[3, 2]", "all steps side by side:"
                              " every step has rows of its own in the kernel"),
        ("Flatten", "[3]", "all steps side by side:"
                           " every step has rows of its own in the kernel"),
    ],
)  # fmt: skip
def test_rows_of_its_own_are_in_the_kernel(first: str, side: str, expected: str) -> None:
    found = notes(SIDE.format(first=first, side=side))
    assert found["d"] == expected
    assert "kernel" not in found["c"]  # Concatenate has none


def test_a_decoder_names_whose_state_it_starts_from() -> None:
    found = notes("""\
inputs: {history: [9, 8], future: [4, 8]}
layers:
  - {LSTM: {units: 3, return_state: true, name: encoder}, from: history}
  - LSTM: {units: 3, return_sequences: true, name: decoder}
    from: future
    call: {initial_state: [encoder.1, encoder.2]}
""")
    assert found["decoder"] == "step t has seen steps 0…t; starts from the state of encoder"
    assert "starts" not in found["encoder"]


def test_steps_that_come_one_after_the_other_are_all_counted() -> None:
    found = notes("""\
dims: {T: 9}
inputs: {history: [T, 8], future: [4, 8]}
layers: [{Concatenate: {axis: 1, name: both}, from: [history, future]}]
""")
    expected = "each of the T+4 steps by itself; the steps of its inputs come one after the other"
    assert found["both"] == expected


@pytest.mark.parametrize(("dtype", "axis"), [("int32", 1), ("uint8", 1), ("float32", None)])
def test_integers_of_rank_2_have_time_wherever_they_go(dtype: str, axis: int | None) -> None:
    spec = f"input: {{shape: [12], dtype: {dtype}}}\nlayers: [{{Rescaling: 0.5}}]\n"
    assert analyse(read_spec(spec.encode())).inputs[0].time_axis == axis


NOTHING = "it takes one number at a time, or copies of it: the output does not depend on the input"


@pytest.mark.parametrize(
    ("before", "layer", "erased"),
    [
        ("", "LayerNormalization: {axis: 1}", False),
        ("  - RepeatVector: 6\n", "LayerNormalization: {axis: 1}", True),
        ("  - RepeatVector: 6\n", "LayerNormalization: {axis: [1, 2]}", False),
        ("  - RepeatVector: 6\n", "LayerNormalization: {axis: 2}", False),
        ("  - RepeatVector: 6\n", "LayerNormalization: {axis: 1, rms_scaling: true}", False),
        ("  - RepeatVector: 6\n", "GroupNormalization: {groups: -1}", True),
        ("  - RepeatVector: 6\n", "GroupNormalization: {groups: 2}", False),
        ("  - RepeatVector: 6\n", "Softmax: {axis: 1}", True),
        (
            "  - RepeatVector: 6\n  - GRU: {units: 4, return_sequences: true}\n",
            "Softmax: {axis: 1}",
            False,
        ),
        ("  - Dense: 1\n", "LayerNormalization: {}", True),
    ],
)
def test_of_copies_less_their_mean_nothing_is_left(before: str, layer: str, erased: bool) -> None:
    """Their softmax is 1÷6, whatever they are; the mean square of copies is not taken from them."""
    first = "  - LSTM: 4\n" if before else ""
    row = analyse(read_spec(f"input: [5, 4]\nlayers:\n{first}{before}  - {layer}\n".encode())).rows[
        -1
    ]
    assert (NOTHING in time_note(row)) is erased
    assert bool(row.time and row.time.depends) is not erased
