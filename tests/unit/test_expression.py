"""Size arithmetic: what it means, judged by Python's own arithmetic, and what it refuses."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqinspect.algebra.expression import Expr, literal, symbol
from seqinspect.errors import Problem, SpecError
from seqinspect.readers.elements.expression import check_name, parse_size
from seqinspect.readers.source.limits import HIGHEST, LIMITS, Limits
from tests.effort import units
from tests.sampling import examples

NUMBERS = {"T": 10, "n": 8, "steps": 7, "_k": 3}
NAMES = {name: symbol(name, number) for name, number in NUMBERS.items()}


def refused(text: str, names: dict[str, Expr] = NAMES) -> Problem:
    with pytest.raises(SpecError) as caught:
        parse_size(text, names)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "formula", "number"),
    [
        ("8", "8", 8),
        ("0", "0", 0),
        ("-8", "-8", -8),
        ("+8", "8", 8),
        ("n", "n", 8),
        ("2*n", "2*n", 16),
        ("  2 * n ", "2*n", 16),
        ("n*2 + 1", "2*n + 1", 17),
        ("4×n−1", "4*n - 1", 31),
        ("T//3", "T//3", 3),
        ("n - T - 1", "n - T - 1", -3),
        ("n - (T - 1)", "n - T + 1", -1),
        ("-n**2", "-n**2", -64),
        ("(-n)**2", "n**2", 64),
        ("2**3**2", "512", 512),
        ("2*-n", "-2*n", -16),
        ("--n", "n", 8),
        ("1000//T//n", "1000//(T*n)", 12),
        ("max(n, T)", "max(n, T)", 10),
        ("min(n, T, 9)", "min(9, n, T)", 8),
        ("ceil_div(T, 4)", "(T + 3)//4", 3),
        ("ceil(T/4)", "(T + 3)//4", 3),
        ("floor(T / 4)", "T//4", 2),
        ("ceil((T+1)*2/_k)", "(2*T + 4)//_k", None),
        ("max(min(n, 2), ceil(T / 2))", "max((T + 1)//2, min(2, n))", 5),
    ],
)
def test_means(text: str, formula: str, number: int | None) -> None:
    size = parse_size(text, NAMES)
    if number is not None:
        assert size.value == number
        assert parse_size(formula, NAMES).plain() == size.plain()
    else:
        assert size.value == 8  # ⌈11·2 / 3⌉


def test_a_number_alone_stays_visible_in_formulas() -> None:
    assert parse_size("32", {}) == literal(32)
    assert str(parse_size("32", {}) * NAMES["n"] * 2) == "2×32×n"


def test_a_number_inside_a_formula_is_a_coefficient() -> None:
    assert str(parse_size("4*n", NAMES) * 2) == "8×n"


def test_a_size_without_a_number_stays_unknown() -> None:
    size = parse_size("2*T + 1", {"T": symbol("T", None)})
    assert size.value is None
    assert size.python() == "2*T + 1"


@st.composite
def formulas(draw: st.DrawFn, depth: int = 4) -> str:
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from([*NUMBERS, "0", "1", "2", "7", "12"]))
    one, other = draw(formulas(depth=depth - 1)), draw(formulas(depth=depth - 1))
    space = draw(st.sampled_from(["", " "]))
    way = draw(st.integers(0, 9))
    if way < 5:
        operator = draw(st.sampled_from(["+", "-", "*", "//"]))
        return f"{one}{space}{operator}{space}{other}"
    if way == 5:
        return f"({one}){space}**{space}{draw(st.integers(0, 3))}"
    if way == 6:
        return f"{draw(st.sampled_from('+-'))}{space}{one}"
    if way == 7:
        return f"{draw(st.sampled_from(['min', 'max']))}({one}, {other})"
    return f"({one})"


@given(formulas())
@settings(max_examples=examples(400))
def test_agrees_with_python(text: str) -> None:
    try:
        expected = eval(text, {"__builtins__": {}, "max": max, "min": min}, NUMBERS)
    except ZeroDivisionError:
        assert "division by zero" in refused(text).what
    else:
        assert parse_size(text, NAMES).value == expected


@given(st.text(alphabet="nT0129+-*/(), .maxceilflor_divt%²n\n×", max_size=40) | st.text())
@settings(max_examples=examples(600))
def test_any_text_is_a_size_or_a_spec_error(text: str) -> None:
    try:
        size = parse_size(text, NAMES)
    except SpecError as error:
        (problem,) = error.problems
        assert problem.what
        assert problem.about in {"expression", "unknown dim", "limit"}
    else:
        assert isinstance(size.value, int)


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("", "a size is empty", ""),
        ("   ", "a size is empty", ""),
        ("n+", "unfinished (character 3)", "missing at its end"),
        ("n + * T", "missing before `*` (character 5)", ""),
        ("(n", "a parenthesis is not closed (character 1)", ""),
        ("n)", "a `)` without `(`", ""),
        ("()", "missing before `)` (character 2)", ""),
        ("n, T", "a comma cannot stand here (character 2)", ""),
        ("(n, T)", "a comma cannot stand here", ""),
        ("max()", "missing before `)`", ""),
        ("max(n,)", "missing before `)`", ""),
        ("n T", "an operator is missing before `T` (character 3)", "*"),
        ("2(n)", "an operator is missing before `(`", "*"),
        ("2n", "an operator is missing in `2n`", "write 2*n"),
        ("n/2", "`/` may leave a fraction", "write // for integer division"),
        ("ceil(T/2 + 1)", "sizes are integers (character 7)", "//"),
        ("max(T/2, 1)", "`/` may leave a fraction", "//"),
        ("ceil(T)", "`ceil` rounds one division", ""),
        ("floor(T/2, 3)", "`floor` rounds one division", ""),
        ("ceil_div(T)", "`ceil_div` takes two sizes", ""),
        ("max", "`max` is a function", ""),
        ("n//0", "division by zero (character 2)", ""),
        ("n//(T - 10)", "division by zero", ""),
        ("ceil(n/0)", "division by zero", ""),
        ("ceil_div(n, T-12)", "division by a negative number", ""),
        ("n**-1", "an exponent is below 0", ""),
        ("2**n", "an exponent must be a number", ""),
        ("010", "starts with 0", "write 10"),
        ("n + 007", "`007` starts with 0: some read it as octal (character 5)", "write 7"),
        ("0x10", "`0x10` is not an integer", "digits 0 to 9"),
        ("0b11", "`0b11` is not an integer", "digits 0 to 9"),
        ("1_000", "`1_000` is not an integer", "write 1000"),
        ("8.5", "`8.5` is not an integer", "sizes are integers"),
        ("n*1e308*10", "`1e308` is not an integer (character 3)", ""),
        ("1:30", "a colon cannot stand in a size (character 2)", ""),
        ("n.real", "a dot cannot stand in a size", ""),
        ("n[0]", "an index cannot", ""),
        ("n(2)", "`n` is a size and cannot be called", "write n*(…)"),
        ("eval(n)", "`eval` is no function of sizes", ""),
        ("'a'*10", "a string cannot", ""),
        ("{{ n }}", "a brace cannot", ""),
        ("~n", "a bit operation cannot", ""),
        ("n % 2", "a remainder cannot", ""),
        ("n == 8", "a comparison cannot", ""),
        ("n and 9", "`and` is a word of Python", ""),
        ("n if n else 2", "`if` is a word of Python", ""),
        ("lambda", "`lambda` is a word of Python", ""),
        ("None", "`None` is a word of Python", ""),
        ("...", "a dot cannot", ""),
        ("n\n+1", "a line break cannot stand in a size (character 2)", "on one line"),
        ("n\u00a0+1", "U+00A0 (NO-BREAK SPACE)", ""),
        ("²", "U+00B2 (SUPERSCRIPT TWO), which is not ASCII (character 1)", ""),
        ("n³", "U+00B3 (SUPERSCRIPT THREE)", "write n**3"),
        ("ո", "U+0578 (ARMENIAN SMALL LETTER VO), which is not ASCII", ""),
        ("２", "U+FF12 (FULLWIDTH DIGIT TWO)", ""),
    ],
)
def test_refuses(text: str, what: str, remedy: str) -> None:
    problem = refused(text)
    assert what in problem.what
    assert remedy in problem.remedy
    assert problem.about == "expression"


def test_an_unknown_name_brings_the_nearest_and_the_known_ones() -> None:
    problem = refused("2 * stps")
    assert problem == Problem(
        "`stps` is not a known size (character 5)",
        received="2 * stps",
        expected="T, n, steps, _k",
        remedy="did you mean `steps`?",
        about="unknown dim",
    )
    assert refused("nn").remedy == "did you mean `n`?"
    assert refused("STEPS").remedy == "did you mean `steps`?"
    assert "dims: {width: 10}" in refused("width").remedy


def test_the_list_of_known_names_is_bounded() -> None:
    many = {f"d{index}": symbol(f"d{index}", 1) for index in range(5000)}
    expected = refused("zzz", many).expected
    assert expected == "d0, d1, d2, d3, d4, d5, d6, d7, d8, d9 and 4,990 more"


def test_what_was_received_is_shown_without_control_characters() -> None:
    assert refused("n\x1b[2J").received == r"n\x1b[2J"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("-" * 100_000, "the limit `expression`"),
        ("(" * 51 + "n" + ")" * 51, "the limit `nesting`"),
        ("9**9**9", "MAX_DEGREE"),
        ("(10**1000)**9", "MAX_BITS"),
        ("(T + n + steps + _k)**100", "MAX_"),
        ("*".join(["(T + n + steps + _k)"] * 45), "MAX_"),
    ],
)
def test_a_limit_is_named_quickly(text: str, limit: str) -> None:
    found: list[Problem] = []
    assert units(lambda: found.append(refused(text))) < 100  # 1.2 at most
    (problem,) = found
    assert limit in problem.what + problem.expected
    assert problem.about == "limit"


def test_a_number_may_have_so_many_digits() -> None:
    limits = Limits(digits=5)
    assert parse_size("99999", {}, limits=limits).value == 99_999
    with pytest.raises(SpecError, match="limit `digits`"):
        parse_size("1 + 100000", {}, limits=limits)


def test_nesting_as_deep_as_allowed_is_read() -> None:
    assert parse_size("(" * 50 + "n" + ")" * 50, NAMES) == NAMES["n"]
    assert parse_size("-" * 998 + "n", NAMES) == NAMES["n"]


@pytest.mark.parametrize("name", ["n", "T", "d_model", "_hidden", "N2", "batch", "yes", "x" * 250])
def test_a_good_name(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("t", "the output step"),
        ("max", "a function"),
        ("ceil_div", "a function"),
        ("lambda", "a word of Python"),
        ("None", "Python reads"),
        ("null", "YAML reads"),
        ("True", "reads `True` as a value"),
        ("__builtins__", "two underscores"),
        ("", "it is empty"),
        ("2n", "starts with a digit"),
        ("a b", "a space"),
        ("[red]x", "it holds `[`"),
        ("n.1", "it holds `.`"),
        ("a\nb", "a line break"),
        ("n\u0578", "U+0578 (ARMENIAN SMALL LETTER VO)"),
        ("σ", "U+03C3 (GREEK SMALL LETTER SIGMA)"),
        ("x" * 251, "251 characters"),
    ],
)
def test_a_bad_name(name: str, reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        check_name(name)
    (problem,) = caught.value.problems
    assert reason in problem.what
    assert problem.about in {"name", "limit"}


@pytest.mark.parametrize("text", [None, "", "  "])
def test_no_limits_changed(text: str | None) -> None:
    assert Limits.from_environment(text) == LIMITS


def test_limits_changed() -> None:
    changed = Limits.from_environment(" depth=200, size=64MiB,digits=20 ")
    assert changed == Limits(depth=200, size=67_108_864, digits=20)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("deep=3", "names no limit"),
        ("depth", "names no limit"),
        ("depth=", "gives the limit `depth` no number"),
        ("depth=-1", "no number"),
        ("depth=0", "no number"),
        ("depth=1e3", "no number"),
        ("depth=1_0", "no number"),
        ("depth=٣", "no number"),
        ("size=64MB", "no number"),
        ("depth=5,depth=6", "`depth` twice"),
        ("depth=5,", "names no limit"),
        (",", "names no limit"),
        ("depth=301", "too far"),
    ],
)
def test_limits_refused(text: str, what: str) -> None:
    with pytest.raises(SpecError) as caught:
        Limits.from_environment(text)
    assert what in caught.value.problems[0].what
    assert caught.value.problems[0].about == "limit"


def test_the_highest_digits_are_those_that_python_reads() -> None:
    size = parse_size("9" * 900, {}, limits=Limits(digits=HIGHEST["digits"]))
    assert size.value == 10**900 - 1
    assert int("9" * HIGHEST["digits"]) > 0


def test_importing_it_stays_light() -> None:
    code = "import sys, seqinspect.readers.elements.expression; print(*sys.modules)"
    listed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"yaml", "difflib", "numpy"} & set(listed.stdout.split())
