"""The YAML reader: values, places, what it refuses, and that nothing makes it fall over."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml.loader import SafeLoader

from seqinspect.errors import Place, Problem, SpecError, excerpt
from seqinspect.model.tree import Mapping, Scalar, Sequence, Tree
from seqinspect.readers.source import yaml_text
from seqinspect.readers.source.limits import Limits
from seqinspect.readers.source.yaml_text import read_yaml
from tests.effort import units
from tests.sampling import examples

WITH_LIBYAML = yaml_text.Parser


@pytest.fixture(params=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "pure":
        monkeypatch.setattr(yaml_text, "Parser", SafeLoader)
    return str(request.param)


def read(text: str | bytes, /, **limits: int) -> Tree:
    data = text if isinstance(text, bytes) else text.encode()
    return read_yaml(data, "spec.yaml", limits=Limits(**limits)).root


def plain(tree: Tree) -> object:
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, Sequence):
        return [plain(item) for item in tree.items]
    return {key.value: plain(node) for key, node in tree.entries}


def refused(text: str | bytes, /, **limits: int) -> tuple[Problem, ...]:
    with pytest.raises(SpecError) as caught:
        read(text, **limits)
    return caught.value.problems


def where(problem: Problem) -> tuple[int, int]:
    assert problem.place is not None
    assert problem.place.file == "spec.yaml"
    return problem.place.line, problem.place.column


def value(text: str) -> Scalar:
    root = read(f"a: {text}\n")
    assert isinstance(root, Mapping)
    node = root.get("a")
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("FALSE", False),
        ("0", 0),
        ("-0", 0),
        ("12", 12),
        ("+12", 12),
        ("-7", -7),
        ("1000000000000000000000", 10**21),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".9", 0.9),
        ("-.5", -0.5),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("+1.5e+3", 1500.0),
        ("0.5", 0.5),
        ("1e999", math.inf),
        (".inf", math.inf),
        ("+.Inf", math.inf),
        ("-.INF", -math.inf),
    ],
)
def test_core_values(text: str, expected: object) -> None:
    node = value(text)
    assert node.value == expected
    assert type(node.value) is type(expected)
    assert node.text == text
    assert node.quoted is False


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number(text: str) -> None:
    number = value(text).value
    assert isinstance(number, float)
    assert math.isnan(number)


@pytest.mark.parametrize(
    "text",
    ["010", "-010", "00", "1:30", "0x10", "0o7", "0b11", "1_000", "yes", "no", "on", "off", "y",
     "n", "<<", "tRUE", "nULL", "none", "2001-01-01", "+", "-.nan", "1e", ".", ".5.5", "²", "inf",
     "nan", "T//2"],
)  # fmt: skip
def test_what_yaml_versions_read_differently_stays_text(text: str) -> None:
    node = value(text)
    assert node.value == text
    assert node.text == text
    assert node.quoted is False


@pytest.mark.parametrize("text", ["'12'", '"12"', "|-\n  12", ">-\n  12"])
def test_quotes_make_a_text(text: str) -> None:
    node = value(text)
    assert node.value == "12"
    assert node.quoted is True


SPEC = """\
# a comment
name: größe
dims: {T: 10, n: 8}
layers:
  - LSTM: {units: u, return_sequences: true}
    name: decoder
  -   Flatten
"""


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_places(line_break: str, mark: bytes) -> None:
    document = read_yaml(mark + SPEC.replace("\n", line_break).encode(), "spec.yaml")
    root = document.root
    assert isinstance(root, Mapping)
    assert document.place(root) == Place("spec.yaml", 2, 1)
    dims, layers = root.get("dims"), root.get("layers")
    assert isinstance(dims, Mapping)
    assert isinstance(layers, Sequence)
    key, eight = dims.entries[1]
    assert document.place(key) == Place("spec.yaml", 3, 15)
    assert document.place(eight) == Place("spec.yaml", 3, 18)
    assert dims.key("n") is key
    assert dims.get("n") is eight
    assert dims.get("u") is None
    assert dims.key("u") is None
    lstm, flatten = layers.items
    assert document.place(lstm) == Place("spec.yaml", 5, 5)
    assert document.place(flatten) == Place("spec.yaml", 7, 7)
    assert (
        document.line_at(Place("spec.yaml", 5, 1)) == "  - LSTM: {units: u, return_sequences: true}"
    )
    assert document.line_at(Place("spec.yaml", 2, 1)) == "name: größe"
    assert document.line_at(Place("spec.yaml", 99, 1)) == ""
    assert document.line_at(Place("other.yaml", 2, 1)) == ""
    assert [key.value for key, _ in root.entries] == ["name", "dims", "layers"]


def test_an_alias_has_its_own_place() -> None:
    root = read("a: &x {b: 1}\nc:   *x\nd: &y text\ne: [*y, *x]\n")
    assert plain(root) == {"a": {"b": 1}, "c": {"b": 1}, "d": "text", "e": ["text", {"b": 1}]}
    assert isinstance(root, Mapping)
    repeated = root.get("c")
    assert isinstance(repeated, Mapping)
    assert (repeated.line, repeated.column) == (2, 6)
    inner = repeated.get("b")
    assert inner is not None
    assert (inner.line, inner.column) == (1, 11)


def test_an_anchor_can_be_named_again() -> None:
    assert plain(read("[&a 1, *a, &a 2, *a]")) == [1, 1, 2, 2]
    assert plain(read("&a [&a x, *a]")) == ["x", "x"]


# Without control characters: a spec cannot hold them, and JSON can.
leaf = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn"]), max_size=20)
    | st.sampled_from(
        ["", "null", "true", "1", "010", "<<", "a: b", "# c", "- x", "*a", "&a", "!t"]
    )
)
trees = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text("abc<*&! :#'\"\\-é漢", max_size=8), inner, max_size=5)
    ),
    max_leaves=30,
).filter(lambda tree: isinstance(tree, list | dict))


@given(trees, st.sampled_from([None, 2]))
@settings(max_examples=examples(300))
def test_reads_json_as_json_does(tree: object, indent: int | None) -> None:
    text = json.dumps(tree, ensure_ascii=False, indent=indent)
    assert json.dumps(plain(read(text))) == json.dumps(json.loads(text))


@given(st.binary(max_size=200))
@settings(max_examples=examples(500))
def test_any_bytes_are_a_tree_or_a_spec_error(data: bytes) -> None:
    problems: tuple[Problem, ...] | None = None
    try:
        read_yaml(data, "f")
    except SpecError as error:
        problems = error.problems
    assert problems is None or all(problem.place and problem.what for problem in problems)
    assert problems != ()


@given(
    st.lists(
        st.sampled_from(
            ["a", "b", ":", ": ", "- ", "-", "[", "]", "{", "}", ", ", "\n", "\n  ", "\t", "&x ",
             "*x", "!t ", "!!int ", "'", '"', "|\n", "> ", "# ", "%YAML 1.2\n", "---\n", "...\n",
             "? ", "<<: ", "1", "010", "~", "\\", "@", "`", "é", "\r", "\\u", "\x85", "\ufeff"]
        ),
        max_size=25,
    ),
    st.sampled_from([WITH_LIBYAML, SafeLoader]),
)  # fmt: skip
@settings(max_examples=examples(1500))
def test_any_yaml_like_text_is_a_tree_or_a_spec_error(parts: list[str], parser: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_text, "Parser", parser)
        problems: tuple[Problem, ...] = ()
        try:
            root = read("".join(parts))
        except SpecError as error:
            problems = error.problems
        else:
            assert isinstance(root, Mapping | Sequence)
            return
    assert 1 <= len(problems) <= 20
    for problem in problems:
        assert where(problem) >= (1, 1)
        assert "cannot be read as YAML" not in problem.what


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "place", "what", "remedy"),
    [
        ("", (1, 1), "the file is empty", ""),
        (" \n\n", (1, 1), "the file is empty", ""),
        ("# nothing\n", (1, 1), "nothing but comments", ""),
        ("---\n", (1, 1), "nothing but comments", ""),
        ("hello\n", (1, 1), "a single string", ""),
        ("name:m\nlayers:[]\n", (1, 1), "a single string", "a space after each colon"),
        ("a: [1, 2\nb: 3\n", (1, 4), "a `[` is not closed", "close it with `]`"),
        ("a:\n  - {b: 1\nc: 2", (2, 5), "a `{` is not closed", "close it with `}`"),
        ('name: "m\nlayers: []\n', (1, 7), "a quote is not closed (noticed on line 3)", "same"),
        ("a:\n\tb: 1\n", (2, 1), "a tab cannot indent", "with spaces"),
        ("a: @x\n", (1, 4), "`@` cannot start a value", "quote"),
        ("a:b\nc: d\n", (2, 2), "a colon makes this a name", "a space after its colon"),
        ("- Flatten\n  name: x\n", (2, 7), "a colon makes this a name", "write `- Flatten:`"),
        ("a: 1\n- b\n", (2, 1), "this line does not continue", "indented"),
        ("a: ]\n", (1, 4), "a value is missing", "brackets"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second YAML document", "`---`"),
        ("a: [1]]\n", (1, 7), "", ""),
        ("a: *nope\n", (1, 4), "`*nope` repeats a value that nothing names", "quote"),
        ("a: &x [1, *x]\n", (1, 11), "`*x` stands inside the value", "write the value out"),
        ("a: !!python/name:os.system x\n", (1, 4), "tags cannot be used", "remove the tag"),
        ("a: !!int 8\n", (1, 4), "tags cannot", ""),
        ("a: ! 8\n", (1, 4), "tags cannot", ""),
        ("a: !<tag:yaml.org,2002:set> {b}\n", (1, 4), "tags cannot", ""),
        ("a: !!seq [1]\n", (1, 4), "tags cannot", ""),
        ("a: !e!x 1\n", (1, 4), "tags cannot", ""),
        ("%TAG ! x\n---\na: 1\n", (1, 1), "tags cannot", "%TAG"),
        ("%YAML 9.9\n---\na: 1\n", (1, 1), "this version of YAML is not known", ""),
        ("%YAML 1.3\n---\na: 1\n", (1, 1), "this version of YAML is not known", ""),
        ("name: m\n%foo: 1\n", (2, 5), "starts with `%`", "quote"),
        ("b: &b {x: 1}\na: {<<: *b}\n", (2, 5), "merge keys", "write the entries out"),
        ("true: 1\n", (1, 1), "this is no name", '"true"'),
        ("a: {1: 2}\n", (1, 5), "this is no name", '"1"'),
        ("1.5: 2\n", (1, 1), "this is no name", '"1.5"'),
        ("~: 2\n", (1, 1), "this is no name", '"~"'),
        ("?\n: 2\n", (1, 2), "this is no name", "write a name"),
        ("? [a]\n: 1\n", (1, 3), "a list cannot be a name", ""),
        ("x: {{n}: 1}\n", (1, 5), "a mapping cannot be a name", '"{n}"'),
        ('a: "x\\0y"\n', (1, 4), "cannot hold this character", "escape"),
        ('a: "\\x1b[2J"\n', (1, 4), "cannot hold this character", "escape"),
        ('a: "\\u202e"\n', (1, 4), "cannot hold this character", "escape"),
        ('a: "\\x85"\n', (1, 4), "cannot hold this character", "escape"),
        ('a: "\\u2028"\n', (1, 4), "cannot hold this character", "escape"),
    ],
)
def test_refuses(text: str, place: tuple[int, int], what: str, remedy: str) -> None:
    (problem,) = refused(text)
    assert what in problem.what
    assert remedy in problem.remedy
    assert where(problem) == place
    assert problem.line == (text.splitlines() or [""])[place[0] - 1]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_known_version_is_read(version: str) -> None:
    assert plain(read(f"%YAML {version}\n---\na: yes\n...\n")) == {"a": "yes"}


def test_names_that_only_look_special_are_read() -> None:
    text = "'<<': 1\n'true': 2\n'1': 3\n010: 4\non: 5\n'': 6\n? long\n: 7\n"
    assert plain(read(text)) == {"<<": 1, "true": 2, "1": 3, "010": 4, "on": 5, "": 6, "long": 7}


def test_a_duplicate_names_both_places() -> None:
    (problem,) = refused('a:\n  - Dense: {units: 8, "units": 9}\n')
    assert problem == Problem(
        "`units` is there twice; the first is on line 2, column 13",
        received="units",
        expected="every name once",
        remedy="remove one of the two",
        place=Place("spec.yaml", 2, 23),
        line='  - Dense: {units: 8, "units": 9}',
        about="duplicate key",
    )


def test_all_problems_are_told() -> None:
    problems = refused("a: 1\na: 2\nb: !x 3\n1: *q\na: 4\n")
    assert [(problem.about, where(problem)) for problem in problems] == [
        ("duplicate key", (2, 1)),
        ("tag", (3, 4)),
        ("key", (4, 1)),
        ("alias", (4, 4)),
        ("duplicate key", (5, 1)),
    ]


def test_a_syntax_error_comes_after_what_was_found_before_it() -> None:
    problems = refused("a: 1\na: 2\nb: ]\n")
    assert [problem.about for problem in problems] == ["duplicate key", "yaml syntax"]


def test_only_the_first_twenty_problems_are_told() -> None:
    assert len(refused("a: 1\n" * 100)) == 20


@pytest.mark.parametrize(
    ("data", "place", "what", "received"),
    [
        ("name: m\n".encode("utf-16"), (1, 1), "written in UTF-16", ""),
        ("name: m\n".encode("utf-32"), (1, 1), "written in UTF-16 or UTF-32", ""),
        (b"\xfe\xff\0n", (1, 1), "written in UTF-16", ""),
        ("name: m\n".encode("utf-16-le"), (1, 2), "cannot hold", "U+0000 (NUL)"),
        (b"a: 1\nb: \xc0\xaf\n", (2, 4), "not UTF-8", "0xC0"),
        ("é: \u00fc".encode() + b"\xff", (1, 5), "not UTF-8", "0xFF"),
        (b"a: \xed\xa0\x80", (1, 4), "not UTF-8", "0xED"),
        (b"a: x\0y", (1, 5), "cannot hold", "U+0000 (NUL)"),
        (b"\x7fELF", (1, 1), "cannot hold", "U+007F (DELETE)"),
        (b"a: 1\r\nb: \x1b[2J", (2, 4), "cannot hold", "U+001B (ESCAPE)"),
        (b"a: 1\rb: \x1b[2J", (2, 4), "cannot hold", "U+001B (ESCAPE)"),
        (b"\xef\xbb\xbf\xef\xbb\xbfa: 1", (1, 1), "cannot hold", "U+FEFF"),
        ("a: x\u0085b: 1".encode(), (1, 5), "cannot hold", "U+0085 (NEXT LINE)"),
        ("a: x\u2028b: 1".encode(), (1, 5), "cannot hold", "U+2028 (LINE SEPARATOR)"),
        ("a: x\u2029b: 1".encode(), (1, 5), "cannot hold", "U+2029 (PARAGRAPH SEPARATOR)"),
        ("a: 'x\u202ey'".encode(), (1, 6), "cannot hold", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("a: x\ufeff".encode(), (1, 5), "cannot hold", "U+FEFF"),
        ("a: \uffff".encode(), (1, 4), "cannot hold", "U+FFFF"),
    ],
)
def test_encodings(data: bytes, place: tuple[int, int], what: str, received: str) -> None:
    (problem,) = refused(data)
    assert what in problem.what
    assert received in problem.received
    assert where(problem) == place
    assert problem.about == "encoding"
    assert all(character.isprintable() for character in problem.line)


def test_letters_of_all_languages_are_read() -> None:
    assert plain(read("a: 漢字 é 😀 עברית\n")) == {"a": "漢字 é 😀 עברית"}
    assert plain(read("a: +ADw-script+AD4-\n")) == {"a": "+ADw-script+AD4-"}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("limit", "highest", "text", "place"),
    [
        ("size", 4, "a: 12", (1, 1)),
        ("depth", 3, "a: [[[1]]]", (1, 6)),
        ("depth", 3, "a: &x [[1]]\nb: {c: *x}\n", (2, 8)),
        ("nodes", 4, "[1, 2, 3, 4]", (1, 11)),
        ("nodes", 9, "[&x [1, 2, 3], *x, *x]", (1, 20)),
        ("text", 9, "[abcde, abcde]", (1, 9)),
        ("text", 9, "[&x abc, *x, *x, *x]", (1, 18)),
        ("text", 9, "[&x [a, bc], *x, *x, *x]", (1, 22)),
        ("scalar", 5, "[abcde, abcdef]", (1, 9)),
        ("scalar", 5, "['abcdef']", (1, 2)),
        ("digits", 5, "[99999, 100000]", (1, 9)),
    ],
)
def test_a_limit_is_named(limit: str, highest: int, text: str, place: tuple[int, int]) -> None:
    (problem,) = refused(text, **{limit: highest})
    assert f"at most {highest}" in problem.expected
    assert f"(the limit `{limit}`)" in problem.expected
    assert f"SEQINSPECT_LIMITS={limit}=NUMBER" in problem.remedy
    assert where(problem) == place
    assert problem.about == "limit"


@pytest.mark.parametrize(
    ("limit", "highest", "text"),
    [
        ("size", 5, "a: 12"),
        ("depth", 4, "a: [[[1]]]"),
        ("depth", 4, "a: &x [[1]]\nb: {c: *x}\n"),
        ("nodes", 5, "[1, 2, 3, 4]"),
        ("nodes", 13, "[&x [1, 2, 3], *x, *x]"),
        ("text", 10, "[abcde, abcde]"),
        ("text", 12, "[&x abc, *x, *x, *x]"),
        ("text", 12, "[&x [a, bc], *x, *x, *x]"),
        ("scalar", 6, "[abcdef]"),
        ("digits", 6, "[100000]"),
    ],
)
def test_as_much_as_the_limit_is_read(limit: str, highest: int, text: str) -> None:
    read(text, **{limit: highest})


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("[" * 100_000, "depth"),
        ("[" * 100_000 + "]" * 100_000, "depth"),
        ("{a: " * 100_000, "depth"),
        ("- " * 100_000, "depth"),
        ("? " * 100_000, "depth"),
        ("a: &a " + "x" * 50_000 + "\nb: [" + "*a," * 50_000 + "]", "text"),
        ("a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 200)), "depth"),
        (
            "a0: &a0 [x, x]\n"
            + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)),
            "nodes",
        ),
    ],
)
def test_bombs_end_quickly(text: str, limit: str) -> None:
    found: list[Problem] = []
    assert units(lambda: found.extend(refused(text))) < 100  # 0.3 at most
    (problem,) = found
    assert f"(the limit `{limit}`)" in problem.expected


def test_ten_thousand_layers_are_read_quickly() -> None:
    layer = "  - LSTM: {units: u, return_sequences: true}\n"
    text = "input: [T, n]\nlayers:\n" + layer * 10_000
    assert units(lambda: read(text)) < 80  # about 8
    root = read(text)
    assert isinstance(root, Mapping)
    layers = root.get("layers")
    assert isinstance(layers, Sequence)
    assert len(layers.items) == 10_000
    assert layers.items[-1].line == 10_002


def test_what_else_the_parser_raises_is_a_spec_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, text: str) -> None:
            raise OverflowError("too big")

    monkeypatch.setattr(yaml_text, "Parser", Broken)
    (problem,) = refused("a: 1")
    assert problem.received == "OverflowError: too big"
    assert problem.place == Place("spec.yaml", 1, 1)


def test_a_long_line_is_cut_around_the_trouble() -> None:
    assert excerpt("short", 3) == "short"
    assert excerpt("x" * 200, 160) == "x" * 160 + "…"
    line = "a" * 500 + "!" + "b" * 500
    assert excerpt(line, 501) == "…" + "a" * 60 + "!" + "b" * 99 + "…"
    assert excerpt(line, 501).index("!") == 61
    (problem,) = refused("a: [" + "b, " * 100 + "*q]")
    assert problem.line == "…" + ("b, " * 100)[-60:] + "*q]"
