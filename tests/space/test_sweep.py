"""Sweeps: rows against counts by hand and against describe; conditions, fronts, choices, axes."""

from __future__ import annotations

import json
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from seqinspect import sweep
from seqinspect.algebra.code import compute
from seqinspect.algebra.expression import const, maximum, minimum, symbol
from seqinspect.analysis.closed_fields import widest_for_all_sizes
from seqinspect.errors import SpecError
from seqinspect.readers.opened import open_spec
from seqinspect.readers.spec import read_spec
from seqinspect.space.axes import Axis, Space, axis, space_of
from seqinspect.space.conditions import condition
from seqinspect.space.selection import Selection, front, goals
from seqinspect.space.sweep import DEFAULT, Sweep
from seqinspect.time.reach import STEP
from tests.effort import lines
from tests.space.sweep_judge import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seqinspect.algebra.expression import Expr

CHOICES = b"""\
dims: {T: 10, n: 8, L: 2}
choices:
  cell: [LSTM, GRU]
  act: [relu, tanh]
input: [T, n]
layers:
  - repeat: L
    layers:
      - $cell: {units: n, return_sequences: true}
  - Dense: {units: n, activation: $act}
"""


def rows(text: bytes, *settings: str, columns: Sequence[str] = DEFAULT) -> list[dict[str, Any]]:
    opened = open_spec(text, "model.yaml")
    space = space_of([tuple(each.split("=", 1)) for each in settings])  # type: ignore[misc]  # pairs
    space = space.for_names("model.yaml", opened.names, opened.choices)
    sweep = Sweep(space, opened.read, columns)
    return [
        dict(zip(block, row, strict=True))
        for block in sweep.blocks()
        for row in zip(*block.values(), strict=True)
    ]


def test_a_row_is_what_a_count_by_hand_says() -> None:
    found = rows(CHOICES, "n=3,5", "L=1:2", "cell=LSTM,GRU", "T=4")
    assert [(row["n"], row["L"], row["cell"]) for row in found[:3]] == [
        (3, 1, "LSTM"), (3, 1, "GRU"), (3, 2, "LSTM")
    ]  # fmt: skip
    for row in found:
        n, repeats = row["n"], row["L"]
        # 4 gates of 2n² + n, or 3 of 2n² + 2n (two biases); then n² + n
        cell = 4 * (2 * n * n + n) if row["cell"] == "LSTM" else 3 * (2 * n * n + 2 * n)
        assert row["params"] == repeats * cell + n * n + n
        assert row["bytes"] == 4 * row["params"]
        gates = 4 if row["cell"] == "LSTM" else 3
        assert row["multiply_adds"] == 4 * (repeats * gates * 2 * n * n + n * n)
        assert (row["receptive_field"], row["causal"], row["refused"]) == (4, True, None)


def test_sizes_at_which_there_is_no_model_have_rows_without_numbers() -> None:
    text = b"dims: {T: 10, k: 3}\ninput: [T, 2]\nlayers: [Conv1D: {filters: 4, kernel_size: k}]\n"
    found = rows(text, "T=2,5,9", "k=1:9")
    assert {(row["T"], row["k"]) for row in found if row["refused"]} == {
        (T, k) for T in (2, 5, 9) for k in range(1, 10) if k > T
    }
    for row in found:
        built = row["refused"] is None
        assert row["params"] == (row["k"] * 2 * 4 + 4 if built else None)
        assert row["receptive_field"] == (row["k"] if built else None)


@pytest.mark.parametrize(
    "seed",
    [
        *(f"test/{number}" for number in range(8)),
        "182/118",  # its steps became features, and some of these are left out: a bound, no span
        "184/102",  # each of 1,000 steps sees one, which no formula but t // 1000 has to say
    ],
)
def test_rows_are_what_describe_says(seed: str) -> None:
    assert judge(seed, 6)[2] == []


def test_points_that_differ_in_sizes_share_an_analysis() -> None:
    opened = open_spec(CHOICES, "model.yaml")
    sweep = Sweep(space_of([("n", "2:300"), ("T", "2:100")]), opened.read, DEFAULT)
    assert sum(len(block["params"]) for block in sweep.blocks()) == 299 * 99
    assert sweep.analyses == 1


def test_a_million_points_are_not_gone_through_one_by_one() -> None:
    opened = open_spec(CHOICES, "model.yaml")

    def work(points: int) -> int:
        sweep = Sweep(space_of([("n", f"2:{points}"), ("T", "2:41")]), opened.read, DEFAULT)
        return lines(lambda: [None for _ in sweep.blocks()])

    assert work(502) - work(2) < 30 * 500 * 40  # lines of Python, most of them in comprehensions


def test_the_first_value_of_a_choice_is_chosen() -> None:
    assert read_spec(CHOICES).nodes[0].layer.type == "LSTM"
    graph = read_spec(CHOICES, overrides={"cell": "GRU", "act": "tanh", "L": 1})
    assert [node.layer.type for node in graph.nodes] == ["GRU", "Dense"]
    assert graph.nodes[1].layer.arguments["activation"] != "relu"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("$act}", "$akt}", "`$akt` is no choice of this spec"),
        ("act: [relu, tanh]", "act: relu", "the choice `act` must be a list of single values"),
        ("act: [relu, tanh]", "act: []", "the choice `act` must be a list of single values"),
        ("act: [relu, tanh]", "act: [relu, relu]", "the choice `act` has a value twice"),
        ("act: [relu, tanh]", "act: [relu, tanh]\n  n: [1, 2]", "`n` is a size, too"),
        (
            "act: [relu, tanh]",
            "act: [relu, tanh]\n  3x: [1]",
            "this cannot be the name of a choice",
        ),
    ],
)
def test_a_wrong_choice_is_refused(old: str, new: str, said: str) -> None:
    text = CHOICES.decode().replace(old, new).encode()
    with pytest.raises(SpecError) as caught:
        read_spec(text)
    assert any(said in problem.what and problem.place for problem in caught.value.problems)


def test_a_value_that_is_no_choice_is_refused() -> None:
    with pytest.raises(SpecError, match=r"`cell` is no such choice.*LSTM, GRU"):
        read_spec(CHOICES, overrides={"cell": "RNN"})


def test_a_spec_without_choices_keeps_its_dollars() -> None:
    graph = read_spec(b"input: [4, 2]\nlayers: [Dense: {units: 2, name: $x}]\n")
    assert graph.nodes[0].name == "$x"


@pytest.mark.parametrize(
    ("text", "values"),
    [("8:32:8", (8, 16, 24, 32)), ("1:3,7", (1, 2, 3, 7)), ("LSTM,GRU", ("LSTM", "GRU")),
     ("2*n,max(n,3)", ("2*n", "max(n,3)")), ("5", (5,)), ("5:6,x", ("5", "6", "x"))],
)  # fmt: skip
def test_values_of_an_axis(text: str, values: tuple[object, ...]) -> None:
    assert tuple(axis("n", text).values) == values


def test_a_range_is_not_listed() -> None:
    ten_digits = axis("n", "1:9999999999")
    assert len(ten_digits.values) == 9_999_999_999
    assert ten_digits.is_size
    with pytest.raises(SpecError, match="`n` lists too many values: 2,000,000"):
        axis("n", "1:1000000,1000001:2000000")


@pytest.mark.parametrize("seed", range(40))
def test_any_part_of_a_space_is_that_of_going_through_it(seed: int) -> None:
    random = Random(seed)
    values: list[Sequence[int | str]] = []
    for _ in range(random.randint(1, 4)):
        values.append(random.choice([range(2, random.randint(3, 9)), (7, 1, 4), ("a", "b"), (5,)]))
    space = Space(tuple(Axis(f"n{at}", each) for at, each in enumerate(values)))
    points = list(product(*values))
    first = random.randrange(len(points))
    count = random.randint(1, len(points) - first)
    columns = space.columns(first, count)
    assert list(zip(*columns.values(), strict=True)) == points[first : first + count]
    assert tuple(space.point(first).values()) == points[first]


def test_the_parts_of_a_space_are_all_of_it_once() -> None:
    for last in (1, 199, 200, 201, 12_801, 10_000_000):
        parts = list(space_of([("n", f"1:{last}")]).parts())
        assert [first for first, _ in parts] == [
            sum(count for _, count in parts[:at]) for at in range(len(parts))
        ]
        assert sum(count for _, count in parts) == last


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([("n", "9:1")], "`n` takes no value"),
        ([("n", "1:9:0")], "`n` takes no value"),
        ([("n", "1,1")], "`n` has a value twice"),
        ([("n", "1:100000000000")], "the space has 100,000,000,000 points"),
        ([("n", "1:1000000"), ("m", "1:1000000")], "the space has 1,000,000,000,000 points"),
        ([("n", "1"), ("n", "2")], "`n` is set twice"),
    ],
)
def test_a_space_that_cannot_be_is_refused(settings: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        space_of(settings)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("params <= 1k", [True, False, False]),
        ("params <= 1.5k and causal", [True, False, False]),
        ("not causal or params > 1M", [False, True, False]),
        ("causal == null", [False, False, True]),
        ("cell == 'GRU'", [False, True, False]),
        ("500 < params < 3*n + 2000", [True, True, False]),
        ("bytes <= 4KiB", [True, False, False]),
        ("params // 0 == 1", [False, False, False]),
    ],
)
def test_conditions(text: str, kept: list[bool]) -> None:
    columns = ("n", "cell", "params", "bytes", "causal")
    some = [(1, "LSTM", 1_000, 4_000, True), (2, "GRU", 2_000, 8_000, False),
            (3, "LSTM", None, None, None)]  # fmt: skip
    assert list(map(condition(text, columns), some)) == kept


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "params.real", "[x for x in params]", "params if causal else 1", "f(1)",
     "lambda: 1", "params; 1", "", "params <", "parms < 3", "n @ 2", "n in 'x'", "1" * 3_000,
     "(" * 300 + "1" + ")" * 300, "params ** 9", "f'{n}'", "-" * 900 + "n"],
)  # fmt: skip
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        condition(text, ("n", "params", "causal"))


@pytest.mark.parametrize("seed", range(20))
def test_a_front_is_that_of_comparing_all_with_all(seed: int) -> None:
    random = Random(seed)
    some = [(random.randint(0, 9), random.choice([None, *range(9)]), at) for at in range(60)]
    of = goals("params,receptive_field", ("params", "receptive_field", "at"))
    known = [row for row in some if row[1] is not None]

    def beats(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
        return a[0] <= b[0] and a[1] >= b[1] and a[:2] != b[:2]

    expected = [row for row in known if not any(beats(other, row) for other in known)]
    assert front(some, of) == sorted(expected, key=lambda row: (row[0], -(row[1] or 0)))


def test_rows_are_sorted_and_cut() -> None:
    columns = ("n", "params")
    some = [(1, 5), (2, None), (3, 2), (4, 5)]
    ascending = Selection(columns, sort=goals("params,-n", columns, sort=True))
    assert [row[0] for row in ascending.rows(some)] == [3, 4, 1, 2]
    assert [row[0] for row in ascending._replace(first=2).rows(some)] == [3, 4]
    assert list(Selection(columns, where="n > 1", first=1).rows(some)) == [(2, None)]


@pytest.mark.parametrize(
    "where",
    ["word*n == 1", "'%999999999999d' % n == 1", "n*'a' == 1", "-word == 1", "n + null > 0"],
)
def test_arithmetic_is_of_numbers_and_never_of_words(where: str) -> None:
    rows = [(10**12, "a" * 1000), (1, None)]
    assert list(Selection(("n", "word"), where=where).rows(rows)) == []
    assert list(Selection(("n", "word"), where=f"word == 'b' or {where}").rows(rows)) == []
    assert list(Selection(("n", "word"), where="n*2 - n == 1").rows(rows)) == [(1, None)]


@pytest.mark.parametrize(
    ("first", "last", "outputs", "at"),
    [
        (maximum(const(0), STEP - 30), STEP, symbol("T"), lambda steps: min(steps, 31)),
        (const(0), STEP, symbol("T"), lambda steps: steps),
        (STEP, STEP + 6, symbol("T") - 6, lambda _: 7),
        (
            maximum(const(0), STEP - 3), minimum(symbol("T") - 1, STEP + 4), symbol("T"),
            lambda steps: min(steps, 8),
        ),
    ],
)  # fmt: skip
def test_the_widest_span_for_all_sizes(first: Expr, last: Expr, outputs: Expr, at: Any) -> None:
    widest = widest_for_all_sizes(first, last, outputs)
    assert widest is not None
    for T in range(7, 60):  # noqa: N806 - the field's own
        spans = [
            last.evaluate({"t": t, "T": T}) - first.evaluate({"t": t, "T": T}) + 1
            for t in range(outputs.evaluate({"T": T}))
        ]
        assert widest.evaluate({"T": T}) == max(spans) == at(T)


def test_what_is_not_proved_has_no_formula() -> None:
    assert widest_for_all_sizes(const(0), STEP * (symbol("T") - STEP), symbol("T")) is None


def test_code_of_a_formula_gives_its_numbers() -> None:
    n, m = symbol("n"), symbol("m")
    formula = 3 * n * n // (m + 1) - maximum(n, 2 * m - 5) * minimum(n, 7) - 4
    columns = ([1, 5, 9, 30], [2, 3, 40, 1])
    pairs = list(zip(*columns, strict=True))
    assert compute(formula, ("n", "m"))(*columns) == [
        formula.evaluate({"n": a, "m": b}) for a, b in pairs
    ]
    assert compute(formula, ("n", "m"), "<0")(*columns) == [
        formula.evaluate({"n": a, "m": b}) < 0 for a, b in pairs
    ]


def test_json_specs_have_choices_too() -> None:
    spec = {"choices": {"k": [1, 3]}, "input": [9, 2],
            "layers": [{"Conv1D": {"filters": 2, "kernel_size": "$k"}}]}  # fmt: skip
    found = rows(json.dumps(spec).encode(), "k=1,3")
    assert [row["params"] for row in found] == [2 * 2 + 2, 3 * 2 * 2 + 2]


def test_rows_are_a_data_frame_where_pandas_is() -> None:
    pytest.importorskip("pandas")
    spec = {"dims": {"T": 10, "n": 8}, "choices": {"cell": ["LSTM", "GRU"]}, "input": ["T", "n"],
            "layers": [{"$cell": {"units": "n"}}]}  # fmt: skip
    frame = sweep(spec, {"n": [8, 16], "cell": ["LSTM", "GRU"]}).to_pandas()
    assert list(frame["cell"]) == ["LSTM", "GRU", "LSTM", "GRU"]
    # 4 gates of 2n² + n, or 3 of 2n² + 2n
    assert list(frame["params"]) == [544, 432, 2112, 1632]
