"""Why Keras did not confirm something: every reason has its words, whole sentences by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seqinspect.model.unconfirmed import (
    BeyondKeras,
    InnerUnbuilt,
    InputWithoutShape,
    KerasAbsent,
    NoKeras3Class,
    NoNumbersFit,
    NotCompared,
    NotProved,
    Refused,
    RefusedNow,
    SourceUnbuilt,
    TooLargeToTry,
    TooManyCalls,
    Unbuilt,
    Untried,
)
from seqinspect.output.unconfirmed_words import (
    UNBUILT,
    UNTRIED,
    unbuilt_text,
    unconfirmed_text,
    untried_text,
)

if TYPE_CHECKING:
    from seqinspect.model.unconfirmed import UnbuiltReason, Unconfirmed, UntriedReason


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (KerasAbsent("No module named 'keras'"), "No module named 'keras'"),
        (
            NoNumbersFit(("a", "b", "c", "d", "e")),
            "no numbers were found for a, b, c, d that Keras accepts",
        ),
        (
            InputWithoutShape("x"),
            "nothing says the shape of `x`; say it without the batch: --input 10,8"
            " (input_shape=(10, 8) in Python)",
        ),
        (NotCompared("lstm", BeyondKeras("int too large")), "lstm is not compared: int too large"),
        (
            NotProved("lstm", 0, Untried.NO_ROW),
            "the time steps of lstm are not proved: it was not tried out",
        ),
        (
            NotProved("lstm", 1200, TooManyCalls(400)),
            "the time steps of lstm and 1,200 more are not proved: it has more than 400 calls",
        ),
    ],
)
def test_why_keras_was_not_asked_for_everything(reason: Unconfirmed, text: str) -> None:
    assert unconfirmed_text([reason]) == text


def test_two_reasons_stand_one_after_the_other() -> None:
    reasons = (NotCompared("a", Unbuilt.SAID_BY_KERAS), NotProved("b", 0, Refused("no")))
    assert unconfirmed_text(reasons) == (
        "a is not compared: its numbers are Keras's own; the time steps of b are not proved: no"
    )


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (NoKeras3Class("ThresholdedReLU"), "Keras 3 has no ThresholdedReLU among its layers"),
        (RefusedNow("Dense `a` has no units"), "Keras refuses it now: Dense `a` has no units"),
        (
            InnerUnbuilt("Pool", Unbuilt.NOT_RUN),
            "Pool within it: no rule states it, and nothing of it is run",
        ),
        (SourceUnbuilt("big", BeyondKeras("int too large")), "it reads `big`: int too large"),
    ],
)
def test_why_a_layer_is_not_built(reason: UnbuiltReason, text: str) -> None:
    assert unbuilt_text(reason) == text


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            TooLargeToTry("146 steps", "at most 128 steps in all inputs"),
            "it is too large for an experiment: 146 steps, at most 128 steps in all inputs",
        ),
        (KerasAbsent("it is broken"), "Keras cannot be asked: it is broken"),
    ],
)
def test_why_nothing_was_tried(reason: UntriedReason, text: str) -> None:
    assert untried_text(reason) == text


def test_what_needs_no_name_has_its_words() -> None:
    assert (set(UNBUILT), set(UNTRIED)) == (set(Unbuilt), set(Untried))
