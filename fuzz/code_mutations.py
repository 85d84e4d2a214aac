"""Mutations of code by its syntax: what is Python stays Python, and is followed to its models."""

from __future__ import annotations

import ast
import random
import re
import warnings
from functools import cache
from typing import TYPE_CHECKING

from fuzz.mutations import mutator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzz.mutations import Mutation

AROUND = """
(@)|[@]|[@, @]|(@,)|{'a': @}|-@|not @|@ + 1|@ * n|@ // 2|@ + @|@ % 2|@ ** 2|@ == 4|@ < n
@ if n else 4|@ or n|@[0]|@[-1]|@[1:]|@[:, -1]|@[..., 0]|@.shape|@.output|@.layers|@.append|self.x
@.get('a', @)|@()|@(x)|@(n, n)|f(*@)|f(**@)|lambda x: @|[@ for i in range(3)]|[@ for x in @]|len(@)
int(@)|list(@)|sum(@)|max(@, n)|str(@)|range(@)|zip(@, @)|f'{@}'|(i := @)|getattr(@, 'units', 4)
dict(units=@)|np.zeros(@)|Dense(@)|Input(@)|Model(@, @)|Sequential(@)|Lambda(lambda x: @)
Bidirectional(@)|TimeDistributed(@)(x)|concatenate(@)
"""
"""What is put around an expression, which stands at the sign; bars and lines part them."""

ABOVE = """
if n:|if x > 2:|for x in range(3):|for x in layers:|while n < 3:|def f(x, n=4):|class A(Model):
class A(Layer):|try:|with s:|else:|async def f(self):
"""
"""What is put above a statement, which then belongs to it."""


def code_mutator(
    seeds: Sequence[bytes], words: Sequence[str], of_bytes: Callable[[bytes, int], bytes]
) -> Mutation:
    """Return a mutation of expressions and statements or, every third time, of tokens and bytes."""
    of_tokens = mutator(seeds, words, of_bytes)
    pool = [part for seed in seeds for part in _parts(seed)]
    expressions = [text for text, is_statement in pool if not is_statement]
    statements = [text for text, is_statement in pool if is_statement]

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.33:
            return of_tokens(data, most, seed)
        for _ in range(chance.choice((1, 1, 2))):
            nodes = _nodes(data)
            if not nodes:
                return of_tokens(data, most, seed)
            node = chance.choice(nodes)
            change = _with_statement if isinstance(node, ast.stmt) else _with_expression
            pool = statements if isinstance(node, ast.stmt) else expressions
            data = change(data, node, chance, pool)
        return data[:most]

    return mutate


@cache
def _entries(text: str) -> list[bytes]:
    return re.split(rb"[|\n]", text.strip().encode())


def _nodes(data: bytes) -> list[ast.stmt | ast.expr]:
    """Return the statements and expressions of code; none where it is no Python."""
    if b"\r" in data or b"\f" in data:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr)]


def _parts(data: bytes) -> list[tuple[bytes, bool]]:
    """Return the text of every part of code, and whether it is a statement."""
    found = []
    for node in _nodes(data):
        start, end = _span(data, node)
        text = data[start:end]
        if isinstance(node, ast.stmt):
            text = text.replace(b"\n" + b" " * node.col_offset, b"\n")
        found.append((text, isinstance(node, ast.stmt)))
    return found


def _span(data: bytes, node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Return where the text of a node begins and ends, in bytes."""
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    end_line, end_offset = node.end_lineno or node.lineno, node.end_col_offset or 0
    return starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_offset


def _with_expression(
    data: bytes, node: ast.stmt | ast.expr, chance: random.Random, pool: Sequence[bytes]
) -> bytes:
    """Put another expression in the place of one, or something around it."""
    start, end = _span(data, node)
    text = data[start:end]
    other = chance.choice(pool)
    if chance.random() < 0.5:
        around = chance.choice(_entries(AROUND))
        other = around.replace(b"@", text, 1).replace(b"@", other)
    return data[:start] + other + data[end:]


def _with_statement(
    data: bytes, node: ast.stmt | ast.expr, chance: random.Random, pool: Sequence[bytes]
) -> bytes:
    """Put another statement beside or in the place of one, take it away, or put it into a block."""
    start, end = _span(data, node)
    margin = b"\n" + b" " * node.col_offset
    text, other = data[start:end], chance.choice(pool).replace(b"\n", margin)
    above = chance.choice(_entries(ABOVE)) + margin + b"    "
    inner = text.replace(b"\n", b"\n    ")
    new = chance.choice(
        (other, text + margin + other, other + margin + text, text + margin + text, b"pass",
         above + inner, text + margin + above + other.replace(b"\n", b"\n    "))
    )  # fmt: skip
    return data[:start] + new + data[end:]
