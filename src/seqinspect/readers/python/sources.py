"""Nodes of the source as text, and what they mention."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from seqinspect.readers.python import keras_names

if TYPE_CHECKING:
    from seqinspect.readers.python.run import Run
    from seqinspect.readers.python.values import Function

LONGEST_SOURCE = 200
"""A value that is not known is named by at most so many characters of the source."""

MOST_DIGITS = 18
"""An integer of more is written by the parser's own module, which knows its limits."""


def source_of(node: ast.AST) -> str:
    """Return a node as source text, cut where it is long; it is kept with the node."""
    kept = vars(node).get("source_text")
    if isinstance(kept, str):
        return kept
    text = _word(node) or _unparsed(node)
    vars(node)["source_text"] = text
    return text


def _word(node: ast.AST) -> str:
    """Return the text of a name, a word in quotes or a number, as most are; empty for others."""
    if isinstance(node, ast.Name):
        return node.id if len(node.id) <= LONGEST_SOURCE else ""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str):
        short = len(value) < LONGEST_SOURCE - 1 and value.isidentifier()
        return repr(value) if short else ""
    return repr(value) if isinstance(value, int) and abs(value) < 10**MOST_DIGITS else ""


def _unparsed(node: ast.AST) -> str:
    if _depth(node) > 40:
        return "an expression"
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):
        return "an expression"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SOURCE else f"{text[:LONGEST_SOURCE]}…"


def _depth(node: ast.AST) -> int:
    """Return how deep a node is nested, counted to 41 at the most."""
    level, depth, count = [node], 0, 0
    while level and depth <= 40:
        depth += 1
        level = [child for each in level for child in ast.iter_child_nodes(each)]
        count += len(level)
        if count > 2000:
            return 41
    return depth


def builds(run: Run, function: Function) -> bool:
    """Tell whether a function mentions a layer or a model, or calls one that does."""
    names = names_in(function.node)
    if any(keras_names.is_keras_word(name) for name in names):
        return True
    return any(
        keras_names.is_keras_word(inner)
        for other in run.functions
        if other is not function and other.name in names
        for inner in names_in(other.node)
    )


def assigned_in(node: ast.AST) -> frozenset[str]:
    """Return the names that a node assigns; they are kept with it."""
    kept = vars(node).get("assigned_names")
    if isinstance(kept, frozenset):
        return kept
    found = frozenset(
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    )
    vars(node)["assigned_names"] = found
    return found


def names_in(node: ast.AST) -> frozenset[str]:
    """Return every name, attribute and imported name that a node mentions; it is kept with it."""
    kept = vars(node).get("mentioned_names")
    if isinstance(kept, frozenset):
        return kept
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.alias):
            found.add(each.asname or each.name)
    names = vars(node)["mentioned_names"] = frozenset(found)
    return names
