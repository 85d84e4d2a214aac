"""Expectations: what is decided for all sizes, what by numbers, and what cannot be read."""

from __future__ import annotations

import pytest

from seqinspect.algebra.expression import symbol
from seqinspect.lint.comparison import read_demand
from seqinspect.lint.run import Plan, check_data
from seqinspect.output.findings import sentences

N, T = symbol("n", 8), symbol("T", 10)
S = symbol("S")
SIZES = {"n": N, "T": T, "S": S}


@pytest.mark.parametrize(
    ("demand", "actual", "holds", "decided"),
    [
        ("n*(9*n+5)", 9 * N * N + 5 * N, True, "for all sizes"),
        ("n*n", 8 * N, False, "for all sizes"),  # 64 = 64 for n = 8 only
        ("64", N * N, True, "by numbers"),
        ("65", N * N, False, "by numbers"),
        ("<= n*n + 1", N * N, True, "for all sizes"),
        ("<= 64", N * N, True, "by numbers"),
        ("<= 1_000", N * N, True, "by numbers"),
        ("< 64", N * N, False, "by numbers"),
        (">= n", N * N, True, "for all sizes"),  # n is at least 1
        ("> 63", N * N, True, "by numbers"),
        ("> n*n", N * N, False, "by numbers"),
        ("< n*n", N * N, False, "by numbers"),
        ("> n*n - 1", N * N, True, "for all sizes"),
        ("!= 64", N * N, False, "by numbers"),
        ("≤ 64", N * N, True, "by numbers"),
        ("= n*n", N * N, True, "for all sizes"),
        ("S*n", S * N, True, "for all sizes"),  # S is not known
        ("S*T", S * N, False, "for all sizes"),
        ("80", S * N, None, ""),
        ("T//3 + (T+1)//3 + (T+2)//3", T, True, "for all sizes"),
    ],
)
def test_a_demand_says_how_it_was_decided(
    demand: str, actual: object, holds: bool | None, decided: str
) -> None:
    compared = read_demand(demand, SIZES).compare(actual)  # type: ignore[arg-type]
    assert (compared.holds, compared.decided) == (holds, decided)


def test_memory_has_units() -> None:
    assert read_demand("<= 4 KiB", {}, memory=True).compare(symbol("x", 4096)).holds is True
    assert read_demand("< 4 kB", {}, memory=True).compare(symbol("x", 4000)).holds is False


SPEC = "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n  - LSTM: {units: n, name: a}\nexpect: "


@pytest.mark.parametrize(
    ("expect", "at", "message"),
    [
        ("3", "5:9", "`expect` must be names with values"),
        ("{parms: 3}", "5:10", "did you mean `params`?"),
        ("{params: n*m}", "5:18", "`params`: "),
        ("{params: 4 KiB}", "5:18", "a count has no unit of memory"),
        ("{params: [1]}", "5:18", "`params` must be one value"),
        ("{causal: maybe}", "5:18", "`causal` must be true or false"),
        ("{output: 3}", "5:18", "`output` must be a shape"),
        ("{output: [batch, q]}", "5:26", "`output`: "),
        ("{layers: {a: {reads: some}}}", "5:30", "this is no way of reading steps"),
        ("{layers: [a]}", "5:18", "`layers` must be names of layers"),
        ("{loss: categorical_crosentropy}", "5:16", "did you mean `categorical_crossentropy`?"),
    ],
)
def test_what_cannot_be_read_has_its_place(expect: str, at: str, message: str) -> None:
    outcome = check_data("m.yaml", f"{SPEC}{expect}\n".encode(), Plan())
    assert not outcome.usable
    (finding,) = outcome.findings
    assert str(finding.place) == f"m.yaml:{at}"
    assert message in f"{sentences.message(finding)}; {sentences.remedy(finding)}"


def test_a_failed_expectation_has_the_actual_value_beside_the_expected() -> None:
    outcome = check_data("m.yaml", f"{SPEC}{{params: 77*n}}\n".encode(), Plan())
    (finding,) = outcome.findings
    # LSTM: 4·n·(n+n+1) = 4·8·17 = 544
    assert sentences.message(finding) == (
        "`params` is 4×n×(2×n+1) = 544; expected 77*n, compared for all sizes"
    )


def test_what_holds_for_these_sizes_only_is_said() -> None:
    outcome = check_data("m.yaml", f"{SPEC}{{params: 68*n}}\n".encode(), Plan())
    assert "(only for these sizes both are 544)" in sentences.message(outcome.findings[0])
