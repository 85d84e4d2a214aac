"""The largest and smallest size within budgets: counts by hand, and every size tried."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import seqinspect
from seqinspect.algebra.expression import const, maximum, minimum, symbol
from seqinspect.algebra.intervals import interval_of
from seqinspect.analysis.walk import analyse_costs
from seqinspect.errors import SpecError
from seqinspect.readers.spec import read_spec
from seqinspect.space.amounts import Budget, amount, budget
from seqinspect.space.largest import Wish, find_size
from seqinspect.space.ranges import solutions
from seqinspect.space.writing import with_sizes
from tests.space import size_judge
from tests.space.drawn import named_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seqinspect.algebra.expression import Expr
    from seqinspect.model.graph import Graph
    from seqinspect.model.report import Report

LSTM = {"dims": {"T": 10, "n": 8}, "input": ["T", "n"], "layers": [{"LSTM": "n"}]}
N = symbol("n")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1M", 10**6), ("1.5k", 1500), ("1e6", 10**6), ("50_000", 50_000), ("1,000", 1000),
     ("2B", 2 * 10**9), ("64Ki", 65_536), ("7", 7)],
)  # fmt: skip
def test_an_amount_may_have_a_unit(text: str, number: int) -> None:
    assert amount(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("64KiB", 65_536), ("2GiB", 2 * 2**30), ("1kB", 1000), ("12B", 12)]
)
def test_an_amount_of_bytes_has_units_of_its_own(text: str, number: int) -> None:
    assert amount(text, in_bytes=True) == number


@pytest.mark.parametrize("text", ["", "M", "1X", "1.5", "-3", "١", "1KiB", "9" * 60, "0x10"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        amount(text)


def test_a_budget_without_a_relation_is_an_upper_bound() -> None:
    assert budget("params", "1k") == Budget("params", "<=", 1000)
    assert budget("bytes", "> 1KiB") == Budget("bytes", ">", 1024)
    assert budget("bytes", "≥ 1") == Budget("bytes", ">=", 1)


def _drawn_formula(random: Random) -> Expr:
    formula = const(0)
    for _ in range(random.randint(1, 4)):
        term = const(random.randint(-5, 9))
        for _ in range(random.randint(0, 3)):
            k = random.randint(2, 30)
            factors = (N, N // (k % 4 + 2), maximum(N, k), minimum(N, k), N + (k % 7 - 3))
            term = term * random.choice(factors)
        formula = formula + term
    return formula


@pytest.mark.parametrize("seed", range(200))
def test_ranges_are_those_of_trying_every_number(seed: int) -> None:
    random = Random(seed)
    formula = _drawn_formula(random)
    limit = budget("params", f"{random.choice(['<=', '<', '>=', '>'])} {random.randint(0, 20_000)}")
    found = solutions(formula, "n", limit, (1, 300))
    kept = {size for first, last in found.ranges for size in range(first, last + 1)}
    assert kept == {n for n in range(1, 301) if limit.allows(formula.evaluate({"n": n}))}
    assert found.undecided == ()
    if found.monotone:
        values = [formula.evaluate({"n": n}) for n in range(1, 302)]
        assert values in (sorted(values), sorted(values, reverse=True))


@pytest.mark.parametrize("seed", range(50))
def test_an_interval_holds_every_value(seed: int) -> None:
    random = Random(seed)
    formula, first = _drawn_formula(random), random.randint(1, 40)
    low, high = interval_of(formula, {"n": (first, first + 20)}) or (0, 0)
    values = [formula.evaluate({"n": n}) for n in range(first, first + 21)]
    assert low <= min(values)
    assert max(values) <= high


def test_a_divisor_that_may_be_0_has_no_interval() -> None:
    assert interval_of(const(8) // (N - 4), {"n": (1, 9)}) is None


def test_the_largest_size_and_the_next() -> None:
    # 4 gates, each n×(n+n) weights and n biases: 8n² + 4n
    found = seqinspect.size(LSTM, "n", params="<= 1M")
    assert (found.best.size, found.best.numbers) == (353, {"params": 8 * 353**2 + 4 * 353})
    assert found.next == found.next_built
    assert found.next is not None
    assert found.next.numbers == {"params": 8 * 354**2 + 4 * 354}
    assert (found.monotone, found.closed, len(found.binding)) == (True, True, 1)


def test_the_smallest_size() -> None:
    found = seqinspect.size(LSTM, "n", params="> 1M", smallest=True)
    assert found.best.size == 354
    assert seqinspect.size(LSTM, "T", bytes=10**6, smallest=True).next is None


def test_the_budget_that_binds_is_named() -> None:
    # bytes of float32: 4×(8n² + 4n); 65,520 for n = 45 and 68,448 for n = 46
    found = seqinspect.size(LSTM, "n", params="1M", bytes="64KiB")
    assert (found.best.size, found.best.numbers["bytes"]) == (45, 65_520)
    assert [each.quantity for each in found.binding] == ["bytes"]


def test_a_size_may_follow_from_the_one_that_is_looked_for() -> None:
    spec = {"dims": {"u": 4, "n": 8}, "input": [10, "n"], "layers": [{"Dense": "u"}]}
    # u = 2n: (n + 1)×2n = 2n² + 2n
    found = seqinspect.size(spec, "n", tied={"u": "2*n"}, params=1_000)
    assert found.best.sizes == {"n": 21, "u": 42}
    assert found.best.numbers == {"params": 2 * 21**2 + 2 * 21}


def test_memory_is_weights_and_the_most_activations_at_once() -> None:
    spec = {"dims": {"T": 10}, "input": ["T", 4], "layers": [{"Dense": 8}, {"Dense": 2}]}
    # weights 4×(5×8 + 9×2) = 232; kept at once: T×4 + T×8 floats, then T×8 + T×2
    found = seqinspect.size(spec, "T", memory=1_000, batch=1)
    assert (found.best.size, found.best.numbers) == (16, {"memory": 232 + 48 * 16})


def test_what_streams_keep_is_a_budget_of_its_own() -> None:
    # h and c, 4 bytes each number: 8n a stream; 4 streams keep 32n
    found = seqinspect.size(LSTM, "n", stream_bytes="1KiB", streams=4)
    assert (found.best.size, found.best.numbers) == (32, {"stream_bytes": 1024})
    assert found.formulas["stream_bytes"].text() == "32×n"
    spec = {
        "dims": {"T": 10},
        "input": {"shape": ["T"], "dtype": "int32"},
        "layers": [
            {"Embedding": {"input_dim": 9, "output_dim": 8}, "name": "e"},
            {"GroupQueryAttention": {"head_dim": 3, "num_query_heads": 4,
                                     "num_key_value_heads": 2},
             "from": ["e", "e"], "call": {"use_causal_mask": True}},
        ],
    }  # fmt: skip
    # keys and values of 2 heads of 3 numbers each: 48 bytes a step
    cached = seqinspect.size(spec, "T", stream_bytes="<= 1000")
    assert (cached.best.size, cached.best.numbers) == (20, {"stream_bytes": 960})


def test_a_model_that_cannot_be_fed_keeps_no_budget_of_streams() -> None:
    spec = {"dims": {"n": 8}, "input": [10, 4], "layers": [{"Bidirectional": {"LSTM": "n"}}]}
    with pytest.raises(SpecError, match="cannot be fed step by step"):
        seqinspect.size(spec, "n", stream_bytes="1KiB")


def test_a_size_may_be_how_often_a_block_is_repeated() -> None:
    spec = {
        "dims": {"L": 2, "n": 8},
        "input": [10, 4],
        "layers": [
            {"Dense": "n"},
            {"repeat": "L", "layers": [{"LSTM": {"units": "n", "return_sequences": True}}]},
        ],
    }
    # 5n = 40 of the Dense, and 8n² + 4n = 544 a block
    found = seqinspect.size(spec, "L", params=40 + 544 * 7 + 543)
    assert (found.best.size, found.best.numbers) == (7, {"params": 40 + 544 * 7})
    assert found.formulas["params"].evaluate({"L": 100}) == 40 + 544 * 100
    assert (found.closed, found.monotone) == (True, False)  # nothing proves it for all
    kept = seqinspect.size(spec, "L", stream_bytes="640", tied={"n": "8*L"})
    assert kept.best.sizes == {"L": 3, "n": 24}  # 8n bytes a block: 64L²
    smallest = seqinspect.size(spec, "L", params=">= 1000", smallest=True)
    assert smallest.best.size == 2


def test_where_models_end_is_the_limit() -> None:
    spec = {
        "dims": {"k": 3},
        "input": [10, 2],
        "layers": [{"Conv1D": {"filters": 2, "kernel_size": "k"}}],
    }
    found = seqinspect.size(spec, "k", params="1M")
    assert (found.best.size, found.next_built, found.binding) == (10, None, ())
    assert found.next is not None
    assert found.next.refusal is not None


def test_sizes_that_are_refused_alike_are_not_analysed_one_by_one() -> None:
    """A kernel of more than 10 steps does not fit: from 10^18 on, that is analysed a few times."""
    text = b"dims: {T: 10, k: 3}\ninput: [T, 2]\nlayers: [Conv1D: {filters: 4, kernel_size: k}]\n"
    sizes: list[int] = []

    def analysed(settings: Mapping[str, int]) -> tuple[Graph, Report]:
        sizes.extend(settings.values())
        graph = read_spec(text, overrides=settings)
        return graph, analyse_costs(graph)

    found = find_size(analysed, Wish("k", (Budget("params", "<=", 10**9),)))
    assert found.best.size == 10
    assert found.next is not None
    assert found.next.refusal is not None
    assert "11" in found.next.refusal.what
    assert len(sizes) < 30


def test_sizes_at_which_there_is_no_model_are_passed_over() -> None:
    spec = {
        "dims": {"h": 4, "g": 2},
        "input": [10, 8],
        "layers": [
            {"GroupQueryAttention": {"head_dim": 4, "num_query_heads": "h",
                                     "num_key_value_heads": "g"}, "from": ["input", "input"]},
        ],
    }  # fmt: skip
    # per query head 8×4 + 4 and 4×8 weights; 2 key and value heads; 8 biases: 68h + 152
    found = seqinspect.size(spec, "h", params=68 * 11 + 152)
    assert found.best.size == 10
    assert found.next is not None
    assert found.next.refusal is not None
    assert found.next_built is not None
    assert found.next_built.size == 12


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "q", "params": 5}, "has no size `q`"),
        ({"name": "n", "params": 5}, "no `n` keeps the budgets"),
        ({"name": "T", "params": "1M"}, "nothing limits `T`"),
        ({"name": "n", "weights": 5}, "this is no budget"),
        ({"name": "n"}, "this is no budget"),
        ({"name": "n", "params": "many"}, "this is no amount"),
        ({"name": "n", "params": 5, "tied": {"T": "q*n"}}, "`q` is not a known size"),
        ({"name": "n", "params": 5, "tied": {"n": "2*n"}}, "`n` is what is looked for"),
    ],
)
def test_what_cannot_be_found_is_said(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        seqinspect.size(LSTM, **arguments)


def test_a_size_that_was_met_is_not_said_not_to_be() -> None:
    """Steps of a window wider than the input are counted, and give no formula in its width."""
    pool = {"AveragePooling1D": {"pool_size": "k", "strides": "s", "padding": "same"}}
    spec = {"dims": {"T": 13, "k": 2, "s": 3}, "input": ["T", 6], "layers": [pool]}
    with pytest.raises(SpecError, match="none is ruled out"):
        seqinspect.size(spec, "k", smallest=True, stream_bytes="> 297")


def _read(file: str) -> Callable[[bytes], Report]:
    return lambda text: seqinspect.analyse(seqinspect.read_spec(text, name=file))


def test_a_spec_keeps_all_but_its_sizes() -> None:
    text = b"# sizes\r\ndims: {T: 10, n: 8,  u: 2*n}  # n\r\ninput: [T, n]\r\nlayers: [LSTM: u]\r\n"
    sizes = {"n": 16, "u": 32}
    assert with_sizes(text, "a.yaml", sizes, _read("a.yaml")) == text.replace(b"n: 8", b"n: 16")


def test_a_script_keeps_all_but_its_sizes() -> None:
    text = b"""\
from keras import Sequential, layers
units = 8  # units = many
model = Sequential([layers.Input((10, 4)), layers.LSTM(units)])
"""
    changed = with_sizes(text, "a.py", {"units": 20}, _read("a.py"))
    assert changed == text.replace(b"units = 8", b"units = 20")


@pytest.mark.parametrize(
    "text",
    [
        "dims: {m: 4, n: 2*m}\ninput: [10, n]\nlayers: [LSTM: n]\n",
        "dims: {n: null}\ninput: [10, n]\nlayers: [LSTM: 4]\n",
    ],
)
def test_what_is_no_number_in_the_text_is_not_overwritten(text: str) -> None:
    if "null" in text:
        assert b"{n: 5}" in with_sizes(text.encode(), "a.yaml", {"n": 5}, _read("a.yaml"))
        return
    assert b"n: 5" in with_sizes(text.encode(), "a.yaml", {"n": 5}, _read("a.yaml"))


@pytest.mark.parametrize("seed", range(12))
def test_random_models_and_budgets(seed: int) -> None:
    spec, random = named_spec(f"test/{seed}"), Random(seed)
    verdicts = [size_judge.judge(spec, random)[0] for _ in range(3)]
    assert not [verdict for verdict in verdicts if verdict.startswith(("wrong", "refused"))]
