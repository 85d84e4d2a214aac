"""Mutants of the rule book: one number changed, and every module that sees it executed anew."""

from __future__ import annotations

import ast
import importlib
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import seqinspect.rules as book
from seqinspect.rules import ALIASES, MODULES, RULES, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

FOLDER = Path(book.__file__).parent
UNTOUCHED = frozenset(
    "__init__ keras.__init__ index registry signature traits arguments objects wrong_values".split()
)
"""Modules of the folder that hold no rules."""


@dataclass(frozen=True)
class Mutant:
    """A number of a module that is made one larger; `declared`: it is a default or a trait."""

    module: str
    line: int
    column: int
    number: int
    text: str
    declared: bool

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line}:{self.column + 1}: {self.number} in {self.text}"


def modules() -> list[str]:
    """The modules with rules, each after those that it imports."""
    found: list[str] = []

    def add(name: str) -> None:
        if name in found or name in UNTOUCHED:
            return
        for imported in _imports(name):
            add(imported)
        found.append(name)

    for file in sorted([*FOLDER.glob("*.py"), *FOLDER.glob("keras/*.py")]):
        add(".".join(file.relative_to(FOLDER).with_suffix("").parts))
    return found


def dependents(module: str) -> list[str]:
    """The module and all that import it, directly or not, in order of execution."""
    reached = {module}
    for name in modules():
        if reached & set(_imports(name)):
            reached.add(name)
    return [name for name in modules() if name in reached]


def mutants(module: str) -> list[Mutant]:
    """All mutants of a module."""
    text = _source(module).splitlines()
    tree = ast.parse(_source(module))
    declared = {
        id(inner)
        for node in ast.walk(tree)
        for value in _declared(node)
        for inner in ast.walk(value)
    }
    return [
        Mutant(
            module,
            node.lineno,
            node.col_offset,
            node.value,
            text[node.lineno - 1].strip(),
            id(node) in declared,
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) is int
    ]


def _declared(node: ast.AST) -> list[ast.expr]:
    """What a rule declares: defaults in its signature or in the Form of a class, and traits."""
    if isinstance(node, ast.FunctionDef):
        return [each for each in [*node.args.defaults, *node.args.kw_defaults] if each is not None]
    if isinstance(node, ast.keyword) and node.arg in ("defaults", "traits"):
        return [node.value]
    return []


@contextmanager
def installed(mutant: Mutant) -> Iterator[None]:
    """The rule book with the mutant in it; the true one afterwards."""
    affected = dependents(mutant.module)
    tree = ast.parse(_source(mutant.module))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and type(node.value) is int
            and (node.lineno, node.col_offset) == (mutant.line, mutant.column)
        ):
            node.value += 1
    try:
        _execute(affected, {mutant.module: compile(tree, str(_path(mutant.module)), "exec")})
        yield
    finally:
        _execute(affected, {})


def _execute(affected: list[str], mutated: dict[str, CodeType]) -> None:
    """Enter the rules of the affected modules anew."""
    for name in [name for name in RULES if f"keras.{MODULES[name]}" in affected]:
        del RULES[name]
    for alias in [alias for alias, name in ALIASES.items() if name not in RULES]:
        del ALIASES[alias]
    traits_of.cache_clear()
    for name in affected:
        exec(mutated.get(name) or _code(name), vars(sys.modules[f"{book.__name__}.{name}"]))


@cache
def _source(module: str) -> str:
    importlib.import_module(f"{book.__name__}.{module}")
    return _path(module).read_text(encoding="utf-8")


@cache
def _code(module: str) -> CodeType:
    return compile(_source(module), str(_path(module)), "exec")


def _path(module: str) -> Path:
    return FOLDER.joinpath(*module.split(".")).with_suffix(".py")


@cache
def _imports(module: str) -> tuple[str, ...]:
    prefix = f"{book.__name__}."
    return tuple(
        node.module.removeprefix(prefix)
        for node in ast.walk(ast.parse(_source(module)))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(prefix)
    )
