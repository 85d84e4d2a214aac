"""JSON as Keras writes it, read strictly, with a place for every value."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqinspect.errors import Problem, SpecError
from seqinspect.model.tree import Mapping, Sequence
from seqinspect.readers.elements.context import plain_value
from seqinspect.readers.source.json_text import read_json
from seqinspect.readers.source.limits import Limits
from tests.sampling import examples


def read(text: str, /, **limits: int) -> object:
    return plain_value(read_json(text.encode(), "model.json", limits=Limits(**limits)).root)


def problem(text: str, /, **limits: int) -> Problem:
    with pytest.raises(SpecError) as caught:
        read(text, **limits)
    return caught.value.problems[0]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(VALUES.filter(lambda value: isinstance(value, list | dict)), st.sampled_from([None, 1]))
@settings(max_examples=examples(200))
def test_what_json_writes_is_read(value: object, indent: int | None) -> None:
    assert read(json.dumps(value, indent=indent)) == value


def test_places() -> None:
    root = read_json(b'{"a": [1,\n  {"b": "x"}]}', "model.json").root
    assert isinstance(root, Mapping)
    listed = root.get("a")
    assert isinstance(listed, Sequence)
    inner = listed.items[1]
    assert isinstance(inner, Mapping)
    value = inner.get("b")
    assert value is not None
    assert [(node.line, node.column) for node in (root, listed, inner, value)] == [
        (1, 1), (1, 7), (2, 3), (2, 9),
    ]  # fmt: skip


def test_numbers_that_python_writes_and_json_has_not() -> None:
    found = read("[NaN, Infinity, -Infinity, 1e400]")
    assert isinstance(found, list)
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf, math.inf]


def test_escapes() -> None:
    assert read(r'["\ud83d\ude00", "\u0000\n", "\/"]') == ["\U0001f600", "\0\n", "/"]
    assert read(r'["\ud83d"]') == ["\ufffd"]  # half a pair is no character


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", "1:1", "is empty"),
        ("// a\n{}", "1:1", "no comments"),
        ("{'a': 1}", "1:2", "double quotes"),
        ("{a: 1}", "1:2", "double quotes"),
        ('{"a": 1,}', "1:9", "double quotes"),
        ("[1,]", "1:4", "a value is due"),
        ("[1 2]", "1:4", "a comma"),
        ('{"a" 1}', "1:6", "a colon"),
        ('{"a": 1, "a": 2}', "1:10", "is there twice"),
        ('{"a": 1}}', "1:9", "something follows"),
        ('{"a": [1, 2', "1:7", "ends inside"),
        ("[01]", "1:2", "no JSON"),
        ("[True]", "1:2", "no JSON"),
        ('["a\nb"]', "1:4", "cannot hold"),
        (r'["\x41"]', "1:2", "an escape"),
        (r'"{\"a\": 1}"', "1:1", "single value"),
        ("[[[]]]]", "1:7", "something follows"),
    ],
)
def test_what_is_no_json(text: str, place: str, what: str) -> None:
    found = problem(text)
    assert str(found.place) == f"model.json:{place}"
    assert what in found.what


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("[" * 20_000, {}),
        ('{"a":' * 20_000, {}),
        ("[1, 2, 3, 4]", {"nodes": 4}),
        ('["' + "x" * 50 + '"]', {"scalar": 49}),
        (f"[{'9' * 3001}]", {}),
        ('["xxxxx", "xxxxx"]', {"text": 9}),
        ("[1]", {"size": 2}),
    ],
)
def test_limits(text: str, limit: dict[str, int]) -> None:
    assert problem(text, **limit).about == "limit"
