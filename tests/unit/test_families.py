"""One check speaks for specs with other sizes only where checking them would find the same."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from seqinspect.lint.families import Families
from seqinspect.lint.run import Plan, check

if TYPE_CHECKING:
    from seqinspect.lint.outcome import Outcome

PLAN = Plan(static=True, formulas=True)
CASES = Path(__file__).parents[1] / "checks"
SIZES = (1, 2, 3, 4, 5, 7, 8, 10, 12, 16, 31, 64, 100, 1000)

CHAIN = """\
dims: {T: %d, n: %d, u: 2*n}
input: [T, n]
layers:
  - LSTM: {units: u, return_sequences: true}
  - Conv1D: {filters: n, kernel_size: 3, strides: 2, activation: relu}
  - Dense: {units: n, activation: relu}
  - Dense: n
"""
RESHAPED = """\
name: model
dims: {T: %d, n: %d}
input: [T, n]
layers:
  - LSTM: {units: 12, return_sequences: true}
  - Cropping1D: [2, 1]
  - Reshape: [n, -1]
  - Flatten
  - Dense: {units: T - 3}
"""
HEADS = """\
dims: {T: %d, n: %d}
input: [T, n]
layers:
  - MultiHeadAttention: {num_heads: 2, key_dim: n}
    from: [input, input]
    call: {use_causal_mask: true}
  - GroupNormalization: {groups: 4}
  - MaxPooling1D: T//2
  - GRU: n
  - Dense: {units: T//n, activation: softmax}
"""


def specs_of_cases() -> list[str]:
    """Return the specs of all cases of findings that name sizes."""
    texts = []
    for file in [*sorted((CASES / "cases").glob("*.yaml")), CASES / "right.yaml"]:
        cases = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
        texts += [case.get("spec") for case in cases if isinstance(case, dict)]
    return [text for text in texts if isinstance(text, str) and "dims:" in text]


def with_other_sizes(text: str, numbers: random.Random) -> str:
    head, dims, rest = re.split(r"(dims:[^\n]*\n(?:[ ]+[^\n]*\n)*)", text, maxsplit=1)
    return head + re.sub(r": \d+\b", lambda _: f": {numbers.choice(SIZES)}", dims) + rest


def outcomes(folder: Path, texts: list[str]) -> tuple[list[Outcome], list[Outcome], int]:
    """Check specs as a family, and each by itself; tell how many the first check spoke for."""
    files = []
    for number, text in enumerate(texts):
        files.append(str(folder / f"spec_{number}.yaml"))
        Path(files[-1]).write_text(text, "utf-8")
    families = Families(PLAN)
    together = [families.check(file) for file in files]
    regions = sum(family.count for family in families.families.values())
    return together, [check(file, PLAN) for file in files], regions


@pytest.mark.long
@pytest.mark.parametrize("spec", [CHAIN, RESHAPED, HEADS], ids=["chain", "reshaped", "heads"])
def test_what_is_taken_over_is_what_a_check_finds(spec: str, tmp_path: Path) -> None:
    texts = [spec % (steps, size) for steps in range(1, 14) for size in range(1, 14)]
    together, alone, _ = outcomes(tmp_path, texts)
    assert together == alone
    assert {outcome.usable for outcome in alone} == {True, False}


@pytest.mark.long
def test_specs_of_all_findings_with_other_sizes(tmp_path: Path) -> None:
    numbers = random.Random(19)
    texts = specs_of_cases()
    assert len(texts) > 100
    for at, text in enumerate(numbers.sample(texts, 40)):
        folder = tmp_path / str(at)
        folder.mkdir()
        together, alone, _ = outcomes(folder, [with_other_sizes(text, numbers) for _ in range(6)])
        assert together == alone, text


def test_one_check_speaks_for_all_widths(tmp_path: Path) -> None:
    together, alone, regions = outcomes(tmp_path, [CHAIN % (20, 2 + size) for size in range(40)])
    assert together == alone
    assert regions == 1
    # LSTM 4×2n×(n+2n+1), Conv1D n×(3×2n+1), twice Dense n×(n+1), at n = 41
    assert together[39].params == 4 * 82 * 124 + 41 * 247 + 2 * 41 * 42


@pytest.mark.parametrize("other", ["&size 4", "'4'", "04", "0", "4:30", "4.0", "1_000", "null"])
def test_what_is_no_other_number_is_checked_by_itself(other: str, tmp_path: Path) -> None:
    spec = "dims: {T: 8, n: %s}\ninput: [T, n]\nlayers: [{Dense: n}, {Dense: 5}]\n"
    texts = [spec % number for number in ("3", "3", other, other, "4")]
    together, alone, _ = outcomes(tmp_path, texts)
    assert together == alone


def test_a_number_that_stands_elsewhere_by_an_alias_is_not_taken_over(tmp_path: Path) -> None:
    spec = "dims: {T: 8, n: &n %d}\ninput: [T, n]\nlayers: [{Dense: *n}, {Dense: 5}]\n"
    together, alone, _ = outcomes(tmp_path, [spec % size for size in range(3, 9)])
    assert together == alone
    assert [each.params for each in alone] == [n * (n + 1) + 5 * (n + 1) for n in range(3, 9)]


def test_what_is_asked_of_a_size_is_asked_of_every_other(tmp_path: Path) -> None:
    """A layer has at least one unit."""
    spec = "dims: {n: %d}\ninput: [n]\nlayers: [{Dense: {units: n - 5, activation: relu}}]\n"
    together, alone, regions = outcomes(tmp_path, [spec % size for size in (9, 8, 7, 6, 5, 4)])
    assert together == alone
    assert [each.usable for each in alone] == [True] * 4 + [False] * 2
    assert regions == 1


def test_a_number_that_is_no_size_is_compared(tmp_path: Path) -> None:
    spec = "dims: {T: 8, n: %d}\ninput: [T, n]\nlayers: [{Conv1D: {filters: n, kernel_size: %d}}]\n"
    together, alone, _ = outcomes(tmp_path, [spec % (n, k) for k in (3, 9) for n in (4, 5, 6)])
    assert together == alone
    assert [each.usable for each in alone] == [True] * 3 + [False] * 3
