"""Results that graphs share are found once, and ask what they asked each time."""

from __future__ import annotations

import pytest

from seqinspect.algebra.expression import Expr, observing, symbol
from seqinspect.algebra.shared_results import SharedResults
from seqinspect.errors import SpecError, refuse

N = symbol("n", 3)


def asked_by(shared: SharedResults, key: str, found: list[str]) -> list[tuple[Expr, str, object]]:
    """What an observer hears of a result that asks whether n is below 5, and of its number."""

    def find() -> int | None:
        found.append(key)
        N.is_below(5)
        if key == "refused":
            refuse("no")
        return N.value

    heard: list[tuple[Expr, str, object]] = []
    with observing(lambda *question: heard.append(question)):
        if key == "refused":
            with pytest.raises(SpecError):
                shared.get(key, find)
        else:
            assert shared.get(key, find) == 3
    return heard


def test_a_result_is_found_once_and_asks_each_time() -> None:
    shared, found = SharedResults(), list[str]()
    questions = [(N - 5, "is negative", True), (N, "number", 3)]
    assert asked_by(shared, "a", found) == questions
    assert asked_by(shared, "a", found) == questions
    assert found == ["a"]


def test_what_is_refused_asks_as_well() -> None:
    shared, found = SharedResults(), list[str]()
    for _ in range(2):
        assert asked_by(shared, "refused", found) == [(N - 5, "is negative", True)]
    assert found == ["refused", "refused"]


def test_what_nobody_observed_is_known_to_who_observes_later() -> None:
    shared = SharedResults()
    assert shared.get("b", lambda: N.value) == 3
    heard: list[object] = []
    with observing(lambda *question: heard.append(question)):
        shared.get("b", lambda: None)
    assert heard == [(N, "number", 3)]
