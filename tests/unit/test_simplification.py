"""Simplification: what is left out of a formula changes none of its values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqinspect.algebra.expression import Expr, const, maximum, minimum, symbol
from seqinspect.algebra.simplification import are_equal_from_0, without_undecisive

T = symbol("t")

FORMULAS = st.recursive(
    st.builds(lambda slope, at: slope * T + at, st.integers(-2, 2), st.integers(-6, 6)),
    lambda inner: st.one_of(
        st.builds(maximum, inner, inner),
        st.builds(minimum, inner, inner),
        st.builds(lambda one, other: one + other, inner, inner),
        st.builds(lambda one, divisor: one // divisor, inner, st.integers(2, 3)),
    ),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("formula", "shortest"),
    [
        # At t = 2 the floor is 1, where t−2 keeps the whole at 0.
        (minimum(maximum(0, T - 4, T - 3 * (T // 3) - 1), maximum(0, T - 2)), "max(0, t−4)"),
        (maximum(0, T - minimum(4, maximum(3, T))), "max(0, t−4)"),
        (maximum(0, minimum(T - 4, 9)), "max(0, min(9, t−4))"),
    ],
)
def test_what_the_whole_never_shows_is_left_out(formula: Expr, shortest: str) -> None:
    assert without_undecisive(formula, "t").text() == shortest


@settings(max_examples=60, deadline=None)
@given(FORMULAS, FORMULAS)
def test_no_value_changes_and_equal_is_equal(one: Expr, other: Expr) -> None:
    numbers = [*range(40), 999, 10**6 + 7, 10**9]
    shorter = without_undecisive(one, "t")
    assert [shorter.evaluate({"t": t}) for t in numbers] == [
        one.evaluate({"t": t}) for t in numbers
    ]
    if are_equal_from_0(one, other, "t"):
        assert all(one.evaluate({"t": t}) == other.evaluate({"t": t}) for t in numbers)


def test_formulas_that_part_far_away_are_not_called_equal() -> None:
    assert not are_equal_from_0(minimum(T, const(10**7)), T, "t")
    assert not are_equal_from_0(100 * maximum(0, T // 100 - 10**5), const(0), "t")
