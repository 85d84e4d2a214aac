"""Every room says what it is for and what its entries are; public functions say what they raise."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import seqinspect

SRC = Path(seqinspect.__file__).parent
ROOMS = sorted(path.parent for path in SRC.glob("**/__init__.py") if path.parent != SRC)
ENTRY = re.compile(r"`([a-z_0-9]+)\.([A-Za-z_]+)`")


def _defined(module: Path) -> set[str]:
    """Return the names that a module or a room defines."""
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    body = ast.parse(path.read_text()).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(SRC)))
def test_a_room_says_what_it_is_for_and_names_entries_that_are_there(room: Path) -> None:
    doc = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    assert doc.partition("\n")[0].endswith((".", ":"))
    for module, name in ENTRY.findall(doc):
        assert name in _defined(room / module), f"`{module}.{name}`"


@pytest.mark.parametrize("name", sorted(set(seqinspect.__all__) - {"__version__"}))
def test_a_public_name_has_a_docstring_and_a_function_says_what_it_raises(name: str) -> None:
    value = getattr(seqinspect, name)
    doc = value.__doc__ or ""
    assert doc.strip()
    if inspect.isfunction(value):
        assert re.search(r"\bRaises (SpecError|nothing)\b", doc)
