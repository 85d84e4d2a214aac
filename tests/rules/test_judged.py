"""A seeded sample of the judges' long run, for every rule (see tests/rules/judge/__init__.py)."""

from __future__ import annotations

import pytest

from seqinspect.keras_model.build import runtime
from seqinspect.rules import MODULES, RULES
from tests.rules.judge import compare, operations, reaches
from tests.rules.judge.draw import draft
from tests.rules.judge.exceptions import wrong_exceptions
from tests.rules.judge.hints import load_hints

pytestmark = pytest.mark.keras

SEED = 20
CONFIGURATIONS = 30
EXPERIMENTS = 6
COUNTS = 8


@pytest.mark.parametrize("layer", sorted(RULES))
def test_a_rule_states_what_keras_builds(layer: str) -> None:
    load_hints()
    wrong = []
    with runtime.weightless():
        for index in range(CONFIGURATIONS):
            one = draft(layer, SEED, index)
            # A trace of the real call is slow; it matters most where something is wrong.
            verdict = compare.judge(one, trace=bool(one.spoiled) or index % 5 == 0)
            if verdict.word == "disagree":
                wrong.append(f"--seed {SEED} --only {index}: {one}: {verdict.differences}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("layer", sorted(RULES))
def test_a_rule_reads_the_steps_that_move_its_output(layer: str) -> None:
    load_hints()
    wrong = []
    with runtime.isolated():
        for index in range(EXPERIMENTS):
            one = draft(layer, SEED, index, real=True)
            verdict = reaches.judge(one, index)
            if verdict.word == "disagree":
                wrong.append(f"--time --seed {SEED} --only {index}: {one}: {verdict.differences}")
    assert not wrong, "\n".join(wrong)


def test_the_exceptions_of_backends_are_shown_by_keras_alone() -> None:
    assert wrong_exceptions() == []


# Augmentations pass images on unless they train: what they compute then is no part of the model.
AUGMENTATIONS = {n for n, module in MODULES.items() if module == "augmentation"}


@pytest.mark.parametrize("layer", sorted(RULES.keys() - AUGMENTATIONS))
def test_a_rule_counts_the_multiply_adds_that_are_executed(layer: str) -> None:
    load_hints()
    wrong = []
    with runtime.isolated():
        for index in range(COUNTS):
            one = draft(layer, SEED, index, real=True)
            verdict = operations.judge(one, index)
            if verdict.word == "disagree":
                again = f"--operations --seed {SEED} --only {index}"
                wrong.append(f"{again}: {one}: {verdict.differences}")
    assert not wrong, "\n".join(wrong)
