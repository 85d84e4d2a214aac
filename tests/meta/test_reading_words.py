"""Nothing learns from words: no code splits, searches or compares a sentence.

Looked at is what functions of words return, the parts of an error, and every text with blanks that
is neither a value of a `Literal` nor a kind of problem (`about`). What others say is read where its
reader is listed.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.meta.syntax import called, names_in, text_of, trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INSPECTS = frozenset(
    {
        "startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition",
        "split", "rsplit", "find", "rfind", "index", "count", "replace",
        "search", "match", "fullmatch", "findall", "finditer", "sub",
    }
)  # fmt: skip
"""Methods and functions that look into a text."""

WORDS = re.compile(r"(?<!json)(?<!read)_(text|words|notes?|sentence|remedy)$|^sentence$|_blocks$")
"""What functions that return words are called; json_text writes data, read_text reads a file."""

ERROR_PARTS = frozenset({"what", "received", "expected", "remedy"})

READ_WITH_REASON: Mapping[str, str] = {
    "readers/source/problems.py": "what libyaml says is known by its words alone",
    "readers/source/yaml_text.py": "likewise",
    "readers/python/code.py": "what Python says of a syntax error is known by its words alone",
    "keras_model/build/refusals.py": "what Keras says, likewise; and whether a layer is named yet",
    "cli/completion.py": "the script for fish is click's, and known by its text alone",
    "errors.py": "what an error says need not be said twice",
}
"""By module: why it reads words."""


@cache
def literals() -> frozenset[str]:
    """Return the values of all `Literal` types: words of fixed lists."""
    return frozenset(
        text_of(value)
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and names_in(node.value) & {"Literal"}
        for value in ast.walk(node.slice)
        if text_of(value)
    )


def _is_part_of_error(node: ast.AST) -> bool:
    named = isinstance(node, ast.Attribute) and node.attr in ERROR_PARTS
    return named and any("problem" in name or "error" in name for name in names_in(node))


def read_words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield where words are inspected or compared, as a line and its code."""
    for node in ast.walk(tree):
        compares = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], compares):
            parts = [node.left, *node.comparators]
        elif called(node) in INSPECTS and isinstance(node, ast.Call):
            owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            if called(node) == "split" and owner and text_of(owner[0]):
                continue  # a list of words
            parts = [*owner, *node.args]
        else:
            continue
        texts = {text_of(each) for part in parts for each in ast.walk(part)}
        about = any(isinstance(each, ast.Attribute) and each.attr == "about" for each in parts)
        part_of_error = any(map(_is_part_of_error, parts))
        if (
            any(WORDS.search(called(each)) for each in parts)
            or (part_of_error and not texts & literals())
            or (not about and any(re.search(r"\w,? \w", text) for text in texts - literals()))
        ):
            yield node.lineno, ast.unparse(node)


@pytest.mark.long
@pytest.mark.parametrize("file", READ_WITH_REASON)
def test_every_reader_of_words_is_one(file: str) -> None:
    tree = trees()[file]
    assert list(read_words(tree)) or "what" in names_in(tree)


@pytest.mark.long
def test_no_words_are_read_back() -> None:
    wrong = [
        f"{file}:{line}: {code}"
        for file, tree in trees().items()
        if file not in READ_WITH_REASON
        for line, code in read_words(tree)
    ]
    assert not wrong, "ask the fact that the words were made of"


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('if note == "step t only":\n    pass\n', 1),
        ('if "no kernel" in time_note(row):\n    pass\n', 1),
        ('found = reason_text(reason).partition(":")\n', 1),
        ('if problem.what.startswith("a"):\n    pass\n', 1),
        ('if problem.about == "unknown size":\n    pass\n', 0),
        ('if keras.status == "not asked":\n    pass\n', 0),
        ('if name in ("units", "filters"):\n    pass\n', 0),
    ],
)
def test_the_search_finds_what_reads_words(code: str, count: int) -> None:
    assert len(list(read_words(ast.parse(code)))) == count
