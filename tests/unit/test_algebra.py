"""The algebra, judged by hand, by sympy, by Python's own arithmetic and by evaluation."""

from __future__ import annotations

import pickle
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seqinspect.algebra.expression import (
    MAX_TERMS,
    Expr,
    FormulaTooLarge,
    as_expr,
    ceil_div,
    const,
    literal,
    maximum,
    minimum,
    prod,
    symbol,
    total,
    total_to_show,
)
from seqinspect.algebra.proof import is_nonnegative, prove_equal
from seqinspect.algebra.simplification import without_dominated
from tests.effort import units
from tests.sampling import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

judged = settings(derandomize=True, max_examples=examples(150), database=None)

NAMES = ("n", "T", "u")
n, T, u, d, t, k, s = (symbol(name) for name in ("n", "T", "u", "d", "t", "k", "s"))

# A formula as nested tuples, so that a judge who knows nothing of Expr can compute it too.
Tree = int | str | tuple[str, "Tree", "Tree"]

leaves: st.SearchStrategy[Tree] = st.one_of(st.integers(-6, 6), st.sampled_from(NAMES))


def trees(operators: tuple[str, ...]) -> st.SearchStrategy[Tree]:
    def grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            [
                st.tuples(
                    st.just(operator),
                    inner,
                    st.one_of(st.integers(1, 6), st.sampled_from(NAMES))
                    if operator == "//"
                    else inner,
                )
                for operator in operators
            ]
        )

    return st.recursive(leaves, grown, max_leaves=7)


polynomials = trees(("+", "-", "*"))
formulas = trees(("+", "-", "*", "//", "max", "min"))
positive = st.fixed_dictionaries({name: st.integers(1, 12) for name in NAMES})

ON_SIZES: dict[str, Callable[[Expr, Expr], Expr]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "max": maximum,
    "min": minimum,
}
ON_NUMBERS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "max": max,
    "min": min,
}


def build(tree: Tree, values: Mapping[str, int] | None = None) -> Expr:
    if isinstance(tree, int):
        return const(tree)
    if isinstance(tree, str):
        return symbol(tree, (values or {}).get(tree))
    operator, left, right = tree
    return ON_SIZES[operator](build(left, values), build(right, values))


def number(tree: Tree, values: Mapping[str, int]) -> int:
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return values[tree]
    operator, left, right = tree
    return ON_NUMBERS[operator](number(left, values), number(right, values))


def by_sympy(tree: Tree) -> sympy.Expr:
    if isinstance(tree, int):
        return sympy.Integer(tree)
    if isinstance(tree, str):
        return sympy.Symbol(tree)
    operator, left, right = tree
    one, other = by_sympy(left), by_sympy(right)
    return {"+": one + other, "-": one - other, "*": one * other}[operator]


def computed(text: str, values: Mapping[str, int]) -> int:
    result = eval(text, {"__builtins__": {}, "max": max, "min": min}, dict(values))
    assert isinstance(result, int)
    return result


# --- laws -------------------------------------------------------------------------------------


@judged
@given(formulas, formulas, formulas)
def test_ring_laws(one: Tree, other: Tree, third: Tree) -> None:
    a, b, c = build(one), build(other), build(third)
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - b == -(b - a)
    assert a - a == 0
    assert hash(a + b) == hash(b + a)
    assert hash(a * (b + c)) == hash(a * c + a * b)


@judged
@given(polynomials)
def test_polynomials_agree_with_sympy(tree: Tree) -> None:
    expr = build(tree)
    assert sympy.expand(sympy.sympify(expr.python()) - by_sympy(tree)) == 0


@judged
@given(polynomials, polynomials)
def test_equality_is_that_of_sympy(one: Tree, other: Tree) -> None:
    assert (build(one) == build(other)) == (sympy.expand(by_sympy(one) - by_sympy(other)) == 0)


@judged
@given(formulas, positive)
def test_number_of_a_formula_in_every_way(tree: Tree, values: dict[str, int]) -> None:
    expected = number(tree, values)
    unknown = build(tree)
    assert build(tree, values).value == expected
    assert unknown.evaluate(values) == expected
    assert computed(unknown.python(), values) == expected
    assert unknown.substitute(values) == expected
    assert unknown.substitute({"n": T, "T": n}).evaluate(values) == number(
        tree, {**values, "n": values["T"], "T": values["n"]}
    )


@judged
@given(formulas, positive)
def test_textbook_form_has_the_same_number(tree: Tree, values: dict[str, int]) -> None:
    text = build(tree).text()
    for power, digit in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", range(10), strict=True):
        text = text.replace(power, f"^{digit}")
    text = text.replace("×", "*").replace("−", "-").replace("^", "**")
    # With sympy's integers, / gives the exact fraction that the brackets round.
    text = text.replace("⌊", "down(").replace("⌋", ")").replace("⌈", "up(").replace("⌉", ")")
    exact = {name: sympy.Integer(value) for name, value in values.items()}
    scope = {"down": sympy.floor, "up": sympy.ceiling, "max": sympy.Max, "min": sympy.Min}
    assert eval(text, scope, exact) == number(tree, values)


@judged
@given(formulas, st.dictionaries(st.sampled_from(NAMES), st.integers(1, 9)))
def test_a_value_is_known_when_all_that_is_left_is_known(
    tree: Tree, values: dict[str, int]
) -> None:
    expr = build(tree, values)
    if expr.symbols() <= values.keys():
        assert expr.value == number(tree, {"n": 3, "T": 4, "u": 5, **values})
    else:
        assert expr.value is None


@judged
@given(formulas, st.integers(2, 7))
def test_whole_multiples_leave_a_floor(tree: Tree, divisor: int) -> None:
    a = build(tree)
    assert (a + divisor * n) // divisor == a // divisor + n
    assert (a + 3 * divisor) // divisor == a // divisor + 3
    assert (a * 5) // (divisor * 5) == a // divisor
    assert (a * divisor) // divisor == a


@judged
@given(polynomials, st.integers(2, 5), st.integers(2, 5))
def test_nested_floors_are_one(tree: Tree, first: int, second: int) -> None:
    a = build(tree)
    assert (a // first) // second == a // (first * second)
    assert (a // first + 7) // second == (a + 7 * first) // (first * second)
    assert (a // k) // s == a // (k * s)


@pytest.mark.parametrize("divisor", range(1, 9))
def test_floor_and_ceiling_at_all_small_sizes(divisor: int) -> None:
    for factor, shift in product(range(-3, 4), range(-9, 10)):
        down = (factor * T + shift) // divisor
        up = ceil_div(factor * T + shift, divisor)
        for value in range(-8, 9):
            exact = sympy.Rational(factor * value + shift, divisor)
            assert down.evaluate({"T": value}) == sympy.floor(exact)
            assert up.evaluate({"T": value}) == sympy.ceiling(exact)
            assert computed(down.python(), {"T": value}) == sympy.floor(exact)


def test_only_a_maximum_itself_is_merged_into_another() -> None:
    doubled, negated = maximum(2 * maximum(1, t), 5), maximum(-maximum(1, t), n)
    sums = maximum(maximum(0, t) + maximum(1, n), 3)
    for value, other in product(range(-3, 8), range(-3, 8)):
        values = {"t": value, "n": other}
        assert doubled.evaluate(values) == max(2 * max(1, value), 5)
        assert negated.evaluate(values) == max(-max(1, value), other)
        assert sums.evaluate(values) == max(max(0, value) + max(1, other), 3)


# --- equal formulas, built differently --------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((T - 3) // 2 + 1, (T - 1) // 2),
        (ceil_div(T, 2), (T + 1) // 2),
        ((2 * T + 4) // 6, (T + 2) // 3),
        ((2 * T + 5) // 6, (T + 2) // 3),
        (T * n // n, T),
        (ceil_div(T * n, n), T),
        ((T * n + n) // n, T + 1),
        (n * (T + 1) * (n + 1) // (n + 1), n * (T + 1)),
        ((n * n - 1) // (n + 1), n - 1),
        ((T * n) // (u * n), T // u),
        ((T + u * n) // u, T // u + n),
        (T // (2 * u) + 1, (T + 2 * u) // (2 * u)),
        (T // -2, -T // 2),
        (T // 1, T),
        (const(0) // n, const(0)),
        (const(-1) // n, const(-1)),
        (maximum(t, t - 2), t),
        (minimum(t, t - 2), t - 2),
        (maximum(t), t),
        (maximum(0, maximum(0, t - 2) - 3), maximum(0, t - 5)),
        (minimum(T - 1, minimum(T - 1, t + 2) + 3), minimum(T - 1, t + 5)),
        (maximum(t, 0, t, 0), maximum(0, t)),
        (maximum(T, maximum(t, n)), maximum(n, T, t)),
        (maximum(t + n, T + n), n + maximum(T, t)),
        (maximum(2, t), maximum(0, t - 2) + 2),
        (maximum(3, 5), const(5)),
        (minimum(3, 5), const(3)),
        ((n + 1) ** 2, n * n + 2 * n + 1),
        (n**0, const(1)),
        (const(0) ** 0, const(1)),
        (literal(8) + literal(8), 2 * literal(8)),
        (literal(0) * n, const(0)),
        (literal(1) * n, n),
        (literal(64) // 2, const(32)),
        (maximum(literal(64), literal(8)), const(64)),
        (prod([n, 2, T]), 2 * T * n),
        (prod([]), const(1)),
        (total([n, 2, n]), 2 + n * 2),
        (total([]), const(0)),
        (total([n, -n]), const(0)),
    ],
)
def test_one_normal_form(one: Expr, other: Expr) -> None:
    assert one == other
    assert hash(one) == hash(other)


def test_different_formulas_differ() -> None:
    assert n != T
    assert n != n + 1
    assert T // 2 != T // 3
    assert maximum(0, t) != minimum(0, t)
    assert literal(64) != symbol("64")
    assert literal(64) != 64
    assert symbol("a,b") // 2 != symbol("a") // 2
    assert n != "n"


def test_constants_equal_their_numbers() -> None:
    assert const(3) == 3
    assert hash(const(3)) == hash(3)
    assert const(3) != 4
    assert n - n == 0
    assert {const(3): "three"}[const(1) + 2] == "three"


def test_numbers_stand_on_either_side() -> None:
    known = symbol("n", 7)
    assert [(2 + known).value, (2 - known).value, (2 * known).value] == [9, -5, 14]
    assert [(20 // known).value, (known // 2).value, (known - 2).value] == [2, 3, 5]
    assert [(known**2).value, (-known).value] == [49, -7]
    assert as_expr(4) == const(4)
    assert as_expr(known) is known


# --- printing ---------------------------------------------------------------------------------

kernel, channels, filters = symbol("kernel"), symbol("channels"), symbol("filters")
eight, sixty_four = literal(8), literal(64)


@pytest.mark.parametrize(
    ("expr", "text", "python"),
    [
        # layers
        (n * n + n, "n×(n+1)", "n*(n + 1)"),
        (4 * (n * n + n * n + n), "4×n×(2×n+1)", "4*n*(2*n + 1)"),
        (4 * u * (d + u + 1), "4×u×(d+u+1)", "4*u*(d + u + 1)"),
        (4 * (d * u + u * u + u), "4×u×(d+u+1)", "4*u*(d + u + 1)"),
        (3 * (d * u + u * u + 2 * u), "3×u×(d+u+2)", "3*u*(d + u + 2)"),
        (4 * n * (2 * n + 1) + n * (n + 1), "n×(9×n+5)", "n*(9*n + 5)"),
        (
            4 * sixty_four * (eight + sixty_four + 1),
            "4×64×(8+64+1)",
            "4*64*(8 + 64 + 1)",
        ),
        (4 * eight * (eight + eight + 1), "4×8×(2×8+1)", "4*8*(2*8 + 1)"),
        (
            kernel * channels * filters + filters,
            "filters×(kernel×channels+1)",
            "filters*(kernel*channels + 1)",
        ),
        (d * literal(10_000), "d×10000", "d*10000"),
        (literal(10_000) * d, "10000×d", "10000*d"),
        (filters * (T - 2) * (d - 2), "filters×(T−2)×(d−2)", "filters*(T - 2)*(d - 2)"),
        (u * (filters * (T - 2) + 1), "u×(filters×(T−2)+1)", "u*(filters*(T - 2) + 1)"),
        (4 * u * (d + u + 1) + n, "4×u×(d+u+1)+n", "4*u*(d + u + 1) + n"),
        # powers, signs and plain numbers
        (T * n * n, "T×n²", "T*n**2"),
        (n**12, "n¹²", "n**12"),
        (literal(64) ** 2, "64²", "64**2"),
        (const(0), "0", "0"),
        (const(1), "1", "1"),
        (const(-3), "−3", "-3"),
        (-n, "−n", "-n"),
        (5 - t, "5−t", "5 - t"),
        (-t + T - 1, "T−t−1", "T - t - 1"),
        (-t - 5, "−t−5", "-t - 5"),
        (-2 * n - 4, "−2×(n+2)", "-2*(n + 2)"),
        (1 + n + n * n * 3, "3×n²+n+1", "3*n**2 + n + 1"),
        # floors and ceilings
        ((T - 1) // 2, "⌊(T−1)/2⌋", "(T - 1)//2"),
        ((T - 3) // 2 + 1, "⌊(T−1)/2⌋", "(T - 1)//2"),
        (ceil_div(T, 2), "⌈T/2⌉", "(T + 1)//2"),
        (ceil_div(T, s), "⌈T/s⌉", "(T + s - 1)//s"),
        (-(-T // 2), "⌈T/2⌉", "(T + 1)//2"),
        ((T - k) // 2 + 1, "⌊(T−k)/2⌋+1", "(T - k)//2 + 1"),
        ((T - k) // s + 1, "⌊(T−k)/s⌋+1", "(T - k)//s + 1"),
        (T // 2 + 1, "⌊T/2⌋+1", "T//2 + 1"),
        (T * n // 3, "⌊T×n/3⌋", "T*n//3"),
        (n * T // (n + 1), "⌊n×T/(n+1)⌋", "n*T//(n + 1)"),
        (T // (2 * n), "⌊T/(2×n)⌋", "T//(2*n)"),
        (T // (n * n), "⌊T/n²⌋", "T//n**2"),
        (4 * (T // 2), "4×⌊T/2⌋", "4*(T//2)"),
        (T // 2 * n, "⌊T/2⌋×n", "(T//2)*n"),
        ((T // 2) ** 2, "⌊T/2⌋²", "(T//2)**2"),
        (-(T // 2), "−⌊T/2⌋", "-(T//2)"),
        (n - T // 2, "n−⌊T/2⌋", "n - T//2"),
        (
            filters * ((T - 1) // 2) * ((d - 1) // 2),
            "filters×⌊(T−1)/2⌋×⌊(d−1)/2⌋",
            "filters*((T - 1)//2)*((d - 1)//2)",
        ),
        # maxima and minima
        (maximum(0, t - 2), "max(0, t−2)", "max(0, t - 2)"),
        (maximum(t - 2, 0), "max(0, t−2)", "max(0, t - 2)"),
        (maximum(2, t), "max(2, t)", "max(2, t)"),
        (minimum(T - 1, t + 2), "min(T−1, t+2)", "min(T - 1, t + 2)"),
        (n * maximum(0, t - 2), "n×max(0, t−2)", "n*max(0, t - 2)"),
        (T - 1 - maximum(0, t - 2), "T−max(0, t−2)−1", "T - max(0, t - 2) - 1"),
    ],
)
def test_printed_as_a_textbook_and_as_python(expr: Expr, text: str, python: str) -> None:
    assert expr.text() == text
    assert str(expr) == text
    assert expr.python() == python
    assert repr(expr) == f"Expr({python})"


def test_printing_does_not_depend_on_what_was_built_before() -> None:
    script = (
        "from seqinspect.algebra.expression import *; import sys;"
        "names = sys.argv[1].split(); made = {name: symbol(name) for name in names};"
        "d, u, T = made['d'], made['u'], made['T'];"
        "print(4*u*(d + u + 1) + (T - 1)//2*u, maximum(d, u, T), T*d*u)"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", script, names],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed, names in product(("0", "1"), ("d u T", "T u d"))
    }
    assert len(printed) == 1


# --- values, literals, definitions ------------------------------------------------------------


def test_nothing_times_the_unknown_is_nothing() -> None:
    known = symbol("n", 8)
    assert (0 * T).value == 0
    assert (T * n - n * T).value == 0
    assert (T * n + known - T * n).value == 8
    assert (T + 1).value is None
    assert (T // 2).value is None
    assert maximum(0, T).value is None


def test_division_by_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        n // 0
    with pytest.raises(ZeroDivisionError):
        n // (T - T)
    with pytest.raises(ZeroDivisionError):
        n // symbol("k", 0)
    with pytest.raises(ZeroDivisionError):
        (n // k).substitute({"k": 0})
    with pytest.raises(ZeroDivisionError):
        n // (literal(2) - 2)


def test_literals_keep_their_identity_until_they_are_plain() -> None:
    size = literal(10) - literal(3) + 1
    assert size.text() == "10−3+1"
    assert size.value == 8
    assert size.plain() == 8
    assert (T - literal(3) + 1).plain() == T - 2
    assert (literal(4) * T - 4 * T).plain() == 0
    assert n.plain() is n


def test_shapes_settle() -> None:
    assert (literal(10) * literal(8)).simplified().text() == "10×8"
    assert (2 * sixty_four).simplified().text() == "2×64"
    assert (literal(10) - literal(3) + 1).simplified() == literal(8)
    assert (T - literal(3) + 1).simplified() == T - 2
    assert const(7).simplified() == literal(7)
    assert (literal(3) - 3).simplified() == 0
    assert ((literal(10) - 3) // 2 + 1).simplified() == literal(4)
    assert (literal(10) // 2 * T).simplified() == 5 * T


def test_what_is_constant() -> None:
    assert const(3).is_constant
    assert (literal(64) * 2 + 1).is_constant
    assert not (literal(64) + n).is_constant
    assert not maximum(0, n).is_constant


def test_symbols_are_found_inside_atoms() -> None:
    expr = literal(64) * maximum(0, (T - k) // s) + n
    assert expr.symbols() == {"T", "k", "s", "n"}
    assert (n - n + T).symbols() == {"T"}


def test_definitions_print_as_their_name_and_expand() -> None:
    size = symbol("n", 8)
    twice = symbol("u", definition=2 * size)
    four_times = symbol("w", definition=2 * twice)
    assert twice.value == 16
    assert (four_times * 3).text() == "3×w"
    assert (four_times * 3).value == 96
    assert (four_times + twice).expanded() == 6 * n
    assert (four_times // 4).expanded() == n
    assert maximum(0, four_times - twice).expanded() == maximum(0, 2 * n)
    assert twice.symbols() == {"u"}
    assert n.expanded() is n


@pytest.mark.long
def test_long_chains_of_definitions() -> None:
    size = symbol("n", 1)
    for index in range(5_000):
        size = symbol(f"x{index}", definition=size + 1)
    assert size.value == 5_001
    assert size.expanded() == n + 5_000


def test_substitution_is_simultaneous() -> None:
    assert (n - T).substitute({"n": T, "T": n}) == T - n
    assert (n // T).substitute({"n": 7, "T": 2}) == 3
    assert (literal(64) * n).substitute({"64": 2, "n": 3}) == 3 * literal(64)
    assert n.substitute({}) == n


def test_evaluation_names_what_is_missing() -> None:
    assert (literal(64) * n).evaluate({"n": 2}) == 128
    with pytest.raises(KeyError, match="T"):
        (n + T).evaluate({"n": 2})


def test_formulas_are_immutable_and_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(n)
    with pytest.raises(AttributeError):
        n.value = 3  # type: ignore[misc]
    before = n.python()
    larger = n
    larger += 1
    assert n.python() == before
    with pytest.raises(TypeError):
        n < T  # type: ignore[operator] # noqa: B015
    with pytest.raises(TypeError):
        n + 1.5  # type: ignore[operator]
    with pytest.raises(ValueError, match="negative"):
        n**-1
    with pytest.raises(ValueError, match="max of no sizes"):
        maximum()


def test_formulas_survive_pickling() -> None:
    expr = 4 * symbol("u", 64) * maximum(0, (T - 1) // 2)
    copy = pickle.loads(pickle.dumps(expr))
    assert copy == expr
    assert copy.text() == expr.text()


# --- signs and sameness -----------------------------------------------------------------------


@judged
@given(formulas, st.fixed_dictionaries({}, optional={name: st.integers(0, 4) for name in NAMES}))
def test_proved_signs_hold(tree: Tree, lower: dict[str, int]) -> None:
    expr = build(tree)
    verdict = is_nonnegative(expr, lower)
    assume(verdict is not None)
    for point in product((0, 1, 2, 5, 9), repeat=len(NAMES)):
        values = {name: lower.get(name, 1) + more for name, more in zip(NAMES, point, strict=True)}
        try:
            found = number(tree, values)
        except ZeroDivisionError:
            continue
        assert (found >= 0) is verdict


@pytest.mark.parametrize(
    ("expr", "verdict"),
    [
        (const(0), True),
        (const(-1), False),
        (n - 1, True),
        (n - 2, None),
        (-n, False),
        (T * n - T - n + 1, True),
        (maximum(0, t - 2), True),
        (maximum(0, t - 2) - t, False),
        (t - maximum(0, t - 2), True),
        (T - minimum(T - 1, t + 2), True),
        (minimum(T - 1, t) - T, False),
        (T - T // 2, True),
        (T - 1 - T // 2, True),
        (T // 2 - T, False),
        ((T - 1) // 2, True),
        ((T + 1) // 2 - 1, True),
        ((T - 1) // n, True),
        (T - (T - 1) // n, True),
        (maximum(n, T) - minimum(n, T), True),
        (n - T, None),
        (2 * (T // 2) - T, None),  # −1 for odd T
        (2 * (T // 2) - T + 1, True),
        (n - T - (n - T) // s, None),  # −2 for n = 1, T = 4, s = 3
        (symbol("u", definition=2 * n) - n, True),
    ],
)
def test_signs_that_must_be_seen(expr: Expr, verdict: bool | None) -> None:
    assert is_nonnegative(expr) is verdict


def test_signs_from_a_given_lower_bound_on() -> None:
    assert is_nonnegative(t) is True
    assert is_nonnegative(t - 1, {"t": 0}) is None
    assert is_nonnegative(t, {"t": 0}) is True
    assert is_nonnegative(T - 3, {"T": 3}) is True
    assert is_nonnegative((T - 3) // 2, {"T": 3}) is True
    assert is_nonnegative(5) is True


def test_a_larger_of_two_that_is_no_less_than_another_is_proved_so() -> None:
    t = symbol("t")
    ends = [maximum(0, t - 1), maximum(0, t - 2), maximum(0, t - 10)]
    assert is_nonnegative(ends[0] - ends[1], {"t": 0}) is True
    assert is_nonnegative(ends[1] - ends[2], {"t": 0}) is True  # whichever is named first
    assert is_nonnegative(ends[2] - ends[1], {"t": 0}) is None  # 0 at t = 0, below it at t = 3


@pytest.mark.parametrize(
    ("formula", "simplest"),
    [
        (maximum(0, 2 * (symbol("t") - 1)) // 2, "max(0, t - 1)"),
        (minimum(4 * symbol("t") + 3, 8 * symbol("T")) // 4, "min(t, 2*T)"),
        (maximum(0, -symbol("T")), "0"),
        (maximum(0, symbol("t") - 2) // 2, "max(0, t - 2)//2"),
        (minimum(symbol("T") - 1, symbol("t")), "min(T - 1, t)"),
    ],
)
def test_bounds_in_their_simplest_form(formula: Expr, simplest: str) -> None:
    found = without_dominated(formula, {"t": 0})
    assert found.python() == simplest
    for t, steps in product(range(12), range(1, 7)):
        assert found.evaluate({"t": t, "T": steps}) == formula.evaluate({"t": t, "T": steps})


def test_what_takes_too_much_to_prove_is_left_undecided() -> None:
    n, m = symbol("n"), symbol("m")
    assert is_nonnegative(n**9 - n**8) is True
    assert is_nonnegative(n**900 - n**899) is None
    assert is_nonnegative((n + m) ** 16 - n**16) is True  # no more than sums and products
    assert is_nonnegative(total(n // at - n // (at + 1) for at in range(2, 80, 2))) is None


@judged
@given(formulas, formulas)
def test_sameness_holds(one: Tree, other: Tree) -> None:
    verdict = prove_equal(build(one), build(other))
    numbers = [
        (number(one, values), number(other, values))
        for point in product((1, 2, 3, 5, 8, 13), repeat=len(NAMES))
        for values in [dict(zip(NAMES, point, strict=True))]
    ]
    if verdict is True:
        assert all(left == right for left, right in numbers)
    if any(left != right for left, right in numbers):
        assert verdict is not True


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (n * (n + 1), n + n**2, True),
        (literal(64) * 2, 128, True),
        (symbol("u", definition=2 * n), n + n, True),
        (symbol("u", definition=2 * n), n, False),
        (n, T, False),
        (n, n + 1, False),
        (T // 2, T // 2 + n - 1, False),
        (-(-T // 2), (T + 1) // 2, True),
        (T // 2 + (T + 1) // 2, T, True),
        (T // 2 + T // 2, T, False),
        (minimum(T, n) + maximum(T, n), T + n, None),
        (n * T // (n * u) + 0, T // u, True),
    ],
)
def test_the_same_size_or_not(one: Expr, other: Expr | int, verdict: bool | None) -> None:
    assert prove_equal(one, other) is verdict


# --- limits -----------------------------------------------------------------------------------


def test_too_many_terms() -> None:
    sizes = [symbol(f"x{index}") for index in range(MAX_TERMS + 1)]
    assert total(sizes[:-1]).symbols() == {f"x{index}" for index in range(MAX_TERMS)}
    with pytest.raises(FormulaTooLarge, match="MAX_TERMS"):
        total(sizes)
    with pytest.raises(FormulaTooLarge, match="MAX_TERMS"):
        total(sizes[:-1]) + sizes[-1]
    with pytest.raises(FormulaTooLarge, match="MAX_TERMS"):
        total(sizes[:50]) * total(sizes[50:100])
    with pytest.raises(FormulaTooLarge):
        total(sizes[:20]) ** 20


def test_too_large_powers_and_numbers() -> None:
    assert (n**1000).text() == "n¹⁰⁰⁰"
    assert (const(2) ** 1000).value == 2**1000
    with pytest.raises(FormulaTooLarge, match="MAX_DEGREE"):
        n**1001
    with pytest.raises(FormulaTooLarge, match="MAX_DEGREE"):
        n**600 * n**600
    with pytest.raises(FormulaTooLarge, match="MAX_BITS"):
        const(10**18) ** 1000
    with pytest.raises(FormulaTooLarge, match="MAX_BITS"):
        symbol("n", 10**18) ** 1000
    squared = symbol("a", 10**18)
    with pytest.raises(FormulaTooLarge, match="MAX_BITS"):  # noqa: PT012
        for index in range(64):
            squared = symbol(f"a{index}", definition=squared * squared)
    doubled = symbol("b")
    with pytest.raises(FormulaTooLarge, match="MAX_BITS"):  # noqa: PT012
        for _ in range(20_000):
            doubled = doubled + doubled
    assert issubclass(FormulaTooLarge, ArithmeticError)


def test_large_sizes_are_exact() -> None:
    size = symbol("n", 10**18)
    assert (4 * size * (2 * size + 1)).value == 8 * 10**36 + 4 * 10**18
    assert ((size * size + 1) // 2).value == 5 * 10**35


def test_a_hundred_floors_deep() -> None:
    expr = T
    for index in range(50):
        expr = maximum(expr // 2, n - index) + n
    assert expr.python().count("max(") == 50
    assert expr.text().count("max(") == 50
    values = {"T": 1000, "n": 3}
    expected = values["T"]
    for index in range(50):
        expected = max(expected // 2, values["n"] - index) + values["n"]
    assert expr.evaluate(values) == expected
    assert computed(expr.python(), values) == expected
    assert expr.substitute(values) == expected
    assert expr.expanded() == expr
    assert is_nonnegative(expr) in (True, None)
    with pytest.raises(FormulaTooLarge, match="MAX_DEPTH"):
        maximum(expr // 2, n)


def test_doubling_formulas_stop_at_a_limit() -> None:
    expr = T
    with pytest.raises(FormulaTooLarge):  # noqa: PT012
        for index in range(100):
            expr = maximum(2 * expr + index, expr * n, expr * T) // 3


@pytest.mark.parametrize(
    "expr",
    [
        total(n**power for power in range(31)),
        total(power * n**power for power in range(900)),
        (n + T + 1) ** 6,
        total(symbol(f"x{index}") // 2 * n for index in range(30)),
        total(maximum(symbol(f"x{index}") // 2, index) + 1 for index in range(300)),
        prod(symbol(f"x{index}") + 1 for index in range(10)),
        total(symbol(f"x{index}") * symbol(f"y{index}") for index in range(1500)),
    ],
    ids=["powers", "many powers", "power of a sum", "floors", "maxima", "product", "many terms"],
)
def test_large_sums_are_printed_quickly_and_right(expr: Expr) -> None:
    values = {name: 2 + len(name) for name in expr.symbols()}
    printed: list[str] = []
    assert units(lambda: printed.extend((expr.python(), expr.text()))) < 50  # 4 at most
    assert len(printed[1]) <= len(printed[0])
    assert computed(printed[0], values) == expr.evaluate(values)


def test_the_module_is_cheap_to_import() -> None:
    script = (
        "import sys; before = set(sys.modules); import seqinspect.algebra.expression;"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"sympy", "numpy", "fractions", "inspect", "dataclasses", "decimal"} & set(loaded)


def test_a_sum_that_is_too_long_has_numbers_in_place_of_known_names() -> None:
    """A maximum is the larger of the two numbers; what has none keeps its name."""
    least, four, open_size = symbol("least", 7), symbol("four", 4), symbol("open")
    sizes = [maximum(least, four * index) * open_size for index in range(1, MAX_TERMS + 2)]
    due = sum(max(7, 4 * index) for index in range(1, MAX_TERMS + 2))
    assert total_to_show(sizes) == due * open_size
    assert total_to_show([n, n]) == 2 * n
    unknown = [maximum(open_size, index) for index in range(2, MAX_TERMS + 4)]
    assert total_to_show(unknown).value is None
