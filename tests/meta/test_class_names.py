"""What a layer class is stands at its rule: no other code tells classes apart by their names."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from seqinspect.rules.index import FUNCTIONAL, INPUT_LAYER, LEGACY_CLASSES, MODULES, SEQUENTIAL
from tests.meta.documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = ROOT / "src" / "seqinspect"
AT_HOME = ("rules/", "readers/keras_config/", "rulebook/examples.py")
"""Where names stand: the rule book, what Keras saves and saved once, examples of the manual."""

NAMES = frozenset({*MODULES, *LEGACY_CLASSES, SEQUENTIAL, FUNCTIONAL, INPUT_LAYER, "Lambda"})
"""Input and Model are headings, too, and not among them."""


def docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Every text that stands alone: docstrings, of names too."""
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))


def class_names(text: str) -> list[str]:
    """Each text in quotes that is the name of a class, several of them, or the ends of some."""
    tree = ast.parse(text)
    alone = set(docstrings(tree))
    found = [
        f"{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in alone
        and (words := re.findall(r"\w+", node.value))
        and all(word in NAMES for word in words)
    ]
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            whose = getattr(call.func.value, "attr", getattr(call.func.value, "id", ""))
            if call.func.attr in ("startswith", "endswith") and whose == "type":
                found.append(f"{call.lineno}: {ast.unparse(call)}")
    return found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('if row.type == "Bidirectional": ...', ["1: Bidirectional"]),
        ('GATES = {"LSTM": 4}', ["1: LSTM"]),
        ('RANDOM = "Dropout GaussianNoise"', ["1: Dropout GaussianNoise"]),
        ('layer = Layer("Functional", "model")', ["1: Functional"]),
        ('if layer.type.startswith("Global"): ...', ["1: layer.type.startswith('Global')"]),
        ('"""Dense"""', []),
        ('X = 1\n"""Dense"""', []),
        ('remedy = "write Dense instead"', []),
    ],
)
def test_names_are_found(line: str, found: list[str]) -> None:
    assert class_names(line) == found


@pytest.mark.long
def test_no_code_tells_classes_apart_by_their_names() -> None:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(AT_HOME) and (names := class_names(path.read_text("utf-8"))):
            found[name] = names
    assert found == {}
