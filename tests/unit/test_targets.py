"""How a loss meets its target, by hand; `keras/test_data.py` asks Keras."""

from __future__ import annotations

import pytest

from seqinspect.rules.losses import LOSSES, Loss
from seqinspect.rules.targets import compare, to_same_rank, weigh


@pytest.mark.parametrize(
    ("first", "second", "made"),
    [
        ((8, 6, 1), (8, 6), ((8, 6), (8, 6))),
        ((8,), (8, 1), ((8, 1), (8, 1))),
        ((8, 1), (8,), ((8, 1), (8, 1))),
        ((8, 6), (8, 6, 1), ((8, 6), (8, 6))),
        ((8,), (8, 6, 1), ((8,), (8, 6, 1))),
        ((8, 6), (8, 6, 3), ((8, 6), (8, 6, 3))),
    ],
)
def test_one_axis_of_size_1_is_dropped_or_added(
    first: tuple[int, ...], second: tuple[int, ...], made: object
) -> None:
    assert to_same_rank(first, second) == made


@pytest.mark.parametrize(
    ("loss", "target", "output", "verdict", "losses"),
    [
        ("mean_squared_error", (8, 6, 1), (8, 6, 1), "fits", (8, 6)),
        ("mean_squared_error", (8, 6), (8, 6, 1), "fits", (8,)),
        ("mean_squared_error", (8, 1), (8, 6, 1), "broadcast", (8,)),
        ("mean_squared_error", (8,), (8, 6, 1), "broadcast", (8, 6)),
        ("mean_squared_error", (8, 7, 1), (8, 6, 1), "refused", ()),
        ("mean_squared_error", (6, 6, 3), (6, 3), "broadcast", (6, 6)),
        ("mean_squared_error", (8, 6, 3), (8, 3), "refused", ()),
        ("mean_squared_error", (1, 1, 1), (1, 1), "fits", (1,)),
        ("binary_crossentropy", (8, 1), (8, 6, 1), "refused", (8,)),
        ("categorical_crossentropy", (8, 4), (8, 4), "fits", (8,)),
        ("categorical_focal_crossentropy", (8, 1), (8, 4), "broadcast", (8,)),
        ("sparse_categorical_crossentropy", (8,), (8, 4), "fits", (8,)),
        ("sparse_categorical_crossentropy", (8, 1), (8, 4), "fits", (8,)),
        ("sparse_categorical_crossentropy", (8, 4), (8, 4), "refused", (8,)),
        ("sparse_categorical_crossentropy", (8, 6, 1), (8, 6, 4), "fits", (8, 6)),
        ("dice", (8, 1), (8, 6, 1), "broadcast", ()),
        ("ctc", (8, 4), (8, 6, 5), "fits", (8,)),
        ("ctc", (8, 6, 5), (8, 6, 5), "refused", ()),
        ("ctc", (8, 4), (8, 5), "refused", ()),
    ],
)
def test_a_loss_meets_its_target(
    loss: str, target: tuple[int, ...], output: tuple[int, ...], verdict: str, losses: object
) -> None:
    met = compare(Loss(loss), target, output)
    assert met is not None
    assert met.verdict == verdict
    assert verdict == "refused" or met.result == losses


def test_of_a_loss_in_its_own_way_nothing_is_known() -> None:
    assert compare(Loss("circle"), (8,), (8, 4)) is None
    assert compare(Loss("categorical_crossentropy", axis=1), (8, 4), (8, 5)) is None
    assert {name for name, kind in LOSSES.items() if not kind.meets} == {"circle"}


@pytest.mark.parametrize(
    ("weights", "losses", "verdict"),
    [
        ((8,), (8,), "fits"),
        ((8, 1), (8,), "fits"),
        ((8, 1), (8, 6), "fits"),
        ((8, 6), (8, 6), "fits"),
        ((8, 6, 1), (8, 6), "fits"),
        ((8,), (8, 6), "refused"),
        ((6,), (6, 6), "broadcast"),
        ((8, 6), (8,), "refused"),
        ((6, 6), (6,), "broadcast"),
        ((8, 6), (8, 1), "broadcast"),
        ((1, 8, 1), (8, 1), "broadcast"),
    ],
)
def test_each_loss_has_the_weight_of_its_own_sample(
    weights: tuple[int, ...], losses: tuple[int, ...], verdict: str
) -> None:
    assert weigh(weights, losses, batch=losses[0]).verdict == verdict
