"""The syntax trees of src/, and what the texts, names and calls in them are."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import seqinspect

if TYPE_CHECKING:
    from collections.abc import Mapping

SRC = Path(seqinspect.__file__).parent


@cache
def trees() -> Mapping[str, ast.Module]:
    """Return the syntax tree of every module, by its path below src/seqinspect."""
    return {
        path.relative_to(SRC).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(SRC.rglob("*.py"))
    }


def text_of(node: ast.AST) -> str:
    """Return what a literal says; what an f-string puts in is one word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "X" for each in parts)


def called(node: ast.AST) -> str:
    """Return the name of what a call calls; empty for anything else."""
    name = node.func if isinstance(node, ast.Call) else None
    return name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")


def names_in(node: ast.AST) -> set[str]:
    """Return the names that stand anywhere in a node."""
    found = (each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute))
    return {each.id if isinstance(each, ast.Name) else each.attr for each in found}
