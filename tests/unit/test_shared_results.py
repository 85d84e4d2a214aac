"""Results that graphs share are found once, and ask what they asked each time."""

from __future__ import annotations

import pytest

from seqinspect.algebra.expression import OBSERVERS, Expr, observing, symbol
from seqinspect.algebra.questions import Question, Recorder
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


def test_who_knows_all_sizes_is_asked_no_more() -> None:
    """Once both numbers were asked for, no other question tells anything: it goes, others stay."""
    other, heard = symbol("T", 7), list[object]()
    with observing(lambda *question: heard.append(question)):
        with observing(recorder := Recorder(["n", "T"])):
            assert [(N + other).is_below(9), N.value, other.value] == [False, 3, 7]
            assert len(OBSERVERS) == 1
        assert N.value == 3
    assert recorder.path == {
        Question(N + other - 9, "is negative"): False,
        Question(N, "number"): 3,
        Question(other, "number"): 7,
    }
    assert heard == [(N, "number", 3)]
    assert not OBSERVERS


def test_a_shared_result_may_tell_the_last_thing_to_know() -> None:
    shared = SharedResults()
    shared.get("both", lambda: (N.value, N.is_below(5)))
    with observing(recorder := Recorder(["n"])):
        shared.get("both", lambda: None)
    assert recorder.path == {Question(N, "number"): 3}
