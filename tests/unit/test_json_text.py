"""The one writer of JSON text."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from seqinspect.model.json_text import json_document, json_escape, json_text
from seqinspect.output.text import encodable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([None, 1]))
def test_what_is_written_reads_as_it_was_and_prints_as_itself(
    value: object, indent: int | None
) -> None:
    text = json_text(value, indent=indent)
    assert json.loads(text) == value
    assert text.replace("\n", "").isprintable()
    ascii_text = encodable(text, "ascii", json_escape)
    assert ascii_text.isascii()
    assert json.loads(ascii_text) == value


def test_a_list_that_is_named_has_an_entry_a_line() -> None:
    data = {"a": 1, "layers": [{"b": "\x9b"}, 2], "inputs": [], "c": [3]}
    text = '{"a": 1,\n "layers": [\n  {"b": "\\u009b"},\n  2],\n "inputs": [],\n "c": [3]}'
    assert json_document(data, ("layers", "inputs")) == text
