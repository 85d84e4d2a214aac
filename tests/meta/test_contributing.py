"""CONTRIBUTING.md says where to change what: every file and every name that it says is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SRC, TESTS = ROOT / "src" / "seqinspect", ROOT / "tests"

PATH = re.compile(r"[\w./-]+(?:/|\.(?:py|yaml|json|md|toml))")
NAME = re.compile(r"[A-Za-z_]\w*")
NO_NAMES = frozenset({"traits=", "role=", "remedy=", "help=", "@rule", "@finding_kind", "NAME"})
"""Arguments and decorators, which stand at what they belong to."""


class Named(NamedTuple):
    """A file or folder that the page names, with the names in it that it says to look for."""

    path: Path
    names: tuple[str, ...]


def _rows() -> Iterator[tuple[str, str, str]]:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = page.partition("## Where to change what")[2].partition("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] != "to change":
            yield cells[0], cells[1], cells[2].strip(" |")


ROWS = tuple(_rows())


def _path(text: str, *folders: Path) -> Path:
    return next((f / text for f in folders if (f / text).exists()), folders[0] / text)


def _named(cell: str, *folders: Path) -> Iterator[Named]:
    path, names = folders[0], list[str]()
    for text in re.findall(r"`([^`]+)`", cell):
        if PATH.fullmatch(text) and text != "cli/NAME.py":
            if names or path != folders[0]:
                yield Named(path, tuple(names))
            path, names = _path(text, path.parent if path.is_file() else path, *folders), []
        elif NAME.fullmatch(text) and path.is_file():
            names.append(text)
    if path != folders[0]:
        yield Named(path, tuple(names))


def _defined(path: Path) -> set[str]:
    """Return the names that a module defines: functions, classes, variables and fields."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def test_the_page_has_rows_with_a_file_each() -> None:
    assert len(ROWS) > 35
    assert [what for what, where, _ in ROWS if not list(_named(where, SRC, ROOT))] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_what_it_names_is_there(row: tuple[str, str, str]) -> None:
    _, where, tests = row
    for path, names in _named(where, SRC, ROOT):
        assert path.exists(), path
        if path.suffix == ".py":
            assert set(names) - {"NAME"} <= _defined(path), path
    for path, _ in _named(tests, TESTS, ROOT):
        assert path.exists(), path


@pytest.mark.parametrize("text", ["`rules/keras/recurent.py`: `lstm`", "`output/theme.py`: `LOKS`"])
def test_a_wrong_name_is_found(text: str) -> None:
    with pytest.raises(AssertionError):
        test_what_it_names_is_there(("", text, ""))
