"""Notes on time: the legend names `t` where a note speaks of it, and a mask is told once."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from seqinspect.analysis.walk import analyse
from seqinspect.errors import SpecError
from seqinspect.model.remarks import Peculiarity
from seqinspect.output.document import plain
from seqinspect.output.report.entries import entries
from seqinspect.output.report.remark_words import WORDS
from seqinspect.output.report.time_notes import mentions_step, time_note
from seqinspect.readers.spec import read_spec

CASES = Path(__file__).parents[1] / "rules" / "cases"
STEP = re.compile(r"\bt\b")


def test_the_output_step_is_known_to_be_spoken_of() -> None:
    """Of every case of every rule: whether its note says `t` follows from what it is made of."""
    seen = set()
    for file in CASES.glob("*.yaml"):
        for case in yaml.safe_load(file.read_text("utf-8")):
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
        "lays the only step side by side as features: weights after it are per step",
    ]
    given, *_ = entries(report, ("name", "time"))
    assert plain(given.note) == "1 step, on axis 1"
